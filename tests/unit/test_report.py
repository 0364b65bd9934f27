"""The demonstration's own checks: each kind of wrong result is noticed and named."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from scripts.report import KOREA_2017, LIFE, TOTALS, lines, shortcomings


def good_report() -> dict[str, Any]:
    korea = dict.fromkeys(TOTALS, 0) | {"issued": KOREA_2017, "held": KOREA_2017}
    link = {
        "rate": "1/1",
        "terms_version": 1,
        "quota": {"limit": 10, "used": 4, "remaining": 6},
    }
    step = {
        "block_number": 7,
        "transaction_hash": "0x" + "ab" * 32,
        "transaction_type": "1",
        "from": None,
        "from_label": None,
        "to": "0x" + "cd" * 20,
        "to_label": "kr-steel",
        "unit": "CN:CEA-2021:5",
    }
    return {
        "registries": {"KR": {**korea, "classes": {"KAU-2017": korea}}},
        "links": {
            "JP-13_JP-11": {**link, "transfers": [{}] * 8},
            "JP-11_JP-13": {**link, "transfers": [{}] * 6},
        },
        "trace": {
            "unit": "CN:CEA-2021:5",
            "state": "SURRENDERED",
            "twins": [{"lot": 1, "units": "KR:CN.CEA-2021:4"}],
            "steps": [{**step, "event": event} for event in LIFE],
        },
        "verify": {"differences": [], "compared": {"block": 1}},
        "refused": {
            "account": "a",
            "recipient": "b",
            "link": "CN_KR",
            "quantity": 9,
            "symbol": "CEA-2021",
            "reason": "too much",
            "error": "QuotaExceeded",
            "values": {"remaining": 6},
        },
    }


def test_a_good_report_has_no_shortcomings() -> None:
    assert shortcomings(good_report()) == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("registries", "KR", "classes", "KAU-2017", "held"), 1, "1 accounted for"),
        (("registries", "KR", "classes", "KAU-2017", "issued"), 5, "5 issued and not 538,900,000"),
        (("links", "JP-13_JP-11", "transfers"), [], "0 transfers and not 8"),
        (("trace", "steps"), [], "has no export"),
        (("verify", "differences"), [{"what": "balance"}], "differs from the ledger"),
        (("refused",), None, "no transfer was refused"),
    ],
)
def test_what_is_wrong_is_named(path: tuple[str, ...], value: Any, words: str) -> None:
    report = copy.deepcopy(good_report())
    *parents, last = path
    target = report
    for name in parents:
        target = target[name]
    target[last] = value
    assert words in "\n".join(shortcomings(report))


def test_the_text_shows_figures_and_the_life_of_the_unit() -> None:
    text = "\n".join(lines(good_report()))
    for words in ("KAU-2017", "538,900,000", "QuotaExceeded: remaining 6", "kr-steel", "surrender"):
        assert words in text

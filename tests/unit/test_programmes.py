"""The rule books: what they say, and that nothing in them is without a source."""

from __future__ import annotations

import pytest

from linking.programmes import (
    CapKind,
    ProgrammeError,
    UnitKind,
    load_programme,
    parse_programme,
    programme_codes,
    require_citation,
)

SMALL = """
code = "XX"
[names]
english = "Example"
local = "Beispiel"
language = "de"
source = "S4:L1"
[cap]
kind = "quantity"
tonnes = 10
fixed = true
source = "S4:L2; parameter: made up"
[[units]]
type = "allowance"
symbol = "XAU-{vintage}"
english = "Example allowance"
local = "Beispielzertifikat"
source = "parameter: made up"
"""


def test_every_programme_of_the_demonstration_has_a_rule_book() -> None:
    assert programme_codes() == ("CN", "JP-11", "JP-13", "KR")
    for code in programme_codes():
        assert load_programme(code).code == code


def test_china_expects_its_total_and_korea_fixes_it() -> None:
    china, korea = load_programme("CN").cap, load_programme("KR").cap
    assert (china.kind, china.tonnes, china.fixed) == (CapKind.RATE_BASED, 4_000_000_000, False)
    assert (korea.kind, korea.tonnes, korea.fixed) == (CapKind.QUANTITY, 538_900_000, True)


def test_what_the_sources_do_not_say_is_left_open() -> None:
    saitama = load_programme("JP-11").cap
    assert saitama.tonnes is None
    assert "parameter" in saitama.source


def test_symbols_follow_vintage_and_project() -> None:
    allowance, credit = load_programme("CN").units
    assert (allowance.kind, allowance.symbol_for(2021)) == (UnitKind.ALLOWANCE, "CEA-2021")
    assert credit.symbol_for(2020, "FJ-0001") == "CCER-2020-FJ-0001"
    with pytest.raises(ProgrammeError):
        credit.symbol_for(2020)


def test_names_are_in_the_programme_s_own_language() -> None:
    assert load_programme("KR").language == "ko"
    assert load_programme("JP-13").local.startswith("東京都")


def test_an_unknown_programme_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProgrammeError, match="CN, JP-11, JP-13, KR"):
        load_programme("EU")


@pytest.mark.parametrize("source", ["S4:L1070", "parameter", "S1:L514; S4:L495; parameter: why"])
def test_citations(source: str) -> None:
    require_citation(source)


@pytest.mark.parametrize("source", ["", "S4", "page 12", "S4:L10,parameter", "S5:L1"])
def test_what_is_no_citation_is_refused(source: str) -> None:
    with pytest.raises(ProgrammeError):
        require_citation(source)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('source = "S4:L1"', 'source = "somewhere"'),
        ('source = "S4:L1"\n', ""),
        ('kind = "quantity"', 'kind = "none"'),
        ("tonnes = 10", "tonnes = 0"),
        ("tonnes = 10", "tonnes = 1.5"),
        ('type = "allowance"', 'type = "coin"'),
        ("[cap]", "[cap"),
    ],
)
def test_a_rule_book_that_is_not_well_formed_is_refused(old: str, new: str) -> None:
    parse_programme(SMALL)
    assert old in SMALL
    with pytest.raises(ProgrammeError):
        parse_programme(SMALL.replace(old, new, 1))

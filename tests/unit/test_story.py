"""The story's figures agree with the rule books, the sources and each other."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from linking.attributes import Condition, word_of
from linking.attributes import Test as By  # pytest would collect it by its own name
from linking.programmes import ProgrammeError, load_programme
from linking.rates import Rate
from registry_node.domain.words import AccountKind, UnitType
from scripts.story import CODES, FOLDER, load_story

STORY = load_story()


def quantity_of(verb: str, registry: str, symbol: str) -> int:
    return sum(
        step.quantity
        for step in STORY.steps
        if (step.verb, step.registry, step.symbol) == (verb, registry, symbol)
    )


def test_issued_quantities_are_those_of_the_rule_books() -> None:
    assert quantity_of("issue", "CN", "CEA-2021") == load_programme("CN").cap.tonnes
    assert quantity_of("issue", "KR", "KAU-2017") == load_programme("KR").cap.tonnes
    assert quantity_of("issue", "JP-13", "ERC-2014") == load_programme("JP-13").cap.tonnes


def test_korea_raises_its_cap_by_the_supplementary_issue() -> None:
    (first,) = [c.cap for c in STORY.classes if c.symbol == "KAU-2017"]
    (raised,) = [s.quantity for s in STORY.steps if s.verb == "raise-cap"]
    assert (first, raised - first) == (521_900_000, 17_000_000)


def test_credits_are_issued_as_verified() -> None:
    credit_classes = [c for c in STORY.classes if c.unit_type is UnitType.CREDIT]
    assert credit_classes
    for item in credit_classes:
        verified = quantity_of("verify", item.registry, item.symbol)
        assert quantity_of("issue", item.registry, item.symbol) == verified


def test_fourteen_transfers_between_tokyo_and_saitama() -> None:
    found = Counter(s.registry for s in STORY.steps if s.verb == "cross" and s.chapter == 3)
    assert found == {"JP-13": 8, "JP-11": 6}


def test_the_korean_quota_follows_its_anchor() -> None:
    first, amended = [row for row in STORY.links if row.agreement == "CN_KR"]
    assert first.quota == 17_000_000 * 113 // 370  # 11.3 of 37 points
    assert first.rate != Rate(1, 1)
    assert (amended.terms, amended.quota, amended.quota_basis_points) == ("amended", 0, 80)
    assert amended.quota_class in {c.symbol for c in STORY.classes if c.registry == "KR"}


def test_the_links_hold_every_kind_of_term() -> None:
    assert any(row.quota for row in STORY.links)
    assert any(row.quota_basis_points for row in STORY.links)
    assert {row.net for row in STORY.links} == {True, False}
    assert {row.period_years for row in STORY.links} == {1, 5}
    tests = {condition.test for row in STORY.links for condition in row.conditions}
    assert tests == {By.ANY_OF, By.NONE_OF}


def test_a_report_gives_credits_in_one_registry_and_a_decision_allowances_once() -> None:
    verified = [step for step in STORY.steps if step.verb == "verify"]
    assert len({step.detail for step in verified}) == len(verified)
    reports = {(step.registry, step.detail) for step in verified}
    decided = [
        (step.registry, step.symbol, step.detail)
        for step in STORY.steps
        if step.verb == "issue" and (step.registry, step.detail) not in reports
    ]
    assert len(decided) == 3
    assert len(set(decided)) == len(decided)


def test_operators_of_china_are_administered_by_a_province() -> None:
    """Provinces propose what they get: nobody else does there."""
    for row in STORY.accounts:
        expected = row.registry == "CN" and row.kind is AccountKind.OPERATOR
        assert row.kind is not AccountKind.OPERATOR or bool(row.province) == expected
    sold_from = {step.account for step in STORY.steps if step.verb == "sell"}
    provincial = {row.name for row in STORY.accounts if row.province}
    assert sold_from
    assert sold_from <= provincial


def test_attributes_and_conditions_are_words_of_the_ledger() -> None:
    (forestry,) = [row for row in STORY.classes if row.symbol == "CCER-2020-FJ-0001"]
    assert forestry.attributes == {
        "kind": "forestry",
        "project": "FJ-0001",
        "region": "CN-FJ",
        "scheme": "CCER",
        "started": 20170101,
    }
    kinds = tuple(word_of(kind) for kind in ("excess-reduction", "small-facility"))
    assert STORY.links[0].conditions == (Condition(word_of("kind"), By.ANY_OF, kinds),)


def test_class_symbols_are_those_of_the_rule_books() -> None:
    for item in STORY.classes:
        kind = item.unit_type.name.lower()
        books = [b for b in load_programme(item.registry).units if b.kind.value == kind]
        symbols = [
            book.symbol_for(item.vintage, str(item.attributes.get("project", "")))
            for book in books
            if ("{project}" in book.symbol) == ("project" in item.attributes)
        ]
        assert item.symbol in symbols


def test_everybody_who_acts_has_an_account() -> None:
    known = {(row.registry, row.name) for row in STORY.accounts}
    everywhere = {name for _, name in known}
    for step in STORY.steps:
        assert step.registry in CODES
        assert not step.account or (step.registry, step.account) in known, step
        assert not step.to or step.to in everywhere, step


def test_keys_are_named_once() -> None:
    names = [row.name for row in STORY.accounts if row.kind is not AccountKind.SYSTEM]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["accounts", "classes", "links", "steps", "years"])
def test_a_row_without_a_source_is_refused(tmp_path: Path, name: str) -> None:
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if path.stem == name:
            rows[-1]["source"] = "somebody told me"
        with (tmp_path / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    with pytest.raises(ProgrammeError, match="somebody told me"):
        load_story(tmp_path)

"""The pages that say what holds on the ledger: every claim has its number, its test, its errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry_node.chain.artifacts import FOLDER, load_artifact
from scripts.ledger.programme import EXCLUSIONS, Role
from tests.support.pages import (
    CONTRACTS,
    ROOT,
    function_name,
    functions_of,
    name_of,
    role_in,
    sections,
    table_rows,
    text_of,
)

INVARIANTS = ROOT / "docs" / "invariants.md"
SECURITY = ROOT / "docs" / "security-model.md"
POWERS = ROOT / "docs" / "single-powers.md"
FAULTS = 16

A_TEST = re.compile(r"`(?:[\w/]+/)?test_\w+\.py::\w+`")
A_NUMBER = re.compile(
    r"\b[Ii]nvariants?(?:\]\([\w./]+\))? ((?:\d+(?:, | and | to |-)?)+)"
)  # "invariant 9", "invariants 1, 2 and 3", "[invariant](invariants.md) 24"


def claims() -> dict[int, list[str]]:
    rows = table_rows(text_of(INVARIANTS))
    return {int(row[0]): row for row in rows if row[0].isdigit()}


def test_claims_are_numbered_one_after_the_other() -> None:
    numbers = [int(row[0]) for row in table_rows(text_of(INVARIANTS)) if row[0].isdigit()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) > 40


@pytest.mark.parametrize("number", claims())
def test_every_claim_names_its_tests(number: int) -> None:
    _, claim, formula, held_by = claims()[number]
    assert claim
    assert formula
    assert A_TEST.search(held_by)
    assert re.sub(A_TEST, "", held_by).strip(", ") == ""


def test_the_numbers_that_are_used_elsewhere_are_those_of_claims() -> None:
    known = set(claims())
    used = 0
    for folder, endings in (
        ("contracts", ("*.sol",)),
        ("registry_node", ("*.py",)),
        ("tests", ("*.py", "*.sol")),
        ("docs", ("*.md",)),
    ):
        for ending in endings:
            for path in sorted((ROOT / folder).rglob(ending)):
                for found in A_NUMBER.findall(path.read_text(encoding="utf-8")):
                    numbers = {int(n) for n in re.findall(r"\d+", found)}
                    assert numbers <= known, f"{name_of(path)}: invariant {found}"
                    used += 1
    assert used > 20


# ---- faults ---------------------------------------------------------------------------------


def faults() -> dict[int, list[list[str]]]:
    found = {}
    for heading, text in sections(SECURITY).items():
        number = re.match(r"(\d+)\. ", heading)
        if number:
            found[int(number[1])] = table_rows(text)[1:]
    return found


def test_every_fault_has_its_section() -> None:
    assert list(faults()) == list(range(1, FAULTS + 1))


@pytest.mark.parametrize("number", range(1, FAULTS + 1))
def test_every_part_of_a_fault_says_what_holds_it_and_what_shows_it(number: int) -> None:
    parts = faults()[number]
    assert len(parts) > 1
    for could, holds, shown in parts:
        assert could
        assert holds
        assert A_TEST.search(shown), could
        assert re.sub(A_TEST, "", shown).strip(", ") == "", could


def test_roles_exclude_each_other_as_a_programme_is_set_up() -> None:
    """Every role excludes the guardian, which is said of those that exclude nothing else."""
    rows = table_rows(sections(SECURITY)["Roles and keys"])[1:]
    written = {re.split(r",| \*", row[0])[0]: row[3] for row in rows}
    excluded: dict[Role, set[str]] = {role: set() for role in Role}
    for one, other in EXCLUSIONS:
        if Role.GUARDIAN not in {one, other}:
            excluded[one].add(other.word.replace("-", " "))
            excluded[other].add(one.word.replace("-", " "))
    for role, others in excluded.items():
        name = role.word.replace("-", " ")
        if role in {Role.ADMINISTRATOR, Role.GUARDIAN}:
            continue
        listed = set(re.split(r", |; ", written.pop(name))) - {"any other province"}
        assert listed == (others or {"guardian"}), name
    assert written.pop("guardian") == "every other role"
    assert set(written) == {"proposal desk", "issuance desk"}


# ---- single powers --------------------------------------------------------------------------


def test_every_power_of_one_person_is_weighed() -> None:
    """Each function that belongs to one person's role, and each that is anybody's to begin."""
    people = {role.name for role in Role} - {"ADMINISTRATOR"}
    alone = {
        function_name(function)
        for contract in CONTRACTS
        for function, row in functions_of(contract).items()
        if role_in(row) in people
    }
    assert len(alone) > 15
    named = set(re.findall(r"`(\w+)`", text_of(POWERS)))
    assert alone - named == set()


# ---- errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [INVARIANTS, SECURITY, POWERS], ids=name_of)
def test_errors_and_functions_that_are_named_exist(page: Path) -> None:
    known = {"Guarded", "LedgerProxy"} | {
        entry["name"]
        for path in FOLDER.glob("*.json")
        for entry in load_artifact(path.stem).abi
        if "name" in entry
    }
    named = set(re.findall(r"`([A-Za-z]+)`", text_of(page)))
    words = {"freshMeter", "net"} | {"B", "sold"}  # of terms; of the notation
    assert named - known - words == set()

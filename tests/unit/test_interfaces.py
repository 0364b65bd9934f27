"""The interfaces are the manual: everything in them is explained, once, in typed words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
INTERFACES = sorted((CONTRACTS / "interfaces").glob("*.sol"))
SOURCES = sorted(
    p for p in CONTRACTS.rglob("*.sol") if "test" not in p.relative_to(CONTRACTS).parts
)

DECLARED = re.compile(
    r"\s*(?P<kind>function|error|event|struct|enum|interface|library|type)\s+(?P<name>\w+)"
)
TITLED = ("interface", "library")

# What ERC-1155 calls `id` is a class; it is not in these files. Here ids have types of their own.
UNTYPED = re.compile(
    r"\b(?:uint\d*|bytes32)\s+(?:indexed\s+)?(classId|\w+Class|linkId|lotId|limitClass)\b"
)
ROLE_WORDS = {
    "ACCOUNT_ADMINISTRATOR": r"account administrator",
    "ISSUER": r"issuer",
    "ALLOCATOR": r"allocator",
    "COMPLIANCE_OFFICER": r"compliance officer",
    "VERIFIER": r"verifier",
    "LINK_ADMINISTRATOR": r"link administrator",
    "ISSUANCE_DESK": r"issuance desk",
    "LINK_GATEWAY": r"gateway",
    "PROPOSAL_DESK": r"sensitive step|two people|administrator of roles",
}


class Declaration(NamedTuple):
    file: str
    kind: str
    name: str
    note: str
    """Its NatSpec, in one line."""


def declarations(path: Path) -> Iterator[Declaration]:
    note: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = DECLARED.match(line)
        if line.strip().startswith("///"):
            note.append(line.strip().removeprefix("///").strip())
            continue
        if found:
            yield Declaration(path.stem, found["kind"], found["name"], " ".join(note))
        note = []


@cache
def manual() -> list[Declaration]:
    return [each for path in INTERFACES for each in declarations(path)]


def test_the_manual_is_read_whole() -> None:
    """So that what is counted below is what there is."""
    kinds = Counter(each.kind for each in manual())
    text = "\n".join(path.read_text(encoding="utf-8") for path in INTERFACES)
    for kind in ("function", "error", "event", "struct", "enum"):
        assert kinds[kind] == len(re.findall(rf"^\s*{kind} \w+", text, re.MULTILINE))
        assert kinds[kind] > 5


def test_everything_in_the_manual_is_explained() -> None:
    lacking = [
        f"{each.file}: {each.kind} {each.name}"
        for each in manual()
        if "@notice" not in each.note and not (each.kind in TITLED and "@title" in each.note)
    ]
    assert lacking == []


def test_an_explanation_names_arguments_that_exist() -> None:
    for path in INTERFACES:
        text = path.read_text(encoding="utf-8")
        for note, signature in re.findall(
            r"((?:^ *///.*\n)+) *((?:function|error|event)[^;]*;)", text, re.MULTILINE
        ):
            for name in re.findall(r"@param (\w+)", note):
                assert re.search(rf"\b{name}\b", signature), f"{path.stem}: {name} in {signature}"


def errors() -> Iterator[tuple[str, str, str]]:
    """Each error's file, name, and the types of its values."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for name, values in re.findall(r"^\s*error (\w+)\(([^)]*)\);", text, re.MULTILINE):
            types = ", ".join(value.split()[0] for value in values.split(",") if value)
            yield path.stem, name, types


def test_an_error_is_declared_once() -> None:
    """One condition, one error, one sentence: an error of several contracts is imported."""
    found = list(errors())
    assert len(found) > 150
    counts = Counter((name, types) for _, name, types in found)
    assert [each for each, n in counts.items() if n > 1] == []


def test_one_name_is_one_error() -> None:
    """But for two that say the same of other things: a year or a lot, a figure or a proposal."""
    counts = Counter(name for _, name, _ in errors())
    assert {name for name, n in counts.items() if n > 1} == {"AlreadySettled", "SamePerson"}


def test_errors_are_in_the_manual() -> None:
    manuals = {path.stem for path in INTERFACES}
    outside = {name for file, name, _ in errors() if file not in manuals}
    assert outside == {"GasTooLow"}  # of a library that every contract may use


def test_ids_have_types_of_their_own() -> None:
    for path in INTERFACES:
        lines = path.read_text(encoding="utf-8").splitlines()
        code = [line.partition("//")[0] for line in lines]
        assert [line for line in code if UNTYPED.search(line)] == [], path.stem


# ---- who may call ---------------------------------------------------------------------------


def given() -> dict[tuple[str, str], str]:
    """The role of each function, by interface and name."""
    text = (CONTRACTS / "authority" / "FunctionRoles.sol").read_text(encoding="utf-8")
    lines = re.findall(r"Given\((I\w+)\.(\w+)\.selector, Roles\.(\w+)\)", text)
    assert len(lines) == text.count(".selector")
    return {(interface, function): role for interface, function, role in lines}


@pytest.mark.parametrize(("function", "role"), given().items())
def test_a_function_says_who_may_call_it(function: tuple[str, str], role: str) -> None:
    (note,) = [e.note for e in manual() if (e.file, e.name) == function and e.kind == "function"]
    words = ROLE_WORDS[role]
    assert re.search(words, note, re.IGNORECASE), note
    others = [w for r, w in ROLE_WORDS.items() if r != role]
    callers = " ".join(re.findall(r"(?:Role|Caller): ([^.]*)\.", note))
    assert not any(re.search(w, callers) for w in others if not re.search(words, callers)), note

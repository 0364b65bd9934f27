"""Who decides what in the story: every sensitive function has a step, and its two people exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scripts.artifacts import committed
from scripts.ledger.programme import (
    EXCLUSIONS,
    HOLDERS_MAY_REQUEST,
    ORDERED_BY,
    PROVINCES,
    Role,
    Step,
    people,
    steps,
)
from scripts.story import CODES, load_story

CONTRACTS = Path(__file__).parents[2] / "contracts"
KINDS = {
    "registry": "UnitRegistry",
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
    "gateway": "LinkGateway",
    "authority": "ProgrammeAuthority",
}
PROVINCE_NUMBERS = sorted({row.province for row in load_story().accounts} - {0})
STEPS = [
    (code, contract, function, step)
    for code in CODES
    for contract, decided in steps(code).items()
    for function, step in decided.items()
]


def source(name: str) -> str:
    return (CONTRACTS / name).read_text(encoding="utf-8")


def inputs(contract: str, function: str) -> list[Any]:
    abi = committed(KINDS[contract]).abi
    (entry,) = [e for e in abi if (e["type"], e.get("name")) == ("function", function)]
    return list(entry["inputs"])


@pytest.mark.parametrize("code", CODES)
def test_every_function_of_the_proposal_desk_is_a_step(code: str) -> None:
    text = source("authority/FunctionRoles.sol")
    given = set(re.findall(r"Given\(\w+\.(\w+)\.selector, Roles\.PROPOSAL_DESK\)", text))
    assert given
    decided = steps(code)
    council = decided.pop("authority")
    assert {function for functions in decided.values() for function in functions} == given
    assert set(council.values()) == {Step(Role.COUNCIL, Role.COUNCIL)}
    for function in council:
        assert f"function {function}(" in source("authority/ProgrammeAuthority.sol") or (
            function in {"revokeRole", "setTargetFunctionRole"}  # OpenZeppelin's own
        )


@pytest.mark.parametrize(("code", "contract", "function", "step"), STEPS)
def test_two_people_who_exist_decide_each_step(
    code: str, contract: str, function: str, step: Step
) -> None:
    arguments = inputs(contract, function)
    numbers: list[Any] = [PROVINCE_NUMBERS[0]] * len(arguments)
    proposer, approver = step.people(numbers)
    assert proposer != approver
    held = {name: number for number, name in people(PROVINCE_NUMBERS)}
    assert held[approver] == step.approver_role
    if step.province_argument:
        assert code == "CN"
        assert arguments[step.province_argument - 1]["name"] == "province"
        assert held[proposer] == PROVINCES + PROVINCE_NUMBERS[0]
    else:
        assert held[proposer] == step.proposer_role


def test_who_proposes_for_a_province_never_approves_for_the_state() -> None:
    for code, _, _, step in STEPS:
        if step.province_argument:
            assert (step.proposer_role, step.approver_role) in EXCLUSIONS, code


def test_nobody_has_two_roles_and_a_guardian_excludes_all_others() -> None:
    names = [name for _, name in people(PROVINCE_NUMBERS)]
    assert len(set(names)) == len(names)
    others = {b for a, b in EXCLUSIONS if a is Role.GUARDIAN}
    assert others == set(Role) - {Role.ADMINISTRATOR, Role.GUARDIAN}
    assert len(set(EXCLUSIONS)) == len(EXCLUSIONS)


def test_every_transaction_type_that_can_be_ordered_has_its_desk() -> None:
    types = dict(
        re.findall(
            r"uint16 internal constant (\w+) = (\w+);", source("libraries/TransactionTypes.sol")
        )
    )
    rules = source("libraries/TransactionRules.sol").partition("library TransactionRules")[2]
    ordered = {int(types[name]) for name in re.findall(r"TransactionTypes\.(\w+)\b", rules)}
    assert set(ORDERED_BY) == ordered


def test_holders_may_request_what_they_could_do_alone() -> None:
    """The first word of each call is the account, which the holder desk compares."""
    restricted = set(re.findall(r"\.(\w+)\.selector", source("authority/FunctionRoles.sol")))
    for contract, functions in HOLDERS_MAY_REQUEST.items():
        for function in functions:
            first = inputs(contract, function)[0]
            first = first["components"][0] if first["type"] == "tuple" else first
            assert first["type"] == "address", function
            assert first["name"] in {"account", "from", "creditor", "institution"}, function
            assert function not in restricted

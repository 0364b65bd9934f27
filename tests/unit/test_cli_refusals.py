"""Every typed error of the contracts has a sentence that says what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from registry_node.chain.artifacts import load_artifact
from registry_node.cli.refusals import WORDINGS, Names, refusal
from registry_node.domain.errors import NotFound, Refused
from registry_node.domain.references import token_id
from registry_node.queries.calls import DESKS

CONTRACTS = ("UnitRegistry", "LinkGateway", "ProgrammeAuthority", *DESKS.values())

NAMES = Names(lambda address: f"account {address[:6]}", lambda link: f"LINK_{link}")

# By name and arguments: two contracts may give a name to different errors.
ERRORS = {
    f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})": entry
    for contract in CONTRACTS
    for entry in load_artifact(contract).abi
    if entry["type"] == "error"
}

# Raised by libraries of OpenZeppelin or by misuse that the command cannot make.
ELSEWHERE = {
    "AccessManagedInvalidAuthority",
    "AccessManagedRequiredDelay",
    "ERC1155InvalidApprover",
    "ERC1155InvalidArrayLength",
    "ERC1155InvalidOperator",
    "ReentrancyGuardReentrantCall",
    "SafeCastOverflowedUintDowncast",
    "CheckpointUnorderedInsertion",
    "AddressEmptyCode",
    "FailedCall",
    "InsufficientBalance",
}


def met(signature: str) -> bool:
    """Whether somebody may meet an error through the command; it never calls an authority."""
    name = ERRORS[signature]["name"]
    return name not in ELSEWHERE and not name.startswith("AccessManager")


def sample(kind: str, name: str) -> Any:
    if kind == "address":
        return "0x" + "ab" * 20
    if kind == "bytes32":
        return b"text".ljust(32, b"\0")
    if kind == "bytes4":
        return b"\1\2\3\4"
    if kind == "string":
        return "a reason"
    return token_id("KAU-2017") if name in {"classId", "tokenId"} else 3


@pytest.mark.parametrize("signature", sorted(filter(met, ERRORS)))
def test_every_error_reads_as_a_sentence(signature: str) -> None:
    name, inputs = ERRORS[signature]["name"], ERRORS[signature]["inputs"]
    arguments = [
        (item["name"], item["type"], sample(item["type"], item["name"])) for item in inputs
    ]
    error = refusal(name, arguments, NAMES)
    assert name in WORDINGS or signature in WORDINGS
    assert len({known for known in ERRORS if known.startswith(f"{name}(")}) == 1 or (
        name not in WORDINGS
    )
    assert error.message.endswith(".")
    assert error.hint
    assert "{" not in error.message + error.hint
    assert error.exit_code in {2, 3, 4}


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_no_wording_is_of_an_error_that_is_gone(name: str) -> None:
    assert name in {entry["name"] for entry in ERRORS.values()} | set(ERRORS)


def test_values_are_shown_as_people_call_them() -> None:
    error = refusal(
        "QuotaExceeded",
        [("linkId", "uint32", 2), ("requested", "uint256", 2_125_000), ("remaining", "uint256", 7)],
        NAMES,
    )
    assert isinstance(error, Refused)
    assert "2,125,000 t would pass the import quota of LINK_2; 7 t are left" in error.message
    error = refusal("ClassUnknown", [("classId", "uint256", token_id("KAU-2017"))], NAMES)
    assert isinstance(error, NotFound)
    assert "KAU-2017" in error.message
    error = refusal(
        "AccountCannotSend",
        [("account", "address", "0x" + "ab" * 20), ("status", "uint8", 4)],
        NAMES,
    )
    assert "its status is SUSPENDED" in error.message


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("RoleMissing", {"role": 3}, "does not have the role allocator for this step."),
        ("RoleMissing", {"role": 77}, "does not have the role number 77 for this step."),
        ("ProposalNot", {"expected": 1, "actual": 3}, "Proposal 1 is executed, not proposed."),
        ("ProposalNot", {"expected": 2, "actual": 0}, "Proposal 1 is unknown, not approved."),
        ("RequestNot", {"expected": 2, "actual": 4}, "Request 1 is cancelled, not approved."),
        ("EmissionsStateIs", {"state": 0}, "for 2021 are not attested yet, which"),
        ("EmissionsStateIs", {"state": 3}, "for 2021 are confirmed, which"),
    ],
)
def test_roles_and_states_are_called_by_their_names(
    name: str, arguments: dict[str, int], said: str
) -> None:
    account = "0x" + "ab" * 20
    given = {"caller": account, "account": account, "id": 1, "year": 2021, **arguments}
    inputs = next(entry for entry in ERRORS.values() if entry["name"] == name)["inputs"]
    found = [(item["name"], item["type"], given[item["name"]]) for item in inputs]
    assert said in refusal(name, found, NAMES).message


def test_an_unknown_error_is_told_with_its_values() -> None:
    error = refusal("Other", [("count", "uint256", 1000)], NAMES)
    assert error.message == "The ledger refused it: Other(count 1,000)."

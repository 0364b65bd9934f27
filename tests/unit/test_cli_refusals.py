"""Every typed error of the contracts has a sentence that says what would be right."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from registry_node.chain.artifacts import load_artifact, signature
from registry_node.cli.refusals import CONTRACTS, WORDINGS, Names, explained, refusal
from registry_node.domain.errors import NotFound, Refused
from registry_node.domain.references import token_id

NAMES = Names(lambda address: f"account {address[:6]}", lambda link: f"LINK_{link}")
ACCOUNT = "0x" + "ab" * 20


def said(entry: dict[str, Any]) -> str:
    """An error with the names of its arguments, as documents and wordings have it."""
    return f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})"


# Errors of several contracts are one when their names and arguments are the same.
ERRORS = {
    said(entry): entry
    for contract in CONTRACTS
    for entry in load_artifact(contract).abi
    if entry["type"] == "error"
}


def sample(kind: str, name: str) -> Any:
    if kind == "address":
        return ACCOUNT
    if kind == "bytes32":
        return b"text".ljust(32, b"\0")
    if kind == "bytes4":
        return b"\1\2\3\4"
    if kind == "string":
        return "a reason"
    return token_id("KAU-2017") if name in {"classId", "tokenId"} else 3


def told(name: str, **values: Any) -> Any:
    """The error of that name with some of its values; the others are samples."""
    (entry,) = (e for key, e in ERRORS.items() if name in {key, e["name"]})
    arguments = [
        (item["name"], item["type"], values.get(item["name"], sample(item["type"], item["name"])))
        for item in entry["inputs"]
    ]
    return refusal(entry["name"], arguments, NAMES)


@pytest.mark.parametrize("error", sorted(ERRORS))
def test_every_error_reads_as_a_sentence(error: str) -> None:
    name = ERRORS[error]["name"]
    of_that_name = {known for known in ERRORS if known.startswith(f"{name}(")}
    assert (name if len(of_that_name) == 1 else error) in WORDINGS
    found = told(error)
    assert found.message.endswith(".")
    assert found.hint.endswith(".")
    assert "{" not in found.message + found.hint
    assert found.exit_code in {2, 3, 4}


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_no_wording_is_of_an_error_that_is_gone(name: str) -> None:
    assert name in {entry["name"] for entry in ERRORS.values()} | set(ERRORS)


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_a_wording_names_arguments_that_its_error_has(name: str) -> None:
    (entry,) = (e for key, e in ERRORS.items() if name in {key, e["name"]})
    wording = WORDINGS[name]
    named = {field for _, field, _, _ in Formatter().parse(wording.message + wording.hint)}
    assert named - {None} <= {item["name"] for item in entry["inputs"]}


def test_no_two_errors_read_the_same() -> None:
    sentences = [wording.message for wording in WORDINGS.values()]
    assert len(set(sentences)) == len(sentences)


def test_values_are_shown_as_people_call_them() -> None:
    error = told("QuotaExceeded", linkId=2, requested=2_125_000, remaining=7)
    assert isinstance(error, Refused)
    assert "2,125,000 t would pass the import quota of LINK_2; 7 t are left" in error.message
    error = told("ClassUnknown")
    assert isinstance(error, NotFound)
    assert "KAU-2017" in error.message


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("AccountCannotSend", {"status": 4}, "its status is SUSPENDED"),
        ("AccountOfAuthority", {"kind": 1}, "own (STATE_AUTHORITY)"),
        ("RoleMissing", {"role": 3}, "does not have the role 'allocator'"),
        ("RoleMissing", {"role": 77}, "does not have the role '77'"),
        ("RoleMissing", {"role": 2**32 + 44}, "does not have the role 'province 44'"),
        ("RolesExclude", {"held": 5, "granted": 2}, "has the role 'verifier', and nobody may have"),
        ("HoldingLimitExceeded", {"held": 2}, "would hold 2 t"),
        ("ProvinceIs", {"province": 0}, "is administered by no province"),
        ("ProvinceIs", {"province": 11}, "is administered by province 11"),
        ("EntitlementExceeded", {"kind": 1, "year": 2021}, "for 2021 (adjustment) are more than"),
        ("LienKindIs", {"kind": 3}, "is lifted, which"),
        ("RightMissing", {"right": 2}, "may not approve for"),
        ("NotTheDesk", {"transactionType": 1042}, "transactions of type 10-42;"),
        ("NotTheDesk", {"transactionType": 400}, "transactions of type 4;"),
        ("NotASensitiveStep", {"selector": b"\1\2\3\4"}, "0x01020304 of account 0xabab"),
        (
            "NotASensitiveStep",
            {"selector": keccak(b"sealClass(uint256)")[:4]},
            "sealClass of account 0xabab is not decided by two people",
        ),
        ("ProposalNot", {"expected": 1, "actual": 3}, "Proposal 3 is executed, not proposed."),
        ("ProposalNot", {"expected": 2, "actual": 0}, "Proposal 3 is unknown, not approved."),
        ("RequestNot", {"expected": 2, "actual": 4}, "Request 3 is cancelled, not approved."),
        ("EmissionsStateIs", {"state": 0}, "are not attested yet, or"),
        ("EmissionsStateIs", {"state": 3}, "are confirmed, or"),
        ("TooEarly", {"readyAt": 1_700_000_000}, "it is ready at 2023-11-14T22:13:20Z."),
        ("LinkExpired", {"validUntil": 1_700_000_000}, "expired on 2023-11-14."),
    ],
)
def test_numbers_are_called_by_what_they_stand_for(
    name: str, values: dict[str, Any], sentence: str
) -> None:
    assert sentence in told(name, **values).message


def test_the_same_name_with_other_arguments_is_another_error() -> None:
    at_a_desk = told("SamePerson(id, caller)", id=4).message
    assert at_a_desk == "account 0xabab made number 4 and cannot approve it too."
    of_figures = told("SamePerson(account, year, caller)", year=2021).message
    assert of_figures.startswith("account 0xabab attested the emissions of account 0xabab for 2021")


def test_revert_data_is_read() -> None:
    entry = ERRORS["CapExceeded(classId, requested, remaining)"]
    data = keccak(signature(entry).encode())[:4]
    data += encode(["uint256", "uint256", "uint256"], [token_id("KAU-2017"), 5, 4])
    assert explained("0x" + data.hex(), NAMES).message == (
        "5 t would pass the cap of KAU-2017; 4 t are left."
    )
    for nothing in ("0x", "0x12345678", None):
        assert explained(nothing, NAMES).message == "The ledger refused it without saying why."


def test_an_unknown_error_is_told_with_its_values() -> None:
    error = refusal("Other", [("count", "uint256", 1000)], NAMES)
    assert error.message == "The ledger refused it: Other(count 1,000)."

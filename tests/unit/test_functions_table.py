"""docs/functions.md says what the contracts do: every function, who may call it, who decides it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from registry_node.chain.artifacts import FOLDER, load_artifact
from scripts.ledger.programme import steps

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "functions.md"
CONTRACTS = sorted(path.stem for path in FOLDER.glob("*.json"))

# The names of a programme's contracts: in `ProgrammeAuthority`, and in the table of default steps.
ADOPTED = {
    "r": "UnitRegistry",
    "i": "IssuanceDesk",
    "c": "ComplianceDesk",
    "p.lienDesk": "LienDesk",
    "p.holderDesk": "HolderDesk",
    "gateway": "LinkGateway",
}
DECIDED = {
    "registry": "UnitRegistry",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
    "gateway": "LinkGateway",
    "authority": "ProgrammeAuthority",
    "proposals": "ProposalDesk",
}
# Where the guard of a function is in another source than the contract's own.
SOURCES = {
    "UnitRegistry": ("UnitRegistry", "UnitLedger", "AccountRegister"),
    "LinkGateway": ("LinkGateway", "LinkTerms"),
}
ACCESS_MANAGER = "node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol"


@cache
def cells(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by the function in their first cell."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"functions.md has no section '{heading}'"
    rows: dict[str, list[str]] = {}
    for line in found[1].splitlines():
        row = [cell.strip() for cell in line.strip("|").split(" | ")]
        name = row[0].strip("`")
        if line.startswith("| `"):
            assert name not in rows, f"{heading}: {name} is listed twice"
            rows[name] = row
    return rows


def functions(contract: str, *, views: bool) -> set[str]:
    """`name(argument, ...)` of each function, as a reader calls it."""
    return {
        f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})"
        for entry in load_artifact(contract).abi
        if entry["type"] == "function"
        and (entry["stateMutability"] in {"view", "pure"}) == views
        and all(item["name"] for item in entry["inputs"])
    }


def unnamed(contract: str) -> set[str]:
    """Getters of mappings, whose arguments have no name."""
    return {
        entry["name"]
        for entry in load_artifact(contract).abi
        if entry["type"] == "function" and not all(item["name"] for item in entry["inputs"])
    }


def name_of(function: str) -> str:
    return function.split("(", maxsplit=1)[0]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_function_that_changes_something_is_in_the_table(contract: str) -> None:
    assert set(cells(contract)) == functions(contract, views=False)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_question_is_in_the_table(contract: str) -> None:
    listed = set(cells(f"{contract}: questions"))
    getters = {one for one in listed if name_of(one) in unnamed(contract)}
    assert {name_of(one) for one in getters} == unnamed(contract)
    assert listed - getters == functions(contract, views=True)


def test_no_contract_of_the_page_is_gone() -> None:
    headings = re.findall(r"^## (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == CONTRACTS


# ---- who may call ---------------------------------------------------------------------------


@cache
def given() -> dict[tuple[str, str], str]:
    """The role of each function that `ProgrammeAuthority` ties, by contract and function."""
    source = (ROOT / "contracts" / "ProgrammeAuthority.sol").read_text(encoding="utf-8")
    lines = re.findall(r"_give\(([\w.]+), I\w+\.(\w+)\.selector, Roles\.(\w+)\);", source)
    assert len(lines) == source.count("_give(") - 1  # all but the function's own definition
    assert len(lines) > 40
    return {(ADOPTED[target], function): role for target, function, role in lines}


def guarded(contract: str) -> set[str]:
    """The functions that ask the authority, by their sources."""
    paths = [ROOT / "contracts" / f"{name}.sol" for name in SOURCES.get(contract, (contract,))]
    if contract == "ProgrammeAuthority":
        paths.append(ROOT / ACCESS_MANAGER)
    found: set[str] = set()
    for path in paths:
        headers = re.findall(
            r"function (\w+)\([^)]*\)\s*(?:external|public)([^{;]*)[{;]",
            path.read_text(encoding="utf-8"),
        )
        found |= {n for n, rest in headers if re.search(r"\b(restricted|onlyAuthorized)\b", rest)}
    return found


def role_in(row: list[str]) -> str | None:
    found = re.match(r"`([A-Z_]+)`", row[1])
    return found[1] if found else None


@pytest.mark.parametrize("contract", CONTRACTS)
def test_who_may_call_is_who_the_authority_lets(contract: str) -> None:
    roles = {name: role for (where, name), role in given().items() if where == contract}
    expected = dict.fromkeys(guarded(contract), "ADMINISTRATOR") | roles
    written = {name_of(function): role_in(row) for function, row in cells(contract).items()}
    assert {name: role for name, role in written.items() if role} == expected


@pytest.mark.parametrize("contract", sorted(set(ADOPTED.values())))
def test_what_has_a_role_asks_for_it(contract: str) -> None:
    roles = {name for where, name in given() if where == contract}
    asking = guarded(contract)
    if contract == "LinkGateway":  # it asks the authority of the registry concerned
        source = (ROOT / "contracts" / "LinkTerms.sol").read_text(encoding="utf-8")
        bodies = re.findall(
            r"function (\w+)\([^)]*\) external[^{]*{(.*?)\n    }", source, re.DOTALL
        )
        asking = {n for n, body in bodies if re.search(r"_requireAdministrator|_sideOf", body)}
    assert roles == asking


def test_what_no_role_guards_says_who_else_may_call() -> None:
    for contract in CONTRACTS:
        for function, row in cells(contract).items():
            assert role_in(row) or re.match(r"(holder|anyone|the )", row[1]), (contract, function)


# ---- who decides ----------------------------------------------------------------------------


def decided(code: str) -> dict[tuple[str, str], str]:
    """Proposer and approver of each default step, in words."""
    return {
        (DECIDED[contract], function): ", ".join(
            role.name.lower().replace("_", " ") for role in (step.proposer_role, step.approver_role)
        )
        for contract, functions_ in steps(code).items()
        for function, step in functions_.items()
    }


def test_who_proposes_and_approves_is_what_a_programme_is_set_up_with() -> None:
    written = {
        (contract, name_of(function)): row[3]
        for contract in CONTRACTS
        for function, row in cells(contract).items()
        if row[3] not in {"-", "no step"}
    }
    assert written == decided("KR")


def test_what_is_decided_is_given_to_the_proposal_desk() -> None:
    for contract in CONTRACTS:
        for function, row in cells(contract).items():
            at_the_desk = role_in(row) in {"PROPOSAL_DESK", "ADMINISTRATOR", "CONTROLS"}
            assert at_the_desk == (row[3] != "-"), (contract, function)


# ---- errors ---------------------------------------------------------------------------------


def test_errors_that_are_named_exist() -> None:
    known = {
        entry["name"]
        for contract in CONTRACTS
        for entry in load_artifact(contract).abi
        if entry["type"] == "error"
    }
    for contract in CONTRACTS:
        for function, row in cells(contract).items():
            named = set(re.findall(r"`(\w+)`", row[4]))
            assert named <= known, (contract, function, named - known)
            assert named or row[4], (contract, function)

"""docs/functions.md says what the contracts do: every function, who may call it, who decides it."""

from __future__ import annotations

import re
from functools import cache

import pytest

from registry_node.chain.artifacts import FOLDER, load_artifact
from scripts.faces import PARTS
from scripts.ledger.programme import steps
from tests.support.pages import (
    CONTRACTS,
    FUNCTIONS,
    ROOT,
    function_name,
    functions_of,
    role_in,
    sections,
    text_of,
)

SHARED = "What several contracts have"

# Where `FunctionRoles` takes a function's selector from, and whose function it is.
INTERFACES = {
    "IAccountRegister": "UnitRegistry",
    "IClassRegister": "UnitRegistry",
    "IUnitLedger": "UnitRegistry",
    "IProposalDesk": "ProposalDesk",
    "IIssuanceDesk": "IssuanceDesk",
    "IComplianceDesk": "ComplianceDesk",
    "ILienDesk": "LienDesk",
    "IHolderDesk": "HolderDesk",
    "ILinkAgreements": "LinkGateway",
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
ACCESS_MANAGER = ROOT / "node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol"

# What the libraries that the contracts stand on declare, and no function of this page raises.
NEVER_RAISED = {
    "AccessManagedRequiredDelay",  # no role has a delay of its own
    "AccessManagerInvalidInitialAdmin",
    "CheckpointUnorderedInsertion",
    "ERC1155InvalidApprover",
    "ERC1155InvalidSender",
    "ERC1967NonPayable",
    "InsufficientBalance",  # nothing is sent along
    "SafeCastOverflowedUintDowncast",
}


def functions(contract: str, *, views: bool) -> set[str]:
    """`name(argument, ...)` of each function of its own, as a reader calls it."""
    return {
        f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})"
        for entry in load_artifact(contract).abi
        if entry["type"] == "function"
        and (entry["stateMutability"] in {"view", "pure"}) == views
        and all(item["name"] for item in entry["inputs"])
    } - set(functions_of(SHARED))


def unnamed(contract: str) -> set[str]:
    """Functions with an argument that has no name."""
    return {
        entry["name"]
        for entry in load_artifact(contract).abi
        if entry["type"] == "function" and not all(item["name"] for item in entry["inputs"])
    }


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_function_that_changes_something_is_in_the_table(contract: str) -> None:
    assert set(functions_of(contract)) == functions(contract, views=False)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_question_is_in_the_table(contract: str) -> None:
    listed = set(functions_of(f"{contract}: questions"))
    getters = {one for one in listed if function_name(one) in unnamed(contract)}
    assert {function_name(one) for one in getters} == unnamed(contract)
    assert listed - getters == functions(contract, views=True)


def test_what_several_contracts_have_is_what_several_have() -> None:
    for function in functions_of(SHARED):
        having = [
            contract
            for contract in CONTRACTS
            for entry in load_artifact(contract).abi
            if entry["type"] == "function"
            and function
            == f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})"
        ]
        assert len(having) > 1, function


def test_no_contract_of_the_page_is_gone_and_none_is_missing() -> None:
    headings = re.findall(r"^## (\w+)$", text_of(FUNCTIONS), re.MULTILINE)
    assert sorted(headings) == CONTRACTS
    parts = {part for others in PARTS.values() for part in others}
    deployed = {path.stem for path in FOLDER.glob("*.json")}
    assert deployed == {*CONTRACTS, *parts, "LedgerProxy"}
    assert not [e for e in load_artifact("LedgerProxy").abi if e["type"] == "function"]


# ---- who may call ---------------------------------------------------------------------------


@cache
def given() -> dict[tuple[str, str], str]:
    """The role of each function that `FunctionRoles` lists, by contract and function."""
    path = ROOT / "contracts" / "authority" / "FunctionRoles.sol"
    source = path.read_text(encoding="utf-8")
    lines = re.findall(r"= Given\((I\w+)\.(\w+)\.selector, Roles\.(\w+)\);", source)
    assert len(lines) == source.count("= Given(")
    assert len(lines) > 70
    return {(INTERFACES[interface], function): role for interface, function, role in lines}


def source_of(contract: str) -> str:
    """Every source that a contract's functions are in."""
    names = (
        contract,
        *PARTS.get(contract, ()),
        *{"UnitRegistry": ("UnitLedger",)}.get(contract, ()),
    )
    paths = [path for n in names for path in (ROOT / "contracts").rglob(f"{n}.sol")]
    assert len(paths) == len(names)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def headers(source: str) -> dict[str, str]:
    """What stands between the arguments and the body of each function that can be called."""
    found = re.findall(r"function (\w+)\([^)]*\)\s*(?:external|public)([^{;]*)[{;]", source)
    return dict(found)


def guarded(contract: str) -> set[str]:
    """The functions that ask the authority, by their sources."""
    rests: dict[str, str] = {}
    if contract == "ProgrammeAuthority":
        rests = headers(ACCESS_MANAGER.read_text(encoding="utf-8"))
    rests |= headers(source_of(contract))
    return {n for n, rest in rests.items() if re.search(r"\b(restricted|onlyAuthorized)\b", rest)}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_who_may_call_is_who_the_authority_lets(contract: str) -> None:
    roles = {name: role for (where, name), role in given().items() if where == contract}
    expected = dict.fromkeys(guarded(contract), "ADMINISTRATOR") | roles
    written = {
        function_name(function): role_in(row) for function, row in functions_of(contract).items()
    }
    assert {name: role for name, role in written.items() if role} == expected


@pytest.mark.parametrize("contract", sorted(set(INTERFACES.values())))
def test_what_has_a_role_asks_for_it(contract: str) -> None:
    roles = {name for where, name in given() if where == contract}
    asking = guarded(contract)
    if contract == "LinkGateway":  # it asks the authority of the registry concerned
        bodies = re.findall(
            r"function (\w+)\([^)]*\) external[^{]*{(.*?)\n    }", source_of(contract), re.DOTALL
        )
        asking = {n for n, body in bodies if "_requireSpeaker(" in body}
    assert roles == asking


def test_what_no_role_guards_says_who_else_may_call() -> None:
    for contract in (*CONTRACTS, SHARED):
        for function, row in functions_of(contract).items():
            other = re.match(r"(holder|anyone|nobody|the )", row[1])
            assert role_in(row) or other, (contract, function)


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
        (contract, function_name(function)): row[3]
        for contract in CONTRACTS
        for function, row in functions_of(contract).items()
        if row[3] not in {"-", "no step", "never"}
    }
    assert written == decided("KR")


def test_what_a_province_proposes_is_said() -> None:
    sentence = re.search(
        r"In CN a province proposes (.*?), for",
        sections(FUNCTIONS)["How to read the tables"],
        re.DOTALL,
    )
    assert sentence
    ordinary, provincial = decided("KR"), decided("CN")
    others = {function for (_, function), who in provincial.items() if who.startswith("province")}
    assert set(re.findall(r"`(\w+)`", sentence[1])) == others
    assert ordinary.keys() == provincial.keys()
    changed = {
        name for (where, name) in ordinary if ordinary[where, name] != provincial[where, name]
    }
    assert changed == others


def test_what_is_decided_is_given_to_the_proposal_desk() -> None:
    for contract in CONTRACTS:
        for function, row in functions_of(contract).items():
            at_the_desk = role_in(row) in {"PROPOSAL_DESK", "ADMINISTRATOR"}
            assert at_the_desk == (row[3] != "-"), (contract, function)


def test_what_is_never_done_is_refused_by_the_authority() -> None:
    """`NotOffered`: not even two people of the council decide it."""
    never = {
        function_name(f)
        for f, row in functions_of("ProgrammeAuthority").items()
        if row[3] == "never"
    }
    source = source_of("ProgrammeAuthority")
    bodies = dict(re.findall(r"function (\w+)\([^{;]*{(.*?)\n    }", source, re.DOTALL))
    refusing = {n.lstrip("_") for n, body in bodies.items() if "revert NotOffered()" in body}
    assert never == refusing - {"grantRole"}  # which refuses a delay only


# ---- errors ---------------------------------------------------------------------------------


@cache
def known_errors() -> set[str]:
    return {
        entry["name"]
        for contract in (*CONTRACTS, "LedgerProxy")
        for entry in load_artifact(contract).abi
        if entry["type"] == "error"
    }


def test_errors_that_are_named_exist() -> None:
    for contract in (*CONTRACTS, SHARED):
        for function, row in functions_of(contract).items():
            named = set(re.findall(r"`(\w+)`", row[4]))
            assert named <= known_errors(), (contract, function, named - known_errors())
            assert named or row[4], (contract, function)


def test_every_error_is_some_functions() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", text_of(FUNCTIONS)))
    assert known_errors() - named == NEVER_RAISED

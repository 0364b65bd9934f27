"""Decoding by hand gives what web3 gives, for every event."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hexbytes import HexBytes
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import Web3

from registry_node.chain.artifacts import load_artifact
from registry_node.chain.decoding import EVENTS, TOPICS, Voice, decode, named_in, voice_of
from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain import events_links as g
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.queries.desks import CONTRACTS
from tests.support.logs import event_abi, make_header, make_log

ADDRESS = bytes(range(20))
HEADER = make_header(77)
AT: Any = {"address": ADDRESS, "header": HEADER}
MIRRORED = [(contract, form) for contract, (_, forms) in EVENTS.items() for form in forms]
NAMES = [f"{contract}-{form.__name__}" for contract, form in MIRRORED]

LEFT_OUT = {
    "AuthorityUpdated": "a contract's authority never changes, and the deployment names it",
    "Initialized": "a contract is set up once, before the deployment is written",
    "TransferSingle": "ERC-1155's own: UnitsMoved says the same with serials",
    "TransferBatch": "the same",
    "GatewayAdopted": "the deployment names the gateway, and RoleGranted says that it has its role",
    "RoleLabel": "a name for a number that the interfaces name",
    "TargetFunctionRoleUpdated": "which role a function takes is the same in every programme",
    "OperationScheduled": "the authority offers no delays: a step has its own",
    "OperationExecuted": "the same",
    "OperationCanceled": "the same",
    "RoleGrantDelayChanged": "the same",
    "TargetAdminDelayUpdated": "the same",
    "RoleAdminChanged": "the authority does not offer it",
    "RoleGuardianChanged": "the same",
    "TargetClosed": "OpenZeppelin's switch: only the contract itself says whether it is closed",
}
"""Events of the contracts that a mirror does not read, and why."""

# ---- the dataclasses' names ------------------------------------------------------------------

RENAMED = {
    "allocation_id": "number",
    "class_id": "token",
    "decided_by": "by",
    "foreign_class": "foreign_token",
    "from": "before",
    "hash": "document",
    "id": "number",
    "implementation": "edition",
    "lien_id": "number",
    "new_member": "is_new",
    "origin_class": "origin_token",
    "period_first_year": "period_first",
    "period_last_year": "period_last",
    "role_a": "role",
    "role_b": "other_role",
    "role_id": "role",
    "source_class": "source_token",
    "to": "after",
}
"""Fields of the dataclasses that have other names than the contract's."""

PARTIES = {"from": "sender", "to": "recipient"}  # no states before and after
BY_EVENT = {
    "AllocationRecorded": PARTIES,
    "ClosureDecided": {"to": "to"},
    "ProgrammeAdopted": {
        "proposal_desk": "proposals",
        "issuance_desk": "issuance",
        "compliance_desk": "compliance",
        "lien_desk": "liens",
        "holder_desk": "holders",
    },
    "SettlementWaits": {"to": "to"},
    "SourceSettled": {"to": "to"},
    "TradeSettled": {**PARTIES, "trade": "trade"},
    "TrustChanged": {"to": "to"},
    "UnitsMoved": PARTIES,
}


def snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def unfolds(item: dict[str, Any]) -> bool:
    """Whether a structure's members are fields of the event. Terms are a structure there too."""
    return bool(item["type"] == "tuple" and item["name"] != "terms")


# ---- what the contracts may say --------------------------------------------------------------

WORD = st.binary(min_size=32, max_size=32)
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=20, max_size=20),
    "bytes32": WORD,
    "bytes32[]": st.lists(WORD, max_size=9),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=200),
    "bool": st.booleans(),
    "uint40[]": st.lists(st.integers(0, 2**40 - 1), max_size=12),
}


def values_of(item: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Every value that the contracts may say: a class id has all bits of its word, a rate 64, and
    no other number more than 63."""
    kind = item["type"]
    if kind.startswith("tuple"):
        members = st.tuples(*[values_of(part) for part in item["components"]])
        return members if kind == "tuple" else st.lists(members, max_size=5)
    if kind in PLAIN:
        return PLAIN[kind]
    assert re.fullmatch(r"uint\d+", kind), kind
    most = 256 if item.get("internalType") == "ClassId" else 64 if "rate" in item["name"] else 63
    return st.integers(0, 2 ** min(int(kind[4:]), most) - 1)


ZERO: dict[str, Any] = {
    "address": bytes(20),
    "bool": False,
    "bytes": b"",
    "bytes32": bytes(32),
    "bytes4": bytes(4),
    "string": "",
}


def zero_of(item: dict[str, Any]) -> Any:
    kind = item["type"]
    if kind.endswith("[]"):
        return []
    return tuple(map(zero_of, item["components"])) if kind == "tuple" else ZERO.get(kind, 0)


def zeros(contract: str, event: str) -> list[Any]:
    """Every argument of an event nothing."""
    return [zero_of(item) for item in event_abi(contract, event)["inputs"]]


# ---- web3's word -----------------------------------------------------------------------------


def by_web3(log: RawLog, contract: str, event: str) -> dict[str, Any]:
    abi = Web3().eth.contract(abi=load_artifact(contract).abi)
    receipt = {
        "address": Web3.to_checksum_address(log.address),
        "topics": [HexBytes(log.topics[i : i + 32]) for i in range(0, len(log.topics), 32)],
        "data": HexBytes(log.data),
        "blockNumber": log.block,
        "blockHash": HexBytes(log.block_hash),
        "logIndex": log.log_index,
        "transactionHash": HexBytes(log.tx_hash),
        "transactionIndex": 0,
    }
    return dict(abi.events[event]().process_log(receipt)["args"])


def plain(value: Any) -> Any:
    """web3's values as ours: addresses as bytes, structures as tuples, booleans as numbers."""
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    if isinstance(value, bool):
        return int(value)
    if hasattr(value, "items"):
        return tuple(plain(part) for part in value.values())
    if isinstance(value, list | tuple):
        return tuple(plain(part) for part in value)
    return bytes(value) if isinstance(value, bytes) else value


def expected_fields(contract: str, event: str, args: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for item in event_abi(contract, event)["inputs"]:
        value = plain(args[item["name"]])
        if unfolds(item):
            names = [snake(part["name"]) for part in item["components"]]
            told |= dict(zip(names, value, strict=True))
        else:
            told[snake(item["name"])] = value
    if event == "UnitsMoved":  # its four numbers are in one word, from the lowest bit
        run = told.pop("run")
        for name, bits in (("first", 40), ("count", 40), ("transaction_type", 16), ("state", 8)):
            told[name] = run & (2**bits - 1)
            run >>= bits
    renamed = RENAMED | BY_EVENT.get(event, {})
    return {renamed.get(name, name): value for name, value in told.items()}


def exact(value: Any) -> Any:
    """A value and its type: a mirror in PostgreSQL takes no boolean for a number."""
    if isinstance(value, tuple):
        return tuple(map(exact, value))
    return type(value), value


@pytest.mark.parametrize(("contract", "form"), MIRRORED, ids=NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_as_web3_decodes(contract: str, form: type[e.Event], data: st.DataObject) -> None:
    event = form.__name__
    inputs = event_abi(contract, event)["inputs"]
    values = [data.draw(values_of(item)) for item in inputs]
    if event == "UnitsMoved":
        values[3] = data.draw(st.integers(0, 2**104 - 1))  # the bits that it uses
    if event == "LotOpened":  # the link and its lot say the same
        values[3] = (values[1], *values[3][1:])
    log = make_log(contract, event, values, address=ADDRESS, header=HEADER, log_index=3)
    decoded = decode(log)
    assert type(decoded) is form
    fields = {f.name: getattr(decoded, f.name) for f in dataclasses.fields(decoded)}
    assert fields.pop("block") == 77
    assert fields.pop("log_index") == 3
    assert fields.pop("tx_hash") == log.tx_hash
    assert fields.pop("address") == ADDRESS
    told = expected_fields(contract, event, by_web3(log, contract, event))
    assert {n: exact(v) for n, v in fields.items()} == {n: exact(v) for n, v in told.items()}


# ---- structures ------------------------------------------------------------------------------


def members(contract: str, event: str, argument: str) -> tuple[str, ...]:
    """What a structure's members are called."""
    inputs = event_abi(contract, event)["inputs"]
    (item,) = (item for item in inputs if item["name"] == argument)
    return tuple(snake(part["name"]) for part in item["components"])


def test_terms_and_limits_have_the_members_of_the_contracts_structures() -> None:
    for event in ("TermsProposed", "TermsAccepted", "TermsInForce"):
        assert members("LinkGateway", event, "terms") == g.Terms._fields
    assert members("ComplianceDesk", "LimitsDefined", "limits") == d.Limit._fields


def test_terms_and_limits_are_known_by_name() -> None:
    words = [bytes([i]) * 32 for i in range(3)]
    condition = (words[0], 1, [words[1]])
    terms = (2, 3, 1000, 250, 7, True, False, True, 60, 10, 20, [15, 20], 6, 2025, 2030, words[2])
    values = [2, 1, (*terms, [condition]), ADDRESS, 99, ADDRESS]
    proposed = decode(
        make_log("LinkGateway", "TermsProposed", values, address=ADDRESS, header=HEADER)
    )
    assert isinstance(proposed, g.TermsProposed)
    assert isinstance(proposed.terms, g.Terms)
    assert proposed.terms.periods == (15, 20)
    assert proposed.terms.conditions == ((words[0], 1, (words[1],)),)
    assert (proposed.terms.quota_class, proposed.terms.net) == (7, 1)
    limit = (1, 500, 0, 0, 4, 0, True, words[0], words[1], [condition])
    log = make_log(
        "ComplianceDesk", "LimitsDefined", [2025, [limit]], address=ADDRESS, header=HEADER
    )
    defined = decode(log)
    assert isinstance(defined, d.LimitsDefined)
    assert isinstance(defined.limits[0], d.Limit)
    assert (defined.limits[0].basis_points, defined.limits[0].of_all) == (500, 1)


# ---- which events are known ------------------------------------------------------------------


def declared(contract: str) -> set[str]:
    return {entry["name"] for entry in load_artifact(contract).abi if entry["type"] == "event"}


def test_every_event_of_the_contracts_is_known_or_left_out_on_purpose() -> None:
    assert set(EVENTS) == {
        "LedgerProxy",
        "LinkGateway",
        "ProgrammeAuthority",
        "UnitRegistry",
        *CONTRACTS.values(),
    }
    for contract, (_, forms) in EVENTS.items():
        known = {form.__name__ for form in forms}
        assert declared(contract) - LEFT_OUT.keys() == known, contract
    assert set().union(*map(declared, EVENTS)) >= LEFT_OUT.keys()
    assert len(TOPICS) == len(set(TOPICS)) == len(MIRRORED)


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("RegistryRecords", "UnitRegistry"),
        ("LinkAgreements", "LinkGateway"),
        ("LinkQuestions", "LinkGateway"),
    ],
)
def test_a_part_of_a_contracts_code_says_nothing_that_the_whole_does_not(
    part: str, whole: str
) -> None:
    assert declared(part) <= declared(whole)


def test_every_typed_event_has_a_decoder() -> None:
    assert set(e.Event.__subclasses__()) == {form for _, form in MIRRORED}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_ignored(name: str) -> None:
    contract = next(contract for contract in EVENTS if name in declared(contract))
    log = make_log(contract, name, zeros(contract, name), address=ADDRESS, header=HEADER)
    assert decode(log) is None
    assert voice_of(log) is None


def test_each_event_is_the_word_of_one_sort_of_contract() -> None:
    said = {voice: {c for c, (v, _) in EVENTS.items() if v is voice} for voice in Voice}
    assert said == {
        Voice.REGISTRY: {"UnitRegistry"},
        Voice.GATEWAY: {"LinkGateway"},
        Voice.AUTHORITY: {"ProgrammeAuthority"},
        Voice.DESK: set(CONTRACTS.values()),
        Voice.ANY: {"LedgerProxy"},
    }
    log = make_log("LedgerProxy", "Upgraded", [ADDRESS], address=ADDRESS, header=HEADER)
    assert voice_of(log) is Voice.ANY
    assert decode(log) == e.Upgraded(77, 0, log.tx_hash, ADDRESS, ADDRESS)


# ---- the contracts that logs name ------------------------------------------------------------

ONE, TWO, *FIVE = (bytes([n]) * 20 for n in range(1, 8))


@pytest.mark.parametrize(
    ("contract", "event", "values", "named"),
    [
        ("UnitRegistry", "DeskChanged", [1040, ONE], {ONE}),
        ("UnitRegistry", "DeskChanged", [1040, bytes(20)], set()),
        ("UnitRegistry", "HolderDeskChanged", [TWO], {TWO}),
        ("ProposalDesk", "StepDefined", [ONE, b"abcd", (1, 2, 3, 4, 5)], {ONE}),
        ("ProgrammeAuthority", "ProgrammeAdopted", [(ONE, *FIVE)], set(FIVE)),
        ("ProgrammeAuthority", "RoleGranted", [1, ONE, 0, 0, True], set()),
    ],
)
def test_what_names_other_contracts(
    contract: str, event: str, values: list[Any], named: set[bytes]
) -> None:
    log = make_log(contract, event, values, address=ADDRESS, header=HEADER)
    assert named_in([log]) == named


def test_what_has_no_form_names_nothing() -> None:
    """The proposal desk may say what it likes; the registry's word is refused when it is read."""
    step = make_log("ProposalDesk", "StepDefined", [ONE, b"abcd", (1, 2, 3, 4, 5)], **AT)
    desk = make_log("UnitRegistry", "DeskChanged", [1040, TWO], **AT)
    assert named_in([step._replace(data=b""), desk]) == {TWO}
    assert named_in([step, desk._replace(topics=desk.topics[:32])]) == {ONE}


# ---- what has another form -------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(64)])
def test_a_log_of_another_form_is_refused(data: bytes) -> None:
    values = [1, ADDRESS, ADDRESS, 1, 2, 1050, 1]
    log = make_log("UnitRegistry", "UnitsMoved", values, address=ADDRESS, header=HEADER)
    with pytest.raises(Inconsistent, match="Log 0 of ledger block 77 does not have its event's"):
        decode(log._replace(data=data))


@pytest.mark.parametrize(("contract", "form"), MIRRORED, ids=NAMES)
def test_a_log_that_was_cut_is_refused(contract: str, form: type[e.Event]) -> None:
    """Whatever decodes it: by hand, by structures or by the ABI."""
    event = form.__name__
    topics = sum(item["indexed"] for item in event_abi(contract, event)["inputs"])
    log = make_log(contract, event, zeros(contract, event), address=ADDRESS, header=HEADER)
    assert len(log.topics) == 32 * (topics + 1)
    assert type(decode(log)) is form
    cut = [log._replace(topics=log.topics + bytes(32))]
    if log.data:
        cut.append(log._replace(data=log.data[:-32]))
    if topics:
        cut.append(log._replace(topics=log.topics[:-32]))
    for other in cut:
        with pytest.raises(Inconsistent, match="does not have its event's form"):
            decode(other)

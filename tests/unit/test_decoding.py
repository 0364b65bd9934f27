"""Decoding by hand gives what web3 gives, for every event."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hexbytes import HexBytes
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import Web3

from registry_node.chain.artifacts import load_artifact
from registry_node.chain.decoding import _BY_NAME, TOPICS, decode
from registry_node.domain import events as e
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.queries.calls import DESKS
from tests.support.logs import event_abi, make_header, make_log

ADDRESS = bytes(range(20))
HEADER = make_header(77)
MIRRORED = sorted(_BY_NAME)
CONTRACTS = ("UnitRegistry", "LinkGateway", *DESKS.values())
# What other standards demand: ERC-1155's own events, and the authority's address.
OF_STANDARDS = {"TransferSingle", "TransferBatch", "ApprovalForAll", "URI", "AuthorityUpdated"}

# Fields of the dataclass, by event, where names or nesting differ from the contract's.
RENAMED = {
    "classId": "token",
    "from": "before",
    "to": "after",
    "fileHash": "file_hash",
    "transactionType": "transaction_type",
    "complianceYear": "compliance_year",
    "agreementId": "agreement_id",
    "linkId": "link_id",
    "lotId": "lot_id",
    "periodStart": "period_start",
    "originRegistry": "origin_registry",
    "originClass": "origin_token",
    "sourceRanges": "source_ranges",
    "basisPoints": "basis_points",
    "allocationId": "number",
    "lienId": "number",
    "id": "number",
    "readyAt": "ready_at",
    "effectiveAt": "effective_at",
    "holdingLimit": "holding_limit",
}

# Events with parties, whose "from" and "to" are no states.
PARTIES = {"from": "sender", "to": "recipient"}
OTHERWISE = {
    "UnitsMoved": PARTIES,
    "AllocationRecorded": PARTIES,
    "TradeSettled": PARTIES,
    "SourceSettled": {"to": "to"},
    "TrustChanged": {"to": "to"},
}

# Structures whose members the dataclass has itself, by event: the argument, and the members' names.
UNFOLDED = {
    "ClassDefined": (
        "spec",
        (
            "unit_type",
            "vintage",
            "period_first",
            "period_last",
            "cap",
            "project",
            "category",
            "region",
        ),
    ),
    "LotOpened": (
        "lot",
        (
            "link_id",
            "version",
            "source_count",
            "foreign_first",
            "foreign_count",
            "escrowed",
            "rate_numerator",
            "rate_denominator",
            "outstanding",
            "source_token",
            "foreign_token",
        ),
    ),
    "YearDefined": (
        "rules",
        (
            "deadline",
            "first_vintage",
            "last_vintage",
            "reversal_window",
            "deduction_multiple",
            "banking",
            "closed",
        ),
    ),
    "SettingsChanged": (
        "settings",
        ("trust_delay", "transfer_delay", "lifetime", "size_limit"),
    ),
    "StepDefined": ("step", ("proposer_role", "approver_role", "delay", "lifetime")),
}


WORD = st.binary(min_size=32, max_size=32)
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=20, max_size=20),
    "bytes32": WORD,
    "bytes32[]": st.lists(WORD, max_size=9),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=200),
    "bool": st.booleans(),
}


def values_of(item: dict[str, Any]) -> st.SearchStrategy[Any]:
    kind = item["type"]
    if kind == "tuple":
        return st.tuples(*[values_of(part) for part in item["components"]])
    if kind == "tuple[]":
        return st.lists(st.tuples(*[values_of(p) for p in item["components"]]), max_size=33)
    if kind in PLAIN:
        return PLAIN[kind]
    assert kind.startswith("uint"), kind
    return st.integers(0, 2 ** int(kind[4:]) - 1)


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
    """web3's values as ours: addresses as bytes, structures as tuples."""
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    if hasattr(value, "items"):
        return tuple(plain(part) for part in value.values())
    if isinstance(value, list | tuple):
        return tuple(plain(part) for part in value)
    return bytes(value) if isinstance(value, bytes) else value


def expected_fields(event: str, args: dict[str, Any]) -> dict[str, Any]:
    renamed = RENAMED | OTHERWISE.get(event, {})
    fields = {renamed.get(name, name): plain(value) for name, value in args.items()}
    if event == "UnitsMoved":  # its four numbers are in one word, from the lowest bit
        run = fields.pop("run")
        for name, bits in (("first", 40), ("count", 40), ("transaction_type", 16), ("state", 8)):
            fields[name] = run & (2**bits - 1)
            run >>= bits
    if event in UNFOLDED:
        structure, names = UNFOLDED[event]
        fields = dict(zip(names, fields.pop(structure), strict=True)) | fields
    return fields


@pytest.mark.parametrize(("contract", "event"), MIRRORED, ids=[name for _, name in MIRRORED])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_as_web3_decodes(contract: str, event: str, data: st.DataObject) -> None:
    inputs = event_abi(contract, event)["inputs"]
    values = [data.draw(values_of(item)) for item in inputs]
    if event == "UnitsMoved":
        values[3] &= 2**104 - 1  # the bits that it uses
    log = make_log(contract, event, values, address=ADDRESS, header=HEADER, log_index=3)
    decoded = decode(log)
    assert decoded is not None
    assert type(decoded).__name__ == event
    fields = {f.name: getattr(decoded, f.name) for f in dataclasses.fields(decoded)}
    assert fields.pop("block") == 77
    assert fields.pop("log_index") == 3
    assert fields.pop("tx_hash") == log.tx_hash
    assert fields.pop("address") == ADDRESS
    assert fields == expected_fields(event, by_web3(log, contract, event))


def test_every_event_of_the_contracts_is_known_or_left_out_on_purpose() -> None:
    declared = {
        (contract, entry["name"])
        for contract in CONTRACTS
        for entry in load_artifact(contract).abi
        if entry["type"] == "event"
    }
    assert {name for name in declared if name[1] not in OF_STANDARDS} == set(MIRRORED)
    assert len(TOPICS) == len(set(TOPICS)) == len(MIRRORED)


def test_every_typed_event_has_a_decoder() -> None:
    assert {cls.__name__ for cls in e.Event.__subclasses__()} == {name for _, name in MIRRORED}


def test_events_of_the_token_are_ignored() -> None:
    values = [ADDRESS, ADDRESS, ADDRESS, 1, 2]
    log = make_log("UnitRegistry", "TransferSingle", values, address=ADDRESS, header=HEADER)
    assert decode(log) is None


@pytest.mark.parametrize("data", [b"", bytes(127), bytes(160)])
def test_a_log_of_another_form_is_refused(data: bytes) -> None:
    values = [1, ADDRESS, ADDRESS, 1, 2, 1050, 1]
    log = make_log("UnitRegistry", "UnitsMoved", values, address=ADDRESS, header=HEADER)
    with pytest.raises(Inconsistent, match="form"):
        decode(log._replace(data=data))

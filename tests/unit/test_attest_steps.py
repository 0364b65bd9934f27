"""Reading a step from its receipt, and RLP and tries from bytes that anybody may have made."""

from __future__ import annotations

import pytest

from registry_node.attest import encoding, steps
from registry_node.attest.encoding import FullHeader, LogBody
from registry_node.attest.inclusion import Sent
from registry_node.attest.payload import Contracts
from registry_node.attest.strict import Malformed, read_json, unbase64, unhex
from registry_node.attest.tries import ItemTrie, PathBroken, check_path
from tests.support.ledger import GATEWAY, HOLDERS, NOBODY, REGISTRY, TOKEN
from tests.support.logs import make_header, make_log

HEADER = FullHeader(7, b"\7" * 32, b"\6" * 32, bytes(32), bytes(32), bytes(256), 1_700_000_000)
DESKS = dict.fromkeys(("proposals", "issuance"), "0x" + "55" * 20)
CONTRACTS = Contracts.model_validate(
    {
        "gateway": "0x" + GATEWAY.hex(),
        "registries": [
            {
                "code": "CN",
                "address": "0x" + REGISTRY.hex(),
                "authority": "0x" + "44" * 20,
                "desks": DESKS,
            }
        ],
    }
)


def log(event: str, values: list[object], address: bytes) -> LogBody:
    made = make_log("UnitRegistry", event, values, address=address, header=make_header(7))
    return LogBody(made.address, made.topics, made.data)


def sent(*logs: LogBody) -> Sent:
    return Sent(HEADER, 0, b"\1" * 32, list(logs), True)


Event = tuple[str, list[object]]

MOVED: Event = ("UnitsMoved", [TOKEN, HOLDERS[0], HOLDERS[0], 5, 10, 500, 4])
CLAIM, TEXT = b"a claim".ljust(32, b"\0"), b"\3" * 32
USED: Event = ("UnitsUsed", [HOLDERS[0], TOKEN, 4, 10, 0, CLAIM, TEXT])


def test_a_step_is_read_with_what_its_registry_says_after_it() -> None:
    found = steps.read(sent(log(*MOVED, REGISTRY), log(*USED, REGISTRY)), 0, CONTRACTS)
    assert isinstance(found, steps.Proven)
    expected = steps.expected(found)
    assert expected["memo"] == "a claim"
    assert expected["text_hash"] == f"0x{TEXT.hex()}"
    assert expected["event"] == "retirement"
    assert expected["unit_block"] == "CN:CEA-2025:5-14"
    assert expected["time"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("stranger", [GATEWAY, b"\x99" * 20])
def test_no_other_contract_speaks_for_a_registry(stranger: bytes) -> None:
    found = steps.read(sent(log(*MOVED, REGISTRY), log(*USED, stranger)), 0, CONTRACTS)
    assert isinstance(found, steps.Proven)
    assert steps.expected(found)["memo"] is None
    assert isinstance(steps.read(sent(log(*MOVED, stranger)), 0, CONTRACTS), str)


def test_a_log_of_another_kind_is_no_step() -> None:
    assert isinstance(steps.read(sent(log(*USED, REGISTRY)), 0, CONTRACTS), str)
    short = LogBody(REGISTRY, log(*MOVED, REGISTRY).topics[:64], b"")
    assert isinstance(steps.read(sent(short), 0, CONTRACTS), str)
    odd: Event = ("UnitsMoved", [TOKEN, NOBODY, HOLDERS[0], 5, 10, 9999, 4])
    found = steps.read(sent(log(*odd, REGISTRY)), 0, CONTRACTS)
    assert isinstance(found, steps.Proven)
    with pytest.raises(ValueError, match="9999"):
        steps.expected(found)


@pytest.mark.parametrize("count", [1, 2, 17, 129, 300])
def test_paths_of_every_size_of_block(count: int) -> None:
    items = [b"item %d" % i + bytes(40) for i in range(count)]
    trie = ItemTrie(items)
    for index in {0, 1, count // 2, count - 1} & set(range(count)):
        path = trie.path(index)
        check_path(trie.root, index, path, items[index])
        with pytest.raises(PathBroken):
            check_path(trie.root, index + 1, path, items[index])
        with pytest.raises(PathBroken):
            check_path(trie.root, index, [*path, path[-1]], items[index])
        with pytest.raises(PathBroken):
            check_path(trie.root, index, path[:-1], items[index])
        with pytest.raises(PathBroken):
            check_path(trie.root, index, path, items[index] + b"x")


def test_what_is_nested_too_deeply_is_refused_at_once() -> None:
    deep = b""
    for _ in range(2_000):
        deep = wrapped(deep)
    with pytest.raises(Malformed, match="nested"):
        encoding.decode(deep)
    with pytest.raises(Malformed):
        read_json("[" * 100_000 + "]" * 100_000)


def wrapped(data: bytes) -> bytes:
    size = len(data)
    if size < 56:
        return bytes([0xC0 + size]) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0xF7 + len(length)]) + length + data


def test_bytes_have_one_spelling() -> None:
    for text in ("0xAB", "ab", "0xabc", "0x ", None, 5):
        with pytest.raises(Malformed):
            unhex(text)
    for text in ("YQ==", "YR", "Y", "a b", None):
        with pytest.raises(Malformed):
            unbase64(text)
    assert (unhex("0xab"), unbase64("YQ")) == (b"\xab", b"a")
    for document in ('{"a":1,"a":1}', "1.5", "NaN", '{"a":'):
        with pytest.raises(Malformed):
            read_json(document)

"""What somebody else encoded is decoded in time that its length bounds."""

from __future__ import annotations

import time

import pytest
from eth_abi.abi import decode as plainly
from eth_abi.abi import encode

from registry_node.chain.abi import decode
from registry_node.chain.artifacts import argument_types, selector, topic
from registry_node.chain.decoding import decode as decode_log
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.queries.calls import in_clear
from tests.support.logs import event_abi, type_of

LIMITS = type_of(event_abi("ComplianceDesk", "LimitsDefined")["inputs"][1])


def words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def everything_in_one_place(n: int) -> bytes:
    """A list of n limits, all of them the same one with a list of n conditions, which are all the
    same one with n values: n * n * n words in some 128 n bytes."""
    condition = words(0, 1, 96, n, *[0] * n)
    conditions = words(n, *[32 * n] * n) + condition
    limit = words(*[1] * 6, 0, 0, 0, 320) + conditions
    return words(32, n, *[32 * n] * n) + limit


def test_values_that_share_a_place_are_refused() -> None:
    small = everything_in_one_place(3)
    assert plainly([LIMITS], small) == decode([LIMITS], small)  # nothing else is wrong with them
    data = everything_in_one_place(2000)  # 256 KB, and 8,000 million words
    begun = time.monotonic()
    with pytest.raises(ValueError, match="in one another's place"):
        decode([LIMITS], data)
    log = RawLog(
        7,
        bytes(32),
        0,
        bytes(32),
        bytes(20),
        topic("ComplianceDesk", "LimitsDefined") + words(2025),
        data,
    )
    with pytest.raises(Inconsistent, match="does not have its event's form"):
        decode_log(log)
    head = words(2025, *[0] * 10, 32 * 12)  # the year, its rules, and where the limits are
    call = selector("ComplianceDesk", "defineYear") + head + data[32:]
    assert in_clear("ComplianceDesk", call) == (None, [])
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("size", [0, 1, 40])
def test_honest_values_are_read_however_many_there_are(size: int) -> None:
    condition = (bytes(32), 1, [bytes([n]) * 32 for n in range(size)])
    limit = (1, 500, 0, 0, 4, 0, True, bytes(32), bytes(32), [condition] * size)
    data = encode([LIMITS], [[limit] * size])
    assert decode([LIMITS], data) == plainly([LIMITS], data)
    types = argument_types("ComplianceDesk", "defineYear")
    call = encode(types, [2025, (1, 2, 3, 4, 5, 6, 7, 8, 1, False), [limit] * size])
    assert decode(types, call) == plainly(types, call)


@pytest.mark.parametrize("data", [b"", bytes(31), words(32, 2**255), words(2**255), words(32, 1)])
def test_what_has_no_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode([LIMITS], data)

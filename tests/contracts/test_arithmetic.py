"""LinkMath and SerialSet against `linking.rates` and a sorted list, many cases to a call."""

from __future__ import annotations

import random
from bisect import bisect_right, insort

import pytest

from linking.rates import (
    LARGEST_PART,
    LARGEST_QUANTITY,
    Rate,
    convert_down,
    least_source,
    twins_abroad,
    twins_at_source,
)
from scripts.bench.evm import Chain, Contract
from tests.contracts.words import class_id

CASES, ROUNDS = 1000, 8
EDGE_RATES = [
    (1, 1),
    (2, 3),
    (3, 2),
    (9137, 10000),
    (7, 1),
    (1, 7),
    (10937, 10000),
    (LARGEST_PART, 1),
    (1, LARGEST_PART),
]


@pytest.fixture(scope="module")
def harness(chain: Chain) -> Contract:
    return chain.deploy("ArithmeticHarness")


def _size(source: random.Random, bits: int) -> int:
    """Small and large numbers alike."""
    return source.randrange(1, 2 ** source.randint(1, bits))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_solidity_and_python_agree_on_every_integer(harness: Contract, seed: int) -> None:
    source = random.Random(seed)
    cases, expected = [], []
    for _ in range(CASES):
        numerator, denominator = _size(source, 64), _size(source, 64)
        if source.random() < 0.3:
            numerator, denominator = source.choice(EDGE_RATES)
        rate = Rate(numerator, denominator)
        quantity, foreign = _size(source, 40), _size(source, 40)
        start = source.randrange(foreign)
        end = source.randint(start + 1, foreign)
        sources = min(least_source(foreign, rate), LARGEST_QUANTITY)
        i = source.randrange(max(sources, 1))
        cases.append((quantity, foreign, start, end, i, sources, foreign, numerator, denominator))
        expected.append(
            (
                convert_down(quantity, rate),
                least_source(foreign, rate),
                *twins_at_source(start, end, sources, rate),
                *twins_abroad(i, foreign, rate),
            )
        )
    assert harness.link(cases) == expected


@pytest.mark.parametrize("quantity", [0, 1, LARGEST_QUANTITY])
@pytest.mark.parametrize("pair", EDGE_RATES)
def test_extremes_agree(harness: Contract, pair: tuple[int, int], quantity: int) -> None:
    rate = Rate(*pair)
    (result,) = harness.link([(quantity, quantity, 0, quantity, 0, quantity, quantity, *pair)])
    assert result.converted == convert_down(quantity, rate)
    assert result.least == least_source(quantity, rate)
    assert (result.sourceLow, result.sourceHigh) == twins_at_source(0, quantity, quantity, rate)
    assert (result.foreignLow, result.foreignHigh) == twins_abroad(0, quantity, rate)


@pytest.mark.parametrize("bits", [4, 9, 17, 25, 33, 40])
def test_set_of_serials_finds_the_greatest_member_at_or_below(harness: Contract, bits: int) -> None:
    source = random.Random(bits)
    for _ in range(10):
        members: list[int] = []
        inserted, most, lowest, expected = [], [], [], []
        for _ in range(120):
            member = source.randrange(2**bits)
            insort(members, member)
            near = source.choice(members) + source.randint(-2, 2)
            top = min(
                max(near if source.random() < 0.6 else source.randrange(2**bits), 0), 2**bits - 1
            )
            low = min(source.choice([0, top, source.randrange(2**bits)]), top)
            at = bisect_right(members, top)
            inserted.append(member)
            most.append(top)
            lowest.append(low)
            expected.append(max(members[at - 1] if at else 0, low))
        assert harness.ask("floors", inserted, most, lowest) == expected


def test_symbols_are_short_readable_ascii(harness: Contract) -> None:
    source = random.Random(0)
    allowed = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
    words = [
        bytes(source.choice(allowed) for _ in range(source.randint(0, 32))) for _ in range(300)
    ]
    words += [w + bytes([source.randrange(256)]) for w in words if len(w) < 32]
    words += [b"A\0B", b"\0", b"A" * 31, b"A" * 32]
    padded = [w.ljust(32, b"\0") for w in words]

    def readable(word: bytes) -> bool:
        text = word.rstrip(b"\0")
        return 1 <= len(text) <= 31 and all(c in allowed for c in text)

    assert harness.symbols(padded) == [readable(w) for w in padded]


@pytest.mark.parametrize(
    ("code", "symbol", "series", "name"),
    [
        ("CN", "CEA-2025", 1, "CN.CEA-2025"),
        ("CN", "CEA-2025", 2, "CN.CEA-2025.2"),
        ("CN", "CEA-2025", 10, "CN.CEA-2025.10"),
        ("CN", "CEA-2025", 100, "CN.CEA-2025.100"),
        ("JP-13", "A" * 21, 1, "JP-13." + "A" * 21),
        ("JP-13", "A" * 21, 999, "JP-13." + "A" * 21 + ".999"),  # 31 characters, as many as fit
    ],
)
def test_foreign_symbol_joins_code_symbol_and_series(
    harness: Contract, code: str, symbol: str, series: int, name: str
) -> None:
    assert joined(harness, code, symbol, series) == class_id(name)


@pytest.mark.parametrize(("letters", "series"), [(22, 1), (22, 2), (21, 0), (21, 1000)])
def test_foreign_symbol_that_does_not_fit_is_none(
    harness: Contract, letters: int, series: int
) -> None:
    """Code and symbol are at most 26 characters, so that no series is too long later."""
    assert joined(harness, "JP-13", "A" * letters, series) == 0


def joined(harness: Contract, code: str, symbol: str, series: int) -> int:
    words = (code.encode().ljust(32, b"\0"), symbol.encode().ljust(32, b"\0"))
    return int.from_bytes(harness.foreignSymbol(*words, series), "big")

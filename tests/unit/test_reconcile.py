"""Where an incoming header belongs: every case of the table in `reconcile`."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from registry_node.domain.ledger import Header
from registry_node.indexer.reconcile import (
    Duplicate,
    Extend,
    Gap,
    Outcome,
    Reorg,
    TooDeep,
    reconcile,
)


def block(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")


def header(name: str, parent: str) -> Header:
    """`a12` is block 12 of branch a."""
    return Header(int(name[1:]), block(name), block(parent), 0)


@dataclass
class Local:
    """Blocks 10 to `head` of branch a."""

    head: int | None = 15
    final: int = -1
    start: int = 10

    def hash_at(self, number: int) -> bytes | None:
        if self.head is None or not self.start <= number <= self.head:
            return None
        return block(f"a{number}")


CASES: list[tuple[str, Local, Header, Outcome]] = [
    ("empty: before the start", Local(head=None), header("a9", "a8"), Duplicate()),
    ("empty: the start", Local(head=None), header("a10", "a9"), Extend()),
    ("empty: above the start", Local(head=None), header("a11", "a10"), Gap(10)),
    ("before the start", Local(), header("a3", "a2"), Duplicate()),
    ("far above", Local(), header("a20", "a19"), Gap(16)),
    ("just above a gap", Local(), header("a17", "a16"), Gap(16)),
    ("the head again", Local(), header("a15", "a14"), Duplicate()),
    ("an old one again", Local(), header("a12", "a11"), Duplicate()),
    ("a final one again", Local(final=15), header("a12", "a11"), Duplicate()),
    ("next", Local(), header("a16", "a15"), Extend()),
    ("next, all final", Local(final=15), header("a16", "a15"), Extend()),
    ("the head replaced", Local(), header("b15", "a14"), Reorg(14)),
    ("a shorter branch", Local(), header("b13", "a12"), Reorg(12)),
    ("parted at the last final one", Local(final=14), header("b15", "a14"), Reorg(14)),
    ("parted below final", Local(final=14), header("b14", "a13"), TooDeep(14)),
    ("the head replaced on a final chain", Local(final=15), header("b15", "a14"), TooDeep(15)),
    ("a strange parent next", Local(), header("b16", "b15"), Gap(15, block("b15"))),
    ("a strange parent below", Local(), header("b14", "b13"), Gap(13, block("b13"))),
    ("a strange parent, above final", Local(final=13), header("b15", "b14"), Gap(14, block("b14"))),
    ("a strange parent at final", Local(final=14), header("b15", "b14"), TooDeep(14)),
    ("a strange parent, all final", Local(final=15), header("b16", "b15"), TooDeep(15)),
    ("another first block", Local(), header("b10", "b9"), Reorg(9)),
    ("another first block, final", Local(final=10), header("b10", "b9"), TooDeep(10)),
]


@pytest.mark.parametrize(
    ("local", "incoming", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_case(local: Local, incoming: Header, expected: Outcome) -> None:
    assert reconcile(local, incoming) == expected


def test_walking_back_ends_at_the_common_ancestor() -> None:
    local = Local(final=11)
    branch = {n: header(f"b{n}", f"b{n - 1}" if n > 13 else "a12") for n in range(13, 17)}
    incoming = branch[16]
    asked = []
    while isinstance(outcome := reconcile(local, incoming), Gap):
        assert outcome.hash == branch[outcome.number].hash
        asked.append(outcome.number)
        incoming = branch[outcome.number]
    assert asked == [15, 14, 13]
    assert outcome == Reorg(12)

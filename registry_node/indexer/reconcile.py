"""Where an incoming header belongs. Pure: it asks nobody and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from registry_node.domain.ledger import Header


class LocalChain(Protocol):
    """The ledger blocks that the mirror has: a run of heights without gaps."""

    @property
    def start(self) -> int:
        """The height that the mirror begins at, whether it has that block or not."""

    @property
    def head(self) -> int | None:
        """The highest block; None while there is none."""

    @property
    def final(self) -> int:
        """Blocks up to this height cannot be replaced; -1 when all can."""

    def hash_at(self, number: int) -> bytes | None:
        """None outside of start..head."""


@dataclass(frozen=True, slots=True)
class Extend:
    """The header is the next one."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The mirror has this very block, or it lies before the mirror's start."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Another block is needed first. With `hash`, it must be that one."""

    number: int
    hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reorg:
    """The mirror's blocks above `ancestor` are no longer in the chain."""

    ancestor: int


@dataclass(frozen=True, slots=True)
class TooDeep:
    """The chain parted from the mirror below height `number`, which was final."""

    number: int


Outcome: TypeAlias = Extend | Duplicate | Gap | Reorg | TooDeep


def reconcile(local: LocalChain, incoming: Header) -> Outcome:  # noqa: PLR0911 - one a case
    """Say what an incoming header means for the mirror.

    | incoming                                   | the mirror                      | outcome      |
    |--------------------------------------------|---------------------------------|--------------|
    | lies before the start                      | any                             | Duplicate    |
    | at the start                               | has no block                    | Extend       |
    | above the start                            | has no block                    | Gap(start)   |
    | above the next height                      | ends lower                      | Gap(next)    |
    | is known                                   | has this very block             | Duplicate    |
    | its parent is the head                     | ends there                      | Extend       |
    | its parent is a block below the head       | parent at or above the final    | Reorg(parent)|
    |                                            | parent below the final          | TooDeep      |
    | its parent is unknown                      | parent's height above the final | Gap(parent)  |
    |                                            | parent's height final or before | TooDeep      |
    | is another first block                     | may replace its first           | Reorg(before)|

    A chain that got shorter but agrees as far as it goes gives Duplicate: its node may merely lag.
    Once it grows another way, its next header gives Reorg.
    """
    number = incoming.number
    head = local.head
    if number < local.start:
        return Duplicate()
    if head is None:
        return Extend() if number == local.start else Gap(local.start)
    if number > head + 1:
        return Gap(head + 1)
    if local.hash_at(number) == incoming.hash:
        return Duplicate()
    parent = number - 1
    if parent < local.final:
        return TooDeep(local.final)
    if number == local.start or local.hash_at(parent) == incoming.parent_hash:
        return Extend() if parent == head else Reorg(parent)
    if parent == local.final:
        return TooDeep(local.final)
    return Gap(parent, incoming.parent_hash)

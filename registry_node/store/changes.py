"""What one ledger block changes in the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from registry_node.domain.ledger import RawLog

Row: TypeAlias = Sequence[Any]
"""Values in the order of the table's columns."""


@dataclass(slots=True)
class Changes:
    """Versions that end and rows that begin at `height`. Closings come first.

    `closed` holds primary keys of versions that were true until now; `added` whole rows.
    """

    height: int
    closed: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    added: dict[str, list[Row]] = field(default_factory=dict)


def raw_row(log: RawLog) -> Row:
    """A log's row in raw_log: the header has its block's hash already."""
    return (log.block, log.log_index, log.tx_hash, log.address, log.topics, log.data)

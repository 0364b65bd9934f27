"""Questions to the registries: accounts, classes, totals, balances, unit blocks, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from registry_node.domain.references import short_text
from registry_node.domain.words import UnitState, UnitType
from registry_node.indexer.questions import (
    Asked,
    Question,
    as_address,
    as_word,
    call_data,
    numbers,
)
from registry_node.indexer.report import Report

_PAGE = 200
"""Blocks of a list asked for at once."""

_CONTRACT = "UnitRegistry"


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _accounts(asked, report)
    yield from _classes(asked, report)
    yield from _totals(asked, report)
    yield from _balances(asked, report)
    yield from _blocks(asked, report)
    yield from _lists(asked, report)


Read = Callable[[list[int]], object]


def _question(
    report: Report,
    kind: str,
    subject: str,
    mirror: object,
    call: tuple[bytes, str, tuple[int | bytes, ...]],
    *,
    read: Read,
) -> Question:
    contract, function, arguments = call

    def check(answer: bytes) -> None:
        report.compare(kind, subject, mirror, read(numbers(answer)))

    return Question(contract, call_data(_CONTRACT, function, *arguments), check)


def _accounts(asked: Asked, report: Report) -> Iterator[Question]:
    held: dict[tuple[bytes, bytes], int] = {}
    for class_id, address in asked.versions("holding", "class_id, address"):
        key = (asked.classes[class_id].registry, address)
        held[key] = held.get(key, 0) + 1
    columns = "registry_id, address, kind, status, opened_at, controls, holding_limit, file_hash"
    for registry_id, address, kind, status, opened_at, *limits, file_hash in asked.versions(
        "account", columns
    ):
        code, registry = asked.registries[registry_id]
        classes = held.get((registry, address), 0)
        mirror = (kind, status, opened_at, classes, *limits, file_hash)
        yield _question(
            report,
            "account",
            f"{code} 0x{address.hex()}",
            mirror,
            (registry, "accountOf", (address,)),
            read=lambda w: (*w[:6], as_word(w[6])),
        )


def _classes(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "unit_type, vintage, period_first, period_last, project, category, region"
    for class_id, origin, *mirror in asked.rows(
        f"SELECT id, origin_class_id, {columns} FROM unit_class WHERE block <= :h"  # noqa: S608
    ):
        unit_class = asked.classes[class_id]
        yield _question(
            report,
            "class",
            unit_class.name,
            tuple(mirror),
            (unit_class.registry, "classOf", (unit_class.token,)),
            read=lambda w: (*w[:4], *(short_text(as_word(word)) for word in w[5:])),
        )
        if mirror[0] == UnitType.FOREIGN:
            home = asked.classes.get(origin)
            yield _question(
                report,
                "origin",
                unit_class.name,
                (asked.gateway, home.registry, home.token) if home else "unknown",
                (unit_class.registry, "originOf", (unit_class.token,)),
                read=lambda w: (as_address(w[0]), as_address(w[1]), w[2]),
            )


def _totals(asked: Asked, report: Report) -> Iterator[Question]:
    for class_id, *mirror in asked.versions(
        "class_total", "class_id, cap, issued, escrowed, surrendered, retired, cancelled, sealed"
    ):
        unit_class = asked.classes[class_id]
        yield _question(
            report,
            "total",
            unit_class.name,
            tuple(mirror),
            (unit_class.registry, "totalsOf", (unit_class.token,)),
            read=lambda w: (*w[:6], w[7]),
        )


def _balances(asked: Asked, report: Report) -> Iterator[Question]:
    """Of everyone who ever held something: a balance that the mirror lost would be zero here."""
    for class_id, address, balance, encumbered in asked.rows(
        "SELECT class_id, address, MAX(CASE WHEN :h < to_height THEN balance ELSE 0 END),"
        " MAX(CASE WHEN :h < to_height THEN encumbered ELSE 0 END)"
        " FROM holding WHERE from_height <= :h GROUP BY class_id, address"
    ):
        unit_class = asked.classes[class_id]
        yield _question(
            report,
            "balance",
            f"{unit_class.name} 0x{address.hex()}",
            balance,
            (unit_class.registry, "balanceOf", (address, unit_class.token)),
            read=lambda w: w[0],
        )
        yield _question(
            report,
            "encumbered",
            f"{unit_class.name} 0x{address.hex()}",
            encumbered,
            (unit_class.registry, "encumberedOf", (address, unit_class.token)),
            read=lambda w: w[0],
        )


def _blocks(asked: Asked, report: Report) -> Iterator[Question]:
    """The word of each block. Together with invariant 1 this is every word that there is."""
    for class_id, first, last, owner, state in asked.versions(
        "unit_block", "class_id, first, last, owner, state", "class_id, first"
    ):
        unit_class = asked.classes[class_id]
        yield _question(
            report,
            "block",
            f"{unit_class.name}:{first}-{last}",
            (owner, last - first + 1, state),
            (unit_class.registry, "blockAt", (unit_class.token, first)),
            read=lambda w: (as_address(w[0]), w[1], w[3]),
        )


def _lists(asked: Asked, report: Report) -> Iterator[Question]:
    """Each account's list, in its order, page by page; the last page asks for one block more."""
    rows = asked.versions(
        "unit_block", "class_id, owner, first, last, state", "class_id, owner, position DESC"
    )
    held = (row for row in rows if row[4] == UnitState.HELD)
    for (class_id, owner), group in groupby(held, key=lambda row: (row[0], row[1])):
        unit_class = asked.classes[class_id]
        blocks: list[Any] = [(row[2], row[3] - row[2] + 1) for row in group]
        for start in range(0, len(blocks), _PAGE):
            page = blocks[start : start + _PAGE]
            after = blocks[start - 1][0] if start else 0
            more = start + _PAGE >= len(blocks)
            yield _question(
                report,
                "list",
                f"{unit_class.name} 0x{owner.hex()} after {after}",
                page,
                (
                    unit_class.registry,
                    "blocksOf",
                    (unit_class.token, owner, after, len(page) + more),
                ),
                read=lambda w: list(zip(w[2::2], w[3::2], strict=True)),
            )

"""Questions to the registries: accounts, classes, documents, totals, balances, unit blocks,
lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from registry_node.domain.references import token_id
from registry_node.domain.words import UnitState, UnitType
from registry_node.indexer.questions import Asked, Question, as_address, as_word, question
from registry_node.indexer.report import Report

_PAGE = 200
"""Blocks of a list asked for at once."""

_CONTRACT = "UnitRegistry"


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _accounts(asked, report)
    yield from _approvals(asked, report)
    yield from _classes(asked, report)
    yield from _documents(asked, report)
    yield from _totals(asked, report)
    yield from _balances(asked, report)
    yield from _blocks(asked, report)
    yield from _lists(asked, report)


# ---- accounts -------------------------------------------------------------------------------


def _accounts(asked: Asked, report: Report) -> Iterator[Question]:
    held: dict[tuple[bytes, bytes], int] = {}
    for class_id, address in asked.versions("holding", "class_id, address"):
        key = (asked.classes[class_id].registry, address)
        held[key] = held.get(key, 0) + 1
    columns = (
        "registry_id, address, kind, status, opened_at, controls, holding_limit, province,"
        " approval_round, file_hash"
    )
    for registry_id, address, kind, status, opened_at, *rest, file_hash in asked.versions(
        "account", columns
    ):
        code, registry = asked.registries[registry_id]
        classes = held.get((registry, address), 0)
        yield question(
            report,
            "account",
            f"{code} 0x{address.hex()}",
            (kind, status, opened_at, classes, *rest, file_hash),
            (registry, _CONTRACT, "accountOf", (address,)),
            read=lambda w: (*w[:8], as_word(w[8])),
        )


def _approvals(asked: Asked, report: Report) -> Iterator[Question]:
    """Of every operator that ever was approved: one that the mirror lost would be none here."""
    for registry_id, address, operator, approved in asked.rows(
        "SELECT o.registry_id, o.address, o.operator,"
        " MAX(CASE WHEN :h < o.to_height AND o.round = a.approval_round THEN 1 ELSE 0 END)"
        " FROM operator_approval o JOIN account a ON a.registry_id = o.registry_id"
        " AND a.address = o.address AND a.from_height <= :h AND :h < a.to_height"
        " WHERE o.from_height <= :h GROUP BY o.registry_id, o.address, o.operator"
    ):
        code, registry = asked.registries[registry_id]
        yield question(
            report,
            "operator",
            f"{code} 0x{address.hex()} 0x{operator.hex()}",
            approved,
            (registry, _CONTRACT, "isApprovedForAll", (address, operator)),
        )


# ---- classes --------------------------------------------------------------------------------


def _classes(asked: Asked, report: Report) -> Iterator[Question]:
    attributes: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
    for class_id, attribute, word in asked.rows(
        "SELECT class_id, attribute, word FROM class_attribute WHERE block <= :h"
        " ORDER BY class_id, attribute"
    ):
        attributes[class_id].append((attribute, word))
    columns = "unit_type, vintage, period_first, period_last"
    for class_id, origin, *mirror in asked.rows(
        f"SELECT id, origin_class_id, {columns} FROM unit_class WHERE block <= :h"  # noqa: S608
    ):
        unit_class = asked.classes[class_id]
        yield question(
            report,
            "class",
            unit_class.name,
            (*mirror, tuple(attributes[class_id])),
            (unit_class.registry, _CONTRACT, "classOf", (unit_class.token,)),
            take=lambda spec: (*spec[:4], spec[5]),
        )
        if mirror[0] == UnitType.FOREIGN:
            home = asked.classes.get(origin)
            yield question(
                report,
                "origin",
                unit_class.name,
                (asked.gateway, home.registry, home.token) if home else "unknown",
                (unit_class.registry, _CONTRACT, "originOf", (unit_class.token,)),
                read=lambda w: (as_address(w[0]), as_address(w[1]), w[2]),
            )


def _documents(asked: Asked, report: Report) -> Iterator[Question]:
    """The one of each kind that was published last."""
    latest = {
        (registry_id, kind): (document, valid_from)
        for registry_id, kind, document, valid_from in asked.rows(
            "SELECT registry_id, kind, document, valid_from FROM document WHERE block <= :h"
            " ORDER BY block, log_index"
        )
    }
    for (registry_id, kind), mirror in latest.items():
        code, registry = asked.registries[registry_id]
        yield question(
            report,
            "document",
            f"{code} {kind}",
            mirror,
            (registry, _CONTRACT, "documentOf", (token_id(kind),)),
            read=lambda w: (as_word(w[0]), w[1]),
        )


def _totals(asked: Asked, report: Report) -> Iterator[Question]:
    for class_id, *mirror in asked.versions(
        "class_total", "class_id, cap, issued, escrowed, surrendered, retired, cancelled, sealed"
    ):
        unit_class = asked.classes[class_id]
        yield question(
            report,
            "total",
            unit_class.name,
            tuple(mirror),
            (unit_class.registry, _CONTRACT, "totalsOf", (unit_class.token,)),
            read=lambda w: (*w[:6], w[7]),
        )


# ---- units ----------------------------------------------------------------------------------


def _balances(asked: Asked, report: Report) -> Iterator[Question]:
    """Of everyone who ever held something: a balance that the mirror lost would be zero here."""
    for class_id, address, balance, encumbered in asked.rows(
        "SELECT class_id, address, MAX(CASE WHEN :h < to_height THEN balance ELSE 0 END),"
        " MAX(CASE WHEN :h < to_height THEN encumbered ELSE 0 END)"
        " FROM holding WHERE from_height <= :h GROUP BY class_id, address"
    ):
        unit_class = asked.classes[class_id]
        subject = f"{unit_class.name} 0x{address.hex()}"
        yield question(
            report,
            "balance",
            subject,
            balance,
            (unit_class.registry, _CONTRACT, "balanceOf", (address, unit_class.token)),
        )
        if address != asked.gateway:  # what a gateway has set aside is its escrow
            yield question(
                report,
                "encumbered",
                subject,
                encumbered,
                (unit_class.registry, _CONTRACT, "encumberedOf", (address, unit_class.token)),
            )


def _blocks(asked: Asked, report: Report) -> Iterator[Question]:
    """The word of each block. Together with invariant 1 this is every word that there is."""
    for class_id, first, last, *rest in asked.versions(
        "unit_block", "class_id, first, last, owner, state, marks, list", "class_id, first"
    ):
        unit_class = asked.classes[class_id]
        yield question(
            report,
            "block",
            f"{unit_class.name}:{first}-{last}",
            (last - first + 1, *rest),
            (unit_class.registry, _CONTRACT, "blockAt", (unit_class.token, first)),
            read=lambda w: (w[1], as_address(w[0]), *w[3:6]),
        )


def _lists(asked: Asked, report: Report) -> Iterator[Question]:
    """Each account's blocks in the order in which it gives them by quantity, page by page; the last
    page asks for one block more."""
    rows = asked.versions(
        "unit_block",
        "class_id, owner, first, last, state",
        "class_id, owner, list DESC, position DESC",
    )
    held = (row for row in rows if row[4] == UnitState.HELD)
    for (class_id, owner), group in groupby(held, key=lambda row: (row[0], row[1])):
        unit_class = asked.classes[class_id]
        blocks: list[Any] = [(row[2], row[3] - row[2] + 1) for row in group]
        for start in range(0, len(blocks), _PAGE):
            page = blocks[start : start + _PAGE]
            after = blocks[start - 1][0] if start else 0
            more = start + _PAGE >= len(blocks)
            yield question(
                report,
                "list",
                f"{unit_class.name} 0x{owner.hex()} after {after}",
                page,
                (
                    unit_class.registry,
                    _CONTRACT,
                    "blocksOf",
                    (unit_class.token, owner, after, len(page) + more),
                ),
                read=lambda w: list(zip(w[2::2], w[3::2], strict=True)),
            )

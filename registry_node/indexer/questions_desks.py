"""Questions to the issuance and lien desks."""

from __future__ import annotations

from collections.abc import Iterator

from registry_node.indexer.questions import Asked, Question, as_address, question
from registry_node.indexer.report import Report

_ISSUANCE, _LIENS = "IssuanceDesk", "LienDesk"
_NOBODY = bytes(20)

_COUNTED = {
    "issuance": ("allocation", _ISSUANCE, "allocationCount"),
    "liens": ("lien", _LIENS, "lienCount"),
    "proposals": ("proposal", "ProposalDesk", "proposalCount"),
    "holders": ("request", "HolderDesk", "requestCount"),
}
"""By the name of the desk: what it numbers, and who says how many there are."""


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _counts(asked, report)
    yield from _verifications(asked, report)
    yield from _corrections(asked, report)
    yield from _entitlements(asked, report)
    yield from _allocations(asked, report)
    yield from _closures(asked, report)
    yield from _paid_shares(asked, report)
    yield from _liens(asked, report)


def _counts(asked: Asked, report: Report) -> Iterator[Question]:
    """How many of each sort a desk has had, at every desk that was in office."""
    for registry_id, name, desk in asked.rows(
        "SELECT DISTINCT registry_id, name, desk FROM office WHERE from_height <= :h"
    ):
        if name not in _COUNTED:
            continue
        table, contract, function = _COUNTED[name]
        count = next(
            asked.rows(
                f"SELECT COUNT(DISTINCT number) FROM {table} WHERE registry_id = :id"  # noqa: S608
                " AND desk = :desk AND from_height <= :h",
                id=registry_id,
                desk=desk,
            )
        )[0]
        subject = f"{asked.code(registry_id)} {table}s at 0x{desk.hex()}"
        yield question(report, "count", subject, count, (desk, contract, function, ()))


# ---- issuance -------------------------------------------------------------------------------


def _verifications(asked: Asked, report: Report) -> Iterator[Question]:
    for desk, class_id, hashed, quantity in asked.rows(
        "SELECT desk, class_id, report, quantity FROM verification WHERE block <= :h"
    ):
        unit_class = asked.classes[class_id]
        yield question(
            report,
            "verification",
            f"{unit_class.name} 0x{hashed.hex()}",
            (unit_class.token, quantity),
            (desk, _ISSUANCE, "verificationOf", (hashed,)),
            read=lambda w: (w[0], w[1]),
        )


def _corrections(asked: Asked, report: Report) -> Iterator[Question]:
    """Of every one that ever was decided: one that the mirror lost would be zero here."""
    for desk, class_id, first, correcting in asked.rows(
        "SELECT desk, class_id, first, MAX(CASE WHEN :h < to_height THEN correcting ELSE 0 END)"
        " FROM correction WHERE from_height <= :h GROUP BY registry_id, desk, class_id, first"
    ):
        unit_class = asked.classes[class_id]
        yield question(
            report,
            "correction",
            f"{unit_class.name}:{first}",
            correcting,
            (desk, _ISSUANCE, "issuanceOf", (unit_class.token, first)),
            read=lambda w: w[3],
        )


def _entitlements(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, desk, address, year, class_id, kind, entitled, allocated"
    for registry_id, desk, address, year, class_id, kind, *mirror in asked.versions(
        "entitlement", columns
    ):
        line = (address, year, asked.classes[class_id].token, kind)
        yield question(
            report,
            "entitlement",
            f"{asked.code(registry_id)} 0x{address.hex()} {year} {kind}",
            mirror,
            (desk, _ISSUANCE, "entitlementOf", line),
            read=lambda w: w,
        )


def _allocations(asked: Asked, report: Report) -> Iterator[Question]:
    columns = (
        "registry_id, desk, number, class_id, recipient, made_at, quantity, year, kind, pool,"
        " reversing"
    )
    for registry_id, desk, number, class_id, *mirror, pool, reversing in asked.versions(
        "allocation", columns
    ):
        yield question(
            report,
            "allocation",
            f"{asked.code(registry_id)} {number}",
            (asked.classes[class_id].token, *mirror, pool or _NOBODY, reversing),
            (desk, _ISSUANCE, "allocationOf", (number,)),
            read=lambda w: (w[0], as_address(w[1]), *w[2:6], as_address(w[6]), w[7]),
        )


def _closures(asked: Asked, report: Report) -> Iterator[Question]:
    for registry_id, desk, address, recipient in asked.versions(
        "closure", "registry_id, desk, address, recipient"
    ):
        yield question(
            report,
            "closure",
            f"{asked.code(registry_id)} 0x{address.hex()}",
            recipient,
            (desk, _ISSUANCE, "closureOf", (address,)),
            read=lambda w: as_address(w[0]),
        )


def _paid_shares(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, desk, address, required, bought"
    for registry_id, desk, address, *mirror in asked.versions("paid_share", columns):
        yield question(
            report,
            "paid share",
            f"{asked.code(registry_id)} 0x{address.hex()}",
            mirror,
            (desk, _ISSUANCE, "paidShareOf", (address,)),
            read=lambda w: w,
        )


# ---- liens ----------------------------------------------------------------------------------


def _liens(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, desk, number, kind, account, creditor, class_id, ranges"
    for registry_id, desk, number, *mirror, class_id, ranges in asked.versions("lien", columns):
        yield question(
            report,
            "lien",
            f"{asked.code(registry_id)} {number}",
            (*mirror, asked.classes[class_id].token, ranges),
            (desk, _LIENS, "lienOf", (number,)),
            take=lambda lien: (
                *lien[:4],
                ",".join(f"{first}-{first + count - 1}" for first, count in lien[4]),
            ),
        )

"""Questions to the desks: verifications, proposals, allocations, paid shares, liens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from registry_node.indexer.questions import Asked, Question, as_address, call_data, numbers
from registry_node.indexer.report import Report

_OPEN = (1, 2)  # states of a proposal that may expire
_EXPIRED = 5


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _verifications(asked, report)
    yield from _proposals(asked, report)
    yield from _allocations(asked, report)
    yield from _paid_shares(asked, report)
    yield from _liens(asked, report)


def question(
    report: Report,
    kind: str,
    subject: str,
    mirror: object,
    call: tuple[bytes, str, str, tuple[int | bytes, ...]],
    *,
    read: Callable[[list[int], bytes], object],
) -> Question:
    address, contract, function, arguments = call

    def check(answer: bytes) -> None:
        report.compare(kind, subject, mirror, read(numbers(answer), answer))

    return Question(address, call_data(contract, function, *arguments), check)


def _verifications(asked: Asked, report: Report) -> Iterator[Question]:
    for registry_id, class_id, hashed, quantity in asked.rows(
        "SELECT registry_id, class_id, report, quantity FROM verification WHERE block <= :h"
    ):
        unit_class = asked.classes[class_id]
        desk = asked.desks[registry_id, "issuance"]
        yield question(
            report,
            "verification",
            f"{unit_class.name} 0x{hashed.hex()}",
            (unit_class.token, quantity),
            (desk, "IssuanceDesk", "verificationOf", (hashed,)),
            read=lambda w, _: (w[0], w[1]),
        )


def _proposals(asked: Asked, report: Report) -> Iterator[Question]:
    """Expiry is a matter of time: no event tells of it."""
    columns = "registry_id, number, target, proposer, approver, call, deadline, ready_at, state"
    for (
        registry_id,
        number,
        target,
        proposer,
        approver,
        call,
        deadline,
        ready,
        state,
    ) in asked.versions("proposal", columns):
        over = state in _OPEN and asked.timestamp > deadline
        expected = _EXPIRED if over else state
        mirror = (target, proposer, approver or bytes(20), deadline, ready or 0, expected, call)
        yield question(
            report,
            "proposal",
            f"{asked.registries[registry_id][0]} {number}",
            mirror,
            (asked.desks[registry_id, "proposals"], "ProposalDesk", "proposalOf", (number,)),
            # An offset, six words, the offset of the call, its length, the call.
            read=lambda w, answer: (
                *map(as_address, w[1:4]),
                *w[4:7],
                answer[9 * 32 : 9 * 32 + w[8]].hex(),
            ),
        )


def _allocations(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, number, class_id, recipient, quantity, year"
    for registry_id, number, class_id, *mirror in asked.versions("allocation", columns):
        yield question(
            report,
            "allocation",
            f"{asked.registries[registry_id][0]} {number}",
            (asked.classes[class_id].token, *mirror),
            (asked.desks[registry_id, "issuance"], "IssuanceDesk", "allocationOf", (number,)),
            read=lambda w, _: (w[0], as_address(w[1]), w[3], w[4]),
        )


def _paid_shares(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, address, required, bought"
    for registry_id, address, *mirror in asked.versions("paid_share", columns):
        yield question(
            report,
            "paid share",
            f"{asked.registries[registry_id][0]} 0x{address.hex()}",
            mirror,
            (asked.desks[registry_id, "issuance"], "IssuanceDesk", "paidShareOf", (address,)),
            read=lambda w, _: w,
        )


def _liens(asked: Asked, report: Report) -> Iterator[Question]:
    columns = "registry_id, number, kind, account, creditor, class_id, ranges"
    for registry_id, number, kind, account, creditor, class_id, ranges in asked.versions(
        "lien", columns
    ):
        # An offset, four words, the offset of the list, its length, the list.
        yield question(
            report,
            "lien",
            f"{asked.registries[registry_id][0]} {number}",
            (kind, account, creditor, asked.classes[class_id].token, ranges),
            (asked.desks[registry_id, "liens"], "LienDesk", "lienOf", (number,)),
            read=lambda w, _: (
                w[1],
                as_address(w[2]),
                as_address(w[3]),
                w[4],
                ",".join(f"{f}-{f + n - 1}" for f, n in zip(w[7::2], w[8::2], strict=True)),
            ),
        )

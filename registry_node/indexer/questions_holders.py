"""Questions about what waits for another person, what holders do, and what a programme has set."""

from __future__ import annotations

from collections.abc import Iterator

from eth_hash.auto import keccak

from registry_node.indexer.questions import Asked, Question, as_address, as_word, question
from registry_node.indexer.report import Report

_GRANTS = {"trusted": "trustedSince", "representative": "rightsOf", "settler": "settlerSince"}
_OPEN = (1, 2)  # states of a proposal that may expire
_EXPIRED = 5
_NOBODY = bytes(20)


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _proposals(asked, report)
    yield from _grants(asked, report)
    yield from _requests(asked, report)
    yield from _desk_settings(asked, report)
    yield from _settings(asked, report)


# ---- what waits -----------------------------------------------------------------------------


def _proposals(asked: Asked, report: Report) -> Iterator[Question]:
    """Expiry is a matter of time: no event tells of it. The desk keeps the call's hash."""
    columns = (
        "registry_id, desk, number, target, proposer, approver, call, document, deadline, ready_at,"
        " state"
    )
    for (
        registry_id,
        desk,
        number,
        target,
        *parties,
        call,
        document,
        deadline,
        ready,
        state,
    ) in asked.versions("proposal", columns):
        over = state in _OPEN and asked.timestamp > deadline
        data = bytes.fromhex(call)
        proposer, approver = parties
        people = (proposer, approver or _NOBODY)
        hashed = keccak(target.rjust(32, b"\0") + document + keccak(data))
        yield question(
            report,
            "proposal",
            f"{asked.code(registry_id)} {number}",
            (
                target,
                data[:4].ljust(4, b"\0"),
                _EXPIRED if over else state,
                *people,
                deadline,
                ready or 0,
                hashed,
            ),
            (desk, "ProposalDesk", "proposalOf", (number,)),
            read=lambda w: (
                as_address(w[0]),
                as_word(w[1])[:4],
                w[4],
                as_address(w[5]),
                as_address(w[8]),
                *w[6:8],
                as_word(w[11]),
            ),
        )


def _requests(asked: Asked, report: Report) -> Iterator[Question]:
    columns = (
        "registry_id, desk, number, account, initiator, target, approver, approved_at, deadline,"
        " state, call"
    )
    for (
        registry_id,
        desk,
        number,
        *parties,
        approver,
        approved_at,
        deadline,
        state,
        call,
    ) in asked.versions("request", columns):
        yield question(
            report,
            "request",
            f"{asked.code(registry_id)} {number}",
            (
                *parties,
                approver or _NOBODY,
                approved_at or 0,
                deadline,
                state,
                keccak(bytes.fromhex(call)),
            ),
            (desk, "HolderDesk", "requestOf", (number,)),
            read=lambda w: (
                as_address(w[0]),
                as_address(w[4]),
                as_address(w[8]),
                as_address(w[7]),
                *w[1:4],
                as_word(w[10]),
            ),
        )


def _grants(asked: Asked, report: Report) -> Iterator[Question]:
    """Of every grant that ever was: one that the mirror lost would be zero here."""
    for registry_id, desk, address, kind, grantee, value in asked.rows(
        "SELECT registry_id, desk, address, kind, grantee,"
        " MAX(CASE WHEN :h < to_height THEN value ELSE 0 END) FROM holder_grant"
        " WHERE from_height <= :h GROUP BY registry_id, desk, address, kind, grantee"
    ):
        yield question(
            report,
            kind,
            f"{asked.code(registry_id)} 0x{address.hex()} 0x{grantee.hex()}",
            value,
            (desk, "HolderDesk", _GRANTS[kind], (address, grantee)),
        )


# ---- what a programme has set ---------------------------------------------------------------

_OF_HOLDER_DESK = (
    *("trust-delay", "transfer-delay", "request-lifetime", "transfer-size-limit", "block-size"),
)


def _desk_settings(asked: Asked, report: Report) -> Iterator[Question]:
    known = {
        row[:3]: row[3] for row in asked.versions("setting", "registry_id, contract, name, value")
    }
    for registry_id, desk in asked.rows(
        "SELECT DISTINCT registry_id, desk FROM office WHERE name = 'holders' AND from_height <= :h"
    ):
        yield question(
            report,
            "settings",
            f"{asked.code(registry_id)} holder desk",
            [int(known.get((registry_id, desk, name), 0)) for name in _OF_HOLDER_DESK],
            (desk, "HolderDesk", "settings", ()),
            read=lambda w: w,
        )


def _settings(asked: Asked, report: Report) -> Iterator[Question]:
    """Each setting that a contract tells one by one."""
    for registry_id, contract, name, value in asked.versions(
        "setting", "registry_id, contract, name, value"
    ):
        call = _call(name.split(" "))
        if call is None:
            continue

        def read(words: list[int], name: str = name) -> str:
            return _read(name.split(" ", maxsplit=1)[0], words)

        subject = f"{asked.code(registry_id)} {name}"
        yield question(report, "settings", subject, value, (contract, *call), read=read)


def _call(words: list[str]) -> tuple[str, str, tuple[int | bytes, ...]] | None:
    """The function that a setting is asked of."""
    kind, *rest = words
    if kind in {"call", "step"}:
        target, selector = (bytes.fromhex(word[2:]) for word in rest)
        arguments = (target, selector.ljust(32, b"\0"))
        if kind == "call":
            return "HolderDesk", "isAllowed", arguments
        return "ProposalDesk", "stepOf", arguments
    if kind == "desk":
        return "UnitRegistry", "deskOf", (int(rest[0]),)
    return {
        "holder-desk": ("UnitRegistry", "holderDesk", ()),
        "sale-share": ("UnitRegistry", "saleShare", ()),
        "holding-limit-classes": ("UnitRegistry", "holdingLimitClasses", ()),
        "reversal-window": ("IssuanceDesk", "reversalWindow", ()),
    }.get(kind)


def _read(kind: str, words: list[int]) -> str:
    """An answer as the mirror writes settings down."""
    if kind in {"desk", "holder-desk"}:
        return f"0x{as_address(words[0]).hex()}"
    if kind == "holding-limit-classes":
        pairs = zip(words[2::2], words[3::2], strict=True)
        return " ".join(f"0x{as_address(registry).hex()}:{token:x}" for registry, token in pairs)
    return " ".join(map(str, words))

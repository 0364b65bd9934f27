"""Questions to the holder desk, and about what a programme has set."""

from __future__ import annotations

from collections.abc import Iterator

from registry_node.indexer.questions import Asked, Question, as_address
from registry_node.indexer.questions_desks import question
from registry_node.indexer.report import Report

_GRANTS = {"trusted": "trustedSince", "representative": "rightsOf", "settler": "settlerSince"}


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _grants(asked, report)
    yield from _requests(asked, report)
    yield from _desk_settings(asked, report)
    yield from _settings(asked, report)


def _grants(asked: Asked, report: Report) -> Iterator[Question]:
    """Of every grant that ever was: one that the mirror lost would be zero here."""
    for registry_id, address, kind, grantee, value in asked.rows(
        "SELECT registry_id, address, kind, grantee,"
        " MAX(CASE WHEN :h < to_height THEN value ELSE 0 END) FROM holder_grant"
        " WHERE from_height <= :h GROUP BY registry_id, address, kind, grantee"
    ):
        yield question(
            report,
            kind,
            f"{asked.registries[registry_id][0]} 0x{address.hex()} 0x{grantee.hex()}",
            value,
            (asked.desks[registry_id, "holders"], "HolderDesk", _GRANTS[kind], (address, grantee)),
            read=lambda w, _: w[0],
        )


def _requests(asked: Asked, report: Report) -> Iterator[Question]:
    columns = (
        "registry_id, number, account, initiator, target, approver, approved_at, ready_at,"
        " deadline, state, call"
    )
    for (
        registry_id,
        number,
        *parties,
        approver,
        approved_at,
        ready_at,
        deadline,
        state,
        call,
    ) in asked.versions("request", columns):
        yield question(
            report,
            "request",
            f"{asked.registries[registry_id][0]} {number}",
            (
                *parties,
                approver or bytes(20),
                approved_at or 0,
                ready_at or 0,
                deadline,
                state,
                call,
            ),
            (asked.desks[registry_id, "holders"], "HolderDesk", "requestOf", (number,)),
            # An offset, eight words, the offset of the call, its length, the call.
            read=lambda w, answer: (
                *map(as_address, w[1:5]),
                *w[5:9],
                answer[11 * 32 : 11 * 32 + w[10]].hex(),
            ),
        )


_OF_HOLDER_DESK = ("trust-delay", "transfer-delay", "request-lifetime", "transfer-size-limit")


def _desk_settings(asked: Asked, report: Report) -> Iterator[Question]:
    known = {row[:2]: row[2] for row in asked.versions("setting", "registry_id, name, value")}
    for registry_id, (code, _) in asked.registries.items():
        if not any((registry_id, name) in known for name in ("holder-desk", *_OF_HOLDER_DESK)):
            continue  # the programme has no holder desk yet
        yield question(
            report,
            "settings",
            f"{code} holder desk",
            [int(known.get((registry_id, name), 0)) for name in _OF_HOLDER_DESK],
            (asked.desks[registry_id, "holders"], "HolderDesk", "settings", ()),
            read=lambda w, _: w,
        )


def _settings(asked: Asked, report: Report) -> Iterator[Question]:
    """Each setting that a contract tells one by one; the sale share is told by none."""
    for registry_id, name, value in asked.versions("setting", "registry_id, name, value"):
        call = _call(asked, registry_id, name.split(" "))
        if call is None:
            continue

        def read(words: list[int], _: bytes, name: str = name) -> str:
            return _read(name.split(" ", maxsplit=1)[0], words)

        subject = f"{asked.registries[registry_id][0]} {name}"
        yield question(report, "settings", subject, value, call, read=read)


def _call(
    asked: Asked, registry_id: int, words: list[str]
) -> tuple[bytes, str, str, tuple[int | bytes, ...]] | None:
    """The contract and function that a setting is asked of."""
    kind, *rest = words
    registry = asked.registries[registry_id][1]
    if kind in {"call", "step"}:
        desk, contract, function = {
            "call": ("holders", "HolderDesk", "isAllowed"),
            "step": ("proposals", "ProposalDesk", "stepOf"),
        }[kind]
        target, selector = (bytes.fromhex(word[2:]) for word in rest)
        arguments = (target, selector.ljust(32, b"\0"))
        return asked.desks[registry_id, desk], contract, function, arguments
    if kind == "desk":
        return registry, "UnitRegistry", "deskOf", (int(rest[0]),)
    if kind == "holder-desk":
        return registry, "UnitRegistry", "holderDesk", ()
    if kind == "holding-limit-classes":
        return registry, "UnitRegistry", "holdingLimitClasses", ()
    if kind == "reversal-window":
        return asked.desks[registry_id, "issuance"], "IssuanceDesk", "reversalWindow", ()
    return None


def _read(kind: str, words: list[int]) -> str:
    """An answer as the mirror writes settings down."""
    if kind in {"desk", "holder-desk"}:
        return f"0x{as_address(words[0]).hex()}"
    if kind == "holding-limit-classes":
        pairs = zip(words[2::2], words[3::2], strict=True)
        return " ".join(f"0x{as_address(registry).hex()}:{token:x}" for registry, token in pairs)
    return " ".join(map(str, words))

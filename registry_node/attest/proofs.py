"""Checks a unit's life against its proofs: inclusion, then every word, then the life as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry_node.attest import inclusion, life, steps
from registry_node.attest.inclusion import Shown
from registry_node.attest.life import Member, NotALife, Run
from registry_node.attest.payload import Payload
from registry_node.attest.report import Report
from registry_node.attest.steps import Proven
from registry_node.chain.artifacts import topic
from registry_node.chain.bloom import mask
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import UnitReference, token_id
from registry_node.domain.words import UnitState
from registry_node.queries.snapshot import hexed

_MOVED = topic("UnitRegistry", "UnitsMoved")
_NAMED = 5
"""How many ledger blocks a remark names."""


def check(payload: Payload, proofs: Any, report: Report) -> Shown | None:
    """Checks the proofs of a statement. None when it is of a kind that has none."""
    if payload.kind != "unit" or payload.data["withheld"]:
        report.bad("proofs", "this statement can have none")
        return None
    statement = payload.model_dump()
    shown = inclusion.check(proofs, statement, report)
    said: list[dict[str, Any]] = payload.data["steps"]
    proven = [_read(number, place, payload, report) for number, place in enumerate(shown.steps, 1)]
    good = [step for step in proven if step is not None]
    for number, (words, step) in enumerate(zip(said, proven, strict=False), 1):
        if step is not None:
            _check_words(number, words, step, report)
    if good and len(good) == len(said):
        _check_life(payload, good, shown, report)
    report.not_shown.append("names of accounts: they are the signer's; addresses decide")
    if any(step.sent.index for step in good):
        report.not_shown.append(
            "log_index of steps whose transaction is not its block's first: the signer's word"
        )
    return shown


# ---- each step by itself ------------------------------------------------------------------------


def _read(
    number: int, place: tuple[inclusion.Sent, int] | None, payload: Payload, report: Report
) -> Proven | None:
    if place is None:
        return None
    found = steps.read(*place, payload.contracts)
    if isinstance(found, Proven):
        return found
    report.bad(f"log of step {number}", found)
    return None


def _check_words(number: int, said: dict[str, Any], step: Proven, report: Report) -> None:
    try:
        expected = steps.expected(step)
    except ValueError as error:
        report.bad(f"log of step {number}", f"{error}")
        return
    wrong = [name for name, value in expected.items() if said[name] != value]
    for name in wrong:
        report.bad(
            f"step {number} {name}", f"the log says {expected[name]}, the statement {said[name]}"
        )
    first = step.sent.index == 0  # then no log of the block stands before its receipt's
    if said["log_index"] < step.place or (first and said["log_index"] != step.place):
        report.bad(f"step {number} log_index", f"the log is number {step.place} of its receipt")
    if said["step"] != number:
        report.bad(f"step {number} step", f"it is called step {said['step']}")
    if not wrong:
        report.good(
            f"log of step {number}",
            f"{expected['event']} of {expected['unit_block']} in ledger block"
            f" {expected['block_number']:,}",
        )


# ---- the life as a whole ------------------------------------------------------------------------


def _check_life(payload: Payload, proven: list[Proven], shown: Shown, report: Report) -> None:
    data = payload.data
    gateway = bytes.fromhex(payload.contracts.gateway[2:])
    before = len(report.failed)
    try:
        own, twins = life.runs_of(payload.subject, proven, payload.contracts)
        told = [(step, str(said["unit"])) for step, said in zip(proven, data["steps"], strict=True)]
        found = life.members(own, twins, told, gateway)
    except NotALife as error:
        report.bad("life", f"{error}")
        return
    for number, (member, said) in enumerate(zip(found, data["steps"], strict=True), 1):
        _check_member(number, member, said, report)
    members = [member for member in found if member is not None]
    if len(members) < len(found):
        return
    _check_ends(payload, own, twins, members, gateway, report)
    for text in life.untold(own, twins, members):
        report.bad("life", text)
    if len(report.failed) == before:
        report.good("life", "begins with the issuance, and each step goes on where one ended")
    _say_what_is_open(payload, [own, *twins], members, shown, report)


def _check_member(number: int, member: Member | None, said: dict[str, Any], report: Report) -> None:
    if member is None:
        report.bad(f"step {number} unit", f"its log does not move {said['unit']} of this life")
        return
    lot = member.lot.to_json() if member.lot else None
    if said["lot"] != lot:
        report.bad(f"step {number} lot", f"the logs say {lot}, the statement {said['lot']}")


def _check_ends(
    payload: Payload,
    own: Run,
    twins: Sequence[Run],
    members: list[Member],
    gateway: bytes,
    report: Report,
) -> None:
    data = payload.data
    last: Proven | None = None
    try:
        life.check_order(members)
        for run in (own, *twins):
            numbered = [(n, m.step) for n, m in enumerate(members, 1) if m.run == run]
            if run is own or data["complete"]:
                end = life.check_continuity(run, numbered)
                last = end if run is own else last
    except NotALife as error:
        report.bad("life", f"{error}")
    if last is None:
        return
    state = UnitState(last.moved.state)
    serial = int(payload.subject["serial"] or 0)
    expected = {
        "unit": f"{own.code}:{own.symbol}:{serial}",
        "owner": hexed(last.moved.recipient),
        "state": state.name,
        "used_abroad": last.moved.recipient == gateway and state.is_terminal,
        "twins": [
            {"lot": run.lot.opened.lot_id, "units": run.part(run.first, run.last)}
            for run in twins
            if run.lot
        ],
    }
    for name, value in expected.items():
        if data[name] != value:
            report.bad(name, f"the steps come to {value}, the statement says {data[name]}")
    if not _contains(data["unit_block"], own, serial, last):
        report.bad("unit_block", f"{data['unit_block']} is no part of what moved last")


def _contains(text: str, own: Run, serial: int, last: Proven) -> bool:
    try:
        block = UnitReference.parse(text)
    except InvalidInput:
        return False
    within = last.first <= block.first <= serial <= block.last <= last.last
    return within and (block.registry, block.symbol) == (own.code, own.symbol)


# ---- what is not shown -----------------------------------------------------------------------


def _say_what_is_open(
    payload: Payload, runs: list[Run], members: list[Member], shown: Shown, report: Report
) -> None:
    """Whether another movement may hide: a header's bloom excludes it, or does not."""
    if not payload.data["complete"]:
        report.not_shown.append("the lives of all twins: they lie in too many blocks")
    if shown.scope != "chain":
        report.not_shown.append(
            "that nothing was left out: a way back to the same holder, or a movement after the last"
            " step. The chain of headers would narrow this down"
        )
        return
    whole = {member.step.sent.header.number for member in members if member.step.sent.alone}
    masks = [one for run in runs if (one := _mask(run, members)) is not None]
    end = int(payload.as_of["block_number"])
    between = [header for number, header in shown.headers.items() if number <= end]
    doubtful = [
        header.number
        for header in between
        if header.number not in whole
        and any((int.from_bytes(header.bloom, "big") & one) == one for one in masks)
    ]
    if not doubtful:
        report.good(
            "completeness",
            f"the blooms of {len(between):,} headers exclude any other movement of the unit up to"
            f" ledger block {end:,}",
        )
        return
    named = ", ".join(f"{number:,}" for number in doubtful[:_NAMED])
    more = f" and {len(doubtful) - _NAMED:,} more" if len(doubtful) > _NAMED else ""
    report.not_shown.append(
        f"that nothing was left out: of {len(between):,} headers the blooms of {len(doubtful):,} do"
        f" not exclude another movement of these classes (ledger blocks {named}{more}). It would be"
        " a way back to the same holder, or one after the last step"
    )


def _mask(run: Run, members: list[Member]) -> int | None:
    """The bits that a bloom has when a class's units may have moved."""
    contract = next((m.step.moved.address for m in members if m.run == run), None)
    if contract is None:
        return None
    token = token_id(run.symbol).to_bytes(32, "big")
    return mask(contract) | mask(_MOVED) | mask(token)

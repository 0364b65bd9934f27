"""Steps inside one registry: what a programme's roles do, and what holders do."""

from __future__ import annotations

import hashlib
from typing import Any

from linking.rates import Rate, twins_abroad
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitState
from scripts.ledger.editions import text32
from scripts.ledger.player import HEAD, INITIAL, NOTHING, Player, amount, hash_of
from scripts.ledger.programme import actor_name
from scripts.story import StepRow

# ---- a programme's roles ------------------------------------------------------------------


def verify(player: Player, step: StepRow) -> None:
    """A verifier records a report. `detail` stands for the report."""
    by = player.ledger.role(step.registry, "verifier")
    report = (hash_of(step.detail), token_id(step.symbol), step.quantity)
    receipt = player.desks(step).issuance.recordVerification(*report, by)
    player.note(step, receipt, f"{step.registry} verifier confirms {amount(step)}: {step.detail}")


def issue(player: Player, step: StepRow) -> None:
    """New units, on the decision or verification report that `detail` stands for."""
    receiver, evidence = player.address(step, step.to), hash_of(step.detail)
    arguments = (token_id(step.symbol), receiver, step.quantity, evidence)
    done = player.decide(step.registry, "issuance", "issue", *arguments)
    line = f"{step.registry} issues {amount(step)} to {step.to}; {done.by}"
    player.note(step, done.receipt, line, proposal=done.proposal)


def raise_cap(player: Player, step: StepRow) -> None:
    """`quantity` is the new cap."""
    arguments = (token_id(step.symbol), step.quantity)
    done = player.decide(step.registry, "registry", "raiseCap", *arguments)
    line = f"{step.registry} raises the cap of {step.symbol} to {step.quantity:,} t; {done.by}"
    player.note(step, done.receipt, line, proposal=done.proposal)


def allocate(player: Player, step: StepRow) -> None:
    """Two people entitle an operator for the year `detail`; an allocator gives it that much."""
    desk, year = player.desks(step).issuance, int(step.detail)
    giver, receiver = (player.address(step, name) for name in (step.account, step.to))
    unit_class = token_id(step.symbol)
    before = desk.entitlementOf(receiver, year, unit_class, INITIAL)["entitled"]
    change = (receiver, year, INITIAL, unit_class, before, before + step.quantity)
    province = player.ledger.province_of(step.registry, step.to)
    done = player.decide(step.registry, "issuance", "entitle", province, [change])
    by, grant = "allocator-2", (receiver, year, INITIAL, step.quantity)
    order = (unit_class, giver, grant, HEAD)
    receipt = desk.allocate(*order, player.ledger.role(step.registry, by))
    line = f"{step.registry} allocates {amount(step)} to {step.to}; {done.by}, "
    line += f"{actor_name(step.registry, by)} allocates"
    player.note(step, receipt, line, proposal=done.proposal)


def set_aside(player: Player, step: StepRow) -> None:
    """From pool to pool. What a province has to sell is not changed by one person: two decide."""
    giver, receiver = (player.address(step, name) for name in (step.account, step.to))
    order = (token_id(step.symbol), giver, receiver, step.quantity, HEAD)
    done = player.decide(step.registry, "issuance", "moveCentrally", *order)
    line = f"{step.registry} sets {amount(step)} aside in {step.to}; {done.by}"
    player.note(step, done.receipt, line, proposal=done.proposal)


def sell(player: Player, step: StepRow) -> None:
    """Units of a pool that were sold. `detail` is the sale's reference, which is used once."""
    giver, receiver = (player.address(step, name) for name in (step.account, step.to))
    province = player.ledger.province_of(step.registry, step.account)
    sale = (token_id(step.symbol), giver, receiver, step.quantity, hash_of(step.detail), HEAD)
    done = player.decide(step.registry, "issuance", "deliver", province, *sale)
    line = f"{step.registry} delivers {amount(step)} to {step.to}: {step.detail}; {done.by}"
    player.note(step, done.receipt, line, proposal=done.proposal)


def report_emissions(player: Player, step: StepRow) -> None:
    """A verifier attests an operator's emissions of the year `detail`; an officer confirms them,
    where there are provinces what the operator's own one proposes (Art. 30)."""
    year, desk, code = int(step.detail), player.desks(step).compliance, step.registry
    operator, report = player.ledger.actors[step.account], hash_of(f"{step.account} {year}")
    verifier, officer = (player.ledger.role(code, who) for who in _REPORTING)
    desk.attest(operator, year, step.quantity, report, verifier)
    province = player.ledger.province_of(code, step.account)
    if province:
        figures = [(operator.address, step.quantity)]
        done = player.decide(code, "compliance", "confirmAll", province, year, figures, report)
        receipt, by = done.receipt, done.by
    else:
        receipt = desk.confirm(operator, year, step.quantity, report, officer)
        by = f"{actor_name(code, _REPORTING[1])} confirms"
    line = f"{step.account} emitted {step.quantity:,} t in {year}; "
    player.note(step, receipt, f"{line}{actor_name(code, _REPORTING[0])} attests, {by}")


_REPORTING = ("verifier", "compliance-officer")

# ---- holders ------------------------------------------------------------------------------


def transfer(player: Player, step: StepRow) -> None:
    """By the holder, or by the operator that `detail` names and that the holder approved."""
    by = step.detail or step.account
    receipt = player.registry(step).safeTransferFrom(
        player.ledger.actors[step.account],
        player.ledger.actors[step.to],
        token_id(step.symbol),
        step.quantity,
        b"",
        player.ledger.actor(by),
    )
    line = f"{step.account} transfers {amount(step)} to {step.to}"
    player.note(step, receipt, f"{line}, by {by}" if step.detail else line)


def approve(player: Player, step: StepRow) -> None:
    """An operator may transfer for a holder from now on: nothing else."""
    _set_approval(player, step, approved=True)


def end_approval(player: Player, step: StepRow) -> None:
    _set_approval(player, step, approved=False)


def _set_approval(player: Player, step: StepRow, *, approved: bool) -> None:
    by = player.ledger.actor(step.account)
    operator = player.ledger.actors[step.to]
    receipt = player.registry(step).setApprovalForAll(operator, approved, by)
    word = "may now" if approved else "may no more"
    player.note(step, receipt, f"{step.to} {word} transfer units of {step.account}")


def surrender(player: Player, step: StepRow) -> None:
    """Compliance, at the compliance desk. `detail` is the year."""
    year = int(step.detail)
    receipt = player.desks(step).compliance.surrender(
        player.ledger.actors[step.account],
        year,
        token_id(step.symbol),
        step.quantity,
        HEAD,
        player.ledger.actor(step.account),
    )
    line = f"{step.account} surrenders {amount(step)} for {year}"
    owed = player.desks(step).compliance.owed(player.ledger.actors[step.account], year)
    player.note(step, receipt, f"{line}; {owed:,} t still owed")
    if player.trace_unit is None:
        player.trace_unit = _unit_used_abroad(player, step, receipt)


def retire(player: Player, step: StepRow) -> None:
    """A voluntary claim: `detail` says whose."""
    _use(player, step, "retire")


def cancel(player: Player, step: StepRow) -> None:
    """For the public good: `detail` is the reason."""
    _use(player, step, "cancel")


def _use(player: Player, step: StepRow, verb: str) -> None:
    """What stands before a colon is public on the ledger; of a longer text, the SHA-256."""
    memo, _, more = step.detail.partition(": ")
    text = hashlib.sha256(step.detail.encode()).digest() if more else NOTHING
    receipt = getattr(player.registry(step), verb)(
        player.ledger.actors[step.account],
        token_id(step.symbol),
        step.quantity,
        HEAD,
        text32(memo),
        text,
        player.ledger.actor(step.account),
    )
    line = f"{step.account} {verb}s {amount(step)}: {memo}"
    player.note(
        step, receipt, line, **({"full": step.detail, "sha256": text.hex()} if more else {})
    )


def _unit_used_abroad(player: Player, step: StepRow, receipt: Any) -> str | None:
    """A Chinese serial that this surrender in Korea used, as a unit reference: the first that
    one Korean serial alone stands for, so that its life is easily read."""
    if step.registry != "KR" or "." not in step.symbol:
        return None
    origin, _, symbol = step.symbol.partition(".")
    for event in receipt.events["SourceSettled"]:
        serials = range(event["first"], event["first"] + event["count"])
        if event["state"] == UnitState.SURRENDERED:
            lot, sources = player.ledger.gateway.lotOf(event["lotId"])
            found = (serial for serial in serials if _has_one_twin(serial, lot, sources))
            return f"{origin}:{symbol}:{next(found, serials[0])}"
    return None


def _has_one_twin(serial: int, lot: Any, sources: Any) -> bool:
    """Whether one foreign serial alone stands for a source serial of a lot."""
    rate = Rate(lot["rateNumerator"], lot["rateDenominator"])
    before = 0
    for first, count in sources:
        if first <= serial < first + count:
            low, high = twins_abroad(before + serial - first, lot["foreignCount"], rate)
            return high - low == 1
        before += count
    return False

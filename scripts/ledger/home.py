"""Steps inside one registry: what a programme's roles do, and what holders do."""

from __future__ import annotations

from typing import Any

from brownie.network import web3

from linking.rates import Rate, twins_abroad
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitState
from scripts.ledger.deploy import text32
from scripts.ledger.player import HEAD, Player, amount
from scripts.story import StepRow

# ---- a programme's roles ------------------------------------------------------------------


def verify(player: Player, step: StepRow) -> None:
    """A verifier records a report. `detail` stands for the report."""
    by = player.ledger.role(step.registry, "verifier")
    report = web3.keccak(text=step.detail)
    desk = player.desks(step).issuance
    receipt = desk.recordVerification(report, token_id(step.symbol), step.quantity, by)
    player.note(step, receipt, f"{step.registry} verifier confirms {amount(step)}: {step.detail}")


def issue(player: Player, step: StepRow) -> None:
    """New units, on the decision or verification report that `detail` stands for."""
    receiver = player.ledger.addresses[step.registry, step.to]
    evidence = web3.keccak(text=step.detail)
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
    """Free allocation for the compliance year that `detail` names."""
    giver = player.ledger.addresses[step.registry, step.account]
    receiver = player.ledger.addresses[step.registry, step.to]
    arguments = (token_id(step.symbol), giver, receiver, step.quantity, int(step.detail), HEAD)
    done = player.decide(step.registry, "issuance", "allocate", *arguments)
    line = f"{step.registry} allocates {amount(step)} to {step.to}; {done.by}"
    player.note(step, done.receipt, line, proposal=done.proposal)


def report_emissions(player: Player, step: StepRow) -> None:
    """A verifier attests an operator's emissions of the year `detail`, an officer confirms them."""
    year, desk = int(step.detail), player.desks(step).compliance
    operator = player.ledger.actors[step.account]
    report = web3.keccak(text=f"emission report {step.account} {year}")
    verifier = player.ledger.role(step.registry, "verifier")
    desk.attest(operator, year, step.quantity, report, verifier)
    officer = player.ledger.role(step.registry, "compliance-officer")
    receipt = desk.confirm(operator, year, step.quantity, report, officer)
    line = f"{step.account} emitted {step.quantity:,} t in {year}; "
    code = step.registry.lower()
    line += f"{code}-verifier attests, {code}-compliance-officer confirms"
    player.note(step, receipt, line)


# ---- holders ------------------------------------------------------------------------------


def transfer(player: Player, step: StepRow) -> None:
    receipt = player.registry(step).safeTransferFrom(
        player.ledger.actors[step.account],
        player.ledger.actors[step.to],
        token_id(step.symbol),
        step.quantity,
        b"",
        player.ledger.actor(step.account),
    )
    player.note(step, receipt, f"{step.account} transfers {amount(step)} to {step.to}")


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
    """A voluntary claim. `detail` says whose."""
    receipt = _use(player, step, "retire", text32(step.detail))
    player.note(step, receipt, f"{step.account} retires {amount(step)}: {step.detail}")


def cancel(player: Player, step: StepRow) -> None:
    """For the public good. `detail` is the reason."""
    receipt = _use(player, step, "cancel", text32(step.detail))
    player.note(step, receipt, f"{step.account} cancels {amount(step)}: {step.detail}")


def _use(player: Player, step: StepRow, function: str, purpose: Any) -> Any:
    return getattr(player.registry(step), function)(
        player.ledger.actors[step.account],
        token_id(step.symbol),
        step.quantity,
        HEAD,
        purpose,
        player.ledger.actor(step.account),
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

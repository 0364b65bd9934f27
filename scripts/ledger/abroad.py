"""Steps over a link: quotes, transfers, refusals, returns, and the terms that limit them."""

from __future__ import annotations

from typing import Any

from brownie.network import chain
from web3.exceptions import ContractCustomError

from registry_node.domain.references import symbol_of, token_id
from registry_node.domain.words import UnitState
from scripts.ledger.errors import Refusal, read_refusal
from scripts.ledger.opening import terms_of
from scripts.ledger.player import HEAD, Fact, Player, amount
from scripts.story import StepRow


def quote(player: Player, step: StepRow) -> None:
    """What a transfer would do now; nothing is sent."""
    fact = _ask(player, step)
    player.quotes.append(fact)
    outcome = f"refused, {fact['reason']}" if fact["reason"] else "possible"
    player.say(
        f"   {step.account} asks: {amount(step)} give {fact['destination_units']:,} t in "
        f"{fact['destination']} for {fact['source_units']:,} t; {fact['quota_used']:,} t of the "
        f"quota of {fact['quota']:,} t used, {fact['quota_remaining']:,} t left: {outcome}"
    )


def cross(player: Player, step: StepRow) -> None:
    """A transfer as it was quoted."""
    fact = _ask(player, step)
    receipt = _send(player, step, fact)
    lot = receipt.events["LotOpened"]
    sent, received = lot["lot"]["sourceCount"], lot["lot"]["foreignCount"]
    foreign = symbol_of(lot["lot"]["foreignClass"])
    player.note(
        step,
        receipt,
        f"{step.account} sends {sent:,} t of {step.symbol} to {step.to}, who receives "
        f"{received:,} t of {foreign}",
        link=fact["link"],
        lot=lot["lotId"],
        source_units=sent,
        destination_units=received,
        foreign_symbol=foreign,
        terms_version=fact["terms_version"],
    )


def refuse(player: Player, step: StepRow) -> None:
    """A transfer that the ledger must refuse, with the error that `detail` names.

    It is refused when it is tried out, which is before it is sent: nothing changes.
    """
    fact = _ask(player, step)
    try:
        _send(player, step, fact)
    except ContractCustomError as error:
        refusal = _read(player, error)
    else:
        raise AssertionError(f"the ledger accepted what it must refuse: {step}")
    if refusal.name != step.detail or not fact["reason"]:
        raise AssertionError(f"expected {step.detail}, the ledger says {refusal}: {fact}")
    player.refused.append(
        {
            **fact,
            "error": refusal.name,
            "values": dict(refusal.values),
            "citation": step.source,
        }
    )
    player.say(
        f"   REFUSED: {step.account} wants to send {amount(step)} to {step.to}: "
        f"{fact['reason']}. {refusal}"
    )


def lower_quota(player: Player, step: StepRow) -> None:
    """The importing side lowers the quota of the link that `detail` names, alone and at once."""
    link_id, row = player.links[step.detail]
    by = player.ledger.role(row.destination_registry, "link-administrator")
    receipt = player.ledger.gateway.lowerQuota(link_id, step.quantity, by)
    line = f"{step.registry} link administrator lowers the quota of {row.name}"
    player.note(step, receipt, f"{line} to {step.quantity:,} t")


def amend(player: Player, step: StepRow) -> None:
    """The step's registry proposes the amended terms of the link `detail`, its partner accepts."""
    link_id, _ = player.links[step.detail]
    row = next(
        row
        for row in player.ledger.story.links
        if (row.name, row.terms) == (step.detail, "amended")
    )
    (partner,) = {row.source_registry, row.destination_registry} - {step.registry}
    terms = terms_of(row)
    sides = {code: player.ledger.registries[code].address for code in (step.registry, partner)}
    proposed = ("proposeTerms", link_id, sides[step.registry], terms)
    proposal = player.decide(step.registry, "gateway", *proposed)
    version = player.ledger.gateway.linkOf(link_id)["version"] + 1
    accepted = ("acceptTerms", link_id, sides[partner], version, terms)
    acceptance = player.decide(partner, "gateway", *accepted)
    player.links[row.name] = (link_id, row)
    _, quota = player.ledger.gateway.meterOf(link_id)
    line = f"{step.registry} and {partner} amend the terms of {row.name}: the import quota is "
    line += f"{row.quota_basis_points} basis points of the cap of {row.quota_class}, {quota:,} t; "
    player.note(step, acceptance.receipt, f"{line}{proposal.by}; {acceptance.by}", quota=quota)


def accept_edition(player: Player, step: StepRow) -> None:
    """The step's registry accepts the code that its partner on the link `detail` runs now."""
    link_id, row = player.links[step.detail]
    (partner,) = {row.source_registry, row.destination_registry} - {step.registry}
    registries, gateway = player.ledger.registries, player.ledger.gateway
    edition = gateway.editionOf(registries[partner].address)
    call = ("acceptEdition", link_id // 2, registries[step.registry].address, edition)
    done = player.decide(step.registry, "gateway", *call)
    line = f"{step.registry} accepts the code that {partner} runs; {done.by}"
    player.note(step, done.receipt, line, edition=str(edition))


def return_home(player: Player, step: StepRow) -> None:
    """Foreign units go home, at the rate of their lots."""
    receipt = player.ledger.gateway.returnUnits(
        player.ledger.actors[step.account],
        player.registry(step),
        token_id(step.symbol),
        step.quantity,
        HEAD,
        player.ledger.actors[step.to],
        1,
        player.ledger.actor(step.account),
    )
    settled = [e for e in receipt.events["SourceSettled"] if e["state"] == UnitState.HELD]
    released = sum(event["count"] for event in settled)
    line = f"{step.account} sends {amount(step)} home; {step.to} receives {released:,} t"
    player.note(step, receipt, line, released=released)


def _ask(player: Player, step: StepRow) -> Fact:
    actors = player.ledger.actors
    link_id, row = player.links[f"{step.registry}_{player.ledger.registry_of(step.to)}"]
    parties = (actors[step.account].address, actors[step.to].address)
    answer = player.ledger.gateway.quote(link_id, token_id(step.symbol), step.quantity, *parties)
    return {
        "link": row.name,
        "link_id": link_id,
        "source": row.source_registry,
        "destination": row.destination_registry,
        "account": step.account,
        "recipient": step.to,
        "symbol": step.symbol,
        "quantity": step.quantity,
        "terms_version": answer["version"],
        "source_units": answer["sourceUnits"],
        "destination_units": answer["destinationUnits"],
        "quota": answer["quota"],
        "quota_used": answer["quotaUsed"],
        "quota_remaining": max(0, answer["quota"] - answer["quotaUsed"]),
        "reason": answer["reason"],
        "block": chain.height,
    }


def _send(player: Player, step: StepRow, quoted: Fact) -> Any:
    request = (
        player.ledger.actors[step.account].address,
        quoted["link_id"],
        quoted["terms_version"],
        token_id(step.symbol),
        step.quantity,
        quoted["destination_units"],
        player.ledger.actors[step.to].address,
    )
    return player.ledger.gateway.transfer(request, HEAD, player.ledger.actor(step.account))


def _read(player: Player, error: ContractCustomError) -> Refusal:
    contracts = (player.ledger.gateway, *player.ledger.registries.values())
    refusal = read_refusal(str(error.args[0]), (contract.abi for contract in contracts))
    if refusal is None:
        raise error
    return refusal

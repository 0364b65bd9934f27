"""Steps that change a programme itself: documents, a replaced desk, a succession of its code."""

from __future__ import annotations

import hashlib
import json

from brownie.network import chain

from registry_node.domain.references import token_id
from scripts.ledger.editions import code_hash, text32
from scripts.ledger.player import HEAD, Player, amount, hash_of
from scripts.ledger.programme import HOLDERS_MAY_REQUEST, ORDERED_BY, steps
from scripts.ledger.set_up import adopted, step_of
from scripts.story import StepRow
from scripts.toolchain.paths import ROOT

_BOOKS = ROOT / "linking" / "programmes"


def publish(player: Player, step: StepRow) -> None:
    """The SHA-256 of a document that the programme stands by: `detail` says which."""
    digest = hashlib.sha256(_document(player, step)).digest()
    call = ("publishDocument", text32(step.detail), digest, chain[-1].timestamp)
    done = player.decide(step.registry, "registry", *call)
    line = (
        f"{step.registry} stands by its document '{step.detail}', SHA-256 {digest.hex()[:16]}...; "
    )
    player.note(step, done.receipt, line + done.by, kind=step.detail, sha256=digest.hex())


def _document(player: Player, step: StepRow) -> bytes:
    """The rule book as it is in this checkout; the labels of deployment.json, in one line."""
    if step.detail == "rule-book":
        return (_BOOKS / f"{step.registry}.toml").read_bytes()
    labels = player.ledger.labels
    return json.dumps(labels, sort_keys=True, separators=(",", ":")).encode()


def freeze(player: Player, step: StepRow) -> None:
    """A compliance officer sets units aside at once. `detail` is the reason."""
    by = player.ledger.role(step.registry, "compliance-officer")
    order = (player.address(step, step.account), token_id(step.symbol), step.quantity, HEAD)
    receipt = player.desks(step).liens.freeze(*order, hash_of(step.detail), by)
    lien = receipt.events["LienPlaced"]["lienId"]
    player.liens[step.registry, step.account] = lien
    line = f"{step.registry} compliance officer freezes {amount(step)} of {step.account}"
    player.note(step, receipt, f"{line}: {step.detail}", lien=lien)


def unfreeze(player: Player, step: StepRow) -> None:
    """Two officers lift the latest freeze of an account."""
    lien = player.liens.pop((step.registry, step.account))
    done = player.decide(step.registry, "liens", "unfreeze", lien)
    line = f"{step.registry} lifts the freeze of {step.account}'s {step.symbol}; {done.by}"
    player.note(step, done.receipt, line, lien=lien)


def replace_desk(player: Player, step: StepRow) -> None:
    """Another desk, at another address, takes the place of the desk that `detail` names.

    The council names it, says how its steps are decided, which transaction types it orders and
    what holders may request of it. What the old desk knew stays there: its liens are lifted first.
    """
    code, name = step.registry, step.detail
    registry, old = player.registry(step), getattr(player.desks(step), name)
    new = player.ledger.editions.desk(name, player.ledger.authorities[code], registry)
    desks = player.desks(step)._replace(**{name: new})
    done = player.decide(code, "authority", "adoptProgramme", adopted(registry, desks))
    player.ledger.desks[code] = desks
    for function in steps(code)[name]:
        player.decide(code, "proposals", "defineStep", *step_of(code, new, name, function))
    for function in HOLDERS_MAY_REQUEST[name]:
        selector = getattr(new, function).signature
        player.decide(code, "holders", "allowCall", new, selector, True)
    for number, desk in ORDERED_BY.items():
        if desk == name:
            player.decide(code, "registry", "setDesk", number, new)
    line = f"{code} replaces its desk '{name}': {new.address} instead of {old.address}; {done.by}"
    player.note(step, done.receipt, line, before=old.address, after=new.address)


def succeed(player: Player, step: StepRow) -> None:
    """The registry runs other code at the same address: units, history and lots stay."""
    edition = player.ledger.editions.new_registry_code().address
    call = ("succeed", player.registry(step), edition, code_hash(edition), b"")
    done = player.decide(step.registry, "authority", *call)
    line = f"{step.registry}'s registry runs other code, at {edition}; {done.by}"
    player.note(step, done.receipt, line, edition=edition)

"""The story's course: which verb does what, chapter after chapter."""

from __future__ import annotations

from collections.abc import Callable

from scripts.ledger import abroad, home, mending
from scripts.ledger.opening import prepare
from scripts.ledger.player import Fact, Player
from scripts.story import StepRow

CHAPTERS = {
    1: "Issuance",
    2: "Allocation, credits and compliance at home",
    3: "Tokyo and Saitama",
    4: "From China to Korea",
    5: "Voluntary use",
    6: "What changes while the ledger runs",
}

VERBS: dict[str, Callable[[Player, StepRow], None]] = {
    "verify": home.verify,
    "issue": home.issue,
    "raise-cap": home.raise_cap,
    "allocate": home.allocate,
    "set-aside": home.set_aside,
    "sell": home.sell,
    "emissions": home.report_emissions,
    "transfer": home.transfer,
    "approve": home.approve,
    "end-approval": home.end_approval,
    "surrender": home.surrender,
    "retire": home.retire,
    "cancel": home.cancel,
    "quote": abroad.quote,
    "cross": abroad.cross,
    "refuse": abroad.refuse,
    "lower-quota": abroad.lower_quota,
    "return": abroad.return_home,
    "accept-edition": abroad.accept_edition,
    "amend": abroad.amend,
    "publish": mending.publish,
    "freeze": mending.freeze,
    "unfreeze": mending.unfreeze,
    "replace-desk": mending.replace_desk,
    "succeed": mending.succeed,
}


def play(player: Player) -> Fact:
    """Everything from the first account to the last step; the facts."""
    player.say("\nMembers, accounts, unit classes and links")
    prepare(player)
    chapter = 0
    for step in player.ledger.story.steps:
        if step.chapter != chapter:
            chapter = step.chapter
            player.say(f"\n{chapter}. {CHAPTERS[chapter]}")
        VERBS[step.verb](player, step)
    return player.facts()

"""The machine itself. Each rule leans to one side of the ledger and now and then takes any step, so
that whatever rules Hypothesis leaves out of a history, it reaches every part.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.contracts.machine_decisions import DecisionRules

# All choices of a step are made from one number: so a history of hundreds of steps fits into what
# Hypothesis lets an example draw, and it shrinks by leaving steps out.
numbers = st.integers(0, 2**24 - 1)

Steps = dict[Callable[..., None], float]  # with weights

M = DecisionRules
TRADE: Steps = {
    M.transfer: 5,
    M.transfer_batch: 1,
    M.retire_or_cancel: 1,
    M.pledge: 1.5,
    M.trust: 1.5,
    M.approve_an_operator: 0.4,
    M.settle_trades: 1.5,
    M.go_on_with_a_request: 2.5,
}
LINKS: Steps = {
    M.export: 5,
    M.return_home: 4,
    M.one_side_alone: 1,
    M.decide_on_links: 3,
}
COMPLIANCE: Steps = {
    M.surrender: 6,
    M.report_emissions: 3,
    M.settle_a_year: 2,
    M.decide_on_rules: 2,
    M.decide_to_put_right: 2,
}
SUPPLY: Steps = {
    M.decide_on_units: 6,
    M.decide_to_put_right: 4,
    M.allocate: 3,
    M.verify_credits: 1,
    M.move_between_pools: 1,
}
PEOPLE: Steps = {
    M.decide_on_accounts: 5,
    M.decide_on_rules: 1,
    M.open_account: 0.3,
    M.restrict_account: 0.8,
    M.freeze_or_release: 2,
}
PROPOSALS: Steps = {M.go_on_with_a_proposal: 5, M.let_time_pass: 1}
ALL = (TRADE, LINKS, COMPLIANCE, SUPPLY, PEOPLE, PROPOSALS)


class LedgerMachine(DecisionRules):
    @rule(n=numbers)
    def trade(self, n: int) -> None:
        self.one_of(TRADE, n)

    @rule(n=numbers)
    def link(self, n: int) -> None:
        self.one_of(LINKS, n)

    @rule(n=numbers)
    def comply(self, n: int) -> None:
        self.one_of(COMPLIANCE, n)

    @rule(n=numbers)
    def supply(self, n: int) -> None:
        self.one_of(SUPPLY, n)

    @rule(n=numbers)
    def administer(self, n: int) -> None:
        self.one_of(PEOPLE, n)

    @rule(n=numbers)
    def decide_later(self, n: int) -> None:
        self.one_of(PROPOSALS, n)

    def one_of(self, steps: Steps, n: int) -> None:
        r = Random(n)
        if r.random() < 0.25:
            steps = r.choice(ALL)
        (step,) = r.choices(list(steps), list(steps.values()))
        step(self, r)

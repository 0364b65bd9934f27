"""The shadow of the compliance desk: how a report becomes a figure that counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.desks import Emissions
from tests.contracts.shadow import NOBODY, Refusal
from tests.contracts.shadow_desk import Desk, check_length
from tests.contracts.shadow_limits import Rules
from tests.contracts.words import Status

MAX_FIGURES = 256


@dataclass
class Obligation:
    state: Emissions = Emissions.NONE
    settled: bool = False
    emissions: int = 0
    debt: int = 0
    surrendered: int = 0
    initial: int = 0
    issued: int = 0
    deduction: int = 0
    verifier: str = NOBODY
    attested_at: int = 0
    ordered_until: int = 0
    reversible_until: int = 0
    report: bytes = bytes(32)

    @property
    def confirmed(self) -> int:
        return self.emissions if self.state >= Emissions.CONFIRMED else 0


@dataclass
class Figures(Desk):
    edition: str = ""
    kind: str = "compliance"
    years: dict[int, Rules] = field(default_factory=dict)
    plans: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    obligations: dict[tuple[str, int], Obligation] = field(
        default_factory=lambda: defaultdict(Obligation)
    )

    # ---- emissions ------------------------------------------------------------------------

    def file_plan(self, by: str, account: str, year: int, _plan: bytes) -> None:
        self.registry.check_holder(account, by)
        if self.registry.accounts[account].status == Status.NONE:
            raise Refusal("AccountUnknown", account)
        self.plans[account, year] += 1

    def attest(self, by: str, account: str, year: int, emissions: int, report: bytes) -> None:
        self.operator(account)
        if by == account:
            raise Refusal("SamePerson", account, year, by)
        if self._known(year).closed and not self.obligations[account, year].ordered_until:
            raise Refusal("YearClosed", year)
        o = self._in_state(account, year, {Emissions.NONE, Emissions.ATTESTED})
        self._in_order(account, year)
        o.state, o.emissions, o.verifier = Emissions.ATTESTED, emissions, by
        o.attested_at, o.ordered_until, o.report = self.now, 0, report

    def dispute(self, by: str, account: str, year: int, _objection: bytes) -> None:
        self.registry.check_holder(account, by)
        self._in_state(account, year, {Emissions.ATTESTED}).state = Emissions.DISPUTED

    def order_report(self, _by: str, account: str, year: int, _why: bytes) -> None:
        rules = self._known(year)
        self.operator(account)
        o = self._in_state(account, year, {Emissions.NONE, Emissions.ATTESTED})
        self._in_order(account, year)
        o.ordered_until = max(o.ordered_until, self.now + rules.correction_window)

    def confirm(self, by: str, account: str, year: int, emissions: int, _why: bytes) -> None:
        o = self._as_attested(account, year, emissions, self._known(year))
        if by in {o.verifier, account}:
            raise Refusal("SamePerson", account, year, by)
        o.state = Emissions.CONFIRMED

    def confirm_all(
        self, _by: str, province: int, year: int, figures: list[tuple[str, int]], _why: bytes
    ) -> None:
        rules = self._known(year)
        check_length(figures, MAX_FIGURES)
        for account, emissions in figures:
            self.operator(account)
            self.in_province(account, province)
            self._as_attested(account, year, emissions, rules).state = Emissions.CONFIRMED

    def assign(
        self, _by: str, province: int, account: str, year: int, emissions: int, _why: bytes
    ) -> None:
        self._known(year)
        self.operator(account)
        self.in_province(account, province)
        o = self.obligations[account, year]
        if o.state == Emissions.DISPUTED:
            o.state, o.emissions = Emissions.CONFIRMED, emissions
            return
        self._in_state(account, year, {Emissions.NONE, Emissions.ATTESTED})
        if not o.ordered_until:
            raise Refusal("NotOrdered", account, year)
        if self.now <= o.ordered_until:
            raise Refusal("WindowOpen", account, year, o.ordered_until)
        o.state, o.emissions = Emissions.ASSIGNED, emissions

    # ---- what the functions share ---------------------------------------------------------

    def _as_attested(self, account: str, year: int, emissions: int, rules: Rules) -> Obligation:
        o = self.obligations[account, year]
        if o.state != Emissions.ATTESTED or emissions != o.emissions:
            raise Refusal("EmissionsStateIs", account, year, o.state)
        until = o.attested_at + rules.dispute_window
        if rules.dispute_window and self.now <= until:
            raise Refusal("WindowOpen", account, year, until)
        if self.now <= o.ordered_until:
            raise Refusal("WindowOpen", account, year, o.ordered_until)
        return o

    def _in_state(self, account: str, year: int, allowed: set[Emissions]) -> Obligation:
        o = self.obligations[account, year]
        if o.state not in allowed:
            raise Refusal("EmissionsStateIs", account, year, o.state)
        return o

    def _unsettled(self, account: str, year: int) -> Obligation:
        o = self.obligations[account, year]
        if o.settled:
            raise Refusal("AlreadySettled", account, year)
        return o

    def _in_order(self, account: str, year: int) -> None:
        """Once a later year is settled, nothing would inherit what an earlier one adds."""
        while year := next((y for y, rules in self.years.items() if rules.before == year), 0):
            if self.obligations[account, year].settled:
                raise Refusal("AlreadySettled", account, year)

    def _open(self, year: int) -> Rules:
        rules = self._known(year)
        if rules.closed:
            raise Refusal("YearClosed", year)
        return rules

    def _known(self, year: int) -> Rules:
        if year not in self.years:
            raise Refusal("YearUnknown", year)
        return self.years[year]

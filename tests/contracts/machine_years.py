"""What two people decide about compliance years, and about what an operator owes."""

from __future__ import annotations

from random import Random

from tests.contracts.desks import Emissions
from tests.contracts.machine_beginning import CODES, DAY, OBLIGED, OPERATORS
from tests.contracts.machine_choices import Choices
from tests.contracts.machine_proposals import Decided
from tests.contracts.words import NOTHING, Test, condition


class Years(Choices):
    def year(self, r: Random) -> Decided:
        code, year = r.choice(CODES), r.choice([2030, 2031, 2032])
        desk = self.programme(code).compliance
        if r.random() < 0.5:
            kind = r.choice(["forestry", "solar", "solar"])
            conditions = [condition("kind", Test.ANY_OF, kind)]
            return code, self.to(code, "compliance", "excludeClasses", year, conditions)
        rules, limits = desk.years[year], desk.limits[year]
        if r.random() < 0.3:
            limits = [one._replace(basis_points=r.choice([4000, 9000, 10001])) for one in limits]
        args = (year, tuple(rules), [tuple(limit) for limit in limits])
        return code, self.to(code, "compliance", "defineYear", *args)

    def deadline(self, r: Random) -> Decided:
        code, year = r.choice(CODES), r.choice([2030, 2031, 2031, 2040])
        later = self.shadow.clock.now + r.choice([20, 40, 60]) * DAY
        later = later if r.random() < 0.95 else 0
        return code, self.to(code, "compliance", "moveDeadline", year, later)

    def publish(self, r: Random) -> Decided:
        """The results of a year; rarely, because nothing is done for it afterwards."""
        code, year = r.choice(CODES), r.choice([2030, 2031, 2031, 2040])
        return code, self.to(code, "compliance", "publish", year, NOTHING)

    def assign(self, r: Random) -> Decided:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        state = self.programme(code).compliance.obligations[account, year].state
        disputed = [
            (c, *key)
            for c in CODES
            for key, o in self.programme(c).compliance.obligations.items()
            if o.state == Emissions.DISPUTED
        ]
        if disputed and r.random() < 0.7:
            code, account, year = r.choice(disputed)
        elif state != Emissions.NONE and r.random() < 0.6:
            return self.debt(r)
        province = self.programme(code).registry.accounts[account].province
        args = (province, account, year, r.randint(10, 60), NOTHING)
        return code, self.to(code, "compliance", "assign", *args)

    def debt(self, r: Random) -> Decided:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        args = (account, year, r.randint(1, 9), NOTHING)
        return code, self.to(code, "compliance", "addDebt", *args)

"""What the council decides: roles that come and go, settings."""

from __future__ import annotations

from random import Random

from tests.contracts.machine_beginning import CODES, DAY
from tests.contracts.machine_choices import Choices
from tests.contracts.machine_proposals import Decided
from tests.contracts.words import Role


class Council(Choices):
    def role(self, r: Random) -> Decided:
        """What was decided by somebody who lost the role is void."""
        code = r.choice(CODES)
        role = r.choice([1, 2, 3, 4, 5, 6, 6, 7, 9])
        members = sorted(self.programme(code).authority.members[role])
        if r.random() < (0.5 if role in {7, 9} else 0.35 * (len(members) > 1)):
            return code, self.to(code, "authority", "revokeRole", role, r.choice(members))
        account = self.person(r.choice(["erin", "councillor", "deputy"]))
        if role == Role.GUARDIAN:
            account = self.person("erin")
        return code, self.to(code, "authority", "grantRole", role, account, 0)

    def settings(self, r: Random) -> Decided:
        code = r.choice(CODES)
        delays = (r.choice([0, DAY, 2 * DAY]), r.choice([0, DAY]), 7 * DAY)
        sizes = (r.choice([0, 6, 10]), r.choice([0, 9]))
        return code, self.to(code, "holders", "setSettings", (*delays, *sizes))

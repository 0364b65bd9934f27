"""What is in the accounts when a history begins: issued, allocated, sold, and sent over links."""

from __future__ import annotations

from scripts.bench.evm import text32
from tests.contracts.machine_base import call_of, take
from tests.contracts.machine_beginning import (
    CODES,
    DAY,
    DELAYS,
    DUST,
    GRAINS,
    LEFT,
    LOTS,
    LUMP,
    STOCK,
    SYMBOLS,
    decision,
)
from tests.contracts.machine_start import Start
from tests.contracts.shadow_proposals import Call
from tests.contracts.words import NOTHING, PROVINCES, Allocated, Role, class_id


class Stock(Start):
    """Every step is taken on the chain and in the shadow."""

    def fill(self) -> None:
        self.clock.now = self.world.chain.time
        for code in CODES:
            self._issue(code, LEFT + sum(quantity for _, quantity in STOCK))
            for name, quantity in STOCK:
                self._give(code, name, quantity)
        self._confirm()
        self._grind()
        for link_id, code, sender, quantity, recipient in LOTS:
            identity, gateway = class_id(SYMBOLS[code]), self.world.gateway
            giver, taker = self.people[sender], self.people[recipient]
            request = (giver, link_id, 1, identity, quantity, 0, taker)
            self._do(giver, call_of(gateway, "transfer", request, []))

    def _issue(self, code: str, quantity: int) -> None:
        issuance, pool = self.contracts[code, "issuance"], self.people[f"pool {code}"]
        args = (class_id(SYMBOLS[code]), pool, quantity, decision(0))
        self._decide(code, call_of(issuance, "issue", *args), Role.ISSUER)

    def _give(self, code: str, name: str, quantity: int) -> None:
        """Operators are entitled and allocated to; others buy; the state moves its own units."""
        desk, identity = self.contracts[code, "issuance"], class_id(SYMBOLS[code])
        pool, to = self.people[f"pool {code}"], self.people[name]
        if name == "state":
            args = (identity, pool, to, quantity, [])
            self._decide(code, call_of(desk, "moveCentrally", *args), Role.ALLOCATOR)
        elif name in {"alice", "bob"}:
            line = self.shadow.programmes[code].issuance.line(to, 2030, identity, 0)
            change = (to, 2030, Allocated.INITIAL, identity, line[0], line[0] + quantity)
            province = self.shadow.programmes[code].registry.accounts[to].province
            proposer = PROVINCES + province if province else Role.ALLOCATOR
            self._decide(code, call_of(desk, "entitle", province, [change]), proposer)
            grant = (to, 2030, Allocated.INITIAL, quantity)
            call = call_of(desk, "allocate", identity, pool, grant, [])
            self._do(self.world.allocator, call)
        else:
            sale = (0, identity, pool, to, quantity, text32(f"first sale to {name}"), [])
            self._decide(code, call_of(desk, "deliver", *sale), Role.ALLOCATOR)

    def _confirm(self) -> None:
        """Two operators of China and Korea have a figure for the first year."""
        desks = [self.contracts[code, "compliance"] for code in ("CN", "KR")]
        operators = [self.people[name] for name in ("alice", "bob")]
        for desk in desks:
            for account in operators:
                args = (account, 2030, 40, text32("report"))
                self._do(self.world.verifier, call_of(desk, "attest", *args))
        self.clock.now += DAY + 1
        for desk in desks:
            for account in operators:
                args = (account, 2030, 40, text32("decision"))
                self._do(self.world.officer, call_of(desk, "confirm", *args))

    def _grind(self) -> None:
        """One holder of Japan has more blocks than a call moves, another a very large one."""
        identity, issuance = class_id(DUST), self.contracts["JP", "issuance"]
        pool, erin, carol = (self.of("JP", name) for name in ("pool", "erin", "carol"))
        for quantity, number in ((GRAINS, 1), (LUMP, 2)):
            args = (identity, pool, quantity, decision(number))
            self._decide("JP", call_of(issuance, "issue", *args), Role.ISSUER)
        change = (erin, 2030, Allocated.INITIAL, identity, 0, GRAINS)
        self._decide("JP", call_of(issuance, "entitle", 0, [change]), Role.ALLOCATOR)
        refs = [(1, 0, 1, GRAINS)]
        grant = (erin, 2030, Allocated.INITIAL, GRAINS)
        call = call_of(issuance, "allocate", identity, pool, grant, refs)
        self._do(self.world.allocator, call)
        sale = (0, identity, pool, carol, LUMP, text32("a large sale"), [])
        self._decide("JP", call_of(issuance, "deliver", *sale), Role.ALLOCATOR)
        liens = self.contracts["JP", "liens"]
        for first, last in ((1, 256), (257, GRAINS)):
            refs = [(first, 0, first, 1), *((i, 0, i, 1) for i in range(first + 1, last + 1))]
            freeze = (erin, identity, last - first + 1, refs, text32("to grind"))
            self._do(self.world.officer, call_of(liens, "freeze", *freeze))
        for number in (1, 2):
            call = call_of(liens, "unfreeze", number)
            self._decide("JP", call, Role.COMPLIANCE_OFFICER)

    def of(self, code: str, name: str) -> str:
        return self.people.get(f"{name} {code}") or self.people[name]

    def _decide(self, code: str, call: Call, role: int) -> None:
        desk = self.contracts[code, "proposals"]
        first = self.shadow.programmes[code].authority.members[role][0]
        data = desk.data("propose", call.target, call.data, NOTHING)
        proposal = Call(desk.address, "propose", (call, NOTHING), bytes.fromhex(data[2:]))
        self._do(first, proposal)
        number = self.shadow.programmes[code].proposals.count
        self._do(self.world.deputy, call_of(desk, "approve", number, call.hash_with(NOTHING)))
        self.clock.now += DELAYS.get(call.function, 0)
        self._do(first, call_of(desk, "execute", number, call.data, NOTHING))

    def _do(self, by: str, call: Call) -> None:
        self.clock.now += 1
        receipt, error = take(self.world, self.shadow, by, call)
        assert receipt is not None, error[0]

"""The whole ledger against its shadow: any sequence of steps, allowed or refused.

Three registries and two agreements, at rates below and above 1, in both directions. After each
step every class that the step could touch is read back from the contracts, serial by serial.

    LEDGER_EXAMPLES, LEDGER_STEPS   how many runs, of how many steps (a longer search)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import DECISION, YEAR, World
from tests.contracts.shadow import Link, Ref, Refusal, Registry, Shadow, UnitClass
from tests.contracts.words import NOTHING, State, Status, UnitType, class_id

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "100"))
STEPS = int(os.environ.get("LEDGER_STEPS", "50"))

Place = tuple[str, int]  # a registry's code and a class

FIRST_CAP = 70
FIRST_QUOTA = 40
FIRST_STOCK = (("state", 9), ("alice", 9), ("bob", 7), ("alice", 5), ("carol", 12), ("alice", 8))
FIRST_LOTS = ((2, "alice", 13, "bob"), (3, "carol", 8, "alice"), (4, "bob", 3, "carol"))
CEA, KAU, JPE = class_id("CEA-2030"), class_id("KAU-2030"), class_id("JPE-2030")
FOREIGN_CEA, FOREIGN_KAU = class_id("CN.CEA-2030"), class_id("KR.KAU-2030")
HOME_CLASS = {"CN": CEA, "KR": KAU, "JP": JPE}
CLASSES = [
    ("CN", CEA),
    ("KR", KAU),
    ("JP", JPE),
    ("CN", FOREIGN_KAU),
    ("KR", FOREIGN_CEA),
    ("JP", FOREIGN_CEA),
]
IMPORTS = {("CN", "KR"): FOREIGN_CEA, ("KR", "CN"): FOREIGN_KAU, ("CN", "JP"): FOREIGN_CEA}
PEOPLE = ("alice", "bob", "carol")
RATES = [(2, 3), (3, 2), (5, 4), (3, 1), (1, 3), (7, 5), (1, 1)]
USES = {"surrender": State.SURRENDERED, "retire": State.RETIRED, "cancel": State.CANCELLED}
ENDS = {State.SURRENDERED, State.RETIRED, State.CANCELLED}

people = st.sampled_from(PEOPLE)
homes = st.sampled_from(list(HOME_CLASS.items()))
# Whose units move: one of the holdings that there are, or now and then any account and class.
givers = st.tuples(
    st.integers(0, 99), st.sampled_from(CLASSES), people, st.sampled_from([False] * 9 + [True])
)
# How many: a part of what is there, or now and then any number.
amounts = st.tuples(st.integers(0, 30), st.sampled_from([False] * 7 + [True]))
picks = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=3
)
# Which mistake to make in a reference; mostly none.
mistakes = st.sampled_from(["", "", "", "", "hint", "overlap", "owner"])
statuses = [Status.OPEN] * 4 + [s for s in Status if Status.OPEN < s < Status.CLOSED]


class LedgerMachine(RuleBasedStateMachine):
    world: World
    reader: Contract
    beginning: Shadow

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.world.chain.snapshot()
        self.shadow = deepcopy(self.beginning)
        self.touched: set[Place] = set()

    def teardown(self) -> None:
        self.touched = set(CLASSES)
        try:
            self.classes_are_as_the_shadow_says()
            self.lots_are_as_the_shadow_says()
            self.quota_meters_are_as_the_shadow_says()
        finally:
            self.world.chain.revert(self.snapshot)

    # ---- steps ----------------------------------------------------------------------------

    @rule(home=homes, quantity=st.integers(0, 12))
    def issue(self, home: Place, quantity: int) -> None:
        code, unit_class = home
        state, issuer = self.world.state, self.world.issuer
        self._step(
            [home],
            lambda s: s.issue(code, unit_class, state, quantity),
            lambda: self._at(code).issue(unit_class, state, quantity, DECISION, by=issuer),
        )

    @rule(
        home=homes, to=people, amount=amounts, choice=picks, named=st.booleans(), mistake=mistakes
    )
    def allocate(
        self, home: Place, to: str, amount: Any, choice: Any, named: bool, mistake: str
    ) -> None:
        code, unit_class = home
        state, receiver = self.world.state, getattr(self.world, to)
        quantity, refs = self._what(home, state, amount, choice if named else [], mistake)

        def model(s: Shadow) -> None:
            if receiver not in s.registries[code].operators:
                raise Refusal("NotOperatorAccount", receiver)
            s.move(code, unit_class, state, receiver, quantity, refs, State.HELD)

        allocator = self.world.allocator
        self._step(
            [home],
            model,
            lambda: self._at(code).allocate(
                unit_class, state, receiver, quantity, refs, by=allocator
            ),
        )

    @rule(giver=givers, taker=people, amount=amounts)
    def transfer(self, giver: Any, taker: str, amount: Any) -> None:
        place, sender = self._who(giver)
        receiver = getattr(self.world, taker)
        quantity, _ = self._what(place, sender, amount, [], "")
        self._step(
            [place],
            lambda s: s.move(*place, sender, receiver, quantity, [], State.HELD),
            lambda: self._at(place[0]).safeTransferFrom(
                sender, receiver, place[1], quantity, b"", by=sender
            ),
        )

    @rule(giver=givers, taker=people, choice=picks, mistake=mistakes)
    def transfer_named(self, giver: Any, taker: str, choice: Any, mistake: str) -> None:
        place, sender = self._who(giver)
        receiver = getattr(self.world, taker)
        _, refs = self._what(place, sender, (0, True), choice, mistake)
        quantity = sum(r[3] for r in refs)
        self._step(
            [place],
            lambda s: s.move(*place, sender, receiver, quantity, refs, State.HELD),
            lambda: self._at(place[0]).transferUnits(sender, receiver, place[1], refs, by=sender),
        )

    @rule(
        giver=givers,
        taker=people,
        parts=st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=4),
    )
    def transfer_batch(self, giver: Any, taker: str, parts: list[tuple[bool, int]]) -> None:
        (code, _), sender = self._who(giver)
        receiver = getattr(self.world, taker)
        known = sorted(self.shadow.registries[code].classes)
        ids = [known[-1] if last else known[0] for last, _ in parts]
        values = [quantity for _, quantity in parts]

        def model(s: Shadow) -> None:
            for unit_class, quantity in zip(ids, values, strict=True):
                s.move(code, unit_class, sender, receiver, quantity, [], State.HELD)

        self._step(
            [(code, unit_class) for unit_class in known],
            model,
            lambda: self._at(code).safeBatchTransferFrom(
                sender, receiver, ids, values, b"", by=sender
            ),
        )

    @rule(
        giver=givers,
        verb=st.sampled_from(list(USES)),
        amount=amounts,
        choice=picks,
        named=st.booleans(),
        mistake=mistakes,
    )
    def use(
        self, giver: Any, verb: str, amount: Any, choice: Any, named: bool, mistake: str
    ) -> None:
        place, account = self._who(giver)
        quantity, refs = self._what(place, account, amount, choice if named else [], mistake)
        last = 2025 if verb == "surrender" else NOTHING
        self._step(
            CLASSES,
            lambda s: s.use(*place, account, quantity, refs, USES[verb]),
            lambda: getattr(self._at(place[0]), verb)(
                account, place[1], quantity, refs, last, by=account
            ),
        )

    @rule(
        giver=givers,
        taker=people,
        amount=amounts,
        choice=picks,
        named=st.booleans(),
        stale=st.sampled_from([0, 0, 0, 0, 1]),
        accepted=st.sampled_from([0, 0, 0, 3]),
        way=st.integers(0, 1),
    )
    def export(
        self,
        giver: Any,
        taker: str,
        amount: Any,
        choice: Any,
        named: bool,
        stale: int,
        accepted: int,
        way: int,
    ) -> None:
        (code, unit_class), sender = self._who(giver)
        links = [i for i, link in self.shadow.links.items() if link.source == code]
        if not links or unit_class not in self.shadow.registries[code].classes:
            return
        link_id = links[way % len(links)]
        link = self.shadow.links[link_id]
        recipient = getattr(self.world, taker)
        quantity, refs = self._what((code, unit_class), sender, amount, choice if named else [], "")
        version = link.version - stale
        request = (sender, link_id, version, unit_class, quantity, accepted, recipient)
        foreign = IMPORTS[link.source, link.destination]
        now = self.world.chain.time
        self._step(
            CLASSES,
            lambda s: s.export(
                link_id,
                version,
                unit_class,
                quantity,
                accepted,
                sender,
                recipient,
                refs,
                foreign,
                now,
            ),
            lambda: self.world.gateway.transfer(request, refs, by=sender),
        )

    @rule(
        giver=givers,
        to=people,
        amount=amounts,
        choice=picks,
        named=st.booleans(),
        accepted=st.sampled_from([0, 0, 0, 2]),
    )
    def return_home(
        self, giver: Any, to: str, amount: Any, choice: Any, named: bool, accepted: int
    ) -> None:
        place, account = self._who(giver, foreign=True)
        recipient = getattr(self.world, to)
        quantity, refs = self._what(place, account, amount, choice if named else [], "")
        self._step(
            CLASSES,
            lambda s: s.return_(*place, account, quantity, refs, recipient, accepted),
            lambda: self.world.gateway.returnUnits(
                self._at(place[0]), place[1], quantity, refs, recipient, accepted, by=account
            ),
        )

    @rule(code=st.sampled_from(list(HOME_CLASS)), name=people, status=st.sampled_from(statuses))
    def set_status(self, code: str, name: str, status: Status) -> None:
        account, registrar = getattr(self.world, name), self.world.registrar

        def model(s: Shadow) -> None:
            before = s.registries[code].statuses[account]
            if before == status:
                raise Refusal("AccountStatusInvalid", account, before, status)
            s.registries[code].statuses[account] = status

        self._step(
            [], model, lambda: self._at(code).setAccountStatus(account, status, by=registrar)
        )
        held = sum(1 for c in self.shadow.registries[code].classes.values() if c.balance(account))
        if held:
            with refused("AccountNotEmpty", account, held):
                self._at(code).setAccountStatus(account, Status.CLOSED, by=registrar)

    @rule(home=homes, cap=st.integers(50, 200), seal=st.sampled_from([False] * 9 + [True]))
    def raise_cap_or_seal(self, home: Place, cap: int, seal: bool) -> None:
        code, unit_class = home
        issuer = self.world.issuer

        def model(s: Shadow) -> None:
            units = s.unit_class(code, unit_class)
            if units.sealed:
                raise Refusal("ClassIsSealed", unit_class)
            if seal:
                units.sealed = True
                return
            if cap <= units.cap:
                raise Refusal("CapNotRaised", unit_class, units.cap, cap)
            units.cap = cap

        def act() -> Receipt:
            if seal:
                return self._at(code).sealClass(unit_class, by=issuer)
            return self._at(code).raiseCap(unit_class, cap, by=issuer)

        self._step([home], model, act)

    @rule(
        link_id=st.sampled_from([2, 3, 4]),
        rate=st.sampled_from(RATES),
        quota=st.integers(10, 60),
        alone=st.booleans(),
    )
    def change_terms(self, link_id: int, rate: tuple[int, int], quota: int, alone: bool) -> None:
        """The destination lowers its quota alone; both agree on another rate. Lots keep theirs."""
        gateway, link = self.world.gateway, self.shadow.links[link_id]
        version = link.version + 1
        terms = self.world.terms(rate, quota=quota, until=self.world.start + 1000 * YEAR)
        proposer, accepter = self._administrator(link.source), self._administrator(link.destination)

        def model(s: Shadow) -> None:
            link = s.links[link_id]
            if alone and quota >= link.quota:
                raise Refusal("QuotaNotLowered", link_id, link.quota, quota)
            link.version, link.quota = version, quota
            if not alone:
                link.rate = Fraction(*rate)

        def act() -> Receipt:
            if alone:
                return gateway.lowerQuota(link_id, quota, by=accepter)
            gateway.proposeTerms(link_id, terms, by=proposer)
            return gateway.acceptTerms(link_id, version, terms, by=accepter)

        self._step([], model, act)

    @rule(days=st.sampled_from([1, 100, 400]))
    def let_time_pass(self, days: int) -> None:
        self.world.chain.advance(days * 86400)

    # ---- what must hold -------------------------------------------------------------------

    @invariant()
    def classes_are_as_the_shadow_says(self) -> None:
        """Invariants 1, 2, 3 and 6, from what the contracts say alone; then serial by serial."""
        world = self.world
        holders = [world.state, *(getattr(world, name) for name in PEOPLE), world.gateway.address]
        for code, identity in sorted(self.touched):
            units = self.shadow.registries[code].classes.get(identity)
            totals, blocks, rows = self.reader.read(self._at(code), identity, holders)
            serials = [(b.owner, State(b.state)) for b in blocks for _ in range(b.count)]
            assert len(serials) == totals.issued, "1: the blocks tile 1..issued"
            for holder, row in zip(holders, rows, strict=False):
                standing = State.ESCROWED if holder == world.gateway.address else State.HELD
                assert row.balance == serials.count((holder, standing)), (
                    "2: a balance is its blocks"
                )
                assert row.balance == sum(r.count for r in row.list) or standing == State.ESCROWED
            in_state = [sum(1 for _, s in serials if s == state) for state in State]
            assert tuple(in_state[State.ESCROWED : State.ENCUMBERED]) == totals[2:6], "3: every unit is in one state"
            assert totals.issued <= totals.cap or not units, "6: the cap holds"
            if units is None:
                assert totals.issued == 0
                continue
            assert serials == units.serials
            assert (totals.cap, totals.sealed_) == (units.cap, units.sealed)
            for holder, row in zip(holders, rows, strict=False):
                assert [tuple(r) for r in row.list] == units.list_of(holder)
        self.touched = set()

    @invariant()
    def no_tonne_counts_twice(self) -> None:
        """Invariants 7 and 9, by the geometry of each lot."""
        for lot in self.shadow.lots:
            link = self.shadow.links[lot.link]
            serials = lot.sources
            foreign = self.shadow.unit_class(link.destination, lot.foreign_class).serials
            home = self.shadow.unit_class(link.source, lot.source_class).serials
            escrowed = len(serials) - len(lot.settled)
            outstanding = lot.foreign_count - len(lot.gone)
            assert outstanding <= escrowed * lot.rate, "7: the escrow covers what is abroad"
            for i, serial in enumerate(serials):
                if i not in lot.settled:
                    assert home[serial - 1] == (self.shadow.gateway, State.ESCROWED)
                for j in lot.twins(i):
                    state_abroad = foreign[lot.foreign_first - 1 + j][1]
                    if state_abroad == State.HELD:
                        assert i not in lot.settled, "9: spendable here or there"
                    elif lot.gone[j] in ENDS:
                        assert home[serial - 1][1] in ENDS | {State.ESCROWED}, (
                            "9: what was used is used"
                        )

    def lots_are_as_the_shadow_says(self) -> None:
        assert self.world.gateway.lotCount() == len(self.shadow.lots)
        for number, lot in enumerate(self.shadow.lots, start=1):
            found, ranges = self.world.gateway.lotOf(number)
            assert _described(found) == {
                "linkId": lot.link,
                "foreignFirst": lot.foreign_first,
                "foreignCount": lot.foreign_count,
                "sourceCount": len(lot.sources),
                "escrowed": len(lot.sources) - len(lot.settled),
                "outstanding": lot.foreign_count - len(lot.gone),
                "sourceClass": lot.source_class,
                "foreignClass": lot.foreign_class,
            }
            assert Fraction(found.rateNumerator, found.rateDenominator) == lot.rate
            assert [tuple(r) for r in ranges] == lot.ranges

    def quota_meters_are_as_the_shadow_says(self) -> None:
        for link_id, link in self.shadow.links.items():
            for period, used in link.used.items():
                assert self.world.gateway.quotaUsed(link_id, period) == used

    # ---- how a step is taken --------------------------------------------------------------

    def _step(
        self,
        touched: list[Place],
        model: Callable[[Shadow], object],
        act: Callable[[], Receipt],
    ) -> None:
        """Take a step in both worlds: both allow it, or both refuse it for the same reason."""
        self.touched = {t for t in touched if t[1] in self.shadow.registries[t[0]].classes}
        before = deepcopy(self.shadow)
        try:
            model(self.shadow)
        except Refusal as refusal:
            self.shadow = before
            with refused(refusal.name, *refusal.values):
                act()
        else:
            act()
            self.touched = set(touched)
            self._quota_holds(before)

    def _quota_holds(self, before: Shadow) -> None:
        """Invariant 8: whatever an import adds to a meter stays within the quota."""
        for link_id, link in self.shadow.links.items():
            for period, used in link.used.items():
                if used != before.links[link_id].used.get(period, 0):
                    assert used <= link.quota
                    assert self.world.gateway.quotaUsed(link_id, period) == used

    def _at(self, code: str) -> Contract:
        return {"CN": self.world.cn, "KR": self.world.kr, "JP": self.world.jp}[code]

    def _administrator(self, code: str) -> str:
        return str(getattr(self.world, f"link_{code.lower()}"))

    def _who(self, giver: Any, *, foreign: bool = False) -> tuple[Place, str]:
        """A place and an account that holds units there, unless any will do."""
        pick, place, name, wild = giver
        places = CLASSES[3:] if foreign else CLASSES
        holdings = [
            ((code, unit_class), getattr(self.world, person))
            for code, unit_class in places
            for person in PEOPLE
            if unit_class in self.shadow.registries[code].classes
            and self.shadow.unit_class(code, unit_class).balance(getattr(self.world, person))
        ]
        if wild or not holdings:
            return (places[-1] if foreign else place), getattr(self.world, name)
        return holdings[pick % len(holdings)]

    def _what(
        self, place: Place, holder: str, amount: tuple[int, bool], choice: Any, mistake: str
    ) -> tuple[int, list[Ref]]:
        """A quantity, and references that sum up to it if there is a choice of some.

        The references are correct in the order given, unless a mistake is asked for.
        """
        number, wild = amount
        units = self.shadow.registries[place[0]].classes.get(place[1])
        if units is None:
            return number, []
        balance = units.balance(holder)
        trial = deepcopy(units)
        owner = holder
        if mistake == "owner":
            owner = next((h for h in trial.lists if h != holder and trial.lists[h]), holder)
        refs: list[Ref] = []
        for which, offset, count in choice:
            blocks = trial.list_of(owner)
            if not blocks:
                break
            at = which % len(blocks)
            first, size = blocks[at]
            start = offset % size
            previous = blocks[at - 1][0] if at else 0
            refs.append((first, previous, first + start, min(count, size - start)))
            trial.take_named(owner, refs[-1])
        if refs and mistake == "hint":
            block, previous, *rest = refs[-1]
            refs[-1] = (block, previous + 1, rest[0], rest[1])
        if refs and mistake == "overlap":
            refs.append(refs[-1])
        if refs:
            return sum(r[3] for r in refs), refs
        return (number if wild or not balance else number % balance + 1), []


def _described(found: Any) -> dict[str, int]:
    names = (
        "linkId foreignFirst foreignCount sourceCount escrowed outstanding sourceClass foreignClass"
    )
    return {name: getattr(found, name) for name in names.split()}


def _shadow_of(world: World) -> Shadow:
    shadow = Shadow(world.gateway.address)
    for code, identity in HOME_CLASS.items():
        statuses = {getattr(world, name): Status.OPEN for name in ("state", *PEOPLE)}
        classes = {identity: UnitClass(identity, UnitType.ALLOWANCE, FIRST_CAP)}
        shadow.registries[code] = Registry(code, classes, statuses, {world.alice, world.bob})
    ways = {2: ("CN", "KR", (2, 3)), 3: ("KR", "CN", (5, 4)), 4: ("CN", "JP", (3, 1))}
    for link_id, (source, destination, rate) in ways.items():
        shadow.links[link_id] = Link(
            source, destination, Fraction(*rate), FIRST_QUOTA, world.start - 1000, YEAR
        )
    return shadow


def _prepare(world: World) -> Shadow:
    """Small classes with a little in every account, and two agreements, one of them both ways."""

    def terms(rate: tuple[int, int]) -> tuple[int, ...]:
        return world.terms(rate, quota=FIRST_QUOTA, until=world.start + 1000 * YEAR)

    for registry, symbol in (
        (world.cn, "CEA-2030"),
        (world.kr, "KAU-2030"),
        (world.jp, "JPE-2030"),
    ):
        world.define(registry, symbol, cap=FIRST_CAP)
    world.agree(world.CN, world.KR, terms((2, 3)), terms((5, 4)))
    world.agree(world.CN, world.JP, terms((3, 1)))
    shadow = _shadow_of(world)
    for programme in world.programmes:
        unit_class = HOME_CLASS[programme.code]
        for name, quantity in FIRST_STOCK:
            account = getattr(world, name)
            first = world.give(programme.registry, account, unit_class, quantity)
            shadow.issue(programme.code, unit_class, world.state, quantity)
            move = [(first, 0, first, quantity)] if name != "state" else []
            shadow.move(
                programme.code, unit_class, world.state, account, quantity, move, State.HELD
            )
    for link_id, sender, quantity, recipient in FIRST_LOTS:
        link = shadow.links[link_id]
        unit_class, foreign = HOME_CLASS[link.source], IMPORTS[link.source, link.destination]
        giver, taker = getattr(world, sender), getattr(world, recipient)
        shadow.export(
            link_id, 1, unit_class, quantity, 0, giver, taker, [], foreign, world.chain.time
        )
        world.cross(link_id, giver, unit_class, quantity, taker)
    return shadow


def test_ledger_follows_its_shadow(world: World) -> None:
    """Invariants 1, 2, 3, 5, 6, 7, 8 and 9, over random histories."""
    beginning = _prepare(world)
    reader = world.chain.deploy("LedgerReader")
    machine = type(
        "Machine", (LedgerMachine,), {"world": world, "reader": reader, "beginning": beginning}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=HealthCheck.all(),
        ),
    )

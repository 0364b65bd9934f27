"""Acts on one operator's units and figures that can be done in another order, and the figures.

What two people decide is called by the proposal desk itself here: a third of the transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.bench.evm import Contract, Receipt, Refused, text32
from tests.contracts.actors import CCER, CEA, FOREIGN_CEA, World
from tests.contracts.blocks import moved
from tests.contracts.desks import CREDITS, Base, Control, limit, rules
from tests.contracts.words import Allocated, ref

LINK = 2  # from CN to KR
BOUGHT, REQUIRED, LIMIT = 20, 30, 10_000
CONTROLS = Control.SALE_SHARE | Control.HOLDING_LIMIT | Control.LIMIT_FOLLOWS_ALLOCATION
GIVEN = (Allocated.INITIAL, Allocated.ADJUSTMENT)


@dataclass(frozen=True)
class Act:
    """One act. `undoes` is the number of the act that it takes back, in part or whole."""

    name: str
    number: int
    quantity: int
    kind: int = 0
    undoes: int = -1


class Sums:
    """What acts come to, each figure a sum: no act asks which came before it."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self.entitled, self.allocated = [0, 0], [0, 0]
        self.bought, self.surrendered, self.counted, self.sold = BOUGHT, 0, 0, 0
        numbered = {act.number: act for act in acts}
        for act in acts:
            undone = numbered.get(act.undoes, act)
            getattr(self, f"_{act.name}", lambda *_: None)(undone, act.quantity)

    def _grant(self, act: Act, quantity: int) -> None:
        self.entitled[act.kind] += quantity
        self.allocated[act.kind] += quantity

    def _give_back(self, act: Act, quantity: int) -> None:
        self._grant(act, -quantity)

    def _deliver(self, _: Act, quantity: int) -> None:
        self.bought += quantity

    def _reverse(self, undone: Act, quantity: int) -> None:
        if undone.name == "deliver":
            self.bought -= quantity
        else:
            self.allocated[undone.kind] -= quantity

    def _surrender(self, act: Act, quantity: int) -> None:
        self.surrendered += quantity
        self.counted += quantity * act.kind  # credits

    def _put_back(self, undone: Act, quantity: int) -> None:
        self._surrender(undone, -quantity)

    def _sell(self, _: Act, quantity: int) -> None:
        self.sold += quantity

    _export = _sell  # R-MS-05: over a link too

    def figures(self) -> dict[str, Any]:
        """Those of `Ground.figures` that follow."""
        initial, issued = self.allocated[0], sum(self.allocated)
        lock = Control.FREE_LOCKED if self.bought < REQUIRED else 0
        return {
            "year": (initial, issued, self.surrendered),
            "limits": [(self.counted, issued // 10), (self.counted, initial // 20)],
            "sales": (issued, self.sold, issued // 2),
            "holding limit": LIMIT + issued,
            "paid share": (REQUIRED, self.bought),
            "controls": CONTROLS | lock,
            "entitlements": list(zip(self.entitled, self.allocated, strict=True)),
        }


class Ground:
    """Alice's year, with limits on credits that are shares of what she was allocated.

    She has bought a little less than she has to, is bound to a sale share and to a holding limit
    that follows her allocation, and has credits and a link.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: dict[int, Any] = {}  # what an act left to be undone
        p = world.CN
        limits = [limit(Base.ISSUED, 1_000, types=CREDITS), limit(Base.INITIAL, 500, types=CREDITS)]
        p.compliance.defineYear(2025, rules(world), limits, by=world.officer)
        world.agree(world.CN, world.KR, world.terms((1, 1), net=True))
        world.cn.setSaleShare(5_000, by=world.root)
        world.cn.setHoldingLimitClasses([(world.cn, CEA)], by=world.root)
        world.cn.setAccountControls(world.alice, CONTROLS, LIMIT, by=world.registrar)
        world.define(world.cn, "CCER-2025", unit_type=2)
        world.credits(world.cn, world.alice, CCER, 1_000)
        world.issue(world.cn, CEA, 2_000)
        p.issuance.requirePaidShare(0, world.alice, REQUIRED, by=world.allocator)
        world.deliver(world.cn, world.alice, CEA, BOUGHT)

    # ---- acts -----------------------------------------------------------------------------

    def take(self, act: Act) -> bool:
        """Do it, whole. Refused, or done in part only, it leaves nothing behind."""
        if act.undoes >= 0 and act.undoes not in self.done:
            return False
        before = self.world.chain.snapshot()
        try:
            whole: bool = getattr(self, act.name)(act)
        except Refused:
            whole = False
        if not whole:
            self.world.chain.revert(before)
        return whole

    def decided(self, target: Contract, name: str, *args: Any) -> Receipt:
        sender = self.world.CN.proposals.address
        return self.world.chain.send(target.address, target.data(name, *args), sender)

    def issue(self, act: Act) -> bool:
        decision = text32(f"decision of act {act.number}")
        pool = self.world.pool(self.world.cn)
        self.decided(self.world.CN.issuance, "issue", CEA, pool, act.quantity, decision)
        return True

    def grant(self, act: Act) -> bool:
        """Entitle to so much more, and allocate it."""
        world = self.world
        self._entitle(act.kind, act.quantity)
        grant = (world.alice, 2025, act.kind, act.quantity)
        pool = world.pool(world.cn)
        receipt = world.CN.issuance.allocate(CEA, pool, grant, [], by=world.allocator)
        self.done[act.number] = receipt.event("AllocationRecorded").allocationId
        return True

    def give_back(self, act: Act) -> bool:
        """Cut the entitlement, and return what is too much then."""
        world = self.world
        self._entitle(act.kind, -act.quantity)
        back = (world.alice, world.pool(world.cn), CEA, 2025, act.kind, act.quantity, [])
        world.CN.issuance.returnExcess(*back, by=world.alice)
        return True

    def deliver(self, act: Act) -> bool:
        world = self.world
        sale = text32(f"sale of act {act.number}")
        move = (0, CEA, world.pool(world.cn), world.alice, act.quantity, sale, [])
        receipt = self.decided(world.CN.issuance, "deliver", *move)
        self.done[act.number] = receipt.event("AllocationRecorded").allocationId
        return True

    def reverse(self, act: Act) -> bool:
        """Of an allocation or a delivery."""
        desk, number = self.world.CN.issuance, self.done[act.undoes]
        pool = self.world.pool(self.world.cn)
        receipt = self.decided(desk, "reverseAllocation", number, pool, act.quantity, [])
        return bool(receipt.event("AllocationReversed").quantity == act.quantity)

    def surrender(self, act: Act) -> bool:
        """Of allowances, or of credits, which the limits are about."""
        world, unit_class = self.world, (CEA, CCER)[act.kind]
        desk = world.CN.compliance
        receipt = desk.surrender(world.alice, 2025, unit_class, act.quantity, [], by=world.alice)
        self.done[act.number] = (unit_class, moved(receipt))
        return True

    def put_back(self, act: Act) -> bool:
        """The first of what an act surrendered."""
        unit_class, ranges = self.done[act.undoes]
        refs, missing = [], act.quantity
        for first, count in ranges:
            part = min(count, missing)
            missing -= part
            refs += [ref(first, first, part)] if part else []
        desk = self.world.CN.compliance
        self.decided(desk, "reverseSurrender", self.world.alice, 2025, unit_class, refs)
        return not missing

    def sell(self, act: Act) -> bool:
        world = self.world
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, act.quantity, b"", by=world.alice)
        return True

    def export(self, act: Act) -> bool:
        world = self.world
        world.cross(LINK, world.alice, CEA, act.quantity, world.alice)
        self.done[act.number] = None
        return True

    def bring_home(self, act: Act) -> bool:
        world = self.world
        home = (world.kr, FOREIGN_CEA, act.quantity, [], world.alice, act.quantity)
        world.gateway.returnUnits(*home, by=world.alice)
        return True

    def _entitle(self, kind: int, more: int) -> None:
        desk = self.world.CN.issuance
        was = desk.entitlementOf(self.world.alice, 2025, CEA, kind).entitled
        if was + more < 0:
            raise Refused("nobody is entitled to less than nothing", ())
        change = (self.world.alice, 2025, kind, CEA, was, was + more)
        self.decided(desk, "entitle", 0, [change])

    # ---- figures --------------------------------------------------------------------------

    def figures(self) -> dict[str, Any]:
        """Everything that the same acts must come to in any order."""
        world, alice = self.world, self.world.alice
        p, desk = world.CN, world.CN.compliance
        year = desk.obligationOf(alice, 2025)
        ask: dict[str, Callable[[], Any]] = {
            "totals": lambda: [world.cn.totalsOf(c) for c in (CEA, CCER)],
            "abroad": lambda: world.kr.totalsOf(FOREIGN_CEA),
            "year": lambda: (year.initial, year.issued, year.surrendered),
            "limits": lambda: [desk.limitUse(alice, 2025, n, CCER) for n in (0, 1)],
            "sales": lambda: world.cn.freeSalesOf(alice),
            "holding limit": lambda: world.cn.holdingLimitOf(alice),
            "paid share": lambda: p.issuance.paidShareOf(alice),
            "controls": lambda: world.cn.accountOf(alice).controls,
            "entitlements": lambda: [
                p.issuance.entitlementOf(alice, 2025, CEA, kind) for kind in GIVEN
            ],
            "balances": lambda: [
                registry.balanceOf(account, unit_class)
                for registry, account, unit_class in (
                    (world.cn, alice, CEA),
                    (world.cn, alice, CCER),
                    (world.cn, world.bob, CEA),
                    (world.cn, world.pool(world.cn), CEA),
                    (world.cn, world.gateway.address, CEA),
                    (world.kr, alice, FOREIGN_CEA),
                )
            ],
            "classes held": lambda: world.cn.accountOf(alice).classesHeld,
            "quota": lambda: world.gateway.meterOf(LINK)[0].used,
        }
        return {name: question() for name, question in ask.items()}

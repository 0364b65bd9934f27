"""Gas of every verb that moves units, by the blocks it moves and by the accounts there are.

Each figure is one call on a ledger put back before the next. What a ledger does not take in one
call has no figure: a lot has at most 64 source blocks, a batch of allocations 128 grants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scripts.bench.editions import Editions
from scripts.bench.evm import Chain, Contract, Receipt, Refused, text32
from scripts.bench.programme import (
    EVIDENCE,
    INITIAL,
    OPERATOR,
    TRADING_INSTITUTION,
    YEAR,
    Programme,
    agree,
    terms_of,
)

UNITS = 1000  # in a block
LINK = 2  # of the first agreement
_CLAIM = text32("claim")
_CLOSURE_PENDING = 5
_OPENED_AT_ONCE = 200
_FOREIGN = int.from_bytes(text32("CN.CEA-2025"), "big")
_TOO_MANY = ("TooManyBlocks", "TooManySourceBlocks", "TooManyLegs", "ListLength")

Verb = Callable[["Scene"], Receipt]
Ref = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A seller with `n` blocks of a thousand tonnes, a buyer, and a link between two programmes."""

    chain: Chain
    cn: Programme
    kr: Programme
    gateway: Contract
    unit_class: int
    seller: str
    buyer: str
    broker: str
    n: int

    @property
    def quantity(self) -> int:
        return self.n * UNITS

    def refs(self, account: str) -> list[Ref]:
        """The account's blocks from the head of its list, each named when it is the head."""
        blocks = self.cn.registry.blocksOf(self.unit_class, account, 0, self.n)
        return [(block.first, 0, block.first, block.count) for block in blocks]

    def crowd(self) -> list[str]:
        """As many operators as there are blocks."""
        people = [_address(number) for number in range(self.n)]
        for calls in _openings(self.cn, people):
            self.cn.authority.multicall(calls, by=self.cn.root)
        return people


def by_blocks(chain: Chain, sizes: list[int]) -> dict[str, list[int | None]]:
    """Gas of each verb for each number of blocks; None where one call cannot move as many."""
    table: dict[str, list[int | None]] = {name: [] for name in _VERBS}
    for n in sizes:
        with chain.restored():
            scene = _scene(chain, n)
            for name, verb in _VERBS.items():
                table[name].append(_gas(chain, scene, verb))
    return table


def by_accounts(chain: Chain, crowds: list[int]) -> dict[str, list[int | None]]:
    """Gas of each verb on one block, in a registry with that many accounts."""
    table: dict[str, list[int | None]] = {name: [] for name in _VERBS}
    for crowd in crowds:
        with chain.restored():
            scene = _scene(chain, 1)
            others = [_address(number) for number in range(1, crowd - 3)]
            for calls in _openings(scene.cn, others):
                scene.cn.authority.multicall(calls, by=scene.cn.root)
            for name, verb in _VERBS.items():
                table[name].append(_gas(chain, scene, verb))
    return table


def _gas(chain: Chain, scene: Scene, verb: Verb) -> int | None:
    with chain.restored():
        try:
            return verb(scene).gas_used
        except Refused as refusal:
            if refusal.name not in _TOO_MANY:
                raise
            return None


def _scene(chain: Chain, n: int) -> Scene:
    seller, buyer, broker = chain.accounts[1:4]
    editions = Editions(chain)
    gateway = editions.gateway()
    cn, kr = (Programme(code, gateway, editions) for code in ("CN", "KR"))
    for programme in (cn, kr):
        programme.join(cn)
        programme.open(seller)
        programme.open(buyer)
        programme.open(broker, TRADING_INSTITUTION)
    unit_class = cn.define("CEA-2025")
    for account in (seller, buyer):
        for _ in range(n if account == seller else 1):
            cn.give(account, unit_class, UNITS)
    agree(cn, kr, terms_of(chain.time, (2, 3), freezes=True))
    return Scene(chain, cn, kr, gateway, unit_class, seller, buyer, broker, n)


def _address(number: int) -> str:
    return "0x" + f"{number + 1:040x}".replace("0", "a", 1)


def _openings(programme: Programme, accounts: Sequence[str]) -> Iterator[list[bytes]]:
    """Calls that open accounts, some hundred a transaction."""
    registry, authority = programme.registry, programme.authority
    calls = []
    for address in accounts:
        opening = bytes.fromhex(registry.data("openAccount", address, OPERATOR, EVIDENCE, 0)[2:])
        calls.append(bytes.fromhex(authority.data("execute", registry, opening)[2:]))
        if len(calls) == _OPENED_AT_ONCE:
            yield calls
            calls = []
    if calls:
        yield calls


# ---- the verbs ----------------------------------------------------------------------------


def _send(contract: Contract, verb: str, *arguments: object, by: str) -> Receipt:
    receipt: Receipt = getattr(contract, verb)(*arguments, by=by)
    return receipt


def _transfer(s: Scene) -> Receipt:
    move = (s.seller, s.buyer, s.unit_class, s.quantity, b"")
    return _send(s.cn.registry, "safeTransferFrom", *move, by=s.seller)


def _transfer_named(s: Scene) -> Receipt:
    refs = s.refs(s.seller)
    return _send(s.cn.registry, "transferUnits", s.seller, s.buyer, s.unit_class, refs, by=s.seller)


def _retire(s: Scene) -> Receipt:
    use = (s.seller, s.unit_class, s.quantity, (), _CLAIM, EVIDENCE)
    return _send(s.cn.registry, "retire", *use, by=s.seller)


def _cancel(s: Scene) -> Receipt:
    use = (s.seller, s.unit_class, s.quantity, (), _CLAIM, EVIDENCE)
    return _send(s.cn.registry, "cancel", *use, by=s.seller)


def _surrender(s: Scene) -> Receipt:
    use = (s.seller, YEAR, s.unit_class, s.quantity, ())
    return _send(s.cn.compliance, "surrender", *use, by=s.seller)


def _reverse_surrender(s: Scene) -> Receipt:
    undone = (s.seller, YEAR, s.unit_class, s.refs(s.seller))
    _surrender(s)
    return _send(s.cn.compliance, "reverseSurrender", *undone, by=s.cn.desk)


def _entitle(s: Scene) -> Receipt:
    return s.cn.entitle(s.crowd(), s.unit_class, UNITS)


def _fill_pool(s: Scene) -> None:
    for _ in range(s.n):
        s.cn.issue(s.unit_class, UNITS)


def _allocate(s: Scene) -> Receipt:
    _fill_pool(s)
    s.cn.entitle([s.buyer], s.unit_class, s.quantity)
    grant = (s.buyer, YEAR, INITIAL, s.quantity)
    order = (s.unit_class, s.cn.pool, grant, ())
    return _send(s.cn.issuance, "allocate", *order, by=s.cn.root)


def _allocate_all(s: Scene) -> Receipt:
    """A grant of a block each to as many operators."""
    _fill_pool(s)
    people = s.crowd()
    s.cn.entitle(people, s.unit_class, UNITS)
    grants = [(account, YEAR, INITIAL, UNITS) for account in people]
    return _send(s.cn.issuance, "allocateAll", s.unit_class, s.cn.pool, grants, by=s.cn.root)


def _reverse_allocation(s: Scene) -> Receipt:
    number = _allocate(s).event("AllocationRecorded").allocationId
    order = (number, s.cn.pool, s.quantity, ())
    return _send(s.cn.issuance, "reverseAllocation", *order, by=s.cn.desk)


def _deliver(s: Scene) -> Receipt:
    _fill_pool(s)
    sale = (s.unit_class, s.cn.pool, s.buyer, s.quantity, s.cn.decision(), ())
    return _send(s.cn.issuance, "deliver", 0, *sale, by=s.cn.desk)


def _close(s: Scene) -> Receipt:
    """The units of an account about to close go to the pool."""
    s.cn.registry.setAccountStatus(s.seller, _CLOSURE_PENDING, by=s.cn.desk)
    s.cn.issuance.closeOut(s.seller, s.cn.pool, by=s.cn.desk)
    return _send(s.cn.issuance, "moveOnClosure", s.seller, s.unit_class, by=s.broker)


def _freeze(s: Scene) -> Receipt:
    order = (s.seller, s.unit_class, s.quantity, (), EVIDENCE)
    return _send(s.cn.liens, "freeze", *order, by=s.cn.root)


def _unfreeze(s: Scene) -> Receipt:
    lien = _freeze(s).event("LienPlaced").lienId
    return _send(s.cn.liens, "unfreeze", lien, by=s.cn.desk)


def _settle(s: Scene) -> Receipt:
    """One leg a block."""
    s.cn.holders.authoriseSettler(s.seller, s.broker, True, by=s.seller)
    legs = [
        (s.seller, s.buyer, s.unit_class, UNITS, text32(f"trade {number}"), False)
        for number in range(s.n)
    ]
    return _send(s.cn.holders, "settle", s.broker, legs, by=s.broker)


def _export_first(s: Scene) -> Receipt:
    """The first transfer of a class defines its name abroad."""
    request = (s.seller, LINK, 1, s.unit_class, s.quantity // 3 * 3, 0, s.buyer)
    return _send(s.gateway, "transfer", request, (), by=s.seller)


def _export(s: Scene) -> Receipt:
    request = (s.buyer, LINK, 1, s.unit_class, UNITS // 3 * 3, 0, s.broker)
    _send(s.gateway, "transfer", request, (), by=s.buyer)
    return _export_first(s)


def _return(s: Scene) -> Receipt:
    lot = _export(s).event("LotOpened").lot
    home = (s.buyer, s.kr.registry, _FOREIGN, lot.foreignCount, (), s.seller, 0)
    return _send(s.gateway, "returnUnits", *home, by=s.buyer)


def _surrender_foreign(s: Scene) -> Receipt:
    lot = _export(s).event("LotOpened").lot
    use = (s.buyer, YEAR, _FOREIGN, lot.foreignCount, ())
    return _send(s.kr.compliance, "surrender", *use, by=s.buyer)


def _freeze_abroad(s: Scene) -> Receipt:
    """All units of a lot, which its source has its partner freeze."""
    opened = _export(s).event("LotOpened")
    first, count = opened.lot.foreignFirst, opened.lot.foreignCount
    order = (opened.lotId, s.buyer, [(first, 0, first, count)], EVIDENCE)
    return _send(s.gateway, "freezeAbroad", *order, by=s.cn.root)


def _freeze_returning(s: Scene) -> Receipt:
    """The blocks of a lot in escrow are marked, and will come back frozen."""
    ranges = _export(s).event("LotOpened").sourceRanges
    refs = [(block.first, 0, block.first, block.count) for block in ranges]
    order = (s.unit_class, refs, EVIDENCE)
    return _send(s.cn.liens, "freezeReturning", *order, by=s.cn.root)


_VERBS: dict[str, Verb] = {
    "transfer, by quantity": _transfer,
    "transfer, named": _transfer_named,
    "settlement, a leg a block": _settle,
    "retire": _retire,
    "cancel": _cancel,
    "surrender": _surrender,
    "reversal of a surrender": _reverse_surrender,
    "entitlement, a list": _entitle,
    "allocation": _allocate,
    "allocation to many, a block each": _allocate_all,
    "reversal of an allocation": _reverse_allocation,
    "auction delivery": _deliver,
    "closure": _close,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "export and import, first of a class": _export_first,
    "export and import over a link": _export,
    "return over a link": _return,
    "surrender of foreign units": _surrender_foreign,
    "freeze of units abroad": _freeze_abroad,
    "freeze of what comes home": _freeze_returning,
}

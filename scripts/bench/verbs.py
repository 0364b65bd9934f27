"""Gas of every verb that moves units, by the blocks it moves and by the accounts there are.

Each figure is one call on a ledger put back before the next. What a ledger does not take in one
call has no figure: a desk or a gateway that must know the serials moves at most 32 blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.bench.evm import Chain, Contract, Receipt, Refused, text32
from scripts.bench.programme import (
    EVIDENCE,
    OPERATOR,
    STATE_AUTHORITY,
    TRADING_INSTITUTION,
    YEAR,
    Programme,
)

UNITS = 1000  # in a block
_CLAIM = text32("claim")
_OPENED_AT_ONCE = 200
_FOREIGN = int.from_bytes(text32("CN.CEA-2025"), "big")

Verb = Callable[["Scene"], Receipt]


@dataclass(frozen=True)
class Scene:
    """A seller with `n` blocks of a thousand tonnes, a buyer, and a link between two programmes."""

    chain: Chain
    cn: Programme
    kr: Programme
    gateway: Contract
    unit_class: int
    state: str
    seller: str
    buyer: str
    broker: str
    n: int

    @property
    def quantity(self) -> int:
        return self.n * UNITS

    def refs(self, account: str) -> list[tuple[int, int, int, int]]:
        """The account's blocks from the head of its list, each named when it is the head."""
        blocks = self.cn.registry.blocksOf(self.unit_class, account, 0, self.n)
        return [(block.first, 0, block.first, block.count) for block in blocks]

    def hand(self, account: str) -> None:
        """Give the seller's blocks to somebody else, one by one."""
        for _ in range(self.n):
            move = (self.seller, account, self.unit_class, UNITS, b"")
            self.cn.registry.safeTransferFrom(*move, by=self.seller)


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
            for call in _openings(scene.cn, crowd - 4):
                scene.cn.authority.multicall(call, by=scene.cn.root)
            for name, verb in _VERBS.items():
                table[name].append(_gas(chain, scene, verb))
    return table


def _gas(chain: Chain, scene: Scene, verb: Verb) -> int | None:
    with chain.restored():
        try:
            return verb(scene).gas_used
        except Refused as refusal:
            if refusal.name not in ("TooManyBlocks", "TooManySourceBlocks"):
                raise
            return None


def _scene(chain: Chain, n: int) -> Scene:
    root, state, seller, buyer, broker = chain.accounts[:5]
    gateway = chain.deploy("LinkGateway")
    cn, kr = (Programme(chain, code, gateway, root) for code in ("CN", "KR"))
    kinds = {state: STATE_AUTHORITY, broker: TRADING_INSTITUTION, seller: OPERATOR, buyer: OPERATOR}
    for programme in (cn, kr):
        for account, kind in kinds.items():
            programme.open(account, kind)
    unit_class = cn.define("CEA-2025")
    for account in (seller, buyer):
        for _ in range(n if account == seller else 1):
            cn.issuance.issue(unit_class, state, UNITS, EVIDENCE, by=root)
            cn.registry.safeTransferFrom(state, account, unit_class, UNITS, b"", by=state)
    _link(chain, gateway, cn, kr)
    return Scene(chain, cn, kr, gateway, unit_class, state, seller, buyer, broker, n)


def _link(chain: Chain, gateway: Contract, cn: Programme, kr: Programme) -> None:
    now = chain.time
    limit = (10**9, 0, 0, False, 0)  # quota, share and class of a cap, net, notice
    terms: tuple[object, ...] = (2, 3, *limit, now, now + 10**8, now, 10**8, 2, 2000, 2100, [], [])
    absent: tuple[object, ...] = (0, 0, 0, 0, 0, False, *(0,) * 8, [], [])
    gateway.proposeAgreement(cn.registry, kr.registry, terms, absent, by=cn.root)
    gateway.acceptAgreement(1, terms, absent, by=cn.root)


def _openings(programme: Programme, count: int) -> Iterator[list[bytes]]:
    """Calls that open `count` accounts, some hundred a transaction."""
    registry, authority = programme.registry, programme.authority
    calls = []
    for number in range(count):
        address = "0x" + f"{number + 1:040x}".replace("0", "a", 1)
        opening = bytes.fromhex(registry.data("openAccount", address, OPERATOR, EVIDENCE)[2:])
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
    return _send(
        s.cn.registry,
        "safeTransferFrom",
        s.seller,
        s.buyer,
        s.unit_class,
        s.quantity,
        b"",
        by=s.seller,
    )


def _transfer_named(s: Scene) -> Receipt:
    refs = s.refs(s.seller)
    return _send(s.cn.registry, "transferUnits", s.seller, s.buyer, s.unit_class, refs, by=s.seller)


def _retire(s: Scene) -> Receipt:
    return _send(
        s.cn.registry, "retire", s.seller, s.unit_class, s.quantity, [], _CLAIM, by=s.seller
    )


def _cancel(s: Scene) -> Receipt:
    return _send(
        s.cn.registry, "cancel", s.seller, s.unit_class, s.quantity, [], _CLAIM, by=s.seller
    )


def _surrender(s: Scene) -> Receipt:
    return _send(
        s.cn.compliance, "surrender", s.seller, YEAR, s.unit_class, s.quantity, [], by=s.seller
    )


def _reverse_surrender(s: Scene) -> Receipt:
    refs = s.refs(s.seller)
    _surrender(s)
    return _send(
        s.cn.compliance, "reverseSurrender", s.seller, YEAR, s.unit_class, refs, by=s.cn.root
    )


def _allocate(s: Scene) -> Receipt:
    s.hand(s.state)
    return _send(
        s.cn.issuance,
        "allocate",
        s.unit_class,
        s.state,
        s.buyer,
        s.quantity,
        YEAR,
        [],
        by=s.cn.root,
    )


def _reverse_allocation(s: Scene) -> Receipt:
    number = _allocate(s).event("AllocationRecorded").allocationId
    return _send(s.cn.issuance, "reverseAllocation", number, s.state, s.quantity, [], by=s.cn.root)


def _deliver(s: Scene) -> Receipt:
    s.hand(s.state)
    return _send(
        s.cn.issuance, "deliver", s.unit_class, s.state, s.buyer, s.quantity, [], by=s.cn.root
    )


def _freeze(s: Scene) -> Receipt:
    return _send(
        s.cn.liens, "freeze", s.seller, s.unit_class, s.quantity, [], EVIDENCE, by=s.cn.root
    )


def _unfreeze(s: Scene) -> Receipt:
    lien = _freeze(s).event("LienPlaced").lienId
    return _send(s.cn.liens, "unfreeze", lien, by=s.cn.root)


def _settle(s: Scene) -> Receipt:
    """One leg a block."""
    s.cn.holders.authoriseSettler(s.seller, s.broker, True, by=s.seller)
    legs = [(s.seller, s.buyer, s.unit_class, UNITS, _CLAIM)] * s.n
    return _send(s.cn.holders, "settle", legs, by=s.broker)


def _export(s: Scene) -> Receipt:
    request = (s.seller, 2, 1, s.unit_class, s.quantity // 3 * 3, 0, s.buyer)
    return _send(s.gateway, "transfer", request, [], by=s.seller)


def _return(s: Scene) -> Receipt:
    lot = _export(s).event("LotOpened").lot
    return _send(
        s.gateway,
        "returnUnits",
        s.buyer,
        s.kr.registry,
        _FOREIGN,
        lot.foreignCount,
        [],
        s.seller,
        0,
        by=s.buyer,
    )


def _surrender_foreign(s: Scene) -> Receipt:
    lot = _export(s).event("LotOpened").lot
    return _send(
        s.kr.compliance, "surrender", s.buyer, YEAR, _FOREIGN, lot.foreignCount, [], by=s.buyer
    )


_VERBS: dict[str, Verb] = {
    "transfer, by quantity": _transfer,
    "transfer, named": _transfer_named,
    "settlement, a leg a block": _settle,
    "retire": _retire,
    "cancel": _cancel,
    "surrender": _surrender,
    "reversal of a surrender": _reverse_surrender,
    "allocation": _allocate,
    "reversal of an allocation": _reverse_allocation,
    "auction delivery": _deliver,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "export and import over a link": _export,
    "return over a link": _return,
    "surrender of foreign units": _surrender_foreign,
}

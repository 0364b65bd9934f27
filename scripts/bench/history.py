"""A chain with a realistic history of as many events as are wanted.

Two linked programmes, hundreds of operators, two exchanges. A year's allowances are issued and
allocated; operators trade, one transaction at a time or settled by an exchange in batches; units go
abroad over the link and come home; emissions are attested and units surrendered, retired,
cancelled. Blocks of serials are cut with every trade, so that a transfer soon moves several. A
ledger block has twenty transactions.

Everything follows from the seed. Who holds how much is kept here, so that nearly every transaction
is one that the ledger takes; those that it refuses are counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from registry_node.chain.decoding import TOPICS
from scripts.bench.editions import DESKS, Editions
from scripts.bench.evm import Chain, Contract, text32
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

OPERATORS = 400
TRANSACTIONS_A_BLOCK = 20
SECONDS_A_BLOCK = 15

_LEGS = 20
_GAS = 4_000_000
_OPENED_AT_ONCE = 100
_POOL = 9_000_000_000
_ENTITLED = 500_000_000  # each operator, of each class: more than it is allocated
_ENTITLED_AT_ONCE = 200
_KNOWN = {"0x" + topic.hex() for topic in TOPICS}

Holding = tuple[str, str]
"""An account and a class."""


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction to be sent, and what it takes and gives when the ledger takes it."""

    by: str
    to: str
    data: str
    takes: tuple[tuple[Holding, int], ...] = ()
    gives: tuple[tuple[Holding, int], ...] = ()


@dataclass
class History:
    """The two programmes, and what their people do."""

    chain: Chain
    seed: int = 1
    events: int = 0
    refused: int = 0
    transactions: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - no secret
        self._nonces: dict[str, int] = {}
        self._held: Counter[Holding] = Counter()
        self._owners: list[Holding] = []
        self._places: dict[Holding, int] = {}
        chain = self.chain
        self.root, *self._brokers = chain.accounts[:3]
        self.start_block = int(chain.rpc("eth_blockNumber"), 16) + 1
        self.editions = editions = Editions(chain)
        self.gateway = editions.gateway()
        self.cn, self.kr = (Programme(code, self.gateway, editions) for code in ("CN", "KR"))
        self.operators = [_person(number) for number in range(OPERATORS)]
        chain.rpc("anvil_autoImpersonateAccount", True)
        self._open_everything()
        self.verbs: list[tuple[int, Callable[[], Call | None]]] = [
            (40, self._transfer),
            (3, self._settle),
            (6, self._allocate),
            (4, self._surrender),
            (2, self._attest),
            (2, self._retire),
            (3, self._export),
            (2, self._return),
        ]

    # ---- the beginning ----------------------------------------------------------------------

    def _open_everything(self) -> None:
        self.classes = {}
        for programme, symbol in ((self.cn, "CEA-2025"), (self.kr, "KAU-2025")):
            programme.join(self.cn)
            for broker in self._brokers:
                programme.open(broker, TRADING_INSTITUTION)
            for calls in _openings(programme, self.operators):
                programme.authority.multicall(calls, by=self.root)
            unit_class = self.classes[symbol] = programme.define(symbol)
            programme.issue(unit_class, _POOL)
            for first in range(0, OPERATORS, _ENTITLED_AT_ONCE):
                some = self.operators[first : first + _ENTITLED_AT_ONCE]
                programme.entitle(some, unit_class, _ENTITLED)
        agree(self.cn, self.kr, terms_of(self.chain.time, (2, 3)))
        self.classes["CN.CEA-2025"] = int.from_bytes(text32("CN.CEA-2025"), "big")
        self.mine(self._first_calls())

    def _first_calls(self) -> Iterator[Call]:
        """Exchanges may settle for everybody; everybody gets allowances."""
        for programme in (self.cn, self.kr):
            for operator in self.operators:
                for broker in self._brokers:
                    yield self._call(
                        operator, programme.holders, "authoriseSettler", operator, broker, True
                    )
        for symbol in ("CEA-2025", "KAU-2025"):
            for operator in self.operators:
                yield self._allocation(symbol, operator, self._chance.randint(20_000, 900_000))

    def deployment(self) -> dict[str, Any]:
        """What a deployment file says; ledger blocks are final 64 below the head."""
        genesis = self.chain.rpc("eth_getBlockByNumber", "0x0", False)
        return {
            "edition": 2,
            "name": "A history for benchmarks",
            "chain_id": int(self.chain.rpc("eth_chainId"), 16),
            "genesis_hash": genesis["hash"],
            "start_block": self.start_block,
            "finality": {"kind": "depth", "depth": 64},
            "gateway": {"address": self.gateway.address, "block": self.start_block},
            "registries": [
                {
                    "code": code,
                    "name": f"Registry {code}",
                    "address": programme.registry.address,
                    "authority": programme.authority.address,
                    "block": self.start_block,
                    "proxy_hash": self._code_hash(programme.registry),
                    "edition_hash": self._code_hash(self.editions.registry_code),
                    "desks": {name: getattr(programme, name).address for name in DESKS},
                }
                for code, programme in (("CN", self.cn), ("KR", self.kr))
            ],
            "labels": {},
        }

    def _code_hash(self, contract: Contract) -> str:
        code = self.chain.rpc("eth_getCode", contract.address, "latest")
        return "0x" + keccak(hexstr=code).hex()

    # ---- going on ---------------------------------------------------------------------------

    def grow(self, events: int, progress: Callable[[int], None] = lambda _: None) -> None:
        """Play until the chain has as many events that a mirror reads."""
        while self.events < events:
            self.mine(self._some_calls(10 * TRANSACTIONS_A_BLOCK), events)
            progress(self.events)

    def mine(self, calls: Iterator[Call], most: int | None = None) -> None:
        """Send the calls, and mine a ledger block for each twenty."""
        waiting: list[Call] = []
        for call in calls:
            waiting.append(call)
            if len(waiting) == TRANSACTIONS_A_BLOCK:
                self._mine_one(waiting)
                waiting = []
            if most is not None and self.events >= most:
                return
        if waiting:
            self._mine_one(waiting)

    def _some_calls(self, count: int) -> Iterator[Call]:
        weights = [weight for weight, _ in self.verbs]
        verbs = [verb for _, verb in self.verbs]
        while count:
            call = self._chance.choices(verbs, weights)[0]()
            if call is not None:
                count -= 1
                yield call

    def _mine_one(self, calls: Sequence[Call]) -> None:
        """One ledger block. Units are given when it is mined, so that order does not matter."""
        requests = []
        for call in calls:
            nonce = self._nonces.get(call.by)
            if nonce is None:
                nonce = int(self.chain.rpc("eth_getTransactionCount", call.by, "latest"), 16)
            self._nonces[call.by] = nonce + 1
            transaction = {"from": call.by, "to": call.to, "data": call.data, "nonce": hex(nonce)}
            requests.append({**transaction, "gas": hex(_GAS), "gasPrice": "0x0"})
        hashes = self.chain.batch([("eth_sendTransaction", [request]) for request in requests])
        self.chain.rpc("evm_setNextBlockTimestamp", hex(self.chain.time + SECONDS_A_BLOCK))
        self.chain.rpc("evm_mine")
        receipts = self.chain.rpc("eth_getBlockReceipts", "latest")
        mined = {receipt["transactionHash"]: receipt for receipt in receipts}
        for hash_, call in zip(hashes, calls, strict=True):
            receipt = mined[hash_]
            taken = receipt["status"] == "0x1"
            self.transactions += 1
            self.refused += not taken
            for holding, quantity in call.gives if taken else call.takes:
                self._gain(holding, quantity)
            for log in receipt["logs"]:
                if log["topics"][0] in _KNOWN:
                    self.events += 1

    def _gain(self, holding: Holding, quantity: int) -> None:
        self._held[holding] += quantity
        if holding not in self._places:
            self._places[holding] = len(self._owners)
            self._owners.append(holding)

    # ---- what people do ---------------------------------------------------------------------

    def _call(self, by: str, contract: Contract, verb: str, *arguments: Any) -> Call:
        return Call(by, contract.address, contract.data(verb, *arguments))

    def _somebody(self, but: str = "") -> str:
        """Anybody, but whoever is named: nobody sends units to itself."""
        while True:
            found = self._chance.choice(self.operators)
            if found != but:
                return found

    def _part(self, held: int) -> int:
        """Some of what is held: all of it now and then, round lots mostly."""
        if self._chance.random() < 0.03:  # noqa: PLR2004
            return held
        return min(held, 100 * self._chance.randint(1, 50))

    def _holding(self, *symbols: str) -> tuple[str, str, int] | None:
        """Somebody who has units, of which class, and how many."""
        for _ in range(20):
            account, symbol = holding = self._chance.choice(self._owners)
            if self._held[holding] and (not symbols or symbol in symbols):
                return account, symbol, self._held[holding]
        return None

    def _programme(self, symbol: str) -> Programme:
        return self.cn if symbol == "CEA-2025" else self.kr

    def _take(self, call: Call, holding: Holding, quantity: int, to: Holding | None) -> Call:
        self._held[holding] -= quantity
        gives = ((to, quantity),) if to else ()
        return Call(call.by, call.to, call.data, ((holding, quantity),), gives)

    def _transfer(self) -> Call | None:
        found = self._holding()
        if found is None:
            return None
        account, symbol, held = found
        to, quantity = self._somebody(account), self._part(held)
        registry, unit_class = self._programme(symbol).registry, self.classes[symbol]
        call = self._call(
            account, registry, "safeTransferFrom", account, to, unit_class, quantity, b""
        )
        return self._take(call, (account, symbol), quantity, (to, symbol))

    def _settle(self) -> Call | None:
        """What an exchange cleared for one class, in one transaction."""
        symbol = self._chance.choice(["CEA-2025", "KAU-2025"])
        legs, takes, gives = [], [], []
        for _ in range(_LEGS):
            found = self._holding(symbol)
            if found is None:
                continue
            account, _, held = found
            to, quantity = self._somebody(account), min(held, 10 * self._chance.randint(1, 100))
            trade = self._chance.randbytes(32)
            legs.append((account, to, self.classes[symbol], quantity, trade, False))
            self._held[account, symbol] -= quantity
            takes.append(((account, symbol), quantity))
            gives.append(((to, symbol), quantity))
        if not legs:
            return None
        desk, broker = self._programme(symbol).holders, self._chance.choice(self._brokers)
        call = self._call(broker, desk, "settle", broker, legs)
        return Call(call.by, call.to, call.data, tuple(takes), tuple(gives))

    def _allocate(self) -> Call:
        symbol = self._chance.choice(["CEA-2025", "KAU-2025"])
        return self._allocation(symbol, self._somebody(), 100 * self._chance.randint(1, 500))

    def _allocation(self, symbol: str, operator: str, quantity: int) -> Call:
        programme, grant = self._programme(symbol), (operator, YEAR, INITIAL, quantity)
        order = (self.classes[symbol], programme.pool, grant, ())
        call = self._call(self.root, programme.issuance, "allocate", *order)
        return Call(call.by, call.to, call.data, (), (((operator, symbol), quantity),))

    def _surrender(self) -> Call | None:
        found = self._holding()
        if found is None:
            return None
        account, symbol, held = found
        quantity, desk = self._part(held), self._programme(symbol).compliance
        call = self._call(
            account, desk, "surrender", account, YEAR, self.classes[symbol], quantity, []
        )
        return self._take(call, (account, symbol), quantity, None)

    def _attest(self) -> Call:
        programme = self._chance.choice([self.cn, self.kr])
        report, emissions = self._chance.randbytes(32), self._chance.randint(1000, 900_000)
        return self._call(
            self.root, programme.compliance, "attest", self._somebody(), YEAR, emissions, report
        )

    def _retire(self) -> Call | None:
        found = self._holding()
        if found is None:
            return None
        account, symbol, held = found
        quantity, registry = self._part(held), self._programme(symbol).registry
        verb = self._chance.choice(["retire", "cancel"])
        memo, text = self._chance.randbytes(32), self._chance.randbytes(32)
        use = (account, self.classes[symbol], quantity, (), memo, text)
        call = self._call(account, registry, verb, *use)
        return self._take(call, (account, symbol), quantity, None)

    def _export(self) -> Call | None:
        """Three units at home are two abroad."""
        found = self._holding("CEA-2025")
        if found is None or found[2] < 3:  # noqa: PLR2004
            return None
        account, symbol, held = found
        quantity, to = self._part(held) // 3 * 3 or 3, self._somebody()
        request = (account, 2, 1, self.classes[symbol], quantity, 0, to)
        call = self._call(account, self.gateway, "transfer", request, ())
        self._held[account, symbol] -= quantity
        gives = (((to, "CN.CEA-2025"), quantity // 3 * 2),)
        return Call(call.by, call.to, call.data, (((account, symbol), quantity),), gives)

    def _return(self) -> Call | None:
        """What comes home is not used again: how much a lot releases is the ledger's to say."""
        found = self._holding("CN.CEA-2025")
        if found is None:
            return None
        account, symbol, held = found
        quantity, to = self._part(held), self._somebody()
        foreign = (self.kr.registry, self.classes[symbol])
        call = self._call(
            account, self.gateway, "returnUnits", account, *foreign, quantity, (), to, 0
        )
        return self._take(call, (account, symbol), quantity, None)


def _person(number: int) -> str:
    return "0x" + keccak(text=f"operator {number}")[12:].hex()


def _openings(programme: Programme, accounts: Sequence[str]) -> Iterator[list[bytes]]:
    """Calls that open accounts, some hundred a transaction."""
    registry, authority = programme.registry, programme.authority
    calls = []
    for address in accounts:
        opening = bytes.fromhex(registry.data("openAccount", address, OPERATOR, EVIDENCE, 0)[2:])
        calls.append(bytes.fromhex(authority.data("execute", registry, opening)[2:]))
    for start in range(0, len(calls), _OPENED_AT_ONCE):
        yield calls[start : start + _OPENED_AT_ONCE]

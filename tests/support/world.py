"""A small ledger on a chain of its own: two linked registries and what can happen on them."""

from __future__ import annotations

import random
from typing import Any

from tests.support.deployed import (
    CEA,
    CREDIT,
    FOREIGN,
    HOLDERS,
    NO_TERMS,
    SECOND,
    YEAR,
    Deployed,
    selector_of,
    using,
    word,
)


class World(Deployed):
    """What can happen; `play_everything` makes every event of the interfaces at least once."""

    def terms(self, **changes: Any) -> tuple[Any, ...]:
        """Terms of 2 foreign units for 3 source units, in force now."""
        now = self.web3.eth.get_block("latest")["timestamp"]
        terms = {
            "numerator": 2,
            "denominator": 3,
            "quota": 10**6,
            "quota_share": 0,
            "quota_class": 0,
            "net": False,
            "notice": 0,
            "valid_from": now,
            "valid_until": now + 10 * YEAR,
            "period_start": now - 10,
            "period_length": YEAR,
            "unit_types": 6,
            "vintage_from": 2000,
            "vintage_to": 2100,
            "categories": [],
            "regions": [],
            **changes,
        }
        return tuple(terms.values())

    def set_up_market(self) -> None:
        """A class at CN with units in several hands, and a link from CN to KR (number 2)."""
        do, cn, gateway = self.do, self.cn, self.gateway
        zero = bytes(32)
        spec = (1, 2025, 2025, 2025, 10**9, zero, zero, zero)
        do(cn, "defineClass", word("CEA-2025"), spec)
        do(self.issuing, "issue", CEA, self.actors[1], 1_000_000, word("decision"))
        for holder in (2, 3, 4):
            do(
                self.issuing,
                "allocate",
                CEA,
                self.actors[1],
                self.actors[holder],
                10_000 * holder,
                2025,
                [],
            )
        terms = self.terms()
        sides = (cn.address, self.kr.address)
        do(gateway, "proposeAgreement", *sides, self.terms(quota=5), NO_TERMS)
        do(gateway, "proposeAgreement", *sides, terms, NO_TERMS)  # thought better of it
        do(gateway, "acceptAgreement", 1, terms, NO_TERMS)

    def play_everything(self) -> None:
        """Every event of the interfaces at least once, and every way in which a block is cut."""
        self.set_up_market()
        do, cn, kr, gateway, actors = self.do, self.cn, self.kr, self.gateway, self.actors
        spec = (2, 2024, 2024, 2025, 1000, word("FJ-0001"), word("forestry"), word("CN-FJ"))
        do(cn, "openSystemAccount", word("new-entrants"))
        do(cn, "defineClass", word("CCER-2024"), spec)
        do(self.issuing, "recordVerification", word("report"), CREDIT, 900)
        do(self.issuing, "issue", CREDIT, actors[5], 600, word("report"))
        do(cn, "raiseCap", CREDIT, 2000)
        do(cn, "sealClass", CREDIT)
        do(cn, "setAccountStatus", actors[7], 4)
        do(cn, "setAccountStatus", actors[7], 1)
        do(cn, "setAccountStatus", actors[7], 6)

        for quantity in (500, 18_500):  # by quantity: from the head of the list
            do(cn, "safeTransferFrom", actors[2], actors[3], CEA, quantity, b"", by=2)
        do(cn, "safeBatchTransferFrom", actors[3], actors[4], [CEA, CEA], [70, 30], b"", by=3)
        self.move_named(3, 4, 5)
        self.move_named(4, 4, 6)  # to oneself
        compliance = self.desks["CN"]["compliance"]
        do(compliance, "attest", actors[4], 2025, 120, word("emissions"), by=SECOND)
        do(compliance, "dispute", actors[4], 2025, word("too much"), by=4)
        do(compliance, "assign", actors[4], 2025, 110, word("decided"))
        do(compliance, "addDebt", actors[4], 2025, 5, word("true-up"))
        do(compliance, "surrender", actors[4], 2025, CEA, 100, [], by=4)
        self.play_desks()
        do(cn, "retire", actors[5], CREDIT, 10, [], word("a claim"), by=5)
        do(cn, "cancel", actors[5], CREDIT, 20, [], word("public good"), by=5)

        for quantity in (301, 3_000, 1_000):
            do(gateway, "transfer", (actors[4], 2, 1, CEA, quantity, 0, actors[3]), [], by=4)
        do(kr, "safeTransferFrom", actors[3], actors[5], FOREIGN, 777, b"", by=3)
        do(self.desks["KR"]["compliance"], "surrender", actors[3], 2025, FOREIGN, 51, [], by=3)
        do(kr, "retire", actors[5], FOREIGN, 7, [], word("abroad"), by=5)
        for who, quantity in ((3, 20), (5, 400), (3, 333)):
            do(
                gateway,
                "returnUnits",
                actors[who],
                kr.address,
                FOREIGN,
                quantity,
                [],
                actors[2],
                0,
                by=who,
            )

        do(gateway, "suspend", 2)
        do(gateway, "resume", 2)
        do(gateway, "lowerQuota", 2, 900_000)
        terms = self.terms(numerator=9137, denominator=10_000)
        do(gateway, "proposeTerms", 2, terms)
        do(gateway, "acceptTerms", 2, 3, terms)
        do(gateway, "transfer", (actors[4], 2, 3, CEA, 1_234, 1, actors[6]), [], by=4)
        do(gateway, "returnUnits", actors[6], kr.address, FOREIGN, 500, [], actors[4], 0, by=6)
        # Terms that take notice: the fifth wait a second, the seventh a year.
        self.agree_on(4, notice=1, quota_share=1, quota_class=FOREIGN)
        self.agree_on(5, notice=YEAR)
        self.rpc("evm_increaseTime", 2)
        self.rpc("evm_mine")
        do(gateway, "lowerQuota", 2, 800_000)
        self.agree_on(7, net=True, categories=[word("forestry")], regions=[word("CN-FJ")])

    def agree_on(self, version: int, **changes: Any) -> None:
        """Terms of link 2 that both sides accept."""
        terms = self.terms(numerator=9137, denominator=10_000, **changes)
        self.do(self.gateway, "proposeTerms", 2, terms)
        self.do(self.gateway, "acceptTerms", 2, version, terms)

    def play_desks(self) -> None:
        """Liens, a reversed allocation, and proposals that are executed or stopped."""
        do, actors, desks = self.do, self.actors, self.desks["CN"]
        do(desks["liens"], "freeze", actors[3], CEA, 40, [], word("stolen"))
        do(desks["liens"], "unfreeze", 1)
        do(desks["liens"], "pledge", actors[3], CEA, 25, [], actors[2], word("loan"), by=3)
        do(desks["issuance"], "reverseAllocation", 2, actors[1], 10, [])
        do(self.cn, "setAccountControls", actors[6], 16, 1_000_000)
        share = self.cn.encode_abi("setSaleShare", [10_000])
        for _ in range(2):
            do(desks["proposals"], "propose", self.cn.address, share)
        do(desks["proposals"], "approve", 1, self.web3.keccak(hexstr=share), by=SECOND)
        do(desks["proposals"], "execute", 1, by=SECOND)
        do(desks["proposals"], "stop", 2)
        self.play_year()
        self.play_holders()

    def play_year(self) -> None:
        """A year's rules with limits, its filings, and one that is settled short."""
        do, actors, desk = self.do, self.actors, self.desks["CN"]["compliance"]
        zero = bytes(32)
        limits = [
            (1, 1_000, 0, 0, 4, zero, zero, False),  # credits: a tenth of the emissions
            (5, 5_000, 0, 0, 4, word("forestry"), word("CN-FJ"), True),  # of them half from outside
            (0, 0, 7, 0, 8, zero, zero, False),  # and seven foreign units
        ]
        rules = (self.now() + YEAR, 2000, 2100, YEAR, 2, 0, False)
        do(desk, "defineYear", 2026, rules, [*limits, limits[0]])
        do(desk, "defineYear", 2026, rules, limits)
        do(desk, "excludeCategory", 2026, word("hydro"))
        do(desk, "filePlan", actors[4], 2026, word("plan"), by=4)
        do(desk, "attest", actors[4], 2026, 300, word("report"), by=SECOND)
        do(desk, "confirm", actors[4], 2026, 300, word("decided"))
        do(desk, "assign", actors[3], 2026, 50, word("did not report"))
        do(desk, "surrender", actors[4], 2026, CEA, 100, [], by=4)
        do(desk, "moveDeadline", 2026, self.now() - 1)
        do(desk, "settleYear", actors[3], 2026)
        do(desk, "recordSanction", actors[4], 2026, word("a fine"))
        do(desk, "publish", 2026, word("results"))

    def play_holders(self) -> None:
        """Trusted lists, representatives, requests, a settled trade, a paid share."""
        do, actors, desks = self.do, self.actors, self.desks["CN"]
        desk, me = desks["holders"], actors[6]
        do(desks["issuance"], "requirePaidShare", me, 100)
        do(desks["issuance"], "deliver", CEA, actors[1], me, 60, [])
        do(desk, "setSettings", (0, 0, YEAR, 1_000_000))
        do(desk, "allowCall", self.cn.address, selector_of(self.cn, "retire"), True)
        transfer = selector_of(self.cn, "safeTransferFrom")
        for allowed in (True, False, True):
            do(desk, "allowCall", self.cn.address, transfer, allowed)
        do(desk, "trust", me, actors[5], by=6)
        do(desk, "trust", me, actors[4], by=6)
        do(desk, "distrust", me, actors[5], by=6)
        for representative, rights in ((1, 1), (2, 2), (3, 3), (3, 0)):
            do(desk, "setRepresentative", me, actors[representative], rights)
        call = self.cn.encode_abi("safeTransferFrom", [me, actors[4], CEA, 3, b""])
        for _ in range(3):
            do(desk, "request", me, self.cn.address, call, by=1)
        do(desk, "approve", 1, self.web3.keccak(hexstr=call), by=2)
        do(desk, "execute", 1, by=1)
        do(desk, "approve", 2, self.web3.keccak(hexstr=call), by=2)
        do(desk, "cancel", 3, by=6)
        do(self.cn, "openAccount", actors[9], 4, word("exchange"))
        do(desk, "authoriseSettler", me, actors[9], True, by=6)
        do(desk, "authoriseSettler", actors[4], actors[9], True, by=4)
        legs = [(me, actors[4], CEA, 5, word("trade 1")), (actors[4], me, CEA, 7, word("trade 2"))]
        do(desk, "settle", legs, by=9)
        do(desk, "authoriseSettler", actors[4], actors[9], False, by=4)
        classes = [(self.cn.address, CEA), (self.kr.address, FOREIGN)]
        do(self.cn, "setHoldingLimitClasses", classes)

    @property
    def issuing(self) -> Any:
        return self.desks["CN"]["issuance"]

    def move_named(self, sender: int, recipient: int, seed: int) -> None:
        """Transfer the middle of one named block, and the beginning of another if there is one."""
        blocks = self.cn.functions.blocksOf(CEA, self.actors[sender], 0, 50).call()
        first, count = blocks[0]
        cut = max(1, count // 3)
        refs = [(first, 0, first + cut - 1, max(1, count - 2 * cut) if count > 1 else 1)]
        if len(blocks) > 2:
            # Taking a middle puts what lies behind at the head: the list before it is as it was.
            first, count = blocks[2]
            refs.insert(0, (first, blocks[1][0], first, max(1, count // (2 + seed % 3))))
        self.do(
            self.cn,
            "transferUnits",
            self.actors[sender],
            self.actors[recipient],
            CEA,
            refs,
            by=sender,
        )

    def play_random(self, seed: int, steps: int) -> None:
        """Random transfers, uses, exports and returns; those that the ledger refuses are left."""
        chance = random.Random(seed)
        for _ in range(steps):
            call, by = self._random_call(chance)
            options = {"from": self.actors[by], "gasPrice": 0, "gas": 8_000_000}
            self._receipt(call.transact(options))

    def _random_call(self, chance: random.Random) -> tuple[Any, int]:
        by, to = chance.choice(HOLDERS[1:6]), self.actors[chance.choice(HOLDERS[1:6])]
        me, quantity = self.actors[by], chance.randint(1, 2000)
        cn, kr, gateway = self.cn.functions, self.kr.functions, self.gateway.functions
        version = self.gateway.functions.linkOf(2).call()[2]
        pool = self.actors[1]
        return chance.choice(
            [
                (self.issuing.functions.allocate(CEA, pool, to, quantity, 2025, []), 0),
                (cn.safeTransferFrom(me, to, CEA, quantity, b""), by),
                (cn.safeTransferFrom(me, to, CEA, quantity, b""), by),
                (kr.safeTransferFrom(me, to, FOREIGN, quantity, b""), by),
                (using(self.desks["CN"]).surrender(me, 2025, CEA, quantity, []), by),
                (using(self.desks["KR"]).surrender(me, 2025, FOREIGN, quantity, []), by),
                (gateway.transfer((me, 2, version, CEA, quantity, 0, to), []), by),
                (gateway.transfer((me, 2, version, CEA, quantity, 0, to), []), by),
                (gateway.returnUnits(me, kr.address, FOREIGN, quantity, [], to, 0), by),
            ]
        )

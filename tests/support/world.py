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
    ROLE_OF_GATEWAY,
    ROLE_OF_PROVINCE,
    SECOND,
    YEAR,
    Deployed,
    selector_of,
    using,
    word,
)

ALLOWANCES = (1, 2025, 2025, 2025, 10**9, [])
FORESTRY = (word("kind"), word("forestry"))
CREDITS = (2, 2024, 2024, 2025, 1000, [FORESTRY, (word("region"), word("CN-FJ"))])
ANY_OF, NONE_OF = 0, 1
INITIAL = 0


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
            "fresh_meter": False,
            "freezes_abroad": False,
            "notice": 0,
            "valid_from": now - 10,
            "valid_until": now + 10 * YEAR,
            "periods": [now + YEAR, now + 10 * YEAR],
            "unit_types": 6,
            "vintage_from": 2000,
            "vintage_to": 2100,
            "unit": bytes(32),
            "conditions": [],
            **changes,
        }
        return tuple(terms.values())

    def set_up_market(self) -> None:
        """A class at CN with units in several hands, and a link from CN to KR (number 2)."""
        do, gateway = self.do, self.gateway
        do(self.cn, "defineClass", word("CEA-2025"), ALLOWANCES)
        do(self.issuing, "issue", CEA, self.actors[1], 1_000_000, word("decision"))
        for holder in (2, 3, 4):
            self.allocate(holder, 10_000 * holder)
        terms = self.terms()
        cn = self.cn.address
        there = (cn, self.consent("KR"))
        do(gateway, "proposeAgreement", *there, self.terms(quota=5), NO_TERMS)
        do(gateway, "proposeAgreement", *there, terms, NO_TERMS)  # thought better of it
        do(gateway, "acceptAgreement", 1, self.consent("CN"), terms, NO_TERMS, side="KR")

    def allocate(self, holder: int, quantity: int, *, entitled: int | None = None) -> None:
        """Entitle an account to units, and give it as many."""
        account = self.actors[holder]
        change = (account, 2025, INITIAL, CEA, 0, entitled or quantity)
        self.do(self.issuing, "entitle", 44, [change])
        grant = (account, 2025, INITIAL, quantity)
        self.do(self.issuing, "allocate", CEA, self.actors[1], grant, [])

    def play_everything(self) -> None:
        """Every event of the interfaces at least once, and every way in which a block is cut."""
        self.set_up_market()
        do, cn, actors = self.do, self.cn, self.actors
        do(cn, "openSystemAccount", word("new-entrants"), 0)
        do(cn, "setAccountProvince", actors[7], 31)
        do(cn, "publishDocument", word("rule-book"), word("hash of it"), self.now())
        do(cn, "defineClass", word("CCER-2024"), CREDITS)
        do(self.issuing, "recordVerification", word("report"), CREDIT, 900, by=SECOND)
        do(self.issuing, "issue", CREDIT, actors[5], 600, word("report"))
        do(cn, "raiseCap", CREDIT, 2000)
        do(cn, "sealClass", CREDIT)
        do(cn, "setAccountStatus", actors[7], 4)
        do(cn, "setAccountStatus", actors[7], 1)
        do(cn, "setAccountStatus", actors[7], 6)

        for quantity in (500, 18_500):  # by quantity: from the largest block
            do(cn, "safeTransferFrom", actors[2], actors[3], CEA, quantity, b"", by=2)
        do(cn, "safeBatchTransferFrom", actors[3], actors[4], [CEA, CEA], [70, 30], b"", by=3)
        self.move_named(3, 4, 5)
        self.move_named(4, 3, 6)
        compliance = self.desks["CN"]["compliance"]
        do(compliance, "attest", actors[4], 2025, 120, word("emissions"), by=SECOND)
        do(compliance, "dispute", actors[4], 2025, word("too much"), by=4)
        do(compliance, "assign", 44, actors[4], 2025, 110, word("decided"))
        do(compliance, "addDebt", actors[4], 2025, 5, word("true-up"))
        do(compliance, "surrender", actors[4], 2025, CEA, 100, [], by=4)
        self.play_desks()
        do(cn, "retire", actors[5], CREDIT, 10, [], word("a claim"), word("its text"), by=5)
        do(cn, "cancel", actors[5], CREDIT, 20, [], word("public good"), bytes(32), by=5)
        self.play_links()
        self.play_freezes()
        self.play_waiting()
        self.play_successions()
        self.entitle_everybody()

    # ---- links --------------------------------------------------------------------------------

    def export(self, holder: int, version: int, quantity: int, to: int) -> Any:
        request = (self.actors[holder], 2, version, CEA, quantity, 0, self.actors[to])
        return self.do(self.gateway, "transfer", request, [], by=holder)

    def bring_home(self, holder: int, quantity: int, to: int) -> Any:
        back = (self.actors[holder], self.kr.address, FOREIGN, quantity, [], self.actors[to], 0)
        return self.do(self.gateway, "returnUnits", *back, by=holder)

    def play_links(self) -> None:
        do, kr, gateway, actors = self.do, self.kr, self.gateway, self.actors
        for quantity in (301, 3_000, 1_000):
            self.export(4, 1, quantity, 3)
        do(kr, "safeTransferFrom", actors[3], actors[5], FOREIGN, 777, b"", by=3)
        do(self.desks["KR"]["compliance"], "surrender", actors[3], 2025, FOREIGN, 51, [], by=3)
        do(kr, "retire", actors[5], FOREIGN, 7, [], word("abroad"), bytes(32), by=5)
        for who, quantity in ((3, 20), (5, 400), (3, 333)):
            self.bring_home(who, quantity, 2)

        do(gateway, "suspend", 2, self.cn.address)
        do(gateway, "resume", 2, self.cn.address)
        do(gateway, "lowerQuota", 2, 900_000)
        self.agree_on(3, numerator=9137, denominator=10_000)
        self.export(4, 3, 1_234, 6)
        self.bring_home(6, 500, 4)
        # Terms that take notice: the fifth wait a second, the seventh a year.
        self.agree_on(4, notice=1, quota_share=1, quota_class=FOREIGN)
        self.agree_on(5, notice=YEAR)
        self.rpc("evm_increaseTime", 2)
        self.rpc("evm_mine")
        do(gateway, "lowerQuota", 2, 800_000)
        conditions = [
            (word("kind"), ANY_OF, [word("forestry"), bytes(32)]),
            (word("region"), NONE_OF, [word("CN-XJ")]),
        ]
        self.agree_on(7, net=True, freezes_abroad=True, conditions=conditions)
        do(gateway, "lowerQuota", 2, 700_000)  # of those that wait as well
        self.propose(quota=1)
        do(gateway, "withdrawTerms", 2, self.cn.address)

    def propose(self, **changes: Any) -> tuple[Any, ...]:
        terms = self.terms(**changes)
        self.do(self.gateway, "proposeTerms", 2, self.cn.address, terms)
        return terms

    def agree_on(self, version: int, **changes: Any) -> None:
        """Terms of link 2 that both sides accept."""
        terms = self.propose(**{"numerator": 9137, "denominator": 10_000, **changes})
        do, kr = self.do, self.kr.address
        do(self.gateway, "acceptTerms", 2, kr, version, terms, side="KR")

    # ---- freezes ------------------------------------------------------------------------------

    def play_freezes(self) -> None:
        """A freeze in parts, of units abroad, at the partner, and lifted ones."""
        do, actors, liens = self.do, self.actors, self.desks["CN"]["liens"]
        terms = self.terms(freezes_abroad=True)
        do(self.gateway, "endAgreement", 1, self.cn.address)
        do(self.gateway, "endAgreement", 1, self.kr.address, side="KR")
        there = (self.cn.address, self.consent("KR"))
        do(self.gateway, "proposeAgreement", *there, terms, NO_TERMS)
        do(self.gateway, "acceptAgreement", 2, self.consent("CN"), terms, NO_TERMS, side="KR")
        request = (actors[4], 4, 1, CEA, 900, 0, actors[3])
        do(self.gateway, "transfer", request, [], by=4)
        lot = self.gateway.functions.lotCount().call()
        data, ranges = self.gateway.functions.lotOf(lot).call()
        first = data[3]
        ref = self.ref(self.kr, FOREIGN, first, 40)
        do(self.gateway, "freezeAbroad", lot, actors[3], [ref], word("a court's"))
        do(self.gateway, "liftAbroad", 4, 1)
        home = self.ref(self.cn, CEA, ranges[0][0], 30)
        do(liens, "freezeReturning", CEA, [home], word("a court's"))
        do(liens, "unfreeze", liens.functions.lienCount().call())
        do(liens, "freeze", actors[3], CEA, 12, [], word("another"))
        do(liens, "extendFreeze", liens.functions.lienCount().call(), 5, [])
        do(self.gateway, "proposeTerms", 4, self.cn.address, self.terms(quota=7))

    def play_waiting(self) -> None:
        """CN lets the gateway go: what came home meanwhile waits, and is settled in two parts."""
        do, authority = self.do, self.authorities["CN"]
        do(authority, "revokeRole", ROLE_OF_GATEWAY, self.gateway.address)
        self.bring_home(3, 20, 2)
        do(authority, "adoptGateway", self.gateway.address)
        lot = 1
        while not (waits := self.gateway.functions.waitingOf(lot).call()):
            lot += 1
        first, count, *_ = waits[0]
        block = first
        while self.cn.functions.blockAt(CEA, block).call()[1] == 0:
            block -= 1
        do(self.gateway, "settleWaiting", lot, 0, block, 5)
        do(self.gateway, "settleWaiting", lot, 0, first + 5, count)
        do(authority, "revokeRole", ROLE_OF_GATEWAY, self.gateway.address)
        self.bring_home(3, 30, 2)
        do(authority, "adoptGateway", self.gateway.address)

    def ref(self, registry: Any, token: int, first: int, count: int) -> tuple[int, ...]:
        """Names the beginning of a block."""
        return (first, 0, first, count)

    # ---- other code ---------------------------------------------------------------------------

    def play_successions(self) -> None:
        """Other code at CN's registry and at the gateway, and a desk that another replaces."""
        do, authority = self.do, self.authorities["CN"]
        records = self.create("RegistryRecords")
        code = self.create("UnitRegistry", records.address)
        edition = (self.cn.address, code.address, bytes.fromhex(self.code_hash(code.address)[2:]))
        do(authority, "succeed", *edition, b"")
        do(self.gateway, "acceptEdition", 2, self.kr.address, self.edition_of("CN"), side="KR")
        agreements = self.create("LinkAgreements", self.create("LinkQuestions").address)
        gateway = self.create("LinkGateway", agreements.address)
        hashed = bytes.fromhex(self.code_hash(gateway.address)[2:])
        do(self.gateway, "proposeSuccession", self.cn.address, gateway.address)
        do(self.gateway, "stopSuccession", 1, self.kr.address, side="KR")
        do(self.gateway, "proposeSuccession", self.cn.address, gateway.address)
        do(self.gateway, "acceptSuccession", 2, self.kr.address, hashed, side="KR")
        do(self.gateway, "succeedGateway", 2)
        do(authority, "revokeRole", ROLE_OF_PROVINCE, self.actors[0])
        do(authority, "setExclusion", 10, 2, True)
        do(authority, "setExclusion", 5, 4, False)
        self.replace_desk("liens", 2001, 2002, 2003)

    def replace_desk(self, name: str, *ordered: int) -> Any:
        """Another desk of the same sort, in whose name a programme goes on."""
        desk = self.desks["CN"][name] = self.create_desk("CN", name)
        addresses = tuple(other.address for other in self.desks["CN"].values())
        self.do(self.authorities["CN"], "adoptProgramme", (self.cn.address, *addresses))
        for number in ordered:
            self.do(self.cn, "setDesk", number, desk.address)
        if name == "liens":
            self.do(desk, "freeze", self.actors[3], CEA, 3, [], word("at the new desk"))
        return desk

    # ---- desks --------------------------------------------------------------------------------

    def play_desks(self) -> None:
        """Liens, a reversed allocation, and proposals that are executed or stopped."""
        do, actors, desks = self.do, self.actors, self.desks["CN"]
        do(desks["liens"], "freeze", actors[3], CEA, 40, [], word("stolen"))
        do(desks["liens"], "unfreeze", 1)
        do(desks["liens"], "pledge", actors[3], CEA, 25, [], actors[2], word("loan"), by=3)
        self.play_issuance()
        do(self.cn, "setApprovalForAll", actors[2], True, by=6)
        do(self.cn, "setAccountControls", actors[6], 16, 1_000_000)
        share = self.cn.encode_abi("setSaleShare", [10_000])
        document = word("a report")
        for _ in range(2):
            do(desks["proposals"], "propose", self.cn.address, share, document, by=SECOND)
        call = (self.cn.address, bytes.fromhex(share[2:]), document)
        hashed = desks["proposals"].functions.hashOf(*call).call()
        options = {"from": actors[0], "gasPrice": 0, "gas": 3_000_000}
        for step in (
            desks["proposals"].functions.approve(1, hashed),
            desks["proposals"].functions.execute(1, call[1], document),
        ):
            assert self._receipt(step.transact(options))["status"] == 1
        do(desks["proposals"], "stop", 2, by=SECOND)
        self.play_year()
        self.play_holders()

    def play_issuance(self) -> None:
        """Reversals and corrections under one decision, an excess, a closure."""
        do, actors, desk = self.do, self.actors, self.issuing
        do(desk, "reverseAllocation", 2, actors[1], 10, [])
        do(desk, "reverseAllocation", 1, actors[1], 5, [])
        do(desk, "entitle", 44, [(actors[3], 2025, INITIAL, CEA, 30_000, 29_000)])
        pool = self.cn.functions.systemAccount(word("new-entrants")).call()
        do(desk, "returnExcess", actors[3], pool, CEA, 2025, INITIAL, 700, [], by=3)
        decision = word("another decision")
        do(desk, "issue", CEA, actors[1], 50, decision)
        wrong = (1_000_001, 0, 1_000_001, 20)
        do(desk, "correctIssuance", CEA, 1_000_001, 30, [])
        do(desk, "continueCorrection", CEA, 1_000_001, [wrong])
        do(self.cn, "openAccount", actors[9], 3, word("to be closed"), 44)
        do(self.cn, "setAccountStatus", actors[9], 5)
        do(desk, "closeOut", actors[9], pool)

    def play_year(self) -> None:
        """A year's rules with limits, its filings, and one that is settled short."""
        do, actors, desk = self.do, self.actors, self.desks["CN"]["compliance"]
        zero = bytes(32)
        elsewhere = [(word("region"), NONE_OF, [word("CN-FJ")])]
        limits = [
            (1, 1_000, 0, 0, 4, 0, False, zero, zero, []),  # credits: a tenth of the emissions
            (5, 5_000, 0, 0, 4, 0, False, zero, zero, elsewhere),  # of them half from elsewhere
            (0, 0, 7, 0, 8, 0, True, zero, zero, []),  # and of all operators seven foreign units
            (6, 10_000, 0, 0, 4, 0, True, word("project"), word("reductions"), []),
        ]
        rules = self.year(self.now() + YEAR, before=2025, reversal_window=0)
        do(desk, "defineYear", 2026, rules, [*limits, limits[0]])
        do(desk, "defineYear", 2026, rules, limits)
        do(desk, "excludeClasses", 2026, [(word("kind"), ANY_OF, [word("hydro")])])
        do(desk, "filePlan", actors[4], 2026, word("plan"), by=4)
        do(desk, "attest", actors[4], 2026, 300, word("report"), by=SECOND)
        do(desk, "confirm", actors[4], 2026, 300, word("decided"))
        do(desk, "orderReport", actors[3], 2026, word("report within a second"))
        self.rpc("evm_increaseTime", 5)
        self.rpc("evm_mine")
        do(desk, "assign", 44, actors[3], 2026, 50, word("did not report"))
        do(desk, "surrender", actors[4], 2026, CEA, 100, [], by=4)
        do(desk, "moveDeadline", 2026, self.now() - 1)
        do(desk, "settleYear", actors[3], 2026)
        do(desk, "recordSanction", actors[4], 2026, word("a fine"))
        do(desk, "publish", 2026, word("results"))

    def play_holders(self) -> None:
        """Trusted lists, representatives, requests, a settled trade, a paid share."""
        do, actors, desks = self.do, self.actors, self.desks["CN"]
        desk, me = desks["holders"], actors[6]
        do(desks["issuance"], "requirePaidShare", 44, me, 100)
        do(desks["issuance"], "deliver", 44, CEA, actors[1], me, 60, word("sale 1"), [])
        do(desk, "setSettings", (0, 0, YEAR, 1_000_000, 500))
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
        do(desk, "approve", 1, call, by=2)
        do(desk, "execute", 1, call, by=1)
        do(desk, "approve", 2, call, by=2)
        do(desk, "cancel", 3, by=6)
        do(self.cn, "setAccountControls", me, 16 + 2, 1_000_000)  # ends its approvals
        do(self.cn, "setAccountControls", me, 16, 1_000_000)
        do(self.cn, "openOfficialAccount", actors[0], 4, word("exchange"), 0)
        do(desk, "authoriseSettler", me, actors[0], True, by=6)
        do(desk, "authoriseSettler", actors[4], actors[0], True, by=4)
        legs = [
            (me, actors[4], CEA, 5, word("trade 1"), False),
            (actors[4], me, CEA, 507, word("trade 2"), True),
        ]
        do(desk, "settle", actors[0], legs)
        do(desk, "authoriseSettler", actors[4], actors[0], False, by=4)
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
            hint = blocks[1][0] if self._list(blocks[1][0]) == self._list(first) else 0
            refs.insert(0, (first, hint, first, max(1, count // (2 + seed % 3))))
        self.do(
            self.cn,
            "transferUnits",
            self.actors[sender],
            self.actors[recipient],
            CEA,
            refs,
            by=sender,
        )

    def _list(self, first: int) -> int:
        """Which of its owner's lists a block of CN's is in."""
        return int(self.cn.functions.blockAt(CEA, first).call()[5])

    def play_random(self, seed: int, steps: int) -> None:
        """Random transfers, uses, exports and returns; those that the ledger refuses are left."""
        chance = random.Random(seed)
        for _ in range(steps):
            call, by = self._random_call(chance)
            options = {"from": self.actors[by], "gasPrice": 0, "gas": 8_000_000}
            self._receipt(call.transact(options))

    def entitle_everybody(self) -> None:
        """So that whatever is allocated at random is within what its operator may get."""
        for holder in HOLDERS[1:6]:
            line = (self.actors[holder], 2025)
            entitled, _ = self.issuing.functions.entitlementOf(*line, CEA, INITIAL).call()
            self.do(self.issuing, "entitle", 44, [(*line, INITIAL, CEA, entitled, 10**6)])

    def _random_call(self, chance: random.Random) -> tuple[Any, int]:
        by, to = chance.choice(HOLDERS[1:6]), self.actors[chance.choice(HOLDERS[1:6])]
        me, quantity = self.actors[by], chance.randint(1, 2000)
        cn, kr, gateway = self.cn.functions, self.kr.functions, self.gateway.functions
        link = 2 * gateway.agreementCount().call()
        version = gateway.linkOf(link).call()[2]
        pool = self.actors[1]
        return chance.choice(
            [
                (self.issuing.functions.allocate(CEA, pool, (to, 2025, INITIAL, quantity), []), 0),
                (cn.safeTransferFrom(me, to, CEA, quantity, b""), by),
                (cn.safeTransferFrom(me, to, CEA, quantity, b""), by),
                (kr.safeTransferFrom(me, to, FOREIGN, quantity, b""), by),
                (using(self.desks["CN"]).surrender(me, 2025, CEA, quantity, []), by),
                (using(self.desks["KR"]).surrender(me, 2025, FOREIGN, quantity, []), by),
                (gateway.transfer((me, link, version, CEA, quantity, 0, to), []), by),
                (gateway.transfer((me, link, version, CEA, quantity, 0, to), []), by),
                (gateway.returnUnits(me, kr.address, FOREIGN, quantity, [], to, 0), by),
            ]
        )

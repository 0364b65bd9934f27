"""A small ledger on a chain of its own: two linked registries and what can happen on them.

    chain = start_chain(tmp_path)          # an anvil on a free port
    world = World.deploy(chain.url())      # CN and KR, their authorities, the link gateway
    world.play_everything()                # every event of the interfaces at least once
    world.write_deployment(path)

The first account of the chain has every role, the proposal desk's too, so that it can take a
sensitive step alone; the next ones are accounts in both registries. The ninth has every person's
role: it approves what the first proposes.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector
from web3 import HTTPProvider, Web3

from registry_node.chain.artifacts import load_artifact
from registry_node.domain.references import token_id
from scripts.chain import EmbeddedChain
from scripts.ledger.programme import HOLDERS_MAY_REQUEST, steps

CEA, CREDIT = token_id("CEA-2025"), token_id("CCER-2024")
FOREIGN = token_id("CN.CEA-2025")
YEAR = 365 * 86_400
NO_TERMS = (0, 0, 0, 0, 0, False, *(0,) * 8, [], [])
DESKS = ("proposals", "issuance", "compliance", "liens", "holders")
HOLDERS = range(1, 8)
SECOND = 8
PEOPLE = (*range(1, 8), 9, 10)  # numbers of the roles that people have


def word(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def selector_of(contract: Any, function: str) -> bytes:
    return bytes(function_abi_to_4byte_selector(contract.get_function_by_name(function).abi))


def using(desks: dict[str, Any]) -> Any:
    return desks["compliance"].functions


def start_chain(home: Path) -> EmbeddedChain:
    """An anvil on a free port. Stop it with `stop()`; `start(port)` continues where it was."""
    chain = EmbeddedChain(home)
    chain.start()
    return chain


@dataclass
class World:
    """Deployed contracts, as web3 objects, and the actors' addresses."""

    web3: Web3
    actors: list[str]
    gateway: Any
    registries: dict[str, Any]
    authorities: dict[str, Any]
    desks: dict[str, dict[str, Any]]
    start_block: int

    @classmethod
    def deploy(cls, url: str, codes: tuple[str, ...] = ("CN", "KR")) -> World:
        web3 = Web3(HTTPProvider(url))
        world = cls(web3, list(web3.eth.accounts), None, {}, {}, {}, web3.eth.block_number + 1)
        world.gateway = world.create("LinkGateway")
        for code in codes:
            authority = world.create("ProgrammeAuthority", world.actors[0])
            registry = world.create("UnitRegistry", word(code), authority.address)
            world.authorities[code], world.registries[code] = authority, registry
            desks = world.desks[code] = world.create_desks(authority, registry)
            ordered = {"issuance": (1037, 1040, 1041, 1051, 1092), "compliance": (1002, 1082)}
            for name, numbers in {**ordered, "liens": (1098, 1099)}.items():
                for number in numbers:
                    world.do(registry, "setDesk", number, desks[name].address)
            addresses = tuple(desks[name].address for name in DESKS)
            world.do(authority, "adoptProgramme", (registry.address, *addresses))
            world.do(authority, "adoptGateway", world.gateway.address)
            roles = [(role, 0) for role in (*PEOPLE, 11, 13)] + [(role, SECOND) for role in PEOPLE]
            for role, actor in roles:
                world.do(authority, "grantRole", role, world.actors[actor], 0)
            world.do(registry, "setHolderDesk", desks["holders"].address)
            world.do(desks["holders"], "setSettings", (0, 0, YEAR, 0))
            world.define_steps(code)
            world.do(registry, "openAccount", world.actors[1], 1, word("authority"))
            for holder in HOLDERS[1:]:
                world.do(registry, "openAccount", world.actors[holder], 3, word(f"file {holder}"))
            year = (world.now() + 5 * YEAR, 2000, 2100, YEAR, 2, 0, False)
            world.do(desks["compliance"], "defineYear", 2025, year, [])
            world.do(desks["issuance"], "setReversalWindow", YEAR)
        return world

    def define_steps(self, code: str) -> None:
        """Sensitive steps as in the demonstration; anybody with the role may take either part."""
        desks = self.desks[code]
        targets = {
            "registry": self.registries[code],
            "gateway": self.gateway,
            "authority": self.authorities[code],
            **desks,
        }
        calls = []
        for name, decided in steps(code).items():
            for function, step in decided.items():
                selector = selector_of(targets[name], function)
                terms = (step.proposer_role, step.approver_role, 0, YEAR)
                calls.append(
                    desks["proposals"].encode_abi(
                        "defineStep", [targets[name].address, selector, terms]
                    )
                )
        for call in calls:
            self.do(self.authorities[code], "execute", desks["proposals"].address, call)
        for name, functions in HOLDERS_MAY_REQUEST.items():
            for function in functions:
                selector = selector_of(targets[name], function)
                self.do(desks["holders"], "allowCall", targets[name].address, selector, True)

    def create_desks(self, authority: Any, registry: Any) -> dict[str, Any]:
        pair = (authority.address, registry.address)
        compliance = self.create("ComplianceDesk", *pair)
        return {
            "proposals": self.create("ProposalDesk", authority.address),
            "issuance": self.create("IssuanceDesk", *pair, compliance.address),
            "compliance": compliance,
            "liens": self.create("LienDesk", *pair),
            "holders": self.create("HolderDesk", *pair),
        }

    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def create(self, name: str, *arguments: Any) -> Any:
        """Deploy a contract."""
        artifact = load_artifact(name)
        contract = self.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        hashed = contract.constructor(*arguments).transact({"from": self.actors[0], "gasPrice": 0})
        receipt = self._receipt(hashed)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi)

    def do(self, contract: Any, function: str, *arguments: Any, by: int = 0) -> Any:
        """Call a function as actor `by`, wait, and return the receipt. Fails when it reverts."""
        call = getattr(contract.functions, function)(*arguments)
        options = {"from": self.actors[by], "gasPrice": 0, "gas": 12_000_000}
        receipt = self._receipt(call.transact(options))
        assert receipt["status"] == 1, call.call(options)  # the call tells the reason
        return receipt

    def _receipt(self, hashed: Any) -> Any:
        return self.web3.eth.wait_for_transaction_receipt(hashed, timeout=20, poll_latency=0.005)

    def rpc(self, method: str, *parameters: Any) -> Any:
        answer = self.web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type]
        assert "error" not in answer, answer
        return answer["result"]

    @property
    def cn(self) -> Any:
        return self.registries["CN"]

    @property
    def kr(self) -> Any:
        return self.registries["KR"]

    def deployment(self, **changes: Any) -> dict[str, Any]:
        """What a deployment file says."""
        return {
            "name": "A small world",
            "chain_id": self.web3.eth.chain_id,
            "genesis_hash": "0x" + bytes(self.web3.eth.get_block(0)["hash"]).hex(),
            "start_block": self.start_block,
            "finality": {"kind": "instant", "depth": 0},
            "gateway": {"address": self.gateway.address, "block": self.start_block},
            "registries": [
                {
                    "code": code,
                    "name": f"Registry {code}",
                    "address": registry.address,
                    "authority": self.authorities[code].address,
                    "block": self.start_block,
                    "desks": {name: self.desks[code][name].address for name in DESKS},
                }
                for code, registry in self.registries.items()
            ],
            "labels": {self.actors[1]: "authority"},
            **changes,
        }

    def write_deployment(self, path: Path, **changes: Any) -> Path:
        path.write_text(json.dumps(self.deployment(**changes)), encoding="utf-8")
        return path

    # ---- what happens -----------------------------------------------------------------------

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

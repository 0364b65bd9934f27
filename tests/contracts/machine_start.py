"""Prepares the chain for the histories, and the shadow beside it: the contracts and their rules."""

from __future__ import annotations

import pickle
from typing import Any

from scripts.bench.evm import text32
from tests.contracts.actors import LIFETIME, STEPS, World
from tests.contracts.machine_beginning import (
    ALLOWED,
    BY_PROVINCES,
    CAP,
    CODES,
    CREDIT,
    DELAYS,
    DUST,
    KIND_OF_CREDIT,
    PROVINCES_OF_KOREA,
    SECOND_GATEWAY,
    SETTINGS,
    SPARES,
    SYMBOLS,
    agreed,
    years,
)
from tests.contracts.machine_contracts import Contracts
from tests.contracts.shadow_ledger import snake
from tests.contracts.shadow_terms import Terms
from tests.contracts.words import PROVINCES, Role, UnitType, class_id, class_spec


class Start(Contracts):
    """Everything but the units: see machine_stock.py."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        for code in CODES:
            self._accounts_and_classes(code)
            self._define_steps(code)
            for kind in ("compliance", "holders", "liens", "issuance"):
                self._settle_desk(code, kind, 0)
            for kind in SPARES[code]:
                self.spare(code, kind)
                self._settle_desk(code, kind, 1)
        self._provinces()
        self._agree()
        for code in CODES:
            self._define_delays(code)
            desk = self.shadow.programmes[code].proposals
            desk.before = desk.count = self.contracts[code, "proposals"].proposalCount()

    def pickled(self) -> bytes:
        return pickle.dumps(self.shadow)

    @property
    def home_classes(self) -> dict[str, int]:
        return {code: class_id(symbol) for code, symbol in SYMBOLS.items()}

    # ---- rules ----------------------------------------------------------------------------

    def _accounts_and_classes(self, code: str) -> None:
        registry = self.contracts[code, "registry"]
        for name, purpose in (("pool", "allocation"), ("reserve", "reserve")):
            self.people[f"{name} {code}"] = registry.systemAccount(text32(purpose))
        registry.openSystemAccount(text32("reserve"), 0, by=self.world.registrar)
        self.clock.now = self.world.chain.time
        self.shadow.programmes[code].registry.open_system_account("", text32("reserve"), 0)
        spec = class_spec(vintage=2030, first_year=2030, last_year=2030, cap=CAP)
        self.settle(code, "registry", "defineClass", text32(SYMBOLS[code]), spec)
        if code == "CN":
            credit = class_spec(
                UnitType.CREDIT, vintage=2030, first_year=2030, last_year=2030, cap=CAP,
                **KIND_OF_CREDIT,
            )  # fmt: skip
            self.settle(code, "registry", "defineClass", text32(CREDIT), credit)
        if code == "JP":
            old = class_spec(vintage=2029, first_year=2029, last_year=2029, cap=10_000)
            self.settle(code, "registry", "defineClass", text32(DUST), old)

    def _define_steps(self, code: str) -> None:
        """The steps that World defined, and those at the second gateway."""
        desk = self.shadow.programmes[code].proposals
        for part, functions in STEPS.items():
            target = self.contracts[code, part]
            for function, role in functions.items():
                step = (role, role, 0, LIFETIME, 0)
                desk.define_step("", target.address, function, step)
        if code in SECOND_GATEWAY:
            for function, role in STEPS["gateway"].items():
                step = (role, role, 0, LIFETIME, 0)
                self.define_step(code, self.second_gateway.address, function, step)

    def _define_delays(self, code: str) -> None:
        for part, functions in STEPS.items():
            for function, role in functions.items():
                if function in DELAYS:
                    step = (role, role, DELAYS[function], LIFETIME, 0)
                    self.define_step(code, self.contracts[code, part].address, function, step)

    def _settle_desk(self, code: str, kind: str, number: int) -> None:
        """What a desk must know before it can be used."""
        desk = self.shadow.programmes[code].desks[kind][number]
        if number:
            for function, role in STEPS[kind].items():
                step = (role, role, DELAYS.get(function, 0), LIFETIME, 0)
                self.define_step(code, desk.address, function, step)
        if kind == "compliance":
            for year, (rules, limits) in years(self.world.start).items():
                self.settle(code, desk.address, "defineYear", year, tuple(rules), limits)
        if kind == "holders":
            self.settle(code, desk.address, "setSettings", tuple(SETTINGS))
            for part, functions in ALLOWED.items():
                targets = [self.contracts[code, part].address]
                if part == "gateway" and code in SECOND_GATEWAY:
                    targets.append(self.second_gateway.address)
                for target in targets:
                    for function in functions:
                        self._allow(code, desk.address, target, function)

    def _allow(self, code: str, desk: str, target: str, function: str) -> None:
        chosen = (target, self.selectors[target, function], True)
        self.settle(code, desk, "allowCall", *chosen, shadow=(target, function, True))

    def define_step(self, code: str, target: str, function: str, step: tuple[int, ...]) -> None:
        args = (target, self.selectors[target, function], step)
        self.settle(code, "proposals", "defineStep", *args, shadow=(target, function, step))

    def _provinces(self) -> None:
        """Korea's provinces propose what their operators get, and the State confirms it."""
        for province, (speaker, operator) in PROVINCES_OF_KOREA.items():
            grant = (PROVINCES + province, self.people[speaker], 0)
            self.settle("KR", "authority", "grantRole", *grant)
            account = self.people[operator]
            self.settle("KR", "registry", "setAccountProvince", account, province)
        desks = self.shadow.programmes["KR"].desks
        for desk in (desk for kind in desks.values() for desk in kind):
            for function in BY_PROVINCES:
                if function in STEPS[desk.kind]:
                    state = STEPS[desk.kind][function]
                    step = (Role.PROVINCE, state, 0, LIFETIME, 1)
                    self.define_step("KR", desk.address, function, step)

    def settle(self, code: str, part: str, function: str, *args: Any, shadow: Any = None) -> None:
        """Two people decide at once; the shadow does the same.

        part: a part of the programme, or the address of a contract
        """
        contract = self.contracts.get((code, part)) or self.at[part]
        by = self.decider(self.parts[contract.address].kind, function)
        p = getattr(self.world, code)
        self.world.decide(p, contract, function, *args, by=by)
        self.clock.now = self.world.chain.time
        of = self.parts[contract.address]
        getattr(of, snake(function))("", *(args if shadow is None else shadow))

    # ---- links ----------------------------------------------------------------------------

    def _agree(self) -> None:
        world, gateway = self.world, self.shadow.gateways[0]
        terms = agreed(world)
        for number, other in ((1, world.KR), (2, world.JP)):
            forward, backward = terms[2 * number], terms[2 * number + 1]
            world.agree(world.CN, other, forward, backward)
            self.clock.now = world.chain.time
            pair = (world.cn.address, other.registry.address)
            consents = [(r, gateway.members[r], gateway.edition_of(r)) for r in pair]
            speakers = [self.shadow.programmes[c].proposals.address for c in ("CN", other.code)]
            gateway.propose_agreement(speakers[0], pair[0], consents[1], forward, backward)
            gateway.accept_agreement(speakers[1], number, consents[0], forward, backward)
            for link_id in (2 * number, 2 * number + 1):
                assert gateway.links[link_id].terms == Terms.of(terms[link_id])

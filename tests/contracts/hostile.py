"""A linked programme whose registry and authority are under somebody else's control.

What they do is in contracts/test/LyingRegistry.sol; how each function answers is told by its mood.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from scripts.bench.evm import Contract, Receipt, text32
from tests.contracts.actors import Programme, World, selector
from tests.contracts.desks import alone
from tests.contracts.words import class_id, class_spec

XAU = class_id("XAU-2025")
FOREIGN_XAU = class_id("XX.XAU-2025")


class Mood(IntEnum):
    WILLING = 0
    REVERTS = 1
    BURNS_GAS = 2
    RETURNS_BOMB = 3
    REVERTS_WITH_BOMB = 4


BAD_MOODS = [mood for mood in Mood if mood != Mood.WILLING]


@dataclass(frozen=True)
class Hostile:
    """The partner, a member; whoever sends may speak for it."""

    world: World
    code: str
    authority: Contract
    registry: Contract

    def become(self, mood: Mood) -> None:
        """All its contracts answer like that from now on."""
        for part in (self.authority, self.registry):
            part.become(mood, by=self.world.stranger)

    def become_at(self, name: str, mood: Mood) -> None:
        """One function of its registry does."""
        self.registry.becomeAt(selector(self.registry, name), mood, by=self.world.stranger)

    def speak(self, name: str, *args: Any) -> Receipt:
        """A stranger decides in its name, alone."""
        return alone(self.world.gateway, name, *args, by=self.world.stranger)

    def consent(self) -> tuple[Any, ...]:
        """To it as it is."""
        return (self.registry, text32(self.code), self.world.gateway.editionOf(self.registry))

    def receives(self, p: Programme, *terms: tuple[Any, ...]) -> tuple[int, int]:
        """An agreement that a programme proposed to it: the link to it, and the one back."""
        terms = (*terms, self.world.ABSENT)[:2]
        by = p.link_administrator
        self.world.gateway.proposeAgreement(p.registry, self.consent(), *terms, by=by)
        agreement = self.world.gateway.agreementCount()
        self.speak("acceptAgreement", agreement, self.world.consent(p), *terms)
        return 2 * agreement, 2 * agreement + 1

    def sends(self, p: Programme, *terms: tuple[Any, ...]) -> tuple[int, int]:
        """An agreement that it proposed to a programme: the link from it, and the one to it."""
        terms = (*terms, self.world.ABSENT)[:2]
        self.speak("proposeAgreement", self.registry, self.world.consent(p), *terms)
        agreement = self.world.gateway.agreementCount()
        by = p.link_administrator
        self.world.gateway.acceptAgreement(agreement, self.consent(), *terms, by=by)
        return 2 * agreement, 2 * agreement + 1

    def cross(self, link: int, quantity: int, recipient: str, unit_class: int = XAU) -> Receipt:
        """It sends units that exist on its word only."""
        version = self.world.gateway.linkOf(link).version
        request = (self.world.stranger, link, version, unit_class, quantity, 0, recipient)
        return self.world.gateway.transfer(request, [], by=self.world.stranger)  # type: ignore[no-any-return]


def hostile(world: World, code: str = "XX") -> Hostile:
    """CN admitted it while it behaved. It has one class of allowances."""
    authority = world.chain.deploy("LyingAuthority")
    registry = world.chain.deploy("LyingRegistry", authority, world.gateway, text32(code))
    registry.sayClass(XAU, class_spec(), by=world.stranger)
    world.gateway.admit(world.cn, registry, text32(code), by=world.link_cn)
    return Hostile(world, code, authority, registry)

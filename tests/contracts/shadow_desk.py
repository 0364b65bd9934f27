"""What the shadows of desks share."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contracts.shadow import Range, Ref, Refusal
from tests.contracts.shadow_authority import Authority
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Kind, Type


@dataclass
class Desk:
    """It orders one registry."""

    address: str
    registry: Registry

    @property
    def authority(self) -> Authority:
        return self.registry.authority

    @property
    def keeper(self) -> str:
        return self.registry.keeper

    @property
    def now(self) -> int:
        return self.registry.clock.now

    def order(
        self,
        kind: Type,
        identity: int,
        sender: str,
        to: str,
        quantity: int,
        refs: list[Ref],
        in_parts: bool = False,
    ) -> list[Range]:
        order = self.registry.order
        return order(self.address, kind, identity, sender, to, quantity, refs, in_parts)

    def operator(self, account: str) -> None:
        if self.registry.kind_of(account) != Kind.OPERATOR:
            raise Refusal("NotOperatorAccount", account)

    def programmes_own(self, account: str) -> None:
        if not self.registry.is_programme(account):
            raise Refusal("NotProgrammeAccount", account)

    def in_province(self, account: str, province: int) -> None:
        of = self.registry.accounts[account].province
        if of != province:
            raise Refusal("ProvinceIs", account, of)


def check_length(entries: list, most: int) -> None:
    if not 0 < len(entries) <= most:
        raise Refusal("ListLength", len(entries), most)

"""The shadow of a programme's authority: who has which role, and which function is whose."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.shadow import Refusal
from tests.contracts.shadow_roles import GIVEN
from tests.contracts.words import PROVINCES, Role

Target = tuple[str, str]  # a contract's address and a function's name
LEAST = {Role.COUNCIL: 3, Role.GUARDIAN: 1, Role.ADMINISTRATOR: 1, Role.PROPOSAL_DESK: 1}
PERSONAL = {*range(Role.ACCOUNT_ADMINISTRATOR, Role.GUARDIAN + 1), Role.COUNCIL}
DESKS = ("issuance", "compliance", "liens", "holders")  # those that can be replaced
PARTS = ("registry", "proposals", *DESKS)


def is_province(role: int) -> bool:
    return PROVINCES < role <= PROVINCES + 0xFFFF


def is_personal(role: int) -> bool:
    return role in PERSONAL or is_province(role)


def office(role: int) -> int:
    """All provinces are one office."""
    return Role.PROVINCE if is_province(role) else role


@dataclass
class Authority:
    address: str
    parts: dict[str, Any] = field(repr=False)  # of the whole ledger, by address
    code_hashes: dict[str, bytes] = field(repr=False)  # of every edition of the code
    selectors: dict[Target, bytes]  # of functions
    members: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    functions: dict[Target, int] = field(default_factory=dict)  # whose each is
    exclusions: set[frozenset[int]] = field(default_factory=set)
    tenures: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    programme: dict[str, str] = field(default_factory=dict)  # addresses, by part
    kind: str = "authority"

    # ---- who may --------------------------------------------------------------------------

    def has(self, role: int, account: str) -> bool:
        return account in self.members[role]

    def may(self, caller: str, target: str, function: str) -> bool:
        return self.has(self.functions.get((target, function), Role.ADMINISTRATOR), caller)

    def require(self, caller: str, target: str, function: str) -> None:
        if not self.may(caller, target, function):
            raise Refusal("AccessManagedUnauthorized", caller)

    def roles_of(self, account: str) -> set[int]:
        """With the office PROVINCE, for whoever speaks for one."""
        return {role for role, members in self.members.items() if account in members}

    def offices_of(self, account: str) -> set[int]:
        return {office(role) for role in self.roles_of(account)}

    def province_of(self, account: str) -> int:
        return max((r - PROVINCES for r in self.roles_of(account) if is_province(r)), default=0)

    def excluded_by(self, role: int) -> set[int]:
        pairs = [pair for pair in self.exclusions if office(role) in pair]
        return {other for pair in pairs for other in pair if other != office(role)}

    # ---- roles ----------------------------------------------------------------------------

    def grant_role(self, _by: str, role: int, account: str, delay: int) -> None:
        if not is_personal(role):
            raise Refusal("RoleInvalid", role)
        if delay:
            raise Refusal("NotOffered")
        self.grant(role, account)

    def revoke_role(self, _by: str, role: int, account: str) -> None:
        self._revoke(role, account)

    def renounce_role(self, by: str, role: int, confirmation: str) -> None:
        if confirmation != by:
            raise Refusal("AccessManagerBadConfirmation")
        self._revoke(role, by)

    def set_exclusion(self, _by: str, role: int, other: int, exclusive: bool) -> None:
        for one in (role, other):
            if one not in PERSONAL and one != Role.PROVINCE:
                raise Refusal("RoleInvalid", one)
        if role == other:
            raise Refusal("RoleInvalid", role)
        both = [a for a in self.members[role] if a in self.members[other]]
        if exclusive and both:
            raise Refusal("RolesExclude", both[0], role, other)
        (self.exclusions.add if exclusive else self.exclusions.discard)(frozenset({role, other}))

    def set_target_function_role(
        self, _by: str, target: str, functions: list[str], role: int
    ) -> None:
        for function in functions:
            now = self.functions.get((target, function), Role.ADMINISTRATOR)
            if not is_personal(now) or target == self.address:
                raise Refusal("FunctionTakesTwo", target, self.selectors[target, function])
            if not is_personal(role) and role != Role.PROPOSAL_DESK:
                raise Refusal("RoleInvalid", role)
            self.functions[target, function] = role

    def grant(self, role: int, account: str) -> None:
        if account in self.members[role]:
            return
        clash = self.offices_of(account) & self.excluded_by(role)
        if clash:
            raise Refusal("RolesExclude", account, min(clash), role)
        held = self.province_of(account)
        if is_province(role) and held:
            raise Refusal("ProvinceHeld", account, held)
        for one in {role, office(role)}:
            self.members[one].append(account)

    def _revoke(self, role: int, account: str) -> None:
        if account not in self.members[role]:
            return
        left = len(self.members[role]) - 1
        if left < LEAST.get(role, 0):  # type: ignore[call-overload]
            raise Refusal("TooFewMembers", role, left, LEAST[Role(role)])
        for one in {role, office(role)}:
            _remove(self.members[one], account)
        self.tenures[role, account] += 1

    # ---- contracts ------------------------------------------------------------------------

    def adopt_programme(self, _by: str, programme: tuple[str, ...]) -> None:
        new, old = dict(zip(PARTS, programme, strict=True)), self.programme
        if any(new[part] != old[part] for part in ("registry", "proposals")):
            raise Refusal("AuthorityFixed", old["registry"])
        if new["issuance"] != old["issuance"]:
            self._revoke(Role.ISSUANCE_DESK, old["issuance"])
            self.grant(Role.ISSUANCE_DESK, new["issuance"])
        for part in DESKS:
            self.give(part, new[part])
        self.programme = new

    def adopt_gateway(self, _by: str, gateway: str) -> None:
        self.grant(Role.LINK_GATEWAY, gateway)
        self.give("gateway", gateway)

    def give(self, part: str, target: str) -> None:
        """Each function to its role; what takes two by now stays so."""
        for function, role in GIVEN[part].items():
            if self.functions.get((target, function)) != Role.PROPOSAL_DESK:
                self.functions[target, function] = role

    def succeed(self, _by: str, target: str, edition: str, code_hash: bytes, _then: bytes) -> None:
        known = self.code_hashes.get(edition, bytes(32))
        if known != code_hash:
            raise Refusal("CodeUnknown", edition, code_hash, known)
        part = self.parts[target]
        if part.keeper != self.address:
            raise Refusal("NotTheKeeper", self.address, part.keeper)
        part.edition = edition


def _remove(members: list[str], account: str) -> None:
    """The last takes the place of who leaves."""
    at = members.index(account)
    last = members.pop()
    if at < len(members):
        members[at] = last

"""The shadow of a gateway's members, and of the successions of its code that they decide on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.shadow import Clock, Refusal

DAY = 86400
TO_OBJECT = 30 * DAY


@dataclass
class Succession:
    edition: str
    code_hash: bytes
    ready_at: int
    accepted: set[str] = field(default_factory=set)
    stopped: bool = False
    done: bool = False


@dataclass
class Successions:
    address: str
    clock: Clock
    parts: dict[str, Any] = field(repr=False)  # of the whole ledger, by address
    code_hashes: dict[str, bytes] = field(repr=False)  # of every edition of the code
    edition: str = ""
    kind: str = "gateway"
    members: dict[str, bytes] = field(default_factory=dict)  # codes, by registry
    accepted_last: dict[str, int] = field(default_factory=dict)  # succession, by registry
    successions: dict[int, Succession] = field(default_factory=dict)
    current: int = 0  # zero: the first code

    @property
    def keeper(self) -> str:
        """It decides itself, that is its members do."""
        return self.address

    def propose_succession(self, by: str, registry: str, edition: str) -> None:
        self.speaker(by, registry, "proposeSuccession")
        self.member(registry)
        ready_at = self.clock.now + TO_OBJECT
        number = len(self.successions) + 1
        self.successions[number] = Succession(edition, self.code_hashes[edition], ready_at)
        self._accept(number, registry)

    def accept_succession(self, by: str, number: int, registry: str, code_hash: bytes) -> None:
        self.speaker(by, registry, "acceptSuccession")
        self.member(registry)
        s = self.successions.get(number)
        latest = number == len(self.successions) and s is not None and not s.stopped
        if s is None or (not latest and number != self.current):
            raise Refusal("SuccessionNotOpen", number)
        if code_hash != s.code_hash or registry in s.accepted:
            raise Refusal("SuccessionInvalid", number, code_hash)
        self._accept(number, registry)

    def stop_succession(self, by: str, number: int, registry: str) -> None:
        self.speaker(by, registry, "stopSuccession")
        self.member(registry)
        self._open(number).stopped = True

    def succeed_gateway(self, _by: str, number: int) -> None:
        s = self._open(number)
        if s.accepted != set(self.members) and self.clock.now < s.ready_at:
            raise Refusal("SuccessionNotReady", number, s.ready_at)
        s.done, self.current, self.edition = True, number, s.edition

    def welcome(self, registry: str) -> None:
        """Who is admitted knows what the gateway runs."""
        self.accepted_last[registry] = self.current
        if self.current:
            self.successions[self.current].accepted.add(registry)

    def stands_still(self, registry: str) -> bool:
        return self.current > 0 and registry not in self.successions[self.current].accepted

    def speaker(self, by: str, registry: str, function: str) -> None:
        """Whether somebody speaks for a programme is asked of its own authority."""
        if not self.parts[registry].authority.may(by, self.address, function):
            raise Refusal("NotLinkAdministrator", by, registry)

    def member(self, registry: str) -> None:
        if registry not in self.members:
            raise Refusal("NotAMember", registry)

    def _accept(self, number: int, registry: str) -> None:
        self.accepted_last[registry] = number
        self.successions[number].accepted.add(registry)

    def _open(self, number: int) -> Succession:
        s = self.successions.get(number)
        if s is None or number != len(self.successions) or s.stopped or s.done:
            raise Refusal("SuccessionNotOpen", number)
        return s

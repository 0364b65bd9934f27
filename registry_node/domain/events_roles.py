"""Events of a programme's authority, typed. See `events`."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.events import Event


@dataclass(slots=True)
class RoleGranted(Event):
    role: int
    account: bytes
    delay: int
    since: int
    is_new: int


@dataclass(slots=True)
class RoleRevoked(Event):
    role: int
    account: bytes


@dataclass(slots=True)
class RolesExcluded(Event):
    role: int
    other_role: int
    exclusive: int


@dataclass(slots=True)
class ProgrammeAdopted(Event):
    registry: bytes
    proposals: bytes
    issuance: bytes
    compliance: bytes
    liens: bytes
    holders: bytes


@dataclass(slots=True)
class CodeSucceeded(Event):
    target: bytes
    edition: bytes
    code_hash: bytes

"""Questions to the authorities, and to every address about the code that it runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from registry_node.indexer.questions import Asked, Question, as_address, question
from registry_node.indexer.report import Report

_CONTRACT = "ProgrammeAuthority"
_OFFICES = range(13)  # as in Roles.sol
_PROVINCE = 10
_PROVINCES = 2**32


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _members(asked, report)
    yield from _exclusions(asked, report)
    yield from _codes(asked, report)


def _members(asked: Asked, report: Report) -> Iterator[Question]:
    """Everybody who has a role. All provinces are one office too."""
    holders: dict[tuple[int, int], set[bytes]] = defaultdict(set)
    for registry_id in asked.registries:
        for role in _OFFICES:
            holders[registry_id, role] = set()
    for registry_id, role, address in asked.versions("role_holder", "registry_id, role, address"):
        holders[registry_id, role].add(address)
        if role > _PROVINCES:
            holders[registry_id, _PROVINCE].add(address)
    for (registry_id, role), mirror in holders.items():
        yield question(
            report,
            "role",
            f"{asked.code(registry_id)} role {role}",
            sorted(mirror),
            (asked.authorities[registry_id], _CONTRACT, "membersOf", (role,)),
            read=lambda w: sorted(map(as_address, w[2:])),
        )


def _exclusions(asked: Asked, report: Report) -> Iterator[Question]:
    excluded: dict[tuple[int, int], int] = {
        (registry_id, role): 0 for registry_id in asked.registries for role in _OFFICES
    }
    for registry_id, role, other in asked.versions(
        "role_exclusion", "registry_id, role, other_role"
    ):
        excluded[registry_id, role] |= 1 << other
        excluded[registry_id, other] |= 1 << role
    for (registry_id, role), mirror in excluded.items():
        yield question(
            report,
            "exclusion",
            f"{asked.code(registry_id)} role {role}",
            mirror,
            (asked.authorities[registry_id], _CONTRACT, "excludedBy", (role,)),
        )


def _codes(asked: Asked, report: Report) -> Iterator[Question]:
    for contract, edition in asked.versions("code", "contract, edition"):
        yield question(
            report,
            "code",
            f"0x{contract.hex()}",
            edition,
            (contract, "UnitRegistry", "implementation", ()),
            read=lambda w: as_address(w[0]),
        )

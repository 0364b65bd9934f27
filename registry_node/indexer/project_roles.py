"""Who has which role in a programme, and which code its contracts run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_roles as r
from registry_node.indexer.projection import NOBODY, Projection


def _granted(p: Projection, event: r.RoleGranted) -> None:
    key = (p.registry, event.role, event.account)
    if p.view.get("role_holder", key) is None:
        p.view.set("role_holder", key, (event.since,))


def _revoked(p: Projection, event: r.RoleRevoked) -> None:
    p.view.set("role_holder", (p.registry, event.role, event.account), None)


def _excluded(p: Projection, event: r.RolesExcluded) -> None:
    roles = sorted((event.role, event.other_role))
    p.view.set("role_exclusion", (p.registry, *roles), () if event.exclusive else None)


def _adopted(p: Projection, event: r.ProgrammeAdopted) -> None:
    """Which desk is followed in what, the registry says: see `project_settings`."""
    desks = (event.proposals, event.issuance, event.compliance, event.liens, event.holders)
    for desk in desks:
        if desk != NOBODY:
            p.view.name(p.registry, desk)
    p.view.set("office", (p.registry, "proposals"), (event.proposals,))


def _upgraded(p: Projection, event: e.Upgraded) -> None:
    found = p.view.get("code", (event.address,))
    if found is None or found[0] != event.edition:
        p.view.set("code", (event.address,), (event.edition, None))


def _succeeded(p: Projection, event: r.CodeSucceeded) -> None:
    """It comes after the address itself has said that it runs other code."""
    if p.view.get("code", (event.target,)) == (event.edition, None):
        p.view.set("code", (event.target,), (event.edition, event.code_hash))


HANDLERS: Mapping[type[e.Event], Any] = {
    r.RoleGranted: _granted,
    r.RoleRevoked: _revoked,
    r.RolesExcluded: _excluded,
    r.ProgrammeAdopted: _adopted,
    r.CodeSucceeded: _succeeded,
    e.Upgraded: _upgraded,
}

"""What a statement can be about, and the answer that it signs: the same as the API's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import UnitReference
from registry_node.queries import accounts, closed, compliance, find, quotas, registries
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.queries.trace import trace


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of statement: what it must and may be asked with."""

    about: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    answer: Callable[..., tuple[Json, Any]]
    """From the snapshot and the parameters: the subject as the statement names it, and the data."""

    def check(self, kind: str, given: dict[str, Any]) -> None:
        """Raises `InvalidInput` for parameters that are missing or of another kind."""
        missing = [name for name in self.required if given.get(name) is None]
        known = (*self.required, *self.optional)
        foreign = [name for name, value in given.items() if value is not None and name not in known]
        if missing or foreign:
            wrong = f"needs {missing[0]}" if missing else f"has no {foreign[0]}"
            optional = f"; it may have: {', '.join(self.optional)}" if self.optional else ""
            raise InvalidInput(
                f"A statement of {kind} {wrong}.",
                f"It needs: {', '.join(self.required)}{optional}.",
            )


def _holdings(
    snapshot: Snapshot, registry: str, account: bytes, symbol: str | None = None
) -> tuple[Json, Any]:
    # An empty list would say that the account has nothing: refuse what is closed or does not exist.
    snapshot.view.require(registry, account)
    find.account(snapshot, find.registry(snapshot, registry), account)
    data = every_item(
        lambda page: accounts.holdings(
            snapshot, page, registry=registry, symbol=symbol, address=account
        )
    )
    return {"registry": registry, "account": hexed(account), "class": symbol}, data


def _unit(snapshot: Snapshot, registry: str, symbol: str, serial: int) -> tuple[Json, Any]:
    life = trace(snapshot, UnitReference(registry, symbol, serial, serial))
    data = closed.life(snapshot, life)
    return {"registry": registry, "class": symbol, "serial": serial}, data


def _registry(snapshot: Snapshot, registry: str) -> tuple[Json, Any]:
    return {"registry": registry}, registries.registry(snapshot, registry)


def _quota(snapshot: Snapshot, link: str) -> tuple[Json, Any]:
    data = quotas.quota(snapshot, link)
    return {"link": data["link"]}, data


def _compliance(
    snapshot: Snapshot, registry: str, account: bytes, year: int | None = None
) -> tuple[Json, Any]:
    if snapshot.view.sees(registry, account):
        find.account(snapshot, find.registry(snapshot, registry), account)
    data = every_item(
        lambda page: compliance.obligations(
            snapshot, page, registry=registry, address=account, year=year
        )
    )
    if not data:
        snapshot.view.require(registry, account)
    return {"registry": registry, "account": hexed(account), "year": year}, data


KINDS = {
    "holdings": Subject("an account's balances", ("registry", "account"), ("symbol",), _holdings),
    "unit": Subject("a unit's whole life", ("registry", "symbol", "serial"), (), _unit),
    "registry": Subject("a registry's totals", ("registry",), (), _registry),
    "quota": Subject("a link's quota and its use", ("link",), (), _quota),
    "compliance": Subject(
        "an operator's compliance years", ("registry", "account"), ("year",), _compliance
    ),
}
"""Each kind of statement by name."""

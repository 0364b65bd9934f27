"""Every address of the API: its parameters, what it answers, and the query that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from registry_node.api import parameters as p
from registry_node.api import schemas
from registry_node.domain.references import UnitReference
from registry_node.queries import (
    accounts,
    closed,
    compliance,
    digests,
    documents,
    liens,
    links,
    members,
    movements,
    proposals,
    quotas,
    registries,
    requests,
    roles,
    settings,
)
from registry_node.queries.paging import Listing, Page
from registry_node.queries.snapshot import Json, Snapshot
from registry_node.queries.trace import trace


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One GET address. A list's `answer` also takes the page, as `page`.

    With the parameters `quick` given, an answer is a few index look-ups, and is found in the event
    loop; any other is found in a thread, so that no reader waits for another's long list.
    """

    path: str
    summary: str
    schema: type[BaseModel]
    answer: Callable[..., Json | Listing]
    parameters: tuple[p.Parameter, ...] = ()
    is_list: bool = False
    quick: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        words = [w for w in self.path.replace("{", "").replace("}", "").split("/") if w]
        return "_".join(["get", *words[1:]])

    @property
    def all_parameters(self) -> tuple[p.Parameter, ...]:
        paging = (p.LIMIT, p.CURSOR) if self.is_list else ()
        return (*self.parameters, *paging, p.AT)


def _lots(snapshot: Snapshot, page: Page, link: str | None = None, **filters: Any) -> Listing:
    link_id = links.find_link(snapshot, link)["id"] if link is not None else None
    return movements.lots(snapshot, page, link_id=link_id, **filters)


def _unit(snapshot: Snapshot, registry: str, symbol: str, serial: int) -> Json:
    return closed.life(snapshot, trace(snapshot, UnitReference(registry, symbol, serial, serial)))


def _account(snapshot: Snapshot, registry: str, address: bytes) -> Json:
    return accounts.account(snapshot, registry, address)


ENDPOINTS = (
    Endpoint(
        "/v1/registries",
        "Registries with their totals and unit classes",
        schemas.Registry,
        registries.registries,
        is_list=True,
    ),
    Endpoint(
        "/v1/registries/{code}",
        "One registry",
        schemas.Registry,
        registries.registry,
        (p.CODE,),
    ),
    Endpoint(
        "/v1/registries/{code}/classes",
        "The unit classes of a registry",
        schemas.UnitClass,
        registries.classes,
        (p.CODE,),
        is_list=True,
    ),
    Endpoint(
        "/v1/registries/{code}/accounts",
        "The accounts of a registry",
        schemas.Account,
        accounts.accounts,
        (p.CODE,),
        is_list=True,
    ),
    Endpoint(
        "/v1/registries/{code}/settings",
        "What a programme has set: delays, shares, desks, steps that need two people",
        schemas.Settings,
        settings.settings,
        (p.CODE,),
    ),
    Endpoint(
        "/v1/registries/{code}/roles",
        "Who has which role in a programme, which keys have two, which roles exclude each other",
        schemas.Roles,
        roles.roles,
        (p.CODE,),
    ),
    Endpoint(
        "/v1/registries/{code}/documents",
        "Documents that a programme published by their hashes, oldest first",
        schemas.Document,
        documents.documents,
        (p.CODE,),
        is_list=True,
    ),
    Endpoint(
        "/v1/accounts/{registry}/{address}",
        "One account: its balances, what is demanded of it, whom it trusts",
        schemas.AccountInFull,
        _account,
        (p.REGISTRY_IN_PATH, p.ADDRESS),
    ),
    Endpoint(
        "/v1/holdings",
        "Balances by unit class and account; the gateway's are its escrow",
        schemas.Holding,
        accounts.holdings,
        (p.REGISTRY, p.CLASS, p.ACCOUNT),
        is_list=True,
        quick=("registry", "symbol", "address"),
    ),
    Endpoint(
        "/v1/movements",
        "Unit blocks that changed hands or state, oldest first",
        schemas.Movement,
        movements.movements,
        (p.REGISTRY, p.CLASS, p.ACCOUNT, p.TYPE, p.TRANSACTION),
        is_list=True,
    ),
    Endpoint(
        "/v1/units/{registry}/{class}/{serial}",
        "The whole life of one unit, across borders",
        schemas.Trace,
        _unit,
        (p.REGISTRY_IN_PATH, p.CLASS_IN_PATH, p.SERIAL),
    ),
    Endpoint(
        "/v1/links",
        "Links between registries, one for each direction",
        schemas.Link,
        links.links,
        is_list=True,
    ),
    Endpoint("/v1/links/{id}", "One link", schemas.Link, links.link, (p.LINK_ID,)),
    Endpoint(
        "/v1/links/{id}/quota",
        "The import quota of a link: meter and history",
        schemas.Quota,
        quotas.quota,
        (p.LINK_ID,),
    ),
    Endpoint(
        "/v1/links/{id}/quote",
        "What a transfer would do, or why it would be refused",
        schemas.Quote,
        quotas.quote_transfer,
        (p.LINK_ID, p.QUOTED_CLASS, p.QUANTITY),
        quick=("wanted", "symbol", "quantity"),
    ),
    Endpoint(
        "/v1/members",
        "Programmes that take part in links, and the code that they run",
        schemas.Member,
        members.members,
        is_list=True,
    ),
    Endpoint(
        "/v1/successions",
        "Other code that was proposed for the link gateway, and what became of it",
        schemas.Succession,
        members.successions,
        is_list=True,
    ),
    Endpoint(
        "/v1/lots",
        "Cross-registry transfers, oldest first",
        schemas.Lot,
        _lots,
        (p.LINK, p.ACCOUNT, p.STATUS),
        is_list=True,
    ),
    Endpoint(
        "/v1/obligations",
        "What operators emitted, owe and have surrendered for each compliance year",
        schemas.Obligation,
        compliance.obligations,
        (p.REGISTRY, p.ACCOUNT, p.YEAR),
        is_list=True,
    ),
    Endpoint(
        "/v1/proposals",
        "Sensitive steps: who proposed and approved them, and what they would do",
        schemas.Proposal,
        proposals.proposals,
        (p.REGISTRY, p.PROPOSAL_STATE),
        is_list=True,
    ),
    Endpoint(
        "/v1/proposals/{registry}/{number}",
        "One sensitive step",
        schemas.Proposal,
        proposals.proposal,
        (p.REGISTRY_IN_PATH, p.PROPOSAL_NUMBER),
    ),
    Endpoint(
        "/v1/requests",
        "Requests at the holder desks: what is to be done in the name of an account",
        schemas.Request,
        requests.requests,
        (p.REGISTRY, p.ACCOUNT, p.REQUEST_STATE),
        is_list=True,
    ),
    Endpoint(
        "/v1/requests/{registry}/{number}",
        "One request",
        schemas.Request,
        requests.request,
        (p.REGISTRY_IN_PATH, p.REQUEST_NUMBER),
    ),
    Endpoint(
        "/v1/trades",
        "Trades that institutions settled, oldest first",
        schemas.Trade,
        requests.trades,
        (p.REGISTRY, p.ACCOUNT),
        is_list=True,
    ),
    Endpoint(
        "/v1/liens",
        "Units set aside: freezes and pledges that are not lifted",
        schemas.Lien,
        liens.liens,
        (p.REGISTRY, p.ACCOUNT),
        is_list=True,
    ),
    Endpoint(
        "/v1/digests",
        "The mirror's digest at a ledger block, to compare two mirrors",
        schemas.Digest,
        digests.digest,
        quick=("at",),
    ),
)

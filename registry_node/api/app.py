"""The application: the endpoints' table made into addresses.

FastAPI describes the addresses; the front answers them (`api/front.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.resources import files
from typing import Any, TypeAlias

import orjson
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from registry_node.api import conditional, problems, schemas, stream
from registry_node.api.endpoints import ENDPOINTS, Endpoint
from registry_node.api.exposition import MEDIA_TYPE, exposition
from registry_node.api.front import Answer, Front, Handler
from registry_node.api.health import HealthCheck
from registry_node.api.parameters import read
from registry_node.api.statements import Statements
from registry_node.api.turns import TurnReader
from registry_node.attest.prove import Prover
from registry_node.attest.statement import Issuer
from registry_node.domain.errors import Forbidden, InvalidInput, TonnelinkError, Unavailable
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries import disputes
from registry_node.queries.paging import DEFAULT_LIMIT, Listing, Page
from registry_node.queries.snapshot import AsOf, Json, Reader, Snapshot

_DESCRIPTION = (
    "Who holds which emission allowances and offsets, and the life of each of them, across linked"
    " registries. Quantities are strings of integers, in tonnes of CO2 equivalent."
)

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {
            problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }
    for status, description in (
        (400, "A parameter is wrong"),
        (401, "It must be known who asks; not on an open node"),
        (403, "This is closed to whoever asks; not on an open node"),
        (404, "There is no such thing at this height"),
        (413, "The request's body is too large"),
        (414, "The request's address is too long"),
        (429, "Asked too often; Retry-After says how long to wait"),
        (503, "The mirror, the chain or the audit log cannot be reached"),
    )
}

_NOT_WELL = "The node is not well; its operator can see what it is."

Guard: TypeAlias = Callable[[ASGIApp], ASGIApp]
"""Stands in front of the whole application: who may ask, and how much."""

_CONTENT_SECURITY = (
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline';"
    " script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Application(FastAPI):
    """What FastAPI describes and the front answers."""

    entrance: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.entrance(scope, receive, send)

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as FastAPI does: its own description, and what is not there."""
        await super().__call__(scope, receive, send)


def create_app(
    reader: Reader,
    health: HealthCheck,
    version: str,
    guard: Guard = lambda app: app,
    issuer: Issuer | None = None,
    closed: Collection[str] = (),
    prover: Prover | None = None,
) -> FastAPI:
    """The HTTP interface over one mirror, behind `guard`, which wants a token for the `closed`
    addresses. Without an `issuer` it signs nothing."""
    app = Application(
        title="Tonnelink",
        version=version,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for endpoint in ENDPOINTS:
        _describe(app, endpoint)
    _describe_health(app)
    _describe_stream(app)
    statements = Statements(issuer, prover)
    statements.describe(app, _described_only, _PROBLEMS)
    _describe_problems(app)
    _describe_tokens(app, closed)
    at_once = TurnReader(reader.location, reader.directory)
    handlers = {
        **{e.path: _handler(reader, at_once, e, version) for e in ENDPOINTS},
        "/v1/health": _health_handler(health),
        stream.PATH: stream.stream_handler(reader),
        **statements.handlers,
        "/metrics": _metrics_handler(health, reader),
        "/": _page_handler("tokens" if closed else "open"),
    }
    app.entrance = guard(Front(handlers, app.describe))
    return app


def answer(
    endpoint: Endpoint,
    reader: Reader,
    values: dict[str, Any],
    view: View = EVERYTHING,
    meet: Callable[[AsOf], None] = lambda _: None,
) -> Json:
    """Answers an endpoint from one snapshot, in the envelope. `values` are read parameters,
    `view` is what the asker may see.

    `meet` is told the ledger block before any query is made; what it raises ends the answer.
    """
    at = values.pop("at", None)
    if not endpoint.is_list:
        with reader.snapshot(at, view) as snapshot:
            meet(snapshot.as_of)
            data = _found(endpoint, snapshot, values)
            document = {"data": data, "as_of": snapshot.as_of.to_json()}
            return _marked(document, snapshot, endpoint, values)
    page = Page.parse(values.pop("limit", DEFAULT_LIMIT), values.pop("cursor", None))
    if at is not None and page.height is not None and at != page.height:
        raise InvalidInput(
            f"at={at} contradicts the cursor, which is of ledger block {page.height}.",
            "Leave 'at' out, or start the list again.",
        )
    with reader.snapshot(at if page.height is None else page.height, view) as snapshot:
        page.check(snapshot)
        meet(snapshot.as_of)
        found: Any = _found(endpoint, snapshot, values, page=page)
        document = {
            "data": found.items,
            "as_of": snapshot.as_of.to_json(),
            "next_cursor": found.next_cursor,
        }
        return _marked(document, snapshot, endpoint, values)


def _found(
    endpoint: Endpoint, snapshot: Snapshot, values: dict[str, Any], **page: Page
) -> Json | Listing:
    """What a query finds. That it found nothing may be in doubt, too."""
    try:
        return endpoint.answer(snapshot, **values, **page)
    except Forbidden:
        raise  # a mark would tell that there is such an account
    except TonnelinkError as error:
        disputed = disputes.concerning(snapshot, None, values, is_list=endpoint.is_list)
        if disputed:
            error.details["disputed"] = disputed
        raise


def _marked(document: Json, snapshot: Snapshot, endpoint: Endpoint, values: dict[str, Any]) -> Json:
    """With the marks of whomever the answer is about."""
    if snapshot.as_of.marks:
        is_list, data = endpoint.is_list, document["data"]
        disputed = disputes.concerning(snapshot, data, values, is_list=is_list)
        if disputed:
            document["disputed"] = disputed
    return document


def _handler(reader: Reader, at_once: Reader, endpoint: Endpoint, version: str) -> Handler:
    """`at_once` is read in the event loop."""
    key = version.encode()[:64]
    parameters = {parameter.name: parameter for parameter in endpoint.all_parameters}
    quick = set(endpoint.quick) if reader.is_near else set()

    def find(scope: Scope, values: dict[str, Any], reader: Reader = reader) -> Response:
        # The guard says what the asker may see; a node without one shows everything.
        view: View = scope.get("tonnelink.view", EVERYTHING)
        name = b""

        def meet(as_of: AsOf) -> None:
            nonlocal name
            scope["tonnelink.height"] = as_of.number  # for the log of who asked what
            name = conditional.etag(as_of, scope, view, key)
            if conditional.matches(scope, name):
                raise conditional.Unchanged

        try:
            document = answer(endpoint, reader, values, view, meet)
        except conditional.Unchanged:
            return Answer(b"", [(b"etag", name), *conditional.HEADERS], 304)
        return Answer(orjson.dumps(document), [(b"etag", name), *conditional.HEADERS])

    async def handler(scope: Scope, path: dict[str, str]) -> Response:
        values = read(scope["query_string"], path, parameters)
        if quick and values.keys() >= quick:
            return find(scope, values, at_once)
        return await run_in_threadpool(find, scope, values)

    return handler


_AWAY = "Once the chain answers again, the node goes on by itself."
_STOPPED = "The indexer has stopped and needs somebody; what is answered is true as of its block."


def _health_handler(health: HealthCheck) -> Handler:
    async def get_health(scope: Scope, path: dict[str, str]) -> Response:  # noqa: ARG001
        document, as_of = await run_in_threadpool(health.check)
        view: View = scope.get("tonnelink.view", EVERYTHING)
        if document["last_error"] and not view.everything:  # it may name hosts and files
            document = {**document, "last_error": _NOT_WELL}
        seen = as_of.to_json() if as_of else None
        if document["status"] != "problem":
            return _json({"data": document, "as_of": seen})
        error = Unavailable(document["last_error"], _STOPPED if document["stopped"] else _AWAY)
        return problems.problem(error, scope["path"], data=document, as_of=seen)

    return get_health


def _metrics_handler(health: HealthCheck, reader: Reader) -> Handler:
    async def get_metrics(scope: Scope, path: dict[str, str]) -> Response:  # noqa: ARG001
        text = await run_in_threadpool(exposition, health, reader)
        return Response(text, media_type=MEDIA_TYPE)

    return get_metrics


def _page_handler(access: str) -> Handler:
    text = files("registry_node.api").joinpath("page.html").read_text(encoding="utf-8")
    text = text.replace('data-access="open"', f'data-access="{access}"', 1)
    headers = {"Content-Security-Policy": _CONTENT_SECURITY, "X-Content-Type-Options": "nosniff"}

    async def page(scope: Scope, path: dict[str, str]) -> Response:  # noqa: ARG001
        return HTMLResponse(text, headers=headers)

    return page


# ---- the description ------------------------------------------------------------------------


async def _described_only() -> None:
    """Stands where FastAPI wants a function: the front answers."""


def _describe(app: FastAPI, endpoint: Endpoint) -> None:
    envelope: Any = schemas.ListAnswer if endpoint.is_list else schemas.Answer
    app.add_api_route(
        endpoint.path,
        _described_only,
        methods=["GET"],
        response_model=envelope[endpoint.schema],
        summary=endpoint.summary,
        operation_id=endpoint.name,
        responses=_PROBLEMS,
        openapi_extra={"parameters": [p.to_openapi() for p in endpoint.all_parameters]},
    )


def _describe_health(app: FastAPI) -> None:
    app.add_api_route(
        "/v1/health",
        _described_only,
        methods=["GET"],
        response_model=schemas.Answer[schemas.Health],
        summary="Whether the node and its chain are well",
        operation_id="get_health",
        responses={status: told for status, told in _PROBLEMS.items() if status not in {403, 404}},
    )


def _describe_stream(app: FastAPI) -> None:
    app.add_api_route(
        stream.PATH,
        _described_only,
        methods=["GET"],
        response_class=stream.EventStream,
        summary="Movements, quota changes and what the chain took back, as server-sent events",
        operation_id="get_stream",
        responses=_PROBLEMS,
        openapi_extra={"parameters": [p.to_openapi() for p in stream.PARAMETERS]},
    )


def _describe_problems(app: FastAPI) -> None:
    """Puts the problem document's schema where the responses refer to it."""
    document = app.openapi()
    schema = schemas.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    described = document["components"]["schemas"]
    described.update(schema.pop("$defs", {}), Problem=schema)
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        described.pop(of_fastapi, None)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)


def _describe_tokens(app: FastAPI, closed: Collection[str]) -> None:
    """Says where a token is needed, and that one may be sent elsewhere."""
    if not closed:
        return
    document = app.openapi()
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["security"] = [{"token": []}] if path in closed else [{}, {"token": []}]


def _json(document: Json) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")

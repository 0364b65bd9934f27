"""The application: the endpoints' table made into addresses.

FastAPI describes the addresses and Starlette answers them: each handler stands as a plain route
before the route that describes it, which spares every request the half of its time that FastAPI
would spend on parameters and bodies that are not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any, TypeAlias

import orjson
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from registry_node.api import problems, schemas
from registry_node.api.endpoints import ENDPOINTS, Endpoint
from registry_node.api.health import HealthCheck
from registry_node.api.parameters import read
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries.paging import DEFAULT_LIMIT, Page
from registry_node.queries.snapshot import Json, Reader

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
        (404, "There is no such thing at this height"),
        (503, "The mirror or the chain cannot be reached"),
    )
}

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_CONTENT_SECURITY = (
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline';"
    " script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(reader: Reader, health: HealthCheck, version: str) -> FastAPI:
    """The HTTP interface over one mirror."""
    app = FastAPI(
        title="Tonnelink",
        version=version,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    handlers = [_handler(reader, endpoint) for endpoint in ENDPOINTS]
    for endpoint, handler in zip(ENDPOINTS, handlers, strict=True):
        _serve(app, endpoint.path, handler)
    _serve(app, "/v1/health", _health_handler(health))
    _serve(app, "/", _page_handler())
    for endpoint, handler in zip(ENDPOINTS, handlers, strict=True):
        _describe(app, endpoint, handler)
    _describe_health(app, _health_handler(health))
    _describe_problems(app)
    return app


def answer(
    endpoint: Endpoint, reader: Reader, values: dict[str, Any], view: View = EVERYTHING
) -> Json:
    """Answers an endpoint from one snapshot, in the envelope. `values` are read parameters,
    `view` is what the asker may see."""
    at = values.pop("at", None)
    if not endpoint.is_list:
        with reader.snapshot(at, view) as snapshot:
            data = endpoint.answer(snapshot, **values)
            return {"data": data, "as_of": snapshot.as_of.to_json()}
    page = Page.parse(values.pop("limit", DEFAULT_LIMIT), values.pop("cursor", None))
    if at is not None and page.height is not None and at != page.height:
        raise InvalidInput(
            f"at={at} contradicts the cursor, which is of ledger block {page.height}.",
            "Leave 'at' out, or start the list again.",
        )
    with reader.snapshot(at if page.height is None else page.height, view) as snapshot:
        page.check(snapshot)
        found: Any = endpoint.answer(snapshot, page=page, **values)
        return {
            "data": found.items,
            "as_of": snapshot.as_of.to_json(),
            "next_cursor": found.next_cursor,
        }


def _serve(app: FastAPI, path: str, handler: Handler) -> None:
    add: Callable[[str, Handler], None] = app.add_route
    add(path, handler)


def _handler(reader: Reader, endpoint: Endpoint) -> Handler:
    parameters = endpoint.all_parameters

    async def quick(request: Request) -> Response:
        return _json(answer(endpoint, reader, read(request, parameters), _view(request)))

    async def slow(request: Request) -> Response:
        values = read(request, parameters)
        return _json(await run_in_threadpool(answer, endpoint, reader, values, _view(request)))

    return quick if endpoint.quick else slow


def _view(request: Request) -> View:
    """What the asker may see: the guard says it; a node without one shows everything."""
    view: View = request.scope.get("tonnelink.view", EVERYTHING)
    return view


def _health_handler(health: HealthCheck) -> Handler:
    async def get_health(request: Request) -> Response:
        document, as_of = await run_in_threadpool(health.check)
        seen = as_of.to_json() if as_of else None
        if document["status"] == "ok":
            return _json({"data": document, "as_of": seen})
        error = Unavailable(
            document["last_error"], "Once the chain answers again, the node goes on by itself."
        )
        return problems.problem(error, request.url.path, data=document, as_of=seen)

    return get_health


def _page_handler() -> Handler:
    text = files("registry_node.api").joinpath("page.html").read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": _CONTENT_SECURITY, "X-Content-Type-Options": "nosniff"}

    async def page(request: Request) -> Response:  # noqa: ARG001  # every visitor sees the same
        return HTMLResponse(text, headers=headers)

    return page


# ---- the description ------------------------------------------------------------------------


def _describe(app: FastAPI, endpoint: Endpoint, handler: Handler) -> None:
    envelope: Any = schemas.ListAnswer if endpoint.is_list else schemas.Answer
    app.add_api_route(
        endpoint.path,
        handler,
        methods=["GET"],
        response_model=envelope[endpoint.schema],
        summary=endpoint.summary,
        operation_id=endpoint.name,
        responses=_PROBLEMS,
        openapi_extra={"parameters": [p.to_openapi() for p in endpoint.all_parameters]},
    )


def _describe_health(app: FastAPI, handler: Handler) -> None:
    app.add_api_route(
        "/v1/health",
        handler,
        methods=["GET"],
        response_model=schemas.Answer[schemas.Health],
        summary="Whether the node and its chain are well",
        operation_id="get_health",
        responses={503: _PROBLEMS[503]},
    )


def _describe_problems(app: FastAPI) -> None:
    """Puts the problem document's schema where the responses refer to it."""
    document = app.openapi()
    schema = schemas.Problem.model_json_schema()
    document["components"]["schemas"]["Problem"] = schema
    document["components"]["schemas"].pop("HTTPValidationError", None)
    document["components"]["schemas"].pop("ValidationError", None)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)


def _json(document: Json) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")

"""Errors as RFC 9457 problem documents. A stack trace never leaves the node."""

from __future__ import annotations

import logging
from typing import cast

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from registry_node.domain.errors import InvalidInput, NotFound, TonnelinkError
from registry_node.queries.snapshot import Json

_log = logging.getLogger("tonnelink.api")

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    "invalid-input": "The request is malformed",
    "not-found": "There is no such thing",
    "method-not-allowed": "This address is for reading",
    "unauthorised": "It must be known who asks",
    "forbidden": "This is closed to whoever asks",
    "too-large": "The request is too large",
    "uri-too-long": "The address is too long",
    "too-many-requests": "Too many requests",
    "refused": "The ledger's rules refuse it",
    "unavailable": "Not available now",
    "inconsistent": "The mirror and the ledger disagree",
    "error": "The node made an error",
}


class MethodNotAllowedError(TonnelinkError):
    """The API reads; whoever wants to write signs a ledger transaction."""

    code = "method-not-allowed"
    http_status = 405


class InvalidParameters(InvalidInput):
    """Names every parameter that is wrong."""

    def __init__(self, errors: list[Json]) -> None:
        names = ", ".join(dict.fromkeys(str(error["parameter"]) for error in errors))
        first = errors[0]
        super().__init__(
            str(first["detail"]) if len(errors) == 1 else f"These parameters are wrong: {names}.",
            str(first["hint"]) if len(errors) == 1 else "See 'errors' for each of them.",
            errors=errors,
        )


def problem(error: TonnelinkError, address: str, **members: object) -> Response:
    """The problem document of an error."""
    document: Json = {
        "type": f"urn:tonnelink:problem:{error.code}",
        "title": _TITLES.get(error.code, _TITLES["error"]),
        "status": error.http_status,
        "detail": error.message,
        "hint": error.hint,
        "instance": address,
    }
    for name in ("errors", "disputed"):
        if name in error.details:
            document[name] = error.details[name]
    document.update(members)
    return Response(orjson.dumps(document), error.http_status, media_type=MEDIA_TYPE)


def unexpected(address: str) -> Response:
    """What is said of an error that nobody foresaw; its trace is in the log alone."""
    return problem(TonnelinkError("The node could not answer.", "Its log says more."), address)


def instance(scope: Scope) -> str:
    """The address of a request with its query."""
    query: bytes = scope["query_string"]
    path: str = scope["path"]
    return f"{path}?{query.decode('latin-1')}" if query else path


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""

    async def on_tonnelink_error(request: Request, error: Exception) -> Response:
        return problem(cast("TonnelinkError", error), instance(request.scope))

    async def on_http_error(request: Request, error: Exception) -> Response:
        http_error = cast("HTTPException", error)
        response = problem(_translate(http_error, request), instance(request.scope))
        for name, value in (http_error.headers or {}).items():
            response.headers[name] = value
        return response

    async def on_validation_error(request: Request, error: Exception) -> Response:
        errors = [
            {"parameter": str(item["loc"][-1]), "detail": item["msg"], "hint": ""}
            for item in cast("RequestValidationError", error).errors()
        ]
        return problem(InvalidParameters(errors), instance(request.scope))

    async def on_error(request: Request, error: Exception) -> Response:
        told = {"event": "answer-failed"}  # the path only: parameters may name people
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error, extra=told)
        return unexpected(instance(request.scope))

    app.add_exception_handler(TonnelinkError, on_tonnelink_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(Exception, on_error)


def _translate(error: HTTPException, request: Request) -> TonnelinkError:
    if error.status_code == 404:  # noqa: PLR2004  # a well-known number
        return NotFound(
            f"There is nothing at {request.url.path}.", "Every address is listed in /openapi.json."
        )
    if error.status_code == 405:  # noqa: PLR2004
        return MethodNotAllowedError(
            f"{request.method} is not possible here.",
            "Use GET. To change the ledger, sign a transaction: see 'tonnelink --help'.",
        )
    return InvalidInput(str(error.detail), "")

"""Signed statements over HTTP, and the public keys that they are checked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Scope

from registry_node.api import parameters as p
from registry_node.api import schemas
from registry_node.api.front import Handler
from registry_node.api.parameters import Parameter, read
from registry_node.attest.inclusion import SCOPES
from registry_node.attest.jws import PROOFS
from registry_node.attest.prove import Prover
from registry_node.attest.statement import Issuer
from registry_node.attest.subjects import KINDS
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries.snapshot import Json

PATH = "/v1/statements"
KEYS_PATH = "/.well-known/jwks.json"

SCHEMAS: dict[str, TypeAdapter[Any]] = {
    "holdings": TypeAdapter(list[schemas.Holding]),
    "unit": TypeAdapter(schemas.Trace),
    "registry": TypeAdapter(schemas.Registry),
    "quota": TypeAdapter(schemas.Quota),
    "compliance": TypeAdapter(list[schemas.Obligation]),
}
"""By kind of statement: the form of its data, which is that of the API's answer."""


def _kind(text: str) -> str:
    if text not in KINDS:
        raise InvalidInput(f"'{text}' is no kind of statement.", f"Kinds: {', '.join(KINDS)}.")
    return text


def _scope(text: str) -> str:
    if text not in SCOPES:
        raise InvalidInput(f"'{text}' is no scope of proofs.", f"One of: {', '.join(SCOPES)}.")
    return text


KIND = Parameter(
    "kind",
    _kind,
    "What it is about: " + "; ".join(f"{name}: {kind.about}" for name, kind in KINDS.items()),
    {"type": "string", "enum": list(KINDS)},
    required=True,
)
_PROVEN = Parameter(
    "proofs",
    _scope,
    "Of a unit's life: carry the ledger's proofs, with the chain of headers or the steps' only.",
    {"type": "string", "enum": list(SCOPES)},
)
PARAMETERS = (
    KIND,
    p.ONE_REGISTRY,
    p.ONE_ACCOUNT,
    p.ONE_CLASS,
    p.ONE_SERIAL,
    p.ONE_LINK,
    p.YEAR,
    _PROVEN,
    p.AT,
)

_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}


class PublicKey(BaseModel):
    """RFC 7517. `nbf` and `exp`, seconds since 1970, say when it may sign; what is `revoked` is
    not believed at all."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str
    nbf: int | None = None
    exp: int | None = None
    revoked: dict[str, Any] | None = None


class PublicKeys(BaseModel):
    """Every key that this node ever signed statements with."""

    keys: list[PublicKey]


class Statements:
    """The two addresses. `issuer` None: this node signs nothing; `prover` None: without proofs."""

    def __init__(self, issuer: Issuer | None, prover: Prover | None = None) -> None:
        self._issuer = issuer
        self._prover = prover

    @property
    def handlers(self) -> dict[str, Handler]:
        return {PATH: self._statement, KEYS_PATH: self._keys}

    def describe(
        self, app: FastAPI, stand_in: Callable[..., Any], problems: dict[int | str, dict[str, Any]]
    ) -> None:
        """Put both into the application's description; `stand_in` is never called."""
        app.add_api_route(
            PATH,
            stand_in,
            methods=["GET"],
            response_model=schemas.Answer[schemas.Statement],
            summary="A signed statement, made now",
            operation_id="get_statements",
            responses=problems,
            openapi_extra={"parameters": [one.to_openapi() for one in PARAMETERS]},
        )
        app.add_api_route(
            KEYS_PATH,
            stand_in,
            methods=["GET"],
            response_model=PublicKeys,
            summary="The public keys of statements",
            operation_id="get_statement_keys",
            responses={
                200: {
                    "content": {
                        "application/jwk-set+json": {
                            "schema": {"$ref": "#/components/schemas/PublicKeys"}
                        }
                    }
                },
                **{status: problems[status] for status in (400, 401, 413, 414, 429, 503)},
            },
            response_class=Response,
        )

    async def _statement(self, scope: Scope, path: dict[str, str]) -> Response:
        values = read(scope["query_string"], path, _BY_NAME)
        view: View = scope.get("tonnelink.view", EVERYTHING)
        document, payload = await run_in_threadpool(self._issue, view, values)
        content = orjson.dumps({"data": document, "as_of": payload["as_of"]})
        headers = {"Cache-Control": "no-store"}  # each is issued at its own second
        return Response(content, media_type="application/json", headers=headers)

    async def _keys(self, scope: Scope, path: dict[str, str]) -> Response:  # noqa: ARG002
        published = await run_in_threadpool(self._issuer.keys.published) if self._issuer else []
        return Response(orjson.dumps({"keys": published}), media_type="application/jwk-set+json")

    def _issue(self, view: View, values: dict[str, Any]) -> tuple[Json, Json]:
        if self._issuer is None:
            raise Unavailable("This node signs no statements.", "Ask one that does.")
        scope = values.pop("proofs", None)
        kind, at = values.pop("kind"), values.pop("at", None)
        document, payload = self._issuer.issue(kind, at, view, **values)
        if scope is not None:
            if self._prover is None:
                raise Unavailable("This node gives no proofs.", "Ask without them.")
            document[PROOFS] = self._prover.prove(payload, scope)
        return document, payload

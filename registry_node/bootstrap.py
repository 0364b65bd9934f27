"""The one place that wires the node together: settings in, working parts out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry_node import logs, serving
from registry_node.access.audit import AuditLog
from registry_node.access.limits import is_loopback
from registry_node.access.table import TABLE, Sees
from registry_node.access.tokens import Tokens
from registry_node.attest.keys import StatementKeys
from registry_node.attest.payload import Schemas
from registry_node.attest.prove import MOST_HEADERS, MOST_SERVED, Prover
from registry_node.attest.statement import Issuer, chain, contracts
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.chain.deployment import load_deployment as read_deployment
from registry_node.chain.retry import Retry
from registry_node.config import Settings
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.indexer import backup as backups
from registry_node.indexer.narrate import Narrator
from registry_node.indexer.runner import Indexer, Status
from registry_node.queries.snapshot import Directory, Reader
from registry_node.reconciling import scheduled
from registry_node.serving import Follower
from registry_node.store.database import Database, open_writer
from registry_node.store.portable import Contents

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp


_HEALTH_TIMEOUT = 2.0
"""Seconds after which a silent chain counts as unreachable."""

_log = logging.getLogger("tonnelink")


def package_version() -> str:
    """The installed version of this package."""
    try:
        return version("tonnelink")
    except PackageNotFoundError:
        return "0"


# ---- what a home directory holds ------------------------------------------------------------


def load_deployment(settings: Settings) -> Deployment:
    """The deployment of the home directory. Raises `Unavailable` when there is no home."""
    path = settings.deployment_path
    if not path.is_file():
        raise Unavailable(
            f"There is no deployment at {path}.",
            "Make one with 'make up', or name its home with --home or TONNELINK_HOME.",
        )
    return read_deployment(path)


def directory(deployment: Deployment) -> Directory:
    """The names that the deployment gives."""
    labels = {bytes.fromhex(address[2:]): label for address, label in deployment.labels.items()}
    return Directory(deployment.gateway.address, labels)


def open_reader(settings: Settings, deployment: Deployment) -> Reader:
    """Reads the mirror of the home directory."""
    return Reader(settings.mirror, directory(deployment))


def registry_addresses(deployment: Deployment) -> dict[str, bytes]:
    """Each registry's contract, by code."""
    return {registry.code: registry.address for registry in deployment.registries}


# ---- statements -----------------------------------------------------------------------------


def statement_keys(settings: Settings) -> StatementKeys:
    """The node's own keys for statements; operators' keys are another matter."""
    return StatementKeys(
        settings.statement_keys_path, settings.statement_password_path, settings.statement_key
    )


def statement_issuer(settings: Settings, deployment: Deployment, reader: Reader) -> Issuer:
    """Signs what the mirror says."""
    name = settings.statement_issuer or deployment.name
    return Issuer(reader, deployment, statement_keys(settings), name)


def prover(settings: Settings, most: int = MOST_HEADERS) -> Prover:
    """Builds proofs from the ledger's node."""
    return Prover(ChainClient(settings.rpc_url, timeout=settings.rpc_timeout), most)


def statement_schemas() -> Schemas:
    """By kind of statement the form of its data: that of the API's answer."""
    from registry_node.api.statements import SCHEMAS  # only who checks or serves needs it

    return SCHEMAS


def deployment_facts(path: Path) -> dict[str, Any]:
    """Chain and contracts of a deployment file, in a statement's words."""
    deployment = read_deployment(path)
    return {"chain": chain(deployment), "contracts": contracts(deployment)}


# ---- indexing -------------------------------------------------------------------------------


def build_indexer(settings: Settings, deployment: Deployment, database: Database) -> Indexer:
    """The indexer of an opened mirror."""
    client = ChainClient(settings.rpc_url, timeout=settings.rpc_timeout)
    return Indexer(client, deployment, database, poll_interval=settings.poll_interval)


def run_indexer(
    settings: Settings,
    deployment: Deployment,
    *,
    once: bool,
    stop: threading.Event,
    progress: Callable[[Status], None],
) -> Status:
    """Indexes up to the chain's head, or until `stop` is set; where it stands then."""
    with open_writer(settings.mirror) as database:
        indexer = build_indexer(settings, deployment, database)
        narrate = Narrator()

        def tell(status: Status) -> None:
            narrate(status)
            progress(status)

        if once:
            return indexer.sync(tell, stop)
        indexer.follow(stop, tell)
        return indexer.status


# ---- backups --------------------------------------------------------------------------------


def backup(
    settings: Settings,
    file: Path,
    progress: Callable[[int], None],
    *,
    force: bool,
    keep: int | None = None,
) -> dict[str, Any]:
    """Writes the mirror to a file, or with `keep` into a folder of many; what is in it."""
    if keep is not None:
        return _told(*backups.backup_into(settings.mirror, file, keep, progress))
    return _told(backups.backup(settings.mirror, file, progress, force=force), file)


def restore(
    settings: Settings,
    deployment: Deployment,
    file: Path,
    progress: Callable[[int], None],
    *,
    force: bool,
) -> dict[str, Any]:
    """Makes the mirror that a backup holds; what is in it."""
    contents = backups.restore(settings.mirror, file, deployment, progress, force=force)
    return _told(contents, file)


def _told(contents: Contents, file: Path) -> dict[str, Any]:
    return {
        "file": str(file),
        "height": contents.height,
        "block_hash": contents.block_hash,
        "digest": contents.digest,
        "created": contents.created,
        "schema": contents.schema,
        "rows": contents.total,
    }


# ---- serving --------------------------------------------------------------------------------


def build_app(
    settings: Settings,
    deployment: Deployment,
    indexer_error: Callable[[], str | None] = lambda: None,
    indexer_stopped: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """The HTTP interface over the mirror of the home directory."""
    from registry_node.api.app import create_app  # only servers need it
    from registry_node.api.health import HealthCheck

    reader = open_reader(settings, deployment)
    timeout = min(_HEALTH_TIMEOUT, settings.rpc_timeout)
    chain = ChainClient(settings.rpc_url, timeout=timeout, retry=Retry().only_once())
    audit = build_audit_log(settings) if access_of(settings) == "tokens" else None

    def error() -> str | None:
        return indexer_error() or (audit.fault if audit else None)

    health = HealthCheck(reader, chain.head_number, error, indexer_stopped)
    issuer = statement_issuer(settings, deployment, reader)
    guard = build_guard(settings, audit)
    closed = [row.path for row in TABLE if row.public is Sees.REFUSED] if audit else []
    proofs = prover(settings, MOST_SERVED)
    return create_app(reader, health, package_version(), guard, issuer, closed, proofs)


def access_of(settings: Settings) -> str:
    """Who may ask this node: `open` or `tokens`. Raises `InvalidInput` when nobody has said so of
    a node that others can reach."""
    if settings.access is not None:
        return settings.access
    if is_loopback(settings.host):
        return "open"
    raise InvalidInput(
        f"A node that listens on {settings.host} can be reached by others.",
        "Say --access tokens, and issue tokens with 'tonnelink access issue'; or --access open to"
        " show everybody everything.",
    )


def open_tokens(settings: Settings) -> Tokens:
    """The tokens of the home directory."""
    return Tokens(settings.access_path)


def build_audit_log(settings: Settings) -> AuditLog:
    """The log of who asked what."""
    return AuditLog(settings.home, settings.audit_log_bytes)


def build_guard(settings: Settings, audit: AuditLog | None) -> Callable[[ASGIApp], ASGIApp]:
    """What stands before the API. `audit` is there when tokens are asked for."""
    from registry_node.api.bounds import Limits  # only servers need it
    from registry_node.api.guard import Guard

    limits = Limits(**{item.name: getattr(settings, item.name) for item in fields(Limits)})
    tokens = open_tokens(settings) if audit else None
    return lambda app: Guard(app, limits, tokens, audit)


def run_node(
    settings: Settings,
    deployment: Deployment,
    *,
    index: bool,
    announce: Callable[[], None] = lambda: None,
) -> None:
    """Serves until it is told to stop; with `index` it follows the ledger too. `announce` is called
    once the address is this node's.

    When the indexer gives up, answers go on, `/v1/health` tells why, and in the end what made it
    give up is raised.
    """
    access = access_of(settings)
    listening = serving.listen(settings.host, settings.port)
    announce()
    follower = reconciler = None
    if index:
        database = open_writer(settings.mirror)
        follower = Follower(database, build_indexer(settings, deployment, database))
        reconciler = scheduled(settings)
    watched = (follower.error, follower.stopped) if follower else ()
    app = build_app(settings, deployment, *watched)
    server = serving.web_server(app, settings)
    logs.event(
        _log,
        logging.INFO,
        "serving",
        f"The API listens at {settings.host}:{settings.port}.",
        host=settings.host,
        port=settings.port,
        access=access,
        indexing=index,
    )
    serving.serve(server, listening, [part for part in (follower, reconciler) if part])
    if follower and follower.failure:
        raise follower.failure

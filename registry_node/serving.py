"""A node at work: a server that ends in order, and what runs beside it in threads."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from registry_node import logs
from registry_node.config import Settings
from registry_node.domain.errors import TonnelinkError, Unavailable
from registry_node.indexer.narrate import Narrator
from registry_node.indexer.runner import Indexer
from registry_node.store.database import Database

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_log = logging.getLogger("tonnelink")


class Beside(Protocol):
    """What runs beside a server."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Follower:
    """Follows the ledger in a thread of its own, beside a server."""

    def __init__(self, database: Database, indexer: Indexer) -> None:
        self._database = database
        self._indexer = indexer
        self._stop = threading.Event()
        self.failure: TonnelinkError | None = None
        self._thread = threading.Thread(target=self._run, name="tonnelink-indexer", daemon=True)

    def error(self) -> str | None:
        """What keeps it from following; None while it does."""
        return str(self.failure) if self.failure else self._indexer.status.last_error

    def stopped(self) -> bool:
        """Whether it has given up, and why it did is `failure`."""
        return self.failure is not None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the ledger block at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._database.close()

    def _run(self) -> None:
        try:
            self._indexer.follow(self._stop, Narrator())
        except TonnelinkError as error:
            self.failure = error
            logs.event(_log, logging.ERROR, "indexer-stopped", f"The indexer has stopped: {error}")
        except Exception as error:  # noqa: BLE001 - a dead thread says nothing by itself
            self.failure = TonnelinkError(
                f"The indexer has stopped on an unexpected error: {error!r}."
            )
            told = {"event": "indexer-stopped"}
            _log.exception("The indexer has stopped on an unexpected error", extra=told)


def listen(host: str, port: int) -> socket.socket:
    """Raises `Unavailable` when the address is taken."""
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise Unavailable(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            "Another node may run already; choose another port with TONNELINK_PORT.",
        ) from error


def web_server(app: ASGIApp, settings: Settings | None = None) -> uvicorn.Server:
    """The server of an application, once that is made: whatever was loaded until now stays, and is
    not looked through again for what could be thrown away."""
    import uvicorn  # only servers need it

    from registry_node.api.connection import prompt

    limits = settings or Settings()
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        http=prompt(limits.request_timeout),
        ws="none",  # who asks to speak WebSocket is answered as everybody
        limit_concurrency=limits.max_connections,
        proxy_headers=False,  # the guard reads them, as far as they are to be trusted
        server_header=False,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve(server: uvicorn.Server, listening: socket.socket, beside: Sequence[Beside]) -> None:
    """Serves until it is told to stop; then ends what was started last first."""
    for part in beside:
        part.start()
    # uvicorn ends in order on a signal and then raises it again: SIGTERM must not kill us there.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # uvicorn raises it again after an orderly end
    finally:
        listening.close()
        for part in reversed(beside):
            part.stop()
        logs.event(_log, logging.INFO, "stopped", "The node has stopped in order.")

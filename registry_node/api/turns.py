"""Reading in the event loop, which must not wait for others' transactions, and begins few."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from registry_node.domain.errors import TonnelinkError
from registry_node.queries.snapshot import Reader, Session


class TurnReader(Reader):
    """Whatever is asked in one turn of the event loop is read in one transaction.

    It begins when the first of the turn's requests is answered, so after all of them were received:
    none is told less than a transaction of its own would tell. An error ends it.
    """

    _session: Session | None = None

    def begin(self) -> Session:
        if self._session is None:
            self._session = super().begin()
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self._session

    def end(self, session: Session, error: BaseException | None = None) -> None:
        if error is not None and session is self._session:
            self._session = None
            super().end(session, error)

    def _end_turn(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(TonnelinkError):  # its connection is closed; the answers were given
                super().end(session)

"""Ledger blocks of made-up logs, and what a view makes of them: all the way from a log's bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from registry_node.chain.decoding import Voice
from registry_node.domain.ledger import RawLog
from registry_node.indexer.project import project
from registry_node.indexer.view import Contracts, Speaker, View
from registry_node.queries.desks import CONTRACTS
from registry_node.store.changes import Changes
from registry_node.store.database import Database, Location
from registry_node.store.state import StateReader
from registry_node.store.writer import Batch
from tests.support.ledger import AUTHORITY, GATEWAY, HOLDERS, NOBODY, REGISTRY, TOKEN
from tests.support.logs import make_header, make_log
from tests.support.mirrors import open_temporary

OTHER, OTHER_AUTHORITY = b"\x03" * 20, b"\x05" * 20
STRANGER = b"\x66" * 20
DESKS = {
    name: bytes([0x30 + i]) * 20
    for i, name in enumerate(("proposals", "issuance", "compliance", "liens", "holders"))
}
OTHER_DESKS = {name: bytes([0x40 + i]) * 20 for i, name in enumerate(DESKS)}
ANN, BEN, *_ = HOLDERS
HELD, ESCROWED, SURRENDERED, RETIRED, CANCELLED, ENCUMBERED = range(1, 7)
WORD = b"\x07" * 32


def contracts() -> Contracts:
    """CN and KR, as a deployment of both knows them."""
    speakers = {GATEWAY: Speaker(Voice.GATEWAY, 0)}
    naming: set[bytes] = set()
    for number, (registry, authority, desks) in enumerate(
        ((REGISTRY, AUTHORITY, DESKS), (OTHER, OTHER_AUTHORITY, OTHER_DESKS)), 1
    ):
        speakers[registry] = Speaker(Voice.REGISTRY, number)
        speakers[authority] = Speaker(Voice.AUTHORITY, number)
        speakers |= {desk: Speaker(Voice.DESK, number) for desk in desks.values()}
        naming |= {registry, authority, desks["proposals"]}
    return Contracts(speakers, frozenset(naming))


class Projected:
    """A view over an empty database; each call of `block` is a ledger block."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.view = View(StateReader(database.connection), contracts())
        self.height = 0
        self._index = 0

    def log(self, contract: str, event: str, *values: Any, by: bytes) -> RawLog:
        """A log of the ledger block that comes next; `values` in the order of the event."""
        self._index += 1
        header = make_header(self.height + 1)
        return make_log(
            contract, event, [*values], address=by, header=header, log_index=self._index
        )

    def registry(self, event: str, *values: Any, by: bytes = REGISTRY) -> RawLog:
        return self.log("UnitRegistry", event, *values, by=by)

    def link(self, event: str, *values: Any) -> RawLog:
        return self.log("LinkGateway", event, *values, by=GATEWAY)

    def authority(self, event: str, *values: Any, by: bytes = AUTHORITY) -> RawLog:
        return self.log("ProgrammeAuthority", event, *values, by=by)

    def desk(self, name: str, event: str, *values: Any, by: bytes | None = None) -> RawLog:
        return self.log(CONTRACTS[name], event, *values, by=by or DESKS[name])

    def block(self, *logs: RawLog) -> Changes:
        """What a ledger block changes; its time is 1000 seconds and its height."""
        self.height += 1
        self._index = 0
        return project(self.view, self.height, 1000 + self.height, logs)

    def write(self, changes: Changes) -> None:
        """Into the database, as the mirror would."""
        batch = Batch()
        batch.add(make_header(changes.height), bytes(32), changes)
        with self._database.connection.transaction():
            batch.write(self._database.connection)

    # ---- what the registry says often -------------------------------------------------------

    def defined(
        self,
        token: int = TOKEN,
        *attributes: tuple[bytes, bytes],
        by: bytes = REGISTRY,
        home: tuple[bytes, int] = (NOBODY, 0),
    ) -> RawLog:
        kind = 1 if home[0] == NOBODY else 3
        spec = (kind, 2025, 2025, 2026, 10**6, [*attributes])
        return self.registry("ClassDefined", token, spec, *home, by=by)

    def moved(
        self,
        sender: bytes,
        to: bytes,
        first: int,
        count: int,
        *,
        state: int = HELD,
        kind: int | None = None,
    ) -> RawLog:
        """An issuance or a transfer, if no `kind` is given."""
        if kind is None:
            kind = 100 if sender == NOBODY else 1050
        return self.registry("UnitsMoved", TOKEN, sender, to, first, count, kind, state)

    def issued(self, to: bytes, count: int) -> Changes:
        """A ledger block that defines the class and issues its first units."""
        return self.block(self.defined(), self.moved(NOBODY, to, 1, count))


@contextmanager
def projected(place: Location) -> Iterator[Projected]:
    with open_temporary(place) as database:
        for number, (code, address, authority) in enumerate(
            (("CN", REGISTRY, AUTHORITY), ("KR", OTHER, OTHER_AUTHORITY)), 1
        ):
            row = (number, code, code, address, authority, bytes(32), bytes(32))
            database.connection.execute("INSERT INTO registry VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        yield Projected(database)

"""A mirror filled row by row as an indexer would, without a chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from registry_node.domain.subjects import Subject
from registry_node.queries.snapshot import Directory
from registry_node.store import marks
from registry_node.store.database import Location, open_writer, set_meta
from registry_node.store.tables import tables

NOW = 9223372036854775807
START = 1_767_225_600  # 2026-01-01T00:00:00Z


def address(name: str) -> bytes:
    return sha256(name.encode()).digest()[:20]


GATEWAY = address("gateway")


def desks(code: str) -> dict[str, bytes]:
    names = ("proposals", "issuance", "compliance", "liens", "holders")
    return {name: address(f"{code} {name} desk") for name in names}


class Rows:
    """The mirror's tables, one ledger block after another."""

    def __init__(self, place: Location) -> None:
        self.path = place
        self._database = open_writer(place, synchronous="OFF", named=True)
        self.db = self._database.connection
        self.number = 0
        self.log = 0
        self.position = 0
        self.labels: dict[bytes, str] = {}
        for key, value in (("chain_id", 1), ("genesis_hash", bytes(32).hex()), ("digest", 4)):
            set_meta(self.db, key, value)
        self._header()

    def close(self) -> None:
        """Gives the mirror to another writer; reading goes on."""
        self._database.close()

    @property
    def directory(self) -> Directory:
        return Directory(GATEWAY, self.labels)

    def deployment(self) -> dict[str, Any]:
        """What a deployment file says of CN and KR."""
        return {
            "name": "story",
            "edition": 2,
            "chain_id": 1,
            "genesis_hash": "0x" + "00" * 32,
            "start_block": 0,
            "finality": {"kind": "instant"},
            "gateway": {"address": "0x" + GATEWAY.hex(), "block": 0},
            "registries": [
                {
                    "code": code,
                    "name": code,
                    "address": "0x" + address(code).hex(),
                    "authority": "0x" + address(f"{code} authority").hex(),
                    "block": 0,
                    "proxy_hash": "0x" + sha256(b"proxy").hexdigest(),
                    "edition_hash": "0x" + sha256(b"edition").hexdigest(),
                    "desks": {name: "0x" + desk.hex() for name, desk in desks(code).items()},
                }
                for code in ("CN", "KR")
            ],
            "labels": {"0x" + known.hex(): label for known, label in self.labels.items()},
        }

    def _header(self) -> None:
        digest = sha256(f"digest {self.number}".encode()).digest()
        self.insert(
            "header",
            number=self.number,
            hash=self.hash_of(self.number),
            parent_hash=self.hash_of(self.number - 1),
            timestamp=START + 12 * self.number,
            digest=digest,
        )

    @staticmethod
    def hash_of(number: int) -> bytes:
        return sha256(f"block {number}".encode()).digest()

    @property
    def tx(self) -> bytes:
        return sha256(f"tx {self.number}".encode()).digest()

    @contextmanager
    def block(self) -> Iterator[None]:
        self.number += 1
        self.log = 0
        with self.db.transaction():
            self._header()
            set_meta(self.db, "finalized", self.number)
            yield

    def doubt(
        self, *subjects: Subject, differs: str = "movement", since: int | None = None
    ) -> None:
        """Marks these as a comparison would that found them, and nobody else."""
        made = marks.Reconciliation("replay", self.number, bytes(32), 0, len(subjects), since)
        found = [marks.Mark(subject, differs, since) for subject in subjects]
        connection = self._database.connection
        with connection.transaction():
            marks.record(connection, made, {"replay": found}, ["replay"])

    def insert(self, table: str, **values: object) -> int:
        if tables()[table].primary_key == ("id",) and "id" not in values:
            row = self.db.execute(f"SELECT MAX(id) AS last FROM {table}").fetchone()
            values["id"] = (row["last"] or 0) + 1
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()])
        return int(values.get("id", 0))  # type: ignore[call-overload]

    def event(self) -> dict[str, object]:
        self.log += 1
        return {"block": self.number, "log_index": self.log, "tx_hash": self.tx}

    def version(self, table: str, keys: dict[str, object], **values: object) -> None:
        where = " AND ".join(f"{key} = ?" for key in keys)
        row = self.db.execute(
            f"SELECT * FROM {table} WHERE {where} AND to_height = {NOW}", [*keys.values()]
        ).fetchone()
        merged = {**(dict(row) if row else {}), **keys, **values}
        merged |= {"from_height": self.number, "to_height": NOW}
        if row and row["from_height"] == self.number:
            self.db.execute(
                f"DELETE FROM {table} WHERE {where} AND to_height = {NOW}", [*keys.values()]
            )
        elif row:
            self.db.execute(
                f"UPDATE {table} SET to_height = {self.number} WHERE {where} AND to_height = {NOW}",
                [*keys.values()],
            )
        self.insert(table, **merged)

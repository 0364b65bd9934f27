"""Brings a mirror of an older schema forward, so that a new program goes on with it.

A change of `schema.sql` raises `SCHEMA_VERSION` and adds a script `migrations/NNNN.sql`, NNNN being
the new version, in the common dialect. What the scripts make of an old mirror is what indexing anew
would make; `tests/unit/test_migrations.py` compares the two.
"""

from __future__ import annotations

from pathlib import Path

from registry_node.domain.errors import InvalidInput
from registry_node.store.connection import Connection, Store

SCHEMA_VERSION = 6
"""Raised with every change of `schema.sql`."""

OLDEST_VERSION = 2
"""The oldest one that scripts lead forward from."""

_SCRIPTS = Path(__file__).parent / "migrations"


def check_current(name: str, version: int) -> None:
    """Raises `InvalidInput` for a mirror that is of another schema than this program's."""
    check_possible(name, version)
    if version < SCHEMA_VERSION:
        raise InvalidInput(
            f"The mirror {name} has schema {version}; this program reads {SCHEMA_VERSION}.",
            "Bring it forward with 'tonnelink index --once'; it takes one transaction.",
        )


def check_possible(name: str, version: int) -> None:
    """Raises `InvalidInput` for a mirror that cannot be brought to this program's schema."""
    if version > SCHEMA_VERSION:
        raise InvalidInput(
            f"The mirror {name} has schema {version}; this program knows those up to"
            f" {SCHEMA_VERSION}.",
            "A newer program made it: use that one, or name another place.",
        )
    if version < OLDEST_VERSION:
        raise InvalidInput(
            f"The mirror {name} has schema {version}; this program brings those from"
            f" {OLDEST_VERSION} on forward.",
            "Delete it and index again: a mirror holds nothing that the ledger does not.",
        )


def migrate(store: Store, connection: Connection, version: int) -> None:
    """Run the scripts after `version`, inside the caller's transaction."""
    for number in range(version + 1, SCHEMA_VERSION + 1):
        script = (_SCRIPTS / f"{number:04}.sql").read_text(encoding="utf-8")
        for statement in store.definitions(script):
            connection.execute(statement)

"""Which schema a mirror must have. There is no migration: another is refused and stays as it is."""

from __future__ import annotations

from registry_node.domain.errors import InvalidInput

SCHEMA_VERSION = 7
"""Raised with every change of `schema.sql`, or of what a digest folds. The ledger's first edition
had those before 7."""


def check_schema(name: str, version: int) -> None:
    """Raises `InvalidInput` for a mirror of another schema than this program's."""
    if version > SCHEMA_VERSION:
        raise InvalidInput(
            f"The mirror {name} has schema {version}; this program knows those up to"
            f" {SCHEMA_VERSION}.",
            "A newer program made it: use that one, or name another place.",
        )
    if version < SCHEMA_VERSION:
        raise InvalidInput(
            f"The mirror {name} is of the ledger's first edition (schema {version}); this program"
            f" reads mirrors of its second (schema {SCHEMA_VERSION}).",
            "Index a deployment of the second edition into another place.",
        )

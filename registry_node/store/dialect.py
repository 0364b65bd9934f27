"""From the common dialect (see `connection.py`) to PostgreSQL's."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"'(?:[^']|'')*'|\?|%|(?<![:\w]):(\w+)")
_COMMENT = re.compile(r"--[^\n]*")
_TYPES = {
    "INTEGER": "BIGINT",
    "BLOB": "BYTEA",
    # Texts are ordered by their bytes, as SQLite does: pages of a list are the same on both.
    "TEXT": 'TEXT COLLATE "C"',
}
_TYPE = re.compile(rf"\b({'|'.join(_TYPES)})\b")


@lru_cache(maxsize=1024)
def statement(sql: str, nothing: frozenset[str | int] = frozenset()) -> str:
    """A statement with psycopg's placeholders.

    PostgreSQL wants to know the type of every parameter, and NULL has none. So the parameters that
    are NULL, by name or place, are written out; that also keeps `(:x IS NULL OR ...)` out of plans.
    """
    place = -1

    def replace(found: re.Match[str]) -> str:
        nonlocal place
        text, name = found[0], found[1]
        if text == "%":
            return "%%"
        if name:
            return "NULL" if name in nothing else f"%({name})s"
        if text == "?":
            place += 1
            return "NULL" if place in nothing else "%s"
        return text.replace("%", "%%")

    return _TOKEN.sub(replace, sql)


def definitions(sql: str) -> str:
    """Statements that make tables and indexes."""
    plain = _COMMENT.sub("", sql).replace("WITHOUT ROWID", "")
    return _TYPE.sub(lambda found: _TYPES[found[1]], plain)

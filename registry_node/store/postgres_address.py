"""Addresses of mirrors in PostgreSQL, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from registry_node.domain.errors import InvalidInput

DEFAULT_SCHEMA = "tonnelink"

_SCHEMA = re.compile(r"[?&]schema=([^&]*)")
_LONGEST_NAME = 63
_NAME = re.compile(rf"[a-z_][a-z0-9_]{{0,{_LONGEST_NAME - 1}}}")
_CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Address:
    """Where a mirror is: what libpq connects to, and the schema in that database."""

    conninfo: str
    schema: str
    name: str
    """Without the password."""

    @property
    def beside(self) -> Address:
        """Where a mirror is made before it takes this one's place."""
        return replace(self, schema=f"{self.schema[: _LONGEST_NAME - 6]}_draft")


def parse_address(url: str) -> Address:
    """The parts of postgresql://user@host:port/database?schema=name.

    The password may be in it, or in PGPASSWORD, or in libpq's password file. Raises `InvalidInput`,
    which does not repeat the address: it may have a password in it.
    """
    found = _SCHEMA.search(url)
    schema = found[1] if found else DEFAULT_SCHEMA
    plain = url
    if found:
        before, after = url[: found.start()], url[found.end() :]
        plain = before + (f"?{after[1:]}" if after and found[0][0] == "?" else after)
    misread = InvalidInput(
        "The address of the PostgreSQL database cannot be understood.",
        "Write it as postgresql://user@host:5432/database?schema=tonnelink; in a password, write"
        " %2F for / and %40 for @.",
    )
    try:
        parts = conninfo_to_dict(plain)
    except psycopg.ProgrammingError as error:
        raise misread from error
    # A slash in a password makes libpq take its pieces for other parts, which would be shown.
    if "@" in f"{parts.get('host')}{parts.get('dbname')}" or re.search(
        r"[^\d,]", str(parts.get("port", ""))
    ):
        raise misread
    if not _NAME.fullmatch(schema):
        raise InvalidInput(
            f"'{schema}' is not possible as the schema of a mirror.",
            "Use small letters, digits and underscores, a letter first.",
        )
    host, port = parts.get("host") or "", parts.get("port")
    where = f"{host}:{port}" if port else f"{host}"
    name = f"postgresql://{where}/{parts.get('dbname') or parts.get('user') or ''}?schema={schema}"
    defaults: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "tonnelink",
    }
    return Address(make_conninfo("", **{**defaults, **parts}), schema, name)

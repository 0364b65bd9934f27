"""Tokens: who may ask, kept as hashes in a database of their own.

A token is 32 random bytes, so a plain SHA-256 of it is enough: there is nothing to guess, and a
slow hash would only slow every request down (docs/adr/0017-who-may-ask.md). The database stands
beside the mirror and not in it, so that a mirror can be rebuilt without locking anybody out.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from registry_node.access.table import Role
from registry_node.domain.errors import InvalidInput, NotFound, Unauthorised, Unavailable
from registry_node.domain.view import EVERYTHING, PUBLIC, View

PATTERN = re.compile(r"tonnelink_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
"""What a token looks like: recognisable, so that one in a log or a commit can be found."""

MOST_ACCOUNTS = 64
"""Accounts that one holder's token can be bound to."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    programme TEXT,
    accounts TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
)
"""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. Times are seconds since 1970; `view` is what it opens."""

    id: str
    role: Role
    view: View
    label: str
    created_at: int
    expires_at: int
    revoked_at: int | None

    def state(self, now: float) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now >= self.expires_at else "active"


class Tokens:
    """The tokens of one node. Every change by any process counts with the next question."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            # One thread at a time uses it; which one, is the server's affair.
            self._database = sqlite3.connect(path, timeout=5, check_same_thread=False)
            self._database.row_factory = sqlite3.Row
            self._database.isolation_level = None
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"The tokens in {path} cannot be read: {error}.",
                "Check the file and its permissions.",
            ) from error
        self._known: dict[bytes, Token] = {}
        self._version = (-1, -1)

    def close(self) -> None:
        self._database.close()

    def issue(
        self,
        role: Role,
        *,
        lifetime: int,
        programme: str | None = None,
        accounts: Sequence[tuple[str, bytes]] = (),
        label: str = "",
    ) -> tuple[Token, str]:
        """A new token, and the secret that is shown this once. `lifetime` is in seconds.

        Raises `InvalidInput` when the role and what it is bound to do not fit.
        """
        check_bound(role, programme, accounts)
        now = int(self._clock())
        identifier = secrets.token_hex(6)
        secret = f"tonnelink_{identifier}_{secrets.token_urlsafe(32)}"
        self._database.execute(
            "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                identifier,
                _hash(secret),
                role.value,
                programme,
                orjson.dumps([[code, address.hex()] for code, address in accounts]).decode(),
                label,
                now,
                now + lifetime,
            ],
        )
        return self.get(identifier), secret

    def get(self, identifier: str) -> Token:
        """The token of an id. Raises `NotFound`."""
        row = self._database.execute("SELECT * FROM token WHERE id = ?", [identifier]).fetchone()
        if row is None:
            raise NotFound(f"There is no token {identifier}.", "See 'tonnelink access list'.")
        return _token(row)

    def list(self) -> list[Token]:
        """Every token ever issued, oldest first."""
        rows = self._database.execute("SELECT * FROM token ORDER BY created_at, id")
        return [_token(row) for row in rows]

    def revoke(self, identifier: str) -> Token:
        """Ends a token, at once. Raises `NotFound`; a token that has ended stays as it was."""
        self.get(identifier)
        self._database.execute(
            "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            [int(self._clock()), identifier],
        )
        return self.get(identifier)

    def check(self, secret: str) -> Token:
        """The token that counts now. Raises `Unauthorised`, in the same words for every reason."""
        token = self.known(secret)
        if token is None or token.state(self._clock()) != "active":
            raise Unauthorised(
                "The token does not count.",
                "It may be mistyped, expired or revoked; ask the node's operator for another.",
            )
        return token

    def known(self, secret: str) -> Token | None:
        """Whose secret it is, also when the token has ended."""
        return self._current().get(_hash(secret))

    def _current(self) -> dict[bytes, Token]:
        """Tokens by hash, read again as soon as anybody has changed them."""
        try:
            (version,) = self._database.execute("PRAGMA data_version").fetchone()
            changed = (version, self._database.total_changes)
            if changed != self._version:
                rows = self._database.execute("SELECT * FROM token").fetchall()
                self._known = {row["hash"]: _token(row) for row in rows}
                self._version = changed
        except sqlite3.Error as error:
            raise Unavailable(
                f"The tokens cannot be read now: {error}.", "Ask again in a moment."
            ) from error
        return self._known


_BOUND_TO = {Role.HOLDER: "--account", Role.AUTHORITY: "--programme"}


def check_bound(role: Role, programme: str | None, accounts: Sequence[object]) -> None:
    """Raises `InvalidInput` when a role and what its token is to be bound to do not fit."""
    if role is Role.PUBLIC:
        raise InvalidInput("The public needs no token.", "Ask without one.")
    needed = _BOUND_TO.get(role)
    given = {"--account": bool(accounts), "--programme": programme is not None}
    for option, is_given in given.items():
        if is_given and option != needed:
            raise InvalidInput(
                f"A token of the role {role} takes no {option}.",
                f"Give {needed} in its place." if needed else f"Leave {option} out.",
            )
    if needed and not given[needed]:
        raise InvalidInput(f"A token of the role {role} needs {needed}.", "See --help.")
    if len(accounts) > MOST_ACCOUNTS:
        raise InvalidInput(
            f"{len(accounts)} accounts are too many for one token.",
            f"{MOST_ACCOUNTS} at most; issue several tokens.",
        )


def _token(row: sqlite3.Row) -> Token:
    role = Role(row["role"])
    pairs = tuple((code, bytes.fromhex(text)) for code, text in orjson.loads(row["accounts"]))
    view = {
        Role.HOLDER: View(accounts=pairs),
        Role.AUTHORITY: View(programmes=(row["programme"],)),
        Role.AUDITOR: EVERYTHING,
    }.get(role, PUBLIC)
    times = (row["created_at"], row["expires_at"], row["revoked_at"])
    return Token(row["id"], role, view, row["label"], *times)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

"""The node's own keys for statements: made, published, rotated.

A folder holds `jwks.json`, the public keys as a JWK Set (RFC 7517), and for each key that can still
sign its private half in `KID.pem`: PKCS#8, encrypted with the password in a file. A key's id is its
RFC 7638 thumbprint. `nbf` and `exp`, seconds since 1970, say from when until when a statement may
have been signed; `revoked` says that none may be believed any more. A key stays published for ever.

Operators' keys are another matter: they are never read here.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from registry_node.attest.jws import ALGORITHM, public_jwk, thumbprint
from registry_node.attest.strict import Malformed, read_json
from registry_node.domain.errors import InvalidInput, NotFound, Refused, Unavailable
from registry_node.queries.snapshot import moment

Jwk = dict[str, Any]

FILE_NAME = "jwks.json"
_MAKE = "Make one with 'tonnelink statement-key new'."
_LEAST_PREFIX = 6


class StatementKeys:
    """The keys of one folder, and perhaps one more from the environment (`given`, PEM).

    `now` tells seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        password_file: Path,
        given: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._password_file = password_file
        self._now = now
        self._opened: dict[str, OKPKey] = {}
        self._given = self._open(given.replace("\\n", "\n").encode()) if given else None

    # ---- reading ------------------------------------------------------------------------------

    def published(self) -> list[Jwk]:
        """Every public key there ever was, oldest first."""
        keys = self._read()
        if self._given is not None:
            kid = self._given.thumbprint()
            if all(key["kid"] != kid for key in keys):
                keys.append(_described(self._given, None, None))
        return keys

    def signing(self) -> OKPKey:
        """The key to sign with now: the one given, else the newest that may.

        Raises `Unavailable` when there is none.
        """
        signer = self._signer(self.published(), self._now())
        if signer is None:
            raise self._nobody_signs()
        if self._given is not None:
            return self._given
        kid = signer["kid"]
        if kid not in self._opened:
            self._opened[kid] = self._open(self._private(kid).read_bytes())
        return self._opened[kid]

    def can_sign(self) -> bool:
        return self._signer(self.published(), self._now()) is not None

    def next_day(self) -> str | None:
        """When the next key begins to sign, of those that do not yet: as 2027-01-01, with the time
        of day where it is not midnight."""
        later = [key for key in self._read() if key.get("nbf", 0) > self._now()]
        coming = [key["nbf"] for key in later if self._signer([key], key["nbf"])]
        return moment(min(coming)).removesuffix("T00:00:00Z") if coming else None

    # ---- changing -----------------------------------------------------------------------------

    def make(self, valid_from: int | None = None, valid_until: int | None = None) -> Jwk:
        """Make a key and publish it. Times are seconds since 1970; from now on by default.

        Raises `InvalidInput` for a key that could never sign.
        """
        begin = int(self._now()) if valid_from is None else valid_from
        if valid_until is not None and valid_until <= max(begin, self._now()):
            raise InvalidInput(
                "The key would end before it begins, or is over already.",
                "Give --until a later day.",
            )
        key = OKPKey.generate_key(ALGORITHM)
        while not key.thumbprint()[0].isalnum():  # or the command line would take it for an option
            key = OKPKey.generate_key(ALGORITHM)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        described = _described(key, begin, valid_until)
        keys = [*self._read(), described]
        private = key.as_pem(private=True, password=self._password(make=True))
        _write(self._private(described["kid"]), private, 0o600)
        self._write_all(keys)
        return described

    def retire(self, kid: str, *, compromised: bool = False) -> Jwk:
        """End a key now and delete its private half. `compromised`: nothing that it ever signed is
        to be believed. `kid` may be shortened. Raises `NotFound` or `InvalidInput`, and `Refused`
        where no key could sign afterwards, unless it is compromised."""
        keys = self._read()
        found = [key for key in keys if key["kid"].startswith(kid)]
        if len(kid) < _LEAST_PREFIX or len(found) > 1:
            raise InvalidInput(
                f"'{kid}' does not name one key.", f"Give at least {_LEAST_PREFIX} letters of it."
            )
        if not found:
            known = ", ".join(key["kid"] for key in keys)
            raise NotFound(f"There is no key {kid}.", f"Keys here: {known or 'none yet'}.")
        (key,) = found
        now = int(self._now())
        others = [other for other in self.published() if other["kid"] != key["kid"]]
        if not compromised and self._signer([key], now) and not self._signer(others, now):
            raise self._nobody_left()
        key["exp"] = min(now, key.get("exp", now))
        if compromised:
            key["revoked"] = {"revoked_at": now, "reason": "compromised"}
        self._write_all(keys)
        with contextlib.suppress(FileNotFoundError):
            self._private(key["kid"]).unlink()
        self._opened.pop(key["kid"], None)
        return key

    # ---- inside -------------------------------------------------------------------------------

    def _signer(self, keys: list[Jwk], time_: float) -> Jwk | None:
        """Which of the keys signs at a time: the one given, else the newest that may."""
        given = None if self._given is None else self._given.thumbprint()
        for key in reversed(keys):
            here = key["kid"] == given if given else self._private(key["kid"]).is_file()
            if here and is_valid(key, time_):
                return key
        return None

    def _nobody_signs(self) -> Unavailable:
        if self._given is not None:
            return Unavailable("The key in the environment may not sign any more.", _MAKE)
        following = self.next_day()
        if following is None:
            return Unavailable("This node has no key to sign statements with.", _MAKE)
        return Unavailable(
            f"No key may sign statements now; the next key signs from {following}.",
            "Wait until then, or make one that signs at once: 'tonnelink statement-key new'.",
        )

    def _nobody_left(self) -> Refused:
        following = self.next_day()
        then = f"; the next key signs from {following}" if following else ""
        do = "Retire it then, or make" if following else "Make"
        return Refused(
            f"Without this key nothing can be signed{then}.",
            f"{do} one that signs at once: 'tonnelink statement-key new'."
            " A stolen key is retired at once with --compromised.",
        )

    def _private(self, kid: str) -> Path:
        return self._folder / f"{kid}.pem"

    def _read(self) -> list[Jwk]:
        path = self._folder / FILE_NAME
        try:
            return parse_jwks(path.read_bytes(), str(path)) if path.is_file() else []
        except InvalidInput as error:  # the node's own file, not the question, is at fault
            raise Unavailable(
                error.message, "Restore it: it is the list of published keys."
            ) from error

    def _write_all(self, keys: list[Jwk]) -> None:
        import orjson

        content = orjson.dumps({"keys": keys}, option=orjson.OPT_INDENT_2) + b"\n"
        _write(self._folder / FILE_NAME, content, 0o644)

    def _password(self, *, make: bool = False) -> str:
        path = self._password_file
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, secrets.token_urlsafe(32).encode() + b"\n", 0o600)
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(
                f"The password of the statement keys cannot be read from {path}.",
                "Name its file with TONNELINK_STATEMENT_PASSWORD_FILE.",
            ) from error

    def _open(self, pem: bytes) -> OKPKey:
        try:
            encrypted = b"ENCRYPTED" in pem
            key = OKPKey.import_key(pem, password=self._password() if encrypted else None)
            if key.curve_name != ALGORITHM or not key.is_private:
                raise InvalidInput(
                    "The statement key is not a private Ed25519 key.", "Give one in PKCS#8 PEM."
                )
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise Unavailable(  # what the libraries say may quote the key: it is not passed on
                "The statement key cannot be opened.",
                "It must be PKCS#8 PEM, and its password that of the password file.",
            ) from error
        return key


def parse_jwks(content: bytes, name: str) -> list[Jwk]:
    """The Ed25519 keys of a JWK Set, in order; other keys in it are left out.

    Raises `InvalidInput` that names the file `name`.
    """
    try:
        document = read_json(content)
        keys = document.get("keys") if isinstance(document, dict) else None
        return [_checked(key) for key in _objects(keys) if key.get("crv") == ALGORITHM]
    except (Malformed, KeyError) as error:
        what = f"a key has no {error.args[0]}" if isinstance(error, KeyError) else error
        raise InvalidInput(
            f"{name} is not a set of statement keys: {what}.",
            "It is what a node publishes at /.well-known/jwks.json.",
        ) from error


def is_valid(key: Jwk, time_: float) -> bool:
    """Whether a statement may have been signed with it at a time."""
    return "revoked" not in key and key.get("nbf", 0) <= time_ < key.get("exp", float("inf"))


def _objects(keys: Any) -> list[Jwk]:
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Malformed("it has no list of keys")
    return keys


def _checked(key: Jwk) -> Jwk:
    if key.get("kid") != thumbprint(key):
        raise Malformed(f"the key {key.get('kid')} does not have its thumbprint as kid")
    for name in ("nbf", "exp"):
        if name in key and type(key[name]) is not int:
            raise Malformed(f"{name} of the key {key['kid']} is no whole number")
    return key


def _described(key: OKPKey, valid_from: int | None, valid_until: int | None) -> Jwk:
    times = {"nbf": valid_from, "exp": valid_until}
    return {
        **public_jwk(key),
        "kid": key.thumbprint(),
        "alg": ALGORITHM,
        "use": "sig",
        **{name: value for name, value in times.items() if value is not None},
    }


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

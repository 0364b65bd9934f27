"""Every setting of the node, in one place.

A setting is taken from the command line, else from the environment (TONNELINK_..., or the file
that TONNELINK_..._FILE names), else from `tonnelink.toml` in the home directory, else it is the
default. The defaults work with the embedded world of `make up`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from registry_node.domain.errors import InvalidInput
from registry_node.logs import FORMATS, LEVELS

PREFIX = "TONNELINK_"
FILE_NAME = "tonnelink.toml"

RECONCILE_MODES = ("quick", "contracts", "replay", "offline")
ACCESS = ("open", "tokens")

_SECONDS = (0.01, 86_400)
_PATHS = {"home", "database", "key_password_file", "statement_keys", "statement_password_file"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "access": ACCESS,
    "public_trace": ("open", "closed"),
    "log_format": FORMATS,
    "log_level": LEVELS,
    "reconcile_mode": RECONCILE_MODES,
}


def _setting(
    default: Any, about: str, *, between: tuple[float, float] | None = None, secret: bool = False
) -> Any:
    """A setting, described in a few words; `between` has the least and the most of a number."""
    told = {"about": about, "range": between, "secret": secret}
    return field(default=default, repr=not secret, metadata=told)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. The environment's name is TONNELINK_ and the name in capitals."""

    home: Path = _setting(Path(".tonnelink"), "directory of the deployment, mirror and keys")
    rpc_url: str = _setting("http://127.0.0.1:8545", "JSON-RPC address of the ledger's node")
    host: str = _setting("127.0.0.1", "address that the API listens on")
    port: int = _setting(8000, "port that the API listens on", between=(1, 65_535))
    database: Path | str | None = _setting(
        None,
        "the mirror: a file, <home>/mirror.sqlite by default, or"
        " postgresql://user@host/database?schema=name",
    )
    key_password_file: Path | None = _setting(
        None, "file with the password of the keys; <home>/keys/password by default"
    )
    statement_keys: Path | None = _setting(None, "folder of the node's keys for statements")
    statement_password_file: Path | None = _setting(
        None, "file with the password of the node's keys for statements"
    )
    statement_key: str | None = _setting(
        None, "a private key for statements itself, as PKCS#8 PEM", secret=True
    )
    statement_issuer: str | None = _setting(
        None, "who vouches for statements; the deployment's name by default"
    )
    rpc_timeout: float = _setting(
        5.0, "seconds to wait for one answer of the ledger's node", between=_SECONDS
    )
    poll_interval: float = _setting(
        1.0, "seconds between questions for new ledger blocks", between=_SECONDS
    )
    receipt_timeout: float = _setting(
        60.0, "seconds to wait for a transaction to be included", between=_SECONDS
    )
    log_format: str = _setting("auto", f"form of the log lines: {', '.join(FORMATS)}")
    log_level: str = _setting("info", f"the least that is logged: {', '.join(LEVELS)}")
    reconcile_interval: float = _setting(
        86_400.0,
        "seconds between comparisons of a following node's mirror; 0: none",
        between=(0, 31_536_000),
    )
    reconcile_mode: str = _setting("contracts", f"how it is compared: {', '.join(RECONCILE_MODES)}")
    access: str | None = _setting(
        None, f"who may ask: {', '.join(ACCESS)}; open on this machine by default"
    )
    public_trace: str = _setting(
        "open", "with tokens: whether everybody may follow a unit, without its parties"
    )
    proxies: int = _setting(
        0, "trusted proxies in front of the API, whose X-Forwarded-For counts", between=(0, 16)
    )
    rate_public: float = _setting(
        20.0,
        "requests a second of one address without a token; 0: any number",
        between=(0, 1_000_000),
    )
    rate_token: float = _setting(
        200.0, "requests a second with one token; 0: any number", between=(0, 1_000_000)
    )
    max_url: int = _setting(8192, "bytes of a request's address", between=(256, 65_536))
    max_body: int = _setting(65_536, "bytes of a request's body", between=(0, 2**30))
    max_streams: int = _setting(8, "streams that one asker may have at once", between=(0, 65_536))
    max_connections: int = _setting(1024, "connections to the API at once", between=(1, 65_536))
    request_timeout: float = _setting(
        10.0, "seconds in which a request must have come in", between=_SECONDS
    )
    answer_timeout: float = _setting(
        30.0, "seconds in which an answer must be given", between=_SECONDS
    )
    audit_log_bytes: int = _setting(
        64 * 2**20, "size at which the audit log goes on in a new file", between=(4096, 2**40)
    )

    @property
    def deployment_path(self) -> Path:
        return self.home / "deployment.json"

    @property
    def mirror(self) -> Path | str:
        """A file of SQLite's, or the address of a PostgreSQL database."""
        return self.database or self.home / "mirror.sqlite"

    @property
    def access_path(self) -> Path:
        """The tokens."""
        return self.home / "access.sqlite"

    @property
    def keys_path(self) -> Path:
        return self.home / "keys"

    @property
    def statement_keys_path(self) -> Path:
        return self.statement_keys or self.home / "statement-keys"

    @property
    def statement_password_path(self) -> Path:
        return self.statement_password_file or self.statement_keys_path / "password"

    @property
    def password_path(self) -> Path:
        return self.key_password_file or self.keys_path / "password"


_DEFAULTS: Mapping[str, Any] = {item.name: item.default for item in fields(Settings)}

_RANGES = {item.name: item.metadata["range"] for item in fields(Settings) if item.metadata["range"]}
"""The least and the most of settings that are numbers."""


def load(
    overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force. `overrides` come from the command line; None there means "not given".

    Raises `InvalidInput` for a value or a name that is not possible.
    """
    return load_with_sources(overrides, environment)[0]


def load_with_sources(
    overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, str]]:
    """The settings in force, and where each that is not the default was given. Raises as `load`."""
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    seen = os.environ if environment is None else environment
    variables = {item.name: PREFIX + item.name.upper() for item in fields(Settings)}
    from_environment = {name: seen[v] for name, v in variables.items() if seen.get(v)}
    in_files = {
        name: f"{v}_FILE"
        for name, v in variables.items()
        if seen.get(f"{v}_FILE") and name not in from_environment
    }
    from_environment |= {name: _in_file(v, seen[v]) for name, v in in_files.items()}
    home = Path(given.get("home") or from_environment.get("home") or Settings().home)
    from_file = _from_file(home / FILE_NAME)
    values = {**from_file, **from_environment, **given, "home": home}
    settings = Settings(**{name: _convert(name, value) for name, value in values.items()})
    sources = {
        **dict.fromkeys(from_file, str(home / FILE_NAME)),
        **{name: in_files.get(name, variables[name]) for name in from_environment},
        **dict.fromkeys(given, "command line"),
    }
    return settings, sources


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", "It must be TOML.") from error
    names = [item.name for item in fields(Settings) if item.name != "home"]
    for name in values:
        if name not in names:
            raise InvalidInput(
                f"{path} has an unknown setting '{name}'.", f"Settings: {', '.join(names)}."
            )
    return values


def _in_file(variable: str, path: str) -> str:
    """A setting that is a secret: the environment names the file that it is in."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The file {path} of {variable} cannot be read: {error}.",
            "Name a file that the node may read, with the setting's value in it.",
        ) from error


def _convert(name: str, value: Any) -> Any:
    try:
        if name == "database" and str(value).startswith(("postgresql://", "postgres://")):
            return str(value)
        if name in _PATHS:
            return Path(value)
        if name in _RANGES:
            low, high = _RANGES[name]
            number = int(str(value)) if isinstance(_DEFAULTS[name], int) else float(value)
            return _within(number, low, high)
        if name in _CHOICES:
            return _CHOICES[name][_CHOICES[name].index(value)]
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"'{value}' is not possible for {name}.", f"It is: {_about(name)}."
        ) from error
    if name == "rpc_url" and not str(value).startswith(("http://", "https://")):
        shown = re.split("[/?]", str(value).rpartition("@")[2])[0]  # the rest may be a key
        raise InvalidInput(
            f"'{shown}' is not the address of a node.",
            "Addresses of the ledger's node begin with http:// or https://.",
        )
    if not isinstance(value, str):
        raise InvalidInput(f"'{value}' is not possible for {name}.", f"It is: {_about(name)}.")
    return value


def _within(value: Any, low: float, high: float) -> Any:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _about(name: str) -> str:
    return next(str(item.metadata["about"]) for item in fields(Settings) if item.name == name)

"""Every setting of the node, in one place.

A setting is taken from the command line, else from the environment (TONNELINK_..., or the file
that TONNELINK_..._FILE names), else from `tonnelink.toml` in the home directory, else it is the
default. The defaults work with the embedded world of `make up`.
"""

from __future__ import annotations

import os
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
_PATHS = {"home", "database", "key_password_file", "statement_keys", "statement_password_file"}
ACCESS = ("open", "tokens")

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "access": ACCESS,
    "public_trace": ("open", "closed"),
    "log_format": FORMATS,
    "log_level": LEVELS,
    "reconcile_mode": RECONCILE_MODES,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. The environment's name is TONNELINK_ and the name in capitals."""

    home: Path = field(
        default=Path(".tonnelink"),
        metadata={"about": "directory of the deployment, mirror and keys"},
    )
    rpc_url: str = field(
        default="http://127.0.0.1:8545", metadata={"about": "JSON-RPC address of the ledger's node"}
    )
    host: str = field(default="127.0.0.1", metadata={"about": "address that the API listens on"})
    port: int = field(
        default=8000, metadata={"about": "port that the API listens on", "range": (1, 65_535)}
    )
    database: Path | str | None = field(
        default=None,
        metadata={
            "about": "the mirror: a file, <home>/mirror.sqlite by default, or"
            " postgresql://user@host/database?schema=name"
        },
    )
    key_password_file: Path | None = field(
        default=None,
        metadata={"about": "file with the password of the keys; <home>/keys/password by default"},
    )
    statement_keys: Path | None = field(
        default=None,
        metadata={"about": "folder of the node's keys for statements"},
    )
    statement_password_file: Path | None = field(
        default=None,
        metadata={"about": "file with the password of the node's keys for statements"},
    )
    statement_key: str | None = field(
        default=None,
        repr=False,
        metadata={"about": "a private key for statements itself, as PKCS#8 PEM", "secret": True},
    )
    statement_issuer: str | None = field(
        default=None,
        metadata={"about": "who vouches for statements; the deployment's name by default"},
    )
    rpc_timeout: float = field(
        default=5.0,
        metadata={
            "about": "seconds to wait for one answer of the ledger's node",
            "range": (0.01, 86_400),
        },
    )
    poll_interval: float = field(
        default=1.0,
        metadata={
            "about": "seconds between questions for new ledger blocks",
            "range": (0.01, 86_400),
        },
    )
    receipt_timeout: float = field(
        default=60.0,
        metadata={
            "about": "seconds to wait for a transaction to be included",
            "range": (0.01, 86_400),
        },
    )
    log_format: str = field(
        default="auto", metadata={"about": f"form of the log lines: {', '.join(FORMATS)}"}
    )
    log_level: str = field(
        default="info", metadata={"about": f"the least that is logged: {', '.join(LEVELS)}"}
    )
    reconcile_interval: float = field(
        default=86_400.0,
        metadata={
            "about": "seconds between comparisons of a following node's mirror; 0: none",
            "range": (0, 31_536_000),
        },
    )
    reconcile_mode: str = field(
        default="contracts",
        metadata={"about": f"how it is compared: {', '.join(RECONCILE_MODES)}"},
    )
    access: str | None = field(
        default=None,
        metadata={"about": f"who may ask: {', '.join(ACCESS)}; open on this machine by default"},
    )
    public_trace: str = field(
        default="open",
        metadata={"about": "with tokens: whether everybody may follow a unit, without its parties"},
    )
    proxies: int = field(
        default=0,
        metadata={
            "about": "trusted proxies in front of the API, whose X-Forwarded-For counts",
            "range": (0, 16),
        },
    )
    rate_public: float = field(
        default=20.0,
        metadata={
            "about": "requests a second of one address without a token; 0: any number",
            "range": (0, 1_000_000),
        },
    )
    rate_token: float = field(
        default=200.0,
        metadata={
            "about": "requests a second with one token; 0: any number",
            "range": (0, 1_000_000),
        },
    )
    max_url: int = field(
        default=8192, metadata={"about": "bytes of a request's address", "range": (256, 65_536)}
    )
    max_body: int = field(
        default=65_536, metadata={"about": "bytes of a request's body", "range": (0, 2**30)}
    )
    max_streams: int = field(
        default=8,
        metadata={"about": "streams that one asker may have at once", "range": (0, 65_536)},
    )
    max_connections: int = field(
        default=1024, metadata={"about": "connections to the API at once", "range": (1, 65_536)}
    )
    request_timeout: float = field(
        default=10.0,
        metadata={"about": "seconds in which a request must have come in", "range": (0.01, 86_400)},
    )
    answer_timeout: float = field(
        default=30.0,
        metadata={"about": "seconds in which an answer must be given", "range": (0.01, 86_400)},
    )
    audit_log_bytes: int = field(
        default=64 * 2**20,
        metadata={
            "about": "size at which the audit log goes on in a new file",
            "range": (4096, 2**40),
        },
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

_RANGES = {
    item.name: item.metadata["range"] for item in fields(Settings) if "range" in item.metadata
}
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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
    if not isinstance(value, str):
        raise InvalidInput(f"'{value}' is not possible for {name}.", f"It is: {_about(name)}.")
    return value


def _within(value: Any, low: float, high: float) -> Any:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _about(name: str) -> str:
    return next(str(item.metadata["about"]) for item in fields(Settings) if item.name == name)

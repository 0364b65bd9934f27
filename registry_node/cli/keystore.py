"""Keys of this machine: read, used and forgotten."""

from __future__ import annotations

from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from registry_node.domain import foreign
from registry_node.domain.errors import InvalidInput

_KEYS_SHOWN = 10
"""More names than these say less than where they are."""


def load_signer(keys: Path, name: str | None, key_file: Path | None, password: str) -> LocalAccount:
    """Opens a keystore file: `keys/NAME.json`, or the one that is named."""
    if key_file is None and name is None:
        raise InvalidInput(
            "This step must be signed.", f"Say who signs: --as NAME{_known(keys)} or --key-file."
        )
    path = key_file or keys / f"{name}.json"
    if not path.is_file():
        raise InvalidInput(f"There is no key file {path}.", f"Use --as NAME{_known(keys)}.")
    try:
        content = foreign.loads(path.read_bytes())
        account: LocalAccount = Account.from_key(Account.decrypt(content, password))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{path} cannot be opened: {error}.",
            "The password is read from TONNELINK_KEY_PASSWORD_FILE or <home>/keys/password.",
        ) from error
    return account


def _known(keys: Path) -> str:
    names = sorted(path.stem for path in keys.glob("*.json"))
    if len(names) > _KEYS_SHOWN:
        return f" (one of the {len(names)} keys in {keys})"
    return f" (one of {', '.join(names)})" if names else ""

"""The keys of everybody who acts in an embedded ledger.

They derive from a random mnemonic that is made for one home and kept nowhere; each key is stored
as an Ethereum keystore file, so that the `tonnelink` command and any wallet can use it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.hdaccount import generate_mnemonic, key_from_seed, seed_from_mnemonic
from eth_account.types import Language

# The usual cost of scrypt takes a second for each key. These keys guard a sandbox, behind a random
# password of 256 bits, which no amount of guessing finds whatever the cost.
_SCRYPT_COST = 2**12

_PASSWORD = "password"  # noqa: S105 - the file's name


def make_keys(names: Iterable[str]) -> dict[str, bytes]:
    """A private key for each name."""
    seed = seed_from_mnemonic(generate_mnemonic(num_words=24, lang=Language.ENGLISH), "")
    return {name: key_from_seed(seed, f"m/44'/60'/0'/0/{i}") for i, name in enumerate(names)}


def store_keys(folder: Path, keys: dict[str, bytes]) -> None:
    """Write `<name>.json` for each key, and the password beside them, for the owner's eyes only."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    password = secrets.token_urlsafe(32)
    _write_private(folder / _PASSWORD, password + "\n")
    for name, keystore in _encrypt(keys, password):
        _write_private(folder / f"{name}.json", json.dumps(keystore))


def _encrypt(keys: dict[str, bytes], password: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Scrypt leaves Python's lock, so threads share the work."""

    def encrypt(item: tuple[str, bytes]) -> tuple[str, dict[str, Any]]:
        name, key = item
        return name, Account.encrypt(key, password, kdf="scrypt", iterations=_SCRYPT_COST)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(encrypt, keys.items())


def _write_private(path: Path, text: str) -> None:
    """Nobody else may read it, not even for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)

"""A home directory on a small ledger: deployment, keys with names, settings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account

from scripts.chain import EmbeddedChain
from tests.support.deployed import SECOND
from tests.support.world import World

JUNK = "test test test test test test test test test test test junk"  # anvil's own keys
NAMES = {
    0: "admin",
    1: "authority",
    2: "plant",
    3: "trader",
    4: "mill",
    5: "forest",
    6: "steel",
    7: "clerk",
    SECOND: "second",  # approves what admin proposes
    9: "exchange",
}


@dataclass(frozen=True)
class Home:
    """A home directory, and the world that it is of."""

    path: Path
    world: World


def make_home(path: Path, chain: EmbeddedChain) -> Home:
    """A world with a market on a chain, and a home directory with a key for each of its people."""
    world = World.deploy(chain.url())
    world.set_up_market()
    labels = {world.actors[number]: name for number, name in NAMES.items()}
    world.write_deployment(path / "deployment.json", labels=labels)
    write_keys(path / "keys", world)
    (path / "tonnelink.toml").write_text(f'rpc_url = "{chain.url()}"\n')
    return Home(path, world)


def write_keys(folder: Path, world: World) -> None:
    Account.enable_unaudited_hdwallet_features()
    folder.mkdir()
    (folder / "password").write_text("secret\n")
    for number, name in NAMES.items():
        key = Account.from_mnemonic(JUNK, account_path=f"m/44'/60'/0'/0/{number}").key
        assert Account.from_key(key).address == world.actors[number]
        keystore = Account.encrypt(key, "secret", kdf="pbkdf2", iterations=1000)
        (folder / f"{name}.json").write_text(json.dumps(keystore))

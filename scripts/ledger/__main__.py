"""Deploys the ledger and plays the story: `python -m scripts.ledger --home DIR`.

The chain is the one at TONNELINK_RPC_URL. The facts of the story go to `<home>/story.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from brownie import network

from scripts.ledger.deploy import deploy
from scripts.ledger.mined import MinedBeforeSeen
from scripts.ledger.play import play
from scripts.ledger.player import Player
from scripts.story import CODES, load_story


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Deploy the ledger and play the story on it.")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args(arguments).home
    home.mkdir(parents=True, exist_ok=True)

    person = sys.stdout
    # Brownie prints four lines for each transaction; the story prints one.
    with (home / "brownie.log").open("w", encoding="utf-8") as log, redirect_stdout(log):
        facts = _run(home, lambda line: print(line, file=person, flush=True))
    (home / "story.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


def _run(home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    network.connect("local")
    network.web3.middleware_onion.add(MinedBeforeSeen)
    network.web3.middleware_onion.remove("validation")  # asks for the chain's id before each call
    say(f"Deploying {len(CODES)} registries ({', '.join(CODES)}) and their link gateway")
    facts = play(Player(deploy(home, load_story()), say))
    network.disconnect()
    return facts


if __name__ == "__main__":
    sys.exit(main())

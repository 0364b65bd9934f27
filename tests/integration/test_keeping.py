"""What keeps a mirror, through the command line: the drill of a backup, repair, compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from registry_node.cli.main import run
from registry_node.store.database import Location, store_at
from scripts.chain import EmbeddedChain
from tests.support.places import KINDS, Places
from tests.support.world import World

Ask = Callable[..., Any]


@pytest.fixture
def chain_put_back(world: World) -> Iterator[None]:
    snapshot = world.rpc("evm_snapshot")
    yield
    world.rpc("evm_revert", snapshot)


@pytest.fixture
def ask(
    session_chain: EmbeddedChain,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """Runs a command over the mirror at a place, each place with a home of its own."""

    def asked(place: Location, *arguments: str, code: int = 0) -> Any:
        home = tmp_path / f"home-{Path(str(place)).name}"
        home.mkdir(exist_ok=True)
        world.write_deployment(home / "deployment.json")
        monkeypatch.setenv("TONNELINK_HOME", str(home))
        monkeypatch.setenv("TONNELINK_DATABASE", str(place))
        monkeypatch.setenv("TONNELINK_RPC_URL", str(session_chain.url()))
        found = run([*arguments, "--json"])
        told = capsys.readouterr()
        assert found == code, (arguments, told)
        return json.loads(told.out or told.err)

    return asked


def change(place: Location, statement: str) -> None:
    with closing(store_at(place).connect_beside()) as connection, connection.transaction():
        assert connection.execute(statement).rowcount > 0


@pytest.mark.usefixtures("chain_put_back")
@pytest.mark.parametrize("kind", KINDS)
def test_the_drill(
    kind: str, all_places: dict[str, Places], ask: Ask, world: World, tmp_path: Path
) -> None:
    """From a SQLite file, and from PostgreSQL, into the other: and the ledger has gone on."""
    (other,) = set(KINDS) - {kind}
    place, target, file = all_places[kind].new(), all_places[other].new(), tmp_path / "m.backup"
    ask(place, "index", "--once")
    backed_up = ask(place, "backup", str(file))
    world.play_random(seed=8, steps=5)

    restored = ask(target, "restore", str(file))
    names = ("height", "block_hash", "digest", "rows")
    assert {name: restored[name] for name in names} == {name: backed_up[name] for name in names}
    assert ask(target, "verify", "--quick")["digest"] == backed_up["digest"]
    ask(target, "index", "--once")
    verified = ask(target, "verify")
    assert verified["differences"] == []
    assert verified["block_number"] == world.web3.eth.block_number > backed_up["height"]

    ask(place, "index", "--once")
    assert ask(place, "verify", "--replay")["digest"] == verified["digest"]
    if kind == "sqlite":
        assert ask(target, "compare", str(place))["agree"]
    else:
        assert ask(place, "compare", str(target))["agree"]


def test_a_mirror_that_differs_is_found_by_compare_and_mended_by_repair(
    places: Places, ask: Ask, world: World
) -> None:
    place, right = places.new(), places.new()
    for each in (place, right):
        ask(each, "index", "--once")
    assert ask(place, "compare", str(right))["agree"]
    digest = ask(right, "verify", "--quick")["digest"]
    change(place, "UPDATE movement SET tx_type = 1051 WHERE id = 30")

    # The digests are those that were recorded; the rows are not those that they were made of.
    differing = ask(place, "compare", str(right), code=1)
    assert differing["first_different_block"] is None
    assert [d["kind"] for d in differing["differences"]] == ["movement"]
    block = differing["differences"][0]["block"]
    found = ask(place, "verify", "--quick", code=1)
    assert found["first_block"] == block

    refused = ask(place, "repair", "--from", str(block + 1), code=4)
    assert f"--from {block}" in refused["hint"]
    assert ask(place, "verify", "--quick", code=1)["first_block"] == block  # nothing has changed
    mended = ask(place, "repair", "--from", str(block))
    assert (mended["repaired_from"], mended["differences"]) == (block, [])
    assert mended["indexed"] == world.web3.eth.block_number
    assert mended["digest"] == digest
    assert ask(place, "compare", str(right))["agree"]
    assert ask(place, "verify", "--replay")["differences"] == []


def test_repair_and_compare_say_what_they_cannot_do(
    places: Places, ask: Ask, tmp_path: Path
) -> None:
    place = places.new()
    ask(place, "index", "--once")
    assert "--from" in ask(place, "repair", code=2)["message"]
    assert "cannot be repaired" in ask(place, "repair", "--from", "1000000", code=2)["message"]
    assert "no mirror" in ask(place, "compare", str(tmp_path / "none.sqlite"), code=5)["message"]
    assert "is no mirror" in ask(place, "compare", "ftp://example.org", code=2)["message"]
    assert "does not tell" in ask(place, "compare", "http://127.0.0.1:1", code=5)["message"]

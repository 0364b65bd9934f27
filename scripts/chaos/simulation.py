"""One seed: a chain that forks, a node that is lied to, killed and starved, and what is left.

Everything is drawn from the seed and happens at numbered requests, so that a seed is a story which
can be told again. What must be true at the end: the mirror has, row for row, what a fresh one has
of the chain that counts.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from registry_node.chain.deployment import Deployment, load_deployment
from registry_node.indexer.mirror import Mirror
from registry_node.store.database import open_writer
from scripts.chaos import faults, node, recording
from scripts.chaos.answers import View
from scripts.chaos.chain import Block, Chain
from scripts.chaos.server import Server

PATIENCE = 60.0
"""Seconds after which a node that does not arrive is stuck."""

_IDLE = {"eth_chainId latest", "eth_chainId", "finalized", "latest"}
_QUIET = 8  # idle questions in a row: the node has nothing left to do
_EXIT_FINAL = 6
_EXIT_UNAVAILABLE = 5
_NO_LIMIT = resource.RLIM_INFINITY


class Failure(AssertionError):
    """The seed found something."""


@dataclass
class Outcome:
    """What happened in one seed. `events` and `faults` are counted by name."""

    seed: int
    seconds: float = 0.0
    requests: int = 0
    starts: int = 0
    head: int = 0
    events: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)


@cache
def beginning() -> tuple[recording.Recording, Chain]:
    """The recorded ledger, and the chain up to where histories part."""
    recorded = recording.load()
    return recorded, Chain.begin(recorded)


class Simulation:
    """Plays one seed in a folder of its own, against the mirror at `database`."""

    def __init__(self, seed: int, folder: Path, database: str | None = None) -> None:
        self.chance = random.Random(seed)
        self.outcome = Outcome(seed)
        self._folder = folder
        self._database = database or str(folder / "mirror.sqlite")
        self._on_server = self._database.startswith("postgresql:")
        recorded, chain = beginning()
        self.chain = chain.fork(random.Random(self.chance.getrandbits(64)))
        self._depth = self.chance.randint(6, 30)
        self._kind = self.chance.choice(("depth", "depth", "depth", "finalized", "instant"))
        self._deployment_file = folder / "deployment.json"
        finality = {"kind": self._kind, "depth": self._depth}
        genesis = "0x" + chain.way[0].hash.hex()
        told = {**recorded.deployment, "genesis_hash": genesis, "finality": finality}
        self._deployment_file.write_text(json.dumps(told), encoding="utf-8")
        self.deployment = load_deployment(self._deployment_file)
        # How wicked this seed is: which faults, how often, how much happens.
        self._names = self.chance.sample(faults.NAMES, self.chance.randint(2, len(faults.NAMES)))
        self._slow = {"timeout", "drip", "huge"}
        self._share = self.chance.choice((0.0, 0.05, 0.1, 0.2, 0.35))
        self._left = self.chance.randint(4, 14)
        self._next_event = self.chance.randint(1, 15)
        self._final_breaks = self._kind != "finalized" and self.chance.random() < 0.15
        self._calm = self._full = False
        self._quiet = 0
        self._knows = False  # the node of now has seen that it is on the right chain
        self._kill_at = 0
        self._process: Any = None
        self._at_rest = threading.Event()
        self._failure: BaseException | None = None

    # ---- the run ----------------------------------------------------------------------------

    def play(self) -> Outcome:
        """Raises `Failure`, with what was wrong."""
        began = time.monotonic()
        server = Server(self._direct, random.Random(self.chance.getrandbits(64)), node.TIMEOUT)
        try:
            self._run_until(server.url, self._at_rest.is_set, began)
            self._stop(expected=0)
            self._compare(self.chain.head)
            if self._final_breaks:
                self._break_finality(server.url)
        finally:
            if self._process is not None and self._process.is_alive():
                self._process.kill()
                self._process.join()
            server.close()
            self.outcome.seconds = time.monotonic() - began
            self.outcome.head = self.chain.head.number
        return self.outcome

    def _run_until(self, url: str, done: Callable[[], bool], began: float) -> None:
        self._start(url)
        while not done():
            if self._failure:
                raise self._failure
            if time.monotonic() - began > PATIENCE:
                raise Failure(f"the node did not arrive within {PATIENCE:g} s")
            if self._process.is_alive():
                self._at_rest.wait(0.005)
                continue
            code = self._process.exitcode
            self._note(f"-- the node ended with {code}")
            if code not in (-signal.SIGKILL, 0) and not (code == _EXIT_UNAVAILABLE):
                raise Failure(f"the node ended with exit code {code}")
            self._start(url)

    def _start(self, url: str) -> None:
        self.outcome.starts += 1
        self._knows = False
        kill_at, self._kill_at = self._kill_at, 0
        config = node.NodeConfig(
            url,
            self._deployment_file,
            self._database,
            self._folder / "node.log",
            kill_at,
            blocks_at_once=self.chance.choice((1, 2, 4, 16, 64)),
            long_backlog=20 if self.chance.random() < 0.1 else 10**9,
        )
        if kill_at:
            self._note(f"-- the next process dies before statement {kill_at}")
        self._process = node.start(config)

    def _stop(self, *, expected: int) -> None:
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.join(PATIENCE)
        if self._process.exitcode != expected:
            raise Failure(f"the node ended with {self._process.exitcode}, not {expected}")

    def _break_finality(self, url: str) -> None:
        """The chain replaces final blocks: the node must stop, and must not change anything."""
        before = self.chain.head
        depth = 1 if self._kind == "instant" else self._depth + 1
        ancestor = before.number - depth - self.chance.randint(0, 5)
        self.chain.reorganise(ancestor, before.number - ancestor + self.chance.randint(1, 8))
        self._count("final blocks replaced")
        self._start(url)
        self._process.join(PATIENCE)
        if self._process.exitcode != _EXIT_FINAL:
            raise Failure(f"on a final reorganisation it ended with {self._process.exitcode}")
        self._compare(before)

    # ---- at each request --------------------------------------------------------------------

    def _direct(self, number: int, content: Any) -> tuple[View, str]:
        self.outcome.requests = number
        asked = _asked(content)
        self._knows = self._knows or "latest" in asked
        fault = ""
        try:
            self._maybe_rest(asked)
            if not self._calm:
                if number >= self._next_event:
                    self._happen()
                    self._next_event = number + self.chance.randint(1, 15)
                fault = self._draw(content)
        except BaseException as error:
            self._failure = error
            raise
        view = View(self.chain.way, self.chain.known, self._floor)
        if fault in faults.VIEW:
            view = faults.VIEW[fault](self.chance, self.chain, view)
        self._note(f"{number} {asked} {fault}")
        return view, fault

    @property
    def _floor(self) -> int:
        """The highest block that may count as final anywhere."""
        if self._kind == "instant":
            return self.chain.highest
        return self.chain.highest - self._depth

    def _maybe_rest(self, asked: str) -> None:
        self._quiet = self._quiet + 1 if self._calm and asked in _IDLE else 0
        if self._quiet >= _QUIET:
            self._at_rest.set()

    def _draw(self, content: Any) -> str:
        names = [name for name in self._names if faults.concerns(name, str(content))]
        if not names or self.chance.random() >= self._share:
            return ""
        fault = self.chance.choice(names)
        # A node that meets the wrong chain first is told so and ends: see the unit tests.
        early = fault == "wrong-chain-id" and not self._knows
        if early or (fault in self._slow and self.chance.random() < 0.9):
            return ""
        self.outcome.faults[fault] = self.outcome.faults.get(fault, 0) + 1
        return fault

    def _happen(self) -> None:
        """The next event of the story; after the last one all is well."""
        self._left -= 1
        if self._left <= 0:
            self.chain.mine(max(1, self.chain.highest + 1 - self.chain.head.number))
            self._disk(full=False)
            self._calm = True
            self._note("-- calm")
            return
        events = [self._mine, self._mine, self._kill, self._kill_statement, self._end, self._starve]
        if self._floor < self.chain.head.number:
            events += [self._reorganise] * 4 + [self._back] * 2
        self.chance.choice(events)()

    def _mine(self) -> None:
        count = self.chance.choice((1, 1, 2, 5, 20))
        self.chain.mine(count)
        self._count("mined", f"{count} blocks")

    def _reorganise(self) -> None:
        head = self.chain.head.number
        ancestor = self.chance.randint(max(0, self._floor), head - 1)
        count = max(1, head - ancestor + self.chance.randint(-2, 6))
        self.chain.reorganise(ancestor, count)
        self._count("reorganised", f"{head - ancestor} deep, {count} new blocks")

    def _back(self) -> None:
        """To an earlier branch, and maybe on from there."""
        heads = [h for h in self.chain.heads if self.chain.branch_point(h) >= self._floor]
        if not heads:
            return
        self.chain.switch(self.chance.choice(heads))
        self.chain.mine(self.chance.randint(0, 3))
        self._count("back to an earlier branch")

    def _kill(self) -> None:
        self._count("killed")
        self._signal(signal.SIGKILL)

    def _kill_statement(self) -> None:
        if not self._on_server:
            self._kill_at = self.chance.randint(1, 120)
        self._count("killed at a statement")
        self._signal(signal.SIGKILL)

    def _end(self) -> None:
        self._count("ended and started")
        self._signal(signal.SIGTERM)

    def _starve(self) -> None:
        """No room on the disk; or room again."""
        self._disk(full=not self._full)

    def _disk(self, *, full: bool) -> None:
        if self._on_server or full == self._full:
            return
        self._full = full
        limit = _NO_LIMIT
        if full:
            log = Path(self._database + "-wal")
            size = log.stat().st_size if log.exists() else 0
            limit = size + self.chance.randint(0, 200_000)
        self._count("disk full" if full else "room again")
        try:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (limit, _NO_LIMIT))
        except (OSError, ValueError):  # it was killed just now; the next one has room
            self._full = False

    def _signal(self, which: signal.Signals) -> None:
        self._full = False  # the next process has room
        if self._process.is_alive():
            os.kill(self._process.pid, which)

    # ---- what is left -----------------------------------------------------------------------

    def _compare(self, head: Block) -> None:
        """The mirror is, row for row and in its digest, a fresh one of the way to `head`."""
        from tests.support.mirrors import dump, first_difference

        with open_writer(node.location(self._database), synchronous="OFF") as database:
            mirror = Mirror(database, self.deployment)
            found, digest, number = dump(database), mirror.digest, mirror.head
            final = mirror.final
        if number != head.number:
            raise Failure(f"the mirror ends at {number}, the chain at {head.number}")
        if final > self._floor:
            raise Failure(f"the mirror calls {final} final; it is {self._floor} at most")
        fresh, wanted = rebuild(head, self.deployment, self._folder)
        difference = first_difference(fresh, found)
        if difference:
            raise Failure(f"the mirror differs from a fresh one in {difference[:300]}")
        if digest != wanted:
            raise Failure("the rows are those of a fresh mirror, the digest is not")

    # ---- telling ----------------------------------------------------------------------------

    def _count(self, name: str, more: str = "") -> None:
        self.outcome.events[name] = self.outcome.events.get(name, 0) + 1
        self._note(f"-- {name} {more}")

    def _note(self, line: str) -> None:
        self.outcome.trace.append(line.rstrip())


def rebuild(head: Block, deployment: Deployment, folder: Path) -> tuple[dict[str, Any], bytes]:
    """Rows and digest of a mirror that was never disturbed."""
    from tests.support.mirrors import dump

    with (
        tempfile.TemporaryDirectory(dir=folder) as fresh,
        open_writer(Path(fresh) / "fresh.sqlite", synchronous="OFF") as database,
    ):
        mirror = Mirror(database, deployment)
        line = reversed(list(head.line()))
        blocks = [block.as_indexed() for block in line if block.number]
        mirror.apply(blocks, head.number)
        return dump(database), mirror.digest


def _asked(content: Any) -> str:
    """A request in few words."""
    if isinstance(content, list):
        return " ".join(dict.fromkeys(_asked(call) for call in content))
    method, parameters = content["method"], content["params"]
    if method == "eth_getBlockByNumber" and parameters[0] in ("latest", "finalized"):
        return str(parameters[0])
    return str(method)

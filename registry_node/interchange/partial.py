"""An export that is not finished: its rows so far, and where to go on.

FILE.partial         the rows so far
FILE.partial.json    written after the rows that it counts: killed at any point, they agree
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from registry_node.domain.errors import InvalidInput, NotFound, Unavailable
from registry_node.queries.snapshot import Json, Reader, Snapshot

_VERSION = 1
_CHUNK = 1 << 20


@dataclass(slots=True)
class State:
    """How far an export has come."""

    height: int
    block_hash: str
    finalized: bool
    cursor: str | None = None
    rows: int = 0
    ended: bool = False
    digest: Any = field(default_factory=hashlib.sha256)
    offset: int = 0
    disputed: dict[str, Json] = field(default_factory=dict)
    """Marks of what was read, by subject."""

    @property
    def place(self) -> Json:
        return {
            "block_number": self.height,
            "block_hash": self.block_hash,
            "finalized": self.finalized,
        }


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one export."""

    target: Path

    @property
    def meta(self) -> Path:
        return beside(self.target, ".meta.json")

    @property
    def partial(self) -> Path:
        return beside(self.target, ".partial")

    @property
    def parquet(self) -> Path:
        return beside(self.target, ".partial.parquet")

    @property
    def state(self) -> Path:
        return beside(self.target, ".partial.json")

    def drop_partial(self) -> None:
        self.state.unlink(missing_ok=True)  # first: rows without a state are nothing
        self.partial.unlink(missing_ok=True)
        self.parquet.unlink(missing_ok=True)


@contextmanager
def alone(path: Path) -> Iterator[BinaryIO]:
    with path.open("ab+", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(
                f"Another process is writing {path}.", "Let it end, or choose another file."
            ) from error
        try:
            yield file
        finally:
            if path.exists() and path.stat().st_size == 0 and not beside(path, ".json").exists():
                path.unlink()


def resumed(reader: Reader, plan: Json, files: Files, file: BinaryIO, at: int | None) -> State:
    saved = read_json(files.state)
    if saved.get("version") != _VERSION or saved.get("plan") != plan:
        raise InvalidInput(
            f"{files.partial} is of another export.",
            "Give the same query, filters, format and profile, or begin anew with --force.",
        )
    place = saved["as_of"]
    state = State(
        place["block_number"],
        place["block_hash"],
        place["finalized"],
        saved["cursor"],
        saved["rows"],
        saved["ended"],
        disputed={mark["subject"]: mark for mark in saved.get("disputed", ())},
    )
    if at is not None and at != state.height:
        raise InvalidInput(
            f"{files.partial} is of ledger block {state.height}, not {at}.",
            "Leave --at out, or begin anew with --force.",
        )
    _check_block(reader, state)
    file.seek(0)
    while state.offset < saved["offset"]:
        chunk = file.read(min(_CHUNK, saved["offset"] - state.offset))
        if not chunk:
            break
        state.digest.update(chunk)
        state.offset += len(chunk)
    if state.offset != saved["offset"] or state.digest.hexdigest() != saved["sha256"]:
        raise InvalidInput(
            f"{files.partial} is not as it was written: its checksum differs.",
            "Begin anew with --force.",
        )
    file.truncate(state.offset)  # rows after the last record are written again
    return state


def _check_block(reader: Reader, state: State) -> None:
    try:
        with reader.snapshot(state.height) as snapshot:
            require_same(snapshot, state)
    except NotFound as error:
        raise _gone(state) from error


def require_same(snapshot: Snapshot, state: State) -> None:
    if f"0x{snapshot.as_of.hash.hex()}" != state.block_hash:
        raise _gone(state)


def _gone(state: State) -> InvalidInput:
    return InvalidInput(
        f"Ledger block {state.height} ({state.block_hash[:10]}...) was reorganised away.",
        "Begin anew with --force; --at a final ledger block cannot be reorganised away.",
    )


def append(file: BinaryIO, state: State, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    state.digest.update(data)
    state.offset += len(data)


def saved(plan: Json, state: State) -> Json:
    return {
        "version": _VERSION,
        "plan": plan,
        "as_of": state.place,
        "cursor": state.cursor,
        "ended": state.ended,
        "rows": state.rows,
        "offset": state.offset,
        "sha256": state.digest.hexdigest(),
        "disputed": list(state.disputed.values()),
    }


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def read_json(path: Path) -> Json:
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{path} cannot be read: {error}.", "Begin anew with --force."
        ) from error
    if not isinstance(document, dict):
        raise InvalidInput(f"{path} is not of an export.", "Begin anew with --force.")
    return document


def write_json(path: Path, document: Json) -> None:
    fresh = beside(path, ".new")
    with fresh.open("wb") as file:
        file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

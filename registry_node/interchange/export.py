"""Writes a list of the mirror into a file: at one height, page by page, in constant memory.

    FILE                 the finished file; it appears at once, complete
    FILE.meta.json       what is in it, of which ledger block, and its checksum
    FILE.partial         the rows so far
    FILE.partial.json    where to go on: written after the rows that it counts

Killed at any point, the same export goes on with `resume`. The finished file has the same bytes as
one that was never interrupted, on every mirror of the ledger.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.files import check_new
from registry_node.interchange.columns import Column
from registry_node.interchange.formats import Csv, Ndjson, require_parquet, write_parquet
from registry_node.interchange.partial import (
    Files,
    State,
    alone,
    append,
    read_json,
    require_same,
    resumed,
    saved,
    sync_folder,
    write_json,
)
from registry_node.queries import disputes
from registry_node.queries.paging import MOST, Listing, Page
from registry_node.queries.snapshot import Json, Reader, Snapshot

_CHECKPOINT = 1.0
"""Seconds between records of where to go on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is exported, and how. `ask` answers one page; `shape` makes a row of an item; `given`
    are the filters as the query takes them."""

    query: str
    filters: dict[str, str]
    format: str
    ask: Callable[[Snapshot, Page], Listing]
    columns: tuple[Column, ...]
    identity: Json  # of the deployment
    profile: str | None = None
    shape: Callable[[Json], Json] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "query": self.query,
            "filters": self.filters,
            "format": self.format,
            "profile": self.profile,
            "columns": [{"name": c.name, "kind": c.kind} for c in self.columns],
            "deployment": self.identity,
        }


def export(
    reader: Reader,
    plan: Plan,
    target: Path,
    *,
    at: int | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    checkpoint: float = _CHECKPOINT,
) -> Json:
    """Writes the file; the document of FILE.meta.json.

    Raises `InvalidInput` as `check_new`, when the ledger block was reorganised away or
    when the rows so far are not those that were written; `Unavailable` without a mirror, without
    pyarrow for Parquet, or when another process writes the same file.
    """
    if plan.format == "parquet":
        require_parquet()
    files = Files(target)
    with alone(files.partial) as file:
        if resume and (done := _finished(files, plan, at)):
            return done
        state = _begin(reader, plan, files, file, at=at, resume=resume, force=force)
        try:
            _write(reader, plan, files, file, state, progress, checkpoint)
        except (InvalidInput, NotFound):
            if state.rows == 0:  # a filter that is wrong: there is nothing to go on with
                files.drop_partial()
            raise
        return _finish(plan, files, state)


def _finished(files: Files, plan: Plan, at: int | None) -> Json | None:
    """The document of an export that is complete already."""
    if files.state.exists() or not (files.target.exists() and files.meta.exists()):
        return None
    meta = read_json(files.meta)
    same = all(meta.get(name) == value for name, value in plan.to_json().items())
    return meta if same and at in {None, meta["as_of"]["block_number"]} else None


def _begin(
    reader: Reader,
    plan: Plan,
    files: Files,
    file: BinaryIO,
    *,
    at: int | None,
    resume: bool,
    force: bool,
) -> State:
    if resume and files.state.exists():
        return resumed(reader, plan.to_json(), files, file, at)
    if not force:
        if files.state.exists():
            raise InvalidInput(
                f"{files.target} has an unfinished export beside it.",
                "Go on with --resume, or begin anew with --force.",
            )
        check_new(files.target, force=False)
    with reader.snapshot(at) as snapshot:
        as_of = snapshot.as_of
    files.state.unlink(missing_ok=True)  # first: rows without a state are nothing
    file.truncate(0)
    state = State(as_of.number, f"0x{as_of.hash.hex()}", as_of.finalized)
    append(file, state, _form(plan).header)
    return state


def _write(
    reader: Reader,
    plan: Plan,
    files: Files,
    file: BinaryIO,
    state: State,
    progress: Callable[[int], None],
    checkpoint: float,
) -> None:
    """Each page is read in a transaction of its own: no reader holds the database for hours."""
    form = _form(plan)
    recorded = time.monotonic()
    progress(state.rows)
    while not state.ended:
        page = Page(MOST) if state.cursor is None else Page.parse(MOST, state.cursor)
        with reader.snapshot(state.height) as snapshot:
            require_same(snapshot, state)
            found = plan.ask(snapshot, page)
            doubts = disputes.concerning(snapshot, found.items, plan.given, is_list=True)
        items = [plan.shape(item) for item in found.items] if plan.shape else found.items
        append(file, state, form.encode(items))
        state.rows += len(items)
        state.disputed.update({mark["subject"]: mark for mark in doubts})
        state.cursor, state.ended = found.next_cursor, found.next_cursor is None
        progress(state.rows)
        if state.ended or time.monotonic() - recorded >= checkpoint:
            os.fsync(file.fileno())
            write_json(files.state, saved(plan.to_json(), state))
            recorded = time.monotonic()


def _finish(plan: Plan, files: Files, state: State) -> Json:
    """The metadata first, then the file under its name: whoever sees the file can check it."""
    document = {**plan.to_json(), "as_of": state.place}
    if state.disputed:
        document["disputed"] = list(state.disputed.values())
    ready, digest, size = files.partial, state.digest.hexdigest(), state.offset
    if plan.format == "parquet":
        ready = files.parquet
        write_parquet(files.partial, ready, plan.columns, {**document, "rows": state.rows})
        digest, size = _checksum(ready)
    document |= {"rows": state.rows, "bytes": size, "sha256": digest}
    write_json(files.meta, document)
    ready.replace(files.target)
    files.drop_partial()
    sync_folder(files.target.parent)
    return document


def _checksum(path: Path) -> tuple[str, int]:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
        return hashlib.file_digest(opened, "sha256").hexdigest(), path.stat().st_size


def _form(plan: Plan) -> Csv | Ndjson:
    return Csv(plan.columns) if plan.format == "csv" else Ndjson()

"""Exports: the API's lists as files, at one height, whole or gone on with after any end."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from registry_node.api.endpoints import ENDPOINTS
from registry_node.cli.exporting import sources
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.subjects import Subject
from registry_node.interchange import cad_trust, export, formats
from registry_node.interchange.columns import LISTS, columns
from registry_node.interchange.export import Plan
from registry_node.queries.paging import Page, every_item
from registry_node.queries.snapshot import Json, Reader
from tests.support.border import border_story
from tests.support.story import Story

ROOT = Path(__file__).parents[2]
IDENTITY = {"name": "story", "chain_id": 1, "genesis_hash": "0x00"}
IN_PATH = {"accounts": {"code": "CN"}, "classes": {"code": "KR"}, "documents": {"code": "CN"}}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return border_story(Path(tmp_path_factory.mktemp("export")) / "mirror.sqlite")


@pytest.fixture(scope="module")
def reader(story: Story) -> Reader:
    return Reader(story.path, story.directory)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 3)


def plan_of(name: str, form: str = "ndjson", **changes: Any) -> Plan:
    values = IN_PATH.get(name, {})

    def ask(snapshot: Any, page: Page) -> Any:
        return sources()[name].answer(snapshot, page=page, **values)

    made = Plan(name, {}, form, ask, LISTS[name], IDENTITY)
    return replace(made, **changes)


def items_of(reader: Reader, plan: Plan, at: int | None = None) -> list[Json]:
    with reader.snapshot(at) as snapshot:
        return every_item(lambda page: plan.ask(snapshot, page))


def lines_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ---- what is written --------------------------------------------------------------------------


def test_every_list_of_the_api_can_be_exported() -> None:
    lists = {e.path.rpartition("/")[2] for e in ENDPOINTS if e.is_list}
    assert set(sources()) - {"blocks"} >= lists - {"statements", "digests"}
    assert set(sources()) == set(LISTS)


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.is_list], ids=lambda e: e.path)
def test_the_columns_are_all_of_the_api_s_fields(endpoint: Any) -> None:
    name = endpoint.path.rpartition("/")[2]
    if name in LISTS:
        fields = {field.alias or key for key, field in endpoint.schema.model_fields.items()}
        assert {column.path[0] for column in LISTS[name]} == fields


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_is_the_same_in_every_format(reader: Reader, name: str, tmp_path: Path) -> None:
    plan = plan_of(name)
    items = items_of(reader, plan)
    target = tmp_path / "list"
    told = export.export(reader, plan, target)
    assert lines_of(target) == items
    assert told["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert (told["rows"], told["bytes"]) == (len(items), target.stat().st_size)
    values = [{c.name: c.of(item) for c in plan.columns} for item in items]

    table = tmp_path / "list.parquet"
    export.export(reader, replace(plan, format="parquet"), table)
    read = pyarrow.parquet.read_table(table).to_pylist()
    assert [{k: _plain(v) for k, v in row.items()} for row in read] == values

    sheet = tmp_path / "list.csv"
    export.export(reader, replace(plan, format="csv"), sheet)
    with sheet.open(encoding="utf-8", newline="") as opened:
        cells = list(csv.DictReader(opened, strict=True))
    assert cells == [{k: _cell(v) for k, v in row.items()} for row in values]


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(value, "strftime") else value


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def test_the_story_has_rows_to_compare(reader: Reader) -> None:
    for name in ("blocks", "movements", "holdings", "accounts"):
        assert len(items_of(reader, plan_of(name))) > 1, name


def test_blocks_tile_every_class_at_every_height(story: Story, reader: Reader) -> None:
    for height in range(1, story.number):
        tiles: dict[str, list[tuple[int, int]]] = {}
        for item in items_of(reader, plan_of("blocks"), height):
            key = f"{item['registry']}:{item['class']}"
            tiles.setdefault(key, []).append((item["first"], item["last"]))
        with reader.snapshot(height) as snapshot:
            rows = snapshot.all(
                "SELECT r.code, c.symbol, t.issued FROM class_total t"
                " JOIN unit_class c ON c.id = t.class_id JOIN registry r ON r.id = c.registry_id"
                " WHERE t.from_height <= :h AND :h < t.to_height AND t.issued > 0"
            )
        assert {f"{r['code']}:{r['symbol']}": r["issued"] for r in rows} == {
            key: max(last for _, last in found) for key, found in tiles.items()
        }
        for found in tiles.values():
            found.sort()
            ends = [0, *(last for _, last in found)]
            assert [first for first, _ in found] == [end + 1 for end in ends[:-1]]


def test_a_past_height_stays_what_it_was(story: Story, reader: Reader, tmp_path: Path) -> None:
    plan = plan_of("holdings")
    told = export.export(reader, plan, tmp_path / "then", at=6)
    assert told["as_of"]["block_number"] == 6
    assert lines_of(tmp_path / "then") == items_of(reader, plan, 6)
    assert lines_of(tmp_path / "then") != items_of(reader, plan)
    meta = json.loads((tmp_path / "then.meta.json").read_text())
    assert meta == told
    assert meta["deployment"] == IDENTITY


def test_two_exports_have_the_same_bytes(reader: Reader, tmp_path: Path) -> None:
    for form in formats.FORMATS:
        for name in ("a", "b"):
            (tmp_path / name).mkdir(exist_ok=True)
            export.export(reader, plan_of("movements", form), tmp_path / name / form)
        for ending in ("", ".meta.json"):
            one, two = (tmp_path / name / f"{form}{ending}" for name in ("a", "b"))
            assert one.read_bytes() == two.read_bytes()


def test_parquet_comes_in_row_groups_with_its_ledger_block(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = formats.write_parquet
    monkeypatch.setattr(export, "write_parquet", partial(writing, group=4))
    told = export.export(reader, plan_of("movements", "parquet"), tmp_path / "m.parquet")
    file = pyarrow.parquet.ParquetFile(tmp_path / "m.parquet")
    assert file.num_row_groups == -(-told["rows"] // 4)
    meta = json.loads(file.schema_arrow.metadata[b"tonnelink"])
    assert meta["as_of"] == told["as_of"]
    kinds = {field.name: str(field.type) for field in file.schema_arrow}
    assert kinds["quantity"] == "int64"
    assert kinds["time"] in {"timestamp[s, tz=UTC]", "timestamp[ms, tz=UTC]"}


def test_parquet_without_its_library_says_what_to_install(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(Unavailable, match="pyarrow") as caught:
        export.export(reader, plan_of("lots", "parquet"), tmp_path / "lots")
    assert "tonnelink[parquet]" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


# ---- CSV --------------------------------------------------------------------------------------

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "'x",
    "\uff1d1",
    'a,"b"',
    "two\r\nlines",
    "é 排放",
    "x",
]


def test_csv_neither_breaks_nor_runs_in_a_spreadsheet() -> None:
    form = formats.Csv(columns("text number:int more:json"))
    items = [{"text": text, "number": "-7", "more": [text]} for text in NASTY]
    data = form.header + form.encode(items)
    assert data.count(b"\r\n") - data.count(b"two\r\nlines") == len(NASTY) + 1
    header, *rows = csv.reader(data.decode().splitlines(keepends=True), strict=True)
    assert header == ["text", "number", "more"]
    for row, text in zip(rows, NASTY, strict=True):
        assert row[0][0] not in "=+-@\t\r\uff1d"
        assert row[0].removeprefix("'") == text  # one apostrophe off gives the ledger's text
        assert row[1] == "-7"
        assert json.loads(row[2]) == [text]


# ---- CAD Trust --------------------------------------------------------------------------------


def test_units_in_the_words_of_cad_trust(reader: Reader, tmp_path: Path) -> None:
    plan = plan_of("blocks", columns=cad_trust.COLUMNS, profile="cad-trust", shape=cad_trust.unit)
    export.export(reader, plan, tmp_path / "units")
    units, blocks = lines_of(tmp_path / "units"), items_of(reader, plan_of("blocks"))
    assert len(units) == len(blocks)
    for unit, block in zip(units, blocks, strict=True):
        assert [c.name for c in cad_trust.COLUMNS] == list(unit)
        assert unit["unit_status"] in cad_trust.STATUSES
        assert unit["unit_type"] in cad_trust.TYPES
        assert unit["unit_metric"] in cad_trust.METRICS
        assert unit["unit_count"] == int(unit["unit_end_block"]) - int(unit["unit_start_block"]) + 1
        assert unit["unit_status_reason"]
        if block["used_abroad"] or block["state"] == "ESCROWED":
            assert unit["unit_status"] == "Inactive"  # its twin tells the tonne
    found = {(unit["unit_status"], unit["unit_status_reason"]) for unit in units}
    assert {status for status, _ in found} == {"Held", "Inactive", "Retired", "Cancelled"}
    assert ("Cancelled", "Returned to the registry they came from") in found


@pytest.mark.parametrize("state", sorted(cad_trust._REASONS))
def test_every_state_has_a_status(state: str, reader: Reader) -> None:
    block = items_of(reader, plan_of("blocks"))[0]
    unit = cad_trust.unit({**block, "state": state, "memo": "a claim", "compliance_year": None})
    assert unit["unit_status"] == cad_trust._REASONS[state][0]
    assert (unit["unit_retirement_detail"] == "a claim") == (unit["unit_status"] == "Retired")


# ---- going on ---------------------------------------------------------------------------------


class Broken(Exception):
    """The process ends here."""


def broken_after(plan: Plan, pages: int) -> Plan:
    left = [pages]

    def ask(snapshot: Any, page: Page) -> Any:
        if not left[0]:
            raise Broken
        left[0] -= 1
        return plan.ask(snapshot, page)

    return replace(plan, ask=ask)


@pytest.mark.parametrize("form", formats.FORMATS)
@pytest.mark.parametrize("pages", [0, 1, 2])
def test_an_interrupted_export_ends_in_the_same_bytes(
    reader: Reader, tmp_path: Path, form: str, pages: int
) -> None:
    plan = plan_of("movements", form)
    export.export(reader, plan, tmp_path / "whole")
    target = tmp_path / "part"
    with pytest.raises(Broken):
        export.export(reader, broken_after(plan, pages), target, checkpoint=0)
    assert not target.exists()
    if pages:  # rows that no record counts, as a kill leaves them
        with (tmp_path / "part.partial").open("ab") as file:
            file.write(b"half a ro")
        with pytest.raises(InvalidInput, match="unfinished"):
            export.export(reader, plan, target)
    told = export.export(reader, plan, target, resume=True)
    assert target.read_bytes() == (tmp_path / "whole").read_bytes()
    assert told["rows"] == len(items_of(reader, plan))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"whole", "whole.meta.json", "part", "part.meta.json"}
    assert export.export(reader, plan, target, resume=True) == told  # nothing is left to do


def interrupted(reader: Reader, plan: Plan, target: Path) -> None:
    with pytest.raises(Broken):
        export.export(reader, broken_after(plan, 2), target, checkpoint=0)


def test_a_resumed_export_is_the_same_export(reader: Reader, tmp_path: Path) -> None:
    target = tmp_path / "part"
    interrupted(reader, plan_of("movements"), target)
    for other in (plan_of("blocks"), plan_of("movements", "csv")):
        with pytest.raises(InvalidInput, match="another export"):
            export.export(reader, other, target, resume=True)
    with pytest.raises(InvalidInput, match="not 3"):
        export.export(reader, plan_of("movements"), target, resume=True, at=3)


@pytest.mark.parametrize("damage", ["flip", "shorten"])
def test_rows_that_were_changed_are_noticed(reader: Reader, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "part"
    interrupted(reader, plan_of("movements"), target)
    data = bytearray((tmp_path / "part.partial").read_bytes())
    data[10] ^= 1
    (tmp_path / "part.partial").write_bytes(data if damage == "flip" else data[1:-1])
    with pytest.raises(InvalidInput, match="checksum"):
        export.export(reader, plan_of("movements"), target, resume=True)
    export.export(reader, plan_of("movements"), target, force=True)
    assert lines_of(target) == items_of(reader, plan_of("movements"))


def test_a_ledger_block_that_was_reorganised_away_ends_the_export(
    tmp_path: Path,
) -> None:
    story = border_story(tmp_path / "mirror.sqlite")
    reader = Reader(story.path, story.directory)
    target = tmp_path / "part"
    interrupted(reader, plan_of("movements"), target)
    change = "UPDATE header SET hash = ? WHERE number = (SELECT MAX(number) FROM header)"
    story.db.execute(change, (b"\x09" * 32,))
    for again in (plan_of("movements"), plan_of("movements")):
        with pytest.raises(InvalidInput, match="reorganised away"):
            export.export(reader, again, target, resume=True)
    story.close()


def test_a_ledger_block_that_goes_while_it_is_written_ends_the_export(tmp_path: Path) -> None:
    story = border_story(tmp_path / "mirror.sqlite")
    reader = Reader(story.path, story.directory)
    plan = plan_of("movements")
    changed = []

    def ask(snapshot: Any, page: Page) -> Any:
        found = plan.ask(snapshot, page)
        changed.append(page)
        return found

    def progress(rows: int) -> None:
        if len(changed) == 2:
            change = "UPDATE header SET hash = ? WHERE number = (SELECT MAX(number) FROM header)"
            story.db.execute(change, (b"\x09" * 32,))

    with pytest.raises(InvalidInput, match="reorganised away"):
        export.export(reader, replace(plan, ask=ask), tmp_path / "out", progress=progress)
    assert not (tmp_path / "out").exists()
    story.close()


def test_one_process_writes_a_file(reader: Reader, tmp_path: Path) -> None:
    with (tmp_path / "out.partial").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="Another process"):
            export.export(reader, plan_of("lots"), tmp_path / "out")


def test_a_file_is_not_replaced_unasked(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InvalidInput, match="exists"):
        export.export(reader, plan_of("lots"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    export.export(reader, plan_of("lots"), tmp_path / "out", force=True)
    assert lines_of(tmp_path / "out") == items_of(reader, plan_of("lots"))


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = [{root!r}]
from tests.unit import test_export as t
from registry_node.queries.snapshot import Reader, Directory
t.export.MOST = 3
reader = Reader(Path({mirror!r}), Directory({gateway!r}))
plan = t.plan_of("movements")
def slowly(rows):
    print(rows, flush=True)
    time.sleep(0.05)
t.export.export(reader, plan, Path({target!r}), checkpoint=0, resume=True, progress=slowly)
"""


def test_killed_again_and_again_it_ends_in_the_same_bytes(
    story: Story, reader: Reader, tmp_path: Path
) -> None:
    target = tmp_path / "killed"
    program = KILLED.format(
        root=str(ROOT),
        mirror=str(story.path),
        gateway=story.directory.gateway,
        target=str(target),
    )
    kills = 0
    while not target.exists():
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
        assert child.stdout
        child.stdout.readline()
        child.stdout.readline()
        if kills < 2:
            os.kill(child.pid, signal.SIGKILL)
            kills += 1
        child.stdout.read()
        child.wait()
        child.stdout.close()
    assert kills == 2
    plan = plan_of("movements")
    labelled = Reader(story.path, replace(story.directory, labels={}))
    export.export(labelled, plan, tmp_path / "whole")
    assert target.read_bytes() == (tmp_path / "whole").read_bytes()


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, reader: Reader) -> None:
    """A million rows of one page, again and again: what is kept is one page."""
    import tracemalloc

    plan = plan_of("movements")
    with reader.snapshot() as snapshot:
        first = plan.ask(snapshot, Page(10))
    left = [2_000]

    def ask(snapshot: Any, page: Page) -> Any:
        left[0] -= 1
        return first if left[0] else first._replace(next_cursor=None)

    assert first.next_cursor
    tracemalloc.start()
    try:
        told = export.export(reader, replace(plan, ask=ask, format="csv"), tmp_path / "big")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told["rows"] == 20_000
    assert told["bytes"] > 4_000_000
    assert peak < 2_000_000


# ---- doubt ------------------------------------------------------------------------------------


def test_an_export_of_rows_in_doubt_says_so_beside_the_file(tmp_path: Path) -> None:
    story = border_story(tmp_path / "mirror.sqlite")
    reader = Reader(story.path, story.directory)

    def told(name: str, at: int | None = None, **changes: Any) -> Json:
        plan = plan_of("movements", **changes)
        document = export.export(reader, plan, tmp_path / name, at=at)
        assert json.loads((tmp_path / f"{name}.meta.json").read_bytes()) == document
        return document

    without = told("without")
    assert "disputed" not in without
    story.doubt(Subject("registry", "KR"), since=7)
    marked = told("marked", format="csv")
    assert marked["disputed"] == [
        {"subject": "KR", "label": None, "kind": "registry", "differs": ["movement"], "since": 7}
    ]
    assert told("bytes")["sha256"] == without["sha256"]  # the file itself is what it was
    assert "disputed" not in told("before", at=6)
    story.doubt(Subject("account", "KR", "0x" + "12" * 20))
    assert "disputed" in told("all")  # a row of it may be missing
    assert "disputed" not in told("CN", given={"registry": "CN"})
    told("parquet", format="parquet")
    metadata = pyarrow.parquet.read_schema(tmp_path / "parquet").metadata
    assert "disputed" in json.loads(metadata[b"tonnelink"])


def test_what_was_read_in_doubt_stays_so_when_the_doubt_ends_before_the_export(
    tmp_path: Path,
) -> None:
    story = border_story(tmp_path / "mirror.sqlite")
    reader = Reader(story.path, story.directory)
    plan, target, pages = plan_of("movements"), tmp_path / "list", []

    def ask(snapshot: Any, page: Page) -> Any:
        pages.append(page)
        if len(pages) == 3:
            raise Unavailable("Away.", "")
        return plan.ask(snapshot, page)

    story.doubt(Subject("ledger"))
    with pytest.raises(Unavailable):
        export.export(reader, replace(plan, ask=ask), target, checkpoint=0)
    story.doubt()
    told = export.export(reader, plan, target, resume=True)
    assert [mark["subject"] for mark in told["disputed"]] == ["the whole ledger"]

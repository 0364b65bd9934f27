"""The log of who asked what: no line is changed, dropped or put in unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from registry_node.access import audit
from registry_node.access.audit import NAME, AuditLog, Entry


def write(log: AuditLog, *numbers: int) -> None:
    for number in numbers:
        log.write({"path": f"/v1/{number}", "token": "a", "parameters": {"at": "7"}, "status": 200})


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path, 2**20)


def lines(folder: Path) -> list[bytes]:
    return (folder / NAME).read_bytes().splitlines(keepends=True)


def test_lines_are_chained(log: AuditLog, tmp_path: Path) -> None:
    write(log, 1, 2, 3)
    told = [orjson.loads(line) for line in lines(tmp_path)]
    assert [line["n"] for line in told] == [1, 2, 3]
    assert [line["prev"] for line in told[1:]] == [line["hash"] for line in told[:-1]]
    verdict = audit.verify(tmp_path)
    assert (verdict.fault, verdict.lines, verdict.first, verdict.last) == (None, 3, 1, 3)
    assert verdict.last_hash == told[-1]["hash"]


def test_no_log_is_a_whole_one(tmp_path: Path) -> None:
    assert audit.verify(tmp_path).fault is None
    assert list(audit.entries(tmp_path)) == []


def test_every_changed_byte_is_noticed(log: AuditLog, tmp_path: Path) -> None:
    write(log, 1, 2)
    content = (tmp_path / NAME).read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        (tmp_path / NAME).write_bytes(changed)
        assert audit.verify(tmp_path).fault, f"byte {place}"
    (tmp_path / NAME).write_bytes(content)
    assert audit.verify(tmp_path).fault is None


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ((0, 2), "line 2: line number 2 should be here, not 3"),
        ((1, 2), None),  # the first lines were put away, as old files are
        ((0, 2, 1), "line 2: line number 2 should be here, not 3"),
        ((0, 0, 1, 2), "line 2: line number 2 should be here, not 1"),
    ],
)
def test_lines_dropped_moved_and_put_in(
    log: AuditLog, tmp_path: Path, order: tuple[int, ...], fault: str | None
) -> None:
    write(log, 1, 2, 3)
    whole = lines(tmp_path)
    (tmp_path / NAME).write_bytes(b"".join(whole[i] for i in order))
    found = audit.verify(tmp_path).fault
    assert found == fault if fault is None else (found or "").endswith(fault)


def test_a_forged_line_with_a_right_hash_of_its_own_breaks_the_chain(
    log: AuditLog, tmp_path: Path
) -> None:
    write(log, 1, 2, 3)
    whole = lines(tmp_path)
    other = AuditLog(tmp_path / "other", 2**20)
    write(other, 1, 9, 3)
    forged = lines(tmp_path / "other")
    (tmp_path / NAME).write_bytes(whole[0] + forged[1] + whole[2])
    assert "should be here" in (audit.verify(tmp_path).fault or "")


def test_lines_cut_off_at_the_end_are_noticed_by_a_hash_kept_elsewhere(
    log: AuditLog, tmp_path: Path
) -> None:
    write(log, 1, 2, 3)
    kept = audit.verify(tmp_path).last_hash
    write(log, 4)
    assert audit.verify(tmp_path, kept).expected_found is True
    (tmp_path / NAME).write_bytes(b"".join(lines(tmp_path)[:2]))
    verdict = audit.verify(tmp_path, kept)
    assert (verdict.fault, verdict.expected_found) == (None, False)


def test_a_log_that_was_cut_is_not_gone_on_with(log: AuditLog, tmp_path: Path) -> None:
    write(log, 1, 2, 3)
    (tmp_path / NAME).write_bytes(b"".join(lines(tmp_path)[:2]))
    with pytest.raises(OSError, match="lines after number 2 are gone"):
        write(log, 4)


def test_it_goes_on_in_a_new_file(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, 1000)
    write(log, *range(20))
    names = [path.name for path in audit.files(tmp_path)]
    assert len(names) > 3
    assert names[0] == "audit-000000000001.log"
    assert names[-1] == NAME
    verdict = audit.verify(tmp_path)
    assert (verdict.fault, verdict.lines, verdict.last) == (None, 20, 20)
    assert [entry["n"] for entry in audit.entries(tmp_path)] == list(range(1, 21))
    (tmp_path / names[0]).unlink()
    later = audit.verify(tmp_path)
    assert later.fault is None
    assert later.first > 1
    (tmp_path / names[2]).unlink()
    assert "should be here" in (audit.verify(tmp_path).fault or "")


def test_a_new_process_goes_on_with_the_chain(tmp_path: Path) -> None:
    for start in range(0, 9, 3):
        log = AuditLog(tmp_path, 700)
        write(log, start, start + 1, start + 2)
        log.close()
    verdict = audit.verify(tmp_path)
    assert (verdict.fault, verdict.lines) == (None, 9)


def test_it_goes_on_after_a_rename_that_left_no_new_file(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, 2**20)
    write(log, 1, 2)
    log.close()
    (tmp_path / NAME).rename(tmp_path / "audit-000000000001.log")
    log = AuditLog(tmp_path, 2**20)
    write(log, 3)
    assert (audit.verify(tmp_path).fault, audit.verify(tmp_path).last) == (None, 3)


def test_a_line_that_a_crash_tore_is_taken_away(log: AuditLog, tmp_path: Path) -> None:
    write(log, 1, 2)
    log.close()
    with (tmp_path / NAME).open("ab") as content:
        content.write(b'{"n":3,"path":"/v1/ho')
    assert audit.verify(tmp_path).fault is not None
    log = AuditLog(tmp_path, 2**20)
    write(log, 3)
    assert (audit.verify(tmp_path).fault, audit.verify(tmp_path).last) == (None, 3)


WRITER = """
import sys
from pathlib import Path
from registry_node.access.audit import AuditLog
log = AuditLog(Path(sys.argv[1]), 1000)
for number in range(200):
    log.write({"path": f"/v1/{sys.argv[2]}/{number}", "status": 200})
"""


def test_processes_that_write_at_once_write_one_chain(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)])
        for number in range(3)
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    verdict = audit.verify(tmp_path)
    assert (verdict.fault, verdict.lines, verdict.last) == (None, 600, 600)
    for number in range(3):
        mine = [e["path"] for e in audit.entries(tmp_path) if f"/v1/{number}/" in e["path"]]
        assert mine == [f"/v1/{number}/{i}" for i in range(200)]


def test_a_full_disk_leaves_no_part_of_a_line(
    log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, 1)
    whole = (tmp_path / NAME).read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:10]))
    with pytest.raises(OSError, match="No space"):
        write(log, 2)
    monkeypatch.undo()
    assert (tmp_path / NAME).read_bytes() == whole
    write(log, 2)
    assert (audit.verify(tmp_path).fault, audit.verify(tmp_path).last) == (None, 2)


def test_a_line_can_hold_anything_that_was_asked(log: AuditLog, tmp_path: Path) -> None:
    entry: Entry = {"path": '/v1/"},\n{"hash":"0"}\u2028', "parameters": {"\x00": "日本" * 500}}
    log.write(entry)
    write(log, 2)
    assert audit.verify(tmp_path).fault is None
    (first, _) = list(audit.entries(tmp_path))
    assert {**first, **entry} == first


def test_only_its_owner_reads_it(log: AuditLog, tmp_path: Path) -> None:
    write(log, 1)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600

"""Files that a user names to be written: one rule for every command that writes one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry_node.cli.main import run
from registry_node.interchange import allocations_file
from tests.support.border import border_story

WRITERS = {
    "statement": ("statement", "registry", "CN", "-o"),
    "backup": ("backup",),
    "export": ("export", "lots", "--format", "csv", "-o"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("home"))
    story = border_story(home / "mirror.sqlite")
    (home / "deployment.json").write_text(json.dumps(story.deployment()))
    story.close()
    assert run(["--home", str(home), "statement-key", "new"]) == 0
    return home


@pytest.fixture(params=WRITERS)
def writer(home: Path, request: pytest.FixtureRequest) -> list[str]:
    return ["--home", str(home), *WRITERS[request.param]]


def test_a_file_that_exists_is_replaced_with_force_only(
    writer: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out"
    assert run([*writer, str(file)]) == 0
    file.write_text("mine")
    assert run([*writer, str(file)]) == 2
    assert f"Error: {file} exists.\nName another file, or give --force" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert run([*writer, str(file), "--force"]) == 0
    assert file.read_bytes() != b"mine"


def test_a_missing_folder_is_not_made(
    writer: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "nosuch"
    assert run([*writer, str(folder / "out"), "--force"]) == 2
    said = f"Error: There is no folder {folder}.\nMake it, or name another place.\n"
    assert capsys.readouterr().err == said
    assert not folder.exists()


def test_a_folder_is_no_file(
    writer: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*writer, str(tmp_path), "--force"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"Error: {tmp_path} is a folder.\n")
    assert ("--keep N" if "backup" in writer else "Name a file in it.") in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_backups_is_made_where_its_parent_is(home: Path, tmp_path: Path) -> None:
    backup = ("--home", str(home), "backup", "--keep", "2")
    assert run([*backup, str(tmp_path / "nosuch" / "backups")]) == 2
    assert not (tmp_path / "nosuch").exists()
    assert run([*backup, str(tmp_path / "backups")]) == 0
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_an_export_goes_on_where_its_file_is(home: Path, tmp_path: Path) -> None:
    export = ["--home", str(home), *WRITERS["export"], str(tmp_path / "out")]
    assert run(export) == 0
    assert run([*export, "--resume"]) == 0  # it is complete: nothing is left to do


def test_a_journal_is_not_put_into_a_missing_folder(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "allocations.csv"
    sheet.write_text(",".join(allocations_file.COLUMNS) + "\n1\n")
    journal = str(tmp_path / "nosuch" / "journal")
    told = run(["--home", str(home), "import", "allocations", str(sheet), "--journal", journal])
    assert told == 2
    assert "There is no folder" in capsys.readouterr().err

"""Tables on terminals of any width: what names something is read whole."""

from __future__ import annotations

import re
import sys

import pytest

from registry_node.cli import output

UNITS = "CN:CEA-2021:1000000-1999999"
ADDRESS = "0x" + "31a1d7fe" * 5
PROSE = "said in a sentence that is rather long, " * 5
NAMES = [UNITS, ADDRESS, "cn-power-south-of-the-river", "CEA-2021", "1,000,000"]
COLUMNS = ("units", "account", "to", "class", "t", "note")
STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A standard output of a given width; `table` is what it shows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def table(self, width: int | None, *rows: list[str], note: str = PROSE) -> list[str]:
        self._monkeypatch.setattr(sys.stdout, "isatty", lambda: width is not None)
        for name, value in (("TERM", "xterm"), ("LINES", "50"), ("COLUMNS", str(width))):
            self._monkeypatch.setenv(name, value)
        output.table(COLUMNS, [(*row, note) for row in rows], "Life", right=("t",))
        return [line.rstrip() for line in STYLE.sub("", self._capsys.readouterr().out).splitlines()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.mark.parametrize("width", [40, 80, 120, 162, 163, 200, None])
def test_what_names_something_is_whole_at_every_width(
    terminal: Terminal, width: int | None
) -> None:
    out = "\n".join(terminal.table(width, NAMES, NAMES))
    assert out.startswith("Life")
    for name in (*NAMES, *PROSE.split()):
        assert out.count(name) >= 2, name
    assert "…" not in out


@pytest.mark.parametrize("width", [80, 120])
def test_rows_that_do_not_fit_are_one_below_the_other(terminal: Terminal, width: int) -> None:
    out = terminal.table(width, NAMES, NAMES, note="short")
    assert out[:3] == ["Life", f"  units    {UNITS}", f"  account  {ADDRESS}"]
    assert out[6:9] == ["  note     short", "", f"  units    {UNITS}"]
    assert max(map(len, out)) <= width


def test_text_folds_between_words_before_anything_else_gives_way(terminal: Terminal) -> None:
    out = terminal.table(200, NAMES)
    assert max(map(len, out)) <= 200
    first = next(line for line in out if UNITS in line)
    assert all(name in first for name in NAMES)
    assert out.index(first) < len(out) - 2  # the note goes on below


def test_a_pipe_gets_one_line_a_row(terminal: Terminal) -> None:
    out = terminal.table(None, NAMES, note=PROSE * 5)
    assert (PROSE * 5).strip() in next(line for line in out if UNITS in line)


def test_an_account_without_a_label_is_called_by_its_whole_address() -> None:
    assert output.named(ADDRESS, None) == ADDRESS
    assert output.named(ADDRESS, "plant") == "plant"

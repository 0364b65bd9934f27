"""What commands print: tables for people, JSON for programs, plain text into pipes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
import orjson
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from registry_node.domain.errors import TonnelinkError
from registry_node.queries.snapshot import Json

_PIPE_WIDTH = 400
_FOLDED = 24
"""What is no longer than this is not folded."""
_EDGE, _BETWEEN = 2, 3
"""Blanks around a table, and between two columns of it."""
_HEX = re.compile(r"0x[0-9a-f]{16,}|\b[0-9a-f]{64}\b")
"""Addresses, with 0x, and hashes, with it or without."""

_ADDRESS_LETTERS = 42
_BRIEF = 60
"""Letters of a cell that is cut; --json has all of them."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def console() -> Console:
    """Standard output: as wide as the terminal, or wide enough when it is none."""
    terminal = sys.stdout.isatty()
    return Console(
        file=sys.stdout,
        highlight=False,
        width=None if terminal else _PIPE_WIDTH,
        no_color=None if terminal else True,
    )


def print_json(document: Any) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def plain(text: str) -> str:
    """Text that leaves the terminal as it is: its control characters are spelt out."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def tonnes(quantity: str | int | None) -> str:
    """A quantity with thousands separators."""
    return "-" if quantity is None else f"{int(quantity):,}"


def named(address: str | None, label: str | None) -> str:
    """An account as people call it."""
    if address is None:
        return "-"
    return label or address


def brief(text: str, label: Callable[[str], str | None]) -> str:
    """Text for a table: accounts by name, other addresses and hashes shortened, and not too long.
    `label` knows the name of an address."""

    def short(found: re.Match[str]) -> str:
        digits = found[0]
        if len(digits) == _ADDRESS_LETTERS:
            return label(digits) or f"{digits[:6]}...{digits[-4:]}"
        return f"{digits[:10]}..."

    shown = _HEX.sub(short, text)
    return shown if len(shown) <= _BRIEF else f"{shown[: _BRIEF - 3]}..."


def doubted(mark: Json) -> str:
    """Whom a mark of an answer is about, as people call it."""
    return brief(mark["subject"], lambda _: mark.get("label"))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str = "",
    right: Sequence[str] = (),
) -> None:
    """Prints a table; the columns in `right` are numbers.

    Text folds between words on a narrow terminal; a word, which may name something, is never cut.
    Rows that do not fit even so are printed one below the other, a name and a value a line.
    """
    cells = [["-" if cell is None else plain(str(cell)) for cell in row] for row in rows]
    made = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in cells:
        made.add_row(*map(Text, row))
    shown = console()
    blank = _EDGE + _BETWEEN * (len(columns) - 1)
    wide = [max(map(cell_len, texts)) for texts in zip(columns, *cells, strict=True)]
    if not sys.stdout.isatty():
        shown.width = max(shown.width, sum(wide) + blank)
    least = [
        min(most, max([_FOLDED, *(cell_len(word) for text in texts for word in text.split())]))
        for most, texts in zip(wide, zip(columns, *cells, strict=True), strict=True)
    ]
    spare = shown.width - blank - sum(least)
    if spare < 0:
        _records(columns, cells, title)
        return
    # Who wants little gets it, and leaves the rest to the others.
    by_want = sorted(range(len(columns)), key=lambda place: wide[place] - least[place])
    for after, place in enumerate(by_want):
        more = min(wide[place] - least[place], spare // (len(columns) - after))
        made.columns[place].width = least[place] + more
        spare -= more
    shown.print(made)


def _records(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> None:
    for row in rows:
        fields(dict(zip(columns, row, strict=True)), title)
        click.echo()
        title = ""


def fields(pairs: Mapping[str, Any], title: str = "") -> None:
    """Prints one thing: a name and a value a line."""
    if title:
        console().print(Text(plain(title)), style="bold")
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        click.echo(f"  {name:<{width}}  {'-' if value is None else plain(str(value))}")


def as_of(document: Json) -> None:
    """Says which ledger block an answer is true of."""
    seen = document["as_of"]
    click.echo(
        f"as of ledger block {seen['block_number']:,} ({seen['block_hash'][:10]}...)"
        f"{', final' if seen['finalized'] else ''}"
    )
    for mark in document.get("disputed", ()):
        since = "" if mark["since"] is None else f" from ledger block {mark['since']:,} on"
        click.echo(
            f"In doubt: the mirror differs about {doubted(mark)}{since}"
            f" ({', '.join(mark['differs'])}). See 'tonnelink verify'."
        )


def print_error(error: TonnelinkError, *, as_json: bool) -> None:
    """Prints an error to standard error."""
    if as_json:
        document = {"error": error.code, "message": error.message, "hint": error.hint}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(), err=True)
        return
    click.echo(f"Error: {plain(error.message)}", err=True)
    if error.hint:
        click.echo(plain(error.hint), err=True)


def error_console() -> Console:
    """Standard error, for progress."""
    return Console(file=sys.stderr, highlight=False)

"""A CSV file of steps, read so that every mistake can be told by line and column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from registry_node.domain.errors import InvalidInput, TonnelinkError
from registry_node.domain.files import unreadable
from registry_node.queries.snapshot import Json

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file: at which line (the first is 1) and column, and what is right."""

    line: int
    column: str | None
    message: str
    hint: str

    def to_json(self) -> Json:
        return {
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the line that it begins at, and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, so that all of it is told at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, column: str | None, message: str, hint: str) -> None:
        self.found.append(Fault(line, column, message, hint))

    def read(
        self,
        line: Line,
        column: str,
        parse: Callable[[str], Value],
        default: Value | None = None,
    ) -> Value | None:
        """The value of a cell, or of one that may be empty its default; None when it is wrong,
        which is then noted."""
        text = line.cells.get(column, "")
        if not text and default is not None:
            return default
        if not text:
            self.add(line.number, column, "The cell is empty.", "Fill it in.")
            return None
        try:
            return parse(text)
        except TonnelinkError as error:
            self.add(line.number, column, error.message, error.hint)
            return None


def read_sheet(
    path: Path, columns: Sequence[str], faults: Faults, more: Sequence[str] = ()
) -> list[Line]:
    """The rows of a CSV file in UTF-8 whose first line names exactly these columns, in any order,
    and as many as it likes of those in `more`.

    Empty lines are skipped. Raises `InvalidInput` when it is no such file at all.
    """
    lines: list[Line] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            names = [name.strip() for name in next(reader, [])]
            if sorted(set(names) - set(more)) != sorted(columns) or len(set(names)) != len(names):
                may = f"; it may also name {','.join(more)}" if more else ""
                raise InvalidInput(
                    f"{path} does not have the right columns.",
                    f"Its first line names them: {','.join(columns)}{may}.",
                )
            before = reader.line_num
            for cells in reader:
                number, before = before + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(names):
                    faults.add(
                        number,
                        None,
                        f"The row has {len(cells)} cells.",
                        f"Give {len(names)}: {','.join(names)}; quote a cell that has a comma.",
                    )
                    continue
                stripped = (cell.strip() for cell in cells)
                lines.append(Line(number, dict(zip(names, stripped, strict=True))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} is not CSV in UTF-8: {error}.", "Correct it.") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not lines and not faults.found:
        raise InvalidInput(f"{path} has no rows.", "Put one below the names of the columns.")
    return lines

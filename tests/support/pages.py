"""What the tests of the documents read: headings, tables, and the page of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from scripts.faces import SUCCEEDED

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "docs" / "functions.md"
CONTRACTS = sorted((*SUCCEEDED, "ProgrammeAuthority"))
"""Those that have an address of their own, each a section of the page of functions."""

MADE = {"build", "node_modules", "__pycache__"}  # folders that work makes, besides hidden ones


def markdown_files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith(".") and path.name not in MADE:
            yield from markdown_files(path)
        elif path.suffix == ".md":
            yield path


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def sections(path: Path) -> dict[str, str]:
    """The text below each heading of a document, up to the next heading, by the heading."""
    found: dict[str, str] = {}
    heading, fenced = "", False
    for line in text_of(path).splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            heading = line.lstrip("#").strip().replace("`", "")
            assert heading not in found, f"{name_of(path)} has two headings '{heading}'"
            found[heading] = ""
        elif heading:
            found[heading] += line + "\n"
    return found


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row, without the headers' rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in rows if not set("".join(row)) <= set("-: |")]


@cache
def functions_of(heading: str) -> dict[str, list[str]]:
    """The rows below a heading of the page of functions, by the function in their first cell."""
    rows: dict[str, list[str]] = {}
    for row in table_rows(sections(FUNCTIONS)[heading]):
        if row[0].startswith("`"):
            function = row[0].strip("`")
            assert function not in rows, f"{heading}: {function} is listed twice"
            rows[function] = row
    return rows


def function_name(function: str) -> str:
    return function.split("(", maxsplit=1)[0]


def role_in(row: list[str]) -> str | None:
    """The role that a function belongs to, if any."""
    found = re.match(r"`([A-Z_]+)`", row[1])
    return found[1] if found else None

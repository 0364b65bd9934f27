"""The table of the node's packages in docs/architecture.md agrees with what they import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "registry_node"
COMMON = {"logs", "metrics"}  # any may write log lines and count
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS: dict[str, str] = dict(
    re.findall(
        r"^\| `(\w+)` \| .* \| ([^|]+) \|$", DOCUMENT.partition("## The mirror")[2], re.MULTILINE
    )
)


def imported(package: str) -> Iterator[str]:
    """The packages that one imports, `linking` too."""
    folder = NODE / package
    for path in folder.rglob("*.py") if folder.is_dir() else [NODE / f"{package}.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            root, *rest = node.module.split(".")
            if root == "registry_node":
                yield from rest[:1] or [alias.name for alias in node.names]
            elif root == "linking":
                yield root


def test_every_package_has_a_row() -> None:
    there = {path.stem for path in NODE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set(ROWS) == {name for name in there if not name.startswith("__")}


@pytest.mark.parametrize("package", ROWS)
def test_a_package_imports_what_its_row_says(package: str) -> None:
    found = set(imported(package)) - {package, *COMMON}
    said = set(re.findall(r"`(\w+)`", ROWS[package]))
    if "all of the above" in ROWS[package]:
        said |= set(list(ROWS)[: list(ROWS).index(package)])
        assert found <= said
    else:
        assert found == said

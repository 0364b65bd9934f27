"""The documents keep up with the code: what there is is documented, what is documented exists."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

import registry_node
from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.chain.artifacts import load_artifact
from registry_node.cli.main import tonnelink
from registry_node.cli.refusals import CONTRACTS, WORDINGS
from registry_node.config import PREFIX, Settings
from registry_node.domain.errors import TonnelinkError
from registry_node.domain.words import TransactionType
from registry_node.queries.snapshot import Directory, Reader
from tests.support.pages import ROOT, markdown_files, name_of, sections, table_rows, text_of

REFERENCE = ROOT / "docs" / "reference"
NAMING_TESTS = tuple(
    ROOT / "docs" / f"{name}.md" for name in ("invariants", "security-model", "single-powers")
)

FIRST_SCREEN = 20
"""Lines of the README that a visitor sees before scrolling."""


DOCUMENTS = list(markdown_files())


# ---- the command ----------------------------------------------------------------------------


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield " ".join(("tonnelink", *path, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS: dict[str, click.Command] = {"tonnelink": tonnelink, **dict(commands(tonnelink))}


def options(command: click.Command) -> set[str]:
    return {
        name for item in command.params if isinstance(item, click.Option) for name in item.opts
    } | {"--help", "-h"}


def named_options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    section = sections(REFERENCE / "command-line.md").get(name)
    assert section is not None, f"command-line.md has no section '{name}'"
    for item in COMMANDS[name].params:
        if isinstance(item, click.Option):
            missing = {option for option in item.opts if option.startswith("--")}
            assert missing <= named_options(section), f"{name}: {missing} is not documented"
        else:
            shown = item.make_metavar(click.Context(COMMANDS[name])).strip("[]{}")
            assert shown.split("|")[0] in section, f"{name}: {shown} is not documented"


def test_no_documented_command_is_gone() -> None:
    headings = [h for h in sections(REFERENCE / "command-line.md") if h.startswith("tonnelink")]
    assert set(headings) == set(COMMANDS)


def test_every_exit_code_is_documented() -> None:
    listed = {row[0] for row in table_rows(sections(REFERENCE / "command-line.md")["Exit codes"])}
    assert {str(kind.exit_code) for kind in problems()} <= listed


def command_lines(text: str) -> Iterator[str]:
    """What a document tells its reader to type: code spans, and lines of code blocks."""
    text = re.sub(r"\\\n\s*", " ", text)
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", prose))


def wrong_in(words: list[str]) -> str | None:
    """What is wrong with the words after `tonnelink`; None when such a command exists."""
    command: click.Command = tonnelink
    allowed = options(tonnelink)
    for word in words:
        if word.startswith("--"):
            if word.split("=")[0] not in allowed:
                return f"{word} is no option of '{command.name}'"
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            found = command.commands.get(word)
            if found is None:
                return f"'{command.name}' has no command '{word}'"
            command, allowed = found, allowed | options(found)
    return None


def typed(line: str) -> Iterator[list[str]]:
    """The words after each `tonnelink` that begins a command in a line."""
    for match in re.finditer(r"(?:^|[\s/(\"])tonnelink(?=\s|$)([^|;>#]*)", line):
        try:
            yield shlex.split(match[1])
        except ValueError:  # an apostrophe in a sentence: no command
            continue


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_documents_name_commands_that_exist(path: Path) -> None:
    for line in command_lines(text_of(path)):
        if line.startswith("/* "):
            continue
        for words in typed(line):
            assert wrong_in(words) is None, f"{line}: {wrong_in(words)}"
        for target in re.findall(r"(?:^|[\s$])make ([a-z][a-z-]*)", line):
            assert target in MAKE_TARGETS, f"there is no 'make {target}': {line}"


def test_messages_name_commands_that_exist() -> None:
    """The hints of the node itself: 'tonnelink account list ...'."""
    for path in sorted((ROOT / "registry_node").rglob("*.py")):
        for found in re.findall(r"'tonnelink ([a-z][a-z -]*)", text_of(path)):
            words = [word for word in found.split() if not word.startswith("-")]
            assert wrong_in(words) is None, f"{name_of(path)}: '{found}': {wrong_in(words)}"


# ---- make -----------------------------------------------------------------------------------

MAKE_TARGETS = re.findall(r"^([a-z][a-z-]*):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE)


def test_every_make_target_is_documented() -> None:
    rows = table_rows(sections(REFERENCE / "command-line.md")["Tasks of the checkout: make"])
    assert MAKE_TARGETS
    assert {row[0].strip("`") for row in rows[1:]} == {f"make {name}" for name in MAKE_TARGETS}


# ---- settings -------------------------------------------------------------------------------


def settings_rows() -> dict[str, list[str]]:
    rows = table_rows(sections(REFERENCE / "configuration.md")["Settings"])
    return {row[2].strip("`"): row for row in rows[1:]}


@pytest.mark.parametrize("item", fields(Settings), ids=lambda item: item.name)
def test_every_setting_is_documented(item: Any) -> None:
    rows = settings_rows()
    key = item.name if item.name != "home" else "-"  # a file cannot say where it is
    assert key in rows, f"configuration.md has no row for '{item.name}'"
    flag, variable, _, default, _ = rows[key]
    assert variable == f"`{PREFIX}{item.name.upper()}`"
    given = {option for p in tonnelink.params if p.name == item.name for option in p.opts}
    assert flag == (f"`{given.pop()}`" if given else "-")
    if item.default is not None:
        value = f"{item.default:g}" if isinstance(item.default, float) else item.default
        assert default == f"`{value}`"


def test_no_documented_setting_is_gone() -> None:
    names = {item.name for item in fields(Settings)} - {"home"}
    assert set(settings_rows()) == names | {"-"}


def test_every_environment_variable_is_documented() -> None:
    seen = {
        name
        for path in (ROOT / "registry_node").rglob("*.py")
        for name in re.findall(r"TONNELINK_[A-Z_]*[A-Z]", text_of(path))
    }
    documented = text_of(REFERENCE / "configuration.md")
    assert {name for name in seen if name not in documented} == set()


# ---- the API --------------------------------------------------------------------------------


@cache
def openapi() -> dict[str, Any]:
    reader = Reader(Path("no-mirror"), Directory(bytes(20)))
    document: dict[str, Any] = create_app(reader, HealthCheck(reader, lambda: 0), "0").openapi()
    return document


@cache
def problems() -> frozenset[type[TonnelinkError]]:
    """Every error of the node, wherever it is defined."""
    for module in pkgutil.walk_packages(registry_node.__path__, "registry_node."):
        importlib.import_module(module.name)
    found: set[type[TonnelinkError]] = set()
    pending = [TonnelinkError]
    while pending:
        kind = pending.pop()
        found.add(kind)
        pending += kind.__subclasses__()
    return frozenset(kind for kind in found if kind.__module__.startswith("registry_node."))


def test_every_api_path_and_parameter_is_documented() -> None:
    documented = sections(REFERENCE / "api.md")
    for path, operations in openapi()["paths"].items():
        for method, operation in operations.items():
            section = documented.get(f"{method.upper()} {path}")
            assert section is not None, f"api.md has no section '{method.upper()} {path}'"
            names = {p["name"] for p in operation.get("parameters", [])}
            spans = set(re.findall(r"`([a-z]+)`", section))
            assert names <= spans, f"{path}: {names - spans} is not documented"


def test_no_documented_api_path_is_gone() -> None:
    headings = [h for h in sections(REFERENCE / "api.md") if re.match(r"[A-Z]+ /", h)]
    assert {h.split()[1] for h in headings} == set(openapi()["paths"])


def test_every_problem_is_documented() -> None:
    assert len(problems()) > 1
    rows = {row[0]: row[1] for row in table_rows(sections(REFERENCE / "api.md")["Problems"])}
    for kind in problems():
        assert rows.get(f"`urn:tonnelink:problem:{kind.code}`") == str(kind.http_status), kind


def test_every_transaction_type_is_documented() -> None:
    rows = table_rows(sections(REFERENCE / "api.md")["Transaction types"])
    listed = {row[0]: row[1] for row in rows[1:]}
    assert listed == {
        kind.number: f"`{kind.name.lower().replace('_', '-')}`" for kind in TransactionType
    }


# ---- the ledger's errors --------------------------------------------------------------------


def solidity_errors() -> set[str]:
    """Each typed error of the contracts as `Name(argument, ...)`."""
    return {
        f"{entry['name']}({', '.join(item['name'] for item in entry['inputs'])})"
        for contract in CONTRACTS
        for entry in load_artifact(contract).abi
        if entry["type"] == "error"
    }


def error_row(name: str) -> str:
    """An error's line in errors.md: the error, the exit code, the sentence, what would be right."""
    wording = WORDINGS[name]
    (error,) = [known for known in solidity_errors() if name in {known, known.split("(")[0]}]
    return f"| `{error}` | {wording.kind.exit_code} | {wording.message} | {wording.hint} |"


def test_errors_are_documented_with_the_sentences_that_people_read() -> None:
    """When this fails, put the expected lines into docs/reference/errors.md."""
    lines = text_of(REFERENCE / "errors.md").splitlines()
    worded = [line for line in lines if re.match(r"\| `\w+\([^)]*\)` \| [0-9] \|", line)]
    assert sorted(worded) == sorted(error_row(name) for name in WORDINGS)


def test_every_typed_error_is_documented() -> None:
    listed = re.findall(r"^\| `(\w+\([^)]*\))`", text_of(REFERENCE / "errors.md"), re.MULTILINE)
    assert sorted(listed) == sorted(solidity_errors())


# ---- what documents refer to ----------------------------------------------------------------


@pytest.mark.parametrize("page", NAMING_TESTS, ids=name_of)
def test_documents_name_tests_that_exist(page: Path) -> None:
    named = re.findall(r"`((?:[\w/]+/)?test_\w+\.py)(?:::(\w+))?`", text_of(page))
    assert named
    for file, test in named:
        path = ROOT / file if "/" in file else ROOT / "tests" / "contracts" / file
        assert path.is_file(), f"there is no {file}"
        assert not test or re.search(
            rf"^(async )?def {test}\(|^{test} = ", text_of(path), re.MULTILINE
        ), f"{file} has no {test}"


def anchors(path: Path) -> set[str]:
    """The headings of a document as link targets."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in sections(path)
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_relative_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(there), f"{target}: no such heading"


def test_the_first_screen_of_the_readme_says_what_it_is_and_how_to_try_it() -> None:
    screen = "\n".join(text_of(ROOT / "README.md").splitlines()[:FIRST_SCREEN])
    title, sentence, *_ = screen.split("\n\n")
    assert title == "# Tonnelink"
    assert sentence.startswith("Tonnelink is ")
    assert sentence.endswith(".")
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", screen)
    assert picture
    assert (ROOT / picture[1]).is_file()
    assert re.search(r"^make demo\b", screen, re.MULTILINE)
    assert re.search(r"^make up\b", screen, re.MULTILINE)

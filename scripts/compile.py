"""Compile the contracts and write what the node needs of them to registry_node/chain/artifacts/.

    compile.py            write the artifacts
    compile.py --check    write nothing; exit 1 and name what differs from the sources
    compile.py --sizes    print each contract's deployed size against the ledger's limit

The compiler is the pinned one; its settings are those of brownie-config.yaml, so that the tests
run what is deployed. The result depends on nothing else: no paths, no dates.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # run as a file: make `scripts` importable
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import yaml

from scripts.faces import PARTS, SUCCEEDED, SUCCESSION, Abi, faces
from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import ROOT, SOLC

CONTRACTS = ROOT / "contracts"
ONLY_FOR_TESTS = CONTRACTS / "test"
ARTIFACTS = ROOT / "registry_node" / "chain" / "artifacts"

# EIP-170: no contract with more code than this can be deployed.
LARGEST_CODE = 24_576

OUTPUTS = ["abi", "evm.bytecode", "evm.deployedBytecode.object", "metadata", "storageLayout"]

# Contracts whose storage outlives their code, with what their code goes on in.
_SUCCEEDED_PARTS = {*SUCCEEDED, *(part for parts in PARTS.values() for part in parts)}

Json = dict[str, Any]


class CompileError(Exception):
    """The contracts cannot be compiled; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One contract or library as the compiler gave it."""

    name: str
    path: str
    kind: str
    output: Json

    @property
    def code(self) -> str:
        return str(self.output["evm"]["deployedBytecode"]["object"])

    @property
    def size(self) -> int:
        return len(self.code) // 2

    @property
    def links(self) -> dict[str, Any]:
        """The libraries whose addresses its code leaves open."""
        return dict(self.output["evm"]["bytecode"]["linkReferences"])


def compiler_config() -> Json:
    """The compiler section of brownie-config.yaml."""
    text = (ROOT / "brownie-config.yaml").read_text(encoding="utf-8")
    section: Json = yaml.safe_load(text)["compiler"]
    return section


def compiler_settings(config: Mapping[str, Any]) -> Json:
    """The settings that decide the bytecode.

    No metadata hash is appended to the code: it would change with every comment.
    """
    solc = config["solc"]
    return {
        "evmVersion": config["evm_version"],
        "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
        "optimizer": solc["optimizer"],
        "remappings": list(solc["remappings"]),
        "viaIR": bool(solc.get("viaIR", False)),
    }


def read_sources() -> Json:
    """Every source of the ledger, without what serves its tests only."""
    paths = sorted(
        path for path in CONTRACTS.rglob("*.sol") if not path.is_relative_to(ONLY_FOR_TESTS)
    )
    if not paths:
        raise CompileError("there is no Solidity source under contracts/")
    return {
        path.relative_to(ROOT).as_posix(): {"content": path.read_text(encoding="utf-8")}
        for path in paths
    }


def compile_sources(sources: Json, config: Mapping[str, Any]) -> Json:
    """Run the pinned compiler; py-solc-x never gets to look for another one."""
    if not SOLC.exists():
        raise CompileError("the compiler is not installed; run `make setup` first")
    os.environ["SOLCX_BINARY_PATH"] = toolchain_env()["SOLCX_BINARY_PATH"]
    import solcx
    from solcx.exceptions import SolcError

    settings = compiler_settings(config)
    settings["outputSelection"] = {"*": {"*": OUTPUTS, "": ["ast"]}}
    request = {"language": "Solidity", "sources": sources, "settings": settings}
    before = Path.cwd()
    os.chdir(ROOT)  # imports are read relative to the working directory
    try:
        result: Json = solcx.compile_standard(
            request, solc_version=config["solc"]["version"], allow_paths=str(ROOT)
        )
    except SolcError as error:
        raise CompileError(_compiler_messages(error)) from error
    finally:
        os.chdir(before)
    for message in result.get("errors", ()):
        if message.get("sourceLocation", {}).get("file", "") in sources:  # not of a dependency
            print(message["formattedMessage"].rstrip(), file=sys.stderr)
    return result


def compiled_units(result: Json, sources: Json) -> dict[str, Compiled]:
    """Our own contracts and libraries that have code, by name. A name may occur once only.

    What an address answers before its code is asked has no code of its own, and is here too.
    """
    units: dict[str, Compiled] = {}
    for path, kinds in _kinds(result, sources):
        for name, output in result["contracts"].get(path, {}).items():
            unit = Compiled(name, path, kinds[name], output)
            if not unit.code and name != SUCCESSION:
                continue
            if name in units:
                raise CompileError(f"{name} is defined in both {units[name].path} and {path}")
            units[name] = unit
    return units


def deployable(units: Mapping[str, Compiled]) -> list[Compiled]:
    """The contracts, and the libraries that one of them is linked to at deployment."""
    chosen = {name for name, unit in units.items() if unit.kind == "contract"}
    waiting = sorted(chosen)
    while waiting:
        for libraries in units[waiting.pop()].links.values():
            fresh = set(libraries) & set(units) - chosen
            chosen |= fresh
            waiting.extend(fresh)
    return [units[name] for name in sorted(chosen)]


def artifact(unit: Compiled, abi: Abi, version: str, settings: Json) -> Json:
    """What the node keeps of a contract; `abi` is what its address answers, see `faces`."""
    code = unit.output["evm"]
    content: Json = {
        "contractName": unit.name,
        "sourceName": unit.path,
        "abi": abi,
        "bytecode": "0x" + code["bytecode"]["object"],
        "deployedBytecode": "0x" + unit.code,
        "compiler": {"version": version, "settings": settings},
        "sourceHash": source_hash(unit.output["metadata"]),
    }
    if unit.links:
        content["linkReferences"] = unit.links
    if unit.name in _SUCCEEDED_PARTS:
        content["storage"] = storage(unit.output["storageLayout"])
    return content


def storage(layout: Json) -> list[str]:
    """Where a contract keeps what, one line a variable or member: later code must find it there.

    The compiler's numbers of types change with every edit and are left out.
    """
    lines = [_place(variable) for variable in layout["storage"]]
    for name, kind in sorted((layout["types"] or {}).items()):
        members = [f"{_nameless(name)} {_place(member)}" for member in kind.get("members", ())]
        lines += sorted({*members}) if members else []
    return list(dict.fromkeys(lines))


def _place(variable: Json) -> str:
    kind = _nameless(variable["type"])
    return f"{variable['slot']}+{variable['offset']} {variable['label']}: {kind}"


def _nameless(kind: str) -> str:
    return re.sub(r"\)\d+", ")", kind)


def source_hash(metadata: str) -> str:
    """One digest over every source file that the contract is made from, imported ones included."""
    sources = json.loads(metadata)["sources"]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path} {sources[path]['keccak256']}\n".encode())
    return "0x" + digest.hexdigest()


def render(content: Json) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def build() -> tuple[list[Compiled], dict[str, str]]:
    """Compile; the deployable units and the artifact files' text by name."""
    config = compiler_config()
    sources = read_sources()
    compiled = compiled_units(compile_sources(sources, config), sources)
    abis = faces({name: unit.output["abi"] for name, unit in compiled.items()})
    units = deployable(compiled)
    settings = compiler_settings(config)
    version = str(config["solc"]["version"])
    return units, {
        f"{u.name}.json": render(artifact(u, abis[u.name], version, settings)) for u in units
    }


def differences(files: Mapping[str, str]) -> list[str]:
    """How the committed artifacts differ from `files`, one line each."""
    present = {path.name for path in ARTIFACTS.glob("*.json")}
    lines = [f"{name}: has no contract any more" for name in sorted(present - set(files))]
    for name, text in sorted(files.items()):
        if name not in present:
            lines.append(f"{name}: is missing")
        elif (ARTIFACTS / name).read_text(encoding="utf-8") != text:
            lines.append(f"{name}: {', '.join(_changed_parts(name, text))} differ")
    return lines


def write(files: Mapping[str, str]) -> None:
    """Make the artifacts folder hold exactly `files`; unchanged ones are not touched."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    changes = differences(files)
    for path in ARTIFACTS.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for change in changes:
        name = change.partition(":")[0]
        if name in files:
            (ARTIFACTS / name).write_text(files[name], encoding="utf-8")
    print(f"compile: {len(files)} artifacts, {len(changes)} changed")


def print_sizes(units: list[Compiled]) -> bool:
    """Print the sizes, largest first; whether all fit."""
    width = max((len(unit.name) for unit in units), default=0)
    for unit in sorted(units, key=lambda unit: (-unit.size, unit.name)):
        room = LARGEST_CODE - unit.size
        note = f"{room:,} to spare" if room >= 0 else f"{-room:,} TOO LARGE"
        print(f"{unit.name:<{width}}  {unit.size:>7,} of {LARGEST_CODE:,} bytes  {note}")
    return all(unit.size <= LARGEST_CODE for unit in units)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Compile the contracts to committed artifacts.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    mode.add_argument("--sizes", action="store_true", help="print deployed sizes only")
    options = parser.parse_args(arguments)
    try:
        units, files = build()
    except CompileError as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    if options.sizes:
        return 0 if print_sizes(units) else 1
    if not options.check:
        write(files)
        return 0
    changes = differences(files)
    for change in changes:
        print(f"compile: {change}", file=sys.stderr)
    if changes:
        print("compile: run `make compile` and commit the result", file=sys.stderr)
        return 1
    print(f"compile: {len(files)} artifacts agree with the sources")
    return 0


def _changed_parts(name: str, text: str) -> list[str]:
    """Which parts of an artifact differ from the committed file."""
    fresh = json.loads(text)
    try:
        old = json.loads((ARTIFACTS / name).read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return ["all parts"]
    parts = [key for key in sorted({*fresh, *old}) if fresh.get(key) != old.get(key)]
    return parts or ["spaces"]


def _kinds(result: Json, sources: Json) -> Iterator[tuple[str, dict[str, str]]]:
    """For each of our sources, what each name in it is: contract, interface or library."""
    for path in sorted(sources):
        nodes = result["sources"][path]["ast"]["nodes"]
        yield (
            path,
            {
                node["name"]: node["contractKind"]
                for node in nodes
                if node["nodeType"] == "ContractDefinition"
            },
        )


def _compiler_messages(error: Any) -> str:
    """The compiler's own words; py-solc-x wraps them in a copy of the whole request."""
    messages = [
        item["formattedMessage"].rstrip()
        for item in getattr(error, "error_dict", None) or ()
        if item.get("severity") == "error"
    ]
    return "\n\n".join(messages) or str(getattr(error, "message", error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

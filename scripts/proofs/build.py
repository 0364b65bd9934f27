"""Compiling proofs to what the prover reads: one JSON file for each contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.compile import compiler_config, compiler_settings
from scripts.proofs.environment import run
from scripts.toolchain.paths import ROOT, SOLC

PROOFS = Path("tests/proofs")
OUTPUTS = ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers"]

Json = dict[str, Any]


def build(out: Path, root: Path = ROOT, names: Sequence[str] = ()) -> None:
    """Compile the proofs under `root`, with the ledger's own compiler and settings.

    With names, only the files that hold one of them: the registry takes its time.
    """
    paths = [
        path
        for path in sorted((root / PROOFS).glob("*.sol"))
        if not names or any(f"function {n}(" in path.read_text(encoding="utf-8") for n in names)
    ]
    if not paths:
        raise SystemExit(f"proofs: there is none named {' or '.join(names)}")
    settings = compiler_settings(compiler_config())
    sources = {
        path.relative_to(root).as_posix(): {"content": path.read_text(encoding="utf-8")}
        for path in paths
    }
    # Of the proofs alone: each holds the ledger's code, which is not compiled a second time.
    settings["outputSelection"] = {name: {"": ["ast"], "*": OUTPUTS} for name in sources}
    request = {
        "language": "Solidity",
        "sources": sources,
        "settings": settings,
    }
    answer: Json = json.loads(run([SOLC, "--standard-json"], root, json.dumps(request)))
    errors = [e["formattedMessage"] for e in answer.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise SystemExit("proofs: " + "\n".join(errors))
    for path, contracts in answer["contracts"].items():
        for name, contract in contracts.items():
            folder = out / Path(path).name
            folder.mkdir(parents=True, exist_ok=True)
            content = _content(contract, answer["sources"][path])
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def _content(contract: Json, source: Json) -> Json:
    evm = contract["evm"]
    return {
        "abi": contract["abi"],
        "ast": source["ast"],
        "id": source["id"],
        "metadata": json.loads(contract["metadata"] or "{}"),
        "methodIdentifiers": evm["methodIdentifiers"],
        **{part: _code(evm[part]) for part in ("bytecode", "deployedBytecode")},
    }


def _code(code: Json) -> Json:
    return {**code, "object": "0x" + code["object"]}

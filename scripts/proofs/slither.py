"""Compare slither's findings with docs/slither.md: `python -m scripts.proofs.slither [--print]`.

Every finding in the ledger's own contracts, keyed by detector and place, must have a row there;
every row must have its finding. With --print the keys are printed and nothing is compared.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from scripts.compile import CompileError, compiler_config, compiler_settings, read_sources
from scripts.proofs import environment
from scripts.toolchain.paths import PROOFS_VENV, ROOT, SOLC

DOCUMENT = ROOT / "docs" / "slither.md"
LARGEST_REPORT = 300  # seconds

# crytic-compile reads standard JSON; slither's own command has no option for a given request.
ANALYSIS = """
import inspect, json, sys
from crytic_compile import CryticCompile
from crytic_compile.platform.solc_standard_json import SolcStandardJson
from slither import Slither
from slither.detectors import all_detectors
from slither.detectors.abstract_detector import AbstractDetector

request, compiler, report = sys.argv[1:]
slither = Slither(CryticCompile(SolcStandardJson(request), solc=compiler))
for _, detector in inspect.getmembers(all_detectors, inspect.isclass):
    if issubclass(detector, AbstractDetector):
        slither.register_detector(detector)
found = [finding for findings in slither.run_detectors() for finding in findings]
with open(report, "w", encoding="utf-8") as file:
    json.dump(found, file)
"""

Key = tuple[str, str]


def analyse(folder: Path) -> list[dict[str, Any]]:
    """Run every detector over the ledger's contracts, those for tests left out."""
    request, report = folder / "request.json", folder / "report.json"
    outputs = ["abi", "metadata", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"]
    selection = {"*": {"*": [*outputs, "evm.methodIdentifiers"], "": ["ast"]}}
    settings = {**compiler_settings(compiler_config()), "outputSelection": selection}
    sources = {path: {"urls": [path]} for path in read_sources()}
    content = {"language": "Solidity", "sources": sources, "settings": settings}
    request.write_text(json.dumps(content), encoding="utf-8")
    python = PROOFS_VENV / "bin" / "python"
    said = environment.run(
        [python, "-c", ANALYSIS, request, SOLC, report], ROOT, seconds=LARGEST_REPORT
    )
    if not report.exists():
        raise SystemExit(f"slither: no report; it said:\n{said[-2000:]}")
    found: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))
    return found


def key_of(finding: dict[str, Any]) -> Key | None:
    """Detector and place; None for what concerns the contract library alone."""
    elements = finding["elements"]
    if not any(e["source_mapping"]["filename_relative"].startswith("contracts/") for e in elements):
        return None
    places = [e for e in elements if e["type"] in {"function", "contract"}] or elements
    return finding["check"], _place(places[0])


def _place(element: dict[str, Any]) -> str:
    names = [str(element["name"])]
    parent = element.get("type_specific_fields", {}).get("parent")
    while parent and parent["type"] in {"contract", "function"}:
        names.insert(0, str(parent["name"]))
        parent = parent.get("type_specific_fields", {}).get("parent")
    return ".".join(names)


def explained() -> dict[Key, str]:
    """The rows of the document: detector, place, explanation."""
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| `([^`]+)` \| (.+) \|$",
        DOCUMENT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {(detector, place): words for detector, place, words in rows}


def main(arguments: list[str]) -> int:
    environment.make()
    try:
        with tempfile.TemporaryDirectory(prefix="tonnelink-slither-") as folder:
            keys = Counter(filter(None, map(key_of, analyse(Path(folder)))))
    except CompileError as error:
        raise SystemExit(f"slither: {error}") from error
    if "--print" in arguments:
        for detector, place in sorted(keys):
            print(f"{detector} {place}")
        return 0
    rows = explained()
    new, gone = sorted(set(keys) - set(rows)), sorted(set(rows) - set(keys))
    for detector, place in new:
        print(f"slither: {detector} in {place}: not explained in docs/slither.md")
    for detector, place in gone:
        print(f"slither: {detector} in {place}: explained, but slither finds it no more")
    for detector, count in sorted(Counter(detector for detector, _ in keys.elements()).items()):
        print(f"{detector:<24} {count:>3}")
    findings = sum(keys.values())
    print(json.dumps({"findings": findings, "unexplained": len(new), "gone": len(gone)}))
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

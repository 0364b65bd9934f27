"""Prove the ledger's core claims: `python -m scripts.proofs [--break] [NAME...]`.

Each function `check_...` of tests/proofs is a claim about every value of its arguments.
The prover (halmos) runs the compiled code on unknowns and asks a solver for values that break it.
With --break each proof is run against a library broken on purpose, and must find the fault.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.proofs import environment
from scripts.proofs.breakages import BREAKAGES
from scripts.proofs.build import PROOFS, build
from scripts.toolchain.paths import PROOFS_VENV, ROOT

LONGEST = 480  # seconds for one proof, on a machine that has other work
LOOPS = {"SymbolsProof": 40}  # turns that an unknown condition may take; a proof that needs more
FEWEST_LOOPS = 6  # says so, and is none
OUTCOMES = ("proved", "REFUTED", "NOT DECIDED", "NOT DECIDED", "NOTHING RUN", "NOT DECIDED")


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim, as its contract words it."""

    contract: str
    name: str
    claim: str
    bounds: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the prover said, and in how many seconds."""

    word: str
    seconds: float

    @property
    def proved(self) -> bool:
        return self.word == "proved"


def proofs_in(out: Path) -> list[Proof]:
    """Every proof that was compiled, by contract and name."""
    found = []
    for path in sorted(out.glob("*Proof.sol/*Proof.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        notes = content["metadata"]["output"]
        for signature in sorted(content["methodIdentifiers"]):
            if signature.startswith("check_"):
                claim = notes["userdoc"]["methods"].get(signature, {}).get("notice", "")
                bounds = notes["devdoc"]["methods"].get(signature, {}).get("custom:bounds", "")
                name = signature.partition("(")[0]
                found.append(Proof(path.stem, name, " ".join(claim.split()), bounds.strip()))
    return found


def prove(proof: Proof, out: Path) -> Outcome:
    """Run the prover on one claim."""
    report = out / "report.json"
    report.unlink(missing_ok=True)
    began = time.monotonic()
    solver = [PROOFS_VENV / "bin" / "python", "-m", "scripts.proofs.solver"]
    environment.run(
        [
            *(PROOFS_VENV / "bin" / "halmos", "--no-status", "--root", out.parent),
            *("--forge-build-out", out.name, "--contract", proof.contract),
            *("--match-test", f"^{proof.name}\\(", "--json-output", report),
            *("--solver-command", " ".join(map(str, solver)), "--solver-threads", "1"),
            *("--solver-timeout-branching", "300ms", "--solver-timeout-assertion", "40s"),
            *("--loop", str(LOOPS.get(proof.contract, FEWEST_LOOPS)), "--early-exit"),
        ],
        out.parent,
        seconds=LONGEST,
    )
    return Outcome(_read(report), time.monotonic() - began)


def _read(report: Path) -> str:
    if not report.exists():
        return "OUT OF TIME"
    results: list[dict[str, Any]] = [
        result
        for contract in json.loads(report.read_text(encoding="utf-8"))["test_results"].values()
        for result in contract
    ]
    if len(results) != 1:
        return "NOT FOUND"
    if results[0]["num_bounded_loops"]:
        return "NOT COMPLETE"
    return OUTCOMES[results[0]["exitcode"]]


def show(proof: Proof, outcome: Outcome) -> None:
    print(f"{outcome.word:<12} {outcome.seconds:5.1f} s  {proof.contract}.{proof.name}", flush=True)
    print(f"{'':22}{proof.claim}\n{'':22}for: {proof.bounds}", flush=True)


def prove_all(folder: Path, names: list[str]) -> int:
    out = folder / "out"
    build(out, names=names)
    chosen = [proof for proof in proofs_in(out) if not names or proof.name in names]
    proved = 0
    for proof in chosen:
        outcome = prove(proof, out)
        show(proof, outcome)
        proved += outcome.proved
    print(json.dumps({"proofs": len(chosen), "proved": proved}))
    return 0 if chosen and proved == len(chosen) else 1


def break_all(folder: Path, names: list[str]) -> int:
    """Every breakage must be found by the proof that it names."""
    chosen = [breakage for breakage in BREAKAGES if not names or breakage.proof in names]
    found = 0
    for number, breakage in enumerate(chosen):
        copy = folder / str(number)
        shutil.copytree(ROOT / "contracts", copy / "contracts")
        shutil.copytree(ROOT / PROOFS, copy / PROOFS)
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        source = copy / "contracts" / breakage.source
        text = source.read_text(encoding="utf-8")
        if breakage.before not in text:
            raise SystemExit(f"proofs: {breakage.source} has no '{breakage.before}' any more")
        source.write_text(text.replace(breakage.before, breakage.after, 1), encoding="utf-8")
        out = copy / "out"
        build(out, copy, [breakage.proof])
        (proof,) = (proof for proof in proofs_in(out) if proof.name == breakage.proof)
        outcome = prove(proof, out)
        found += outcome.word == "REFUTED"
        print(f"{outcome.word:<12} {outcome.seconds:5.1f} s  {breakage.proof}", flush=True)
        print(f"{'':22}{breakage.source}: {breakage.before} -> {breakage.after}", flush=True)
    print(json.dumps({"breakages": len(chosen), "found": found}))
    return 0 if chosen and found == len(chosen) else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Prove the ledger's core claims for every case.")
    parser.add_argument("--break", dest="broken", action="store_true", help="break them first")
    parser.add_argument("names", nargs="*", help="these proofs only")
    options = parser.parse_args(arguments)
    environment.make()
    with tempfile.TemporaryDirectory(prefix="tonnelink-proofs-") as folder:
        return (break_all if options.broken else prove_all)(Path(folder), options.names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Ask a node's API everything that its description allows, and what it does not:

    python -m scripts.fuzz [--seconds N] [--seed N] [--role ROLE]

A small world on a chain, a node with tokens over it, and schemathesis with every check, as one
role after another: no answer of 5xx, none outside its schema, no wrong request accepted, no right
one refused, nothing without the token that it takes. The last line is JSON; it exits with 1 if
something was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.fuzz.node import Node, ask, running
from scripts.toolchain.env import clean_env
from scripts.toolchain.paths import FUZZ_VENV, ROOT
from scripts.toolchain.steps import FUZZ_STEP

_CONFIG = ROOT / "scripts" / "fuzz" / "schemathesis.toml"


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long, over all roles")
    parser.add_argument("--seed", type=int, default=1, help="the same requests again")
    parser.add_argument("--role", help="only as this one: auditor, holder, authority, public")
    options = parser.parse_args()
    make_environment()
    began = time.monotonic()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tonnelink-fuzz-") as folder:
        home = Path(folder)
        with running(home) as node:
            roles = [options.role] if options.role else list(node.tokens)
            for role in roles:
                print(f"== as {role}", flush=True)
                results[role] = run_as(
                    node, role, home, max(5, options.seconds // len(roles)), options.seed
                )
        complaints = troubles(home / "node.log")
    for line in complaints:
        print(f"the node's log: {line}")
    failed = sum(not result["passed"] for result in results.values())
    summary = {
        "cases": sum(result["cases"] for result in results.values()),
        "roles": results,
        "log_errors": len(complaints),
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
        "passed": not failed and not complaints,
    }
    print(json.dumps(summary))
    return 0 if summary["passed"] else 1


def make_environment() -> None:
    """Install what is locked, unless it is there."""
    if not FUZZ_STEP.is_done():
        from scripts.toolchain.runner import set_up

        if set_up([FUZZ_STEP]) != 0:
            raise SystemExit(1)


def run_as(node: Node, role: str, home: Path, seconds: int, seed: int) -> dict[str, Any]:
    """What schemathesis says as one role."""
    token = node.tokens[role]
    report = home / f"{role}.json"
    command = [
        *(str(FUZZ_VENV / "bin" / "schemathesis"), "--config-file", str(_CONFIG)),
        *("run", f"{node.url}/openapi.json"),
        *("--checks", "all", "--max-time", str(seconds), "--seed", str(seed)),
        *("--exclude-path", "/v1/stream"),  # which never ends; the table's test listens to it
        *("--continue-on-failure", "--no-color", "--suppress-health-check", "all"),
        *("--report", "json", "--report-json-path", str(report)),
        *(("--header", f"Authorization: Bearer {token}") if token else ()),
    ]
    environment = {
        **clean_env(),
        "HOME": str(home),
        "PYTHONPATH": str(ROOT / "scripts" / "fuzz"),
        "SCHEMATHESIS_HOOKS": "hooks",
        "FUZZ_VALUES": json.dumps(values(node)),
        "FUZZ_SUBJECTS": json.dumps(subjects(node)),
        "FUZZ_CURSORS": json.dumps(cursors(node, token)),
    }
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    counted = re.search(r"([\d,]+) generated", done.stdout)
    cases = int(counted[1].replace(",", "")) if counted else 0
    passed = done.returncode == 0 and cases > 0
    print(done.stdout if not passed else done.stdout.rpartition("= SUMMARY =")[2], flush=True)
    if done.stderr:
        print(done.stderr, file=sys.stderr, flush=True)
    return {"cases": cases, "passed": passed}


def values(node: Node) -> dict[str, list[Any]]:
    """Things that are there."""
    return {
        "code": ["CN", "KR"],
        "registry": ["CN"],
        "class": ["CEA-2025", "CCER-2024"],
        "serial": [1, 500, 10_000],
        "number": [1, 2],
        "id": ["CN_KR", "2"],
        "address": [node.holder],
        "account": [node.holder],
        "link": ["CN_KR"],
        "year": [2025],
    }


def subjects(node: Node) -> dict[str, dict[str, str]]:
    """What each kind of statement needs."""
    account = {"registry": "CN", "account": node.holder}
    return {
        "holdings": account,
        "unit": {"registry": "CN", "class": "CEA-2025", "serial": "500"},
        "registry": {"registry": "CN"},
        "quota": {"link": "CN_KR"},
        "compliance": account,
    }


def cursors(node: Node, token: str | None) -> dict[str, str]:
    """A cursor of each list that has more than one item for whoever asks."""
    found = {}
    for path in ask(f"{node.url}/openapi.json")["paths"]:
        try:
            body = ask(f"{node.url}{path.replace('{code}', 'CN')}?limit=1", token)
        except OSError:  # no list, or not theirs
            continue
        if body.get("next_cursor"):
            found[path] = body["next_cursor"]
    return found


def troubles(log: Path) -> list[str]:
    """What the node itself complained of."""
    told = log.read_text(encoding="utf-8").splitlines()
    return [line for line in told if '"level":"error"' in line or "Traceback" in line]


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())

"""What became of each mutant, kept in build/mutation/ so that a long run can be interrupted."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.mutation.operators import Mutant

KILLED, TIMEOUT, SURVIVED = "killed", "timeout", "survived"
INVALID, SAME = "did not compile", "same code"
COUNTED = (KILLED, TIMEOUT, SURVIVED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`by` is the test that failed, or the compiler's message."""

    verdict: str
    by: str
    compile_seconds: float
    test_seconds: float

    @property
    def counts(self) -> bool:
        """What is not a program, or the same program, is no mutant."""
        return self.verdict in COUNTED

    @property
    def killed(self) -> bool:
        return self.verdict in (KILLED, TIMEOUT)


class Results:
    """One line of JSON a mutant. The file belongs to one state of contracts and tests."""

    def __init__(self, file: Path, *, fresh: bool = False) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._known: dict[str, Outcome] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            file.unlink(missing_ok=True)
        elif file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._remember(line)

    def _remember(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # cut off when the run was interrupted
            return
        self._known[entry["id"]] = Outcome(**entry["outcome"])

    def get(self, mutant: Mutant) -> Outcome | None:
        return self._known.get(identity(mutant))

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        entry = {"id": identity(mutant), "outcome": asdict(outcome), "mutant": asdict(mutant)}
        with self._lock:
            self._known[identity(mutant)] = outcome
            with self.file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry) + "\n")


def identity(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.start}:{mutant.end}:{mutant.replacement}"


class Reasons:
    """Why some mutants survive and may: survivors.toml, each with a reason of its own."""

    def __init__(self, entries: Iterable[Mapping[str, str]]) -> None:
        self._reasons = {
            (e["file"], e.get("function", ""), e["line"], e["becomes"]): e["reason"].strip()
            for e in entries
        }

    @classmethod
    def read(cls, file: Path) -> Reasons:
        return cls(tomllib.loads(file.read_text(encoding="utf-8")).get("survivor", []))

    def get(self, mutant: Mutant) -> str | None:
        return self._reasons.get(mutant.key)

    def outdated(self, mutants: Iterable[Mutant]) -> list[str]:
        """Entries for mutants that do not exist any more."""
        keys = {mutant.key for mutant in mutants}
        return [f"{file}: {line}" for file, _, line, _ in self._reasons.keys() - keys]

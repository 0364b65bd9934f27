"""A solver for the prover's questions: `solver QUESTION.smt2`, answers as SMT-LIB wants them.

Most questions are about bits, and yices answers them at once. Products and quotients of whole
machine words defeat solvers that look at single bits: what yices does not answer soon is put in
whole numbers, and only if that has an answer, or none is found, yices looks on for as long as the
prover lets it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPTIONS = ("--smt2-model-format", "--bvconst-in-decimal")
SOON = 5  # seconds for yices alone


def yices(question: Path, *options: str) -> str:
    """What yices says, with its answer's values."""
    program = str(Path(sys.executable).with_name("yices-smt2"))
    command = [program, *OPTIONS, *options, str(question)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def answer_of(question: Path) -> str:
    said = yices(question, f"--timeout={SOON}")
    if said.startswith(("sat", "unsat")):
        return said
    from scripts.proofs.whole_numbers import ask  # takes its time to load, and most need it not

    refuted, answer = ask(question)
    if refuted:
        return "unsat"
    if answer:  # it counts only if it is an answer to the question as it was put
        guess = question.with_suffix(".guess.smt2")
        text = question.read_text(encoding="utf-8")
        guess.write_text(text.replace("(check-sat)", "\n".join([*answer, "(check-sat)"])))
        said = yices(guess)
        if said.startswith("sat"):
            return said
    return yices(question)


if __name__ == "__main__":
    print(answer_of(Path(sys.argv[1])))

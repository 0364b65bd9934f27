"""A solver's question put in whole numbers, for products and quotients that bits do not decide.

Every word becomes a number with a lower and an upper bound, an operation that may pass the end of
its word gets a carry, and what is not arithmetic becomes an unknown of its own. That only ever
forgets facts, so "unsat" holds for the question as it was put. Any other answer counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import z3

PATIENCE = 20_000  # milliseconds


class Number(NamedTuple):
    """A term in whole numbers and the bounds it cannot leave."""

    term: Any
    low: int
    high: int


COMPARISONS: dict[int, Callable[[Any, Any], Any]] = {
    z3.Z3_OP_EQ: lambda a, b: a == b,
    z3.Z3_OP_ULEQ: lambda a, b: a <= b,
    z3.Z3_OP_ULT: lambda a, b: a < b,
    z3.Z3_OP_UGEQ: lambda a, b: a >= b,
    z3.Z3_OP_UGT: lambda a, b: a > b,
}
CONNECTIVES: dict[int, Callable[[list[Any]], Any]] = {
    z3.Z3_OP_NOT: lambda parts: z3.Not(parts[0]),
    z3.Z3_OP_AND: z3.And,
    z3.Z3_OP_OR: z3.Or,
    z3.Z3_OP_EQ: lambda parts: parts[0] == parts[1],
    z3.Z3_OP_ITE: lambda parts: z3.If(*parts),
}
DIVISIONS = {z3.Z3_OP_BUDIV, z3.Z3_OP_BUDIV_I}
REMAINDERS = {z3.Z3_OP_BUREM, z3.Z3_OP_BUREM_I}


class Translation:
    """One question, from words of bits to whole numbers."""

    def __init__(self, assertions: list[Any]) -> None:
        self.facts: list[Any] = []
        self._numbers: dict[int, Number] = {}
        self._booleans: dict[int, Any] = {}
        self._shares: dict[tuple[int, int], tuple[Number, Number]] = {}
        self._kept: list[Any] = [*assertions]  # ids of terms are reused once they are forgotten
        self._positive = {term.get_id() for term in map(_not_zero, assertions) if term is not None}
        self._operations: dict[int, Callable[[Any, list[Any]], Number | None]] = {
            z3.Z3_OP_CONCAT: self._concat,
            z3.Z3_OP_EXTRACT: self._extract,
            z3.Z3_OP_BADD: self._add,
            z3.Z3_OP_BSUB: self._subtract,
            z3.Z3_OP_BMUL: self._multiply,
            z3.Z3_OP_ITE: self._choose,
            **dict.fromkeys(DIVISIONS | REMAINDERS, self._divide),
        }
        self.facts += [self.boolean(assertion) for assertion in assertions]

    def number(self, term: Any) -> Number:
        key = term.get_id()
        if key not in self._numbers:
            self._kept.append(term)
            number = self._number(term) or self._unknown(0, _most(term.size()))
            if number.low == 0 and key in self._positive:
                self.facts.append(number.term >= 1)
                number = number._replace(low=1)
            self._numbers[key] = number
        return self._numbers[key]

    def boolean(self, term: Any) -> Any:
        parts, kind = term.children(), term.decl().kind()
        if z3.is_true(term) or z3.is_false(term):
            return term
        if kind in CONNECTIVES and all(map(z3.is_bool, parts)):
            return CONNECTIVES[kind]([self.boolean(part) for part in parts])
        if kind in COMPARISONS and z3.is_bv(parts[0]):
            return COMPARISONS[kind](self.number(parts[0]).term, self.number(parts[1]).term)
        self._kept.append(term)
        return self._booleans.setdefault(term.get_id(), z3.Bool(f"b{len(self._booleans)}"))

    def answer(self, model: Any) -> list[str]:
        """The value of each variable of the question, as assertions."""
        return [
            f"(assert (= {term.sexpr()} (_ bv{value} {term.size()})))"
            for term in self._kept
            if z3.is_const(term) and z3.is_bv(term) and not z3.is_bv_value(term)
            for value in [model.eval(self.number(term).term, model_completion=True)]
        ]

    def _number(self, term: Any) -> Number | None:
        if z3.is_bv_value(term):
            value = term.as_long()
            return Number(z3.IntVal(value), value, value)
        operation = self._operations.get(term.decl().kind())
        return operation(term, term.children()) if operation else None

    def _unknown(self, low: int, high: int) -> Number:
        term = z3.FreshInt()
        self.facts += [term >= low, term <= high]
        return Number(term, low, high)

    def _within(self, width: int, term: Any, low: int, high: int) -> Number:
        """The word that a result leaves behind when it may pass the end of the word."""
        if low >= 0 and high <= _most(width):
            return Number(term, low, high)
        kept, carry = self._unknown(0, _most(width)), self._unknown(low >> width, high >> width)
        self.facts.append(term == kept.term + carry.term * (1 << width))
        return kept

    def _concat(self, _: Any, parts: list[Any]) -> Number | None:
        leading = all(z3.is_bv_value(part) and part.as_long() == 0 for part in parts[:-1])
        return self.number(parts[-1]) if leading else None

    def _extract(self, term: Any, parts: list[Any]) -> Number:
        high, low = term.params()
        whole = self.number(parts[0])
        if low:
            rest, above = self._unknown(0, _most(low)), self._unknown(0, whole.high >> low)
            self.facts.append(whole.term == above.term * (1 << low) + rest.term)
            whole = above
        return self._within(high - low + 1, *whole)

    def _add(self, term: Any, parts: list[Any]) -> Number:
        width = term.size()
        numbers = [self.number(part) for part in parts]
        # A constant in the upper half of the words is a subtraction.
        back = sum(1 << width for part in parts if z3.is_bv_value(part) and _is_upper(part))
        low, high = sum(n.low for n in numbers) - back, sum(n.high for n in numbers) - back
        return self._within(width, z3.Sum([n.term for n in numbers]) - back, low, high)

    def _subtract(self, term: Any, parts: list[Any]) -> Number:
        a, b = map(self.number, parts)
        return self._within(term.size(), a.term - b.term, a.low - b.high, a.high - b.low)

    def _multiply(self, term: Any, parts: list[Any]) -> Number:
        product, low, high = self.number(parts[0])
        for part in map(self.number, parts[1:]):
            product, low, high = product * part.term, low * part.low, high * part.high
        return self._within(term.size(), product, low, high)

    def _divide(self, term: Any, parts: list[Any]) -> Number | None:
        return self._share(term) if self.number(parts[1]).low > 0 else None

    def _share(self, division: Any) -> Number:
        """A quotient or a remainder, zero where the divisor is, as the ledger has it."""
        parts = division.children()
        a, b = map(self.number, parts)
        key = (parts[0].get_id(), parts[1].get_id())
        if key not in self._shares:
            quotient, rest = self._unknown(0, a.high), self._unknown(0, min(a.high, b.high))
            exact = z3.And(a.term == quotient.term * b.term + rest.term, rest.term < b.term)
            none = z3.And(quotient.term == 0, rest.term == 0)
            self.facts.append(z3.If(b.term == 0, none, exact))
            self._shares[key] = quotient, rest
        return self._shares[key][division.decl().kind() in REMAINDERS]

    def _choose(self, _: Any, parts: list[Any]) -> Number:
        condition, then, other = parts
        if _is_zero(then) and other.decl().kind() in DIVISIONS | REMAINDERS:
            divisor = other.children()[1]
            zero = z3.is_eq(condition) and any(divisor.eq(side) for side in condition.children())
            if zero and any(map(_is_zero, condition.children())):  # the ledger's division
                return self._share(other)
        a, b = self.number(then), self.number(other)
        chosen = z3.If(self.boolean(condition), a.term, b.term)
        return Number(chosen, min(a.low, b.low), max(a.high, b.high))


def _most(width: int) -> int:
    return (1 << width) - 1


def _is_upper(constant: Any) -> bool:
    return bool(constant.as_long() >> (constant.size() - 1))


def _is_zero(term: Any) -> bool:
    return bool(z3.is_bv_value(term) and term.as_long() == 0)


def _not_zero(assertion: Any) -> Any:
    """The term that an assertion says is not zero; None when it says something else."""
    if z3.is_not(assertion) and z3.is_eq(assertion.children()[0]):
        sides = assertion.children()[0].children()
        if any(map(_is_zero, sides)):
            return next((side for side in sides if not _is_zero(side)), None)
    return None


def ask(question: Path) -> tuple[bool, list[str]]:
    """Whether the question has no answer in whole numbers, and so none; if it has one, that."""
    translation = Translation(list(z3.parse_smt2_file(str(question))))
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(translation.facts)
    verdict = solver.check()
    if verdict != z3.sat:
        return bool(verdict == z3.unsat), []
    return False, translation.answer(solver.model())

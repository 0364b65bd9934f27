"""What is done to a contract: small mistakes that a person could make, one at a time.

Each operator looks at one node of the compiler's syntax tree and says which bytes of the source it
would replace by what. Nothing here guesses from the text: the tree gives the exact places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Node = Mapping[str, Any]

_NOTHING = "{}"  # a statement that does nothing, where a statement must stand

_BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_SWAPS = {"==": "!=", "!=": "==", "+": "-", "-": "+", "*": "/", "/": "*", "&&": "||", "||": "&&"}
_ASSIGNMENT_SWAPS = {"+=": "-=", "-=": "+="}
_CHECKING_NAME = re.compile(r"_?(check|require|only|must|enforce)($|[A-Z])")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: `start` and `end` are byte offsets in the file."""

    file: str
    operator: str
    start: int
    end: int
    replacement: str
    line: int
    function: str
    before: str  # the lines that it touches, without their indentation
    after: str  # the same lines with the mistake

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when lines above it come and go."""
        return (self.file, self.function, self.before, self.after)

    def applied_to(self, source: str) -> str:
        raw = source.encode()
        return (raw[: self.start] + self.replacement.encode() + raw[self.end :]).decode()


@dataclass(frozen=True, slots=True)
class Place:
    """A node, with what surrounds it."""

    node: Node
    raw: bytes
    parents: tuple[Node, ...] = field(default=())

    def text(self, node: Node) -> str:
        start, end = span(node)
        return self.raw[start:end].decode()

    def inside(self, *kinds: str) -> bool:
        return any(parent["nodeType"] in kinds for parent in self.parents)

    @property
    def function(self) -> str:
        """The function, modifier or constant around the node."""
        for parent in reversed(self.parents):
            if parent["nodeType"] in ("FunctionDefinition", "ModifierDefinition"):
                return str(parent["name"] or parent.get("kind", ""))
        return ""

    def statement_end(self, node: Node) -> int:
        """A simple statement's span leaves out its semicolon."""
        end = span(node)[1]
        following = re.compile(rb"\s*;").match(self.raw, end)
        if following and not self.raw[:end].endswith((b";", b"}")):
            return following.end()
        return end


Edit = tuple[int, int, str]
Operator = Callable[[Place], Iterator[Edit]]


def span(node: Node) -> tuple[int, int]:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length


def drop_check(place: Place) -> Iterator[Edit]:
    """`if (...) revert ...;` goes, and so does a call to a function that only checks."""
    node = place.node
    if _is_refusal(node):
        otherwise = node.get("falseBody")
        if otherwise:
            yield (*_statement(place, node), place.text(otherwise) + _semicolon(place, otherwise))
        else:
            yield (*_statement(place, node), _NOTHING)
    elif node["nodeType"] == "ExpressionStatement":
        name = _called(node["expression"])
        if name and _CHECKING_NAME.match(name):
            yield (*_statement(place, node), _NOTHING)


def drop_event(place: Place) -> Iterator[Edit]:
    if place.node["nodeType"] == "EmitStatement":
        yield (*_statement(place, place.node), _NOTHING)


def drop_modifier(place: Place) -> Iterator[Edit]:
    node = place.node
    if node["nodeType"] == "ModifierInvocation" and node.get("kind") == "modifierInvocation":
        yield (*span(node), "")


def change_bound(place: Place) -> Iterator[Edit]:
    """Off by one at a comparison."""
    if place.node["nodeType"] == "BinaryOperation":
        yield from _replace_operator(place, _BOUNDS, "leftExpression", "rightExpression")


def swap_operator(place: Place) -> Iterator[Edit]:
    if place.node["nodeType"] == "BinaryOperation":
        yield from _replace_operator(place, _SWAPS, "leftExpression", "rightExpression")
    elif place.node["nodeType"] == "Assignment":
        yield from _replace_operator(place, _ASSIGNMENT_SWAPS, "leftHandSide", "rightHandSide")


def change_constant(place: Place) -> Iterator[Edit]:
    """A number is one more, or one less. The sizes of arrays are types and not numbers."""
    node = place.node
    if node["nodeType"] != "Literal" or node.get("kind") != "number":
        return
    if place.inside("ArrayTypeName"):
        return
    start, _ = span(node)
    found = re.match(rb"0[xX][0-9a-fA-F]+|[0-9_]+(?![\w.])", place.raw[start:])
    if not found or len(found[0]) == _ADDRESS_DIGITS:
        return
    for difference in (1, -1):
        changed = _number(found[0].decode(), difference)
        if changed is not None:
            yield start, start + found.end(), changed


def negate_condition(place: Place) -> Iterator[Edit]:
    """A branch is taken when it should not be. Refusals are left to `drop_check`."""
    node = place.node
    if node["nodeType"] in ("IfStatement", "Conditional") and not _is_refusal(node):
        condition = node["condition"]
        yield (*span(condition), f"!({place.text(condition)})")


def change_rounding(place: Place) -> Iterator[Edit]:
    """Up where it should be down, and the other way round."""
    node = place.node
    if place.function == "ceilDiv":
        return
    if node["nodeType"] == "FunctionCall" and _called(node) == "ceilDiv":
        first, second = (place.text(argument) for argument in node["arguments"])
        yield (*span(node), f"(({first}) / ({second}))")
    elif node.get("operator") == "/" and b"function ceilDiv(" in place.raw:
        left, right = place.text(node["leftExpression"]), place.text(node["rightExpression"])
        yield (*span(node), f"ceilDiv({left}, {right})")


OPERATORS: Mapping[str, Operator] = {
    "check": drop_check,
    "event": drop_event,
    "modifier": drop_modifier,
    "bound": change_bound,
    "operator": swap_operator,
    "constant": change_constant,
    "condition": negate_condition,
    "rounding": change_rounding,
}

_ADDRESS_DIGITS = 42  # "0x" and twenty bytes: not a quantity


def mutants(file: str, source: str, tree: Node) -> list[Mutant]:
    """Every mutant of a source, in the order of the source."""
    raw = source.encode()
    found = []
    for place in places(tree, raw):
        for name, operator in OPERATORS.items():
            found += [_mutant(file, name, place, edit) for edit in operator(place)]
    unique = {(m.start, m.end, m.replacement): m for m in found}
    return sorted(unique.values(), key=lambda m: (m.start, m.end, m.replacement))


def places(node: Node, raw: bytes, parents: tuple[Node, ...] = ()) -> Iterator[Place]:
    """Every node of a tree."""
    yield Place(node, raw, parents)
    below = (*parents, node)
    for value in node.values():
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, Mapping) and "nodeType" in child and "src" in child:
                yield from places(child, raw, below)


def _mutant(file: str, operator: str, place: Place, edit: Edit) -> Mutant:
    start, end, replacement = edit
    raw = place.raw
    first = raw.rfind(b"\n", 0, start) + 1
    last = raw.find(b"\n", end)
    last = len(raw) if last < 0 else last
    changed = raw[first:start] + replacement.encode() + raw[end:last]
    return Mutant(
        file=file,
        operator=operator,
        start=start,
        end=end,
        replacement=replacement,
        line=raw.count(b"\n", 0, start) + 1,
        function=place.function,
        before=_one_line(raw[first:last]),
        after=_one_line(changed),
    )


def _one_line(raw: bytes) -> str:
    return " ".join(raw.decode().split())


def _statement(place: Place, node: Node) -> tuple[int, int]:
    last = node
    if node["nodeType"] == "IfStatement":
        last = node.get("falseBody") or node["trueBody"]
    return span(node)[0], place.statement_end(last)


def _semicolon(place: Place, node: Node) -> str:
    return ";" if place.statement_end(node) > span(node)[1] else ""


def _is_refusal(node: Node) -> bool:
    """`if (...) revert ...;`, in braces or not."""
    if node["nodeType"] != "IfStatement":
        return False
    body = node["trueBody"]
    statements = body["statements"] if body["nodeType"] == "Block" else [body]
    return len(statements) == 1 and statements[0]["nodeType"] == "RevertStatement"


def _called(node: Node) -> str:
    """The name of the function that an expression calls."""
    if node["nodeType"] != "FunctionCall":
        return ""
    function = node["expression"]
    return str(function.get("memberName") or function.get("name") or "")


def _replace_operator(
    place: Place, table: Mapping[str, str], left: str, right: str
) -> Iterator[Edit]:
    """The operator stands between its two sides, perhaps among parentheses and comments."""
    node = place.node
    operator = str(node["operator"])
    if operator not in table:
        return
    gap = span(node[left])[1], span(node[right])[0]
    between = re.sub(rb"//[^\n]*|/\*.*?\*/", _blanks, place.raw[slice(*gap)], flags=re.DOTALL)
    at = between.find(operator.encode())
    if at >= 0:
        start = gap[0] + at
        yield start, start + len(operator), table[operator]


def _blanks(comment: re.Match[bytes]) -> bytes:
    return b" " * len(comment[0])


def _number(text: str, difference: int) -> str | None:
    """A number one away, written in the same way; None below zero and where digits run out."""
    value = int(text, 0) if text[:2] in ("0x", "0X") else int(text)
    changed = value + difference
    if changed < 0:
        return None
    if text[:2] not in ("0x", "0X"):
        return str(changed)
    digits = f"{changed:0{len(text) - 2}x}"
    return f"0x{digits}" if len(digits) == len(text) - 2 else None

"""Which contracts a change of one function or constant can reach: only those are compiled again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.mutation.operators import Mutant, span

Json = Mapping[str, Any]
Named = tuple[str, str]
"""A contract by file and name."""

_MEMBERS = ("FunctionDefinition", "ModifierDefinition", "VariableDeclaration")


@dataclass
class Reach:
    """Who refers to whom, by the identifiers that the compiler gives to declarations."""

    trees: Mapping[str, Json]
    _members: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    _users: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _contracts: dict[int, tuple[Named, Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, tree in self.trees.items():
            self._learn_members(path, tree["nodes"])
            for node in tree["nodes"]:
                if node["nodeType"] == "ContractDefinition":
                    self._contracts[node["id"]] = ((path, node["name"]), node)
                    self._learn_members(path, node["nodes"])
        for identity, (_, contract) in self._contracts.items():
            if contract["contractKind"] != "library":  # whose functions become part of their users
                for member in self._inherited(contract):
                    self._users[member].add(identity)

    def contracts(self, mutant: Mutant) -> set[Named]:
        """The contracts in whose code the mutant may be."""
        changed = self._member_around(mutant)
        if changed is None:  # not in a function: whoever knows the file
            files = importers(self.trees, mutant.file)
            return {named for named, _ in self._contracts.values() if named[0] in files}
        affected, fresh = {changed}, {changed}
        while fresh:
            fresh = {user for member in fresh for user in self._users[member]} - affected
            affected |= fresh
        return {self._contracts[i][0] for i in affected if i in self._contracts}

    def _learn_members(self, path: str, nodes: Iterable[Json]) -> None:
        for node in nodes:
            if node["nodeType"] in _MEMBERS:
                self._members[path].append(node)
                for used in references(node):
                    self._users[used].add(node["id"])

    def _inherited(self, contract: Json) -> Iterator[int]:
        for base in contract["linearizedBaseContracts"]:
            if base in self._contracts:
                for node in self._contracts[base][1]["nodes"]:
                    if node["nodeType"] in _MEMBERS:
                        yield node["id"]

    def _member_around(self, mutant: Mutant) -> int | None:
        for node in self._members[mutant.file]:
            start, end = span(node)
            if start <= mutant.start and mutant.end <= end:
                return int(node["id"])
        return None


def references(node: Any) -> Iterator[int]:
    """Every declaration that is named below a node, in assembly and as an operator too."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("referencedDeclaration", "declaration", "function"):
                if isinstance(value, int):
                    yield value
            elif isinstance(value, (Mapping, list)):
                yield from references(value)


def importers(trees: Mapping[str, Json], path: str) -> set[str]:
    """The file itself and all of ours that import it, directly or not."""
    imports = {name: _imports(tree) for name, tree in trees.items()}
    reached, fresh = {path}, {path}
    while fresh:
        fresh = {name for name, used in imports.items() if used & fresh} - reached
        reached |= fresh
    return reached


def imported(trees: Mapping[str, Json], paths: Iterable[str]) -> set[str]:
    """The files themselves and all of ours that they import, directly or not."""
    reached: set[str] = set()
    fresh = set(paths)
    while fresh:
        reached |= fresh
        fresh = {used for name in fresh for used in _imports(trees[name])} & trees.keys() - reached
    return reached


def _imports(tree: Json) -> set[str]:
    return {n["absolutePath"] for n in tree["nodes"] if n["nodeType"] == "ImportDirective"}

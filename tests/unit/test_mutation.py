"""The mistakes that `make mutation` makes in the contracts, on sources as small as can be.

The compiler is not run: `tree` stands for its syntax tree, with only what the operators read.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts.mutation import report, verdicts
from scripts.mutation.compiler import may_be_mutated
from scripts.mutation.operators import OPERATORS, Mutant, mutants
from scripts.mutation.reach import Reach, imported, importers
from scripts.mutation.run import try_all
from scripts.mutation.sample import ordered
from scripts.mutation.suite import first_failure, order_for, suite_files
from scripts.mutation.verdicts import Outcome, Reasons, Results

FILE = "contracts/Sample.sol"
KILLED = Outcome(verdicts.KILLED, "test_a.py::test_b", 1.0, 1.0)
SURVIVED = Outcome(verdicts.SURVIVED, "", 1.0, 1.0)


class Source:
    """A source, and nodes at the places of its words."""

    def __init__(self, text: str) -> None:
        self.text = text

    def node(self, kind: str, words: str, /, **more: Any) -> dict[str, Any]:
        start = len(self.text[: self.text.index(words)].encode())
        return {"nodeType": kind, "src": f"{start}:{len(words.encode())}:0", **more}

    def binary(self, left: str, operator: str, right: str, words: str) -> dict[str, Any]:
        return self.node(
            "BinaryOperation",
            words,
            operator=operator,
            leftExpression=self.node("Identifier", left),
            rightExpression=self.node("Identifier", right),
        )

    def tree(self, *nodes: dict[str, Any], function: str = "f") -> dict[str, Any]:
        around = self.node("FunctionDefinition", self.text, name=function, body=list(nodes))
        return self.node("SourceUnit", self.text, nodes=[around])

    def mutated(self, *nodes: dict[str, Any], function: str = "f") -> list[str]:
        tree = self.tree(*nodes, function=function)
        return [m.applied_to(self.text) for m in mutants(FILE, self.text, tree)]


def sample(number: int, *, file: str = FILE, operator: str = "check") -> Mutant:
    return Mutant(file, operator, number, number + 1, "{}", number, "f", f"line {number}", "{}")


# ---- operators ------------------------------------------------------------------------------


def check(source: Source, words: str, **more: Any) -> dict[str, Any]:
    return source.node(
        "IfStatement",
        words,
        condition=source.node("Identifier", "bad"),
        trueBody=source.node("RevertStatement", "revert No()"),
        **more,
    )


def test_check_goes_with_its_semicolon() -> None:
    source = Source("if (bad) revert No(); next();")
    assert source.mutated(check(source, "if (bad) revert No()")) == ["{} next();"]


def test_check_with_an_alternative_leaves_the_alternative() -> None:
    source = Source("if (bad) revert No(); else pay();")
    otherwise = source.node("ExpressionStatement", "pay()", expression={"nodeType": "Identifier"})
    node = check(source, "if (bad) revert No(); else pay()", falseBody=otherwise)
    assert source.mutated(node) == ["pay();"]


def test_check_in_braces_goes_with_them() -> None:
    source = Source("if (bad) { revert No(); } next();")
    block = source.node(
        "Block", "{ revert No(); }", statements=[source.node("RevertStatement", "revert No()")]
    )
    node = source.node(
        "IfStatement",
        "if (bad) { revert No(); }",
        condition=source.node("Identifier", "bad"),
        trueBody=block,
    )
    assert source.mutated(node) == ["{} next();"]


@pytest.mark.parametrize(
    ("name", "goes"),
    [("_requireOpen", True), ("checkHolder", True), ("checked", False), ("_settle", False)],
)
def test_call_to_a_function_that_only_checks_goes(name: str, goes: bool) -> None:
    source = Source(f"{name}(a); next();")
    call = source.node("FunctionCall", f"{name}(a)", expression={"name": name})
    node = source.node("ExpressionStatement", f"{name}(a)", expression=call)
    assert source.mutated(node) == (["{} next();"] if goes else [])


def test_event_goes() -> None:
    source = Source("pay(); emit Paid(1); next();")
    assert source.mutated(source.node("EmitStatement", "emit Paid(1)")) == ["pay(); {} next();"]


def test_modifier_goes_and_a_base_constructor_stays() -> None:
    source = Source("constructor() Base(1) onlyHolder {}")
    modifier = source.node("ModifierInvocation", "onlyHolder", kind="modifierInvocation")
    base = source.node("ModifierInvocation", "Base(1)", kind="baseConstructorSpecifier")
    assert source.mutated(modifier, base) == ["constructor() Base(1)  {}"]


@pytest.mark.parametrize(
    ("operator", "becomes"),
    [
        *(("<", "<="), ("<=", "<"), (">", ">="), (">=", ">")),
        *(("==", "!="), ("!=", "=="), ("+", "-"), ("-", "+"), ("*", "/")),
        *(("&&", "||"), ("||", "&&")),
    ],
)
def test_operator_becomes_another(operator: str, becomes: str) -> None:
    source = Source(f"x = a {operator} b;")
    node = source.binary("a", operator, "b", f"a {operator} b")
    assert source.mutated(node) == [f"x = a {becomes} b;"]


def test_operator_is_found_among_parentheses_and_comments() -> None:
    source = Source("(a) /* a < b */ < (b)")
    node = source.node(
        "BinaryOperation",
        source.text,
        operator="<",
        leftExpression=source.node("TupleExpression", "(a)"),
        rightExpression=source.node("TupleExpression", "(b)"),
    )
    assert source.mutated(node) == ["(a) /* a < b */ <= (b)"]


def test_places_are_counted_in_bytes() -> None:
    source = Source("/* naïve → */ p < q")
    assert source.mutated(source.binary("p", "<", "q", "p < q")) == ["/* naïve → */ p <= q"]


def test_sum_is_taken_away_instead() -> None:
    source = Source("sum += part;")
    node = source.node(
        "Assignment",
        "sum += part",
        operator="+=",
        leftHandSide=source.node("Identifier", "sum"),
        rightHandSide=source.node("Identifier", "part"),
    )
    assert source.mutated(node) == ["sum -= part;"]


@pytest.mark.parametrize(
    ("number", "become"),
    [
        ("0", ["1"]),
        ("1", ["0", "2"]),
        ("1_000", ["1001", "999"]),
        ("0x0f", ["0x0e", "0x10"]),
        ("0xff", ["0xfe"]),
        ("1e18", []),
        ("0x" + "11" * 20, []),
    ],
)
def test_number_is_off_by_one(number: str, become: list[str]) -> None:
    source = Source(f"x = {number};")
    node = source.node("Literal", number, kind="number")
    assert source.mutated(node) == [f"x = {n};" for n in become]


def test_number_with_a_unit_keeps_it() -> None:
    source = Source("x = 7 days;")
    assert source.mutated(source.node("Literal", "7 days", kind="number")) == [
        "x = 6 days;",
        "x = 8 days;",
    ]


def test_size_of_an_array_is_no_number() -> None:
    source = Source("uint8[2] x;")
    size = source.node("Literal", "2", kind="number")
    assert source.mutated(source.node("ArrayTypeName", "uint8[2]", length=size)) == []


def test_branch_is_taken_when_it_should_not_be() -> None:
    source = Source("if (full) stop();")
    node = source.node(
        "IfStatement",
        "if (full) stop()",
        condition=source.node("Identifier", "full"),
        trueBody=source.node(
            "ExpressionStatement", "stop()", expression={"nodeType": "Identifier"}
        ),
    )
    assert source.mutated(node) == ["if (!(full)) stop();"]


def test_rounding_goes_the_other_way() -> None:
    source = Source("low = a / b; high = ceilDiv(p, q); function ceilDiv(")
    down = source.binary("a", "/", "b", "a / b")
    up = source.node(
        "FunctionCall",
        "ceilDiv(p, q)",
        expression={"nodeType": "Identifier", "name": "ceilDiv"},
        arguments=[source.node("Identifier", "p"), source.node("Identifier", "q")],
    )
    assert set(source.mutated(down, up)) == {
        "low = ceilDiv(a, b); high = ceilDiv(p, q); function ceilDiv(",
        "low = a * b; high = ceilDiv(p, q); function ceilDiv(",  # a swapped operator
        "low = a / b; high = ((p) / (q)); function ceilDiv(",
    }
    assert source.mutated(up, function="ceilDiv") == []


def test_mutant_knows_its_place() -> None:
    source = Source("first();\n    if (bad)  revert No();\n")
    tree = source.tree(check(source, "if (bad)  revert No()"), function="pay")
    (mutant,) = mutants(FILE, source.text, tree)
    assert (mutant.operator, mutant.line, mutant.function) == ("check", 2, "pay")
    assert (mutant.before, mutant.after) == ("if (bad) revert No();", "{}")


# ---- the sample -----------------------------------------------------------------------------

MANY = [sample(n, file=f"contracts/{n % 3}.sol", operator=o) for n in range(300) for o in OPERATORS]


def test_sample_is_the_same_for_the_same_seed() -> None:
    assert ordered(MANY, 1) == ordered(reversed(MANY), 1)
    assert ordered(MANY, 1) != ordered(MANY, 2)
    assert sorted(map(repr, ordered(MANY, 1))) == sorted(map(repr, MANY))


def test_sample_has_some_of_everything_and_more_of_what_is_common() -> None:
    common = [sample(n, operator="operator") for n in range(400)]
    rare = [sample(n, operator="rounding") for n in range(4)]
    first = [mutant.operator for mutant in ordered(common + rare, 1)[:33]]
    assert 1 <= first.count("rounding") <= 4
    assert first.count("operator") > 25


def test_sample_hardly_changes_with_the_contracts() -> None:
    before = set(ordered(MANY, 1)[:60])
    after = set(ordered([m for m in MANY if m.start != 17], 1)[:60])
    assert len(before & after) > 50


# ---- a run ----------------------------------------------------------------------------------


class Trial:
    """Tries nothing: the mutant's number says what becomes of it."""

    class Suite:
        @staticmethod
        def stop() -> None:
            return

    suite = Suite()

    def __init__(self) -> None:
        self.tried: list[int] = []

    def __call__(self, compiler: object, mutant: Mutant) -> Outcome:
        self.tried.append(mutant.start)
        if mutant.start % 4 == 0:
            return Outcome(verdicts.INVALID, "no such type", 0.0, 0.0)
        return SURVIVED if mutant.start % 5 == 0 else KILLED


@pytest.mark.parametrize("jobs", [1, 3])
def test_those_that_do_not_compile_are_replaced(tmp_path: Path, jobs: int) -> None:
    trial, results = Trial(), Results(tmp_path / "results.jsonl")
    candidates = [sample(n) for n in range(40)]
    tried = try_all(candidates, 10, trial, results, jobs, lambda *_: None)  # type: ignore[arg-type]
    assert report.totals(tried) == (10, 8)
    assert sorted(trial.tried) == list(range(14))


def test_run_ends_when_no_candidate_is_left(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    tried = try_all([sample(1)], 10, Trial(), results, 2, lambda *_: None)  # type: ignore[arg-type]
    assert report.totals(tried) == (1, 1)


def test_interrupted_run_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    Results(file).add(sample(1), KILLED)
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"id": "cut o')
    trial = Trial()
    candidates = [sample(n) for n in range(1, 4)]
    try_all(candidates, 3, trial, Results(file), 1, lambda *_: None)  # type: ignore[arg-type]
    assert trial.tried == [2, 3]
    assert Results(file, fresh=True).get(sample(1)) is None


# ---- what is compiled and run ---------------------------------------------------------------


def imports(*paths: str) -> dict[str, Any]:
    return {"nodes": [{"nodeType": "ImportDirective", "absolutePath": path} for path in paths]}


TREES = {"a": imports("lib", "elsewhere"), "b": imports("a"), "c": imports(), "lib": imports()}


def test_files_that_import_and_are_imported() -> None:
    assert importers(TREES, "lib") == {"lib", "a", "b"}
    assert importers(TREES, "c") == {"c"}
    assert imported(TREES, ["b"]) == {"b", "a", "lib"}


def member(identity: int, start: int, *used: int) -> dict[str, Any]:
    return {
        "nodeType": "FunctionDefinition",
        "id": identity,
        "src": f"{start}:9:0",
        "body": [{"referencedDeclaration": other} for other in used],
    }


def contract(identity: int, kind: str, bases: list[int], *members: Any) -> dict[str, Any]:
    return {
        "nodeType": "ContractDefinition",
        "id": identity,
        "name": f"C{identity}",
        "contractKind": kind,
        "linearizedBaseContracts": [identity, *bases],
        "nodes": list(members),
    }


LINKED = {
    "lib": {
        "nodes": [contract(1, "library", [], member(11, 0), member(12, 10, 11), member(13, 20))]
    },
    "base": {"nodes": [contract(2, "contract", [], member(21, 0, 1, 12))]},
    "heir": {"nodes": [*imports("base")["nodes"], contract(3, "contract", [2], member(31, 0))]},
    "maker": {"nodes": [*imports("heir")["nodes"], contract(4, "contract", [], member(41, 0, 3))]},
    "other": {"nodes": [*imports("lib")["nodes"], contract(5, "contract", [], member(51, 0, 13))]},
}


@pytest.mark.parametrize(
    ("file", "start", "names"),
    [
        ("lib", 0, {"C2", "C3", "C4"}),  # by way of another function of the library
        ("lib", 20, {"C5"}),
        ("base", 0, {"C2", "C3", "C4"}),
        ("heir", 0, {"C3", "C4"}),  # whoever makes a contract has its code in its own
        ("other", 0, {"C5"}),
        ("lib", 500, {"C1", "C5"}),  # outside of all functions: who imports the file
    ],
)
def test_only_contracts_that_a_mistake_reaches_are_compiled(
    file: str, start: int, names: set[str]
) -> None:
    assert {name for _, name in Reach(LINKED).contracts(sample(start, file=file))} == names


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("contracts/UnitRegistry.sol", True),
        ("contracts/libraries/LinkMath.sol", True),
        ("contracts/interfaces/IUnitRegistry.sol", False),
        ("contracts/test/LedgerReader.sol", False),
    ],
)
def test_the_ledger_itself_is_mutated(path: str, may: bool) -> None:
    assert may_be_mutated(path) == may


def test_tests_that_look_at_a_contract_run_first_and_random_histories_last() -> None:
    files = suite_files([])
    assert files[-1].name == "test_ledger_machine.py"
    assert order_for("contracts/libraries/LinkMath.sol", files)[0].name == "test_arithmetic.py"
    assert order_for("contracts/Unheard.sol", files) == files
    assert set(order_for("contracts/UnitLedger.sol", files)) == set(files)


def test_first_failure_is_read_from_the_summary() -> None:
    output = (
        "F\n=== short test summary info ===\nFAILED tests/contracts/test_a.py::test_b[x] - No\n"
    )
    assert first_failure(output) == "test_a.py::test_b[x]"
    assert first_failure("ERROR test_a.py::test_b - No\n") == "test_a.py::test_b"
    assert first_failure("3 passed") == ""


# ---- the report -----------------------------------------------------------------------------


def test_survivor_is_listed_with_its_reason(tmp_path: Path) -> None:
    mutant = sample(7)
    file = tmp_path / "survivors.toml"
    (unexplained, _, entry) = report.survivors([(mutant, SURVIVED)], Reasons([]))
    assert f"{FILE}:7" in unexplained
    assert "UNEXPLAINED" in unexplained
    file.write_text(entry.replace('reason = ""', 'reason = "Nobody sees it."'), encoding="utf-8")
    (explained,) = report.survivors([(mutant, SURVIVED)], Reasons.read(file))
    assert explained.endswith("reason: Nobody sees it.")
    assert Reasons.read(file).outdated([mutant]) == []
    assert Reasons.read(file).outdated([]) == [f"{FILE}: line 7"]


@pytest.mark.parametrize(("killed", "enough"), [(95, True), (94, False)])
def test_last_line_is_json_and_95_in_100_must_die(killed: int, enough: bool) -> None:
    tried = [(sample(n), KILLED if n < killed else SURVIVED) for n in range(100)]
    tried.append((sample(100), Outcome(verdicts.INVALID, "no such type", 0.0, 0.0)))
    assert json.loads(report.last_line(tried)) == {"mutants": 100, "killed": killed}
    assert report.good_enough(tried) == enough


def test_hanging_counts_as_killed() -> None:
    assert Outcome(verdicts.TIMEOUT, "", 0.0, 60.0).killed


def test_every_committed_reason_is_one() -> None:
    file = Path(report.__file__).with_name("survivors.toml")
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("survivor", []):
        assert len(entry["reason"].split()) > 3, entry["line"]
        assert (file.parents[2] / entry["file"]).is_file()

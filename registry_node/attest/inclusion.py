"""Checks what proofs bring: headers that follow one another, receipts and transactions in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from eth_hash.auto import keccak

from registry_node.attest.encoding import FullHeader, LogBody, decode_header, decode_receipt
from registry_node.attest.report import Report
from registry_node.attest.strict import Malformed, unhex
from registry_node.attest.tries import PathBroken, check_path

_MEMBERS = frozenset({"scope", "to", "headers", "transactions", "steps"})
_TRANSACTION = frozenset(
    {"block_number", "index", "receipt", "receipt_path", "transaction", "transaction_path"}
)
SCOPES = ("chain", "steps")


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that a header's roots include, with its receipt's logs."""

    header: FullHeader
    index: int
    hash: bytes
    logs: list[LogBody]
    alone: bool
    """Whether the ledger block has no other transaction."""


@dataclass(slots=True)
class Shown:
    """What of the proofs could be read, and holds."""

    scope: str = ""
    headers: dict[int, FullHeader] = field(default_factory=dict)
    steps: list[tuple[Sent, int] | None] = field(default_factory=list)
    """For each step its transaction and the place of its log in the receipt; None: not shown."""


def check(proofs: Any, statement: dict[str, Any], report: Report) -> Shown:
    """Checks everything that does not depend on what a step says."""
    shown = Shown()
    if not isinstance(proofs, dict) or proofs.keys() != _MEMBERS:
        report.bad("proofs", f"their members are not {', '.join(sorted(_MEMBERS))}")
        return shown
    if proofs["scope"] not in SCOPES:
        report.bad("proofs", f"their scope is not {' or '.join(SCOPES)}")
        return shown
    shown.scope = proofs["scope"]
    for name in ("headers", "transactions", "steps"):
        if not isinstance(proofs[name], list):
            report.bad("proofs", f"{name} is not a list")
            return shown
    steps = statement["data"]["steps"]
    numbers = sorted({step["block_number"] for step in steps})
    headers = _headers(proofs, numbers, shown.scope, report)
    _check_headers(headers, proofs["to"], statement, shown, report)
    shown.steps = _steps(proofs, steps, headers, report)
    return shown


# ---- headers ---------------------------------------------------------------------------------


def _headers(
    proofs: dict[str, Any], numbers: list[int], scope: str, report: Report
) -> list[FullHeader]:
    """The headers in their order, of those that can be read."""
    found: list[FullHeader] = []
    for place, text in enumerate(proofs["headers"]):
        expected = numbers[0] + place if scope == "chain" else None
        if scope == "steps" and place < len(numbers):
            expected = numbers[place]
        header = report.read(_block_part(expected), _header, text)
        if header is not None:
            found.append(header)
    return found


def _header(text: Any) -> FullHeader:
    return decode_header(unhex(text))


def _check_headers(
    headers: list[FullHeader], to: Any, statement: dict[str, Any], shown: Shown, report: Report
) -> None:
    """Each header hashes to what the next one, the end, the statement or a step says of it."""
    wanted = {step["block_number"]: step["block_hash"] for step in statement["data"]["steps"]}
    as_of = statement["as_of"]
    if shown.scope == "chain":
        wanted[as_of["block_number"]] = as_of["block_hash"]
    end = report.read("header chain", _end, to)
    if end is not None:
        wanted.setdefault(*end)
        if not headers or (headers[-1].number, _hex(headers[-1].hash)) != end:
            report.bad("header chain", f"it does not end at ledger block {end[0]} as it says")
    before = len(report.failed)
    for header in headers:
        said = wanted.pop(header.number, None)
        if said is None and shown.scope == "steps":
            report.bad(_block_part(header.number), "no step is in this ledger block")
        elif said is not None and said != _hex(header.hash):
            report.bad(_block_part(header.number), f"its hash is not {said}")
        else:
            shown.headers[header.number] = header
    for number in sorted(wanted):
        report.bad(_block_part(number), "it is missing")
    if shown.scope == "chain":
        _check_links(headers, shown, report)
    if headers and len(report.failed) == before:
        first, last = headers[0].number, headers[-1].number
        report.good(
            "headers",
            f"{len(headers):,}, each the parent of the next, from {first:,} to {last:,}"
            if shown.scope == "chain"
            else f"{len(headers):,}, each with the hash that its steps name",
        )


def _check_links(headers: list[FullHeader], shown: Shown, report: Report) -> None:
    for lower, upper in pairwise(headers):
        if upper.number != lower.number + 1:
            report.bad(
                f"header chain gap at {lower.number + 1}",
                f"ledger block {upper.number} stands after {lower.number}",
            )
        elif upper.parent_hash != lower.hash:
            report.bad(
                _block_part(lower.number), f"its hash is not what {upper.number} says of its parent"
            )
            shown.headers.pop(lower.number, None)


def _end(to: Any) -> tuple[int, str]:
    match to:
        case {"block_number": int(number), "block_hash": str(text)} if len(to) == 2:  # noqa: PLR2004
            unhex(text, 32)
            return number, text
    raise Malformed("its end is not a height and a hash")


# ---- transactions -----------------------------------------------------------------------------


def _steps(
    proofs: dict[str, Any], steps: list[Any], headers: list[FullHeader], report: Report
) -> list[tuple[Sent, int] | None]:
    by_number = {header.number: header for header in headers}
    pointers = [_pointer(item, len(proofs["transactions"])) for item in proofs["steps"]]
    users: dict[int, list[int]] = {}
    for number, pointer in enumerate(pointers, 1):
        if pointer is not None:
            users.setdefault(pointer[0], []).append(number)
    sent = [
        _sent(item, users.get(place, []), by_number, report)
        for place, item in enumerate(proofs["transactions"])
    ]
    if len(pointers) != len(steps):
        report.bad("proofs", f"they are of {len(pointers)} steps; the life has {len(steps)}")
    shown: list[tuple[Sent, int] | None] = []
    for number in range(1, len(steps) + 1):
        pointer = pointers[number - 1] if number <= len(pointers) else None
        if pointer is None:
            report.bad(f"log of step {number}", "the proofs name no log for it")
            shown.append(None)
            continue
        found = sent[pointer[0]]
        if found is not None and pointer[1] >= len(found.logs):
            report.bad(f"log of step {number}", "its receipt has no such log")
            found = None
        shown.append((found, pointer[1]) if found is not None else None)
    return shown


def _pointer(item: Any, transactions: int) -> tuple[int, int] | None:
    match item:
        case {"transaction": int(place), "log": int(log)} if (
            len(item) == 2 and 0 <= place < transactions and log >= 0  # noqa: PLR2004
        ):
            return place, log
    return None


def _sent(
    item: Any, users: list[int], headers: dict[int, FullHeader], report: Report
) -> Sent | None:
    steps = f"step{'s' if len(users) > 1 else ''} {', '.join(map(str, users)) or 'none'}"
    if not isinstance(item, dict) or item.keys() != _TRANSACTION:
        report.bad(f"transaction of {steps}", "its members are others")
        return None
    if not users:
        report.bad(f"transaction of {steps}", "it shows no step")
    header = headers.get(item["block_number"]) if type(item["block_number"]) is int else None
    index = item["index"]
    if header is None or type(index) is not int or not 0 <= index < 2**32:
        report.bad(f"transaction of {steps}", "its ledger block is not among the headers")
        return None
    receipt = _included("receipt", item, header.receipts_root, steps, report)
    transaction = _included("transaction", item, header.transactions_root, steps, report)
    if receipt is None or transaction is None:
        return None
    logs = report.read(f"receipt of {steps}", decode_receipt, receipt)
    if logs is None:
        return None
    alone = len(item["receipt_path"]) == 1 and index == 0
    report.good(
        f"receipt of {steps}",
        f"is under the receipts' root of ledger block {header.number:,}, its transaction under the"
        " transactions'",
    )
    return Sent(header, index, keccak(transaction), logs, alone)


def _included(
    name: str, item: dict[str, Any], root: bytes, steps: str, report: Report
) -> bytes | None:
    """The item's bytes, when its path leads from the root to it."""
    data = report.read(f"{name} of {steps}", unhex, item[name])
    path = item[f"{name}_path"]
    if not isinstance(path, list):
        report.bad(f"{name} path of {steps}", "it is no list of nodes")
        return None
    nodes = [
        report.read(f"{name} path node {place} of {steps}", unhex, node)
        for place, node in enumerate(path)
    ]
    known = [node for node in nodes if node is not None]
    if data is None or len(known) != len(nodes):
        return None
    try:
        check_path(root, item["index"], known, data)
    except PathBroken as error:
        where = f" path node {error.node}" if error.node is not None else ""
        report.bad(f"{name}{where} of {steps}", f"{error}")
        return None
    return data


def _block_part(number: int | None) -> str:
    return f"header of ledger block {number}" if number is not None else "header"


def _hex(data: bytes) -> str:
    return "0x" + data.hex()

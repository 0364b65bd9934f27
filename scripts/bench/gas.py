"""Gas of the ledger beside that of OpenZeppelin's ERC-1155, on one chain in one run.

    python -m scripts.bench.gas

Both are compiled with the project's settings. The reference token has no accounts, statuses,
serials or classes: the ratios say what those cost. A second table has every verb with 1, 10 and 100
blocks, a third the same transfer with 10 and with 10,000 accounts. The last line of output is JSON;
its figure for ten blocks is that of the plain ERC-1155 call, by quantity.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from scripts.bench.chain import compiled_artifacts, development_chain
from scripts.bench.evm import Chain, Receipt
from scripts.bench.programme import EVIDENCE, STATE_AUTHORITY, Programme
from scripts.bench.verbs import by_accounts, by_blocks

UNITS = 1000  # in a whole block
ALLOWANCE = "CEA-2025"
CLASSES = [f"CEA-20{year}" for year in range(26, 36)]

# What the design aims at, for the rows that have a goal.
GOALS = {
    "whole block, existing holder": 1.40,
    "ten blocks, one call, by quantity": 1.00,
    "ten blocks, one call, named": 1.00,
    "partial, new holder": 1.70,
    "partial, existing holder": 2.00,
}


@dataclass(frozen=True)
class Row:
    """One line of the table: our gas, and the reference's for the like."""

    what: str
    ours: int
    reference: int | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.reference is None else round(self.ours / self.reference, 3)


class Bench:
    """A registry and the reference token."""

    def __init__(self, chain: Chain) -> None:
        self.people = iter(chain.accounts[2:])
        self.root, self.state = chain.accounts[:2]
        self.token = chain.deploy("PlainERC1155")
        self.programme = Programme(chain, "CN", chain.deploy("LinkGateway"), self.root)
        self.cn = self.programme.registry
        self.programme.open(self.state, STATE_AUTHORITY)
        self.allowance = self.programme.define(ALLOWANCE)
        self.years = [self.programme.define(symbol) for symbol in CLASSES]

    def person(self) -> str:
        """The next person, with an account and nothing in it."""
        address = next(self.people)
        self.programme.open(address)
        return address

    def issue(self, quantity: int, unit_class: int | None = None) -> Receipt:
        arguments = (unit_class or self.allowance, self.state, quantity, EVIDENCE)
        receipt: Receipt = self.programme.issuance.issue(*arguments, by=self.root)
        return receipt

    def stock(self, account: str, blocks: int, unit_class: int | None = None) -> None:
        """Whole blocks, issued one by one, and as many reference tokens."""
        unit_class = unit_class or self.allowance
        for _ in range(blocks):
            self.issue(UNITS, unit_class)
            self.send(self.state, account, UNITS, unit_class)
            self.token.mint(account, unit_class, UNITS, by=self.root)

    def send(self, giver: str, taker: str, quantity: int, unit_class: int | None = None) -> int:
        arguments = (giver, taker, unit_class or self.allowance, quantity, b"")
        return gas(self.cn.safeTransferFrom(*arguments, by=giver))

    def send_token(self, giver: str, taker: str, quantity: int) -> int:
        return gas(
            self.token.safeTransferFrom(giver, taker, self.allowance, quantity, b"", by=giver)
        )

    # ---- rows -----------------------------------------------------------------------------

    def transfers(self) -> list[Row]:
        """One block, whole or in part, to somebody who has none of the class or some of it."""
        seller, buyer, other = self.person(), self.person(), self.person()
        self.stock(seller, 4)
        rows = []
        for what, taker, quantity in (
            ("whole block, new holder", buyer, UNITS),
            ("whole block, existing holder", buyer, UNITS),
            ("partial, new holder", other, UNITS // 4),
            ("partial, existing holder", buyer, UNITS // 4),
        ):
            ours = self.send(seller, taker, quantity)
            rows.append(Row(what, ours, self.send_token(seller, taker, quantity)))
        return rows

    def batches(self) -> list[Row]:
        """Ten blocks at once to an existing holder, beside ten token ids at once."""
        seller, buyer = self.person(), self.person()
        self.stock(seller, 31)
        self.stock(buyer, 1)
        for year in self.years:
            self.stock(seller, 2, year)
            self.stock(buyer, 1, year)
        values = [UNITS] * 10
        reference = gas(
            self.token.safeBatchTransferFrom(seller, buyer, self.years, values, b"", by=seller)
        )
        by_quantity = self.send(seller, buyer, 10 * UNITS)
        blocks = self.cn.blocksOf(self.allowance, seller, 0, 10)
        refs = [(block.first, 0, block.first, block.count) for block in blocks]
        named = gas(self.cn.transferUnits(seller, buyer, self.allowance, refs, by=seller))
        ids = gas(self.cn.safeBatchTransferFrom(seller, buyer, self.years, values, b"", by=seller))
        return [
            Row("ten blocks, one call, by quantity", by_quantity, reference),
            Row("ten blocks, one call, named", named, reference),
            Row("ten classes, one call, a block of each", ids, reference),
        ]

    def issuance(self) -> tuple[list[Row], dict[str, int]]:
        """The first issuance into a class and later ones: one unit, a million."""
        rows, later = [], {}
        fresh = iter(self.years)
        for quantity in (1, 1_000_000):
            unit_class = next(fresh)
            mint = gas(self.token.mint(self.person(), unit_class, quantity, by=self.root))
            first = gas(self.issue(quantity, unit_class))
            rows.append(Row(f"issue {quantity:,}, first of a class", first, mint))
            later[str(quantity)] = gas(self.issue(quantity, unit_class))
            rows.append(Row(f"issue {quantity:,}, later", later[str(quantity)]))
        return rows, later


def gas(receipt: Receipt) -> int:
    return receipt.gas_used


def table(rows: list[Row]) -> str:
    lines = [f"{'':42}{'ledger':>10}{'ERC-1155':>10}{'ratio':>8}{'goal':>7}"]
    for row in rows:
        reference = "" if row.reference is None else f"{row.reference:,}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        goal = f"{GOALS[row.what]:.2f}" if row.what in GOALS else ""
        lines.append(f"{row.what:42}{row.ours:>10,}{reference:>10}{ratio:>8}{goal:>7}")
    return "\n".join(lines)


def columns(title: str, heads: list[str], rows: dict[str, list[int | None]]) -> str:
    """A table of gas by verb; a blank where the ledger takes no call of that size."""
    lines = [f"{title:42}" + "".join(f"{head:>16}" for head in heads)]
    for what, cells in rows.items():
        shown = ("" if cell is None else f"{cell:,}" for cell in cells)
        lines.append(f"{what:42}" + "".join(f"{cell:>16}" for cell in shown))
    return "\n".join(lines)


def measure(chain: Chain) -> tuple[list[Row], dict[str, object]]:
    """All rows, each group on a fresh ledger, and the figures that are compared over time."""
    groups: list[Callable[[Bench], list[Row]]] = [Bench.transfers, Bench.batches]
    rows: list[Row] = []
    for group in groups:
        with chain.restored():
            rows += group(Bench(chain))
    with chain.restored():
        issued, issue_gas = Bench(chain).issuance()
    rows += issued
    ratio = {row.what: row.ratio for row in rows}
    return rows, {
        "whole_block_ratio": ratio["whole block, existing holder"],
        "batch10_ratio": ratio["ten blocks, one call, by quantity"],
        "partial_new_ratio": ratio["partial, new holder"],
        "partial_existing_ratio": ratio["partial, existing holder"],
        "issue_gas": issue_gas,
    }


def main() -> None:
    with development_chain(compiled_artifacts()) as chain:
        rows, figures = measure(chain)
        print(table(rows), flush=True)
        print()
        sizes = [1, 10, 100]
        print(
            columns("gas by blocks in one call", [f"{n}" for n in sizes], by_blocks(chain, sizes))
        )
        print(flush=True)
        crowds = [10, 10_000]
        heads = [f"{n:,} accounts" for n in crowds]
        print(columns("gas by accounts of the registry", heads, by_accounts(chain, crowds)))
    print()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

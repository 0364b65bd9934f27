"""Gas of the ledger beside that of OpenZeppelin's ERC-1155, on one chain in one run.

    python -m scripts.bench.gas

The ledger's contracts are the committed ones: after a change, `make compile` comes first. Both are
compiled with the project's settings. The reference token has no accounts, statuses,
serials or classes, and its address runs one code for ever: the ratios say what those cost. A second
table has every verb by the blocks of one call, a third the same with 10 and with 10,000 accounts.
The last line of output is JSON; its figure for ten blocks is that of the plain ERC-1155 call, by
quantity.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from scripts.artifacts import all_committed
from scripts.bench.chain import REFERENCE, development_chain, reference_token
from scripts.bench.editions import Editions
from scripts.bench.evm import Chain, Receipt
from scripts.bench.programme import Programme
from scripts.bench.verbs import by_accounts, by_blocks

UNITS = 1000  # in a whole block
ALLOWANCE = "CEA-2025"
CLASSES = [f"CEA-20{year}" for year in range(26, 36)]
SIZES = [1, 10, 100, 256]  # blocks in one call: 256 is the most
CROWDS = [10, 10_000]

# What the design aims at, for the rows that have a goal.
GOALS = {
    "whole block, existing holder": 1.55,
    "ten blocks, one call, by quantity": 1.00,
    "ten blocks, one call, named": 1.00,
    "partial, new holder": 1.80,
    "partial, existing holder": 2.15,
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
        self.people = iter(chain.accounts[1:])
        self.root = chain.accounts[0]
        self.token = chain.deploy(REFERENCE)
        editions = Editions(chain)
        self.programme = Programme("CN", editions.gateway(), editions)
        self.cn = self.programme.registry
        self.allowance = self.programme.define(ALLOWANCE)
        self.years = [self.programme.define(symbol) for symbol in CLASSES]

    def person(self) -> str:
        """The next person, with an account and nothing in it."""
        address = next(self.people)
        self.programme.open(address)
        return address

    def stock(self, account: str, blocks: int, unit_class: int | None = None) -> None:
        """Whole blocks, issued one by one, and as many reference tokens."""
        unit_class = unit_class or self.allowance
        for _ in range(blocks):
            self.programme.give(account, unit_class, UNITS)
            self.token.mint(account, unit_class, UNITS, by=self.root)

    def send(self, giver: str, taker: str, quantity: int) -> int:
        arguments = (giver, taker, self.allowance, quantity, b"")
        return gas(self.cn.safeTransferFrom(*arguments, by=giver))

    def send_token(self, giver: str, taker: str, quantity: int) -> int:
        arguments = (giver, taker, self.allowance, quantity, b"")
        return gas(self.token.safeTransferFrom(*arguments, by=giver))

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

    def issuance(self) -> list[Row]:
        """The first issuance into a class and later ones: one unit, a million."""
        rows = []
        fresh = iter(self.years)
        for quantity in (1, 1_000_000):
            unit_class = next(fresh)
            mint = gas(self.token.mint(self.person(), unit_class, quantity, by=self.root))
            first = gas(self.programme.issue(unit_class, quantity))
            later = gas(self.programme.issue(unit_class, quantity))
            rows.append(Row(f"issue {quantity:,}, first of a class", first, mint))
            rows.append(Row(f"issue {quantity:,}, later", later))
        return rows


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


def measure(chain: Chain) -> list[Row]:
    """All rows, each group on a fresh ledger."""
    groups: list[Callable[[Bench], list[Row]]] = [Bench.transfers, Bench.batches, Bench.issuance]
    rows: list[Row] = []
    for group in groups:
        with chain.restored():
            rows += group(Bench(chain))
    return rows


def figures(rows: list[Row]) -> dict[str, object]:
    """What is compared over time."""
    found = {row.what: row for row in rows}
    return {
        "whole_block_ratio": found["whole block, existing holder"].ratio,
        "batch10_ratio": found["ten blocks, one call, by quantity"].ratio,
        "partial_new_ratio": found["partial, new holder"].ratio,
        "partial_existing_ratio": found["partial, existing holder"].ratio,
        "issue_gas": {n: found[f"issue {int(n):,}, later"].ours for n in ("1", "1000000")},
    }


def main() -> None:
    artifacts = {**all_committed(), REFERENCE: reference_token()}
    with development_chain(artifacts) as chain:
        rows = measure(chain)
        print(table(rows), flush=True)
        print()
        heads = [f"{n}" for n in SIZES]
        print(columns("gas by blocks in one call", heads, by_blocks(chain, SIZES)))
        print(flush=True)
        heads = [f"{n:,} accounts" for n in CROWDS]
        print(columns("gas by accounts of the registry", heads, by_accounts(chain, CROWDS)))
    print()
    print(json.dumps(figures(rows)))


if __name__ == "__main__":
    main()

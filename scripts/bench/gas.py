"""Gas of the ledger beside that of OpenZeppelin's ERC-1155, on one chain in one run.

    python -m scripts.bench.gas

Both are compiled with the project's settings. The reference token has no accounts, statuses,
serials or classes: the ratios say what those cost. The last line of output is JSON; its figure for
ten blocks is that of the plain ERC-1155 call, by quantity.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from scripts.bench.chain import compiled_artifacts, development_chain
from scripts.bench.evm import Chain, Contract, Receipt, text32

DECISION = text32("decision")
UNITS = 1000  # in a whole block
ALLOWANCE, FOREIGN = "CEA-2025", "CN.CEA-2025"
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
    """Two registries with a link, and the reference token."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.people = iter(chain.accounts[2:])
        self.root, self.state = chain.accounts[:2]
        self.token = chain.deploy("PlainERC1155")
        self.gateway = chain.deploy("LinkGateway")
        self.cn, self.kr = self._registry("CN"), self._registry("KR")
        self.allowance = class_id(ALLOWANCE)
        self.years = [class_id(symbol) for symbol in CLASSES]
        for symbol in [ALLOWANCE, *CLASSES]:
            spec = (1, 2025, 2025, 2025, 10**10, *[b"\0" * 32] * 3)
            self.cn.defineClass(text32(symbol), spec, by=self.root)
        self._rounds = count(1)

    def _registry(self, code: str) -> Contract:
        authority = self.chain.deploy("ProgrammeAuthority", self.root)
        registry = self.chain.deploy("UnitRegistry", text32(code), authority)
        authority.adoptRegistry(registry, by=self.root)
        authority.adoptGateway(self.gateway, by=self.root)
        for role in range(1, 8):
            authority.grantRole(role, self.root, 0, by=self.root)
        registry.openAccount(self.state, 1, DECISION, by=self.root)
        return registry

    def person(self) -> str:
        """The next person, with accounts and nothing in them."""
        address = next(self.people)
        for registry in (self.cn, self.kr):
            registry.openAccount(address, 3, DECISION, by=self.root)
        return address

    def issue(self, quantity: int, unit_class: int | None = None) -> Receipt:
        unit_class = unit_class or self.allowance
        receipt: Receipt = self.cn.issue(unit_class, self.state, quantity, DECISION, by=self.root)
        return receipt

    def stock(self, account: str, blocks: int, unit_class: int | None = None) -> None:
        """Whole blocks, issued one by one, and as many reference tokens."""
        unit_class = unit_class or self.allowance
        for _ in range(blocks):
            self.issue(UNITS, unit_class)
            self.send(self.state, account, UNITS, unit_class)
            self.token.mint(account, unit_class, UNITS, by=self.root)

    def send(self, giver: str, taker: str, quantity: int, unit_class: int | None = None) -> int:
        return gas(
            self.cn.safeTransferFrom(
                giver, taker, unit_class or self.allowance, quantity, b"", by=giver
            )
        )

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
        fresh = iter(class_id(symbol) for symbol in CLASSES)
        for quantity in (1, 1_000_000):
            unit_class = next(fresh)
            mint = gas(self.token.mint(self.person(), unit_class, quantity, by=self.root))
            first = gas(self.issue(quantity, unit_class))
            rows.append(Row(f"issue {quantity:,}, first of a class", first, mint))
            later[str(quantity)] = gas(self.issue(quantity, unit_class))
            rows.append(Row(f"issue {quantity:,}, later", later[str(quantity)]))
        return rows, later

    def uses(self) -> list[Row]:
        """Allocation and the three ends, each of a part of a block."""
        holder = self.person()
        self.stock(holder, 3)
        self.issue(UNITS)
        cn, unit_class, part, memo = self.cn, self.allowance, UNITS // 4, text32("claim")
        return [
            Row(
                "allocate", gas(cn.allocate(unit_class, self.state, holder, part, [], by=self.root))
            ),
            Row("surrender", gas(cn.surrender(holder, unit_class, part, [], 2025, by=holder))),
            Row("retire", gas(cn.retire(holder, unit_class, part, [], memo, by=holder))),
            Row("cancel", gas(cn.cancel(holder, unit_class, part, [], memo, by=holder))),
        ]

    def links(self) -> list[Row]:
        """Export and import are one transaction; so are a return and the release at home."""
        seller, buyer = self.person(), self.person()
        self.stock(seller, 3)
        now = self.chain.time
        terms = (2, 3, 10**9, now, now + 10**8, now, 10**8, 2, 2000, 2100)
        self.gateway.proposeAgreement(self.cn, self.kr, terms, [0] * 10, by=self.root)
        self.gateway.acceptAgreement(1, terms, [0] * 10, by=self.root)
        foreign, request = class_id(FOREIGN), (2, 1, self.allowance, 300, 0, buyer)

        def cross() -> int:
            return gas(self.gateway.transfer(request, [], by=seller))

        def go_home(quantity: int) -> int:
            return gas(
                self.gateway.returnUnits(self.kr, foreign, quantity, [], seller, 0, by=buyer)
            )

        rows = [Row("export and import, first of a class", cross())]
        rows.append(Row("export and import", cross()))
        use = self.kr.surrender(buyer, foreign, 50, [], 2025, by=buyer)
        rows.append(Row("surrender of foreign units", gas(use)))
        rows.append(Row("return of part of a lot", go_home(50)))
        rows.append(Row("return of the rest of a lot", go_home(100)))
        rows.append(Row("return of a whole lot", go_home(200)))
        return rows


def gas(receipt: Receipt) -> int:
    return receipt.gas_used


def class_id(symbol: str) -> int:
    return int.from_bytes(text32(symbol), "big")


def table(rows: list[Row]) -> str:
    lines = [f"{'':42}{'ledger':>10}{'ERC-1155':>10}{'ratio':>8}{'goal':>7}"]
    for row in rows:
        reference = "" if row.reference is None else f"{row.reference:,}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        goal = f"{GOALS[row.what]:.2f}" if row.what in GOALS else ""
        lines.append(f"{row.what:42}{row.ours:>10,}{reference:>10}{ratio:>8}{goal:>7}")
    return "\n".join(lines)


def measure(chain: Chain) -> tuple[list[Row], dict[str, object]]:
    """All rows, each group on a fresh ledger, and the figures that are compared over time."""
    groups: list[Callable[[Bench], list[Row]]] = [
        Bench.transfers,
        Bench.batches,
        Bench.uses,
        Bench.links,
    ]
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
    print(table(rows))
    print()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

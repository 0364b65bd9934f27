"""What the annual cycles share: the figures, the programme's own accounts, and what is counted."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.bench.evm import Contract, Receipt, text32
from tests.contracts.actors import DECISION, LIFETIME, YEAR, Programme, World
from tests.contracts.desks import approve, execute, propose, selector
from tests.contracts.words import PROVINCES, Allocated, Banking, Role

GUANGDONG = 44  # the province, by the first digits of its administrative code

_DATA = tomllib.loads(Path(__file__).with_name("annual_cycle.toml").read_text(encoding="utf-8"))


def figures(section: str) -> SimpleNamespace:
    """A programme's figures by name; every one has a rule and a source."""
    entries = _DATA[section]
    assert all(entry["rule"].startswith("R-") and entry["source"] for entry in entries.values())
    return SimpleNamespace(**{name: _exact(entry["value"]) for name, entry in entries.items()})


def _exact(value: Any) -> Any:
    return Fraction(value) if isinstance(value, str) else value


def points(share: Fraction) -> int:
    """A share in basis points, which it must be a whole number of."""
    assert (share * 10_000).denominator == 1
    return int(share * 10_000)


# ---- the rules' own arithmetic ------------------------------------------------------------


def by_benchmark(benchmark: Fraction, output: int) -> int:
    """R-AL-01, R-AL-04: whole allowances, rounded down."""
    return int(benchmark * output)


def by_intensity(intensity: Fraction, reduction: Fraction, output: int) -> int:
    """R-AL-02."""
    return int(intensity * reduction * output)


def by_history(base_years: list[int]) -> int:
    """R-AL-03: the mean of the base years."""
    return sum(base_years) // len(base_years)


def to_buy(share: Fraction, allocation: int) -> int:
    """R-AL-15: rounded up, so that no fraction is missing."""
    return ceil(share * allocation)


def facility_cap(base: int, target: Fraction) -> int:
    """R-CP-08."""
    return int(base * (1 - target))


def stability_triggers(half_year: int, month: int, two_years: int) -> tuple[bool, bool, bool]:
    """R-MS-01: prices; all three are strict."""
    return half_year > 3 * two_years, month > 2 * two_years, 10 * month < 6 * two_years


def compliance_rate(complied: int, covered: int) -> Fraction:
    """R-CM-03: entities, not tonnes."""
    return Fraction(complied, covered)


# ---- the programme's own accounts ---------------------------------------------------------


@dataclass(frozen=True)
class Pools:
    """System accounts: no key moves them, only the programme's roles."""

    new_entrants: str
    adjustment: str
    auction: str
    stability: str


def open_pools(world: World, p: Programme) -> Pools:
    names = [field.name for field in fields(Pools)]
    for name in names:
        p.registry.openSystemAccount(text32(name), 0, by=world.registrar)
    return Pools(*(p.registry.systemAccount(text32(name)) for name in names))


def set_aside(world: World, p: Programme, unit_class: int, pool: str, quantity: int) -> Receipt:
    """From the pool of new allowances to another one (10-51)."""
    return p.issuance.moveBetweenPools(  # type: ignore[no-any-return]
        unit_class, world.pool(p.registry), pool, quantity, [], by=world.allocator
    )


def with_province(world: World, p: Programme, operators: list[str]) -> str:
    """R-AL-28: from now on a province proposes what its operators get; the State confirms."""
    province = world.stranger
    p.authority.grantRole(PROVINCES + GUANGDONG, province, 0, by=world.root)
    step = (Role.PROVINCE, Role.ALLOCATOR, 0, LIFETIME, 1)
    p.proposals.defineStep(p.issuance, selector(p.issuance, "entitle"), step, by=world.root)
    for operator in operators:
        p.registry.setAccountProvince(operator, GUANGDONG, by=world.registrar)
    return province


def allocate_by_province(
    world: World,
    p: Programme,
    unit_class: int,
    operator: str,
    quantity: int,
    year: int,
    kind: Allocated = Allocated.INITIAL,
    pool: str | None = None,
) -> int:
    """The province proposes, the State confirms, and an allocator has it done."""
    was = p.issuance.entitlementOf(operator, year, unit_class, kind).entitled
    change = (operator, year, kind, unit_class, was, was + quantity)
    proposal = propose(p, p.issuance, "entitle", GUANGDONG, [change], by=world.stranger)
    approve(p, proposal, by=world.allocator)
    execute(p, proposal, by=world.stranger)
    grant = (operator, year, kind, quantity)
    pool = pool or world.pool(p.registry)
    receipt = p.issuance.allocate(unit_class, pool, grant, [], by=world.allocator)
    return int(receipt.event("AllocationRecorded").allocationId)


# ---- what is counted ----------------------------------------------------------------------


def held(registry: Contract, unit_class: int) -> int:
    """Units in circulation: what was issued and is in no other state."""
    t = registry.totalsOf(unit_class)
    return int(t.issued - t.escrowed - t.surrendered - t.retired - t.cancelled)


def has(registry: Contract, unit_class: int, *accounts: str) -> tuple[int, ...]:
    return tuple(registry.balanceOf(account, unit_class) for account in accounts)


def pass_deadline(world: World, deadline: int) -> None:
    world.chain.advance(deadline + 1 - world.chain.time)


def year_rules(
    world: World,
    year: int,
    multiple: int,
    *,
    last: int = 0,
    before: int = 0,
    objection: int = 0,
    correction: int = 0,
) -> tuple[Any, ...]:
    """A deadline a year away; credits of any vintage; no borrowing unless `last` allows it."""
    vintages = (0, last or year)
    windows = (YEAR // 12, objection, correction)
    return (world.chain.time + YEAR, before, *vintages, *windows, multiple, Banking.ALL, False)


def publish(world: World, p: Programme, year: int, operators: list[str]) -> Fraction:
    """Settle every operator that nobody settled yet, publish, and return the compliance rate."""
    short = 0
    for operator in operators:
        receipt = p.compliance.settleYear(operator, year, by=world.broker)
        settled = receipt.event("YearSettled")
        short += settled.surrendered < settled.owed
    receipt = p.compliance.publish(year, text32("results"), by=world.officer)
    assert receipt.event("YearPublished") == (year, text32("results"))
    assert p.compliance.yearOf(year)[0].closed
    return compliance_rate(len(operators) - short, len(operators))


def sanction(
    world: World, p: Programme, account: str, year: int, decision: bytes = DECISION
) -> None:
    """Amounts are computed off the ledger; the decision's hash is recorded."""
    receipt = p.compliance.recordSanction(account, year, decision, by=world.officer)
    assert receipt.event("SanctionRecorded") == (account, year, decision)

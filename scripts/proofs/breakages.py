"""Faults put into the ledger on purpose, and the proof that must find each."""

from __future__ import annotations

from typing import NamedTuple


class Breakage(NamedTuple):
    """In `source`, the first `before` becomes `after`."""

    proof: str
    source: str
    before: str
    after: str


MATH, BLOCKS = "libraries/LinkMath.sol", "libraries/SerialBlocks.sol"
TERMS, LEDGER = "LinkTerms.sol", "UnitLedger.sol"

BREAKAGES = (
    Breakage(
        "check_converted_is_the_floor",
        MATH,
        "return (source * numerator) / denominator;",
        "return ceilDiv(source * numerator, denominator);",
    ),
    Breakage(
        "check_round_trip",
        MATH,
        "return ceilDiv(destination * denominator, numerator);",
        "return (destination * denominator) / numerator;",
    ),
    Breakage(
        "check_taken_is_the_least",
        MATH,
        "return ceilDiv(destination * denominator, numerator);",
        "return (destination * denominator) / numerator + 1;",
    ),
    Breakage(
        "check_twins_at_source_overlap",
        MATH,
        "high = ceilDiv(to * denominator, numerator);",
        "high = (to * denominator) / numerator;",
    ),
    Breakage(
        "check_twins_abroad_overlap",
        MATH,
        "high = ceilDiv((i + 1) * numerator, denominator);",
        "high = ((i + 1) * numerator) / denominator;",
    ),
    Breakage(
        "check_named_range_tiles_its_block",
        BLOCKS,
        "b.withCount(ref.first - ref.block_)",
        "b.withCount(ref.first - ref.block_ + 1)",
    ),
    Breakage(
        "check_import_keeps_to_the_quota",
        TERMS,
        "if (used + received > quota) revert",
        "if (received > quota) revert",
    ),
    Breakage(
        "check_return_never_raises_the_meter",
        TERMS,
        "returned < used ? used - returned : 0",
        "returned < used ? used - returned : used",
    ),
    Breakage(
        "check_period_holds_its_time",
        TERMS,
        "uint40(time - ((time - terms.periodStart) % terms.periodLength))",
        "uint40(time - (time % terms.periodLength))",
    ),
    Breakage(
        "check_quantity_is_conserved",
        LEDGER,
        "taker.encumbered += quantity;",
        "taker.balance += quantity;",
    ),
    Breakage(
        "check_named_units_are_conserved",
        LEDGER,
        "t.surrendered -= quantity;",
        "t.surrendered -= 0;",
    ),
    Breakage(
        "check_balances_are_the_sums_of_lists",
        BLOCKS,
        "book.blocks[first] = b.withCount(taken - most);",
        "book.blocks[first] = b.withCount(taken);",
    ),
    Breakage(
        "check_statuses_are_kept",
        LEDGER,
        "if (!may && m.transactionType",
        "if (!may && m.stateAfter == UnitState.HELD && m.transactionType",
    ),
    Breakage(
        "check_statuses_are_the_table",
        "libraries/AccountRules.sol",
        "(1 << uint256(AccountStatus.OPEN)) | (1 << uint256(AccountStatus.CLOSURE_PENDING))",
        "(1 << uint256(AccountStatus.OPEN)) | (1 << uint256(AccountStatus.SUSPENDED))",
    ),
    Breakage(
        "check_orders_keep_to_their_states",
        "libraries/TransactionRules.sol",
        "(UnitState.SURRENDERED, UnitState.HELD)",
        "(UnitState.RETIRED, UnitState.HELD)",
    ),
    Breakage(
        "check_foreign_symbol_can_be_read_back",
        "libraries/Symbols.sol",
        "(symbol >> (8 * (n + 1)))",
        "(symbol >> (8 * n))",
    ),
    Breakage(
        "check_floor_of_two",
        "libraries/SerialSet.sol",
        "if (bits != 0) return;",
        "if (bits == 0) return;",
    ),
)

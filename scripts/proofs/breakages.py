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
        "check_statuses_are_kept",
        LEDGER,
        "if (!may && m.transactionType",
        "if (!may && m.after_ == HELD && m.transactionType",
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
        "check_lot_is_covered",
        MATH,
        "return ceilDiv(destination * denominator, numerator);",
        "return (destination * denominator) / numerator;",
    ),
    Breakage(
        "check_taken_is_no_more_than_offered",
        MATH,
        "return ceilDiv(destination * denominator, numerator);",
        "return (destination * denominator) / numerator + 1;",
    ),
    Breakage(
        "check_parts_need_no_less_than_the_whole",
        MATH,
        "return ceilDiv(destination * denominator, numerator);",
        "return (destination * denominator) / numerator;",
    ),
    Breakage(
        "check_twins_cover_a_range",
        MATH,
        "low = (from * denominator) / numerator;",
        "low = ceilDiv(from * denominator, numerator);",
    ),
    Breakage(
        "check_quantity_tiles_its_block",
        BLOCKS,
        "book.blocks[first] = b.withCount(taken - most);",
        "book.blocks[first] = b.withCount(taken);",
    ),
    Breakage(
        "check_quantity_tiles_two_blocks",
        BLOCKS,
        "next_ = holding.head;",
        "next_ = 0;",
    ),
    Breakage(
        "check_quantity_touches_no_other_block",
        BLOCKS,
        "first += taken - most;",
        "first += taken;",
    ),
    Breakage(
        "check_named_range_touches_no_other_block",
        BLOCKS,
        "put(book, holding, holder, end, blockEnd - end",
        "put(book, holding, holder, blockEnd, blockEnd - end",
    ),
    Breakage(
        "check_named_range_behind_another",
        BLOCKS,
        "previous.withNext(b.next())",
        "previous.withNext(ref.block_)",
    ),
    Breakage(
        "check_named_held_are_conserved",
        LEDGER,
        "giver.balance -= quantity;",
        "giver.balance -= 1;",
    ),
    Breakage(
        "check_named_escrow_is_conserved",
        LEDGER,
        "t.escrowed -= quantity;",
        "t.escrowed -= 0;",
    ),
    Breakage(
        "check_named_surrendered_are_conserved",
        LEDGER,
        "t.surrendered -= quantity;",
        "t.surrendered -= 0;",
    ),
    Breakage(
        "check_named_encumbered_are_conserved",
        LEDGER,
        "giver.encumbered -= quantity;",
        "giver.encumbered -= 1;",
    ),
    Breakage(
        "check_import_moves_one_meter",
        TERMS,
        "_quotaUsed[linkId][periodStart] = uint40(used);",
        "_quotaUsed[linkId][0] = uint40(used);",
    ),
    Breakage(
        "check_share_of_a_cap",
        TERMS,
        "(cap * terms.quotaShare) / 10_000",
        "(cap * terms.quotaShare + 9_999) / 10_000",
    ),
    Breakage(
        "check_stricter_is_an_order",
        "libraries/AccountRules.sol",
        "than < status",
        "than <= status",
    ),
    Breakage(
        "check_programme_accounts_are_the_table",
        "libraries/AccountRules.sol",
        "kind == AccountKind.PROVINCIAL_AUTHORITY",
        "kind == AccountKind.OPERATOR",
    ),
    Breakage(
        "check_valid_symbols_hold_what_they_may",
        "libraries/Symbols.sol",
        'c <= "Z"',
        'c <= "["',
    ),
    Breakage(
        "check_dot_is_found",
        "libraries/Symbols.sol",
        "i < 32; ++i) if",
        "i < 31; ++i) if",
    ),
    Breakage(
        "check_units_of_others_are_not_touched",
        BLOCKS,
        "if (b.owner() != holder || b.state() != state_)",
        "if (b.owner() != holder && b.state() != state_)",
    ),
)

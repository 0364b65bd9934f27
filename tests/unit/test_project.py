"""What logs make of the mirror, one case at a time: registers and units. Random histories are in
tests/property.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry_node.domain.errors import Inconsistent
from registry_node.domain.references import token_id
from registry_node.domain.words import AccountStatus
from registry_node.store.changes import Changes
from registry_node.store.database import Location
from registry_node.store.tables import NOW
from tests.support.ledger import GATEWAY, NOBODY, REGISTRY, TOKEN
from tests.support.projecting import (
    ANN,
    BEN,
    DESKS,
    ENCUMBERED,
    ESCROWED,
    HELD,
    OTHER,
    STRANGER,
    SURRENDERED,
    WORD,
    Projected,
    projected,
)

FREE, TRADED, FROZEN = 1, 2, 4


@pytest.fixture
def mirror(place: Location) -> Iterator[Projected]:
    with projected(place) as made:
        yield made


# ---- blocks ---------------------------------------------------------------------------------


def test_a_transfer_of_a_middle_cuts_a_block_in_three(mirror: Projected) -> None:
    mirror.issued(ANN, 100)
    changes = mirror.block(mirror.moved(ANN, BEN, 41, 20))
    assert changes.closed["unit_block"] == [(1,)]
    # id, class, first, last, owner, state, list, position, marks, movement, parent, from, to
    assert changes.added["unit_block"] == [
        [2, 1, 1, 40, ANN, HELD, 1, 1, 0, 1, None, 2, NOW],  # keeps its place in the list
        [3, 1, 61, 100, ANN, HELD, 1, 3, 0, 1, None, 2, NOW],  # at the head of the sender's list
        [4, 1, 41, 60, BEN, HELD, 1, 4, TRADED, 2, 1, 2, NOW],  # at the head of the receiver's
    ]
    assert changes.closed["holding"] == [(1, ANN, 1)]
    assert changes.added["holding"] == [[1, ANN, 80, 0, 2, NOW], [1, BEN, 20, 0, 2, NOW]]
    assert "class_total" not in changes.added


@pytest.mark.parametrize(
    ("count", "list_"),
    [(1, 0), (15, 0), (16, 1), (255, 1), (256, 2), (4095, 2), (4096, 3), (10**6, 3)],
)
def test_a_block_goes_to_its_owners_list_for_its_size(
    mirror: Projected, count: int, list_: int
) -> None:
    (block,) = mirror.issued(ANN, count).added["unit_block"]
    assert block[6] == list_


def test_a_cut_block_goes_to_the_list_of_its_size(mirror: Projected) -> None:
    """Its beginning stays where it is, however little is left of it."""
    mirror.issued(ANN, 5000)
    changes = mirror.block(mirror.moved(ANN, BEN, 11, 4980))
    # first, last, owner, list, position
    assert [[*b[2:5], *b[6:8]] for b in changes.added["unit_block"]] == [
        [1, 10, ANN, 3, 1],
        [4991, 5000, ANN, 0, 3],
        [11, 4990, BEN, 3, 4],
    ]
    again = mirror.block(mirror.moved(BEN, ANN, 11, 4700))
    assert [[*b[2:5], *b[6:8]] for b in again.added["unit_block"]] == [
        [4711, 4990, BEN, 2, 5],
        [11, 4710, ANN, 3, 6],
    ]


@pytest.mark.parametrize("state", [ESCROWED, ENCUMBERED, SURRENDERED])
def test_what_is_not_in_circulation_is_in_no_list(mirror: Projected, state: int) -> None:
    mirror.issued(ANN, 5000)
    changes = mirror.block(mirror.moved(ANN, ANN, 1, 4500, state=state, kind=2001))
    behind, block = changes.added["unit_block"]
    assert (behind[2], behind[6]) == (4501, 2)
    assert (block[2], block[5], block[6]) == (1, state, 0)


# ---- marks ----------------------------------------------------------------------------------


def test_allocated_units_are_free_until_they_leave_their_holder(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    seen = [
        mirror.block(mirror.moved(*parties, 1, 10, state=state, kind=kind)).added["unit_block"]
        for parties, kind, state in (
            ((ANN, BEN), 1040, HELD),  # allocated
            ((BEN, BEN), 2001, ENCUMBERED),
            ((BEN, BEN), 2002, HELD),
            ((BEN, ANN), 1050, HELD),  # transferred
            ((ANN, ANN), 2001, ENCUMBERED),
            ((ANN, ANN), 2002, HELD),
            ((ANN, GATEWAY), 300, ESCROWED),
            ((GATEWAY, ANN), 300, HELD),
            ((ANN, BEN), 1040, HELD),
            ((BEN, GATEWAY), 300, ESCROWED),
            ((GATEWAY, GATEWAY), 300, SURRENDERED),
        )
    ]
    assert [blocks[-1][8] for blocks in seen] == [
        FREE,
        FREE,
        FREE,
        TRADED,
        TRADED,
        TRADED,
        TRADED,
        TRADED,
        FREE,
        0,
        0,
    ]


def test_a_freeze_of_units_abroad_marks_them_where_they_are(mirror: Projected) -> None:
    mirror.issued(ANN, 100)
    mirror.block(mirror.moved(ANN, GATEWAY, 1, 100, state=ESCROWED, kind=300))
    marked = mirror.block(mirror.registry("FreezeMarked", TOKEN, 31, 20, True))
    assert marked.closed["unit_block"] == [(2,)]
    assert marked.added["unit_block"] == [
        [3, 1, 1, 30, GATEWAY, ESCROWED, 0, 2, 0, 2, 1, 3, NOW],
        [4, 1, 31, 50, GATEWAY, ESCROWED, 0, 2, FROZEN, 2, 1, 3, NOW],
        [5, 1, 51, 100, GATEWAY, ESCROWED, 0, 2, 0, 2, 1, 3, NOW],
    ]
    assert marked.added.keys() == {"raw_log", "unit_block"}
    lifted = mirror.block(mirror.registry("FreezeMarked", TOKEN, 31, 10, False))
    assert [[*b[2:4], b[8]] for b in lifted.added["unit_block"]] == [[31, 40, 0], [41, 50, FROZEN]]
    back = mirror.block(mirror.moved(GATEWAY, ANN, 41, 10, state=ENCUMBERED, kind=300))
    assert back.added["unit_block"][-1][8] == 0
    assert back.added["holding"] == [[1, GATEWAY, 90, 0, 5, NOW], [1, ANN, 10, 10, 5, NOW]]


# ---- balances and totals --------------------------------------------------------------------


def test_an_import_leaves_nothing_with_the_gateway(mirror: Projected) -> None:
    changes = mirror.block(
        mirror.defined(),
        mirror.moved(NOBODY, GATEWAY, 1, 7, kind=300),
        mirror.moved(GATEWAY, ANN, 1, 7, kind=300),
    )
    assert changes.added["holding"] == [[1, ANN, 7, 0, 1, NOW]]
    assert [row[4:] for row in changes.added["unit_block"]] == [
        [GATEWAY, HELD, 0, 1, 0, 1, None, 1, 1],  # no length in time, but a step of the trace
        [ANN, HELD, 0, 2, 0, 2, 1, 1, NOW],
    ]
    assert changes.added["class_total"] == [[1, 10**6, 0, 7, 0, 0, 0, 0, 1, NOW]]


def test_escrow_counts_as_the_gateways_balance_until_it_is_used_abroad(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    escrowed = mirror.block(mirror.moved(ANN, GATEWAY, 1, 10, state=ESCROWED))
    assert escrowed.added["holding"] == [[1, GATEWAY, 10, 0, 2, NOW]]
    used = mirror.block(mirror.moved(GATEWAY, GATEWAY, 1, 4, state=SURRENDERED))
    assert used.added["holding"] == [[1, GATEWAY, 6, 0, 3, NOW]]
    assert used.added["class_total"] == [[1, 10**6, 0, 10, 6, 4, 0, 0, 3, NOW]]


def test_encumbered_units_are_their_holders_and_count_as_held(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(mirror.moved(ANN, ANN, 4, 3, state=ENCUMBERED, kind=2001))
    assert changes.added["holding"] == [[1, ANN, 10, 3, 2, NOW]]
    assert "class_total" not in changes.added


def test_changes_that_cancel_out_leave_no_version(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(mirror.moved(ANN, BEN, 1, 10), mirror.moved(BEN, ANN, 1, 10))
    assert "holding" not in changes.closed | changes.added
    assert len(changes.added["movement"]) == 2


def test_what_units_were_used_for(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    used = mirror.registry("UnitsUsed", ANN, TOKEN, SURRENDERED, 4, 2025, WORD, bytes(32))
    changes = mirror.block(used)
    row = (ANN, 1, SURRENDERED, 4, 2025, WORD, bytes(32), 2, 1, used.tx_hash)
    assert changes.added["unit_use"] == [row]


# ---- registers ------------------------------------------------------------------------------


def test_an_account_and_its_status_in_one_block_is_one_version(mirror: Projected) -> None:
    changes = mirror.block(
        mirror.registry("AccountOpened", ANN, 3, WORD, 44),
        mirror.registry("AccountStatusChanged", ANN, 1, 4),
    )
    assert changes.added["account"] == [[1, ANN, 3, 4, WORD, 1001, 0, 0, 44, 1, 1, NOW]]


def test_approvals_are_of_a_round_that_ends(mirror: Projected) -> None:
    """What was approved before there was an account is void."""
    strange = mirror.block(mirror.registry("ApprovalForAll", ANN, BEN, True))
    assert strange.added.keys() == {"raw_log"}
    mirror.block(mirror.registry("AccountOpened", ANN, 3, WORD, 0))
    given = mirror.block(mirror.registry("ApprovalForAll", ANN, BEN, True))
    assert given.added["operator_approval"] == [[1, ANN, BEN, 1, 3, NOW]]
    ended = mirror.block(
        mirror.registry("AccountControlsChanged", ANN, 2, 70),
        mirror.registry("ApprovalsEnded", ANN),
        mirror.registry("AccountProvinceChanged", ANN, 0, 44),
    )
    assert ended.added["account"] == [[1, ANN, 3, 1, WORD, 1002, 2, 70, 44, 2, 4, NOW]]
    taken = mirror.block(mirror.registry("ApprovalForAll", ANN, BEN, False))
    assert taken.closed["operator_approval"] == [(1, ANN, BEN, 3)]


def test_a_foreign_class_knows_its_origin(mirror: Projected) -> None:
    foreign = token_id("CN.CEA-2025")
    region = (b"region".ljust(32, b"\0"), b"CN-FJ".ljust(32, b"\0"))
    changes = mirror.block(
        mirror.defined(TOKEN, region),
        mirror.defined(foreign, by=OTHER, home=(REGISTRY, TOKEN)),
        mirror.defined(token_id("XX.CEA-2025"), by=OTHER, home=(STRANGER, TOKEN)),
    )
    # id, registry, symbol, type, vintage, period, origin, block
    assert changes.added["unit_class"] == [
        (1, 1, "CEA-2025", 1, 2025, 2025, 2026, None, 1),
        (2, 2, "CN.CEA-2025", 3, 2025, 2025, 2026, 1, 1),
        (3, 2, "XX.CEA-2025", 3, 2025, 2025, 2026, None, 1),
    ]
    assert changes.added["class_attribute"] == [(1, *region, 1)]


def test_a_class_is_raised_and_sealed(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(
        mirror.registry("CapRaised", TOKEN, 10**6, 2 * 10**6),
        mirror.registry("ClassSealed", TOKEN, 10),
    )
    assert changes.added["class_total"] == [[1, 2 * 10**6, 1, 10, 0, 0, 0, 0, 2, NOW]]


def test_documents_are_kept_by_what_they_are(mirror: Projected) -> None:
    kinds = (b"rule-book".ljust(32, b"\0"), "规则".encode().ljust(32, b"\0"))
    logs = [mirror.registry("DocumentPublished", kind, WORD, 99) for kind in kinds]
    changes = mirror.block(*logs)
    assert [row[1] for row in changes.added["document"]] == ["rule-book", f"0x{kinds[1].hex()}"]
    assert changes.added["document"][0] == (1, "rule-book", WORD, 99, 1, 1, logs[0].tx_hash)


# ---- what cannot be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (lambda m: m.moved(BEN, ANN, 1, 5), "serials 1-5 are not the sender's"),
        (lambda m: m.moved(ANN, BEN, 8, 5), "serials 8-12 are not in one unit block"),
        (lambda m: m.moved(ANN, BEN, 99, 5), "serials 99-103 are not in one unit block"),
        (lambda m: m.moved(NOBODY, BEN, 99, 5), "begin at 99, not after 12"),
        (lambda m: m.moved(BEN, ANN, 11, 2), "terminal state 3"),
        (lambda m: m.registry("CapRaised", token_id("NONE"), 1, 2), "unknown unit class"),
        (lambda m: m.registry("AccountStatusChanged", ANN, 1, 2), "never opened"),
        (lambda m: m.registry("ApprovalsEnded", ANN), "never opened"),
        (lambda m: m.registry("FreezeMarked", TOKEN, 9, 4, True), "not in one unit block"),
        (lambda m: m.registry("ClassSealed", TOKEN, 4)._replace(data=b""), "its event's form"),
    ],
)
def test_what_a_registry_says_that_cannot_be_stops_the_node(
    mirror: Projected, log: Any, why: str
) -> None:
    mirror.block(
        mirror.defined(),
        mirror.moved(NOBODY, ANN, 1, 10),
        mirror.moved(NOBODY, BEN, 11, 2),
        mirror.moved(BEN, BEN, 11, 2, state=SURRENDERED),
    )
    with pytest.raises(Inconsistent, match=why):
        mirror.block(log(mirror))


# ---- who speaks -----------------------------------------------------------------------------


@pytest.mark.parametrize("by", [STRANGER, ANN, DESKS["issuance"], GATEWAY])
def test_what_is_not_ones_own_to_say_is_ignored(mirror: Projected, by: bytes) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(
        mirror.moved(ANN, BEN, 1, 10)._replace(address=by),
        mirror.registry("AccountOpened", BEN, 3, WORD, 0, by=by),
        mirror.registry("DeskChanged", 1040, STRANGER, by=by),
        mirror.authority("RoleGranted", 9, ANN, 0, 0, True, by=by),
    )
    assert changes == Changes(2)


@pytest.mark.parametrize("status", AccountStatus)
def test_only_what_forbids_more_is_stricter(status: AccountStatus) -> None:
    stricter = {
        AccountStatus.OPEN: {2, 3, 4},
        AccountStatus.SOME_TRANSACTIONS_RESTRICTED: {3, 4},
        AccountStatus.ALL_TRANSACTIONS_RESTRICTED: {4},
        AccountStatus.CLOSURE_PENDING: {3, 4},
    }
    if status is not AccountStatus.NONE:
        found = {other for other in AccountStatus if other.is_stricter(status)}
        assert found == stricter.get(status, set())

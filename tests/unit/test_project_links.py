"""What the gateway's logs make of the mirror, one case at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry_node.domain.ledger import RawLog
from registry_node.domain.references import token_id
from registry_node.store.changes import Changes
from registry_node.store.database import Location
from registry_node.store.tables import NOW
from tests.support.ledger import GATEWAY, REGISTRY, TOKEN
from tests.support.projecting import (
    ANN,
    BEN,
    HELD,
    OTHER,
    OTHER_DESKS,
    STRANGER,
    SURRENDERED,
    WORD,
    Projected,
    projected,
)

FOREIGN = token_id("CN.CEA-2025")
EDITION = b"\x0e" * 32
CONDITION = (b"region".ljust(32, b"\0"), 1, [b"CN-FJ".ljust(32, b"\0")])
KEPT = f"{CONDITION[0].hex()} 1 {CONDITION[2][0].hex()}"


def terms(numerator: int = 2, quota: int = 1000, notice: int = 10) -> tuple[Any, ...]:
    """Of 2 for 3, in two quota periods."""
    rate = (numerator, 3, quota, 0, 0)
    times = (notice, 20, 99, [50, 99])
    return (*rate, True, False, True, *times, 6, 2000, 2100, bytes(32), [CONDITION])


@pytest.fixture
def mirror(place: Location) -> Iterator[Projected]:
    with projected(place) as made:
        yield made


def proposed(mirror: Projected, first: bytes, second: bytes, number: int = 1) -> list[RawLog]:
    return [
        mirror.link("AgreementProposed", number, first, second, EDITION, ANN),
        mirror.link("TermsProposed", 2 * number, 1, terms(), first, 5000, ANN),
        mirror.link("TermsProposed", 2 * number + 1, 1, terms(), first, 5000, ANN),
    ]


def agreed(mirror: Projected) -> None:
    """Two ledger blocks: link 2 from CN to KR and link 3 back."""
    mirror.block(*proposed(mirror, REGISTRY, OTHER))
    mirror.block(
        mirror.link("AgreementAccepted", 1, EDITION, BEN),
        mirror.link("TermsInForce", 2, 1, terms(), BEN, BEN),
        mirror.link("TermsInForce", 3, 1, terms(), BEN, BEN),
    )


# ---- members --------------------------------------------------------------------------------


def test_members_and_the_code_of_the_gateway_that_they_accept(mirror: Projected) -> None:
    code = b"CN".ljust(32, b"\0")
    first = mirror.block(mirror.link("MemberAdmitted", REGISTRY, code, bytes(20), ANN))
    assert first.added["member"] == [[1, "CN", 0, ANN, 1, 0, 1, NOW]]
    second = mirror.block(
        mirror.link("MemberAdmitted", OTHER, b"KR".ljust(32, b"\0"), REGISTRY, ANN),
        mirror.link("MemberAdmitted", STRANGER, b"XX".ljust(32, b"\0"), REGISTRY, ANN),
    )
    assert second.added["member"] == [[2, "KR", 1, ANN, 2, 0, 2, NOW]]
    edition = b"\x0f" * 20
    mirror.block(
        mirror.link("SuccessionProposed", 1, edition, EDITION, 9000, REGISTRY, ANN),
        mirror.link("SuccessionAccepted", 1, REGISTRY, ANN),
    )
    accepted = mirror.block(mirror.link("SuccessionAccepted", 1, OTHER, BEN))
    assert accepted.added["succession"] == [[1, edition, EDITION, 9000, 1, 2, None, 0, 4, NOW]]
    assert accepted.added["member"] == [[2, "KR", 1, ANN, 2, 1, 4, NOW]]
    done = mirror.block(
        mirror.link("GatewaySucceeded", 1, edition),
        mirror.log("LedgerProxy", "Upgraded", edition, by=GATEWAY),
    )
    assert done.added["succession"] == [[1, edition, EDITION, 9000, 1, 2, None, 1, 5, NOW]]
    assert done.added["code"] == [[GATEWAY, edition, EDITION, 5, NOW]]
    later = mirror.block(
        mirror.link("SuccessionProposed", 2, STRANGER, EDITION, 9000, OTHER, ANN),
        mirror.link("SuccessionStopped", 2, REGISTRY, ANN),
    )
    assert later.added["succession"] == [[2, STRANGER, EDITION, 9000, 2, 0, 1, 0, 6, NOW]]


def test_a_report_counts_in_one_programme(mirror: Projected) -> None:
    changes = mirror.block(
        mirror.link("ReportClaimed", WORD, OTHER),
        mirror.link("ReportClaimed", EDITION, STRANGER),
    )
    assert changes.added["report_claim"] == [(WORD, 2, 1)]


# ---- agreements and terms -------------------------------------------------------------------


def test_terms_are_kept_as_proposed_and_as_they_came_into_force(mirror: Projected) -> None:
    first = mirror.block(*proposed(mirror, REGISTRY, OTHER))
    assert first.added["link"] == [(2, 1, 1, 2, ANN, 1), (3, 1, 2, 1, ANN, 1)]
    assert first.added["link_proposal"] == [[2, 1, 2, 1, NOW], [3, 1, 3, 1, NOW]]
    again = mirror.block(*proposed(mirror, REGISTRY, OTHER))
    assert "link" not in again.added
    accepted = mirror.block(
        mirror.link("AgreementAccepted", 1, EDITION, BEN),
        mirror.link("TermsInForce", 2, 1, terms(), BEN, ANN),
    )
    (kept,) = accepted.added["link_terms"]
    assert kept[:-3] == (
        *(2, 1, 1, "2", "3", 1000, 0, "", 1, 0, 1, 10, 20, 99, "50,99", 6, 2000, 2100),
        *(bytes(32), KEPT, None, None, None, BEN, ANN),
    )
    assert accepted.added["link_state"] == [[2, 1, 0, 0, 3, NOW]]
    assert accepted.closed["link_proposal"] == [(2, 2)]
    editions = [row[:5] for changes in (first, accepted) for row in changes.added["link_edition"]]
    assert editions == [(1, 2, EDITION, 0, ANN), (1, 1, EDITION, 1, BEN)]


def test_a_category_of_zero_is_not_any_category(mirror: Projected) -> None:
    nothing = (CONDITION[0], 1, [bytes(32)])
    changed = (*terms()[:-1], [nothing])
    agreed(mirror)
    changes = mirror.block(mirror.link("TermsProposed", 2, 2, changed, OTHER, 5000, BEN))
    (kept,) = changes.added["link_terms"]
    assert kept[19] == f"{CONDITION[0].hex()} 1 {'00' * 32}"
    assert (kept[21], kept[22]) == (5000, 2)  # deadline and side


def test_proposed_terms_are_withdrawn(mirror: Projected) -> None:
    agreed(mirror)
    mirror.block(mirror.link("TermsProposed", 2, 2, terms(), REGISTRY, 5000, ANN))
    changes = mirror.block(mirror.link("TermsWithdrawn", 2, REGISTRY, ANN))
    assert changes.closed["link_proposal"] == [(2, 3)]


def test_terms_that_wait_come_into_force_when_their_time_has_come(mirror: Projected) -> None:
    agreed(mirror)
    waits = mirror.block(mirror.link("TermsAccepted", 2, terms(quota=900), 1005, BEN))
    assert waits.added["link_waiting"] == [[2, 1005, 3, 1, 900, 0, 3, NOW]]
    assert waits.added["link_terms"][0][1:3] == (2, 2)  # the version that they will be, and waiting
    lowered = mirror.block(
        mirror.link("WaitingQuotaLowered", 2, 400, ANN),
        mirror.link("TermsInForce", 2, 2, terms(quota=500), ANN, ANN),  # a lowered quota
    )
    assert lowered.added["link_waiting"] == [[2, 1005, 3, 1, 400, 0, 4, NOW]]
    came = mirror.block(mirror.link("TermsInForce", 2, 3, terms(quota=400), BEN, ANN))
    assert came.closed["link_waiting"] == [(2, 4)]
    assert "link_waiting" not in came.added
    assert came.added["link_state"] == [[2, 3, 0, 0, 5, NOW]]


def test_each_side_suspends_for_itself(mirror: Projected) -> None:
    mirror.block(*proposed(mirror, REGISTRY, OTHER))
    seen = []
    for event, side in (
        ("LinkSuspended", OTHER),
        ("LinkSuspended", REGISTRY),
        ("LinkResumed", OTHER),
        ("LinkResumed", REGISTRY),
    ):
        changes = mirror.block(mirror.link(event, 2, side, ANN))
        seen.append(changes.added["link_state"][0][2])
    assert seen == [2, 3, 1, 0]


def test_an_agreement_ends_in_both_directions(mirror: Projected) -> None:
    agreed(mirror)
    changes = mirror.block(
        mirror.link("AgreementEnding", 1, OTHER, 8000, BEN),
        mirror.link("EditionAccepted", 1, OTHER, WORD, ANN),
        mirror.link("EditionAccepted", 1, STRANGER, WORD, ANN),
    )
    assert changes.added["link_state"] == [[2, 1, 0, 8000, 3, NOW], [3, 1, 0, 8000, 3, NOW]]
    assert [row[:5] for row in changes.added["link_edition"]] == [(1, 2, WORD, 2, ANN)]


# ---- what crosses ---------------------------------------------------------------------------


def lot(mirror: Projected, number: int = 1, link: int = 2) -> RawLog:
    """Three source units of two ranges, for two."""
    data = (link, 1, 3, 1, 2, 3, 2, 3, 2, TOKEN, FOREIGN)
    return mirror.link("LotOpened", number, link, ANN, data, BEN, [(4, 2), (9, 1)])


def crossed(mirror: Projected) -> Changes:
    agreed(mirror)
    mirror.block(mirror.defined(), mirror.defined(FOREIGN, by=OTHER, home=(REGISTRY, TOKEN)))
    return mirror.block(mirror.link("QuotaUsed", 2, 20, 50, 2, 1000), lot(mirror))


def test_a_lot_and_its_quota_meter(mirror: Projected) -> None:
    changes = crossed(mirror)
    assert changes.added["meter"] == [[2, 20, 50, 2, 1000, 4, NOW]]
    (row,) = changes.added["lot"]
    assert row[:-1] == (1, 2, 1, ANN, BEN, 1, 2, 3, 1, 2, "2", "3", 4, 2)
    assert changes.added["lot_source"] == [(1, 0, 1, 4, 5, 4), (1, 2, 1, 9, 9, 4)]
    assert changes.added["lot_state"] == [[1, 3, 2, 4, NOW]]
    back = mirror.block(mirror.link("QuotaUsed", 2, 20, 50, 1, 1000))  # net terms
    assert back.added["meter"] == [[2, 20, 50, 1, 1000, 5, NOW]]
    assert back.closed["meter"] == [(2, 4)]


def test_what_a_failing_registry_does_not_settle_waits(mirror: Projected) -> None:
    crossed(mirror)
    waits = mirror.block(
        mirror.link("ForeignSettled", 1, 1, 2, HELD),
        mirror.link("SettlementWaits", 1, 4, 2, HELD, ANN),
        mirror.link("SettlementWaits", 1, 9, 1, HELD, ANN),
    )
    assert waits.added["lot_state"] == [[1, 3, 0, 5, NOW]]
    assert waits.added["lot_waiting"] == [
        [1, 4, 5, HELD, ANN, 5, NOW],
        [1, 9, 9, HELD, ANN, 5, NOW],
    ]
    settled = mirror.block(mirror.link("SourceSettled", 1, 4, 2, HELD, ANN))
    assert settled.closed["lot_waiting"] == [(1, 4, 5)]
    assert settled.added["lot_state"] == [[1, 1, 0, 6, NOW]]
    assert settled.added["lot_settlement"][0][:5] == (1, 1, 4, 5, HELD)


def test_a_freeze_abroad_until_it_is_lifted(mirror: Projected) -> None:
    crossed(mirror)
    desk = OTHER_DESKS["liens"]
    frozen = mirror.block(mirror.link("FrozenAbroad", 1, desk, 7, WORD))
    assert frozen.added["freeze_abroad"] == [[desk, 7, 1, WORD, 5, NOW]]
    lifted = mirror.block(mirror.link("LiftedAbroad", 2, desk, 7))
    assert lifted.closed["freeze_abroad"] == [(desk, 7, 5)]


# ---- strangers ------------------------------------------------------------------------------


@pytest.mark.parametrize("sides", [(STRANGER, REGISTRY), (REGISTRY, STRANGER)])
def test_links_with_others_are_left_out(mirror: Projected, sides: tuple[bytes, bytes]) -> None:
    """A member may be of another deployment; it must neither stop the node nor fill the mirror."""
    link = mirror.link
    changes = mirror.block(
        *proposed(mirror, *sides),
        link("AgreementAccepted", 1, EDITION, ANN),
        link("TermsInForce", 2, 1, terms(), ANN, ANN),
        link("TermsAccepted", 2, terms(), 5000, ANN),
        link("WaitingQuotaLowered", 2, 4, ANN),
        link("TermsWithdrawn", 2, STRANGER, ANN),
        link("LinkSuspended", 2, STRANGER, ANN),
        link("LinkResumed", 2, STRANGER, ANN),
        link("EditionAccepted", 1, sides[0], EDITION, ANN),
        link("AgreementEnding", 1, STRANGER, 5000, ANN),
        link("QuotaUsed", 2, 20, 50, 1, 1000),
        lot(mirror),
        link("ForeignSettled", 1, 1, 2, SURRENDERED),
        link("SettlementWaits", 1, 4, 2, HELD, ANN),
        link("SourceSettled", 1, 4, 2, HELD, ANN),
        link("FrozenAbroad", 1, STRANGER, 1, WORD),
        link("LiftedAbroad", 2, STRANGER, 1),
    )
    assert changes.added.keys() == {"raw_log"}
    assert changes.closed == {}

"""What events make of the mirror, one case at a time; random histories are in tests/property."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry_node.domain import events as e
from registry_node.domain.errors import Inconsistent
from registry_node.domain.references import token_id
from registry_node.domain.words import AccountStatus
from registry_node.indexer.project import project
from registry_node.indexer.view import View
from registry_node.store.changes import Changes
from registry_node.store.database import Location
from registry_node.store.state import StateReader
from registry_node.store.tables import NOW
from tests.support.ledger import GATEWAY, HOLDERS, NOBODY, REGISTRY, TOKEN
from tests.support.mirrors import open_temporary

OTHER = b"\x03" * 20
STRANGER = b"\x66" * 20
ANN, BEN, *_ = HOLDERS
HELD, ESCROWED, SURRENDERED = 1, 2, 3
TX = b"\x05" * 32
TERMS = e.Terms(2, 3, 1000, 0, 0, 0, 0, 10, 20, 5, 100, 6, 2000, 2100, (), ())


class Mirror:
    """A view over an empty database; each call of `block` is a ledger block."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.height = 0
        self.index = 0

    def event(self, cls: Any, *values: Any, by: bytes = REGISTRY) -> e.Event:
        """An event of the block that comes next."""
        self.index += 1
        made: e.Event = cls(self.height + 1, self.index, TX, by, *values)
        return made

    def link(self, cls: Any, *values: Any) -> e.Event:
        return self.event(cls, *values, by=GATEWAY)

    def block(self, *events: e.Event) -> Changes:
        self.height += 1
        return project(self.view, self.height, 1000 + self.height, events)

    def defined(
        self, token: int = TOKEN, address: bytes = REGISTRY, home: Any = (NOBODY, 0)
    ) -> e.Event:
        zero = bytes(32)
        spec: Any = (
            1 if home[0] == NOBODY else 3,
            2025,
            2025,
            2026,
            10**6,
            zero,
            zero,
            b"CN-FJ" + zero,
        )
        return self.event(e.ClassDefined, token, *spec, *home, by=address)

    def moved(
        self, sender: bytes, to: bytes, first: int, count: int, *, state: int = HELD
    ) -> e.Event:
        return self.event(e.UnitsMoved, TOKEN, sender, to, first, count, 1050, state)


@pytest.fixture
def mirror(place: Location) -> Iterator[Mirror]:
    with open_temporary(place) as database:
        for number, (code, address) in enumerate((("CN", REGISTRY), ("KR", OTHER)), 1):
            row = (number, code, code, address, bytes(20))
            database.connection.execute("INSERT INTO registry VALUES (?, ?, ?, ?, ?)", row)
        yield Mirror(View(StateReader(database.connection)))


def test_a_transfer_of_a_middle_cuts_a_block_in_three(mirror: Mirror) -> None:
    mirror.block(mirror.defined(), mirror.moved(NOBODY, ANN, 1, 100))
    changes = mirror.block(mirror.moved(ANN, BEN, 41, 20))
    assert changes.closed["unit_block"] == [(1,)]
    # id, class, first, last, owner, state, position, movement, parent, from, to
    assert changes.added["unit_block"] == [
        [2, 1, 1, 40, ANN, HELD, 1, 1, None, 2, NOW],  # keeps its place in the list
        [3, 1, 61, 100, ANN, HELD, 3, 1, None, 2, NOW],  # at the head of the sender's list
        [4, 1, 41, 60, BEN, HELD, 4, 2, 1, 2, NOW],  # at the head of the receiver's
    ]
    assert changes.closed["holding"] == [(1, ANN, 1)]
    assert changes.added["holding"] == [[1, ANN, 80, 0, 2, NOW], [1, BEN, 20, 0, 2, NOW]]
    assert "class_total" not in changes.added


def test_an_import_leaves_nothing_with_the_gateway(mirror: Mirror) -> None:
    changes = mirror.block(
        mirror.defined(), mirror.moved(NOBODY, GATEWAY, 1, 7), mirror.moved(GATEWAY, ANN, 1, 7)
    )
    assert changes.added["holding"] == [[1, ANN, 7, 0, 1, NOW]]
    assert [row[4:] for row in changes.added["unit_block"]] == [
        [GATEWAY, HELD, 1, 1, None, 1, 1],  # no length in time, but a step of the trace
        [ANN, HELD, 2, 2, 1, 1, NOW],
    ]
    assert changes.added["class_total"] == [[1, 10**6, 0, 7, 0, 0, 0, 0, 1, NOW]]


def test_escrow_counts_as_the_gateways_balance_until_it_is_used_abroad(mirror: Mirror) -> None:
    mirror.block(mirror.defined(), mirror.moved(NOBODY, ANN, 1, 10))
    escrowed = mirror.block(mirror.moved(ANN, GATEWAY, 1, 10, state=ESCROWED))
    assert escrowed.added["holding"] == [[1, GATEWAY, 10, 0, 2, NOW]]
    used = mirror.block(mirror.moved(GATEWAY, GATEWAY, 1, 4, state=SURRENDERED))
    assert used.added["holding"] == [[1, GATEWAY, 6, 0, 3, NOW]]
    assert used.added["class_total"] == [[1, 10**6, 0, 10, 6, 4, 0, 0, 3, NOW]]


def test_changes_that_cancel_out_leave_no_version(mirror: Mirror) -> None:
    mirror.block(mirror.defined(), mirror.moved(NOBODY, ANN, 1, 10))
    changes = mirror.block(mirror.moved(ANN, BEN, 1, 10), mirror.moved(BEN, ANN, 1, 10))
    assert "holding" not in changes.closed | changes.added
    assert len(changes.added["movement"]) == 2


def test_an_account_and_its_status_in_one_block_is_one_version(mirror: Mirror) -> None:
    changes = mirror.block(
        mirror.event(e.AccountOpened, ANN, 3, TX),
        mirror.event(e.AccountStatusChanged, ANN, 1, 4),
    )
    assert changes.added["account"] == [[1, ANN, 3, 4, TX, 1001, 0, 0, 1, NOW]]


def test_a_foreign_class_knows_its_origin(mirror: Mirror) -> None:
    foreign = token_id("CN.CEA-2025")
    changes = mirror.block(mirror.defined(), mirror.defined(foreign, OTHER, (REGISTRY, TOKEN)))
    home, abroad = changes.added["unit_class"]
    assert home[2:4] == ("CEA-2025", 1)
    assert home[9] == "CN-FJ"
    assert abroad[1:4] == (2, "CN.CEA-2025", 3)
    assert abroad[10] == home[0]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (lambda m: m.moved(BEN, ANN, 1, 5), "not the sender's"),
        (lambda m: m.moved(ANN, BEN, 8, 5), "not in one unit block"),
        (lambda m: m.moved(ANN, BEN, 99, 5), "not in one unit block"),
        (lambda m: m.moved(NOBODY, BEN, 99, 5), "begin at 99, not after 12"),
        (lambda m: m.moved(BEN, ANN, 11, 2), "terminal state 3"),
        (lambda m: m.event(e.CapRaised, token_id("NONE"), 1, 2), "unknown unit class"),
        (lambda m: m.event(e.AccountStatusChanged, ANN, 1, 2), "never opened"),
    ],
)
def test_an_event_that_cannot_be_stops_the_node(mirror: Mirror, event: Any, why: str) -> None:
    mirror.block(
        mirror.defined(),
        mirror.moved(NOBODY, ANN, 1, 10),
        mirror.moved(NOBODY, BEN, 11, 2),
        mirror.moved(BEN, BEN, 11, 2, state=SURRENDERED),
    )
    with pytest.raises(Inconsistent, match=why):
        mirror.block(event(mirror))


# ---- links ----------------------------------------------------------------------------------


def proposed(mirror: Mirror, first: bytes, second: bytes, number: int = 1) -> list[e.Event]:
    event = mirror.link
    return [
        event(e.AgreementProposed, number, first, second, ANN),
        event(e.TermsProposed, 2 * number, 1, TERMS, ANN),
        event(e.TermsProposed, 2 * number + 1, 1, TERMS, ANN),
    ]


def test_terms_are_kept_as_proposed_and_as_they_came_into_force(mirror: Mirror) -> None:
    mirror.block(*proposed(mirror, REGISTRY, OTHER))
    again = mirror.block(*proposed(mirror, REGISTRY, OTHER))
    assert "link" not in again.added
    accepted = mirror.block(
        mirror.link(e.AgreementAccepted, 1, BEN),
        mirror.link(e.TermsInForce, 2, 1, TERMS, BEN),
    )
    (terms,) = accepted.added["link_terms"]
    assert terms[:6] == (2, 1, 1, "2", "3", 1000)
    assert accepted.added["link_state"] == [[2, 1, 0, 3, NOW]]


def test_each_side_suspends_for_itself(mirror: Mirror) -> None:
    mirror.block(*proposed(mirror, REGISTRY, OTHER))
    seen = []
    for cls, side in (
        (e.LinkSuspended, OTHER),
        (e.LinkSuspended, REGISTRY),
        (e.LinkResumed, OTHER),
        (e.LinkResumed, REGISTRY),
    ):
        changes = mirror.block(mirror.link(cls, 2, side, ANN))
        seen.append(changes.added["link_state"][0][2])
    assert seen == [2, 3, 1, 0]


@pytest.mark.parametrize("sides", [(STRANGER, REGISTRY), (REGISTRY, STRANGER)])
def test_strangers_links_are_left_out(mirror: Mirror, sides: tuple[bytes, bytes]) -> None:
    """Anyone can propose an agreement with contracts of his own; it must not stop the node."""
    event = mirror.link
    lot: Any = (1, 3, 1, 2, 3, 2, 3, 2, TOKEN, TOKEN, ANN, ((1, 3),))
    changes = mirror.block(
        *proposed(mirror, *sides),
        event(e.AgreementAccepted, 1, ANN),
        event(e.TermsInForce, 2, 1, TERMS, ANN),
        event(e.LinkSuspended, 2, STRANGER, ANN),
        event(e.LinkResumed, 2, STRANGER, ANN),
        event(e.QuotaUsed, 2, 5, 1, 1000),
        event(e.LotOpened, 1, 2, ANN, *lot),
        event(e.ForeignSettled, 1, 1, 2, 1),
        event(e.SourceSettled, 1, 1, 3, 1, ANN),
    )
    assert changes == Changes(1)


@pytest.mark.parametrize("status", AccountStatus)
def test_only_what_forbids_more_is_stricter(status: AccountStatus) -> None:
    stricter = {
        AccountStatus.OPEN: {2, 3, 4},
        AccountStatus.SOME_TRANSACTIONS_RESTRICTED: {3, 4},
        AccountStatus.ALL_TRANSACTIONS_RESTRICTED: {4},
        AccountStatus.CLOSURE_PENDING: {4},
    }
    if status is not AccountStatus.NONE:
        found = {other for other in AccountStatus if other.is_stricter(status)}
        assert found == stricter.get(status, set())

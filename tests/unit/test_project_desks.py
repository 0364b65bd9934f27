"""What the desks' and authorities' logs make of the mirror, one case at a time: who has a role, who
speaks for a programme, and what a desk may say that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry_node.chain.decoding import EVENTS, Voice
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.indexer.digest import fold
from registry_node.queries.desks import CONTRACTS
from registry_node.store.database import Location
from registry_node.store.tables import NOW
from tests.support.ledger import AUTHORITY, REGISTRY, TOKEN
from tests.support.logs import event_abi
from tests.support.projecting import (
    ANN,
    BEN,
    DESKS,
    OTHER,
    OTHER_AUTHORITY,
    OTHER_DESKS,
    STRANGER,
    WORD,
    Projected,
    projected,
)

NEW = b"\x77" * 20
OF_DESKS = [
    (c, form.__name__) for c, (v, forms) in EVENTS.items() if v is Voice.DESK for form in forms
]


@pytest.fixture
def mirror(place: Location) -> Iterator[Projected]:
    with projected(place) as made:
        yield made


# ---- the authority --------------------------------------------------------------------------


def test_roles_are_granted_and_revoked(mirror: Projected) -> None:
    province = 2**32 + 44
    granted = mirror.block(
        mirror.authority("RoleGranted", 2, ANN, 0, 500, True),
        mirror.authority("RoleGranted", province, BEN, 0, 501, True),
        mirror.authority("RoleGranted", 2, ANN, 0, 900, False, by=OTHER_AUTHORITY),
    )
    assert granted.added["role_holder"] == [
        [1, 2, ANN, 500, 1, NOW],
        [1, province, BEN, 501, 1, NOW],
        [2, 2, ANN, 900, 1, NOW],
    ]
    again = mirror.block(mirror.authority("RoleGranted", 2, ANN, 0, 777, False))
    assert again.added.keys() == {"raw_log"}  # it has it since it got it
    revoked = mirror.block(
        mirror.authority("RoleRevoked", 2, ANN), mirror.authority("RoleRevoked", 5, ANN)
    )
    assert revoked.closed == {"role_holder": [(1, 2, ANN, 1)]}
    anew = mirror.block(mirror.authority("RoleGranted", 2, ANN, 0, 1000, True))
    assert anew.added["role_holder"] == [[1, 2, ANN, 1000, 4, NOW]]


def test_roles_exclude_each_other_in_either_order(mirror: Projected) -> None:
    changes = mirror.block(mirror.authority("RolesExcluded", 5, 2, True))
    assert changes.added["role_exclusion"] == [[1, 2, 5, 1, NOW]]
    lifted = mirror.block(mirror.authority("RolesExcluded", 2, 5, False))
    assert lifted.closed["role_exclusion"] == [(1, 2, 5, 1)]


def test_code_that_succeeds(mirror: Projected) -> None:
    edition, later = b"\x0e" * 20, b"\x0f" * 20
    first = mirror.block(mirror.log("LedgerProxy", "Upgraded", edition, by=REGISTRY))
    assert first.added["code"] == [[REGISTRY, edition, None, 1, NOW]]
    changes = mirror.block(
        mirror.log("LedgerProxy", "Upgraded", later, by=REGISTRY),
        mirror.authority("CodeSucceeded", REGISTRY, later, WORD),
        mirror.log("LedgerProxy", "Upgraded", later, by=STRANGER),
    )
    assert changes.added["code"] == [[REGISTRY, later, WORD, 2, NOW]]
    assert changes.closed["code"] == [(REGISTRY, 1)]
    lie = mirror.block(mirror.authority("CodeSucceeded", OTHER, edition, WORD))
    assert lie.added.keys() == {"raw_log"}


# ---- who speaks for a programme -------------------------------------------------------------


def placed(mirror: Projected, by: bytes) -> RawLog:
    values = (1, ANN, bytes(20), 1, TOKEN, [(1, 4)], WORD)
    return mirror.desk("liens", "LienPlaced", *values, by=by)


def adopted(mirror: Projected, by: bytes, registry: bytes, **others: bytes) -> RawLog:
    desks = {**DESKS, **others}
    return mirror.authority("ProgrammeAdopted", (registry, *desks.values()), by=by)


def test_a_replaced_desk_is_followed_from_its_naming_on(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    early = mirror.block(placed(mirror, NEW))
    assert early.added == {}
    named = mirror.block(
        placed(mirror, NEW),  # still before
        mirror.registry("DeskChanged", 2001, NEW),
        placed(mirror, NEW),
    )
    assert named.added["desk"] == [(1, NEW, 3)]
    assert named.added["office"] == [[1, "liens", NEW, 3, NOW]]
    assert named.added["setting"] == [[1, REGISTRY, "desk 2001", f"0x{NEW.hex()}", 3, NOW]]
    assert named.added["lien"] == [[1, NEW, 1, 1, ANN, bytes(20), 1, WORD, "1-4", 3, NOW]]
    assert [row[1] for row in named.added["raw_log"]] == [2, 3]
    both = mirror.block(placed(mirror, DESKS["liens"]), placed(mirror, NEW))
    assert [row[1] for row in both.added["lien"]] == [DESKS["liens"]]  # what it keeps is its own
    closed = mirror.block(mirror.registry("DeskChanged", 2001, bytes(20)))
    assert closed.closed["office"] == [(1, "liens", 3)]
    assert "office" not in closed.added
    still = mirror.block(mirror.desk("liens", "LienLifted", 1, BEN, by=NEW))
    assert still.added["lien"][0][3] == 3


@pytest.mark.parametrize(
    ("log", "offices"),
    [
        (lambda m: m.registry("HolderDeskChanged", NEW), {"holders": NEW}),
        (lambda m: m.registry("DeskChanged", 1002, NEW), {"compliance": NEW}),
        (lambda m: m.registry("DeskChanged", 1040, NEW), {"issuance": NEW}),
        (lambda m: m.registry("DeskChanged", 1041, NEW), {}),
        (
            lambda m: adopted(m, AUTHORITY, REGISTRY, liens=NEW),
            {"proposals": DESKS["proposals"]},
        ),
        (lambda m: m.desk("proposals", "StepDefined", NEW, b"abcd", (1, 2, 3, 4, 5)), {}),
    ],
)
def test_what_names_a_desk(mirror: Projected, log: Any, offices: dict[str, bytes]) -> None:
    changes = mirror.block(log(mirror))
    assert (1, NEW, 1) in changes.added["desk"]
    assert {row[1]: row[2] for row in changes.added.get("office", [])} == offices
    mirror.issued(ANN, 10)
    assert "lien" in mirror.block(placed(mirror, NEW)).added


def test_a_desk_names_no_other(mirror: Projected) -> None:
    """The steps that two people take are of the proposal desk that was deployed."""
    step = (NEW, b"abcd", (1, 2, 3, 4, 5))
    changes = mirror.block(mirror.desk("proposals", "StepDefined", *step, by=DESKS["liens"]))
    assert "desk" not in changes.added


@pytest.mark.parametrize("contract", [REGISTRY, OTHER, OTHER_AUTHORITY])
def test_a_contract_of_another_sort_is_made_no_desk(mirror: Projected, contract: bytes) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(mirror.registry("DeskChanged", 2001, contract), placed(mirror, contract))
    assert not {"desk", "lien"} & changes.added.keys()
    mirror.block(mirror.registry("AccountOpened", BEN, 3, WORD, 0))  # and goes on to be what it is


def test_a_desk_that_two_programmes_name_speaks_for_both(mirror: Projected) -> None:
    mirror.block(
        mirror.defined(),
        mirror.defined(by=OTHER),
        mirror.registry("DeskChanged", 2001, NEW),
        mirror.registry("DeskChanged", 2001, NEW, by=OTHER),
    )
    changes = mirror.block(placed(mirror, NEW))
    assert [(*row[:2], row[6]) for row in changes.added["lien"]] == [(1, NEW, 1), (2, NEW, 2)]
    assert len(changes.added["raw_log"]) == 1


def test_a_desk_speaks_for_its_own_programme(mirror: Projected) -> None:
    mirror.issued(ANN, 10)
    changes = mirror.block(placed(mirror, OTHER_DESKS["liens"]))
    assert changes.added.keys() == {"raw_log"}  # KR has no such class


# ---- a desk that lies -----------------------------------------------------------------------


def hostile(mirror: Projected, contract: str, event: str, number: int) -> list[RawLog]:
    """Logs of an event as no honest contract writes them: every number `number`, and then cut."""

    def value_of(item: dict[str, Any]) -> Any:
        kind = item["type"]
        if kind.endswith("[]"):
            return [value_of({**item, "type": kind[:-2]})] * 2
        if kind == "tuple":
            return tuple(map(value_of, item["components"]))
        if kind.startswith("uint"):
            return min(number, 2 ** int(kind[4:]) - 1)
        plain: dict[str, Any] = {"address": ANN, "bool": True, "bytes": b"\xff", "bytes4": b"abcd"}
        return plain.get(kind, WORD)

    desk = next(name for name, of in CONTRACTS.items() if of == contract)
    values = [value_of(item) for item in event_abi(contract, event)["inputs"]]
    log = mirror.desk(desk, event, *values)
    forms = [log, log._replace(data=log.data + bytes(32)), log._replace(topics=log.topics[:32])]
    if log.data:
        forms.append(log._replace(data=log.data[:-1]))
        forms.append(log._replace(data=b"\xff" * len(log.data)))
        forms.append(log._replace(data=bytes(len(log.data))))
    return [form._replace(log_index=index) for index, form in enumerate(forms)]


@pytest.mark.parametrize(("contract", "event"), OF_DESKS, ids=[event for _, event in OF_DESKS])
def test_a_desk_that_lies_does_not_stop_the_node(
    mirror: Projected, contract: str, event: str
) -> None:
    """Nor does what it says, once and again, keep the mirror from being written."""
    mirror.block(mirror.defined(), mirror.defined(1))
    for number in (0, 1, 2**39, 2**61 - 1, 2**61, 2**64 - 1, 2**256 - 1):
        for _ in range(2):
            logs = hostile(mirror, contract, event, number)
            changes = mirror.block(*logs)
            assert len(changes.added["raw_log"]) == len(logs)  # what it said is on record
            fold(bytes(32), bytes(32), 0, changes)
            mirror.write(changes)


LIMIT: tuple[Any, ...] = (0, 0, 7, 0, 4, 0, False, bytes(32), bytes(32), [])


@pytest.mark.parametrize(
    "changes",
    [
        {0: 7},  # a base that there is not
        {0: 5, 3: 0},  # counts its own units
        {5: 3},
        {9: [(WORD, 4, [WORD])]},
        {9: [(WORD, 0, [])]},
    ],
)
def test_limits_that_mean_nothing_are_left_out(mirror: Projected, changes: dict[int, Any]) -> None:
    limit = tuple(changes.get(place, value) for place, value in enumerate(LIMIT))
    honest = mirror.block(mirror.desk("compliance", "LimitsDefined", 2025, [LIMIT]))
    assert len(honest.added["compliance_limit"]) == 1
    lied = mirror.block(mirror.desk("compliance", "LimitsDefined", 2025, [limit]))
    assert lied.added.keys() == {"raw_log"}


def test_a_desks_word_on_its_code_has_no_form_either(mirror: Projected) -> None:
    log = mirror.log("LedgerProxy", "Upgraded", NEW, by=DESKS["liens"])
    changes = mirror.block(log._replace(topics=log.topics[:32], data=log.topics[32:]))
    assert changes.added.keys() == {"raw_log"}
    log = mirror.log("LedgerProxy", "Upgraded", NEW, by=REGISTRY)
    with pytest.raises(Inconsistent, match="its event's form"):
        mirror.block(log._replace(topics=log.topics[:32], data=log.topics[32:]))


@pytest.mark.parametrize(
    ("name", "event", "values"),
    [
        ("issuance", "VerificationRecorded", (WORD, 7, 10, ANN)),
        ("issuance", "Entitled", (ANN, 2025, 7, 0, 0, 10)),
        ("issuance", "AllocationRecorded", (1, 7, ANN, BEN, 10, 2025, 0, WORD)),
        ("issuance", "ExcessReturned", (ANN, 2025, 7, 0, 10)),
        ("issuance", "CorrectionDecided", (7, 1, 10)),
        ("issuance", "IssuanceCorrected", (7, 1, 10)),
        ("liens", "LienPlaced", (1, ANN, BEN, 1, 7, [(1, 2)], WORD)),
        ("holders", "TradeSettled", (ANN, WORD, 7, ANN, BEN, 10, False)),
    ],
)
def test_what_a_desk_says_of_classes_that_there_are_not_is_left_out(
    mirror: Projected, name: str, event: str, values: tuple[Any, ...]
) -> None:
    changes = mirror.block(mirror.desk(name, event, *values))
    assert changes.added.keys() == {"raw_log"}


@pytest.mark.parametrize("ranges", [[], [(0, 0)], [(5, 0), (9, 0)]])
def test_a_lien_of_no_units_is_released(mirror: Projected, ranges: list[tuple[int, int]]) -> None:
    mirror.issued(ANN, 10)
    values = (1, ANN, BEN, 1, TOKEN, ranges, WORD)
    for log in (
        mirror.desk("liens", "LienPlaced", *values),
        mirror.desk("liens", "LienReleased", 1, 1, 4),
        mirror.desk("liens", "LienReleased", 1, 9, 4),
    ):
        for lien in mirror.block(log).added.get("lien", []):
            for part in filter(None, lien[8].split(",")):  # as a reader takes it apart
                assert len([int(n) for n in part.replace("--", "-").split("-")]) == 2
    assert mirror.block(mirror.desk("liens", "LienReleased", 1, 0, 0)).closed["lien"]


# ---- desks that do not lie ------------------------------------------------------------------


def test_a_lien_is_extended_and_released_from_its_end(mirror: Projected) -> None:
    mirror.issued(ANN, 100)
    seen = [
        mirror.block(log).added["lien"][0][8]
        for log in (
            mirror.desk("liens", "LienPlaced", 1, ANN, BEN, 2, TOKEN, [(1, 10), (21, 5)], WORD),
            mirror.desk("liens", "LienExtended", 1, [(41, 60)]),
            mirror.desk("liens", "LienReleased", 1, 3, 91),
            mirror.desk("liens", "LienReleased", 1, 2, 23),
            mirror.desk("liens", "LienReleased", 1, 1, 4),
        )
    ]
    assert seen == ["1-10,21-25", "1-10,21-25,41-100", "1-10,21-25,91-100", "1-10,23-25", "4-10"]


def test_an_allocation_counts_against_what_its_operator_is_entitled_to(mirror: Projected) -> None:
    mirror.issued(BEN, 100)
    line = (ANN, 2025, TOKEN, 0)
    mirror.block(mirror.desk("issuance", "Entitled", *line, 0, 60))
    given = mirror.block(
        mirror.desk("issuance", "AllocationRecorded", 1, TOKEN, ANN, BEN, 50, 2025, 0, bytes(32)),
        mirror.desk("issuance", "AllocationRecorded", 2, TOKEN, ANN, BEN, 9, 0, 2, WORD),  # sold
    )
    entitlement = [1, DESKS["issuance"], ANN, 2025, 1, 0]
    assert given.added["entitlement"] == [[*entitlement, 60, 50, 3, NOW]]
    back = mirror.block(
        mirror.desk("issuance", "ReversalDecided", 1, BEN, 30),
        mirror.desk("issuance", "AllocationReversed", 1, 20),
        mirror.desk("issuance", "ExcessReturned", *line, 4),
    )
    assert back.added["entitlement"] == [[*entitlement, 60, 26, 4, NOW]]
    head = [1, DESKS["issuance"], 1, 1, ANN, 1003]
    assert back.added["allocation"] == [[*head, 30, 2025, 0, bytes(32), BEN, 10, 4, NOW]]


def test_a_limit_that_is_defined_anew_leaves_none_of_the_old_ones(mirror: Projected) -> None:
    def limit(points: int) -> tuple[Any, ...]:
        return (1, points, 0, 0, 4, 0, False, bytes(32), bytes(32), [])

    mirror.block(mirror.desk("compliance", "LimitsDefined", 2025, [limit(n) for n in (1, 2, 3)]))
    changes = mirror.block(mirror.desk("compliance", "LimitsDefined", 2025, [limit(1)]))
    key = (1, DESKS["compliance"], 2025)
    assert changes.closed["compliance_limit"] == [(*key, 1, 1), (*key, 2, 1)]
    assert "compliance_limit" not in changes.added


def test_a_surrender_can_be_reversed_until_its_window_ends(mirror: Projected) -> None:
    mirror.issued(ANN, 100)
    rules = (9000, 0, 2020, 2025, 70, 0, 0, 2, 1, False)
    mirror.block(mirror.desk("compliance", "YearDefined", 2025, rules))
    surrendered = ("Surrendered", ANN, 2025, TOKEN)
    once = mirror.block(mirror.desk("compliance", *surrendered, 10, 10))
    assert once.added["obligation"][0][4:-2] == [0, 0, 0, 0, 10, *[0] * 6, 1003 + 70, None, None]
    reversed_ = mirror.block(mirror.desk("compliance", *surrendered, 0, 4))
    assert reversed_.added["obligation"][0][8] == 4
    assert reversed_.added["obligation"][0][15] == 1003 + 70


@pytest.mark.parametrize("name", ["proposal", "request"])
def test_what_takes_two_goes_through_its_states(mirror: Projected, name: str) -> None:
    call = b"abcd" + bytes(32)
    desk, made, rest = (
        ("proposals", "ProposalMade", (call, WORD, 2000))
        if name == "proposal"
        else ("holders", "RequestMade", (REGISTRY, call, 2000))
    )
    parties = (REGISTRY, ANN) if name == "proposal" else (ANN, ANN)
    word = made.removesuffix("Made")
    ended = "Stopped" if name == "proposal" else "Cancelled"
    rows = [
        mirror.block(log).added[name][0]
        for log in (
            mirror.desk(desk, made, 1, *parties, *rest),
            mirror.desk(desk, f"{word}Approved", 1, BEN, 1500, 2500),
            mirror.desk(desk, f"{word}Executed", 1, ANN),
            mirror.desk(desk, made, 2, *parties, *rest),
            mirror.desk(desk, f"{word}{ended}", 2, BEN),
        )
    ]
    assert [(row[-4], row[-3]) for row in rows] == [
        (1, None),
        (2, None),
        (3, ANN),
        (1, None),
        (4, BEN),
    ]
    assert all(call.hex() in row for row in rows)
    assert rows[0][:3] == [1, DESKS[desk], 1]

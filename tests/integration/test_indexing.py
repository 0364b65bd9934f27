"""Indexing a real chain: the mirror agrees with the contracts, and says so when it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, check_contracts
from registry_node.domain.errors import Inconsistent, InvalidInput, NotFound, Unavailable
from registry_node.indexer.runner import Indexer, Status
from registry_node.indexer.verify import verify
from registry_node.queries.quotas import quote_transfer
from registry_node.queries.snapshot import Directory, Reader
from registry_node.store.database import Location, open_reader, open_writer
from registry_node.store.tables import NOW, fact_tables, tables, version_tables
from tests.support.deployed import CEA, NOBODY
from tests.support.mirrors import dump, first_difference
from tests.support.mirrors import spoil as spoil_rows
from tests.support.places import KINDS, Places
from tests.support.world import World


def index(client: ChainClient, deployment: Deployment, path: Location) -> Status:
    with open_writer(path, synchronous="OFF") as database:
        return Indexer(client, deployment, database).sync()


@pytest.fixture(scope="module")
def indexed(client: ChainClient, deployment: Deployment, places: Places) -> Location:
    """A mirror of the whole world. What `spoil` changes in it is put back."""
    place = places.new()
    status = index(client, deployment, place)
    assert status.lag == 0
    return place


Spoil = Callable[[str], int]


@pytest.fixture
def spoil(indexed: Location) -> Iterator[Spoil]:
    """Changes rows of the mirror for the time of a test; how many were changed."""
    before: dict[str, list[tuple[Any, ...]]] = {}
    with open_writer(indexed, synchronous="OFF") as database:

        def change(statement: str) -> int:
            name = next(word for word in statement.split() if word in tables())
            if name not in before:
                rows = database.connection.execute(f"SELECT * FROM {name}").fetchall()
                before[name] = rows
            return spoil_rows(database.connection, statement)

        yield change
        with database.connection.transaction():
            for name, rows in before.items():
                database.connection.execute(f"DELETE FROM {name}")
                database.connection.insert(tables()[name], rows)


def test_there_are_no_differences(
    client: ChainClient, deployment: Deployment, indexed: Location
) -> None:
    report = verify(client, indexed, deployment=deployment)
    assert [str(d) for d in report.differences] == []
    kinds = {
        "account",
        "allocation",
        "balance",
        "block",
        "claim",
        "class",
        "closure",
        "code",
        "correction",
        "count",
        "digest",
        "document",
        "edition",
        "encumbered",
        "entitlement",
        "exclusion",
        "exclusions",
        "header",
        "lien",
        "limit",
        "link",
        "list",
        "lot",
        "lot waiting",
        "member",
        "meta",
        "movement",
        "obligation",
        "operator",
        "origin",
        "paid share",
        "parent",
        "proposal",
        "proposed",
        "quota",
        "quota sum",
        "registry",
        "representative",
        "request",
        "role",
        "settings",
        "settler",
        "succession",
        "terms",
        "total",
        "trusted",
        "verification",
        "waiting",
        "year",
    }
    kinds |= {f"invariant {n}" for n in (1, 2, 3, 7, 8)}
    assert set(report.compared) == kinds


def test_nor_at_any_earlier_height(
    client: ChainClient, indexed: Location, deployment: Deployment, world: World
) -> None:
    last = verify(client, indexed).height
    heights = range(deployment.start_block, last)
    for height in list(filter(world.desks_are_themselves, heights))[::5]:
        report = verify(client, indexed, at=height)
        assert [str(d) for d in report.differences] == [], height


@pytest.mark.parametrize(("link", "versions"), [(2, 4), (4, 1)])
def test_quotes_are_the_gateways_at_every_height(
    world: World, deployment: Deployment, indexed: Location, link: int, versions: int
) -> None:
    """Whatever terms are in force, a share of a cap and those whose notice has passed included."""
    reader = Reader(indexed, Directory(deployment.gateway.address))
    quote = world.gateway.functions.quote(link, CEA, 301, NOBODY, NOBODY)
    seen = set()
    with closing(open_reader(indexed)) as connection:
        rows = connection.execute("SELECT number FROM header ORDER BY number")
        heights = [number for (number,) in rows]
    for height in heights[::5]:
        with reader.snapshot(height) as snapshot:
            try:
                told = quote_transfer(snapshot, str(link), "CEA-2025", 301)
            except NotFound:  # no such link or class yet
                continue
        asked = quote.call(block_identifier=height)
        ours = [told["terms_version"], told["source_quantity"], told["destination_quantity"]]
        ours += [told["quota"], told["quota_used"]]
        if told["restriction"] != "LINK_UNKNOWN":
            assert [int(value) for value in ours] == list(asked[:5]), height
        assert told["restriction_code"] == asked[7], height
        seen.add(asked[0])
    assert len(seen) >= versions


def test_every_table_is_used(indexed: Location) -> None:
    """So that the comparison says something about each."""
    with closing(open_reader(indexed)) as connection:
        for table in [*fact_tables(), *version_tables()]:
            count = connection.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0]
            assert count > 0, table.name


def test_a_height_that_the_mirror_does_not_have(client: ChainClient, indexed: Location) -> None:
    with pytest.raises(NotFound, match="999999"):
        verify(client, indexed, at=999_999)


def test_the_gateway_holds_its_escrow_and_nothing_else(
    client: ChainClient, deployment: Deployment, indexed: Location
) -> None:
    with closing(open_reader(indexed)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT c.symbol FROM holding h JOIN unit_class c ON c.id = h.class_id"
            " WHERE h.address = ?",
            (deployment.gateway.address,),
        ).fetchall()
    assert rows == [("CEA-2025",)]


CORRUPTIONS = {
    "account": "UPDATE account SET status = 5 WHERE status = 1 AND to_height = {now}",
    "class": "UPDATE unit_class SET vintage = 1999 WHERE id = 1",
    "origin": "UPDATE unit_class SET origin_class_id = 2 WHERE origin_class_id = 1",
    "total": "UPDATE class_total SET cap = cap + 1 WHERE to_height = {now} AND class_id = 1",
    "balance": "UPDATE holding SET balance = balance + 1 WHERE to_height = {now}",
    "block": "UPDATE unit_block SET owner = zeroblob(20) WHERE to_height = {now} AND state = 4",
    "list": "UPDATE unit_block SET position = -position WHERE to_height = {now} AND state = 1",
    "movement": "UPDATE movement SET recipient = zeroblob(20)",
    "parent": "UPDATE unit_block SET parent_id = NULL",
    "verification": "UPDATE verification SET quantity = 7",
    "link": "UPDATE link_state SET suspended_by = 2 WHERE to_height = {now} AND link_id = 2",
    "terms": "UPDATE link_terms SET quota = 1 WHERE stage = 1",
    "quota": "UPDATE meter SET used = used - 1 WHERE to_height = {now}",
    "lot": "UPDATE lot_state SET outstanding = outstanding + 1 WHERE to_height = {now}",
    "waiting": "UPDATE link_waiting SET quota = 1 WHERE to_height = {now}",
    "encumbered": "UPDATE holding SET encumbered = 1 WHERE to_height = {now}",
    "proposal": "UPDATE proposal SET approver = zeroblob(20) WHERE to_height = {now}",
    "allocation": "UPDATE allocation SET year = 1999 WHERE to_height = {now}",
    "paid share": "UPDATE paid_share SET bought = 0 WHERE to_height = {now}",
    "year": "UPDATE compliance_limit SET amount = amount + 1 WHERE to_height = {now}",
    "obligation": "UPDATE obligation SET debt = 7 WHERE to_height = {now}",
    "limit": "UPDATE compliance_limit SET unit_types = 14 WHERE to_height = {now}",
    "lien": "UPDATE lien SET ranges = '1-2' WHERE to_height = {now}",
    "trusted": "UPDATE holder_grant SET value = 9 WHERE kind = 'trusted' AND to_height = {now}",
    "settler": "UPDATE holder_grant SET value = 9 WHERE kind = 'settler' AND to_height = {now}",
    "representative": (
        "UPDATE holder_grant SET value = 3 WHERE kind = 'representative' AND to_height = {now}"
    ),
    "request": "UPDATE request SET account = zeroblob(20) WHERE to_height = {now}",
    "role": "UPDATE role_holder SET address = zeroblob(20) WHERE to_height = {now}",
    "exclusion": "DELETE FROM role_exclusion",
    "code": "UPDATE code SET edition = zeroblob(20) WHERE to_height = {now}",
    "document": "UPDATE document SET document = zeroblob(32)",
    "operator": "UPDATE operator_approval SET round = round + 1 WHERE to_height = {now}",
    "member": "UPDATE member SET succession = 0",
    "succession": "UPDATE succession SET done = 0 WHERE to_height = {now}",
    "claim": "UPDATE report_claim SET registry_id = 2",
    "edition": "UPDATE link_edition SET edition_hash = zeroblob(32)",
    "proposed": "DELETE FROM link_proposal",
    "lot waiting": "UPDATE lot_waiting SET last = last + 1 WHERE to_height = {now}",
    "entitlement": "UPDATE entitlement SET entitled = entitled + 1 WHERE to_height = {now}",
    "closure": "UPDATE closure SET recipient = zeroblob(20)",
    "correction": "UPDATE correction SET correcting = correcting + 1 WHERE to_height = {now}",
    "exclusions": "DELETE FROM excluded_classes",
    "settings": "UPDATE setting SET value = '7' WHERE name = 'transfer-size-limit'",
    "invariant 1": "DELETE FROM unit_block WHERE to_height = {now} AND first = 1",
    "invariant 2": "UPDATE holding SET balance = balance - 1 WHERE to_height = {now}",
    "invariant 3": "UPDATE class_total SET surrendered = surrendered + 1 WHERE to_height = {now}",
    "invariant 7": "UPDATE lot_state SET escrowed = 0 WHERE to_height = {now}",
    "invariant 8": "UPDATE meter SET quota = 1 WHERE to_height = {now}",
}
LOSSES = {
    "a holding": ("DELETE FROM holding", "invariant 2"),
    "a lot": ("DELETE FROM lot WHERE id = 2", "lot"),
    "a lot's source": ("DELETE FROM lot_source WHERE lot_id = 1", "lot"),
    "a link": ("DELETE FROM link WHERE id = 3", "link"),
    "a quota meter": ("DELETE FROM meter", "quota"),
    "a total": ("DELETE FROM class_total WHERE class_id = 2", "invariant 3"),
    "terms in force": ("DELETE FROM link_terms WHERE stage = 1", "terms"),
    "a holder's account": (
        "DELETE FROM account WHERE address IN (SELECT address FROM holding)",
        "account",
    ),
    "each recipient's account": (
        "DELETE FROM account WHERE address IN (SELECT recipient FROM movement WHERE state = 1)",
        "account",
    ),
    "a class": ("DELETE FROM unit_class WHERE id = 1", "class"),
    "the last class": (
        "DELETE FROM unit_class WHERE id = (SELECT MAX(id) FROM unit_class)",
        "class",
    ),
    "a movement": ("DELETE FROM movement WHERE id > 20", "movement"),
}


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_corrupted_row_is_named(
    client: ChainClient, spoil: Spoil, indexed: Location, kind: str
) -> None:
    assert spoil(CORRUPTIONS[kind].format(now=NOW)) > 0
    found = {d.kind for d in verify(client, indexed).differences}
    assert kind in found


@pytest.mark.parametrize("what", LOSSES)
def test_a_lost_row_is_noticed(
    client: ChainClient, spoil: Spoil, indexed: Location, what: str
) -> None:
    statement, kind = LOSSES[what]
    assert spoil(statement) > 0
    assert kind in {d.kind for d in verify(client, indexed).differences}


@pytest.mark.parametrize(
    "parent",
    ["id", "id + 1", "999999", "(SELECT MIN(id) FROM unit_block)", "parent_id - 1", "NULL"],
)
def test_each_wrong_parent_is_noticed(
    client: ChainClient, spoil: Spoil, indexed: Location, parent: str
) -> None:
    """Of the last block that moved, and of the first."""
    for which in ("MAX", "MIN"):
        spoil(
            f"UPDATE unit_block SET parent_id = {parent} WHERE id ="
            f" (SELECT {which}(id) FROM unit_block WHERE parent_id > 3)"
        )
    differences = verify(client, indexed).differences
    assert [d.kind for d in differences] == ["parent", "parent"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (
            "UPDATE registry SET address = zeroblob(20) WHERE id = 1",
            "registry",
        ),
        ("UPDATE registry SET code = 'XX' WHERE id = 1", "registry"),
        ("UPDATE registry SET name = 'Nowhere' WHERE id = 1", "registry"),
        ("DELETE FROM registry WHERE id = 1", "registry"),
        ("UPDATE meta SET value = 'nonsense' WHERE key = 'gateway'", "meta"),
        ("DELETE FROM meta WHERE key = 'gateway'", "meta"),
        ("DELETE FROM meta WHERE key = 'chain_id'", "meta"),
    ],
)
def test_a_mirror_that_is_not_the_deployments_differs(
    client: ChainClient,
    deployment: Deployment,
    spoil: Spoil,
    indexed: Location,
    statement: str,
    kind: str,
) -> None:
    assert spoil(statement) == 1
    report = verify(client, indexed, deployment=deployment)
    assert {d.kind for d in report.differences} == {kind}


def test_an_address_without_a_contract_is_named_with_its_file(
    client: ChainClient, deployment: Deployment, indexed: Location
) -> None:
    check_contracts(client, deployment)
    nowhere = bytes(19) + b"\x77"
    first, *others = deployment.registries
    for changes in (
        {"gateway": deployment.gateway.model_copy(update={"address": nowhere})},
        {"registries": (first.model_copy(update={"address": nowhere}), *others)},
    ):
        wrong = deployment.model_copy(update=changes)
        with pytest.raises(InvalidInput, match=rf"deployment\.json: .* 0x{nowhere.hex()}"):
            verify(client, indexed, deployment=wrong)
    later = deployment.gateway.model_copy(update={"address": nowhere, "block": 10**9})
    check_contracts(client, deployment.model_copy(update={"gateway": later}))


def test_a_mirror_whose_registry_is_no_contract(
    client: ChainClient, spoil: Spoil, indexed: Location
) -> None:
    spoil("UPDATE registry SET address = zeroblob(20) WHERE id = 1")
    with pytest.raises(InvalidInput, match="no contract of this ledger at 0x0000"):
        verify(client, indexed)


def test_a_difference_names_what_differs(
    client: ChainClient, spoil: Spoil, indexed: Location
) -> None:
    spoil(f"UPDATE meter SET used = 1 WHERE to_height = {NOW}")
    difference = next(d for d in verify(client, indexed).differences if d.kind == "quota")
    assert difference.subject == "2"
    assert difference.mirror.startswith("(1, ")
    assert int(difference.ledger[1:].split(",")[0]) > 1


def test_two_mirrors_have_one_digest(
    client: ChainClient, deployment: Deployment, world: World, indexed: Location, place: Location
) -> None:
    """However the blocks came: here one at a time."""
    with open_writer(place, synchronous="OFF") as database:
        indexer = Indexer(client, deployment, database)
        indexer._range = 1
        one_by_one = indexer.sync()
    with open_writer(indexed) as database:
        assert one_by_one.digest == Indexer(client, deployment, database).status.digest


def test_another_chain_is_refused(
    client: ChainClient, deployment: Deployment, places: Places
) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"chain_id": 1}, "is on chain 31337; the deployment is on 1"),
        ({"genesis_hash": bytes(32)}, "another first block"),
    ]
    for changes, message in wrong:
        other = deployment.model_copy(update=changes)
        with pytest.raises(Inconsistent, match=message):
            index(client, other, places.new())


def test_a_mirror_of_another_deployment_is_refused(
    client: ChainClient, deployment: Deployment, indexed: Location
) -> None:
    changes: list[Callable[[], Deployment]] = [
        lambda: deployment.model_copy(update={"start_block": 0}),
        lambda: deployment.model_copy(update={"registries": deployment.registries[::-1]}),
        lambda: deployment.model_copy(update={"registries": deployment.registries[:1]}),
    ]
    for change in changes:
        with pytest.raises(InvalidInput, match=r"was made with|another deployment"):
            index(client, change(), indexed)


def test_a_chain_that_is_not_there(deployment: Deployment, place: Location) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
        index(ChainClient("http://127.0.0.1:1/secret-key"), deployment, place)
    assert "secret-key" not in str(caught.value)
    assert caught.value.hint


def test_both_stores_hold_the_same_rows(
    client: ChainClient, deployment: Deployment, all_places: dict[str, Places]
) -> None:
    found = []
    for kind in KINDS:
        with open_writer(all_places[kind].new(), synchronous="OFF") as database:
            status = Indexer(client, deployment, database).sync()
            found.append((status.digest, dump(database)))
    (digest, rows), (other_digest, other_rows) = found
    assert digest == other_digest
    assert first_difference(rows, other_rows) is None

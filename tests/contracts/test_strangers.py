"""Whoever has no account fills no desk, and of what a desk is told it keeps no more than a hash."""

from __future__ import annotations

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, FOREIGN_CEA, KAU, World
from tests.contracts.crossing import WHOLE
from tests.contracts.desks import called, propose_call, refusal, selector
from tests.contracts.holders import INITIATE, LOAN, allow
from tests.contracts.words import NOTHING, Role, State, Status

LONGEST_PROPOSAL, LONGEST_REQUEST = 65_536, 40_000
NOBODYS = "0x" + "fe" * 20  # an address that nobody has
# What keeping a call in full would cost, at the least: a new word of storage for each 32 bytes.
A_WORD = 20_000


@pytest.fixture
def scene(world: World) -> World:
    """China and Korea are linked, and Alice has ten units there. Holders may make requests."""
    world.give(world.cn, world.alice, CEA, 100)
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.cross(2, world.alice, CEA, 10, world.alice)
    allow(world)
    return world


# ---- without an account -------------------------------------------------------------------


def test_who_has_no_account_requests_nothing(scene: World) -> None:
    """Neither for itself nor for anybody else, and no representative of nobody either."""
    desk, stranger = scene.CN.holders, scene.stranger
    desk.setRepresentative(stranger, scene.broker, INITIATE, by=scene.registrar)
    data = called(desk, "trust", stranger, scene.bob)
    for account, caller in ((stranger, stranger), (stranger, scene.broker), (NOBODYS, stranger)):
        with refusal(scene, "AccountMissing", account):
            desk.request(account, desk, data, by=caller)
    with refusal(scene, "RightMissing", scene.alice, stranger, INITIATE):
        desk.request(scene.alice, desk, called(desk, "trust", scene.alice, stranger), by=stranger)
    assert desk.requestCount() == 0


def test_who_has_no_account_does_nothing_at_any_desk(scene: World) -> None:
    p, w, a = scene.CN, scene, scene.stranger
    pool = w.pool(w.cn)
    over = ((a, 2, 1, CEA, 5, 0, w.bob), [])
    for target, name, arguments, error in (
        (p.holders, "trust", (a, w.bob), ("AccountMissing", a)),
        (p.holders, "distrust", (a, w.bob), ("AccountMissing", a)),
        (p.holders, "authoriseSettler", (a, w.dave, True), ("AccountMissing", a)),
        (p.holders, "authoriseSettler", (a, w.dave, False), ("AccountMissing", a)),
        (p.holders, "settle", (a, []), ("NotTradingInstitution", a)),
        (p.compliance, "filePlan", (a, 2025, FILE), ("AccountUnknown", a)),
        (p.compliance, "dispute", (a, 2025, FILE), ("EmissionsStateIs", a, 2025, 0)),
        (p.compliance, "surrender", (a, 2025, CEA, 5, []), ("NotOperatorAccount", a)),
        (p.liens, "pledge", (a, CEA, 5, [], w.bob, LOAN), ("AccountCannotSend", a, 0)),
        (p.liens, "releasePledge", (a, 1), ("LienUnknown", 1)),
        (
            p.issuance,
            "returnExcess",
            (a, pool, CEA, 2025, 0, 1, []),
            ("ExcessExceeded", a, 2025, CEA, 0, 0),
        ),
        (p.issuance, "returnExcess", (a, pool, CEA, 2025, 0, 0, []), ("QuantityZero",)),
        (p.registry, "retire", (a, CEA, 5, [], NOTHING, NOTHING), ("AccountCannotSend", a, 0)),
        (p.registry, "cancel", (a, CEA, 5, [], NOTHING, NOTHING), ("AccountCannotSend", a, 0)),
        (p.registry, "safeTransferFrom", (a, w.bob, CEA, 5, b""), ("AccountCannotSend", a, 0)),
        (w.gateway, "transfer", over, ("AccountCannotSend", a, 0)),
        (
            w.gateway,
            "returnUnits",
            (a, w.kr, FOREIGN_CEA, 5, [], w.bob, 0),
            ("AccountCannotSend", a, 0),
        ),
    ):
        with refused(*error):
            target.ask(name, *arguments, by=a)


def test_what_anybody_may_do_needs_something_to_be_done(scene: World) -> None:
    p, w = scene.CN, scene
    for target, name, arguments, error in (
        (p.issuance, "claimReports", ([FILE],), ("VerificationUnknown", FILE)),
        (p.issuance, "claimReports", ([],), ("ListLength", 0, 256)),
        (p.issuance, "claimReports", ([FILE] * 257,), ("ListLength", 257, 256)),
        (p.issuance, "moveOnClosure", (w.alice, CEA), ("NotClosing", w.alice)),
        (p.issuance, "moveOnClosure", (w.stranger, CEA), ("NotClosing", w.stranger)),
        (p.liens, "continueLifting", (1,), ("LienUnknown", 1)),
        (p.compliance, "settleYear", (w.alice, 2024), ("YearUnknown", 2024)),
        (w.gateway, "settleWaiting", (1, 0, 1, WHOLE), ("NothingWaits", 1, 0)),
        (w.gateway, "succeedGateway", (1,), ("SuccessionNotOpen", 1)),
        (
            w.gateway,
            "unitsUsed",
            (FOREIGN_CEA, [(1, 5)], State.RETIRED),
            ("NotImported", w.stranger, FOREIGN_CEA, 1),
        ),
    ):
        with refused(*error):
            target.ask(name, *arguments, by=w.stranger)


def test_a_closed_account_moves_nothing(scene: World) -> None:
    """It is an account all the same: its key may end what it began, and no units move."""
    desk, erin = scene.CN.holders, scene.erin
    desk.trust(erin, scene.bob, by=erin)
    scene.set_status(scene.cn, erin, Status.CLOSED)
    desk.distrust(erin, scene.bob, by=erin)
    with refusal(scene, "AccountCannotSend", erin, Status.CLOSED):
        scene.cn.safeTransferFrom(erin, scene.bob, CEA, 1, b"", by=erin)


# ---- without a role -----------------------------------------------------------------------


def test_who_has_no_role_proposes_nothing(scene: World) -> None:
    p = scene.CN
    data = called(p.issuance, "issue", CEA, scene.state, 1, DECISION)
    for person in (scene.stranger, scene.alice, scene.guardian, scene.verifier):
        with refusal(scene, "RoleMissing", person, Role.ISSUER):
            propose_call(p, p.issuance, data, by=person)
    assert p.proposals.proposalOf(p.proposals.proposalCount() + 1).hash == NOTHING


# ---- calls that are too long --------------------------------------------------------------


def test_a_proposal_is_of_a_call_of_so_many_bytes(scene: World) -> None:
    """Before anything else is asked: whoever it comes from, whatever it is about."""
    p = scene.CN
    head = selector(p.issuance, "issue")
    longest = head + bytes(LONGEST_PROPOSAL - len(head))
    for person in (scene.issuer, scene.stranger):
        with refusal(scene, "CallTooLong", LONGEST_PROPOSAL + 1, LONGEST_PROPOSAL):
            propose_call(p, p.issuance, longest + b"\0", by=person)
    short, long = (
        p.proposals.propose(p.issuance, data, NOTHING, by=scene.issuer).gas_used
        for data in (head + bytes(32), longest)
    )
    assert long - short < LONGEST_PROPOSAL // 32 * A_WORD / 10


def test_a_request_is_of_a_call_of_so_many_bytes(scene: World) -> None:
    desk, alice = scene.CN.holders, scene.alice
    head = called(desk, "trust", alice, scene.bob)
    longest = head + bytes(LONGEST_REQUEST - len(head))
    with refusal(scene, "CallTooLong", LONGEST_REQUEST + 1, LONGEST_REQUEST):
        desk.request(alice, desk, longest + b"\0", by=alice)
    with refusal(scene, "AccountMissing", scene.stranger):
        desk.request(scene.stranger, desk, longest + b"\0", by=scene.stranger)
    short, long = (desk.request(alice, desk, data, by=alice).gas_used for data in (head, longest))
    assert long - short < LONGEST_REQUEST // 32 * A_WORD / 10


def test_the_largest_calls_of_holders_and_programmes_fit(scene: World) -> None:
    """256 named blocks in a request; 256 entitlements in a proposal."""
    p, desk, alice = scene.CN, scene.CN.holders, scene.alice
    blocks = [(2**40 - 1,) * 4] * 256
    named = called(scene.cn, "transferUnits", alice, scene.bob, CEA, blocks)
    used = called(scene.cn, "retire", alice, CEA, 256, blocks, NOTHING, NOTHING)
    for data in (named, used):
        assert len(data) < LONGEST_REQUEST
        desk.request(alice, scene.cn, data, by=alice)
    changes = [(alice, 2025, 0, KAU, 2**40 - 1, 2**40 - 1)] * 256
    entitled = called(p.issuance, "entitle", 44, changes)
    assert len(entitled) < LONGEST_PROPOSAL
    propose_call(p, p.issuance, entitled, text32("preview"), by=scene.allocator)


# ---- what is kept -------------------------------------------------------------------------


@pytest.mark.parametrize("desk_name", ["proposals", "holders"])
def test_a_desk_keeps_a_hash_and_tells_the_text(scene: World, desk_name: str) -> None:
    p, alice = scene.CN, scene.alice
    if desk_name == "holders":
        data = called(p.holders, "trust", alice, scene.bob)
        told = p.holders.request(alice, p.holders, data, by=alice).event("RequestMade")
        kept = p.holders.requestOf(told.id)
    else:
        data = called(p.issuance, "issue", CEA, scene.state, 1, DECISION)
        proposal = p.proposals.propose(p.issuance, data, FILE, by=scene.issuer)
        told = proposal.event("ProposalMade")
        kept = p.proposals.proposalOf(told.id)
    assert told.data == data
    assert not any(isinstance(value, bytes) and len(value) > 32 for value in kept)

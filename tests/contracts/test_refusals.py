"""What the ledger refuses, with which error, and that nothing changes when it does.

One person alone, too early, too late, too much, by a side door, twice.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import (
    CEA,
    DECISION,
    FILE,
    FOREIGN_CEA,
    World,
)
from tests.contracts.cast import STEPS
from tests.contracts.desks import (
    DAY,
    Control,
    Proposed,
    agreed,
    allocate,
    alone,
    approve,
    at,
    called,
    execute,
    limited,
    propose,
    propose_call,
    refusal,
    selector,
    set_delay,
    surrender,
)
from tests.contracts.words import Role, Status, ref

PERSON = {
    Role.ACCOUNT_ADMINISTRATOR: "registrar",
    Role.ISSUER: "issuer",
    Role.ALLOCATOR: "allocator",
    Role.COMPLIANCE_OFFICER: "officer",
    Role.LINK_ADMINISTRATOR: "link_cn",
    Role.COUNCIL: "root",
}
EVERY_STEP = [(part, name) for part, names in STEPS.items() for name in names]
AT_HOME = [step for step in EVERY_STEP if step[0] != "gateway"]


@pytest.fixture
def link(world: World) -> int:
    """From China to Korea, one for one."""
    out, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    return out


def target_of(world: World, part: str) -> Contract:
    return world.gateway if part == "gateway" else getattr(world.CN, part)  # type: ignore[no-any-return]


# ---- one person ---------------------------------------------------------------------------


def test_issuing_alone_is_refused(world: World) -> None:
    issuance, request = world.CN.issuance, (CEA, world.state, 100, DECISION)
    for person in (world.issuer, world.deputy, world.root, world.state, world.stranger):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(issuance, "issue", *request, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "create", *request, by=person)
    proposal = propose(world.CN, issuance, "issue", *request, by=world.issuer)
    with refusal(world, "ProposalNot", proposal, Proposed.APPROVED, Proposed.PROPOSED):
        execute(world.CN, proposal, by=world.issuer)


def test_approving_ones_own_proposal_is_refused(world: World) -> None:
    request = (CEA, world.state, 100, DECISION)
    for person in (world.issuer, world.deputy):
        proposal = propose(world.CN, world.CN.issuance, "issue", *request, by=person)
        with refusal(world, "SamePerson", proposal, person):
            approve(world.CN, proposal, by=person)
        with refusal(world, "ProposalNot", proposal, Proposed.APPROVED, Proposed.PROPOSED):
            execute(world.CN, proposal, by=person)


@pytest.mark.parametrize(("part", "name"), EVERY_STEP)
def test_one_person_decides_no_step(world: World, part: str, name: str) -> None:
    """Whoever has the role proposes; without a second person nothing comes of it."""
    target, person = target_of(world, part), getattr(world, PERSON[Role(STEPS[part][name])])
    call = selector(target, name) + bytes(32 * 24)
    proposal = propose_call(world.CN, target, call, by=person)
    with refused("SamePerson", proposal, person):
        approve(world.CN, proposal, by=person)
    with refused("ProposalNot", proposal, Proposed.APPROVED, Proposed.PROPOSED):
        execute(world.CN, proposal, by=person)
    with refused("RoleMissing", world.stranger, STEPS[part][name]):
        approve(world.CN, proposal, by=world.stranger)
    with refused("RoleMissing", world.stranger, STEPS[part][name]):
        propose_call(world.CN, target, call, by=world.stranger)


@pytest.mark.parametrize(("part", "name"), AT_HOME)
def test_one_person_takes_no_step_past_the_desk(world: World, part: str, name: str) -> None:
    target = target_of(world, part)
    call = "0x" + (selector(target, name) + bytes(32 * 24)).hex()
    for person in (getattr(world, PERSON[Role(STEPS[part][name])]), world.deputy, world.stranger):
        error: tuple[Any, ...] = ("AccessManagedUnauthorized", person)
        if part == "authority":
            error = ("AccessManagerUnauthorizedAccount", person, Role.ADMINISTRATOR)
        with refused(*error):
            world.chain.send(target.address, call, person)


def test_one_person_binds_no_programme_at_the_gateway(world: World, link: int) -> None:
    terms, absent, gateway = world.terms((9, 1)), world.ABSENT, world.gateway
    china, korea, japan = (world.consent(p) for p in world.programmes)
    gateway.proposeAgreement(world.kr, japan, terms, absent, by=world.link_kr)
    gateway.proposeTerms(link, world.cn, terms, by=world.link_cn)
    gateway.suspend(link, world.kr, by=world.link_kr)
    for person, home, name, args in (
        (world.link_cn, world.cn, "proposeAgreement", (world.cn, japan, terms, absent)),
        (world.link_jp, world.jp, "acceptAgreement", (2, korea, terms, absent)),
        (world.link_kr, world.kr, "endAgreement", (1, world.kr)),
        (world.link_kr, world.kr, "acceptEdition", (1, world.kr, china[2])),
        (world.link_kr, world.kr, "proposeTerms", (link, world.kr, terms)),
        (world.link_kr, world.kr, "acceptTerms", (link, world.kr, 2, terms)),
        (world.link_kr, world.kr, "resume", (link, world.kr)),
    ):
        with refusal(world, "NotLinkAdministrator", person, home):
            alone(gateway, name, *args, by=person)
    kept = gateway.linkOf(link)
    assert (kept.version, kept.suspendedBy, kept.endsAt) == (1, 2, 0)


# ---- the delay and the guardian -----------------------------------------------------------


def test_executing_before_the_delay_is_refused(world: World) -> None:
    p, request = world.CN, (CEA, world.state, 100, DECISION)
    set_delay(world, p, p.issuance, "issue", Role.ISSUER, DAY)
    proposal = agreed(world, p, p.issuance, "issue", *request, by=world.issuer)
    ready = p.proposals.proposalOf(proposal).readyAt
    assert ready == world.chain.time + DAY
    for person in (world.issuer, world.deputy):
        with refusal(world, "TooEarly", proposal, ready):
            execute(p, proposal, by=person)
    at(world, ready - 1)
    with refused("TooEarly", proposal, ready):
        execute(p, proposal, by=world.issuer)
    assert world.cn.totalsOf(CEA).issued == 0
    at(world, ready)
    execute(p, proposal, by=world.issuer)
    assert world.cn.totalsOf(CEA).issued == 100


@pytest.mark.parametrize("stopped_by", ["guardian", "issuer"])
def test_a_stopped_proposal_is_never_executed(world: World, stopped_by: str) -> None:
    p, request = world.CN, (CEA, world.state, 100, DECISION)
    early = propose(p, p.issuance, "issue", *request, by=world.issuer)
    late = agreed(world, p, p.issuance, "issue", *request, by=world.issuer)
    for proposal in (early, late):
        p.proposals.stop(proposal, by=getattr(world, stopped_by))
        with refusal(world, "ProposalNot", proposal, Proposed.PROPOSED, Proposed.STOPPED):
            approve(p, proposal, by=world.deputy)
        for person in (world.issuer, world.deputy):
            with refusal(world, "ProposalNot", proposal, Proposed.APPROVED, Proposed.STOPPED):
                execute(p, proposal, by=person)
        with refusal(world, "ProposalNot", proposal, Proposed.PROPOSED, Proposed.STOPPED):
            p.proposals.stop(proposal, by=world.guardian)


# ---- quotas -------------------------------------------------------------------------------


def test_a_loosened_quota_waits_its_notice(world: World) -> None:
    notice, gateway = 30 * DAY, world.gateway
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, notice=notice))
    world.give(world.cn, world.alice, CEA, 300)
    world.amend(link, world.CN, world.KR, world.terms((1, 1), quota=200, notice=notice))
    effective = gateway.scheduledTermsOf(link)[1]
    assert effective == world.chain.time + notice
    with refusal(world, "QuotaExceeded", link, 101, 100):
        world.cross(link, world.alice, CEA, 101, world.bob)
    at(world, effective - 1)
    with refused("QuotaExceeded", link, 101, 100):
        world.cross(link, world.alice, CEA, 101, world.bob)
    assert gateway.lotCount() == 0
    at(world, effective)
    world.cross(link, world.alice, CEA, 101, world.bob, version=2)
    with refusal(world, "QuotaExceeded", link, 100, 99):
        world.cross(link, world.alice, CEA, 100, world.bob)


def test_one_side_alone_loosens_no_quota(world: World) -> None:
    gateway, looser = world.gateway, world.terms((1, 1), quota=200)
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100))
    world.give(world.cn, world.alice, CEA, 300)
    with refusal(world, "QuotaNotLowered", link, 100, 200):
        gateway.lowerQuota(link, 200, by=world.link_kr)
    for side, other in ((world.KR, world.CN), (world.CN, world.KR)):
        gateway.proposeTerms(link, side.registry, looser, by=side.link_administrator)
        with refusal(world, "NotLinkAdministrator", side.proposals, other.registry):
            gateway.acceptTerms(link, other.registry, 2, looser, by=side.link_administrator)
        with refusal(world, "TermsNotProposed", link, 2):  # by the other side
            gateway.acceptTerms(link, side.registry, 2, looser, by=side.link_administrator)
    with refusal(world, "QuotaExceeded", link, 101, 100):
        world.cross(link, world.alice, CEA, 101, world.bob)


# ---- a suspended account ------------------------------------------------------------------


def by_operator(world: World, link: int) -> None:
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 10, b"", by=world.broker)


def by_batch(world: World, link: int) -> None:
    world.cn.safeBatchTransferFrom(world.alice, world.bob, [CEA], [10], b"", by=world.alice)


def by_serials(world: World, link: int) -> None:
    world.cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 1, 10)], by=world.alice)


def by_settlement(world: World, link: int) -> None:
    """The leg before it is sound, and falls with it."""
    sound = (world.erin, world.bob, CEA, 10, text32("trade 1"), False)
    legs = [sound, (world.alice, world.bob, CEA, 10, text32("trade 2"), False)]
    world.CN.holders.settle(world.dave, legs, by=world.dave)


def by_link(world: World, link: int) -> None:
    world.cross(link, world.alice, CEA, 10, world.bob)


def by_waiting_request(world: World, link: int) -> None:
    data = called(world.cn, "safeTransferFrom", world.alice, world.bob, CEA, 10, b"")
    world.CN.holders.execute(1, data, by=world.alice)


def by_surrender(world: World, link: int) -> None:
    surrender(world.CN, world.alice, CEA, 10)


def by_pledge(world: World, link: int) -> None:
    world.CN.liens.pledge(world.alice, CEA, 10, [], world.bob, FILE, by=world.alice)


@pytest.mark.parametrize(
    "way",
    [
        by_operator,
        by_batch,
        by_serials,
        by_settlement,
        by_link,
        by_waiting_request,
        by_surrender,
        by_pledge,
    ],
)
def test_a_suspended_account_sends_nothing_by_any_way(world: World, link: int, way: Any) -> None:
    holders, send = world.CN.holders, selector(world.cn, "safeTransferFrom")
    for account in (world.alice, world.erin):
        world.give(world.cn, account, CEA, 100)
        holders.authoriseSettler(account, world.dave, True, by=account)
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)
    holders.allowCall(world.cn, send, True, by=world.root)
    data = called(world.cn, "safeTransferFrom", world.alice, world.bob, CEA, 10, b"")
    holders.request(world.alice, world.cn, data, by=world.alice)
    with world.chain.restored():
        way(world, link)  # it would have been done
    world.set_status(world.cn, world.alice, Status.SUSPENDED)
    with refusal(world, "AccountCannotSend", world.alice, Status.SUSPENDED):
        way(world, link)


def test_a_suspended_account_brings_nothing_home(world: World, link: int) -> None:
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 100, world.bob)
    world.set_status(world.kr, world.bob, Status.SUSPENDED)
    with refusal(world, "AccountCannotSend", world.bob, Status.SUSPENDED):
        world.gateway.returnUnits(world.kr, FOREIGN_CEA, 10, [], world.alice, 0, by=world.bob)


# ---- a batch that repeats an id -----------------------------------------------------------


def twice(world: World, first: int, second: int) -> None:
    world.cn.safeBatchTransferFrom(
        world.alice, world.bob, [CEA, CEA], [first, second], b"", by=world.alice
    )


def test_a_batch_that_repeats_an_id_passes_no_balance(world: World) -> None:
    world.give(world.cn, world.alice, CEA, 100)
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 40, 41, CEA):
        twice(world, 60, 41)
    twice(world, 60, 40)
    assert world.cn.balanceOf(world.bob, CEA) == 100


def test_a_batch_that_repeats_an_id_passes_no_holding_limit(world: World) -> None:
    world.give(world.cn, world.alice, CEA, 300)
    limited(world, world.CN, world.bob, 100)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        twice(world, 60, 41)
    twice(world, 60, 40)
    assert world.cn.balanceOf(world.bob, CEA) == 100


def test_a_batch_that_repeats_an_id_passes_no_sale_share(world: World) -> None:
    world.cn.setSaleShare(5_000, by=world.root)
    world.cn.setAccountControls(world.alice, Control.SALE_SHARE, 0, by=world.registrar)
    allocate(world, world.CN, world.alice, 100)
    with refusal(world, "SaleShareExceeded", world.alice, 51, 50):
        twice(world, 30, 21)
    twice(world, 30, 20)
    assert world.cn.freeSalesOf(world.alice) == (100, 50, 50)

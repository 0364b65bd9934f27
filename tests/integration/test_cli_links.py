"""Commands about links on the contracts alone: terms, sides, quota periods, freezes abroad."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eth_hash.auto import keccak

from scripts.bench.evm import Contract, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.words import State, condition, ref
from tests.contracts.words import Test as Compared
from tests.support.unmirrored import Commands


def days(world: World, first: timedelta, last: timedelta) -> tuple[str, ...]:
    """--from and --until so long before and after the ledger's time."""
    today = datetime.fromtimestamp(world.chain.time, UTC).date()
    return ("--from", str(today + first), "--until", str(today + last))


def link(world: World, *more: object, rate: str = "9/10", quota: int = 1000) -> tuple[Any, ...]:
    """The words that propose terms from CN to KR, for two years."""
    lasting = days(world, timedelta(-1), timedelta(728))
    return (
        *("link", "propose", "CN", "KR", "--rate", rate, "--quota", quota, *lasting),
        *("--vintages", "2020-2030", *more),
    )


@pytest.fixture
def linked(tonnelink: Commands, contracts: World) -> int:
    """CN to KR at 9/10, agreed by the commands; the number of the link."""
    tonnelink.decided(*link(contracts), by="link_cn")
    tonnelink.decided("link", "accept", "CN_KR", by="link_kr", code="KR")
    contracts.give(contracts.cn, contracts.alice, CEA, 500)
    return 2


def send(tonnelink: Commands, quantity: int, *more: object, code: int = 0) -> Any:
    what = ("--class", "CN:CEA-2025", "--quantity", quantity, "--to", "bob")
    return tonnelink("link", "transfer", "CN_KR", *what, *more, by="alice", code=code)


# ---- terms ----------------------------------------------------------------------------------


def test_terms_say_all_that_the_ledger_keeps(tonnelink: Commands, contracts: World) -> None:
    more = (
        *("--back-rate", "1/2", "--back-quota", 7, "--net", "--freezes-abroad", "--fresh-meter"),
        *("--notice-days", 730, "--types", "credit", "--unit", "short-ton"),
        *("--only", "project-type=forestry,wind", "--only", "region=-,CN"),
        *("--except", "scheme=CER", "--at-least", "started=2013-01-01", "--at-most", "size=20"),
        *("--period-days", 365),
    )
    done = tonnelink(*link(contracts, *more), by="link_cn")
    assert done["approver_role"] == "link administrator"
    tonnelink("proposal", "approve", "CN", done["proposal"], by="deputy")
    tonnelink("proposal", "execute", "CN", done["proposal"], by="link_cn")
    terms, proposer, _ = contracts.gateway.ask("proposedTermsOf", 2)
    assert proposer == contracts.cn.address
    assert (terms.rateNumerator, terms.rateDenominator, terms.quota) == (9, 10, 1000)
    assert (terms.net, terms.freezesAbroad, terms.freshMeter) == (True, True, True)
    assert (terms.notice, terms.unitTypes, terms.unit) == (730 * 86_400, 4, text32("short-ton"))
    assert [period - terms.validFrom + 1 for period in terms.periods] == [
        365 * 86_400,
        730 * 86_400,
    ]
    assert terms.periods[-1] == terms.validUntil
    assert [tuple(one) for one in terms.conditions] == [
        condition("project-type", Compared.ANY_OF, "forestry", "wind"),
        condition("region", Compared.ANY_OF, "", "CN"),
        condition("scheme", Compared.NONE_OF, "CER"),
        condition("started", Compared.AT_LEAST, 20130101),
        condition("size", Compared.AT_MOST, 20),
    ]
    back, _, _ = contracts.gateway.ask("proposedTermsOf", 3)
    assert (back.rateNumerator, back.rateDenominator, back.quota) == (1, 2, 7)
    assert back.unit == bytes(32)
    shown = tonnelink.said("link", "accept", "CN_KR", by="link_kr")
    for words in (
        "CN proposes for number 2",
        "9/10 destination units per source unit",
        "CN proposes for number 3",
        "1/2 destination units per source unit",
        "1,000 t in each of 2 periods, net of what comes home, beginning anew",
        "short-ton",
        "project-type forestry or wind; region none or CN; scheme not CER;",
        "started from 20130101; size up to 20",
        "730 days",
    ):
        assert words in shown


def test_a_cut_period_is_refused_unless_it_is_said_what_becomes_of_it(
    tonnelink: Commands, contracts: World
) -> None:
    long = ("--period-days", 300)
    told = tonnelink(*link(contracts, *long), by="link_cn", code=2)
    assert "is shorter than the others" in told["message"]
    found = {}
    for rest in ("longer", "shorter"):
        tonnelink.decided(*link(contracts, *long, "--last-period", rest), by="link_cn")
        terms, _, _ = contracts.gateway.ask("proposedTermsOf", 2)
        found[rest] = [(end - terms.validFrom + 1) // 86_400 for end in terms.periods]
    assert found == {"longer": [300, 730], "shorter": [300, 600, 730]}
    tonnelink.decided(*link(contracts), by="link_cn")  # no length: one quota for all the time
    terms, _, _ = contracts.gateway.ask("proposedTermsOf", 2)
    assert terms.periods == [terms.validUntil]


def test_a_notice_is_at_most_two_years(tonnelink: Commands, contracts: World) -> None:
    assert (
        "730" in tonnelink(*link(contracts, "--notice-days", 731), by="link_cn", code=2)["message"]
    )


def test_consent_names_the_partner_and_its_code(tonnelink: Commands, contracts: World) -> None:
    other = ("--edition", "0x" + "12" * 32)
    told = tonnelink(*link(contracts, *other), by="link_cn", code=4)
    assert told["message"].startswith("KR is another than was consented to")
    edition = "0x" + contracts.gateway.editionOf(contracts.kr).hex()
    tonnelink.decided(*link(contracts, "--edition", edition), by="link_cn")
    told = tonnelink("link", "accept", "CN_KR", *other, by="link_kr", code=4)
    assert told["message"].startswith("CN is another than was consented to")


def test_what_is_proposed_can_be_withdrawn(tonnelink: Commands, contracts: World) -> None:
    tonnelink.decided(*link(contracts), by="link_cn")
    told = tonnelink("link", "withdraw", "CN_KR", by="link_kr", code=4)
    assert told["message"] == f"link_kr ({contracts.link_kr}) may not speak for CN in this."
    tonnelink("link", "withdraw", "CN_KR", by="link_cn")
    told = tonnelink("link", "accept", "CN_KR", by="link_kr", code=3)
    assert told["message"] == "No terms are proposed for CN_KR."


# ---- a link in force ------------------------------------------------------------------------


def test_units_cross_and_come_home(tonnelink: Commands, contracts: World, linked: int) -> None:
    done = send(tonnelink, 101)
    assert done["lot"] == 1
    assert contracts.kr.balanceOf(contracts.bob, FOREIGN_CEA) == 90
    told = send(tonnelink, 2000, code=4)
    assert "the import quota of this period is too small" in told["message"]
    assert "910 of 1,000 t of the import quota are left" in told["hint"]
    told = send(tonnelink, 410, code=4)  # the ledger asks about the sender too
    assert "the sender has too few units at its disposal" in told["message"]
    back = ("--class", "KR:CN.CEA-2025", "--quantity", 90, "--to", "alice", "--accept", 100)
    tonnelink("link", "return", *back, by="bob")
    assert contracts.cn.balanceOf(contracts.alice, CEA) == 500
    home = ("--class", "CN:CEA-2025", "--quantity", 1, "--to", "bob")
    assert (
        "not a foreign class" in tonnelink("link", "return", *home, by="alice", code=3)["message"]
    )


def test_a_side_acts_as_itself(tonnelink: Commands, contracts: World, linked: int) -> None:
    tonnelink("link", "suspend", "CN_KR", by="link_kr")
    assert contracts.gateway.linkOf(linked).suspendedBy == 2
    assert "the link is suspended" in send(tonnelink, 10, code=4)["message"]
    told = tonnelink("link", "resume", "CN_KR", "--side", "JP", by="link_kr", code=2)
    assert told["hint"] == "Its sides are CN and KR."
    tonnelink.decided("link", "resume", "CN_KR", by="link_cn")  # which had not suspended it
    assert contracts.gateway.linkOf(linked).suspendedBy == 2
    tonnelink.decided("link", "resume", "CN_KR", by="link_kr", code="KR")
    send(tonnelink, 10)
    tonnelink("link", "lower-quota", "CN_KR", 9, by="link_kr")
    assert contracts.gateway.meterOf(linked)[1] == 9
    told = tonnelink("link", "lower-quota", "CN_KR", 5, by="link_cn", code=4)
    assert told["message"] == f"link_cn ({contracts.link_cn}) may not speak for KR in this."


def test_new_terms_are_proposed_by_either_side(
    tonnelink: Commands, contracts: World, linked: int
) -> None:
    order = link(contracts, rate="1/2")
    tonnelink.decided(*order, by="link_kr", code="KR")
    told = tonnelink("link", "accept", "CN_KR", by="link_kr", code=4)
    assert "does not have the role 'link administrator'" in told["message"]
    tonnelink.decided("link", "accept", "CN_KR", by="link_cn")
    assert contracts.gateway.termsOf(linked).rateDenominator == 2
    told = tonnelink(*order, "--back-rate", "1", by="link_cn", code=2)
    assert "one direction at a time" in told["message"]


def test_an_agreement_ends_and_is_made_anew(
    tonnelink: Commands, contracts: World, linked: int
) -> None:
    tonnelink.decided("link", "end", "CN_KR", by="link_cn")
    told = send(tonnelink, 10, code=4)
    assert "the link agreement has ended" in told["message"]
    contracts.chain.rpc("evm_mine")
    tonnelink.decided(*link(contracts, rate="1/2"), by="link_cn")
    tonnelink.decided("link", "accept", "CN_KR", by="link_kr", code="KR")
    assert contracts.gateway.agreementCount() == 2
    send(tonnelink, 10)
    assert contracts.kr.balanceOf(contracts.bob, FOREIGN_CEA) == 5


def test_other_code_is_accepted_by_name(tonnelink: Commands, contracts: World, linked: int) -> None:
    edition = _succeed(contracts)
    told = send(tonnelink, 10, code=4)
    assert "a side's code was succeeded" in told["message"]
    order = ("link", "accept-edition", "CN_KR")
    told = tonnelink(*order, by="link_cn", code=2)
    assert edition in told["message"]
    tonnelink.decided(*order, "--edition", edition, by="link_cn")
    send(tonnelink, 10)


def _succeed(world: World) -> str:
    """KR's registry runs other code from now on; the hash of it."""
    records = world.chain.deploy("RegistryRecords")
    code: Contract = world.chain.deploy("UnitRegistry", records)
    runtime = bytes.fromhex(world.chain.rpc("eth_getCode", code.address, "latest")[2:])

    p = world.KR
    p.authority.succeed(p.registry, code, keccak(runtime), b"", by=world.root)
    return "0x" + world.gateway.editionOf(p.registry).hex()


def test_a_programme_is_admitted(tonnelink: Commands, contracts: World) -> None:
    told = tonnelink("link", "admit", "CN", "JP", by="link_cn", code=4)
    assert told["message"] == "JP cannot be admitted as JP."


# ---- freezes and what waits -----------------------------------------------------------------


def test_a_freeze_reaches_abroad_where_the_terms_say_so(
    tonnelink: Commands, contracts: World
) -> None:
    tonnelink.decided(*link(contracts, "--freezes-abroad"), by="link_cn")
    tonnelink.decided("link", "accept", "CN_KR", by="link_kr", code="KR")
    contracts.give(contracts.cn, contracts.alice, CEA, 500)
    send(tonnelink, 100)
    order = ("link", "freeze-abroad", "--units", "KR:CN.CEA-2025:11-20", "--account", "bob")
    tonnelink(*order, "--reason", "case 17", by="officer")
    assert contracts.kr.blockAt(FOREIGN_CEA, 11).state == State.ENCUMBERED
    tonnelink.decided("link", "lift-abroad", "CN_KR", 1, by="link_cn")
    assert contracts.kr.blockAt(FOREIGN_CEA, 11).state == State.HELD
    told = tonnelink(*order[:3], "CN:CEA-2025:1", "--account", "alice", by="officer", code=3)
    assert told["message"] == "CN:CEA-2025:1 did not come over a link."


def test_a_freeze_stays_home_otherwise(tonnelink: Commands, contracts: World, linked: int) -> None:
    send(tonnelink, 100)
    order = ("link", "freeze-abroad", "--units", "KR:CN.CEA-2025:11-20", "--account", "bob")
    told = tonnelink(*order, by="officer", code=4)
    assert (
        told["message"]
        == "The terms of number 2 do not let a freeze of the source reach units abroad."
    )
    mark = ("lien", "freeze-returning", "--units", "CN:CEA-2025:401-410")
    tonnelink(*mark, by="officer")
    back = ("--class", "KR:CN.CEA-2025", "--quantity", 90, "--to", "alice")
    tonnelink("link", "return", *back, by="bob")
    assert contracts.cn.encumberedOf(contracts.alice, CEA) == 10


def test_what_waits_is_settled(tonnelink: Commands, contracts: World, linked: int) -> None:
    send(tonnelink, 100)
    contracts.cn.restrictAccount(contracts.erin, 4, by=contracts.officer)
    back = ("--class", "KR:CN.CEA-2025", "--quantity")
    for quantity in (30, 27):
        tonnelink("link", "return", *back, quantity, "--to", "erin", by="bob")
    waiting = contracts.gateway.waitingOf(1)
    assert len(waiting) == 2
    told = tonnelink("link", "settle-waiting", 1, by="stranger", code=4)
    assert "cannot receive units" in told["message"]
    contracts.set_status(contracts.cn, contracts.erin, 1)
    done = tonnelink("link", "settle-waiting", 1, by="stranger")["done"]
    assert len(done) == 2
    assert contracts.cn.balanceOf(contracts.erin, CEA) == sum(one.count for one in waiting)
    told = tonnelink("link", "settle-waiting", 1, by="stranger", code=3)
    assert told["message"] == "Nothing of lot 1 waits for its registry."


def test_what_freezes_have_cut_up_is_settled_in_parts(
    tonnelink: Commands, contracts: World
) -> None:
    tonnelink.decided(*link(contracts, rate="1/1"), by="link_cn")
    tonnelink.decided("link", "accept", "CN_KR", by="link_kr", code="KR")
    contracts.give(contracts.cn, contracts.alice, CEA, 150)
    send(tonnelink, 150)
    marks = [ref(first, first + 1, 1) for first in range(1, 140, 2)]
    contracts.CN.liens.freezeReturning(CEA, marks, text32("case 17"), by=contracts.officer)
    kept = ("--class", "KR:CN.CEA-2025", "--units", "KR:CN.CEA-2025:1-3", "--to", "erin")
    tonnelink("link", "return", *kept, by="bob")
    back = ("--class", "KR:CN.CEA-2025", "--quantity", 147, "--to", "erin")
    tonnelink("link", "return", *back, by="bob")
    assert [tuple(w)[:2] for w in contracts.gateway.waitingOf(1)] == [(4, 147)]
    done = tonnelink("link", "settle-waiting", 1, by="stranger")["done"]
    # Serials 4 to 139 are in 136 blocks, 140 to 150 in another: 64, 64 and 9 of them.
    assert [sum(int(moved["quantity"]) for moved in one["moved"]) for one in done] == [64, 64, 19]
    assert contracts.gateway.waitingOf(1) == []
    assert contracts.cn.balanceOf(contracts.erin, CEA) == 150

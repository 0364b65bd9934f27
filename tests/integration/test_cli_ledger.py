"""Every command that writes, on the contracts alone: what a mirror knows is asked of the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_hash.auto import keccak

from scripts.bench.editions import DESKS
from scripts.bench.evm import text32
from scripts.ledger.programme import ORDERED_BY
from tests.contracts.actors import CEA, World
from tests.contracts.words import Kind, State, Status
from tests.support.unmirrored import Commands

NAMED = ("--class", "CN:CEA-2025")


def of(quantity: int) -> tuple[object, ...]:
    return (*NAMED, "--quantity", quantity)


def holds(world: World, account: str) -> int:
    return int(world.cn.balanceOf(getattr(world, account, account), CEA))


# ---- issuing and handing out ------------------------------------------------------------------


def test_units_are_issued_entitled_and_allocated(tonnelink: Commands, contracts: World) -> None:
    order = ("issue", *of(1000), "--to", "allocation", "--evidence", "D 1")
    tonnelink.decided(*order, by="issuer")
    told = tonnelink(*order, by="issuer", code=4)
    assert told["message"] == "Allowances of CEA-2025 were issued under the decision D 1 already."
    give = ("--from", "allocation", "--to", "alice", "--year", 2025)
    entitled = ("entitle", "alice", *NAMED, "--year", 2025, "--quantity")
    tonnelink.decided(*entitled, 300, by="allocator")
    told = tonnelink("allocate", *of(1000), *give, by="allocator", code=4)
    assert "for 2025 (initial) are more than" in told["message"]
    assert "still entitled to: 300 t" in told["message"]
    tonnelink.decided(*entitled, 1000, "--was", 300, by="allocator")
    assert tonnelink("allocate", *of(1000), *give, by="allocator")["allocation"] == 1
    assert holds(contracts, "alice") == 1000
    told = tonnelink(*entitled, 1, "--was", 300, by="allocator", code=4)
    assert "is 1,000 t, not what the decision takes it for" in told["message"]
    later = (*of(1), *give, "--kind", "adjustment")
    assert "(adjustment)" in tonnelink("allocate", *later, by="allocator", code=4)["message"]


def test_a_sale_is_delivered_once(tonnelink: Commands, contracts: World) -> None:
    contracts.issue(contracts.cn, CEA, 100)
    order = ("deliver", *of(60), "--from", "allocation", "--to", "bob", "--sale", "A-17")
    tonnelink.decided(*order, by="allocator")
    assert holds(contracts, "bob") == 60
    told = tonnelink(*order, by="allocator", code=4)
    assert told["message"].startswith("The sale A-17 was delivered to bob")


def test_an_excess_goes_back(tonnelink: Commands, contracts: World) -> None:
    contracts.issue(contracts.cn, CEA, 100)
    contracts.allocate(contracts.CN, contracts.alice, 80)
    cut = ("entitle", "alice", *NAMED, "--year", 2025, "--quantity", 50)
    tonnelink.decided(*cut, by="allocator")
    back = ("--year", 2025, "--to", "allocation")
    told = tonnelink("return-excess", *of(31), *back, by="alice", code=4)
    assert told["hint"] == "Name 30 t at most."
    done = tonnelink("return-excess", *of(30), *back, by="alice")
    assert done["moved"][0]["transaction_type"] == "10-42"
    assert holds(contracts, "alice") == 50


def test_an_allocation_is_reversed_in_parts(tonnelink: Commands, contracts: World) -> None:
    contracts.issue(contracts.cn, CEA, 100)
    contracts.allocate(contracts.CN, contracts.alice, 80)
    order = ("reversal", "propose", "CN", 1, "--quantity", 30, "--to", "allocation")
    named = ("--units", "CN:CEA-2025:21-30")
    tonnelink.decided(*order, *named, by="allocator")
    assert holds(contracts, "alice") == 70
    more = ("reversal", "continue", "CN", 1)
    tonnelink(*more, "--units", "CN:CEA-2025:31-35", by="allocator")
    assert holds(contracts, "alice") == 65
    assert "Took back 15 t" in tonnelink.said(*more, by="allocator")
    assert holds(contracts, "alice") == 50
    assert "Nothing is decided" in tonnelink(*more, by="allocator", code=4)["message"]
    contracts.cn.safeTransferFrom(contracts.alice, contracts.bob, CEA, 40, b"", by=contracts.alice)
    tonnelink.decided(*order, by="allocator")  # of which 10 t are there
    assert contracts.CN.issuance.allocationOf(1).reversing == 20
    tonnelink.decided("reversal", "end", "CN", 1, by="allocator")
    assert contracts.CN.issuance.allocationOf(1).reversing == 0


def test_an_issuance_is_corrected_in_parts(tonnelink: Commands, contracts: World) -> None:
    contracts.issue(contracts.cn, CEA, 100)
    order = ("correction", "propose", "CN:CEA-2025", 1, "--quantity", 20)
    tonnelink.decided(*order, by="issuer")
    more = ("correction", "continue", "CN:CEA-2025", 1)
    assert "No serials" in tonnelink(*more, by="issuer", code=2)["message"]
    tonnelink(*more, "--units", "CN:CEA-2025:91-100", by="issuer")
    assert contracts.cn.totalsOf(CEA).cancelled == 10
    told = tonnelink(*more, "--units", "CN:CEA-2025:1-11", by="issuer", code=4)
    assert "11 t are more than can be cancelled" in told["message"]


def test_the_programme_s_own_units(tonnelink: Commands, contracts: World) -> None:
    contracts.issue(contracts.cn, CEA, 100)
    tonnelink("account", "open", "CN", "--purpose", "reserve", by="registrar")
    reserve = contracts.cn.systemAccount(text32("reserve"))
    order = ("pool", "move", *of(40), "--from", "allocation", "--to")
    done = tonnelink(*order, "reserve", by="allocator")
    assert (done["moved"][0]["transaction_type"], holds(contracts, reserve)) == ("10-51", 40)
    document = ("--document", "0x" + "12" * 32)
    told = tonnelink(*order, "reserve", *document, by="allocator", code=2)
    assert "Nothing is proposed here" in told["message"]
    tonnelink.decided(*order, "state", by="allocator")
    assert holds(contracts, "state") == 40
    tonnelink("account", "open", "CN", "--purpose", "north", "--province", 7, by="registrar")
    north = contracts.cn.systemAccount(text32("north"))
    assert contracts.cn.accountOf(north).province == 7
    tonnelink.decided(*order[:-3], "--from", "reserve", "--to", "north", by="allocator")
    assert (holds(contracts, reserve), holds(contracts, north)) == (0, 40)
    lapse = ("pool", "cancel", *of(15), "--from", "north", "--decision", "lapsed")
    tonnelink.decided(*lapse, by="allocator")
    assert (holds(contracts, north), contracts.cn.totalsOf(CEA).cancelled) == (25, 15)


# ---- the desks ------------------------------------------------------------------------------


def test_the_desk_in_office_is_followed(tonnelink: Commands, contracts: World) -> None:
    """Desks are found by what the ledger says, not by what was deployed."""
    p, cn, root = contracts.CN, contracts.cn, contracts.root

    def followed() -> dict[str, str]:
        ledger = tonnelink.node().ledger
        return {name: ledger.desk("CN", name).address.lower() for name in DESKS}

    old = {name: getattr(p, name) for name in DESKS}
    assert followed() == {name: desk.address for name, desk in old.items()}
    new = {name: contracts.editions.desk(name, p.authority, cn) for name in DESKS}
    contracts.give(cn, contracts.alice, CEA, 60)
    for number, name in ORDERED_BY.items():
        if name == "liens":
            cn.setDesk(number, new[name], by=root)
    liens = {**old, "liens": new["liens"]}
    p.authority.adoptProgramme((cn, *liens.values()), by=root)
    assert followed() == {name: desk.address for name, desk in liens.items()}
    tonnelink("lien", "freeze", *of(20), "--account", "alice", by="officer")
    assert [desk.lienCount() for desk in (old["liens"], new["liens"])] == [0, 1]
    for number, name in ORDERED_BY.items():
        cn.setDesk(number, new[name], by=root)
    cn.setHolderDesk(new["holders"], by=root)
    now = {**new, "proposals": old["proposals"]}  # which no other desk succeeds
    p.authority.adoptProgramme((cn, *now.values()), by=root)
    assert followed() == {name: desk.address for name, desk in now.items()}


# ---- two people -----------------------------------------------------------------------------


def test_a_proposal_keeps_the_hash_of_its_document(
    tonnelink: Commands, contracts: World, tmp_path: Path
) -> None:
    report = tmp_path / "report.txt"
    report.write_bytes(b"what it would do\n")
    order = ("issue", *of(5), "--to", "allocation", "--evidence", "D 1")
    done = tonnelink(*order, "--document", report, by="issuer")
    assert done["approver_role"] == "issuer"
    made = contracts.chain.log(contracts.CN.proposals, "ProposalMade", done["proposal"])
    assert made.document == keccak(b"what it would do\n")
    number = done["proposal"]
    told = tonnelink("proposal", "approve", "CN", number, by="issuer", code=4)
    assert (
        told["message"]
        == f"issuer ({contracts.issuer}) made number {number} and cannot approve it too."
    )
    tonnelink("proposal", "approve", "CN", number, by="deputy")
    tonnelink("proposal", "execute", "CN", number, by="deputy")
    assert contracts.cn.totalsOf(CEA).issued == 5
    for wrong in ("0x12", tmp_path / "missing.txt"):
        told = tonnelink(*order, "--document", wrong, by="issuer", code=2)
        assert "is not a hash" in told["message"] or "There is no file" in told["message"]
    assert "the role 'issuer' approves it" in tonnelink.said(
        *order[:-1], "D 2", "--document", "0x" + "12" * 32, by="issuer"
    )


def test_what_was_not_proposed_is_not_approved(tonnelink: Commands, contracts: World) -> None:
    order = ("issue", *of(5), "--to", "allocation", "--evidence", "D 1")
    number = tonnelink(*order, by="issuer")["proposal"]
    told = tonnelink.mirror.proposal(None, "CN", number)
    for change in ({"call": told["call"] + "00"}, {"document": "0x" + "12" * 32}):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tonnelink.mirror, "changes", change)
            error = tonnelink("proposal", "approve", "CN", number, by="deputy", code=4)
        assert error["message"] == f"Proposal {number} says something else than was read."
    tonnelink("proposal", "approve", "CN", number, by="deputy")


def test_who_approves_may_be_a_province(tonnelink: Commands, contracts: World) -> None:
    p, root = contracts.CN, contracts.root
    contracts.open(contracts.cn, contracts.stranger, Kind.OPERATOR, province=44)
    p.authority.grantRole(2**32 + 44, contracts.broker, 0, by=root)
    entitle = bytes.fromhex(p.issuance.data("entitle", 0, [])[2:10])
    p.proposals.defineStep(p.issuance, entitle, (3, 10, 0, 86_400, 1), by=root)
    order = ("entitle", "stranger", *NAMED, "--year", 2025, "--quantity", 9)
    done = tonnelink(*order, by="allocator")
    assert done["approver_role"] == "province 44"
    told = tonnelink("proposal", "approve", "CN", done["proposal"], by="deputy", code=4)
    assert "does not have the role 'province 44'" in told["message"]
    tonnelink("proposal", "approve", "CN", done["proposal"], by="broker")


def test_requests_repeat_the_call(tonnelink: Commands, contracts: World) -> None:
    desk, me = contracts.CN.holders, contracts.alice
    contracts.give(contracts.cn, me, CEA, 50)
    for person, rights in ((contracts.broker, 1), (contracts.stranger, 2)):
        desk.setRepresentative(me, person, rights, by=contracts.registrar)
    transfer = bytes.fromhex(contracts.cn.data("safeTransferFrom", me, me, 0, 0, b"")[2:10])
    desk.allowCall(contracts.cn, transfer, True, by=contracts.root)
    contracts.cn.setAccountControls(me, 2, 0, by=contracts.registrar)
    order = ("transfer", *of(20), "--from", "alice", "--to", "bob")
    told = tonnelink(*order, by="alice", code=4)
    assert "the sender acts through two representatives" in told["message"]
    number = tonnelink(*order, "--request", by="broker")["request"]
    told = tonnelink("request", "approve", "CN", number, by="broker", code=4)
    assert "may not approve for alice" in told["message"]
    tonnelink("request", "approve", "CN", number, by="stranger")
    tonnelink("request", "execute", "CN", number, by="broker")
    assert holds(contracts, "bob") == 20


# ---- accounts -------------------------------------------------------------------------------


def test_accounts_are_opened_by_one_or_two(tonnelink: Commands, contracts: World) -> None:
    order = ("account", "open", "CN", contracts.stranger, "--file-hash", "file 9", "--province", 3)
    tonnelink.decided(*order, "--kind", "trading-institution", by="registrar")
    found = contracts.cn.accountOf(contracts.stranger)
    assert (found.kind, found.province) == (Kind.TRADING_INSTITUTION, 3)
    order = ("account", "open", "CN", contracts.broker, "--file-hash", "file 8")
    assert "proposal" not in tonnelink(*order, by="registrar")
    assert contracts.cn.accountOf(contracts.broker).kind == Kind.OPERATOR
    tonnelink.decided("account", "province", "CN", "alice", 11, by="registrar")
    assert contracts.cn.accountOf(contracts.alice).province == 11


def test_an_account_is_closed_out(tonnelink: Commands, contracts: World) -> None:
    contracts.give(contracts.cn, contracts.alice, CEA, 50)
    status = ("account", "status", "CN", "alice")
    assert "proposal" not in tonnelink(*status, "suspended", by="officer")
    out = ("account", "close-out", "CN", "alice", "--to", "allocation")
    assert "is not about to close" in tonnelink(*out, by="registrar", code=4)["message"]
    tonnelink.decided(*status, "closure-pending", by="registrar")
    tonnelink.decided(*out, by="registrar")
    order = ("account", "move-out", "CN", "alice", "--class", "CEA-2025")
    done = tonnelink(*order, by="broker")
    assert done["moved"][0]["transaction_type"] == "10-91"
    tonnelink.decided(*status, "closed", by="registrar")
    assert contracts.cn.accountOf(contracts.alice).status == Status.CLOSED


def test_an_approval_is_ended(tonnelink: Commands, contracts: World) -> None:
    cn, me, other = contracts.cn, contracts.alice, contracts.broker
    contracts.give(cn, me, CEA, 50)
    cn.setApprovalForAll(other, True, by=me)
    order = ("transfer", *of(1), "--from", "alice", "--to", "bob")
    tonnelink(*order, by="broker")
    tonnelink("account", "end-approval", "CN", other, by="alice")
    assert not cn.isApprovedForAll(me, other)
    told = tonnelink(*order, by="broker", code=4)
    assert "may not move the units of alice" in told["message"]


# ---- using units ----------------------------------------------------------------------------


def test_a_use_has_a_short_text_and_the_hash_of_a_long_one(
    tonnelink: Commands, contracts: World, tmp_path: Path
) -> None:
    contracts.give(contracts.cn, contracts.alice, CEA, 50)
    whole = tmp_path / "claim.txt"
    whole.write_text("for whom, and why" * 100)
    tonnelink("retire", *of(5), "--memo", "a fair", "--text-file", whole, by="alice")
    head = contracts.chain.rpc("eth_getLogs", {"address": contracts.cn.address})
    used = [contracts.chain.decode_log(log) for log in head][-1]
    assert used.name == "UnitsUsed"
    assert used.args.memo == text32("a fair")
    assert used.args.text == keccak(whole.read_bytes())
    long = ("cancel", *of(5), "--memo", "more than the ledger shows of a text")
    told = tonnelink(*long, by="alice", code=2)
    assert told["hint"] == "Keep it short, and give the whole text with --text-file."
    assert holds(contracts, "alice") == 45


def test_serials_are_named_in_whichever_list_they_are(
    tonnelink: Commands, contracts: World
) -> None:
    cn, me = contracts.cn, contracts.alice
    for quantity in (5, 300, 5000, 7, 20, 400, 6):  # in four lists, none of them in order
        contracts.give(cn, me, CEA, quantity)
    blocks = [(b.first, b.count) for b in cn.blocksOf(CEA, me, 0, 20)]
    assert [count for _, count in blocks] == [5000, 400, 300, 20, 6, 7, 5]
    names = []
    for first, count in (blocks[2], blocks[6], blocks[3], blocks[5]):
        names += ["--units", f"CN:CEA-2025:{first}-{first + count - 1}"]
    done = tonnelink("transfer", *names, "--to", "bob", by="alice")
    assert [moved["units"] for moved in done["moved"]] == names[1::2]
    assert holds(contracts, "bob") == 300 + 5 + 20 + 7


# ---- liens ----------------------------------------------------------------------------------


def test_a_freeze_takes_more_than_one_call(tonnelink: Commands, contracts: World) -> None:
    cn, me = contracts.cn, contracts.alice
    contracts.give(cn, me, CEA, 60)
    freeze = ("lien", "freeze", *of(100), "--account", "alice", "--reason", "case 17")
    assert "Froze 60 of 100 t of alice" in tonnelink.said(*freeze, by="officer")
    contracts.give(cn, me, CEA, 50)
    tonnelink("lien", "extend", 1, *of(40), by="officer")
    assert cn.encumberedOf(me, CEA) == 100
    credit = contracts.define(cn, "CCER-2025", unit_type=2)
    contracts.credits(cn, me, credit, 5)
    other = ("lien", "extend", 1, "--class", "CN:CCER-2025", "--quantity", 5)
    assert "is not about CCER-2025" in tonnelink(*other, by="officer", code=4)["message"]
    assert "no lien 9" in tonnelink("lien", "extend", 9, *of(1), by="officer", code=3)["message"]
    tonnelink.decided("lien", "unfreeze", "CN", 1, by="officer")
    assert cn.encumberedOf(me, CEA) == 0


def test_lifting_goes_on(tonnelink: Commands, contracts: World) -> None:
    cn, me = contracts.cn, contracts.alice
    contracts.give(cn, me, CEA, 600)
    for first in range(1, 600, 2):  # 300 blocks of one unit
        cn.transferUnits(me, contracts.bob, CEA, [(first - 1 or 1, 0, first, 1)], by=me)
    freeze = ("lien", "freeze", *of(300), "--account", "bob")
    done = tonnelink(*freeze, by="officer")
    assert (done["lien"], cn.encumberedOf(contracts.bob, CEA)) == (1, 256)
    tonnelink("lien", "extend", 1, *of(44), by="officer")
    tonnelink.decided("lien", "unfreeze", "CN", 1, by="officer")
    assert cn.encumberedOf(contracts.bob, CEA) == 44
    assert "Set 44 t free" in tonnelink.said("lien", "continue", "CN", 1, by="stranger")


def test_units_come_back_frozen(tonnelink: Commands, contracts: World) -> None:
    cn, me = contracts.cn, contracts.alice
    contracts.give(cn, me, CEA, 60)
    pledge = ("lien", "pledge", "--units", "CN:CEA-2025:11-40", "--to", "bob")
    assert tonnelink(*pledge, by="alice")["lien"] == 1
    order = ("lien", "freeze-returning", "--units")
    told = tonnelink(*order, "CN:CEA-2025:5-20", by="officer", code=4)
    assert "neither abroad nor pledged" in told["message"]
    tonnelink(*order, "CN:CEA-2025:21-25", "--reason", "case 17", by="officer")
    told = tonnelink(*order, "CN:CEA-2025:21-25", by="officer", code=4)
    assert told["message"] == "CEA-2025 from serial 21 on is frozen already."
    tonnelink("lien", "release", "CN", 1, by="bob")
    states = {first: cn.blockAt(CEA, first).state for first in (11, 21, 26)}
    assert states == {11: State.HELD, 21: State.ENCUMBERED, 26: State.HELD}


# ---- trades ---------------------------------------------------------------------------------


def test_a_trade_is_settled_once(tonnelink: Commands, contracts: World, tmp_path: Path) -> None:
    contracts.give(contracts.cn, contracts.alice, CEA, 50)
    tonnelink("account", "authorise", "CN", "dave", by="alice")
    trades = tmp_path / "trades.csv"
    columns = "from,to,class,quantity,trade"
    trades.write_text(f"{columns}\nalice,bob,CEA-2025,3,T-1\nalice,bob,CEA-2025,4,T-2\n")
    tonnelink("settle", "CN", trades, by="dave")
    assert holds(contracts, "bob") == 7
    told = tonnelink("settle", "CN", trades, by="dave", code=4)
    assert told["message"] == f"dave ({contracts.dave}) settled the trade T-1 already."
    contracts.CN.holders.setSettings((0, 0, 86_400, 0, 10), by=contracts.root)
    trades.write_text(f"{columns}\nalice,bob,CEA-2025,10,T-3\n")
    told = tonnelink("settle", "CN", trades, by="dave", code=4)
    assert "from 10 t on trades are negotiated" in told["message"]
    trades.write_text(f"{columns},negotiated\nalice,bob,CEA-2025,10,T-3,yes\n")
    tonnelink("settle", "CN", trades, by="dave")
    trades.write_text(f"{columns},negotiated\nalice,bob,CEA-2025,10,T-4,perhaps\n")
    assert "Say yes or no." in tonnelink("settle", "CN", trades, by="dave", code=2)["hint"]

"""The command line on a small ledger: what it writes, what it refuses, and that `verify` agrees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_node.cli.context import Node
from registry_node.cli.main import run
from registry_node.config import Settings
from tests.support.deployed import SECOND
from tests.support.home import Home

Command = Callable[..., Any]


@pytest.fixture
def tonnelink(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command; what it says in JSON. Brings the mirror level before and after."""
    for name in ("RPC_URL", "PORT", "KEY_PASSWORD_FILE", "DATABASE"):
        monkeypatch.delenv(f"TONNELINK_{name}", raising=False)
    monkeypatch.setenv("TONNELINK_HOME", str(home.path))

    def command(*arguments: str, code: int = 0) -> Any:
        assert run(["index", "--once"]) == 0
        capsys.readouterr()
        assert run([*arguments, "--json"]) == code
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return json.loads(err if code > 1 else out)

    return command


def decided(tonnelink: Command, *arguments: str, code: str = "CN") -> Any:
    """A sensitive step: admin proposes it, another person approves and executes it."""
    number = str(tonnelink(*arguments, "--as", "admin")["proposal"])
    tonnelink("proposal", "approve", code, number, "--as", "second")
    return tonnelink("proposal", "execute", code, number, "--as", "second")


def balance(
    tonnelink: Command, account: str, symbol: str = "CEA-2025", registry: str = "CN"
) -> int:
    wanted = ("--registry", registry, "--class", symbol, "--account", account)
    (item,) = tonnelink("holdings", *wanted)["data"]
    return int(item["quantity"])


def test_a_transfer_by_quantity_takes_the_largest(tonnelink: Command) -> None:
    before = balance(tonnelink, "trader")
    order = ("transfer", "--class", "CN:CEA-2025", "--quantity", "100", "--to", "trader")
    done = tonnelink(*order, "--as", "plant")
    (moved,) = done["moved"]
    assert moved["quantity"] == "100"
    assert moved["transaction_type"] == "10-50"
    assert balance(tonnelink, "trader") == before + 100


def test_a_transfer_by_serials_takes_exactly_these(tonnelink: Command) -> None:
    wanted = ("--registry", "CN", "--class", "CEA-2025", "--account", "plant", "--units")
    block = tonnelink("holdings", *wanted)["data"][0]["units"]
    first = int(block.rpartition(":")[2].partition("-")[0])
    order = ["transfer", "--to", "trader", "--as", "plant"]
    names = [f"CN:CEA-2025:{first + 10}-{first + 19}", f"CN:CEA-2025:{first}-{first + 4}"]
    for name in names:
        order += ["--units", name]
    assert [moved["units"] for moved in tonnelink(*order)["moved"]] == names
    back = ["transfer", "--to", "plant", "--as", "trader", "--units", names[0]]
    assert tonnelink(*back)["moved"][0]["units"] == names[0]


def test_uses_end_units(tonnelink: Command) -> None:
    units = ("--class", "CN:CEA-2025", "--quantity", "10", "--as", "plant")
    for verb, more, state in (
        ("surrender", ("--year", "2025"), "SURRENDERED"),
        ("retire", ("--memo", "a claim"), "RETIRED"),
        ("cancel", ("--memo", "a reason"), "CANCELLED"),
    ):
        moved = tonnelink(verb, *units, *more)["moved"][-1]
        assert moved["state"] == state
        last = f"CN:CEA-2025:{moved['units'].rpartition('-')[2]}"
        step = tonnelink("trace", last)["data"]["steps"][-1]
        assert step["state"] == state
        assert step["compliance_year"] == (2025 if verb == "surrender" else None)
        assert bool(step["memo"]) == (verb != "surrender")


def test_issuance_and_allocation(tonnelink: Command) -> None:
    what = ("--class", "CN:CEA-2025", "--quantity", "500")
    done = decided(tonnelink, "issue", *what, "--to", "authority", "--evidence", "decision 2")
    assert done["moved"][0]["from"] == "0x" + "00" * 20
    entitled = ("entitle", "forest", *CEA, "--year", "2027", "--quantity", "500")
    decided(tonnelink, *entitled)
    give = ("--from", "authority", "--to", "forest", "--year", "2027")
    done = tonnelink("allocate", *what, *give, "--as", "admin")
    assert done["moved"][0]["transaction_type"] == "10-40"


def test_accounts_are_opened_and_changed(tonnelink: Command, home: Home) -> None:
    holder = "0x" + "99" * 20
    tonnelink("account", "open", "KR", holder, "--file-hash", "file 9", "--as", "admin")
    tonnelink("account", "open", "KR", "--purpose", "spare", "--as", "admin")
    shown = tonnelink("account", "show", "KR", holder)["data"]
    assert (shown["kind"], shown["status"]) == ("OPERATOR", "OPEN")
    assert tonnelink("account", "show", "KR", "spare")["data"]["purpose"] == "spare"
    decided(tonnelink, "account", "status", "KR", holder, "closed", code="KR")
    assert tonnelink("account", "show", "KR", holder)["data"]["status"] == "CLOSED"


def test_units_cross_and_come_home(tonnelink: Command) -> None:
    what = ("--class", "CN:CEA-2025", "--quantity", "301")
    quote = tonnelink("link", "quote", "CN_KR", *what)["data"]
    assert (quote["source_quantity"], quote["destination_quantity"]) == ("300", "200")
    done = tonnelink("link", "transfer", "CN_KR", *what, "--to", "mill", "--as", "mill")
    states = [(moved["state"], moved["quantity"]) for moved in done["moved"]]
    assert states == [("ESCROWED", "300"), ("HELD", "200"), ("HELD", "200")]
    assert balance(tonnelink, "mill", "CN.CEA-2025", "KR") >= 200
    back = ("--class", "KR:CN.CEA-2025", "--quantity", "100", "--to", "plant", "--as", "mill")
    done = tonnelink("link", "return", *back, "--accept", "150")
    assert done["moved"][-1]["state"] == "HELD"
    assert done["moved"][-1]["quantity"] == "150"


def test_a_transfer_over_a_link_by_serials(tonnelink: Command) -> None:
    wanted = ("--registry", "CN", "--class", "CEA-2025", "--account", "trader", "--units")
    block = tonnelink("holdings", *wanted)["data"][0]["units"]
    first = int(block.rpartition(":")[2].partition("-")[0])
    name = f"CN:CEA-2025:{first}-{first + 29}"
    order = ("link", "transfer", "CN_KR", "--to", "steel", "--as", "trader")
    done = tonnelink(*order, "--units", name)
    assert done["moved"][0]["units"] == name
    error = tonnelink(*order, "--units", f"CN:CEA-2025:{first + 40}-{first + 70}", code=2)
    assert error["hint"] == "Name exactly 30 serials."
    life = tonnelink("trace", f"CN:CEA-2025:{first}")["data"]
    assert [step["event"] for step in life["steps"]][-3:] == ["export", "conversion", "import"]


def test_terms_are_proposed_read_and_accepted(tonnelink: Command) -> None:
    tonnelink("link", "lower-quota", "CN_KR", "900000", "--as", "admin")
    assert tonnelink("quota", "CN_KR")["data"]["meter"]["quota"] == "900000"
    dates = ("--from", "2020-01-01", "--until", "2090-12-31", "--vintages", "2020-2030")
    terms = ("--rate", "0.7", "--quota", "800000", *dates)
    decided(tonnelink, "link", "propose", "CN", "KR", *terms)
    shown = tonnelink("link", "show", "CN_KR")["data"]
    proposed = shown["proposed_terms"]
    assert proposed["rate"] == {"numerator": "7", "denominator": "10"}
    assert proposed["proposed_by"] == "CN"
    before = shown["quota_meter"]
    decided(tonnelink, "link", "accept", "CN_KR", code="KR")
    shown = tonnelink("link", "show", "CN_KR")["data"]
    # Other terms give nobody a fresh quota: the meter goes on.
    assert shown["quota_meter"]["used"] == before["used"]
    assert shown["terms"]["quota"] == "800000"
    assert shown["proposed_terms"] is None
    assert tonnelink("link", "accept", "CN_KR", "--as", "admin", code=3)["error"] == "not-found"
    tonnelink("link", "suspend", "CN_KR", "--as", "admin")
    order = (
        "link",
        "transfer",
        "CN_KR",
        "--class",
        "CN:CEA-2025",
        "--quantity",
        "10",
        "--to",
        "mill",
    )
    assert "is suspended" in tonnelink(*order, "--as", "mill", code=4)["message"]
    decided(tonnelink, "link", "resume", "CN_KR")
    tonnelink(*order, "--as", "mill")


CEA = ("--class", "CN:CEA-2025")
BAD = [
    # arguments, exit code, what the message must say
    (["transfer", *CEA, "--quantity", "99999999", "--to", "trader", "--as", "plant"], 4,
     "the sender has too few units at its disposal"),
    (["surrender", *CEA, "--quantity", "99999999", "--year", "2025", "--as", "plant"], 4,
     "are needed"),
    (["transfer", *CEA, "--quantity", "1", "--to", "nobody", "--as", "plant"], 3,
     "no account 'nobody'"),
    (["transfer", *CEA, "--quantity", "1", "--to", "0x" + "11" * 20, "--as", "plant"], 4,
     "not an account there"),
    (["transfer", "--units", "CN:CEA-2025:1", "--to", "trader", "--as", "plant"], 4,
     "plant does not have CN:CEA-2025:1"),
    (["transfer", *CEA, "--quantity", "1", "--to", "trader", "--as", "nobody"], 2, "no key file"),
    (["transfer", *CEA, "--quantity", "1", "--from", "mill", "--to", "trader", "--as", "plant"], 4,
     "may not move the units of mill"),
    (["issue", *CEA, "--quantity", "1", "--to", "authority", "--evidence", "x", "--as", "plant"], 4,
     "does not have the role 'issuer'"),
    (["issue", *CEA, "--quantity", "1099511627775", "--to", "authority", "--evidence", "x",
      "--as", "admin"], 4, "would pass the cap of CEA-2025"),
    (["issue", *CEA, "--quantity", "1", "--to", "plant", "--evidence", "x", "--as", "admin"], 4,
     "not an account of the programme"),
    (["allocate", *CEA, "--quantity", "1", "--from", "plant", "--to", "mill", "--year", "2025",
      "--as", "admin"], 4, "not an account of the programme"),
    (["link", "transfer", "CN_KR", *CEA, "--quantity", "10", "--to", "mill", "--as", "mill",
      "--terms-version", "77"], 4, "terms version 77"),
    (["link", "transfer", "CN_KR", *CEA, "--quantity", "1", "--to", "mill", "--as", "mill"], 4,
     "no whole unit"),
    (["link", "transfer", "CN_KR", *CEA, "--quantity", "9000000", "--to", "mill", "--as", "mill"],
     4, "quota of this period is too small"),
    (["link", "transfer", "CN_KR", *CEA, "--quantity", "10", "--accept", "99", "--to", "mill",
      "--as", "mill"], 4, "least accepted"),
    (["link", "return", *CEA, "--quantity", "1", "--to", "plant", "--as", "mill"], 3,
     "not a foreign class"),
    (["link", "lower-quota", "CN_KR", "5", "--as", "plant"], 4, "may not speak for KR"),
    (["link", "suspend", "XX_KR", "--as", "admin"], 3, "CN, KR"),
    (["account", "open", "CN", "0x12", "--file-hash", "x", "--as", "admin"], 2, "40 hexadecimal"),
    (["account", "status", "CN", "nobody", "closed", "--as", "admin"], 3, "no account 'nobody'"),
    (["account", "status", "CN", "plant", "closed", "--as", "admin"], 4, "still holds units"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "says"), BAD, ids=lambda v: str(v)[:70])
def test_what_is_refused_changes_nothing(
    tonnelink: Command, home: Home, arguments: list[str], code: int, says: str
) -> None:
    height = home.world.web3.eth.block_number
    error = tonnelink(*arguments, code=code)
    assert says in f"{error['message']} {error['hint']}"
    assert home.world.web3.eth.block_number == height


def test_suspended_and_closed_accounts(tonnelink: Command) -> None:
    order = ("transfer", *CEA, "--quantity", "1", "--to")
    for status in ("suspended", "open", "closed"):
        change = ("account", "status", "CN", "steel", status)
        if status == "suspended":
            assert "proposal" not in tonnelink(*change, "--as", "admin")  # at once
        else:
            decided(tonnelink, *change)
        if status != "open":
            error = tonnelink(*order, "steel", "--as", "plant", code=4)
            assert f"steel is {status.upper()}" in error["hint"]
    tonnelink("account", "status", "CN", "forest", "suspended", "--as", "admin")
    error = tonnelink(
        "surrender", *CEA, "--quantity", "1", "--year", "2025", "--as", "forest", code=4
    )
    assert "its status is SUSPENDED" in error["message"]


def test_units_are_set_aside_and_set_free(tonnelink: Command) -> None:
    units = (*CEA, "--quantity", "40")
    tonnelink("lien", "freeze", *units, "--account", "trader", "--reason", "x", "--as", "admin")
    done = tonnelink("lien", "pledge", *units, "--to", "plant", "--as", "trader")
    assert {moved["state"] for moved in done["moved"]} == {"ENCUMBERED"}
    liens = tonnelink("lien", "list", "CN")["data"]
    assert [item["kind"] for item in liens] == ["freeze", "pledge"]
    assert [item["quantity"] for item in liens] == ["40", "40"]
    shown = tonnelink("account", "show", "CN", "trader")["data"]["holdings"][0]
    assert shown["encumbered"] == "80"
    assert int(shown["free"]) == int(shown["quantity"]) - 80
    number = str(liens[1]["number"])
    error = tonnelink("lien", "release", "CN", number, "--as", "trader", code=4)
    assert "not for trader" in error["message"]
    tonnelink("lien", "release", "CN", number, "--as", "plant")
    decided(tonnelink, "lien", "unfreeze", "CN", str(liens[0]["number"]))
    assert tonnelink("lien", "list", "CN")["data"] == []


def test_representatives_act_at_the_holder_desk(tonnelink: Command, home: Home) -> None:
    world, holder = home.world, home.world.actors[2]
    desk = world.desks["CN"]["holders"]
    for representative, rights in ((7, 1), (SECOND, 2)):
        world.do(desk, "setRepresentative", holder, world.actors[representative], rights)
    world.do(world.cn, "setAccountControls", holder, 1 + 2, 0)
    order = ("transfer", *CEA, "--quantity", "5", "--from", "plant", "--to", "trader")
    error = tonnelink(*order, "--as", "plant", code=4)
    assert "two representatives" in error["message"]
    before = balance(tonnelink, "trader")
    number = str(tonnelink(*order, "--request", "--as", "clerk")["request"])
    shown = tonnelink("request", "show", "CN", number)["data"]
    assert (shown["state"], shown["function"]) == ("initiated", "safeTransferFrom")
    error = tonnelink("request", "execute", "CN", number, "--as", "clerk", code=4)
    assert "is initiated, not approved" in error["message"]
    tonnelink("request", "approve", "CN", number, "--as", "second")
    assert tonnelink("request", "execute", "CN", number, "--as", "clerk")["moved"]
    assert balance(tonnelink, "trader") == before + 5
    tonnelink("account", "trust", "CN", "trader", "--for", "plant", "--request", "--as", "clerk")
    (waiting,) = tonnelink("request", "list", "CN", "--state", "initiated")["data"]
    tonnelink("request", "cancel", "CN", str(waiting["number"]), "--as", "second")
    world.do(world.cn, "setAccountControls", holder, 0, 0)
    assert run(["request", "show", "CN", number]) == 0


def test_an_institution_settles_trades(tonnelink: Command, home: Home, tmp_path: Path) -> None:
    exchange = home.world.actors[9]
    open_it = ("account", "open", "CN", exchange, "--kind", "trading-institution")
    decided(tonnelink, *open_it, "--file-hash", "an exchange")
    trades = tmp_path / "trades.csv"
    trades.write_text("from,to,class,quantity,trade\nmill,trader,CEA-2025,3,T-1\n")
    error = tonnelink("settle", "CN", str(trades), "--as", "exchange", code=4)
    assert "has not authorised exchange" in error["message"]
    tonnelink("account", "authorise", "CN", "exchange", "--as", "mill")
    assert len(tonnelink("settle", "CN", str(trades), "--as", "exchange")["moved"]) >= 1
    shown = tonnelink("account", "show", "CN", "mill")["data"]
    assert [settler["label"] for settler in shown["settlers"]] == ["exchange"]
    tonnelink("account", "revoke", "CN", "exchange", "--as", "mill")
    trades.write_text("from,to\nmill,trader\n")
    error = tonnelink("settle", "CN", str(trades), "--as", "exchange", code=2)
    assert "columns" in error["message"]


def test_obligations_and_settings_are_shown(tonnelink: Command) -> None:
    owed = tonnelink("obligations", "--registry", "CN", "--account", "plant")["data"]
    assert {item["compliance_year"] for item in owed} == {2025}
    steps = tonnelink("settings", "CN")["data"]["sensitive_steps"]
    assert ("issue", "issuer") in {(step["function"], step["approver_role"]) for step in steps}
    for command in (["obligations"], ["settings", "CN"], ["account", "show", "CN", "plant"]):
        assert run(command) == 0


def test_a_quota_may_be_a_share_of_a_cap(tonnelink: Command) -> None:
    dates = ("--from", "2020-01-01", "--until", "2090-12-31", "--vintages", "2020-2030")
    share = ("--cap-share", "2.5%", "--cap-class", "KAU-2025", "--only", "project-type=forestry")
    decided(tonnelink, "link", "propose", "CN", "KR", "--rate", "1", *share, *dates)
    shown = tonnelink("link", "show", "CN_KR")["data"]["proposed_terms"]
    assert shown["quota_share"] == {"basis_points": 250, "class": "KAU-2025"}
    assert shown["conditions"] == [
        {"attribute": "project-type", "test": "any-of", "values": ["forestry"]}
    ]
    for wrong in ((*share, "--quota", "9"), (), share[:2], ("--cap-share", "101", *share[2:4])):
        order = ("link", "propose", "CN", "KR", "--rate", "1", *wrong, *dates, "--as", "admin")
        assert tonnelink(*order, code=2)["error"] == "invalid-input"


def test_an_expired_link(tonnelink: Command, home: Home) -> None:
    past = ("--from", "2020-01-01", "--until", "2020-12-31", "--vintages", "2020-2030")
    decided(tonnelink, "link", "propose", "CN", "KR", "--rate", "1", "--quota", "9", *past)
    decided(tonnelink, "link", "accept", "CN_KR", code="KR")
    order = ("link", "transfer", "CN_KR", *CEA, "--quantity", "1", "--to", "mill")
    assert "the link has expired" in tonnelink(*order, "--as", "mill", code=4)["message"]
    gateway = home.world.gateway.functions
    class_id, nobody = int.from_bytes(b"CEA-2025".ljust(32, b"\0"), "big"), "0x" + "00" * 20
    told = gateway.quote(2, class_id, 1, nobody, nobody).call()
    quote = tonnelink("link", "quote", "CN_KR", *CEA, "--quantity", "1")["data"]
    assert (quote["restriction_code"], quote["reason"]) == (told[7], told[8])


def test_blocks_are_the_ledger_s_whether_or_not_the_mirror_is_level(
    tonnelink: Command, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    tonnelink("transfer", *CEA, "--quantity", "7", "--to", "mill", "--as", "plant")
    assert home.world.web3.eth.block_number > _indexed(home)
    holder, registry = home.world.actors[2], home.world.cn.functions
    class_id = int.from_bytes(b"CEA-2025".ljust(32, b"\0"), "big")
    first, count = registry.blocksOf(class_id, holder, 0, 1).call()[0]
    units = f"CN:CEA-2025:{first + count - 1}"
    assert run(["transfer", "--units", units, "--to", "mill", "--as", "plant", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["moved"][0]["units"] == units


def _indexed(home: Home) -> int:
    from registry_node.store.database import open_reader

    connection = open_reader(home.path / "mirror.sqlite")
    height = connection.execute("SELECT MAX(number) FROM header").fetchone()[0]
    connection.close()
    return int(height)


def test_a_desk_takes_the_place_of_another(tonnelink: Command, home: Home) -> None:
    before = home.world.desks["CN"]["liens"]
    count = before.functions.lienCount().call()
    after = home.world.replace_desk("liens", 2001, 2002, 2003)  # and freezes 3 t there
    freeze = ("lien", "freeze", *CEA, "--quantity", "4", "--account", "trader")
    assert tonnelink(*freeze, "--as", "admin")["lien"] == 2
    assert after.functions.lienCount().call() == 2
    assert before.functions.lienCount().call() == count
    tonnelink("holdings")  # brings the mirror level
    named = Node(Settings(home=home.path)).name_anywhere
    assert named(after.address) == "the lien desk of CN"
    assert named(before.address) == "a former lien desk of CN"


def test_the_mirror_and_the_contracts_agree(tonnelink: Command) -> None:
    report = tonnelink("verify")
    assert report["differences"] == []
    assert report["compared"]["balance"] > 0


def test_a_difference_is_listed_and_the_exit_code_is_one(
    tonnelink: Command, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry_node.store.database import open_writer

    change = "UPDATE holding SET balance = balance {} 1 WHERE to_height = 9223372036854775807"
    with open_writer(home.path / "mirror.sqlite") as database:
        database.connection.execute(change.format("+"))
    try:
        report = tonnelink("verify", code=1)
        assert {item["kind"] for item in report["differences"]} >= {"balance"}
        assert run(["verify"]) == 1
        assert "Differences" in capsys.readouterr().out
    finally:
        with open_writer(home.path / "mirror.sqlite") as database:
            database.connection.execute(change.format("-"))


def test_another_chain_is_not_written_to(
    tonnelink: Command, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tonnelink("holdings")
    path = home.path / "deployment.json"
    text = path.read_text()
    path.write_text(json.dumps({**json.loads(text), "chain_id": 5}))
    try:
        assert run(["transfer", *CEA, "--quantity", "1", "--to", "mill", "--as", "plant"]) == 4
    finally:
        path.write_text(text)

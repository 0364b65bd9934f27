"""Files of accounts, entitlements and allocations on the contracts alone.

What a mirror is asked for them, and that nothing is sent twice: `test_import.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry_node.interchange import allocations_file, entitlements_file
from tests.contracts.actors import CEA, World
from tests.support.unmirrored import Commands

ENTITLEMENTS = "registry,account,year,kind,class,from,to\n"
ALLOCATIONS = "registry,class,from,to,quantity,year\n"


def lines(*rows: str) -> str:
    return ENTITLEMENTS + "".join(f"CN,{row}\n" for row in rows)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """300 t for Alice in 2025, 200 t for Bob in 2025 and 100 t in 2026."""
    file = tmp_path / "table.csv"
    file.write_text(
        lines(
            "alice,2025,initial,CEA-2025,0,300",
            "bob,2025,initial,CEA-2025,0,200",
            "bob,2026,adjustment,CEA-2025,0,100",
        )
    )
    return file


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows a transaction."""
    monkeypatch.setattr(entitlements_file, "MOST_CHANGES", 2)
    monkeypatch.setattr(allocations_file, "MOST_GRANTS", 2)


def entitled(world: World, account: str, year: int = 2025, kind: int = 0) -> int:
    question = world.CN.issuance.entitlementOf
    return int(question(getattr(world, account), year, CEA, kind).entitled)


def decide(tonnelink: Commands, table: Path) -> Any:
    """The second person approves, and executes."""
    tonnelink("import", "approve", table, by="deputy")
    return tonnelink("import", "execute", table, by="deputy")


@pytest.mark.usefixtures("small")
def test_two_people_entitle_and_one_allocates(
    tonnelink: Commands, contracts: World, table: Path, tmp_path: Path
) -> None:
    contracts.issue(contracts.cn, CEA, 1000)
    sent = tonnelink("import", "entitlements", table, by="allocator")["sent"]
    first, second = (sent[0]["proposal"], sent[2]["proposal"])
    assert [one["line"] for one in sent] == [2, 3, 4]
    assert [one["proposal"] for one in sent] == [first, first, second]
    assert second == first + 1
    assert tonnelink("import", "entitlements", table, by="allocator")["sent"] == []
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(table.read_text().replace(",200\n", ",201\n"))
    told = tonnelink("import", "approve", theirs, by="deputy", code=2)
    assert [(fault["line"], fault["message"]) for fault in told["faults"]] == [
        (2, f"Proposal {first} of CN says more than this file: 1 other rows."),
        (3, "There is no proposed proposal that says this."),
    ]
    told = tonnelink("import", "approve", table, by="allocator", code=4)
    assert told["message"].startswith(f"Line 2, proposal {first} of CN: ")
    done = tonnelink("import", "approve", table, by="deputy")["done"]
    assert [one["lines"] for one in done] == [[2, 3], [4]]
    assert entitled(contracts, "alice") == 0
    tonnelink("import", "execute", table, by="deputy")
    assert tonnelink("import", "execute", table, by="deputy")["done"] == []
    assert (entitled(contracts, "alice"), entitled(contracts, "bob", 2026, 1)) == (300, 100)

    plan = tmp_path / "plan.csv"
    rows = ("alice,300,2025", "bob,150,2025", "bob,100,2026")
    head = ALLOCATIONS.strip() + ",kind\n"
    kinds = ("initial", "", "adjustment")
    text = [f"CN,CEA-2025,allocation,{row},{kind}\n" for row, kind in zip(rows, kinds, strict=True)]
    plan.write_text(head + "".join(text))
    sent = tonnelink("import", "allocations", plan, by="allocator")["sent"]
    assert [one["allocation"] for one in sent] == [1, 2, 3]
    assert len({one["transaction_hash"] for one in sent}) == 2
    assert contracts.cn.balanceOf(contracts.bob, CEA) == 250
    assert tonnelink("import", "allocations", plan, by="allocator")["sent"] == []
    assert contracts.cn.balanceOf(contracts.bob, CEA) == 250


def test_each_province_has_proposals_of_its_own(
    tonnelink: Commands, contracts: World, table: Path
) -> None:
    contracts.cn.setAccountProvince(contracts.alice, 44, by=contracts.registrar)
    sent = tonnelink("import", "entitlements", table, by="allocator")["sent"]
    assert sent[0]["proposal"] != sent[1]["proposal"] == sent[2]["proposal"]
    decide(tonnelink, table)
    assert (entitled(contracts, "alice"), entitled(contracts, "bob")) == (300, 200)


def test_the_document_of_the_proposals_is_compared(
    tonnelink: Commands, contracts: World, table: Path, tmp_path: Path
) -> None:
    report = tmp_path / "preview.txt"
    report.write_text("what it would do")
    tonnelink("import", "entitlements", table, "--document", report, by="allocator")
    other = tmp_path / "other.txt"
    other.write_text("something else")
    told = tonnelink("import", "approve", table, "--document", other, by="deputy", code=2)
    assert "goes another document" in told["faults"][0]["message"]
    tonnelink("import", "approve", table, "--document", report, by="deputy")
    tonnelink("import", "execute", table, by="deputy")
    assert entitled(contracts, "alice") == 300


def test_what_is_wrong_is_told_by_line(
    tonnelink: Commands, contracts: World, tmp_path: Path
) -> None:
    contracts.entitle(contracts.CN, contracts.alice, 50)
    file = tmp_path / "table.csv"
    file.write_text(
        lines(
            "alice,2025,initial,CEA-2025,0,300",  # 2: entitled to 50
            "bob,2025,initial,CEA-2025,7,7",
            "bob,2025,initial,CEA-2025,0,8",
            "carol,2025,initial,CEA-2025,0,8",
            "erin,2025,auction,CEA-2025,0,8",
            "erin,2025,initial,CEA-2025,-1,8",
        )
    )
    told = tonnelink("import", "entitlements", file, "--dry-run", code=2)
    assert [(fault["line"], fault["column"], fault["message"]) for fault in told["faults"]] == [
        (2, "from", "The operator is entitled to 50 t, not to 0 t."),
        (3, "to", "Nothing would change."),
        (4, None, "Line 3 is about the same operator, year, kind and class."),
        (5, "account", "It is no operator's account."),
        (6, "kind", "'auction' is not a kind of entitlement."),
        (7, "from", "'-1' is not a number of tonnes."),
    ]
    plan = tmp_path / "plan.csv"
    plan.write_text(ALLOCATIONS + "CN,CEA-2025,allocation,alice,51,2025\n")
    told = tonnelink("import", "allocations", plan, "--dry-run", code=2)
    assert [fault["message"] for fault in told["faults"]] == [
        "The operator is still entitled to 50 t for 2025 (initial).",
        "With this row 51 t of CEA-2025 are asked for; the account has 0 t at its disposal.",
    ]


def test_what_is_proposed_twice_is_told(tonnelink: Commands, contracts: World, table: Path) -> None:
    (number, *_) = tonnelink("import", "entitlements", table, by="allocator")["sent"]
    table.with_name("table.csv.journal").unlink()
    told = tonnelink("import", "entitlements", table, by="allocator", code=2)
    said = f"Exactly this is proposed already: proposal {number['proposal']} of CN."
    assert {fault["message"] for fault in told["faults"]} == {said}


@pytest.mark.usefixtures("small")
def test_a_refusal_names_the_row_at_fault(
    tonnelink: Commands, contracts: World, table: Path, tmp_path: Path
) -> None:
    contracts.issue(contracts.cn, CEA, 1000)
    tonnelink("import", "entitlements", table, by="allocator")
    decide(tonnelink, table)
    contracts.entitle(contracts.CN, contracts.erin, 9)
    plan = tmp_path / "plan.csv"
    rows = ("alice,300", "bob,200", "erin,5", "erin,4")
    years = (2025, 2025, 2025, 2027)
    text = [f"CN,CEA-2025,allocation,{row},{year}\n" for row, year in zip(rows, years, strict=True)]
    plan.write_text(ALLOCATIONS + "".join(text[:3]))
    restricted = contracts.cn.restrictAccount
    tonnelink("import", "allocations", plan, "--dry-run")
    with pytest.MonkeyPatch.context() as patch:  # behind the back of the check
        patch.setattr("registry_node.interchange.allocations_file.Books.check", lambda *_: None)
        restricted(contracts.erin, 4, by=contracts.officer)
        told = tonnelink("import", "allocations", plan, by="allocator", code=4)
        assert told["message"].startswith("Line 4: erin ")
        assert told["hint"].endswith("2 rows are sent; run it again to go on from here.")
        contracts.set_status(contracts.cn, contracts.erin, 1)
        assert len(tonnelink("import", "allocations", plan, by="allocator")["sent"]) == 1
    assert contracts.cn.balanceOf(contracts.erin, CEA) == 5


def test_accounts_of_operators_and_participants_are_opened(
    tonnelink: Commands, contracts: World, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    addresses = [f"0x{number:040x}" for number in (0xA1, 0xA2)]
    head = "registry,address,kind,file_hash,province\n"
    file.write_text(
        f"{head}CN,{addresses[0]},operator,file 1,44\nCN,{addresses[1]},participant,file 2,\n"
    )
    tonnelink("import", "accounts", file, by="registrar")
    found = [contracts.cn.accountOf(address) for address in addresses]
    assert [(account.kind, account.province) for account in found] == [(3, 44), (5, 0)]
    file.write_text(f"{head}CN,{'0x' + 'a3' * 20},state-authority,file 3,0\n")
    told = tonnelink("import", "accounts", file, "--dry-run", code=2)
    assert told["faults"][0]["message"] == "No file opens accounts of the kind 'state-authority'."

"""A mirror written by hand: the tables of `schema.sql` filled as an indexer would, without a chain.

Each `with story.block():` is one ledger block. The story of `border_story` issues, allocates,
exports at 9/10, surrenders abroad, returns and cancels.
"""

# rows of the ledger have many columns

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from linking.rates import Rate, convert_down, least_source
from registry_node.chain.artifacts import selector
from registry_node.domain.references import token_id
from registry_node.queries.snapshot import Directory
from registry_node.store.database import Location, open_writer, set_meta
from registry_node.store.tables import tables

NOW = 9223372036854775807
START = 1_767_225_600  # 2026-01-01T00:00:00Z
HELD, ESCROWED, SURRENDERED, RETIRED, CANCELLED = 1, 2, 3, 4, 5
TOTALS = {
    ESCROWED: "escrowed",
    SURRENDERED: "surrendered",
    RETIRED: "retired",
    CANCELLED: "cancelled",
}


def address(name: str) -> bytes:
    return sha256(name.encode()).digest()[:20]


def word(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


GATEWAY = address("gateway")
NOBODY = bytes(20)


def desks(code: str) -> dict[str, bytes]:
    names = ("proposals", "issuance", "compliance", "liens", "holders")
    return {name: address(f"{code} {name} desk") for name in names}


class Story:
    def __init__(self, place: Location) -> None:
        self.path = place
        self._database = open_writer(place, synchronous="OFF", named=True)
        self.db = self._database.connection
        self.number = 0
        self.log = 0
        self.position = 0
        self.labels: dict[bytes, str] = {}
        for key, value in (("chain_id", 1), ("genesis_hash", bytes(32).hex()), ("digest", 3)):
            set_meta(self.db, key, value)
        self._header()

    def close(self) -> None:
        """Gives the mirror to another writer; reading goes on."""
        self._database.close()

    @property
    def directory(self) -> Directory:
        return Directory(GATEWAY, self.labels)

    def deployment(self) -> dict[str, Any]:
        """What a deployment file says of CN and KR."""
        return {
            "name": "story",
            "chain_id": 1,
            "genesis_hash": "0x" + "00" * 32,
            "start_block": 0,
            "finality": {"kind": "instant"},
            "gateway": {"address": "0x" + GATEWAY.hex(), "block": 0},
            "registries": [
                {
                    "code": code,
                    "name": code,
                    "address": "0x" + address(code).hex(),
                    "authority": "0x" + address(f"{code} authority").hex(),
                    "block": 0,
                    "desks": {name: "0x" + desk.hex() for name, desk in desks(code).items()},
                }
                for code in ("CN", "KR")
            ],
            "labels": {"0x" + known.hex(): label for known, label in self.labels.items()},
        }

    def _header(self) -> None:
        digest = sha256(f"digest {self.number}".encode()).digest()
        self.insert(
            "header",
            number=self.number,
            hash=self.hash_of(self.number),
            parent_hash=self.hash_of(self.number - 1),
            timestamp=START + 12 * self.number,
            digest=digest,
        )

    @staticmethod
    def hash_of(number: int) -> bytes:
        return sha256(f"block {number}".encode()).digest()

    @property
    def tx(self) -> bytes:
        return sha256(f"tx {self.number}".encode()).digest()

    @contextmanager
    def block(self) -> Iterator[None]:
        self.number += 1
        self.log = 0
        with self.db.transaction():
            self._header()
            set_meta(self.db, "finalized", self.number)
            yield

    def insert(self, table: str, **values: object) -> int:
        if tables()[table].primary_key == ("id",) and "id" not in values:
            row = self.db.execute(f"SELECT MAX(id) AS last FROM {table}").fetchone()
            values["id"] = (row["last"] or 0) + 1
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()])
        return int(values.get("id", 0))  # type: ignore[call-overload]

    def event(self) -> dict[str, object]:
        self.log += 1
        return {"block": self.number, "log_index": self.log, "tx_hash": self.tx}

    def version(self, table: str, keys: dict[str, object], **values: object) -> None:
        where = " AND ".join(f"{key} = ?" for key in keys)
        row = self.db.execute(
            f"SELECT * FROM {table} WHERE {where} AND to_height = {NOW}", [*keys.values()]
        ).fetchone()
        merged = {**(dict(row) if row else {}), **keys, **values}
        merged |= {"from_height": self.number, "to_height": NOW}
        if row and row["from_height"] == self.number:
            self.db.execute(
                f"DELETE FROM {table} WHERE {where} AND to_height = {NOW}", [*keys.values()]
            )
        elif row:
            self.db.execute(
                f"UPDATE {table} SET to_height = {self.number} WHERE {where} AND to_height = {NOW}",
                [*keys.values()],
            )
        self.insert(table, **merged)

    # ---- registers ----

    def registry(self, code: str, name: str) -> int:
        registry_id = self.insert(
            "registry",
            code=code,
            name=name,
            address=address(code),
            authority=address(f"{code} authority"),
        )
        for desk, contract in desks(code).items():
            self.insert("desk", registry_id=registry_id, name=desk, address=contract)
        return registry_id

    def account(self, registry: int, code: str, name: str, kind: int = 3, status: int = 1) -> bytes:
        who = address(f"{code} {name}")
        if kind != 6:
            self.labels[who] = name
        self.version(
            "account",
            {"registry_id": registry, "address": who},
            kind=kind,
            status=status,
            file_hash=word(name) if kind == 6 else sha256(name.encode()).digest(),
            opened_at=START,
            controls=0,
            holding_limit=0,
        )
        return who

    def unit_class(
        self,
        registry: int,
        symbol: str,
        unit_type: int = 1,
        vintage: int = 2025,
        cap: int = 10**6,
        origin: int | None = None,
    ) -> int:
        class_id = self.insert(
            "unit_class",
            registry_id=registry,
            symbol=symbol,
            unit_type=unit_type,
            vintage=vintage,
            period_first=2025,
            period_last=2026,
            project="",
            category="",
            region="",
            origin_class_id=origin,
            block=self.number,
        )
        self.version(
            "class_total",
            {"class_id": class_id},
            cap=cap,
            sealed=0,
            issued=0,
            escrowed=0,
            surrendered=0,
            retired=0,
            cancelled=0,
        )
        return class_id

    # ---- movements ----

    def total(self, class_id: int, **changes: int) -> None:
        row = self.db.execute(
            f"SELECT * FROM class_total WHERE class_id = ? AND to_height = {NOW}", [class_id]
        ).fetchone()
        self.version(
            "class_total", {"class_id": class_id}, **{k: row[k] + v for k, v in changes.items()}
        )

    def hold(self, class_id: int, who: bytes, change: int) -> None:
        row = self.db.execute(
            f"SELECT balance FROM holding WHERE class_id = ? AND address = ? AND to_height = {NOW}",
            [class_id, who],
        ).fetchone()
        balance = (row["balance"] if row else 0) + change
        self.version(
            "holding", {"class_id": class_id, "address": who}, balance=balance, encumbered=0
        )
        if not balance:
            self.db.execute("DELETE FROM holding WHERE balance = 0")

    def _movement(
        self, class_id: int, first: int, last: int, sender: bytes, to: bytes, kind: int, state: int
    ) -> int:
        return self.insert(
            "movement",
            class_id=class_id,
            first=first,
            last=last,
            sender=sender,
            recipient=to,
            tx_type=kind,
            state=state,
            **self.event(),
        )

    def _put(
        self,
        class_id: int,
        first: int,
        last: int,
        owner: bytes,
        state: int,
        movement: int,
        parent: int | None,
    ) -> None:
        self.position += 1
        self.insert(
            "unit_block",
            class_id=class_id,
            first=first,
            last=last,
            owner=owner,
            state=state,
            position=self.position,
            movement_id=movement,
            parent_id=parent,
            from_height=self.number,
            to_height=NOW,
        )

    def create(self, class_id: int, to: bytes, count: int, kind: int = 100) -> int:
        """New serials; returns the first."""
        row = self.db.execute(
            f"SELECT issued FROM class_total WHERE class_id = ? AND to_height = {NOW}", [class_id]
        ).fetchone()
        first = row["issued"] + 1
        evidence = sha256(b"decision").digest() if kind == 100 else bytes(32)
        self.insert(
            "issuance",
            class_id=class_id,
            first=first,
            last=first + count - 1,
            evidence=evidence,
            **self.event(),
        )
        movement = self._movement(class_id, first, first + count - 1, NOBODY, to, kind, HELD)
        self._put(class_id, first, first + count - 1, to, HELD, movement, None)
        self.total(class_id, issued=count)
        self.hold(class_id, to, count)
        return int(first)

    def move(
        self, class_id: int, first: int, last: int, to: bytes, kind: int, state: int = HELD
    ) -> None:
        row = self.db.execute(
            f"SELECT * FROM unit_block WHERE class_id = ? AND first <= ? AND to_height = {NOW}"
            " ORDER BY first DESC LIMIT 1",
            [class_id, first],
        ).fetchone()
        assert row["last"] >= last, "the story names units outside one block"
        self.db.execute(
            f"UPDATE unit_block SET to_height = {self.number} WHERE id = ?", [row["id"]]
        )
        movement = self._movement(class_id, first, last, row["owner"], to, kind, state)
        for low, high in ((row["first"], first - 1), (last + 1, row["last"])):
            if low <= high:
                self._put(
                    class_id,
                    low,
                    high,
                    row["owner"],
                    row["state"],
                    row["movement_id"],
                    row["parent_id"],
                )
        self._put(class_id, first, last, to, state, movement, row["id"])
        count = last - first + 1
        self.hold(class_id, row["owner"], -count)
        if state in (HELD, ESCROWED):
            self.hold(class_id, to, count)
        if state != row["state"]:
            changes = {
                TOTALS[s]: n for s, n in ((row["state"], -count), (state, count)) if s in TOTALS
            }
            self.total(class_id, **changes)

    def use(
        self,
        class_id: int,
        who: bytes,
        first: int,
        last: int,
        state: int,
        year: int = 0,
        memo: str = "",
    ) -> None:
        kinds = {SURRENDERED: 1002, RETIRED: 500, CANCELLED: 400}
        self.move(class_id, first, last, who, kinds[state], state)
        self.insert(
            "unit_use",
            address=who,
            class_id=class_id,
            state=state,
            quantity=last - first + 1,
            compliance_year=year,
            memo=word(memo),
            **self.event(),
        )
        if state == SURRENDERED:
            row = self.db.execute(
                "SELECT registry_id FROM unit_class WHERE id = ?", [class_id]
            ).fetchone()
            self.obligation(row["registry_id"], who, year, surrendered=last - first + 1)

    # ---- desks ----

    def obligation(self, registry: int, who: bytes, year: int, **values: object) -> None:
        """An operator's year; what is not given is nothing."""
        numbers = (
            "state", "settled", "emissions", "debt", "surrendered", "initial", "issued", "deduction"
        )  # fmt: skip
        rest: dict[str, object] = {"verifier": None, "report": None, **values}
        self.version(
            "obligation",
            {"registry_id": registry, "address": who, "year": year},
            **{**dict.fromkeys(numbers, 0), **rest},
        )

    def year(self, registry: int, year: int) -> None:
        """A compliance year in which a tenth of what is surrendered may be foreign."""
        self.version(
            "compliance_year",
            {"registry_id": registry, "year": year},
            deadline=START + 10**8,
            first_vintage=2020,
            last_vintage=2030,
            reversal_window=0,
            deduction_multiple=1,
            banking=0,
            closed=0,
        )
        self.version(
            "compliance_limit",
            {"registry_id": registry, "year": year, "place": 0},
            base=0,
            basis_points=0,
            amount=25,
            parent=0,
            unit_types=8,
            category="",
            region="",
            outside=0,
        )

    def call(self, table: str, registry: int, number: int, **values: object) -> None:
        """A proposal or a request."""
        found = {"approver": None, "ready_at": None, "ended_by": None, "state": 1, **values}
        key = {"registry_id": registry, "number": number}
        self.version(table, key, deadline=START + 10**8, **found)

    def setting(self, registry: int, name: str, value: object) -> None:
        self.version("setting", {"registry_id": registry, "name": name}, value=str(value))

    # ---- links ----

    def link(
        self, agreement: int, first: int, second: int, rate: Rate, quota: int, **terms: int
    ) -> None:
        for link_id, source, destination, there in (
            (2 * agreement, first, second, True),
            (2 * agreement + 1, second, first, False),
        ):
            self.insert(
                "link",
                id=link_id,
                agreement_id=agreement,
                source_id=source,
                destination_id=destination,
                proposed_by=address("CN link"),
                block=self.number,
            )
            self.version("link_state", {"link_id": link_id}, version=0, suspended_by=0)
            self.terms(link_id, 1, rate if there else None, quota, in_force=0, **terms)
            self.terms(link_id, 1, rate if there else None, quota, in_force=1, **terms)

    def terms(
        self,
        link_id: int,
        version: int,
        rate: Rate | None,
        quota: int,
        in_force: int = 1,
        **other: int,
    ) -> None:
        values: dict[str, object] = {
            "valid_from": START,
            "valid_until": START + 10**8,
            "period_start": START,
            "period_length": 31_536_000,
            "unit_types": 6,
            "vintage_from": 2020,
            "vintage_to": 2030,
            **other,
        }
        self.insert(
            "link_terms",
            link_id=link_id,
            version=version,
            in_force=in_force,
            rate_numerator=str(rate.numerator if rate else 0),
            rate_denominator=str(rate.denominator if rate else 0),
            quota=quota,
            quota_share=0,
            quota_class="",
            net=0,
            notice=0,
            categories="",
            regions="",
            effective_at=None,
            changed_by=address("KR link"),
            **values,
            **self.event(),
        )
        if in_force:
            self.version("link_state", {"link_id": link_id}, version=version)

    def export(
        self,
        lot: int,
        link: int,
        version: int,
        rate: Rate,
        source: int,
        foreign: int,
        sender: bytes,
        recipient: bytes,
        ranges: list[tuple[int, int]],
        used: int,
    ) -> int:
        count = sum(last - first + 1 for first, last in ranges)
        received = convert_down(count, rate)
        assert least_source(received, rate) == count
        self.version("quota_use", {"link_id": link, "period_start": START}, used=used + received)
        for first, last in ranges:
            self.move(source, first, last, GATEWAY, 300, ESCROWED)
        foreign_first = self.create(foreign, GATEWAY, received, 200)
        self.move(foreign, foreign_first, foreign_first + received - 1, recipient, 300)
        self.insert(
            "lot",
            id=lot,
            link_id=link,
            version=version,
            sender=sender,
            recipient=recipient,
            source_class_id=source,
            foreign_class_id=foreign,
            source_count=count,
            foreign_first=foreign_first,
            foreign_count=received,
            rate_numerator=str(rate.numerator),
            rate_denominator=str(rate.denominator),
            **self.event(),
        )
        offset = 0
        for first, last in ranges:
            self.insert(
                "lot_source",
                lot_id=lot,
                source_offset=offset,
                class_id=source,
                first=first,
                last=last,
                block=self.number,
            )
            offset += last - first + 1
        self.version("lot_state", {"lot_id": lot}, escrowed=count, outstanding=received)
        return foreign_first

    def settle(self, lot: int, at_source: int, first: int, last: int, state: int) -> None:
        self.insert(
            "lot_settlement",
            lot_id=lot,
            at_source=at_source,
            first=first,
            last=last,
            state=state,
            **self.event(),
        )
        row = self.db.execute(
            f"SELECT * FROM lot_state WHERE lot_id = ? AND to_height = {NOW}", [lot]
        ).fetchone()
        name = "escrowed" if at_source else "outstanding"
        self.version("lot_state", {"lot_id": lot}, **{name: row[name] - (last - first + 1)})


def desks_story(s: Story, registry: int, class_id: int) -> None:
    """One of everything that the desks of CN keep."""
    plant, trader, clerk = (address(f"CN {name}") for name in ("plant", "trader", "clerk"))
    cn = address("CN")
    seal = selector("UnitRegistry", "sealClass") + token_id("CEA-2025").to_bytes(32, "big")
    s.call("proposal", registry, 1, target=cn, proposer=clerk, call=seal.hex())
    retire = selector("UnitRegistry", "retire")
    held = {"account": plant, "initiator": clerk, "approved_at": None}
    s.call("request", registry, 1, target=cn, call=retire.hex() + "77", **held)
    grants = {"trusted": START, "representative": 3, "settler": START}
    for kind, value in grants.items():
        key = {"registry_id": registry, "address": plant, "kind": kind, "grantee": trader}
        s.version("holder_grant", key, value=value)
    key = {"registry_id": registry, "address": plant}
    s.version("paid_share", key, required=10, bought=4)
    s.version("account", key, controls=1 + 16, holding_limit=500)
    s.insert(
        "trade",
        registry_id=registry,
        institution=clerk,
        memo=word("trade 1"),
        class_id=class_id,
        sender=plant,
        recipient=trader,
        quantity=5,
        **s.event(),
    )
    s.version(
        "lien",
        {"registry_id": registry, "number": 1},
        kind=2,
        account=plant,
        creditor=trader,
        class_id=class_id,
        ranges="511-520,601-605",
    )
    s.setting(registry, "trust-delay", 3600)
    s.setting(registry, "sale-share", 5000)
    s.setting(registry, "desk 1040", "0x" + desks("CN")["issuance"].hex())
    s.setting(registry, "holding-limit-classes", f"0x{cn.hex()}:{token_id('CEA-2025'):x}")
    s.setting(registry, f"call 0x{cn.hex()} 0x{retire.hex()}", 1)
    s.setting(registry, f"step 0x{cn.hex()} 0x{seal[:4].hex()}", "2 2 0 604800")


def border_story(place: Location) -> Story:
    """CN and KR, linked at 9/10 from CN to KR. See the comments for the heights."""
    s = Story(place)
    rate = Rate(9, 10)
    with s.block():  # 1: registers
        cn, kr = s.registry("CN", "China national"), s.registry("KR", "Korea")
        s.account(cn, "CN", "allocation", kind=6)
        for name in ("plant", "trader"):
            s.account(cn, "CN", name)
        s.account(kr, "KR", "mill")
        s.account(kr, "KR", "gone", status=6)
        cea = s.unit_class(cn, "CEA-2025")
        s.unit_class(kr, "KAU-2017", cap=538_900_000)
    pool, plant, trader = (address(f"CN {n}") for n in ("allocation", "plant", "trader"))
    mill = address("KR mill")
    with s.block():  # 2
        s.create(cea, pool, 1000)
    with s.block():  # 3
        s.move(cea, 501, 1000, plant, 1040)
    with s.block():  # 4
        s.move(cea, 901, 1000, trader, 1050)
    with s.block():  # 5
        s.link(1, cn, kr, rate, quota=100)
        s.year(kr, 2025)
        desks_story(s, cn, cea)
    with s.block():  # 6: lot 1, 20 of the trader's units and 20 of their neighbours give 36
        foreign = s.unit_class(kr, "CN.CEA-2025", unit_type=3, cap=2**40 - 1, origin=cea)
        s.export(1, 2, 1, rate, cea, foreign, trader, mill, [(981, 1000), (941, 960)], used=0)
    with s.block():  # 7: foreign 1..18 surrendered: source 981..1000 used abroad
        s.use(foreign, mill, 1, 18, SURRENDERED, year=2025)
        s.settle(1, 0, 1, 18, SURRENDERED)
        s.move(cea, 981, 1000, GATEWAY, 300, SURRENDERED)
        s.settle(1, 1, 981, 1000, SURRENDERED)
    with s.block():  # 8: foreign 19..27 go home: source 941..950 released
        s.move(foreign, 19, 27, mill, 300, CANCELLED)
        s.settle(1, 0, 19, 27, HELD)
        s.move(cea, 941, 950, trader, 300)
        s.settle(1, 1, 941, 950, HELD)
    with s.block():  # 9: the limit is lowered
        s.terms(2, 2, rate, quota=50)
    with s.block():  # 10
        s.use(cea, plant, 501, 510, CANCELLED, memo="for the public good")
    return s

"""A mirror written by hand: what happens on a ledger, put into the tables of `schema.sql`.

Each `with story.block():` is one ledger block.
"""

from __future__ import annotations

from hashlib import sha256

from eth_hash.auto import keccak

from linking.rates import Rate, convert_down, least_source
from registry_node.store.database import Location
from tests.support.rows import GATEWAY, NOW, START, Rows, address, desks

HELD, ESCROWED, SURRENDERED, RETIRED, CANCELLED = 1, 2, 3, 4, 5
TOTALS = {
    ESCROWED: "escrowed",
    SURRENDERED: "surrendered",
    RETIRED: "retired",
    CANCELLED: "cancelled",
}
NOBODY = bytes(20)


def _list_of(count: int) -> int:
    return sum(count >= least for least in (16, 256, 4096))


def word(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


class Story(Rows):
    """Registers, movements, desks and links, as they change."""

    def __init__(self, place: Location) -> None:
        super().__init__(place)
        self.codes: dict[int, str] = {}

    # ---- registers ----

    def registry(self, code: str, name: str) -> int:
        registry_id = self.insert(
            "registry",
            code=code,
            name=name,
            address=address(code),
            authority=address(f"{code} authority"),
            proxy_hash=sha256(b"proxy").digest(),
            edition_hash=sha256(b"edition").digest(),
        )
        self.codes[registry_id] = code
        for name_, contract in desks(code).items():
            desk = {"registry_id": registry_id, "address": contract}
            self.insert("desk", **desk, block=self.number)
            self.version("office", {"registry_id": registry_id, "name": name_}, desk=contract)
        self.version(
            "member",
            {"registry_id": registry_id},
            code=code,
            sponsor_id=1,
            admitted_by=address("CN link"),
            admitted_in=self.number,
            succession=0,
        )
        return registry_id

    def at_desk(self, registry: int, name: str) -> dict[str, object]:
        """What keys of a desk's rows begin with."""
        return {"registry_id": registry, "desk": desks(self.codes[registry])[name]}

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
            province=0,
            approval_round=1,
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
        **attributes: str,
    ) -> int:
        class_id = self.insert(
            "unit_class",
            registry_id=registry,
            symbol=symbol,
            unit_type=unit_type,
            vintage=vintage,
            period_first=2025,
            period_last=2026,
            origin_class_id=origin,
            block=self.number,
        )
        for name, value in attributes.items():
            said = {"attribute": word(name), "word": word(value)}
            self.insert("class_attribute", class_id=class_id, **said, block=self.number)
        self.version(
            "class_total",
            {"class_id": class_id},
            cap=cap,
            **dict.fromkeys(("sealed", "issued", *TOTALS.values()), 0),
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
            list=_list_of(last - first + 1) if state == HELD else 0,
            position=self.position,
            marks=0,
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
            text=bytes(32),
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
            "state", "settled", "emissions", "debt", "surrendered", "initial", "issued",
            "deduction", "owed", "attested_at", "ordered_until", "reversible_until",
        )  # fmt: skip
        rest: dict[str, object] = {"verifier": None, "report": None, **values}
        self.version(
            "obligation",
            {**self.at_desk(registry, "compliance"), "address": who, "year": year},
            **{**dict.fromkeys(numbers, 0), **rest},
        )

    def year(self, registry: int, year: int) -> None:
        """A compliance year in which a tenth of what is surrendered may be foreign."""
        self.version(
            "compliance_year",
            {**self.at_desk(registry, "compliance"), "year": year},
            deadline=START + 10**8,
            year_before=0,
            first_vintage=2020,
            last_vintage=2030,
            reversal_window=0,
            dispute_window=0,
            correction_window=0,
            deduction_multiple=1,
            banking=0,
            closed=0,
        )
        self.version(
            "compliance_limit",
            {**self.at_desk(registry, "compliance"), "year": year, "place": 0},
            base=0,
            basis_points=0,
            amount=25,
            parent=0,
            unit_types=8,
            vintages=0,
            of_all=0,
            per=bytes(32),
            base_attribute=bytes(32),
            conditions="",
        )

    def call(self, table: str, registry: int, number: int, **values: object) -> None:
        """A proposal or a request."""
        found = {"approver": None, "ready_at": None, "ended_by": None, "state": 1, **values}
        name = "proposals" if table == "proposal" else "holders"
        if table == "proposal":
            found.setdefault("document", bytes(32))
        key = {**self.at_desk(registry, name), "number": number}
        self.version(table, key, deadline=START + 10**8, **found)

    def setting(self, registry: int, name: str, value: object, of: str | None = None) -> None:
        """A setting of the registry, or of one of its desks."""
        code = self.codes[registry]
        contract = desks(code)[of] if of else address(code)
        key = {"registry_id": registry, "contract": contract, "name": name}
        self.version("setting", key, value=str(value))

    # ---- links ----

    def link(
        self, agreement: int, first: int, second: int, rate: Rate, quota: int, **terms: object
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
            key = {"link_id": link_id}
            self.version("link_state", key, version=0, suspended_by=0, ends_at=0)
            self.terms(link_id, 1, rate if there else None, quota, stage=0, **terms)
            self.terms(link_id, 1, rate if there else None, quota, stage=1, **terms)
        for registry, stage in ((second, 0), (first, 1)):
            self.insert(
                "link_edition",
                agreement_id=agreement,
                registry_id=registry,
                edition_hash=keccak(sha256(b"proxy").digest() + sha256(b"edition").digest()),
                stage=stage,
                accepted_by=address("CN link"),
                **self.event(),
            )

    def terms(
        self,
        link_id: int,
        version: int,
        rate: Rate | None,
        quota: int,
        stage: int = 1,
        **other: object,
    ) -> None:
        values: dict[str, object] = {
            "valid_from": START,
            "valid_until": START + 10**8,
            "periods": f"{START + 31_536_000 - 1},{START + 10**8}",
            "unit_types": 6,
            "vintage_from": 2020,
            "vintage_to": 2030,
            **other,
        }
        self.insert(
            "link_terms",
            link_id=link_id,
            version=version,
            stage=stage,
            rate_numerator=str(rate.numerator if rate else 0),
            rate_denominator=str(rate.denominator if rate else 0),
            quota=quota,
            quota_share=0,
            quota_class="",
            net=0,
            fresh_meter=0,
            freezes_abroad=0,
            notice=0,
            unit=bytes(32),
            conditions="",
            effective_at=None,
            deadline=START + 10**8 if stage == 0 else None,
            side_id=1 if stage == 0 else None,
            changed_by=address("KR link"),
            carried_out_by=address("KR link") if stage == 1 else None,
            **values,
            **self.event(),
        )
        if stage == 0:
            place = {"proposed_in": self.number, "proposed_log": self.log}
            self.version("link_proposal", {"link_id": link_id}, **place)
            return
        self.db.execute("DELETE FROM link_proposal WHERE link_id = ?", [link_id])
        self.version("link_state", {"link_id": link_id}, version=version)

    def meter(self, link: int, used: int, quota: int = 100, start: int = START) -> None:
        period = {"period_start": start, "period_end": start + 31_536_000 - 1}
        self.version("meter", {"link_id": link}, **period, used=used, quota=quota)

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
        self.meter(link, used + received)
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

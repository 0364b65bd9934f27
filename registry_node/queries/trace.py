"""The life of one unit, from its issuance to its end, across borders.

The mirror keeps each unit block as versions, and each version names the one that its serials came
from. So a life is read backwards: find the block that the serial is in now, walk to its parents,
and collect the movement that made each of them.

A border is crossed where a movement put the unit into a gateway's escrow. The lot that was opened
in the same transaction tells which foreign units stand for it (`contracts/interfaces/
ILinkGateway.sol`): inside a lot, source unit i covers [i x rate, (i + 1) x rate) of a line, foreign
unit j covers [j, j + 1), and units that overlap are twins. The twins' lives are read in the same
way. At a rate other than 1 a unit may have several twins, and they may end differently.

Foreign units are never passed on to a third registry, so one border is all there is to cross.
"""

from __future__ import annotations

from linking.rates import twins_abroad, twins_at_source
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import UnitReference
from registry_node.domain.words import UnitState
from registry_node.queries import find
from registry_node.queries.movements import rate_of
from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.queries.steps import Moved, is_gateways, step
from registry_node.queries.walk import Run, block_at_height, class_row, movements_of, present
from registry_node.store.connection import NamedRow


def trace(snapshot: Snapshot, reference: UnitReference) -> Json:
    """The whole life of one serial up to the snapshot's height.

    Raises `NotFound` when the registry, the class or the serial does not exist at that height.
    """
    if reference.count != 1:
        raise InvalidInput(
            f"{reference} names {reference.count} units; a trace follows one.",
            f"Ask for one serial, for example"
            f" {reference.registry}:{reference.symbol}:{reference.first}.",
        )
    unit_class = find.serials(snapshot, reference)
    run = Run(
        unit_class["id"], unit_class["code"], unit_class["symbol"], reference.first, reference.last
    )
    if unit_class["origin_class_id"] is None:
        life, twins, complete = _life_from_home(snapshot, run)
    else:
        life, twins, complete = _life_from_abroad(snapshot, run)
    life.sort(key=lambda moved: (moved.row["id"], moved.run.first))
    block = block_at_height(snapshot, run)
    return {
        "unit": str(reference),
        "registry": reference.registry,
        "class": reference.symbol,
        "serial": reference.first,
        "unit_block": str(
            UnitReference(reference.registry, reference.symbol, block["first"], block["last"])
        ),
        "owner": hexed(block["owner"]),
        "owner_label": snapshot.label(unit_class["registry_id"], block["owner"]),
        "state": UnitState(block["state"]).name,
        "used_abroad": block["owner"] == snapshot.directory.gateway
        and UnitState(block["state"]).is_terminal,
        "twins": twins,
        "complete": complete,
        "withheld": False,
        "steps": [step(snapshot, number, moved) for number, moved in enumerate(life, 1)],
    }


# ---- both sides of a border -----------------------------------------------------------------


def _life_from_home(snapshot: Snapshot, run: Run) -> tuple[list[Moved], list[Json], bool]:
    """The life of a unit at home, and those of its twins each time it went abroad."""
    rows, complete = movements_of(snapshot, run)
    life: list[Moved] = []
    twins: list[Json] = []
    lot: NamedRow | None = None
    for row in rows:
        if row["state"] == UnitState.ESCROWED:
            lot = _lot_of_export(snapshot, run, row)
            abroad = _twins_abroad(snapshot, run, lot)
            foreign_rows, told = movements_of(snapshot, abroad)
            complete = complete and told
            life += [Moved(abroad, foreign_row, lot) for foreign_row in foreign_rows]
            twins.append(_twin(lot, abroad))
        border = row["state"] == UnitState.ESCROWED or is_gateways(snapshot, row)
        life.append(Moved(run, row, lot if border else None))
    return life, twins, complete


def _life_from_abroad(snapshot: Snapshot, run: Run) -> tuple[list[Moved], list[Json], bool]:
    """The life of a foreign unit, and those of its origins until they left this lot."""
    lot = _lot_of_foreign(snapshot, run)
    rows, complete = movements_of(snapshot, run)
    life = [Moved(run, row, lot) for row in rows]
    twins: list[Json] = []
    for origin in _twins_at_source(snapshot, run, lot):
        origin_rows, told = movements_of(snapshot, origin)
        complete = complete and told
        life += _until_settled(snapshot, origin, origin_rows, lot)
        twins.append(_twin(lot, origin))
    return life, twins, complete


def _until_settled(
    snapshot: Snapshot, origin: Run, rows: list[NamedRow], lot: NamedRow
) -> list[Moved]:
    """What happened to origins up to the end of their stay in this lot: what they did after
    they came home has nothing to do with the unit that was abroad."""
    life: list[Moved] = []
    left: list[Run] = []
    exported = False
    for row in rows:
        if any(run.overlaps(row) for run in left):
            continue
        exported = exported or row["tx_hash"] == lot["tx_hash"]
        settled = exported and is_gateways(snapshot, row)
        if settled:
            left.append(Run(origin.class_id, origin.code, origin.symbol, row["first"], row["last"]))
        here = settled or (exported and row["state"] == UnitState.ESCROWED)
        life.append(Moved(origin, row, lot if here else None))
    return life


def _twin(lot: NamedRow, run: Run) -> Json:
    return {"lot": lot["id"], "units": str(run.part(run.first, run.last))}


def _twins_abroad(snapshot: Snapshot, run: Run, lot: NamedRow) -> Run:
    """The foreign serials that stand for a unit of this lot."""
    offset = lot["source_offset"] + run.first - lot["source_first"]
    low, high = twins_abroad(offset, lot["foreign_count"], rate_of(lot))
    row = class_row(snapshot, lot["foreign_class_id"])
    first = lot["foreign_first"]
    return Run(row["id"], row["code"], row["symbol"], first + low, first + high - 1)


def _twins_at_source(snapshot: Snapshot, run: Run, lot: NamedRow) -> list[Run]:
    """The serials at home that a foreign unit of this lot stands for."""
    offset = run.first - lot["foreign_first"]
    low, high = twins_at_source(offset, offset + 1, lot["source_count"], rate_of(lot))
    row = class_row(snapshot, lot["source_class_id"])
    runs = []
    for source in snapshot.all(
        "SELECT source_offset, first, last FROM lot_source WHERE lot_id = ? ORDER BY source_offset",
        lot["id"],
    ):
        shift = source["first"] - source["source_offset"]
        first, last = max(source["first"], low + shift), min(source["last"], high - 1 + shift)
        if first <= last:
            runs.append(Run(row["id"], row["code"], row["symbol"], first, last))
    return runs


def _lot_of_export(snapshot: Snapshot, run: Run, export: NamedRow) -> NamedRow:
    """The lot that a movement into escrow belongs to: it was opened in the same transaction."""
    row = snapshot.one(
        "SELECT l.*, s.source_offset, s.first AS source_first FROM lot l"
        " JOIN lot_source s ON s.lot_id = l.id"
        " WHERE l.tx_hash = ? AND s.class_id = ? AND s.first <= ? AND s.last >= ?"
        " AND l.log_index > ? ORDER BY l.id LIMIT 1",
        export["tx_hash"],
        run.class_id,
        run.first,
        run.first,
        export["log_index"],
    )
    return present(row, run)


def _lot_of_foreign(snapshot: Snapshot, run: Run) -> NamedRow:
    """The lot that a foreign serial came in."""
    row = snapshot.one(
        "SELECT * FROM lot WHERE foreign_class_id = ? AND foreign_first <= ?"
        " ORDER BY foreign_first DESC LIMIT 1",
        run.class_id,
        run.first,
    )
    return present(row, run)

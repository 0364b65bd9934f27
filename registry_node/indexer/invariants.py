"""The ledger's invariants 1, 2, 3, 7 and 8 (docs/invariants.md), checked over the mirror."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby

from registry_node.domain.words import UnitState
from registry_node.indexer.questions import Asked
from registry_node.indexer.report import Report

_COUNTED = (UnitState.ESCROWED, *(state for state in UnitState if state.is_terminal))
"""States with a total of their own, in the order of class_total."""


def check(asked: Asked, report: Report) -> None:
    """Add to the report what is checked and what does not hold."""
    _blocks(asked, report)
    _movements(asked, report)
    _parents(asked, report)
    _holders(asked, report)
    _lots(asked, report)
    _quotas(asked, report)


def _blocks(asked: Asked, report: Report) -> None:
    """1: blocks tile 1..issued. 2: a balance is the sum of its blocks. 3: states add up."""
    in_state: Counter[tuple[int, int]] = Counter()
    in_balance: Counter[tuple[int, bytes]] = Counter()
    ends: dict[int, int] = {}
    rows = asked.versions("unit_block", "class_id, first, last, owner, state", "class_id, first")
    for class_id, blocks in groupby(rows, key=lambda row: row[0]):
        name = asked.classes[class_id].name
        end = 0
        for _, first, last, owner, state in blocks:
            report.compare("invariant 1", f"{name}:{first}-{last} follows", first, end + 1)
            end = last
            in_state[class_id, state] += last - first + 1
            if not UnitState(state).is_terminal:
                in_balance[class_id, owner] += last - first + 1
        ends[class_id] = end
    balances: dict[tuple[int, bytes], int] = {
        (class_id, address): balance
        for class_id, address, balance in asked.versions("holding", "class_id, address, balance")
    }
    for class_id, address in in_balance.keys() | balances.keys():
        subject = f"{asked.classes[class_id].name} 0x{address.hex()}"
        balance, blocks_sum = balances.get((class_id, address), 0), in_balance[class_id, address]
        report.compare("invariant 2", subject, balance, blocks_sum)
    totals = {
        row[0]: row[1:]
        for row in asked.versions(
            "class_total", "class_id, issued, escrowed, surrendered, retired, cancelled"
        )
    }
    for class_id, unit_class in asked.classes.items():
        counted = (ends.get(class_id, 0), *(in_state[class_id, s] for s in _COUNTED))
        report.compare("invariant 3", unit_class.name, totals.get(class_id, "nothing"), counted)


def _movements(asked: Asked, report: Report) -> None:
    """Each block stands where the movement that it names put it."""
    for class_id, first, last, owner, state, *moved in asked.rows(
        "SELECT b.class_id, b.first, b.last, b.owner, b.state, m.class_id, m.recipient, m.state,"
        " m.first <= b.first AND b.last <= m.last FROM unit_block b"
        " LEFT JOIN movement m ON m.id = b.movement_id"
        " WHERE b.from_height <= :h AND :h < b.to_height"
    ):
        subject = f"{asked.classes[class_id].name}:{first}-{last}"
        report.compare("movement", subject, (class_id, owner, state, 1), tuple(moved))


def _parents(asked: Asked, report: Report) -> None:
    """Each block came out of the one that its movement took it from, or is new."""
    for class_id, first, last, parent, right in asked.rows(
        "SELECT b.class_id, b.first, b.last, b.parent_id, CASE WHEN b.parent_id IS NULL"
        " THEN m.sender = :nobody"
        " ELSE p.id < b.id AND p.class_id = b.class_id AND p.first <= b.first AND b.last <= p.last"
        " AND p.owner = m.sender AND p.to_height = m.block AND p.to_height <= b.from_height END"
        " FROM unit_block b LEFT JOIN movement m ON m.id = b.movement_id"
        " LEFT JOIN unit_block p ON p.id = b.parent_id WHERE b.from_height <= :h",
        nobody=bytes(20),
    ):
        mirror = "new" if parent is None else f"block {parent}"
        ledger = mirror if right else "the block that the movement took them from"
        report.compare("parent", f"{asked.classes[class_id].name}:{first}-{last}", mirror, ledger)


def _holders(asked: Asked, report: Report) -> None:
    """Who holds or held units has an account, the gateway apart."""
    for registry_id, address in asked.rows(
        "SELECT DISTINCT c.registry_id, h.owner FROM (SELECT class_id, owner FROM unit_block"
        " WHERE state = 1 AND from_height <= :h AND :h < to_height UNION"
        " SELECT class_id, recipient FROM movement WHERE state = 1 AND block <= :h) h"
        " JOIN unit_class c ON c.id = h.class_id WHERE NOT EXISTS (SELECT 1 FROM account a"
        " WHERE a.registry_id = c.registry_id AND a.address = h.owner"
        " AND a.from_height <= :h AND :h < a.to_height)"
    ):
        if address != asked.gateway:
            subject = f"{asked.registries[registry_id][0]} 0x{address.hex()}"
            report.compare("account", subject, "nothing", "holds or held units")


def _lots(asked: Asked, report: Report) -> None:
    """7: outstanding <= floor(escrowed x rate)."""
    for lot_id, numerator, denominator, escrowed, outstanding in asked.rows(
        "SELECT l.id, l.rate_numerator, l.rate_denominator, s.escrowed, s.outstanding FROM lot l"
        " JOIN lot_state s ON s.lot_id = l.id WHERE s.from_height <= :h AND :h < s.to_height"
    ):
        most = escrowed * int(numerator) // int(denominator)
        report.compare("invariant 7", f"lot {lot_id}", outstanding, min(outstanding, most))


def _quotas(asked: Asked, report: Report) -> None:
    """8: a meter rises up to the quota at most, and by what the lots of its link brought, less what
    came home under net terms. A ledger block in which other terms came into force is left out:
    there the meter went on into another period, or against another quota."""
    amended = {
        tuple(row) for row in asked.rows("SELECT link_id, block FROM link_terms WHERE stage = 1")
    }
    brought = _sums(
        asked, "SELECT link_id, block, SUM(foreign_count) FROM lot WHERE block <= :h GROUP BY 1, 2"
    )
    returned = _sums(
        asked,
        "SELECT l.link_id, s.block, SUM(s.last - s.first + 1) FROM lot_settlement s"
        " JOIN lot l ON l.id = s.lot_id WHERE s.at_source = 0 AND s.state = 1 AND s.block <= :h"
        " GROUP BY 1, 2",
    )
    net = _net(asked)
    before: dict[int, tuple[int, int]] = {}
    for link_id, height, start, used, quota in asked.rows(
        "SELECT link_id, from_height, period_start, used, quota FROM meter WHERE from_height <= :h"
        " ORDER BY link_id, from_height"
    ):
        started, was = before.get(link_id, (start, 0))
        before[link_id] = (start, used)
        if (link_id, height) in amended:
            continue
        base = was if started == start else 0
        subject = f"link {link_id} in ledger block {height}"
        if used > base:
            report.compare("invariant 8", subject, used, min(used, quota))
        home = returned[link_id, height] if net[link_id, height] else 0
        if home <= base:  # else it may have been at zero in between
            report.compare("quota sum", subject, used, base + brought[link_id, height] - home)


def _sums(asked: Asked, sql: str) -> Counter[tuple[int, int]]:
    """By link and ledger block."""
    return Counter({(link_id, block): quantity for link_id, block, quantity in asked.rows(sql)})


def _net(asked: Asked) -> defaultdict[tuple[int, int], bool]:
    """Whether the terms of a link were net, in each ledger block in which its meter changed."""
    found: defaultdict[tuple[int, int], bool] = defaultdict(bool)
    for link_id, height, net in asked.rows(
        "SELECT m.link_id, m.from_height, (SELECT t.net FROM link_terms t"
        " WHERE t.link_id = m.link_id AND t.stage = 1 AND t.block <= m.from_height"
        " ORDER BY t.block DESC, t.log_index DESC LIMIT 1) FROM meter m WHERE m.from_height <= :h"
    ):
        found[link_id, height] = bool(net)
    return found

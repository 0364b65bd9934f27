"""What every other comparison builds on: whose mirror it is, and that its names lead somewhere."""

from __future__ import annotations

from registry_node.chain.deployment import Deployment
from registry_node.indexer.digest import VERSION as DIGEST
from registry_node.indexer.report import Report
from registry_node.store.connection import Connection
from registry_node.store.database import get_meta
from registry_node.store.tables import Kind, tables

_TARGETS = {
    "class_id": ("class", "SELECT id FROM unit_class WHERE block <= :h"),
    "registry_id": ("registry", "SELECT id FROM registry"),
    "source_id": ("registry", "SELECT id FROM registry"),
    "destination_id": ("registry", "SELECT id FROM registry"),
}
"""What a column that ends so names: the kind of the difference, and the ids that there are."""


def check(connection: Connection, deployment: Deployment | None, report: Report) -> None:
    """Add what differs. After a difference here the contracts cannot be asked."""
    if deployment:
        _meta(connection, deployment, report)
        _registries(connection, deployment, report)
    _references(connection, report)


def _meta(connection: Connection, deployment: Deployment, report: Report) -> None:
    for key, value in deployment.identity.items():
        report.compare("meta", key, get_meta(connection, key) or "nothing", value)
    report.compare("meta", "digest", get_meta(connection, "digest") or "nothing", str(DIGEST))
    final = get_meta(connection, "finalized") or "-1"
    head = connection.execute("SELECT MAX(number) FROM header").fetchone()[0]
    if head is not None:
        # It was the chain's head, or above it, by which the mirror judged what is final.
        least, most = deployment.finality.final_height(head), head
        right = _is_whole(final) and least <= int(final) <= most
        report.compare("meta", "finalized", final, final if right else f"{least} to {most}")


def _is_whole(text: str) -> bool:
    return text.lstrip("-").isdecimal()


def _registries(connection: Connection, deployment: Deployment, report: Report) -> None:
    mirror = {
        id_: row
        for id_, *row in connection.execute(
            "SELECT id, code, name, address, authority, proxy_hash, edition_hash FROM registry"
        )
    }
    ledger = {
        id_: [r.code, r.name, r.address, r.authority, r.proxy_hash, r.edition_hash]
        for id_, r in enumerate(deployment.registries, 1)
    }
    for id_ in sorted(mirror.keys() | ledger.keys()):
        there = mirror.get(id_, "nothing")
        report.compare("registry", str(id_), there, ledger.get(id_, "nothing"))


def compare_meta(mirror: Connection, reference: Connection, report: Report) -> None:
    """What two mirrors say of themselves. Up to where the ledger is final is a matter of when each
    asked: `check` says whether it is possible."""
    ours, theirs = (
        dict(map(tuple, connection.execute("SELECT key, value FROM meta")))
        for connection in (mirror, reference)
    )
    for key in sorted((ours.keys() | theirs.keys()) - {"finalized"}):
        report.compare("meta", key, ours.get(key, "nothing"), theirs.get(key, "nothing"))


def _references(connection: Connection, report: Report) -> None:
    """Rows that name a class or registry which the mirror does not have."""
    for table in tables().values():
        if table.kind is Kind.OTHER:
            continue
        since = "block" if table.kind is Kind.FACT else "from_height"
        for column in table.columns:
            for ending, (kind, known) in _TARGETS.items():
                if not column.endswith(ending):
                    continue
                for (id_,) in connection.execute(
                    f"SELECT DISTINCT {column} FROM {table.name}"  # noqa: S608 - names of the schema
                    f" WHERE {since} <= :h AND {column} NOT IN ({known})",
                    {"h": report.height},
                ):
                    report.compare(kind, f"id {id_}", "nothing", f"named by {table.name}")

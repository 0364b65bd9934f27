"""/metrics: what the process counted, and what is true of the mirror when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from registry_node import metrics
from registry_node.api.health import HealthCheck
from registry_node.domain.errors import TonnelinkError
from registry_node.queries.snapshot import Json, Reader
from registry_node.store.marks import last

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_GAUGES = {
    "tonnelink_healthy": "1 while the node, its chain and its mirror are well, else 0",
    "tonnelink_chain_head": "Height of the chain's head; absent while the chain is silent",
    "tonnelink_mirror_head": "Height of the mirror's head; absent while the mirror is empty",
    "tonnelink_mirror_lag_blocks": "Ledger blocks that the mirror is behind the chain",
    "tonnelink_mirror_finalized": "Height up to which no ledger block can be replaced",
    "tonnelink_mirror_head_timestamp_seconds": "When the mirror's head was made, since 1970",
    "tonnelink_disputed_subjects": "Accounts, classes, links whose answers carry a mark",
    "tonnelink_reconciled_height": "Ledger block of the last comparison; absent before the first",
    "tonnelink_reconciled_timestamp_seconds": "When that comparison was made, since 1970",
    "tonnelink_reconciled_differences": "What that comparison found",
    "tonnelink_database_bytes": "Size of the mirror's database",
}


def exposition(health: HealthCheck, reader: Reader) -> bytes:
    """Every metric in Prometheus' text format. It asks the chain and the mirror: call it in a
    thread. What cannot be read now is left out; nothing is raised."""
    registry = CollectorRegistry()
    registry.register(_Standing(_figures(health, reader)))
    counted: bytes = generate_latest(metrics.REGISTRY)
    return counted + generate_latest(registry)


def _figures(health: HealthCheck, reader: Reader) -> dict[str, float | None]:
    document, as_of = health.check()
    size = made = None
    with suppress(TonnelinkError), reader.snapshot() as snapshot:
        size = snapshot.connection.size()
        made = last(snapshot.connection)
    return {
        "tonnelink_healthy": float(_is_healthy(document)),
        "tonnelink_chain_head": document["chain_head"],
        "tonnelink_mirror_head": document["indexed"],
        "tonnelink_mirror_lag_blocks": document["lag"],
        "tonnelink_mirror_finalized": as_of.final if as_of else None,
        "tonnelink_mirror_head_timestamp_seconds": as_of.timestamp if as_of else None,
        "tonnelink_disputed_subjects": document["disputed"],
        "tonnelink_reconciled_height": made and made.height,
        "tonnelink_reconciled_timestamp_seconds": made and made.made_at,
        "tonnelink_reconciled_differences": made and made.differences,
        "tonnelink_database_bytes": size,
    }


def _is_healthy(document: Json) -> bool:
    return bool(document["status"] == "ok")


class _Standing:
    """Figures as a Prometheus collector."""

    def __init__(self, figures: dict[str, float | None]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, value in self._figures.items():
            if value is not None:
                gauge: Any = GaugeMetricFamily(name, _GAUGES[name])
                gauge.add_metric([], value)
                yield gauge

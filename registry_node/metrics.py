"""What this process counts about itself, for Prometheus: every such metric, once.

Whoever does the thing counts it: `REORGS.inc()`. What is true of the mirror (its head, its lag) is
not kept here but read when somebody asks: see `api/exposition.py`. A label is a word out of a short
list, never an address, a URL or a token: labels are kept for ever and read by many.

docs/reference/metrics.md lists them all; a test holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# ---- the API --------------------------------------------------------------------------------

OTHERS = "other"
"""Addresses that the API does not describe; counted only."""

_WITHIN = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0)
"""Seconds that answers are told apart by."""


class Answers:
    """The answers of one address. Plain numbers, since every request pays for them; only the event
    loop counts."""

    __slots__ = ("seconds", "statuses", "within")

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.within = [0] * (len(_WITHIN) + 1)
        self.seconds = 0.0

    def count(self, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def took(self, seconds: float) -> None:
        self.within[bisect_left(_WITHIN, seconds)] += 1
        self.seconds += seconds


class _Requests:
    """What was answered, as a Prometheus collector."""

    def __init__(self) -> None:
        self.answers: dict[str, Answers] = {}

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "tonnelink_http_requests",
            "Requests answered, by address as the API describes it and by status",
            labels=["endpoint", "status"],
        )
        seconds = HistogramMetricFamily(
            "tonnelink_http_request_seconds",
            "Time to answer a request, by address as the API describes it",
            labels=["endpoint"],
        )
        bounds = [*map(str, _WITHIN), "+Inf"]
        for endpoint, answers in sorted(self.answers.items()):
            for status, count in sorted(answers.statuses.copy().items()):
                requests.add_metric([endpoint, str(status)], count)
            within = list(zip(bounds, accumulate(answers.within), strict=True))
            if endpoint != OTHERS:
                seconds.add_metric([endpoint], within, answers.seconds)
        yield requests
        yield seconds


_requests = _Requests()
REGISTRY.register(_requests)


def answers_of(endpoint: str) -> Answers:
    """Where the answers of an address, as the API describes it, are counted."""
    return _requests.answers.setdefault(endpoint, Answers())


STREAM_READERS = Gauge(
    "tonnelink_stream_readers", "Readers of the live stream now", registry=REGISTRY
)
STREAM_EVENTS = Counter(
    "tonnelink_stream_events",
    "Events sent to readers of the live stream, by kind",
    ["kind"],
    registry=REGISTRY,
)

# ---- the indexer ----------------------------------------------------------------------------

INDEXED_BLOCKS = Counter(
    "tonnelink_indexed_blocks", "Ledger blocks written to the mirror", registry=REGISTRY
)
INDEXED_LOGS = Counter(
    "tonnelink_indexed_logs", "Events of the ledger written to the mirror", registry=REGISTRY
)
REORGS = Counter(
    "tonnelink_reorgs", "Times that the chain took ledger blocks back", registry=REGISTRY
)
UNDONE_BLOCKS = Counter(
    "tonnelink_undone_blocks", "Ledger blocks that the mirror took back", registry=REGISTRY
)

# ---- the ledger's node ----------------------------------------------------------------------

RPC_REQUESTS = Counter(
    "tonnelink_rpc_requests", "Requests sent to the ledger's node", registry=REGISTRY
)
RPC_ERRORS = Counter(
    "tonnelink_rpc_errors",
    "Requests that the ledger's node did not answer well, by the kind of error",
    ["kind"],
    registry=REGISTRY,
)

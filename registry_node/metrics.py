"""What this process counts about itself, for Prometheus: every such metric, once.

Whoever does the thing counts it: `REORGS.inc()`. What is true of the mirror (its head, its lag) is
not kept here but read when somebody asks: see `api/exposition.py`. A label is a word out of a short
list, never an address, a URL or a token: labels are kept for ever and read by many.

docs/reference/metrics.md lists them all; a test holds the two together.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# ---- the API --------------------------------------------------------------------------------

REQUESTS = Counter(
    "tonnelink_http_requests",
    "Requests answered, by address as the API describes it and by status",
    ["endpoint", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "tonnelink_http_request_seconds",
    "Time to answer a request, by address as the API describes it",
    ["endpoint"],
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0),
    registry=REGISTRY,
)
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

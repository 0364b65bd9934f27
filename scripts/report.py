"""What the demonstration shows for itself, read from the node's own API.

`build` makes the report, `shortcomings` says what in it is not as it must be, `lines` prints it.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

TOTALS = ("issued", "held", "escrowed", "surrendered", "retired", "cancelled")

# What the story must come to, whatever else it holds.
KOREA_2017 = 538_900_000
TRANSFERS = {"JP-13_JP-11": 8, "JP-11_JP-13": 6}
LIFE = ("issuance", "allocation", "export", "import", "surrender")


@dataclass(frozen=True, slots=True)
class Api:
    """The node's HTTP interface, as any user reads it."""

    url: str

    def get(self, path: str, **query: object) -> Any:
        """The `data` of one answer."""
        return self._ask(path, query)["data"]

    def all(self, path: str, **query: object) -> list[Json]:
        """Every item of a list, page after page."""
        items: list[Json] = []
        while True:
            answer = self._ask(path, query)
            items += answer["data"]
            if not answer.get("next_cursor"):
                return items
            query["cursor"] = answer["next_cursor"]

    def _ask(self, path: str, query: dict[str, object]) -> Json:
        address = self.url + path
        if query:
            address += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310 - our own node
            answer: Json = json.load(response)
        return answer


# ---- the report -------------------------------------------------------------------------------


def build(api: Api, story: Json, verification: Json) -> Json:
    """The report: what the node says, and what the story knows (what was refused)."""
    return {
        "registries": {entry["code"]: _registry(entry) for entry in api.all("/v1/registries")},
        "links": {
            link["id"]: _link(api, link, story)
            for link in api.all("/v1/links")
            if link["terms"] is not None  # a one-way agreement's other direction has none
        },
        "trace": _trace(api, story["trace_unit"]),
        "verify": verification,
        "refused": story["refused"][0] if story["refused"] else None,
    }


def _registry(entry: Json) -> Json:
    classes = {item["symbol"]: _totals(item) for item in entry["classes"]}
    sums = {name: sum(item[name] for item in classes.values()) for name in TOTALS}
    return {**sums, "classes": classes}


def _totals(item: Json) -> dict[str, int]:
    return {name: int(item[name]) for name in TOTALS}


def _link(api: Api, link: Json, story: Json) -> Json:
    rate, meter = link["terms"]["rate"], link["quota_meter"]
    return {
        "source": link["source"],
        "destination": link["destination"],
        "rate": f"{rate['numerator']}/{rate['denominator']}",
        "terms_version": link["terms_version"],
        "quota": {
            "limit": int(meter["quota"]),
            "used": int(meter["used"]),
            "remaining": int(meter["remaining"]),
            "period_start": meter["period_start"],
            "period_end": meter["period_end"],
        },
        "quota_history": api.get(f"/v1/links/{link['id']}/quota")["history"],
        "quotes": [quote for quote in story["quotes"] if quote["link"] == link["id"]],
        "transfers": [_lot(lot) for lot in api.all("/v1/lots", link=link["id"])],
    }


def _lot(lot: Json) -> Json:
    return {
        "lot": lot["id"],
        "from": lot["from_label"],
        "to": lot["to_label"],
        "source_units": lot["source_units"],
        "foreign_units": lot["foreign_units"],
        "source_quantity": int(lot["source_quantity"]),
        "foreign_quantity": int(lot["foreign_quantity"]),
        "terms_version": lot["terms_version"],
        "block": lot["block_number"],
        "transaction": lot["transaction_hash"],
    }


def _trace(api: Api, unit: str) -> Json:
    registry, symbol, serial = unit.split(":")
    trace: Json = api.get(f"/v1/units/{registry}/{symbol}/{serial}")
    return trace


# ---- what must hold ---------------------------------------------------------------------------


def shortcomings(report: Json) -> list[str]:
    """Whatever is not as it must be, in plain words."""
    return [
        *_unbalanced(report["registries"]),
        *_wrong_links(report["links"]),
        *_wrong_trace(report["trace"]),
        *_differing(report["verify"]),
        *([] if report["refused"] else ["no transfer was refused"]),
    ]


def _unbalanced(registries: Json) -> Iterator[str]:
    for code, registry in registries.items():
        for symbol, totals in registry["classes"].items():
            parts = sum(totals[name] for name in TOTALS[1:])
            if totals["issued"] != parts:
                yield f"{code}:{symbol}: {totals['issued']:,} issued, {parts:,} accounted for"
    issued = registries["KR"]["classes"]["KAU-2017"]["issued"]
    if issued != KOREA_2017:
        yield f"KR:KAU-2017: {issued:,} issued and not {KOREA_2017:,}"


def _wrong_links(links: Json) -> Iterator[str]:
    for name, expected in TRANSFERS.items():
        found = len(links[name]["transfers"])
        if found != expected:
            yield f"{name}: {found} transfers and not {expected}"


def _wrong_trace(trace: Json) -> Iterator[str]:
    events = [step["event"] for step in trace["steps"]]
    for event in LIFE:
        if event not in events:
            yield f"the life of {trace['unit']} has no {event}"


def _differing(verification: Json) -> Iterator[str]:
    for difference in verification["differences"]:
        yield f"the mirror differs from the ledger: {json.dumps(difference)}"


# ---- for a person -----------------------------------------------------------------------------


def lines(report: Json) -> Iterator[str]:
    """The report as text."""
    for code, registry in report["registries"].items():
        yield from _registry_lines(code, registry)
    yield from _quota_lines(report["links"])
    if report["refused"]:
        yield from _refused_lines(report["refused"])
    yield from _trace_lines(report["trace"])


def _registry_lines(code: str, registry: Json) -> Iterator[str]:
    yield ""
    yield f"{code}, tonnes"
    rows = [(symbol, *_figures(totals)) for symbol, totals in registry["classes"].items()]
    if len(rows) > 1:
        rows.append(("all", *_figures(registry)))
    yield from _table(("class", *TOTALS), rows)


def _figures(totals: Json) -> tuple[str, ...]:
    return tuple(f"{totals[name]:,}" for name in TOTALS)


def _quota_lines(links: Json) -> Iterator[str]:
    yield ""
    yield "Links: import quotas of this period, tonnes at the destination"
    header = ("link", "rate", "terms", "quota", "used", "left", "transfers")
    rows = []
    for name, link in links.items():
        quota = link["quota"]
        figures = (f"{quota[key]:,}" for key in ("limit", "used", "remaining"))
        rows.append(
            (name, link["rate"], f"v{link['terms_version']}", *figures, str(len(link["transfers"])))
        )
    yield from _table(header, rows)


def _refused_lines(refused: Json) -> Iterator[str]:
    values = ", ".join(f"{name} {value:,}" for name, value in refused["values"].items())
    yield ""
    yield f"Refused: {refused['account']} -> {refused['recipient']} over {refused['link']}"
    yield f"  {refused['quantity']:,} t of {refused['symbol']}: {refused['reason']}"
    yield f"  {refused['error']}: {values}"


def _trace_lines(trace: Json) -> Iterator[str]:
    yield ""
    twins = ", ".join(twin["units"] for twin in trace["twins"])
    yield f"The life of {trace['unit']}, abroad {twins}; now {trace['state'].lower()}"
    header = ("block", "transaction", "type", "what", "from", "to", "serial there")
    rows = [
        (
            str(step["block_number"]),
            step["transaction_hash"][:12] + "...",
            step["transaction_type"],
            step["event"],
            step["from_label"] or step["from"] or "-",
            step["to_label"] or step["to"] or "-",
            step["unit"],
        )
        for step in trace["steps"]
    ]
    yield from _table(header, rows)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns of numbers stand to the right, words to the left."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    is_number = [all(_numeric(cell) for cell in column[1:]) for column in columns]
    for row in (header, *rows):
        cells = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, is_number, strict=True)
        )
        yield "  " + "  ".join(cells).rstrip()


def _numeric(cell: str) -> bool:
    return cell.replace(",", "").isdigit()

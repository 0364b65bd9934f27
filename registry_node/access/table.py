"""The one table of who may see what: every address of the API, by role.

The guard decides by it, docs/reference/access.md shows it, and a test asks every cell of it. An
address without a row is closed to everybody, so that a new one cannot be open by oversight.

What is public and what is not follows the rules of the programmes (docs/domain.md):

- published by the authorities: coverage, allocation method, rules of use, and each year's surrender
  results (Interim Measures, Art. 33 and 34); voluntary cancellation for the public good (Art. 22);
  each offset followed from issue to use (F-08);
- business secrets (F-15; Art. 42, 43 and 45): who holds, trades, pledges and requests what;
- an authority supervises its own programme (F-02, F-11, F-14; Art. 36 and 37).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from registry_node.domain.view import EVERYTHING, PUBLIC, View


class Role(StrEnum):
    """What somebody is to the node."""

    PUBLIC = "public"
    HOLDER = "holder"
    AUTHORITY = "authority"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Sees(StrEnum):
    """How much of an address somebody sees."""

    ALL = "all"
    OWN = "own"
    AGGREGATE = "aggregate"
    REFUSED = "refused"

    def view(self, own: View) -> View:
        """What queries are narrowed to, for an asker whose own things are `own`."""
        if self is Sees.ALL:
            return EVERYTHING
        return own if self is Sees.OWN else PUBLIC


@dataclass(frozen=True, slots=True)
class Row:
    """An address with its cells; `streams` when its answer does not end by itself."""

    path: str
    public: Sees
    holder: Sees
    authority: Sees
    auditor: Sees
    operator: Sees
    why: str
    streams: bool = False

    def cell(self, role: Role) -> Sees:
        cell: Sees = getattr(self, role.value)
        return cell


def _row(path: str, cells: str, why: str, *, streams: bool = False) -> Row:
    public, holder, authority, auditor, operator = map(Sees, cells.split())
    return Row(path, public, holder, authority, auditor, operator, why, streams)


_OPEN = "all all all all all"
_CLOSED = "refused own own all refused"
_PROGRAMME = "refused refused own all refused"
_PARTLY = "aggregate own own all aggregate"

TRACE = "/v1/units/{registry}/{class}/{serial}"

TABLE = (
    _row("/", _OPEN, "the page; it is made of these answers"),
    _row("/openapi.json", _OPEN, "the description of the API"),
    _row("/.well-known/jwks.json", _OPEN, "public keys that statements are checked with"),
    _row("/v1/registries", _OPEN, "totals (Art. 34)"),
    _row("/v1/registries/{code}", _OPEN, "totals (Art. 34)"),
    _row("/v1/registries/{code}/classes", _OPEN, "totals (Art. 34)"),
    _row("/v1/registries/{code}/settings", _OPEN, "rules of the programme (Art. 34)"),
    _row("/v1/registries/{code}/documents", _OPEN, "rules of the programme (Art. 34)"),
    _row("/v1/registries/{code}/roles", _PROGRAMME, "who decides in the programme (F-14)"),
    _row("/v1/registries/{code}/accounts", _CLOSED, "who takes part, and how (F-15)"),
    _row("/v1/accounts/{registry}/{address}", _CLOSED, "holdings, limits, trusted list (F-15)"),
    _row("/v1/holdings", _CLOSED, "who holds what (F-15)"),
    _row("/v1/movements", _CLOSED, "who moved what to whom (F-15)"),
    _row(TRACE, _PARTLY, "a tonne's life (F-08); parties (F-15)"),
    _row("/v1/links", _OPEN, "terms of links are rules (Art. 34)"),
    _row("/v1/links/{id}", _OPEN, "terms of links are rules (Art. 34)"),
    _row("/v1/links/{id}/quota", _OPEN, "quota use is a total"),
    _row("/v1/links/{id}/quote", _OPEN, "arithmetic on public terms"),
    _row("/v1/members", _OPEN, "who takes part in links, with which code"),
    _row("/v1/successions", _OPEN, "the code of the link gateway"),
    _row("/v1/lots", _CLOSED, "who sent what abroad (F-15)"),
    _row("/v1/obligations", _PARTLY, "published results (Art. 33); the rest (F-15)"),
    _row("/v1/proposals", _PROGRAMME, "decisions of the authority (F-14)"),
    _row("/v1/proposals/{registry}/{number}", _PROGRAMME, "decisions of the authority (F-14)"),
    _row("/v1/requests", _CLOSED, "what holders are about to do (F-15)"),
    _row("/v1/requests/{registry}/{number}", _CLOSED, "what holders are about to do (F-15)"),
    _row("/v1/trades", _CLOSED, "trades (F-15, F-18)"),
    _row("/v1/liens", _CLOSED, "pledges and freezes (F-15, F-17)"),
    _row("/v1/statements", _PARTLY, "as the answer that is signed"),
    _row("/v1/stream", _PARTLY, "quota use is public; movements (F-15)", streams=True),
    _row("/v1/digests", _OPEN, "fingerprints of the whole, which tell nothing of its parts"),
    _row(
        "/v1/health",
        "aggregate aggregate aggregate all all",
        "whether the node is level; what is wrong with it is its operator's",
    ),
    _row("/metrics", "refused refused refused refused all", "the node's own"),
)


def find(path: str) -> Row | None:
    """The row of a request's path; None when there is none, which closes it."""
    fixed, templates = _compiled()
    row = fixed.get(path)
    if row is not None:
        return row
    return next((row for pattern, row in templates if pattern.fullmatch(path)), None)


@cache
def _compiled() -> tuple[dict[str, Row], tuple[tuple[re.Pattern[str], Row], ...]]:
    fixed = {row.path: row for row in TABLE if "{" not in row.path}
    templates = tuple((_pattern(row.path), row) for row in TABLE if "{" in row.path)
    return fixed, templates


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[a-z]+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def markdown() -> str:
    """The table as the documentation shows it."""
    roles = [role.value for role in Role]
    lines = [f"| address | {' | '.join(roles)} | why |", "|---" * (len(roles) + 2) + "|"]
    for row in TABLE:
        cells = " | ".join(row.cell(role).value for role in Role)
        lines.append(f"| `{row.path}` | {cells} | {row.why} |")
    return "\n".join(lines) + "\n"

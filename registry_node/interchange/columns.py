"""The columns of each list, for files that are tables: CSV and Parquet.

A column is a path into the API's object: `quantity`, `verifier.label`. What is itself a list, or
has a shape that differs from row to row, is one column of JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from registry_node.queries.registries import OF_WHICH, TOTALS
from registry_node.queries.snapshot import Json

Kind = Literal["text", "integer", "unsigned", "boolean", "time", "json"]
"""integer: 64 bits; unsigned: 64 bits without a sign; time: ISO 8601 in UTC, to the second."""

_KINDS: Mapping[str, Kind] = {
    "int": "integer",
    "uint": "unsigned",
    "bool": "boolean",
    "time": "time",
    "json": "json",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. The address of a person has the person's name: `verifier`, `verifier_label`."""

    path: tuple[str, ...]
    kind: Kind = "text"

    @property
    def name(self) -> str:
        named = self.path[:-1] if len(self.path) > 1 and self.path[-1] == "address" else self.path
        return "_".join(named)

    def of(self, item: Json) -> Any:
        """The value in an object of the list: text, int, bool or None."""
        value: Any = item
        for part in self.path:
            if value is None:
                return None
            value = value[part]
        if value is None:
            return None
        if self.kind == "json":
            return orjson.dumps(value).decode()
        return int(value) if self.kind in {"integer", "unsigned"} else value


def columns(words: str) -> tuple[Column, ...]:
    """Columns from words: `quantity:int verifier.label filings:json`."""
    made = []
    for word in words.split():
        path, _, kind = word.partition(":")
        made.append(Column(tuple(path.split(".")), _KINDS[kind] if kind else "text"))
    return tuple(made)


_PLACE = " block_number:int block_hash time:time transaction_hash log_index:int"
_PARTIES = " from from_label to to_label"
_CALL = " target target_address function arguments:json call call_hash"
_DESK = " desk desk_replaced:bool"
_TOTALS = ("cap", *TOTALS, *OF_WHICH)

LISTS: Mapping[str, tuple[Column, ...]] = {
    "registries": columns(
        "code name address authority "
        + " ".join(f"totals.{name}:int" for name in _TOTALS)
        + " classes:json"
    ),
    "classes": columns(
        "registry symbol unit_type vintage:int period.first_year:int period.last_year:int"
        " attributes:json origin.registry origin.symbol sealed:bool "
        + " ".join(f"{name}:int" for name in _TOTALS)
    ),
    "accounts": columns(
        "registry address label kind status purpose file_hash opened_at:time province:int"
    ),
    "holdings": columns("registry class account label state quantity:int free:int encumbered:int"),
    "blocks": columns(
        "registry class units first:int last:int quantity:int unit_type vintage:int owner"
        " owner_label state marks:json used_abroad:bool transaction_type transaction_name memo"
        " text_hash compliance_year:int" + _PLACE
    ),
    "movements": columns(
        "registry class units quantity:int"
        + _PARTIES
        + " transaction_type transaction_name state"
        + _PLACE
    ),
    "links": columns(
        "id number:int agreement:int source destination status suspended_by:json ends_at:time"
        " terms_version:int terms:json waiting_terms:json proposed_terms:json quota_meter:json"
    ),
    "lots": columns(
        "id:int link terms_version:int rate.numerator:uint rate.denominator:uint status"
        " source_units:json source_quantity:int foreign_units foreign_quantity:int escrowed:int"
        " outstanding:int waiting:json" + _PARTIES + _PLACE
    ),
    "obligations": columns(
        "registry account label compliance_year:int emissions_state attested_emissions:int"
        " verified_emissions:int verifier.address verifier.label report disputable_until:time"
        " report_due:time debt:int inherited:int initially_allocated:int allocated:int"
        " surrendered:int owed:int deadline:time reversible_until:time status deduction:int"
        " published:bool limits:json by_class:json filings:json" + _DESK
    ),
    "proposals": columns(
        "registry number:int state"
        + _CALL
        + " document proposer.address proposer.label approver.address approver.label"
        " ended_by.address ended_by.label deadline:time ready_at:time"
    ),
    "requests": columns(
        "registry number:int state account.address account.label"
        + _CALL
        + " initiator.address initiator.label approver.address approver.label"
        " ended_by.address ended_by.label deadline:time ready_at:time" + _DESK
    ),
    "trades": columns(
        "registry class quantity:int from.address from.label to.address to.label"
        " institution.address institution.label trade negotiated:bool" + _PLACE
    ),
    "liens": columns(
        "registry number:int kind account.address account.label creditor.address creditor.label"
        " reason class units:json quantity:int lot:int" + _DESK
    ),
    "documents": columns("registry kind hash valid_from:time" + _PLACE),
    "members": columns(
        "registry name code sponsor admitted_at:time edition succession:int stands_still:bool"
    ),
    "successions": columns(
        "number:int edition code_hash ready_at:time proposed_by accepted:int stopped_by state"
    ),
}
"""By the list's name: the last word of its address at the API, or "blocks"."""

"""The terms of a link: what options say of them, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from linking.attributes import NOTHING
from linking.rates import InvalidRate, Rate
from registry_node.cli import output
from registry_node.cli.conditions import Condition, told
from registry_node.cli.members import members
from registry_node.cli.periods import first_second, last_second
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import MAX_SERIAL, symbol_of, token_id
from registry_node.domain.words import UnitType
from registry_node.queries import rules
from registry_node.queries.snapshot import Json, moment

TermsTuple = tuple[Any, ...]

_TYPES = {"allowance": UnitType.ALLOWANCE, "credit": UnitType.CREDIT}
_YEARS = re.compile(r"([0-9]{4})-([0-9]{4})")
_RATE = re.compile(r"\s*[0-9]{1,20}([/.][0-9]{1,20})?\s*")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%?")
_ALL = 10_000  # basis points
_DAY = 86_400


def rate(text: str) -> Rate:
    if not _RATE.fullmatch(text):
        raise InvalidInput(f"'{text}' is not a rate.", "Write 9/10 or 0.9, of 20 digits at most.")
    try:
        return Rate.parse(text)
    except InvalidRate as error:
        raise InvalidInput(f"'{text}' is not a rate: {error}.", "Write 9/10 or 0.9.") from error


def cap_share(text: str | None, cap_class: str | None) -> tuple[int, int]:
    """Basis points and class of a quota that is a share of a cap; zeros without one."""
    if text is None and cap_class is None:
        return 0, 0
    found = _PERCENT.fullmatch(text or "")
    points = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if cap_class is None or not 0 < points <= _ALL:
        raise InvalidInput(
            f"'{text or ''}' of {cap_class or 'no class'} is no share of a cap.",
            "Write --cap-share 2.5 --cap-class KAU-2025: percent, of two decimals at most.",
        )
    return points, token_id(cap_class)


def quota(quantity: int) -> int:
    if not 0 <= quantity <= MAX_SERIAL:
        raise InvalidInput(f"{quantity} is not a quota.", f"It is 0 to {MAX_SERIAL} t.")
    return quantity


def type_bits(text: str) -> int:
    bits = 0
    for word in text.split(","):
        kind = _TYPES.get(word.strip())
        if kind is None:
            raise InvalidInput(f"'{word}' is not a unit type.", f"Types: {', '.join(_TYPES)}.")
        bits |= 1 << kind
    return bits


def vintages(text: str) -> tuple[int, int]:
    years = _YEARS.fullmatch(text)
    if years is None:
        raise InvalidInput(f"'{text}' are not vintages.", "Write them as 2020-2030.")
    return int(years[1]), int(years[2])


@dataclass(frozen=True)
class Shared:
    """What both directions of a new agreement have in common."""

    net: bool
    fresh_meter: bool
    freezes_abroad: bool
    notice: int  # seconds
    first_day: date
    last_day: date
    periods: list[int]
    unit_types: int
    vintages: tuple[int, int]
    conditions: list[Condition]

    def terms(
        self, exact: Rate, limit: int, share: tuple[int, int] = (0, 0), unit: bytes = NOTHING
    ) -> TermsTuple:
        """The terms of one direction, in the order of the ledger's struct."""
        return (
            exact.numerator,
            exact.denominator,
            quota(limit),
            *share,
            self.net,
            self.fresh_meter,
            self.freezes_abroad,
            self.notice,
            first_second(self.first_day),
            last_second(self.last_day),
            self.periods,
            self.unit_types,
            *self.vintages,
            unit,
            self.conditions,
        )


ABSENT: TermsTuple = (0, 0, 0, 0, 0, False, False, False, 0, 0, 0, [], 0, 0, 0, NOTHING, [])
"""The terms of the direction that a one-way agreement does not have."""


def terms_fields(terms: Json) -> dict[str, str | None]:
    """Terms as people read them, from what the mirror says of them."""
    net = ", net of what comes home" if terms["net"] else ""
    fresh = ", beginning anew" if terms["fresh_meter"] else ""
    ends = [_day_of(period["end"]) for period in terms["periods"]]
    notice = terms["notice_seconds"]
    many = f"each of {len(ends)} periods" if len(ends) > 1 else "all"
    return {
        "in force from": terms.get("effective_at"),
        "rate": f"{rate_of(terms)} destination units per source unit",
        "quota": f"{_quota(terms)} in {many}{net}{fresh}",
        "quota periods end on": ", ".join(ends),
        "valid": f"{_day_of(terms['valid_from'])} to {_day_of(terms['valid_until'])}",
        "unit types": ", ".join(terms["unit_types"]),
        "vintages": f"{terms['vintage_from']} to {terms['vintage_to']}",
        "a source unit is": terms["unit"] or None,
        "classes": "; ".join(map(told, terms["conditions"])) or None,
        "freezes reach abroad": "yes" if terms["freezes_abroad"] else None,
        "notice": f"{notice / _DAY:g} days" if notice else None,
        "to be accepted until": terms.get("deadline"),
        "changed by": output.named(terms.get("changed_by"), terms.get("changed_by_label")),
    }


def _quota(terms: Json) -> str:
    """How much, and of what it is a share; the ledger says only the share."""
    share, tonnes = terms["quota_share"], terms["quota"]
    parts = [f"{output.tonnes(tonnes)} t"] if tonnes is not None else []
    if share:
        parts.append(f"{share['basis_points'] / 100:g} % of the cap of {share['class']}")
    return ", ".join(parts)


def terms_json(gateway: Any, terms: Sequence[Any]) -> Json:
    """The ledger's struct as the mirror says terms. How much a share of a cap is, the ledger does
    not say with them."""
    said = members(gateway.functions.proposedTermsOf(0), terms)
    share = {"basis_points": said["quotaShare"], "class": symbol_of(said["quotaClass"])}
    return {
        "rate": {name: str(said[f"rate{name.title()}"]) for name in ("numerator", "denominator")},
        "quota": None if said["quotaShare"] else str(said["quota"]),
        "quota_share": share if said["quotaShare"] else None,
        "net": said["net"],
        "fresh_meter": said["freshMeter"],
        "freezes_abroad": said["freezesAbroad"],
        "notice_seconds": said["notice"],
        "valid_from": moment(said["validFrom"]),
        "valid_until": moment(said["validUntil"]),
        "periods": [{"end": moment(end)} for end in said["periods"]],
        "unit_types": [kind.name for kind in UnitType if said["unitTypes"] & (1 << kind)],
        "vintage_from": said["vintageFrom"],
        "vintage_to": said["vintageTo"],
        "unit": None if said["unit"] == NOTHING else str(rules.shown(said["unit"])),
        "conditions": rules.shown_conditions(said["conditions"]),
    }


def rate_of(terms: Json) -> str:
    return "{numerator}/{denominator}".format(**terms["rate"])


def _day_of(time: str) -> str:
    return time[:10]

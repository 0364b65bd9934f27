"""Days, and the quota periods of a link."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from registry_node.domain.errors import InvalidInput

_DAY = 86_400
_EPOCH = 1970
_MOST_PERIODS = 40  # as in LinkAgreements.sol
_FEBRUARY = 2

LAST_PERIODS = ("refuse", "longer", "shorter")
"""What becomes of days that are left over behind the last whole quota period."""


def day(text: str) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise InvalidInput(f"'{text}' is not a day.", "Write it as 2026-01-31.") from error
    if found.year < _EPOCH:
        raise InvalidInput(f"'{text}' is before the ledger's time.", f"It begins with {_EPOCH}.")
    return found


def first_second(of: date) -> int:
    return int(datetime(of.year, of.month, of.day, tzinfo=UTC).timestamp())


def last_second(of: date) -> int:
    return first_second(of) + _DAY - 1


def periods(
    first: date, last: date, *, days: int | None, years: int | None, rest: str
) -> list[int]:
    """The last second of each quota period, from a first to a last day.

    Without a length the whole time is one period: nobody gets a second quota by saying nothing.
    """
    if days is not None and years is not None:
        raise InvalidInput(
            "A quota period has one length.", "Give --period-days or --period-years."
        )
    if last < first:
        raise InvalidInput(f"{last} is before {first}.", "Give the days in their order.")
    if days is None and years is None:
        return [last_second(last)]
    ends: list[date] = []
    while not ends or ends[-1] < last:
        if len(ends) == _MOST_PERIODS:
            raise InvalidInput(
                f"{first} to {last} has more than {_MOST_PERIODS} such quota periods.",
                "Make them longer, or the time of the link shorter.",
            )
        ends.append(_end(first, len(ends) + 1, days or 0, years or 0))
    if ends[-1] != last:
        ends = _cut(first, ends, last, rest)
    return [last_second(end) for end in ends]


def _end(first: date, number: int, days: int, years: int) -> date:
    """The last day of the period of a number, counted from 1."""
    try:
        begins = _years_later(first, number * years) if years else first + timedelta(number * days)
    except (OverflowError, ValueError) as error:
        raise InvalidInput(
            "The quota periods go beyond the year 9999.", "End the link earlier."
        ) from error
    return begins - timedelta(1)


def _cut(first: date, ends: list[date], last: date, rest: str) -> list[date]:
    """The same where the link ends before its last period does."""
    *whole, after = ends
    if rest == "shorter":
        return [*whole, last]
    if not whole:
        raise InvalidInput(
            f"{first} to {last} is shorter than one quota period.",
            f"End the link on {after}, leave the length of the periods out, or give the shorter"
            " time a whole quota: --last-period shorter.",
        )
    if rest == "longer":
        return [*whole[:-1], last]
    raise InvalidInput(
        f"The last quota period, {whole[-1] + timedelta(1)} to {last}, is shorter than the others.",
        f"End the link on {whole[-1]} or {after}. Or have its days join the period before, under"
        " one quota: --last-period longer. Or give it a whole quota: --last-period shorter.",
    )


def _years_later(of: date, years: int) -> date:
    """The same day some years later; of 29 February the first of March where there is none."""
    if of.month == _FEBRUARY and of.day > monthrange(of.year + years, _FEBRUARY)[1]:
        return date(of.year + years, _FEBRUARY + 1, 1)
    return of.replace(year=of.year + years)

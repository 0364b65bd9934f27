"""Commands by which link administrators agree, tighten and stop links."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from linking.rates import InvalidRate, Rate
from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.links import terms_fields
from registry_node.cli.signing import proposed, report, signer, word_of
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import MAX_SERIAL, parse_code, token_id
from registry_node.domain.words import UnitType
from registry_node.queries import links

TermsTuple = tuple[Any, ...]

_ABSENT: TermsTuple = (0, 0, 0, 0, 0, False, *(0,) * 8, (), ())
_TYPES = {"allowance": UnitType.ALLOWANCE, "credit": UnitType.CREDIT}
_YEARS = re.compile(r"([0-9]{4})-([0-9]{4})")
_RATE = re.compile(r"\s*[0-9]{1,20}([/.][0-9]{1,20})?\s*")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%?")
_ALL = 10_000  # basis points
_MOST_LISTED = 8  # as in LinkTerms.sol
_DAY = 86_400
_LINK_ADMINISTRATOR = 6  # as in Roles.sol
_EPOCH = 1970


def _rate(text: str) -> Rate:
    if not _RATE.fullmatch(text):
        raise InvalidInput(f"'{text}' is not a rate.", "Write 9/10 or 0.9, of 20 digits at most.")
    try:
        return Rate.parse(text)
    except InvalidRate as error:
        raise InvalidInput(f"'{text}' is not a rate: {error}.", "Write 9/10 or 0.9.") from error


def _seconds(text: str, *, last: bool = False) -> int:
    """The first, or last, second of a day in UTC."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidInput(f"'{text}' is not a day.", "Write it as 2026-01-31.") from error
    if day.year < _EPOCH:
        raise InvalidInput(f"'{text}' is before the ledger's time.", f"It begins with {_EPOCH}.")
    return int(day.timestamp()) + (_DAY - 1 if last else 0)


def _cap_share(text: str | None, cap_class: str | None) -> tuple[int, int]:
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


def _words(listed: tuple[str, ...]) -> tuple[bytes, ...]:
    """Categories or regions as the ledger has them."""
    if len(listed) > _MOST_LISTED:
        raise InvalidInput(f"{len(listed)} are too many.", f"At most {_MOST_LISTED}.")
    return tuple(word_of(text) for text in listed)


def _quota(quantity: int) -> int:
    if not 0 <= quantity <= MAX_SERIAL:
        raise InvalidInput(f"{quantity} is not a quota.", f"It is 0 to {MAX_SERIAL} t.")
    return quantity


@click.command()
@click.argument("source", metavar="SOURCE")
@click.argument("destination", metavar="DESTINATION")
@click.option("--rate", required=True, help="Destination units per source unit: 9/10 or 0.9.")
@click.option("--quota", type=int, help="Destination units in a quota period.")
@click.option("--cap-share", metavar="PERCENT", help="Or: a share of a cap of the destination.")
@click.option("--cap-class", metavar="CLASS", help="The class whose cap that is: KAU-2025.")
@click.option("--back-rate", help="Rate of the other direction; without it there is none.")
@click.option("--back-quota", type=int, help="Quota of the other direction.")
@click.option("--from", "first_day", required=True, metavar="DAY", help="First day: 2026-01-01.")
@click.option("--until", "last_day", required=True, metavar="DAY", help="Last day: 2030-12-31.")
@click.option("--period-days", type=click.IntRange(1, 40_000), default=365, show_default=True)
@click.option("--net", is_flag=True, help="What comes home gives its quota back.")
@click.option(
    "--notice-days",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    help="How long other terms wait after both sides have agreed on them.",
)
@click.option("--types", default="allowance,credit", show_default=True, help="Unit types accepted.")
@click.option("--vintages", required=True, metavar="YEARS", help="Vintages accepted: 2020-2030.")
@click.option("--category", "categories", multiple=True, help="Project category; none: any.")
@click.option("--region", "regions", multiple=True, help="Project region; none: any.")
@signer_options
@json_option
@pass_node
def propose(
    node: Node,
    *,
    source: str,
    destination: str,
    rate: str,
    quota: int | None,
    cap_share: str | None,
    cap_class: str | None,
    back_rate: str | None,
    back_quota: int | None,
    first_day: str,
    last_day: str,
    period_days: int,
    net: bool,
    notice_days: int,
    types: str,
    vintages: str,
    categories: tuple[str, ...],
    regions: tuple[str, ...],
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Propose a link agreement, or new terms for a link that exists. Role: link administrator.

    Once an agreement is accepted, this proposes terms for the direction SOURCE to DESTINATION.
    Accepted terms replace those in force after the notice that those demand. The quota meter goes
    on when the length of the period stays; with another length it begins anew.

    \b
    Example:
      tonnelink link propose CN KR --rate 9/10 --quota 1000000 --from 2026-01-01 \\
          --until 2030-12-31 --vintages 2020-2030 --as cn-link-administrator
    """
    years = _YEARS.fullmatch(vintages)
    if years is None:
        raise InvalidInput(f"'{vintages}' are not vintages.", "Write them as 2020-2030.")
    start = _seconds(first_day)
    with node.reading() as snapshot:
        try:
            row = links.find_link(snapshot, f"{source}_{destination}")
            running = links.period_in_force(snapshot, row["id"])
        except NotFound:
            row, running = None, None
    length = period_days * _DAY
    period_start = start
    if running is not None and running[1] == length:
        # Other terms give nobody a fresh quota: periods begin where they would have begun.
        period_start = start - (start - running[0]) % length
    shared = (
        start,
        _seconds(last_day, last=True),
        period_start,
        length,
        _type_bits(types),
        int(years[1]),
        int(years[2]),
        _words(categories),
        _words(regions),
    )

    def terms(text: str, limit: int, share: tuple[int, int] = (0, 0)) -> TermsTuple:
        exact = _rate(text)
        return (
            exact.numerator,
            exact.denominator,
            _quota(limit),
            *share,
            net,
            notice_days * _DAY,
            *shared,
        )

    share = _cap_share(cap_share, cap_class)
    if (quota is None) == (share[0] == 0):
        raise InvalidInput(
            "A link has one quota.", "Give --quota TONNES, or --cap-share with --cap-class."
        )
    there = terms(rate, quota or 0, share)
    first, second = (
        node.ledger.registry(parse_code(code)).address for code in (source, destination)
    )
    gateway = node.ledger.gateway
    if row is not None and row["version"] > 0:
        if back_rate is not None:
            raise InvalidInput(
                "This agreement is in force; terms are proposed one direction at a time.",
                f"Leave --back-rate out, and propose {destination} {source} for the other.",
            )
        step = gateway.functions.proposeTerms(row["id"], there)
    else:
        back = _ABSENT if back_rate is None else terms(back_rate, back_quota or 0)
        step = gateway.functions.proposeAgreement(first, second, there, back)
    done = node.ledger.propose(source, step, signer(node, signed_by, key_file))
    proposed(node, source, f"terms of {source}_{destination}", done, as_json=as_json)


def _type_bits(text: str) -> int:
    bits = 0
    for word in text.split(","):
        kind = _TYPES.get(word.strip())
        if kind is None:
            raise InvalidInput(f"'{word}' is not a unit type.", f"Types: {', '.join(_TYPES)}.")
        bits |= 1 << kind
    return bits


@click.command()
@click.argument("name", metavar="LINK")
@signer_options
@json_option
@pass_node
def accept(
    node: Node, *, name: str, signed_by: str | None, key_file: Path | None, as_json: bool
) -> None:
    """Accept the terms that the other side proposed, as the mirror shows them.

    They are repeated to the ledger: when they have changed meanwhile, nothing is accepted.

    \b
    Example:
      tonnelink link show CN_KR
      tonnelink link accept CN_KR --as kr-link-administrator
    """
    with node.reading() as snapshot:
        row = links.find_link(snapshot, name)
        waiting = links.proposed_terms(snapshot, row["id"])
        shown = links.link(snapshot, name)["proposed_terms"]
        agreement = row["agreement_id"]
        both = [links.proposed_terms(snapshot, 2 * agreement + side) for side in (0, 1)]
        other = links.accepting_side(snapshot, row)
    if waiting is None:
        raise NotFound(f"No terms are proposed for {name}.", "See 'tonnelink link show'.")
    gateway = node.ledger.gateway
    if row["version"] == 0:
        step = gateway.functions.acceptAgreement(agreement, *(t or _ABSENT for t in both))
    else:
        step = gateway.functions.acceptTerms(row["id"], row["version"] + 1, waiting)
    key = signer(node, signed_by, key_file)
    side = other or _side(node, key.address, row["source"], row["destination"])
    done = node.ledger.propose(side, step, key)
    proposed(node, side, f"to accept the terms of {name}", done, as_json=as_json)
    if shown and not as_json:
        output.fields(terms_fields(shown), title=f"Accepted: terms version {shown['version']}")


@click.command("lower-quota")
@click.argument("name", metavar="LINK")
@click.argument("quota", metavar="TONNES", type=int)
@signer_options
@json_option
@pass_node
def lower_quota(
    node: Node,
    *,
    name: str,
    quota: int,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Lower the import quota at once. Role: link administrator of the destination, alone.

    \b
    Example:
      tonnelink link lower-quota CN_KR 500000 --as kr-link-administrator
    """
    step = node.ledger.gateway.functions.lowerQuota(_number(node, name), _quota(quota))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"The quota of {name} is now {quota:,} t", done, as_json=as_json)


@click.command()
@click.argument("name", metavar="LINK")
@signer_options
@json_option
@pass_node
def suspend(
    node: Node, *, name: str, signed_by: str | None, key_file: Path | None, as_json: bool
) -> None:
    """Stop transfers over a link at once; units can still come home. Either side alone.

    \b
    Example:
      tonnelink link suspend CN_KR --as kr-link-administrator
    """
    step = node.ledger.gateway.functions.suspend(_number(node, name))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"{name} is suspended", done, as_json=as_json)


@click.command()
@click.argument("name", metavar="LINK")
@signer_options
@json_option
@pass_node
def resume(
    node: Node, *, name: str, signed_by: str | None, key_file: Path | None, as_json: bool
) -> None:
    """Propose to take back one's own side's suspension; another administrator approves.

    \b
    Example:
      tonnelink link resume CN_KR --as kr-link-administrator
    """
    step = node.ledger.gateway.functions.resume(_number(node, name))
    with node.reading() as snapshot:
        row = links.find_link(snapshot, name)
    key = signer(node, signed_by, key_file)
    side = _side(node, key.address, row["source"], row["destination"])
    done = node.ledger.propose(side, step, key)
    proposed(node, side, f"to resume {name}", done, as_json=as_json)


def _side(node: Node, address: str, *codes: str) -> str:
    """The programme whose link administrator an address is; the first when it is nobody's."""
    for code in codes:
        if node.ledger.has_role(code, _LINK_ADMINISTRATOR, address):
            return code
    return codes[0]


COMMANDS = (propose, accept, lower_quota, suspend, resume)


def _number(node: Node, name: str) -> int:
    with node.reading() as snapshot:
        return int(links.find_link(snapshot, name)["id"])

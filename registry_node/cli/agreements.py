"""Commands by which two programmes agree on a link, its terms and its end."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from registry_node.cli import output
from registry_node.cli.conditions import attribute, conditions
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.cli.hashes import parse_hash
from registry_node.cli.links import find_number, link
from registry_node.cli.periods import LAST_PERIODS, day, periods
from registry_node.cli.sides import Side, other_side, side_of, side_option
from registry_node.cli.signing import Proposer, propose, proposer_options
from registry_node.cli.terms import (
    ABSENT,
    Shared,
    cap_share,
    rate,
    terms_fields,
    terms_json,
    type_bits,
    vintages,
)
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import parse_code
from registry_node.queries.snapshot import Json, hexed

_DAY = 86_400
_MOST_NOTICE = 730  # days, as in LinkAgreements.sol

_edition_option = click.option(
    "--edition", metavar="HASH", help="The partner's code that was examined; else what it runs now."
)


class Proposed(NamedTuple):
    """Terms that wait for the other side."""

    terms: tuple[Any, ...]
    registry: str  # of the side that proposed them
    deadline: int

    @classmethod
    def of(cls, node: Node, link_id: int) -> Proposed:
        gateway = node.ledger.gateway
        return cls(*node.ledger.ask(gateway.functions.proposedTermsOf(link_id)))


def _consent(node: Node, code: str, edition: str | None) -> tuple[str, bytes, bytes]:
    """What a side consents to: with whom, under which name, running which code."""
    gateway = node.ledger.gateway
    registry = node.ledger.registry(code).address
    member = node.ledger.ask_named(gateway.functions.memberOf(registry))
    if not any(member["code"]):
        raise NotFound(
            f"{code} takes no part in the links of this gateway.",
            "A programme that does admits it: 'tonnelink link admit'.",
        )
    running = node.ledger.ask(gateway.functions.editionOf(registry))
    return registry, member["code"], parse_hash(edition) if edition else running


@link.command("propose")
@click.argument("source", metavar="SOURCE")
@click.argument("destination", metavar="DESTINATION")
@click.option("--rate", "exact", required=True, help="Destination units per source unit: 9/10.")
@click.option("--quota", type=int, help="Destination units in a quota period.")
@click.option("--cap-share", "share", metavar="PERCENT", help="Or: a share of a cap there.")
@click.option("--cap-class", metavar="CLASS", help="The class whose cap that is: KAU-2025.")
@click.option("--back-rate", help="Rate of the other direction; without it there is none.")
@click.option("--back-quota", type=int, help="Quota of the other direction.")
@click.option("--from", "first_day", required=True, metavar="DAY", help="First day: 2026-01-01.")
@click.option("--until", "last_day", required=True, metavar="DAY", help="Last day: 2030-12-31.")
@click.option("--period-years", type=click.IntRange(1, 1000), help="Length of a quota period.")
@click.option("--period-days", type=click.IntRange(1, 40_000), help="Or: its length in days.")
@click.option(
    "--last-period",
    type=click.Choice(LAST_PERIODS),
    default=LAST_PERIODS[0],
    show_default=True,
    help="When days are left over at the end.",
)
@click.option("--net", is_flag=True, help="What comes home gives its quota back.")
@click.option("--fresh-meter", is_flag=True, help="What was used under other terms counts no more.")
@click.option("--freezes-abroad", is_flag=True, help="A freeze by the source reaches units there.")
@click.option(
    "--notice-days",
    type=click.IntRange(0, _MOST_NOTICE),
    default=0,
    show_default=True,
    help="How long other terms wait after both sides have agreed on them.",
)
@click.option("--types", default="allowance,credit", show_default=True, help="Unit types accepted.")
@click.option("--vintages", "years", required=True, metavar="YEARS", help="Vintages: 2020-2030.")
@click.option("--unit", metavar="UNIT", help="What a source unit is, if no tonne: short-ton.")
@click.option("--only", multiple=True, metavar="NAME=VALUES", help="Only such classes.")
@click.option("--except", "except_", multiple=True, metavar="NAME=VALUES", help="No such classes.")
@click.option("--at-least", multiple=True, metavar="NAME=NUMBER", help="Not below this.")
@click.option("--at-most", multiple=True, metavar="NAME=NUMBER", help="Not above this.")
@_edition_option
@side_option
@proposer_options
@json_option
@pass_node
def propose_link(  # as many words as terms have
    node: Node,
    *,
    source: str,
    destination: str,
    exact: str,
    quota: int | None,
    share: str | None,
    cap_class: str | None,
    back_rate: str | None,
    back_quota: int | None,
    first_day: str,
    last_day: str,
    period_years: int | None,
    period_days: int | None,
    last_period: str,
    net: bool,
    fresh_meter: bool,
    freezes_abroad: bool,
    notice_days: int,
    types: str,
    years: str,
    unit: str | None,
    only: tuple[str, ...],
    except_: tuple[str, ...],
    at_least: tuple[str, ...],
    at_most: tuple[str, ...],
    edition: str | None,
    side: str | None,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose a link agreement, or new terms for a link that exists. Role: link administrator.

    Once an agreement is accepted, this proposes terms for the direction SOURCE to DESTINATION.
    Accepted terms replace those in force after the notice that those demand. Without a length of
    the quota periods there is one quota for the whole time.

    \b
    Example:
      tonnelink link propose CN KR --rate 9/10 --quota 1000000 --from 2026-01-01 \\
          --until 2030-12-31 --period-years 1 --vintages 2020-2030 \\
          --only project-type=forestry,wind --as cn-link-administrator
    """
    there_rate = rate(exact)
    first, last = day(first_day), day(last_day)
    shared = Shared(
        net,
        fresh_meter,
        freezes_abroad,
        notice_days * _DAY,
        first,
        last,
        periods(first, last, days=period_days, years=period_years, rest=last_period),
        type_bits(types),
        vintages(years),
        conditions(only, except_, at_least, at_most),
    )
    of_cap = cap_share(share, cap_class)
    if (quota is None) == (of_cap[0] == 0):
        raise InvalidInput(
            "A link has one quota.", "Give --quota TONNES, or --cap-share with --cap-class."
        )
    there = shared.terms(there_rate, quota or 0, of_cap, *([attribute(unit)] if unit else []))
    codes = (parse_code(source), parse_code(destination))
    number = _running(node, f"{source}_{destination}")
    if number is None:
        side, step = _agreement(node, codes, there, shared, (back_rate, back_quota), edition)
    else:
        if back_rate is not None:
            raise InvalidInput(
                "This agreement is in force; terms are proposed one direction at a time.",
                f"Leave --back-rate out, and propose {destination} {source} for the other.",
            )
        side = side_of(node, proposer, side, codes)
        registry = node.ledger.registry(side).address
        step = node.ledger.gateway.functions.proposeTerms(number, registry, there)
    says = f"terms of {source}_{destination}"
    propose(node, side, step, says, proposer, as_json=as_json)


def _running(node: Node, name: str) -> int | None:
    """The number of a link whose agreement is accepted and has not ended."""
    try:
        number = find_number(node, name)
    except NotFound:
        return None
    found = node.ledger.ask_named(node.ledger.gateway.functions.linkOf(number))
    ended = found["endsAt"] and node.ledger.time() >= found["endsAt"]
    return number if found["version"] and not ended else None


def _agreement(
    node: Node,
    codes: tuple[str, str],
    there: tuple[Any, ...],
    shared: Shared,
    other: tuple[str | None, int | None],
    edition: str | None,
) -> tuple[str, Any]:
    """Who proposes an agreement, and the step."""
    back_rate, back_quota = other
    back = ABSENT if back_rate is None else shared.terms(rate(back_rate), back_quota or 0)
    first = node.ledger.registry(codes[0]).address
    consent = _consent(node, codes[1], edition)
    step = node.ledger.gateway.functions.proposeAgreement(first, consent, there, back)
    return codes[0], step


@link.command()
@click.argument("name", metavar="LINK")
@_edition_option
@proposer_options
@json_option
@pass_node
def accept(
    node: Node, *, name: str, edition: str | None, proposer: Proposer, as_json: bool
) -> None:
    """Propose to accept the terms that the other side proposed; they are shown. The terms of a new
    agreement are those of both of its directions.

    They are repeated to the ledger: if the other side changes them, nothing is accepted.

    \b
    Example:
      tonnelink link show CN_KR
      tonnelink link accept CN_KR --as kr-link-administrator
    """
    number = find_number(node, name)
    gateway = node.ledger.gateway
    found = node.ledger.ask_named(gateway.functions.linkOf(number))
    offered = Proposed.of(node, number)
    if not offered.deadline:
        raise NotFound(f"No terms are proposed for {name}.", "See 'tonnelink link show'.")
    proposed_by = node.ledger.code_of(offered.registry) or offered.registry
    accepting = other_side(node, found, offered.registry)
    if found["version"] == 0:
        agreement = number // 2
        read = {way: Proposed.of(node, way).terms for way in (2 * agreement, 2 * agreement + 1)}
        consent = _consent(node, proposed_by, edition)
        step = gateway.functions.acceptAgreement(agreement, consent, *read.values())
    else:
        registry = node.ledger.registry(accepting).address
        version = found["version"] + 1
        read = {number: offered.terms}
        step = gateway.functions.acceptTerms(number, registry, version, offered.terms)
    says = f"{accepting} accepts the terms of {name}"
    propose(node, accepting, step, says, proposer, as_json=as_json)
    if not as_json:
        for way, terms in read.items():
            if terms[0]:  # the direction that there is not has no rate
                title = f"{proposed_by} proposes for {node.link_name(way)}"
                output.fields(terms_fields(terms_json(gateway, terms)), title=title)


@link.command()
@click.argument("name", metavar="LINK")
@side_option
@proposer_options
@json_option
@pass_node
def end(node: Node, *, name: str, side: str | None, proposer: Proposer, as_json: bool) -> None:
    """Propose to end the agreement that a link belongs to, both of its directions.

    It ends after the longer notice of the two, or at once when the other side ends it too. Units
    abroad can still come home and be used; afterwards the two may agree anew.

    \b
    Example:
      tonnelink link end CN_KR --as kr-link-administrator
    """
    number, ours = _ours(node, name, side, proposer)
    agreement = number // 2
    step = node.ledger.gateway.functions.endAgreement(agreement, ours.registry)
    says = f"{ours.code} ends agreement {agreement} ({name})"
    propose(node, ours.code, step, says, proposer, as_json=as_json)


@link.command("accept-edition")
@click.argument("name", metavar="LINK")
@click.option("--edition", metavar="HASH", help="The partner's code that was examined.")
@side_option
@proposer_options
@json_option
@pass_node
def accept_edition(
    node: Node,
    *,
    name: str,
    edition: str | None,
    side: str | None,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to accept that the partner runs, or will run, other code.

    Until then nothing crosses between the two; units come home and are used.

    \b
    Example:
      tonnelink link accept-edition CN_KR --edition 0x5f16...e2 --as cn-link-administrator
    """
    number, ours = _ours(node, name, side, proposer)
    gateway = node.ledger.gateway
    if edition is None:
        running = node.ledger.ask(gateway.functions.editionOf(ours.partner))
        raise InvalidInput(
            f"It is not said which code is accepted. The partner runs {hexed(running)}.",
            "Examine it, and name it: --edition.",
        )
    step = gateway.functions.acceptEdition(number // 2, ours.registry, parse_hash(edition))
    says = f"{ours.code} accepts that its partner in {name} runs {edition}"
    propose(node, ours.code, step, says, proposer, as_json=as_json)


@link.command()
@click.argument("sponsor", metavar="SPONSOR")
@click.argument("registry", metavar="REGISTRY")
@proposer_options
@json_option
@pass_node
def admit(node: Node, *, sponsor: str, registry: str, proposer: Proposer, as_json: bool) -> None:
    """Propose that SPONSOR, which takes part in links, admits REGISTRY under its code.

    The first programme of a gateway admits itself.

    \b
    Example:
      tonnelink link admit CN KR --as cn-link-administrator
    """
    code = parse_code(registry)
    step = node.ledger.gateway.functions.admit(
        node.ledger.registry(parse_code(sponsor)).address,
        node.ledger.registry(code).address,
        attribute(code),
    )
    propose(node, sponsor, step, f"{sponsor} admits {code}", proposer, as_json=as_json)


def _ours(node: Node, name: str, side: str | None, proposer: Proposer) -> tuple[int, Side]:
    """The number of a link, and the side of it that acts."""
    number = find_number(node, name)
    found: Json = node.ledger.ask_named(node.ledger.gateway.functions.linkOf(number))
    return number, Side.of(node, found, side, proposer)

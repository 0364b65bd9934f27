"""Before the first step: members, accounts, unit classes, compliance years, links."""

from __future__ import annotations

from typing import Any

from brownie.network import chain

from linking.attributes import Condition, word_of
from linking.quotas import calendar_periods
from registry_node.domain.references import token_id
from registry_node.domain.words import AccountKind
from scripts.ledger.editions import text32
from scripts.ledger.player import NOTHING, Player, hash_of
from scripts.story import CODES, AccountRow, ClassRow, LinkRow, YearRow

_DAY = 86_400
_VERIFIED = 1  # a limit's base: the confirmed emissions of the year
_ANY_VINTAGE = 0
_BANK_ALL = 0  # allowances of every earlier vintage count
# A direction that an agreement does not have.
_NO_TERMS: tuple[Any, ...] = (*(0,) * 5, False, False, False, *(0,) * 3, (), *(0,) * 3, NOTHING, ())


def prepare(player: Player) -> None:
    """Everything that the steps stand on."""
    story = player.ledger.story
    for code in CODES:
        _admit(player, code)
    for account in story.accounts:
        _open(player, account)
    for unit_class in story.classes:
        _define(player, unit_class)
    for year in story.years:
        _define_year(player, year)
    agreements: dict[str, list[LinkRow]] = {}
    for row in story.links:
        if row.terms == "first":
            agreements.setdefault(row.agreement, []).append(row)
    for there, *back in agreements.values():
        _agree(player, there, back[0] if back else None)


def _admit(player: Player, code: str) -> None:
    """The first programme admits itself to the links of the gateway, and then the others."""
    sponsor = CODES[0]
    registries = player.ledger.registries
    sides = (registries[sponsor].address, registries[code].address)
    done = player.decide(sponsor, "gateway", "admit", *sides, text32(code))
    player.say(f"   {code} becomes a member; {done.by}")


def _open(player: Player, row: AccountRow) -> None:
    registry = player.ledger.registries[row.registry]
    by = player.ledger.role(row.registry, "account-administrator")
    if row.kind is AccountKind.SYSTEM:
        registry.openSystemAccount(text32(row.name), row.province, by)
        return
    account = (player.ledger.actors[row.name].address, row.kind, hash_of(row.label), row.province)
    if row.kind in {AccountKind.OPERATOR, AccountKind.PARTICIPANT}:
        registry.openAccount(*account, by)
    else:
        player.decide(row.registry, "registry", "openOfficialAccount", *account)


def _define(player: Player, row: ClassRow) -> None:
    attributes = sorted((word_of(name), word_of(value)) for name, value in row.attributes.items())
    period = (row.period_first, row.period_last)
    spec = (row.unit_type, row.vintage, *period, row.cap, attributes)
    player.decide(row.registry, "registry", "defineClass", text32(row.symbol), spec)


def _define_year(player: Player, row: YearRow) -> None:
    """A compliance year with its deadline and limits, as two officers set it."""
    days = (row.reversal_days, row.dispute_days, row.correction_days)
    rules = (
        chain[-1].timestamp + row.deadline_days * _DAY,
        row.before,
        row.first_vintage,
        row.last_vintage,
        *(each * _DAY for each in days),
        row.deduction_multiple,
        _BANK_ALL,
        False,  # not closed
    )
    share = (_VERIFIED, row.limit_basis_points, 0, 0, row.limit_types, _ANY_VINTAGE, False)
    limit = (*share, NOTHING, NOTHING, _conditions(row.limit_conditions))
    limits = [limit] if row.limit_types else []
    done = player.decide(row.registry, "compliance", "defineYear", row.year, rules, limits)
    player.say(f"   {row.registry} opens the compliance year {row.year}; {done.by}")


def _agree(player: Player, there: LinkRow, back: LinkRow | None) -> None:
    """Two link administrators of one side propose, two of the other accept the same terms."""
    first, second = there.source_registry, there.destination_registry
    terms = (terms_of(there), terms_of(back) if back else _NO_TERMS)
    registry = player.ledger.registries[first].address
    call = ("proposeAgreement", registry, _consent(player, second), *terms)
    proposal = player.decide(first, "gateway", *call)
    agreement = proposal.receipt.events["AgreementProposed"]["agreementId"]
    call = ("acceptAgreement", agreement, _consent(player, first), *terms)
    acceptance = player.decide(second, "gateway", *call)
    player.links[there.name] = (2 * agreement, there)
    if back:
        player.links[back.name] = (2 * agreement + 1, back)
    for row in (there, back) if back else (there,):
        years = "calendar year" if row.period_years == 1 else f"{row.period_years} calendar years"
        player.say(
            f"   {row.source_registry} -> {row.destination_registry} at {row.rate}, "
            f"import quota {row.quota:,} t a {years}{' net of returns' if row.net else ''} "
            f"(block {acceptance.receipt.block_number}); {proposal.by}; {acceptance.by}"
        )


def _consent(player: Player, code: str) -> tuple[Any, ...]:
    """To a programme as it is: who, under which name, running which code."""
    registry = player.ledger.registries[code].address
    return (registry, text32(code), player.ledger.gateway.editionOf(registry))


def terms_of(row: LinkRow) -> tuple[Any, ...]:
    """Terms as the contracts take them, in force from now on."""
    now = chain[-1].timestamp
    periods = calendar_periods(now, row.valid_years, row.period_years)
    return (
        row.rate.numerator,
        row.rate.denominator,
        row.quota,
        row.quota_basis_points,
        token_id(row.quota_class),
        row.net,
        False,  # what was used under the terms before goes on counting
        False,  # a freeze of the source stays at the source
        0,  # notice
        now,
        periods[-1],
        periods,
        row.unit_types,
        row.vintage_first,
        row.vintage_last,
        NOTHING,  # a unit is a tonne
        _conditions(row.conditions),
    )


def _conditions(conditions: tuple[Condition, ...]) -> list[tuple[Any, ...]]:
    return [(each.attribute, each.test, each.values) for each in conditions]

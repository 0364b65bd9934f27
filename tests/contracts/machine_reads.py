"""What a programme's contracts say, beside what the shadow says: every record that there is.

Each entry has a name, what would differ if it had changed, and how the two are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from eth_utils.crypto import keccak

from scripts.bench.evm import Contract
from tests.contracts.shadow_authority import Authority
from tests.contracts.shadow_compliance import Compliance
from tests.contracts.shadow_holders import Holders
from tests.contracts.shadow_issuance import Issuances
from tests.contracts.shadow_ledger import Desk, Programme
from tests.contracts.shadow_liens import Liens
from tests.contracts.shadow_proposals import Proposals, ProposalState
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Role, Status

Entry = tuple[Any, Any, Callable[[], None]]


def same(found: Any, expected: Any) -> None:
    found, expected = plain(found), plain(expected)
    assert found == expected, f"the ledger says {found!r}, its shadow {expected!r}"


def plain(value: Any) -> Any:
    """Lists and tuples alike."""
    return tuple(plain(v) for v in value) if isinstance(value, (list, tuple)) else value


def told(contract: Contract, function: str, *args: Any, expected: Any) -> Entry:
    """A question that is answered whole."""
    expected = plain(expected)
    ask = getattr(contract, function)
    return (contract.address, function, *args), expected, lambda: same(ask(*args), expected)


def fields(record: Any) -> tuple[Any, ...]:
    return tuple(plain(value) for value in vars(record).values())


def of_programme(p: Programme, at: dict[str, Contract]) -> Iterator[Entry]:
    """`at`: the contracts by their addresses."""
    yield from _accounts(at[p.registry.address], p.registry)
    yield from _registry(at[p.registry.address], p.registry)
    yield from _authority(at[p.authority.address], p.authority)
    yield from _proposals(at[p.proposals.address], p.proposals)
    for desk in (desk for kind in p.desks.values() for desk in kind):
        yield from _desk(at[desk.address], desk)
        yield told(at[desk.address], "implementation", expected=desk.edition)


# ---- the registry -----------------------------------------------------------------------------


def _accounts(contract: Contract, registry: Registry) -> Iterator[Entry]:
    for address, a in list(registry.accounts.items()):
        signature = (*vars(a).values(), registry.sale_share)
        yield (
            (contract.address, address),
            signature,
            partial(_account, contract, registry, address),
        )


def _account(contract: Contract, registry: Registry, address: str) -> None:
    a, found = registry.accounts[address], contract.accountOf(address)
    expected = (a.controls, a.limit, a.province, a.approval_round, a.file)
    same((*found[:3], *found[4:]), (a.kind, a.status, a.opened_at, *expected))
    most = a.allocated * registry.sale_share // 10_000
    same(contract.freeSalesOf(address), (a.allocated, a.sold, most))
    if a.status != Status.NONE:
        same(contract.holdingLimitOf(address), registry.limit_of(address))


def _registry(contract: Contract, registry: Registry) -> Iterator[Entry]:
    for kind, desk in registry.desks.items():
        yield told(contract, "deskOf", kind, expected=desk)
    for name, document in registry.documents.items():
        yield told(contract, "documentOf", name, expected=document)
    for identity, units in registry.classes.items():
        attributes = sorted(units.attributes.items())
        spec = (units.unit_type, units.vintage, *units.period, units.cap, attributes)
        yield told(contract, "classOf", identity, expected=spec)
        origin = units.origin or ("0x" + "00" * 20, "0x" + "00" * 20, 0)
        yield told(contract, "originOf", identity, expected=origin)
    yield told(contract, "holderDesk", expected=registry.holder_desk)
    yield told(contract, "saleShare", expected=registry.sale_share)
    yield told(contract, "holdingLimitClasses", expected=registry.limit_classes)
    yield told(contract, "implementation", expected=registry.edition)
    approvals = frozenset(registry.approvals)
    yield (contract.address, "approvals"), approvals, partial(_approvals, contract, registry)


def _approvals(contract: Contract, registry: Registry) -> None:
    for holder in list(registry.accounts):
        for operator in {operator for _, operator in registry.approvals} | {registry.holder_desk}:
            approved = (holder, operator) in registry.approvals
            same(contract.isApprovedForAll(holder, operator), approved)


# ---- who decides ------------------------------------------------------------------------------


def _authority(contract: Contract, authority: Authority) -> Iterator[Entry]:
    for role, members in list(authority.members.items()):
        yield told(contract, "membersOf", role, expected=members)
    for key, tenure in authority.tenures.items():
        yield told(contract, "tenureOf", *key, expected=tenure)
    for role in range(Role.ACCOUNT_ADMINISTRATOR, Role.PROPOSAL_DESK):
        excluded = sum(1 << other for other in authority.excluded_by(role))
        yield told(contract, "excludedBy", role, expected=excluded)
    for account in {m for members in authority.members.values() for m in members}:
        offices = sum(1 << role for role in authority.offices_of(account))
        yield told(contract, "officesOf", account, expected=offices)
        province = authority.province_of(account)
        yield told(contract, "provinceOf", account, expected=province)
    for (target, function), role in authority.functions.items():
        selector = authority.selectors[target, function]
        yield told(contract, "getTargetFunctionRole", target, selector, expected=role)
    yield told(contract, "programme", expected=tuple(authority.programme.values()))


def _proposals(contract: Contract, desk: Proposals) -> Iterator[Entry]:
    yield told(contract, "proposalCount", expected=desk.count)
    yield told(contract, "implementation", expected=desk.edition)
    for number, proposal in desk.proposals.items():
        name = (contract.address, "proposal", number)
        yield name, proposal.state, partial(_proposal, contract, desk, number)
    for (target, function), step in desk.steps.items():
        selector = desk.authority.selectors[target, function]
        yield told(contract, "stepOf", target, selector, expected=step)


def _proposal(contract: Contract, desk: Proposals, number: int) -> None:
    p, found = desk.proposals[number], contract.proposalOf(number)
    assert found.state in {p.state, ProposalState.EXPIRED}
    concerns = desk.concerns_guardian(p)
    same(found[:4], (p.call.target, p.call.selector, p.province, concerns))
    times = (p.deadline, p.ready_at, p.approver)
    tenures = (p.proposer_tenure, p.approver_tenure)
    same(found[5:], (p.proposer, *times, *tenures, p.hash))


# ---- desks ------------------------------------------------------------------------------------


def _desk(contract: Contract, desk: Desk) -> Iterator[Entry]:
    if isinstance(desk, Issuances):
        return _issuance(contract, desk)
    if isinstance(desk, Compliance):
        return _compliance(contract, desk)
    return _liens(contract, desk) if isinstance(desk, Liens) else _holders(contract, desk)


def _issuance(contract: Contract, desk: Issuances) -> Iterator[Entry]:
    for report, verification in desk.reports.items():
        yield told(contract, "verificationOf", report, expected=fields(verification))
    for key, issuance in desk.issued.items():
        yield told(contract, "issuanceOf", *key, expected=fields(issuance))
    for key in desk.decisions:
        yield told(contract, "isDecisionUsed", *key, expected=True)
    for line, figures in list(desk.entitlements.items()):
        yield told(contract, "entitlementOf", *line, expected=figures)
    for number, allocation in enumerate(desk.allocations, start=1):
        yield told(contract, "allocationOf", number, expected=fields(allocation))
    for account, share in desk.paid.items():
        yield told(contract, "paidShareOf", account, expected=share)
    for account, to in desk.closures.items():
        yield told(contract, "closureOf", account, expected=to)
    yield told(contract, "allocationCount", expected=len(desk.allocations))
    yield told(contract, "reversalWindow", expected=desk.window)


def _compliance(contract: Contract, desk: Compliance) -> Iterator[Entry]:
    for year, rules in desk.years.items():
        yield told(contract, "yearOf", year, expected=(rules, desk.limits[year]))
    for year, excluded in desk.excluded.items():
        yield told(contract, "exclusionsOf", year, expected=excluded)
    for account, year in list(desk.obligations):
        o = desk.obligations[account, year]
        yield told(contract, "obligationOf", account, year, expected=fields(o))
        yield told(contract, "owed", account, year, expected=desk.owed(account, year))
        for place in range(len(desk.limits[year])):
            for identity, units in desk.registry.classes.items():
                used = desk.limit_use(account, year, place, units)
                yield told(contract, "limitUse", account, year, place, identity, expected=used)


def _liens(contract: Contract, desk: Liens) -> Iterator[Entry]:
    for number, lien in enumerate(desk.liens, start=1):
        yield told(contract, "lienOf", number, expected=fields(lien))
    yield told(contract, "lienCount", expected=len(desk.liens))


def _holders(contract: Contract, desk: Holders) -> Iterator[Entry]:
    for number, q in desk.requests.items():
        request = (
            q.account, q.approved_at, q.deadline, q.state, q.initiator, q.initiator_tenure,
            q.approver_tenure, q.approver, q.call.target, q.call.selector, keccak(q.call.data),
        )  # fmt: skip
        yield told(contract, "requestOf", number, expected=request)
    for key, rights in list(desk.rights.items()):
        yield told(contract, "rightsOf", *key, expected=rights.rights)
    for key, since in desk.trusted.items():
        yield told(contract, "trustedSince", *key, expected=since)
    for key, since in desk.settlers.items():
        yield told(contract, "settlerSince", *key, expected=since)
    for trade in desk.settled:
        yield told(contract, "isSettled", *trade, expected=True)
    yield told(contract, "requestCount", expected=len(desk.requests))
    yield told(contract, "settings", expected=desk.settings)

"""Typed events from raw logs.

web3's `process_log` decodes some 2,500 events a second; unpacking the fixed-size words of our
events is two hundred times faster, and a test compares the two for every event. How each is
unpacked follows from its ABI (`words`); of the few that come by the million, or that pack several
things into a word, it is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import Enum
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Any

from registry_node.chain.artifacts import event_abi, topic
from registry_node.chain.words import A, Decoder, N, U, W, at, decoder, number2, token, words
from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain import events_holders as h
from registry_node.domain import events_links as g
from registry_node.domain import events_roles as r
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.domain.words import run_of


class Voice(Enum):
    """Whose word an event is."""

    REGISTRY = "registry"
    GATEWAY = "gateway"
    AUTHORITY = "authority"
    DESK = "desk"
    ANY = "any"  # of every address that can be given other code


EVENTS: Mapping[str, tuple[Voice, tuple[type[e.Event], ...]]] = {
    "UnitRegistry": (
        Voice.REGISTRY,
        (
            e.AccountOpened,
            e.AccountStatusChanged,
            e.AccountControlsChanged,
            e.AccountProvinceChanged,
            e.ApprovalsEnded,
            e.ApprovalForAll,
            e.ClassDefined,
            e.CapRaised,
            e.ClassSealed,
            e.DocumentPublished,
            e.UnitsIssued,
            e.UnitsMoved,
            e.UnitsUsed,
            e.FreezeMarked,
            h.DeskChanged,
            h.HolderDeskChanged,
            h.SaleShareChanged,
            h.HoldingLimitClassesChanged,
        ),
    ),
    "LinkGateway": (
        Voice.GATEWAY,
        (
            g.MemberAdmitted,
            g.ReportClaimed,
            g.AgreementProposed,
            g.AgreementAccepted,
            g.AgreementEnding,
            g.EditionAccepted,
            g.TermsProposed,
            g.TermsWithdrawn,
            g.TermsAccepted,
            g.TermsInForce,
            g.WaitingQuotaLowered,
            g.LinkSuspended,
            g.LinkResumed,
            g.QuotaUsed,
            g.LotOpened,
            g.ForeignSettled,
            g.SourceSettled,
            g.SettlementWaits,
            g.FrozenAbroad,
            g.LiftedAbroad,
            g.SuccessionProposed,
            g.SuccessionAccepted,
            g.SuccessionStopped,
            g.GatewaySucceeded,
        ),
    ),
    "ProgrammeAuthority": (
        Voice.AUTHORITY,
        (
            r.RoleGranted,
            r.RoleRevoked,
            r.RolesExcluded,
            r.ProgrammeAdopted,
            r.CodeSucceeded,
        ),
    ),
    "ProposalDesk": (
        Voice.DESK,
        (
            d.ProposalMade,
            d.ProposalApproved,
            d.ProposalExecuted,
            d.ProposalStopped,
            h.StepDefined,
        ),
    ),
    "IssuanceDesk": (
        Voice.DESK,
        (
            d.VerificationRecorded,
            d.Entitled,
            d.AllocationRecorded,
            d.ReversalDecided,
            d.AllocationReversed,
            d.ExcessReturned,
            d.CorrectionDecided,
            d.IssuanceCorrected,
            d.ClosureDecided,
            d.PaidShareChanged,
            h.ReversalWindowChanged,
        ),
    ),
    "ComplianceDesk": (
        Voice.DESK,
        (
            d.YearDefined,
            d.LimitsDefined,
            d.DeadlineMoved,
            d.ClassesExcluded,
            d.MonitoringPlanFiled,
            d.SanctionRecorded,
            d.YearPublished,
            d.EmissionsAttested,
            d.EmissionsDisputed,
            d.ReportOrdered,
            d.EmissionsConfirmed,
            d.AllocationCounted,
            d.Surrendered,
            d.DebtChanged,
            d.YearSettled,
        ),
    ),
    "LienDesk": (
        Voice.DESK,
        (d.LienPlaced, d.LienExtended, d.LienLifted, d.LienReleased),
    ),
    "HolderDesk": (
        Voice.DESK,
        (
            h.TrustChanged,
            h.RepresentativeChanged,
            h.SettlerAuthorised,
            h.RequestMade,
            h.RequestApproved,
            h.RequestExecuted,
            h.RequestCancelled,
            h.TradeSettled,
            h.SettingsChanged,
            h.CallAllowed,
        ),
    ),
    "LedgerProxy": (Voice.ANY, (e.Upgraded,)),
}
"""The events that a mirror reads, by the contract that says them."""

# ---- written by hand ------------------------------------------------------------------------

_word = words(W)
_moved_topics = Struct(">32x32s12x20s12x20s").unpack
_lot_topics = words("32x", N, N, A)
# The lot's eleven words, the recipient, the offset of the list (always 13 words), its length.
_lot = words(*[N] * 6, U, U, N, W, W, A, N, N)
_LOT_WORDS = 14
_by_number = words("32x", N, A, A)
_made = words(N, W, N, N)  # offset of the call, its document, deadline, length of the call
_requested = words(A, N, N, N)  # target, offset of the call, deadline, length of the call


def _units_moved(log: RawLog) -> e.Event:
    block, _, log_index, tx_hash, address, topics, data = log
    unit_class, sender, recipient = _moved_topics(topics)
    (word,) = _word(data)
    return e.UnitsMoved(
        block, log_index, tx_hash, address, token(unit_class), sender, recipient, *run_of(word)
    )


def _lot_opened(log: RawLog) -> e.Event:
    head = 32 * _LOT_WORDS
    _, *lot, source_token, foreign_token, recipient, _, ranges = _lot(log.data[:head])
    pairs = [number2(log.data[i : i + 64]) for i in range(head, head + 64 * ranges, 64)]
    tokens = (token(source_token), token(foreign_token))
    fields = (*at(log), *_lot_topics(log.topics), *lot, *tokens, recipient, tuple(pairs))
    return g.LotOpened(*fields)


def _proposal_made(log: RawLog) -> e.Event:
    number, target, proposer = _by_number(log.topics)
    _, document, deadline, length = _made(log.data[:128])
    call = log.data[128 : 128 + length]
    return d.ProposalMade(*at(log), number, target, proposer, call, document, deadline)


def _request_made(log: RawLog) -> e.Event:
    number, account, initiator = _by_number(log.topics)
    target, _, deadline, length = _requested(log.data[:128])
    call = log.data[128 : 128 + length]
    return h.RequestMade(*at(log), number, account, initiator, target, call, deadline)


_BY_HAND: dict[type[e.Event], Decoder] = {
    e.UnitsMoved: _units_moved,
    g.LotOpened: _lot_opened,
    d.ProposalMade: _proposal_made,
    h.RequestMade: _request_made,
}


# ---- structures within ----------------------------------------------------------------------


def _with_terms(read: Decoder) -> Decoder:
    def decode(log: RawLog) -> Any:
        event = read(log)
        event.terms = g.Terms._make(event.terms)
        return event

    return decode


def _with_limits(read: Decoder) -> Decoder:
    def decode(log: RawLog) -> Any:
        event = read(log)
        event.limits = tuple(map(d.Limit._make, event.limits))
        return event

    return decode


_WITHIN = {
    g.TermsProposed: _with_terms,
    g.TermsAccepted: _with_terms,
    g.TermsInForce: _with_terms,
    d.LimitsDefined: _with_limits,
}

# ---- all of them ----------------------------------------------------------------------------


def _decoder_of(contract: str, form: type[e.Event]) -> Decoder:
    if form in _BY_HAND:
        return _BY_HAND[form]
    read = decoder(event_abi(contract, form.__name__), form)
    return _WITHIN[form](read) if form in _WITHIN else read


_DECODERS = {
    topic(contract, form.__name__): (voice, _decoder_of(contract, form))
    for contract, (voice, forms) in EVENTS.items()
    for form in forms
}

TOPICS: tuple[bytes, ...] = tuple(_DECODERS)
"""The first topics of the events that a mirror reads."""

NAMING: frozenset[bytes] = frozenset(
    topic(contract, form.__name__)
    for contract, form in (
        ("UnitRegistry", h.DeskChanged),
        ("UnitRegistry", h.HolderDeskChanged),
        ("ProgrammeAuthority", r.ProgrammeAdopted),
        ("ProposalDesk", h.StepDefined),
    )
)
"""The first topics of those that name other contracts of a programme."""


def decode(log: RawLog) -> e.Event | None:
    """The typed event of a log; None for events that a mirror does not need (ERC-1155's own).

    Raises `Inconsistent` when a known event does not have its form.
    """
    found = _DECODERS.get(log.topics[:32])
    if found is None:
        return None
    try:
        event: e.Event = found[1](log)
    except (StructError, TypeError, ValueError, OverflowError) as error:
        raise Inconsistent(
            f"Log {log.log_index} of ledger block {log.block} does not have its event's form.",
            "The contracts and the committed artifacts differ: 'make compile' and compare.",
        ) from error
    return event


def voice_of(log: RawLog) -> Voice | None:
    """Whose word a log's event is; None for events that a mirror does not need."""
    found = _DECODERS.get(log.topics[:32])
    return None if found is None else found[0]


def named_in(logs: Iterable[RawLog]) -> set[bytes]:
    """The contracts that some logs name, of whatever programme. What has no form names none."""
    found: set[bytes] = set()
    for log in logs:
        if log.topics[:32] in NAMING:
            with suppress(Inconsistent):
                found.update(_named(decode(log)))
    return found - {bytes(20)}


def _named(event: e.Event | None) -> Iterable[bytes]:
    match event:
        case h.DeskChanged(desk=desk) | h.HolderDeskChanged(desk=desk):
            return (desk,)
        case h.StepDefined(target=target):
            return (target,)
        case r.ProgrammeAdopted() as p:
            return p.proposals, p.issuance, p.compliance, p.liens, p.holders
    return ()

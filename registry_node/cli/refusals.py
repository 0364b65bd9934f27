"""The ledger's typed errors in sentences: what was wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from registry_node.cli.refusals_desks import DESK_WORDINGS
from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound, Refused, TonnelinkError
from registry_node.domain.references import symbol_of
from registry_node.domain.words import AccountKind, AccountStatus, UnitType
from registry_node.queries import proposals, requests
from registry_node.queries.compliance import EMISSIONS
from registry_node.queries.settings import ROLES
from registry_node.queries.snapshot import moment, short_memo

_LIST_CLASSES = "See 'tonnelink holdings' or /v1/registries/CODE/classes."
_SEE_ACCOUNT = "See 'tonnelink account show'."
_SEE_LINK = "See 'tonnelink link show'."
_OPEN_ACCOUNT = "The account administrator opens accounts: 'tonnelink account open'."
_GIVE_QUANTITY = "Give --quantity or --units with at least 1 t."
_CATCH_UP = "Try again: the holder's blocks have changed since they were looked up."

# By the error's name; by name and arguments where two contracts have errors of one name.
WORDINGS: Mapping[str, Wording] = {
    # accounts
    "AccountAlreadyOpen": Wording(
        "The account {account} exists already; its status is {status}.",
        "Change it with 'tonnelink account status'.",
    ),
    "AccountIsGateway": Wording(
        "{account} is a link gateway; what it has is escrow.",
        "Open accounts for those who hold units.",
    ),
    "AccountUnknown": Wording("There is no account {account}.", _OPEN_ACCOUNT, NotFound),
    "AccountKindInvalid": Wording(
        "An account cannot be opened as {kind}.",
        "Use --kind with another kind, or --purpose for a system account.",
        InvalidInput,
    ),
    "AccountStatusInvalid": Wording(
        "The status of {account} cannot go from {from} to {to}.",
        "A closed account stays closed, and a status does not change to itself.",
    ),
    "AccountNotEmpty": Wording(
        "{account} still holds units of {classesHeld} classes and cannot be closed.",
        "Set it to CLOSURE_PENDING and let it transfer or use them first.",
    ),
    "AccountFileMissing": Wording(
        "The file hash of {account} is missing.", "Give --file-hash.", InvalidInput
    ),
    "AccountCannotSend": Wording(
        "{account} cannot send units: its status is {status}.",
        "It must be OPEN or CLOSURE_PENDING; for a surrender SOME_TRANSACTIONS_RESTRICTED will do.",
    ),
    "AccountCannotReceive": Wording(
        "{account} cannot receive units: its status is {status}.",
        "It must be OPEN or restricted, not NONE (never opened), SUSPENDED, CLOSURE_PENDING or"
        " CLOSED.",
    ),
    # classes and issuance
    "SymbolInvalid": Wording(
        "{symbol} is not a symbol.", "Use 1 to 31 of A-Z, 0-9 and hyphen.", InvalidInput
    ),
    "ClassAlreadyDefined": Wording("The unit class {classId} exists already.", _LIST_CLASSES),
    "ClassUnknown": Wording("There is no unit class {classId}.", _LIST_CLASSES, NotFound),
    "ClassSpecInvalid": Wording(
        "{classId} is not described soundly.",
        "The cap must be above 0 and the period must not end before it begins.",
        InvalidInput,
    ),
    "ClassIsSealed": Wording(
        "{classId} is sealed: nothing more is issued into it.", "Use another unit class."
    ),
    "ClassTypeInvalid": Wording(
        "{classId} is of the type {unitType}, for which this is not possible.",
        "Foreign units are only used or returned; only credits have verifications.",
    ),
    "CapExceeded": Wording(
        "{requested} t would pass the cap of {classId}; {remaining} t are left.",
        "Have the cap raised, or issue what is left.",
    ),
    "CapNotRaised": Wording(
        "The cap of {classId} is {from} t; {to} t would not raise it.", "Name a greater cap."
    ),
    "QuantityZero": Wording("The quantity is 0.", _GIVE_QUANTITY, InvalidInput),
    "QuantityMismatch": Wording(
        "{named} t are named by serial, but {quantity} t are meant.",
        "Over a link, name exactly the source units of the quote.",
        InvalidInput,
    ),
    "UnitsNotHeld": Wording(
        "{holder} does not have {count} t of {classId} from serial {first} on in circulation.",
        "See its blocks: 'tonnelink holdings' with --registry, --class, --account and --units.",
    ),
    "HintStale": Wording("The blocks of {holder} in {classId} have changed.", _CATCH_UP),
    "TooManyBlocks": Wording(
        "This would move more than {most} blocks of {classId} at once.",
        "Send it in parts, or name larger blocks with --units.",
    ),
    "EvidenceMissing": Wording(
        "The evidence for {classId} is missing.", "Give --evidence.", InvalidInput
    ),
    "VerificationAlreadyRecorded": Wording(
        "The verification report {report} is recorded already.", "Name another report."
    ),
    "VerificationExceeded": Wording(
        "{requested} t of {classId} are more than the report {report} covers; it has {remaining} t"
        " left.",
        "A credit exists only after its verification: a verifier records the report first.",
    ),
    "NotOperatorAccount": Wording(
        "{account} is not an operator's account.",
        "Only operators get allocations and surrender.",
    ),
    "NotProgrammeAccount": Wording(
        "{account} is not an account of the programme itself.",
        "Use an authority's account, or a system account such as 'allocation'.",
    ),
    # ERC-1155
    "ERC1155InsufficientBalance": Wording(
        "{sender} holds {balance} t of {tokenId}; {needed} t are needed.",
        "Name {balance} t at most.",
    ),
    "ERC1155InvalidReceiver": Wording("{receiver} cannot receive units.", _SEE_ACCOUNT),
    "ERC1155InvalidSender": Wording("{sender} cannot send units.", _SEE_ACCOUNT),
    "ERC1155MissingApprovalForAll": Wording(
        "{operator} may not move the units of {owner}.",
        "Sign with the holder's key: --as NAME.",
    ),
    # roles
    "AccessManagedUnauthorized": Wording(
        "{caller} does not have the role for this step.",
        "Sign with a key that has it (--as NAME): roles are given by the programme's authority.",
    ),
    "NotLinkAdministrator": Wording(
        "{caller} is not a link administrator of {registry}.",
        "Sign with the key of one: --as NAME.",
    ),
    # links
    "AgreementUnknown": Wording("There is no agreement {agreementId}.", _SEE_LINK, NotFound),
    "AgreementExists": Wording(
        "{first} and {second} have an agreement already.", "Propose new terms for its links."
    ),
    "AgreementAlreadyAccepted": Wording(
        "Agreement {agreementId} is accepted already.", "New terms are proposed for its links."
    ),
    "TermsInvalid": Wording("The terms are not sound: {reason}.", "Change them.", InvalidInput),
    "TermsNotProposed": Wording(
        "These terms are not proposed for {linkId} as version {version}.",
        "Read what is: 'tonnelink link show'.",
    ),
    "LinkUnknown": Wording("There is no link {linkId}.", "See 'tonnelink link list'.", NotFound),
    "LinkIsSuspended": Wording(
        "The link {linkId} is suspended.", "Units can still come home: 'tonnelink link return'."
    ),
    "LinkNotStarted": Wording("The link {linkId} starts on {validFrom}.", _SEE_LINK),
    "LinkExpired": Wording(
        "The link {linkId} expired on {validUntil}.",
        "Units can still come home; new terms need both link administrators.",
    ),
    "TermsStale": Wording(
        "The terms version {quoted} of {linkId} is not in force; version {inForce} is.",
        "Quote again: 'tonnelink link quote', then name --terms-version {inForce}.",
    ),
    "ClassNotEligible": Wording(
        "The link {linkId} does not accept {classId}.",
        "See its unit types and vintages: 'tonnelink link show'.",
    ),
    "NothingConverted": Wording(
        "{quantity} t convert to no whole unit.", "Offer more: see 'tonnelink link quote'."
    ),
    "QuotaExceeded": Wording(
        "{requested} t would pass the import quota of {linkId}; {remaining} t are left in this"
        " period.",
        "Transfer what yields {remaining} t at most, or wait for the next period.",
    ),
    "QuotaNotLowered": Wording(
        "The quota of {linkId} is {from} t; {to} t would not lower it.",
        "Raising it needs both sides: propose new terms.",
    ),
    "ReceivedLessThanAccepted": Wording(
        "{received} t would arrive; {accepted} t is the least accepted.",
        "Lower --accept, or offer more.",
    ),
    "TooManySourceBlocks": Wording(
        "The units lie in {blocks} blocks; a lot has {most} at most.",
        "Send it in parts, or name larger blocks with --units.",
    ),
    "NotImported": Wording(
        "{classId} from serial {first} on did not come over a link.",
        "Only foreign units can be returned.",
    ),
    "AlreadySettled(lotId, first, count)": Wording(
        "Units of lot {lotId} have left escrow already.", "Compare: 'tonnelink verify'."
    ),
    **DESK_WORDINGS,
}

_OTHER = Wording(
    "The ledger refused it without saying why.", "Nothing has changed. See 'tonnelink verify'."
)


@dataclass(frozen=True, slots=True)
class Names:
    """How addresses and links are called here."""

    account: Callable[[str], str]
    link: Callable[[int], str]


def refusal(name: str, arguments: Iterable[tuple[str, str, Any]], names: Names) -> TonnelinkError:
    """The error that a person reads. `arguments` are (name, Solidity type, value)."""
    states = _STATES.get(name, ())
    values = {
        key: states[value]
        if kind == "uint8" and value < len(states)
        else _worded(key, kind, value, names)
        for key, kind, value in arguments
    }
    # Where two contracts give a name to different errors, their arguments tell them apart.
    wording = WORDINGS.get(name) or WORDINGS.get(f"{name}({', '.join(values)})")
    if wording is None:
        told = ", ".join(f"{key} {value}" for key, value in values.items())
        return Refused(f"The ledger refused it: {name}({told}).", "Nothing has changed.")
    return wording.kind(
        wording.message.format(**values), wording.hint.format(**values), error=name, **values
    )


def unexplained() -> TonnelinkError:
    """A revert that carries no typed error."""
    return Refused(_OTHER.message, _OTHER.hint)


_ENUMS: Mapping[str, type[IntEnum]] = {
    "status": AccountStatus,
    "from": AccountStatus,
    "to": AccountStatus,
    "kind": AccountKind,
    "unitType": UnitType,
}
_STATES: Mapping[str, Sequence[str]] = {
    "ProposalNot": ("unknown", *proposals.STATES[1:]),
    "RequestNot": ("unknown", *requests.STATES[1:]),
    "EmissionsStateIs": ("not attested yet", *EMISSIONS[1:]),
}
"""What the numbers of states mean, by the error that has them."""
_DATES = {"validFrom", "validUntil"}
_TIMES = {"deadline", "readyAt", "until"}
_CLASSES = {"classId", "tokenId"}
_PLAIN = {"first", "block_", "previous", "version", "quoted", "inForce", "agreementId", "lotId"}
_PLAIN |= {"id", "year", "vintage", "lienId", "allocationId", "transactionType"}


def _worded(key: str, kind: str, value: Any, names: Names) -> str:
    """One argument as people call it."""
    worded = str(value)
    if kind == "address":
        worded = names.account(value)
    elif kind == "bytes32":
        worded = short_memo(value)
    elif kind == "uint8" and key in _ENUMS:
        worded = _enumerated(_ENUMS[key], value)
    elif key in _CLASSES:
        worded = symbol_of(value) if value else "0"
    elif key == "role":
        worded = ROLES.get(value, f"number {value}")
    elif key == "linkId":
        worded = names.link(value)
    elif key in _DATES | _TIMES:
        worded = moment(value)[:10] if key in _DATES else moment(value)
    elif isinstance(value, bytes):
        worded = f"0x{value.hex()}"
    elif isinstance(value, int) and key not in _PLAIN:
        worded = f"{value:,}"
    return worded


def _enumerated(words: type[IntEnum], value: int) -> str:
    try:
        return words(value).name
    except ValueError:
        return "NONE" if value == 0 else str(value)

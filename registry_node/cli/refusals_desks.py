"""Wordings of the desks' typed errors: see `refusals`."""

from __future__ import annotations

from collections.abc import Mapping

from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound

_SEE_PROPOSAL = "See 'tonnelink proposal list' and 'tonnelink proposal show'."
_SEE_REQUEST = "See 'tonnelink request list' and 'tonnelink request show'."
_SEE_YEAR = "See 'tonnelink obligations'."

DESK_WORDINGS: Mapping[str, Wording] = {
    # proposals
    "NotASensitiveStep": Wording(
        "{target} has no sensitive step {selector}.", "It is done directly, or not at all."
    ),
    "RoleMissing": Wording(
        "{caller} does not have the role {role} for this step.",
        "Sign with a key that has it: --as NAME.",
    ),
    "SamePerson(id, caller)": Wording(
        "{caller} made number {id} and cannot approve it too.",
        "Another person approves it: --as NAME.",
    ),
    "GuardianConcerned": Wording(
        "{caller} cannot stop proposal {id}: it is about a guardian.",
        "Whoever proposed it can stop it.",
    ),
    "ProposalNot": Wording("Proposal {id} is {actual}, not {expected}.", _SEE_PROPOSAL),
    "ProposalChanged": Wording(
        "Proposal {id} is not the one that was read.", "Read it again: 'tonnelink proposal show'."
    ),
    "TooEarly": Wording(
        "Number {id} cannot be executed yet: it is ready at {readyAt}.", "Wait until then."
    ),
    "StepInvalid": Wording(
        "The step {selector} of {target} cannot be set like this.",
        "It needs a lifetime, a delay of 90 days at most, and the council for roles and steps.",
    ),
    "TooFewMembers": Wording(
        "The role {role} would have {members} members; it needs {least}.", "Add a member first."
    ),
    # issuance and allocation
    "ClassNotCredit": Wording("{classId} is no class of credits.", "Only credits are verified."),
    "AllocationUnknown": Wording(
        "There is no allocation {allocationId}.", "Its proposal names another.", NotFound
    ),
    "AllocationExceeded": Wording(
        "{requested} t are more than is left of the allocation: {remaining} t.", "Name less."
    ),
    "IssuanceUnknown": Wording(
        "No issuance of {classId} begins at serial {first}.",
        "See /v1/movements with type=issuance.",
        NotFound,
    ),
    "OutsideIssuance": Wording(
        "{count} t of {classId} from serial {first} on are not of that issuance.",
        "Name serials of one issuance.",
    ),
    "WindowPassed": Wording(
        "The time in which this could be reversed ended at {until}.", "Nothing has changed."
    ),
    "NotTheDesk": Wording(
        "{caller} may not order this kind of transaction; {desk} may.", "Use the desk's command."
    ),
    "TransactionTypeInvalid": Wording(
        "Transactions of type {transactionType} are not ordered.", "Use another type."
    ),
    # the compliance year
    "YearUnknown": Wording(
        "The compliance year {year} is not defined.", "Compliance officers define years.", NotFound
    ),
    "YearClosed": Wording("The compliance year {year} is closed.", _SEE_YEAR),
    "YearRulesInvalid": Wording(
        "The rules of the year {year} are not sound.", "Change them.", InvalidInput
    ),
    "YearInUse": Wording(
        "Units were surrendered for {year}: its rules stay.", "Only its deadline can still move."
    ),
    "SamePerson(account, year, caller)": Wording(
        "{caller} attested the emissions of {account} for {year} and cannot confirm them too.",
        "Another compliance officer confirms them: --as NAME.",
    ),
    "YearBeforeOpen": Wording(
        "The year {year} of {account} is not settled: its shortfall is the next year's debt.",
        "Settle the years in their order.",
    ),
    "AlreadySettled(account, year)": Wording("The year {year} of {account} is settled.", _SEE_YEAR),
    "EmissionsStateIs": Wording(
        "The emissions of {account} for {year} are {state}, which does not allow this.",
        _SEE_YEAR,
    ),
    "DeadlinePassed": Wording("The deadline of {year} passed at {deadline}.", _SEE_YEAR),
    "DeadlineNotPassed": Wording("The deadline of {year} is {deadline}.", "Wait until then."),
    "VintageNotAccepted": Wording(
        "The vintage {vintage} of {classId} is not accepted for {year}.", "Use another class."
    ),
    "BlockNotTraded": Wording(
        "{classId} from serial {first} on was never transferred; units of earlier vintages count"
        " only when they were.",
        "Surrender units that were traded, or of the year's own vintage.",
    ),
    "CategoryNotAccepted": Wording(
        "{classId} is of the category {category}, which {year} excludes.", "Use another class."
    ),
    "SurrenderLimitExceeded": Wording(
        "{account} would pass a limit of {year}: {counted} t, where {most} t is the most.",
        "Surrender less of this kind of unit, and others for the rest.",
    ),
    "UnitsNotSurrendered": Wording(
        "{account} has not surrendered units of {classId} there.", _SEE_YEAR
    ),
    # accounts
    "ReceiverNotTrusted": Wording(
        "{to} is not on the trusted list of {account}.",
        "Request the transfer, which then waits: --request; or trust the account first:"
        " 'tonnelink account trust'.",
    ),
    "HolderDeskRequired": Wording(
        "{account} acts through its representatives.",
        "One of them requests it (--request), another approves: 'tonnelink request approve'.",
    ),
    "HoldingLimitExceeded": Wording(
        "{account} would hold {held} t; its limit is {limit} t.", "Send less."
    ),
    "FreeAllowancesLocked": Wording(
        "The free allowances of {account} are locked until its paid share is bought.",
        "Buy the paid share first.",
    ),
    "SaleShareExceeded": Wording(
        "{account} would have sold {sold} t of its free allocation; {most} t is the most.",
        "Sell less.",
    ),
    "StatusNotStricter": Wording(
        "The status {to} of {account} does not forbid more than {from}.",
        "What forbids less is proposed and approved by two people.",
    ),
    "TooManyClasses": Wording("{classes} classes are more than {most}.", "Name fewer."),
    # liens
    "LienUnknown": Wording("There is no lien {lienId}.", "See 'tonnelink lien list'.", NotFound),
    "LienKindIs": Wording("The lien {lienId} is of another kind.", "Freezes need two people."),
    "NotTheCreditor": Wording(
        "{caller} is not the creditor {creditor}.", "Only the creditor releases a pledge."
    ),
    "CreditorMissing": Wording("The creditor is missing.", "Name one.", InvalidInput),
    # holders
    "CallNotAllowed": Wording(
        "The programme does not let holders request {selector} of {target}.",
        "See which calls it allows: /v1/registries/CODE/settings.",
    ),
    "RequestChanged": Wording(
        "Request {id} is not the one that was read.", "Read it again: 'tonnelink request show'."
    ),
    "NotAuthorisedToSettle": Wording(
        "{account} has not authorised {institution} to settle its trades, or not long enough ago.",
        "Its holder authorises it: 'tonnelink account authorise'.",
    ),
    "TooManyLegs": Wording("{legs} trades are more than {most}.", "Settle them in parts."),
    "RightMissing": Wording(
        "{representative} may not do this for {account}.", "Sign with a representative's key."
    ),
    "RequestNot": Wording("Request {id} is {actual}, not {expected}.", _SEE_REQUEST),
    "RequestExpired": Wording("Request {id} expired at {deadline}.", "Request it again."),
    "TransferTooLarge": Wording(
        "{quantity} t are more than {most} t, the most outside the trusted list.", "Send less."
    ),
    "NotForAccount": Wording("The request names {named}, not {account}.", "Name the account."),
    "NotTradingInstitution": Wording(
        "{institution} is no trading institution.", "Only those settle trades."
    ),
}

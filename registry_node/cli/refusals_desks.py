"""Wordings of the typed errors of the issuance and the compliance desk: see `refusals`."""

from __future__ import annotations

from collections.abc import Mapping

from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound

_SEE_YEAR = "See 'tonnelink obligations'."

ISSUANCE: Mapping[str, Wording] = {
    "ClassNotCredit": Wording("{classId} is no class of credits.", "Only credits are verified."),
    "ClassNotAllowance": Wording(
        "{classId} is no class of allowances.", "Only allowances are allocated."
    ),
    "VerificationInvalid": Wording(
        "A verification needs a report and a quantity.", "Name both.", InvalidInput
    ),
    "VerificationAlreadyRecorded": Wording(
        "The verification report {report} is recorded already.", "Name another report."
    ),
    "VerificationUnknown": Wording(
        "The verification report {report} is not recorded here.",
        "A verifier records it first.",
        NotFound,
    ),
    "VerificationExceeded": Wording(
        "{requested} t of {classId} are more than the report {report} covers; it has {remaining} t"
        " left.",
        "A credit exists only after its verification: a verifier records the report first.",
    ),
    "DecisionUsed": Wording(
        "Allowances of {classId} were issued under the decision {decision} already.",
        "Name the decision that this issuance is of.",
    ),
    "NotOperatorAccount": Wording(
        "{account} is not an operator's account.",
        "Only operators get allocations and surrender.",
    ),
    "NotProgrammeAccount": Wording(
        "{account} is not an account of the programme itself.",
        "Use an authority's account, or a pool such as 'allocation'.",
    ),
    "NotPool": Wording(
        "{account} is not a pool: somebody may have its key.",
        "Use a pool such as 'allocation'; between other accounts of the programme two people move"
        " units: 'tonnelink pool move'.",
    ),
    "ProvinceIs": Wording(
        "{account} is administered by {province}.",
        "One decision is about the accounts of one province.",
    ),
    "EntitlementIs": Wording(
        "The entitlement of {account} to {classId} for {year} ({kind}) is {entitled} t, not what"
        " the decision takes it for.",
        "Decide anew, from what it is.",
    ),
    "EntitlementExceeded": Wording(
        "{requested} t of {classId} for {year} ({kind}) are more than {account} is still entitled"
        " to: {remaining} t.",
        "Two people entitle an operator first: 'tonnelink entitle'.",
    ),
    "ExcessExceeded": Wording(
        "{account} has {excess} t of {classId} for {year} ({kind}) beyond its entitlement, and no"
        " more.",
        "Name {excess} t at most.",
    ),
    "KindInvalid": Wording(
        "There is no entitlement of the kind {kind}.",
        "What is sold is delivered: 'tonnelink deliver'.",
        InvalidInput,
    ),
    "SaleMissing": Wording("The reference of the sale is missing.", "Give --sale.", InvalidInput),
    "SaleDelivered": Wording(
        "The sale {sale} was delivered to {to} in {classId} already.",
        "Name the sale that this delivery is of.",
    ),
    "AllocationUnknown": Wording(
        "There is no allocation {allocationId}.",
        "'tonnelink allocate' and 'tonnelink deliver' say the numbers that they made.",
        NotFound,
    ),
    "AllocationExceeded": Wording(
        "{requested} t are more than can be taken back of allocation {allocationId}:"
        " {remaining} t.",
        "Name less.",
    ),
    "IssuanceUnknown": Wording(
        "No issuance of {classId} begins at serial {first}.",
        "See /v1/movements with type=issuance.",
        NotFound,
    ),
    "IssuanceExceeded": Wording(
        "{requested} t are more than can be cancelled of the issuance of {classId} at serial"
        " {first}: {remaining} t.",
        "Name less.",
    ),
    "OutsideIssuance": Wording(
        "{count} t of {classId} from serial {first} on are not of that issuance.",
        "Name serials of one issuance.",
    ),
    "WindowPassed": Wording(
        "The time in which this could be put right ended at {until}.", "Nothing has changed."
    ),
    "NothingDecided": Wording(
        "Nothing is decided that could be gone on with.", "Two people decide it first."
    ),
    "NotClosing": Wording(
        "{account} is not about to close.",
        "Set its status to closure-pending first: 'tonnelink account status'.",
    ),
    "ListLength": Wording(
        "The list has {length} entries.", "Give 1 to {max}, and the rest in further lists."
    ),
}

COMPLIANCE: Mapping[str, Wording] = {
    "YearUnknown": Wording(
        "The compliance year {year} is not defined.", "Compliance officers define years.", NotFound
    ),
    "YearClosed": Wording("The results of {year} are published.", _SEE_YEAR),
    "YearRulesInvalid": Wording(
        "The rules of {year} are not sound.",
        "It has a deadline, at most 8 limits, and before it an earlier year that is defined; a"
        " limit that counts another one's units comes after it.",
        InvalidInput,
    ),
    "ExclusionInvalid": Wording(
        "{year} cannot exclude such classes.",
        "A year has at most 16 exclusions, each of 1 to 8 conditions with their values.",
        InvalidInput,
    ),
    "YearInUse": Wording(
        "Units were surrendered for {year}: its rules stay.", "Only its deadline can still move."
    ),
    "YearBeforeOpen": Wording(
        "The year {year} of {account} is not settled: its shortfall is the next year's debt.",
        "Settle the years in their order.",
    ),
    "AlreadySettled(account, year)": Wording("The year {year} of {account} is settled.", _SEE_YEAR),
    "SamePerson(account, year, caller)": Wording(
        "{caller} attested the emissions of {account} for {year} and cannot confirm them too.",
        "Another compliance officer confirms them: --as NAME.",
    ),
    "EmissionsStateIs": Wording(
        "The emissions of {account} for {year} are {state}, or another figure than was named.",
        _SEE_YEAR,
    ),
    "NotOrdered": Wording(
        "{account} was not ordered to report for {year}.",
        "A compliance officer orders a report first, with time to put it right.",
    ),
    "WindowOpen": Wording(
        "{account} may still object, report, or have a surrender for {year} put back, until"
        " {until}.",
        "Wait until then.",
    ),
    "DeadlinePassed": Wording("The deadline of {year} passed at {deadline}.", _SEE_YEAR),
    "DeadlineNotPassed": Wording("The deadline of {year} is {deadline}.", "Wait until then."),
    "VintageNotAccepted": Wording(
        "The vintage {vintage} of {classId} is not accepted for {year}.", "Use another class."
    ),
    "ClassExcluded": Wording("{year} excludes classes such as {classId}.", "Use another class."),
    "BlockNotTraded": Wording(
        "{classId} from serial {first} on was never transferred; units of earlier vintages count"
        " only when they were.",
        "Surrender units that were traded, or of the year's own vintage.",
    ),
    "SurrenderLimitExceeded": Wording(
        "{account} would pass a limit of {year}: {counted} t, where {max} t is the most.",
        "Surrender less of this kind of unit, and others for the rest.",
    ),
    "UnitsNotSurrendered": Wording(
        "{account} has not surrendered these units of {classId} for that year, or they are put"
        " back.",
        _SEE_YEAR,
    ),
}

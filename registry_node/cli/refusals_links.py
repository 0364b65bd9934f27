"""Wordings of the link gateway's typed errors: see `refusals`."""

from __future__ import annotations

from collections.abc import Mapping

from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound

_SEE_LINK = "See 'tonnelink link show'."
_COMES_HOME = "Units can still come home: 'tonnelink link return'."

AGREEMENTS: Mapping[str, Wording] = {
    "NotLinkAdministrator": Wording(
        "{caller} may not speak for {registry} in this.",
        "Sign with the key of one of its link administrators (--as NAME); a freeze abroad is its"
        " compliance officer's.",
    ),
    "NotASide": Wording(
        "{registry} is no side of the link {linkId}.", "Name one of its two sides: --side."
    ),
    "NotAMember": Wording(
        "{registry} takes no part in the links of this gateway.",
        "A programme that does admits it: 'tonnelink link admit'.",
    ),
    "MemberInvalid": Wording(
        "{registry} cannot be admitted as {code}.",
        "It must not be admitted yet, {code} must be its own code, and nobody else may have it.",
    ),
    "SameRegistry": Wording(
        "{registry} is not linked with itself.", "Name two registries.", InvalidInput
    ),
    "ConsentInvalid": Wording(
        "{counterparty} is another than was consented to: its name, or the code that it runs.",
        "Examine it as it is, and consent to that.",
    ),
    "AgreementUnknown": Wording(
        "There is no agreement {agreementId} that would allow this.", _SEE_LINK, NotFound
    ),
    "AgreementExists": Wording(
        "{first} and {second} have an agreement, or the other side has proposed one.",
        "Propose new terms for its links, or accept: 'tonnelink link accept'.",
    ),
    "AgreementAlreadyAccepted": Wording(
        "Agreement {agreementId} is accepted already.", "New terms are proposed for its links."
    ),
    "AgreementEnded": Wording(
        "Agreement {agreementId} ended at {endsAt}.",
        "Units can still come home; the two programmes may agree anew.",
    ),
    "AlreadyEnding": Wording(
        "This side gave notice already: agreement {agreementId} ends at {endsAt}.",
        "It ends at once when the other side gives notice too.",
    ),
    "TermsInvalid": Wording("The terms are not sound: {reason}.", "Change them.", InvalidInput),
    "TermsNotProposed": Wording(
        "These terms are not proposed for {linkId} as version {version}, or their time is over.",
        "Read what is: 'tonnelink link show'.",
    ),
    "LinkUnknown": Wording("There is no link {linkId}.", "See 'tonnelink link list'.", NotFound),
    "QuotaNotLowered": Wording(
        "The quota of {linkId} is {from} t; {to} t would not lower it.",
        "Raising it needs both sides: propose new terms.",
    ),
    "EditionNotAccepted": Wording(
        "Nothing crosses {linkId}: {registry} runs code that its partner has not accepted, or has"
        " not accepted the gateway's.",
        "Two people accept it ('tonnelink link accept-edition'). Units can still come home.",
    ),
    "NotItsDesk": Wording(
        "{registry} names {desk} as its lien desk, which is another registry's.",
        "Its council names its own.",
    ),
    "FreezeStaysHome": Wording(
        "The terms of {linkId} do not let a freeze of the source reach units abroad.",
        "They are frozen once they come home: 'tonnelink lien freeze-returning'.",
    ),
    "ReportTaken": Wording(
        "{registry} issues on the report {report}: its credits exist there.",
        "Name a report that nobody issues on.",
    ),
    "SuccessionNotOpen": Wording(
        "There is no succession {number} that could be decided: another is the latest, or it is"
        " stopped or done.",
        "Decide on the latest one.",
        NotFound,
    ),
    "SuccessionNotReady": Wording(
        "Not all members accepted succession {number}, and they can object until {readyAt}.",
        "Wait until then.",
    ),
    "SuccessionInvalid": Wording(
        "Succession {number} is of other code, or it is accepted already.",
        "Name the code that was proposed.",
    ),
}

TRANSFERS: Mapping[str, Wording] = {
    "LinkIsSuspended": Wording("The link {linkId} is suspended.", _COMES_HOME),
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
        "See its unit types, vintages and conditions: 'tonnelink link show'.",
    ),
    "NoNameAbroad": Wording(
        "{classId} of {code} can have no name abroad.",
        "Code and symbol have 26 characters together at most, and no other class may have the"
        " name.",
    ),
    "NothingConverted": Wording(
        "{quantity} t convert to no whole unit.", "Offer more: see 'tonnelink link quote'."
    ),
    "QuotaExceeded": Wording(
        "{requested} t would pass the import quota of {linkId}; {remaining} t are left in this"
        " period.",
        "Transfer what yields {remaining} t at most, or wait for the next period.",
    ),
    "ReceivedLessThanAccepted": Wording(
        "{received} t would arrive; {accepted} t is the least accepted.",
        "Lower --accept, or offer more.",
    ),
    "TooManySourceBlocks": Wording(
        "The units lie in {blocks} blocks; a lot has {max} at most.",
        "Send it in parts, or name larger blocks with --units.",
    ),
    "NotImported": Wording(
        "{classId} from serial {first} on did not come over a link.",
        "Only foreign units can be returned.",
    ),
    "AlreadySettled(lotId, first, count)": Wording(
        "Units of lot {lotId} have left escrow already, or wait to.",
        "Compare: 'tonnelink verify'.",
    ),
    "NothingWaits": Wording(
        "Nothing of lot {lotId} waits for its registry.", "There is nothing left to settle."
    ),
    "OutsideLot": Wording(
        "{count} t from serial {first} on did not come with lot {lotId}.",
        "Name units of one lot: 'tonnelink trace' says which.",
    ),
    "GasTooLow": Wording(
        "{left} gas is left where {needed} is needed.", "Send it again with more gas."
    ),
}

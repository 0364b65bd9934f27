"""Wordings of the typed errors of those who decide: the proposal desk, the holder desk, the liens,
the authority and the code behind an address. See `refusals`."""

from __future__ import annotations

from collections.abc import Mapping

from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound

_SEE_PROPOSAL = "See 'tonnelink proposal list' and 'tonnelink proposal show'."
_SEE_REQUEST = "See 'tonnelink request list' and 'tonnelink request show'."
_COUNCIL = "Two of the council decide it: 'tonnelink proposal list'."
_INTERNAL = "Nothing has changed. See 'tonnelink verify'."

PROPOSALS: Mapping[str, Wording] = {
    "NotASensitiveStep": Wording(
        "{selector} of {target} is not decided by two people here.",
        "One person does it, or nobody.",
    ),
    "RoleMissing": Wording(
        "{account} does not have the role '{role}', or lost it since.",
        "Sign with a key that has it (--as NAME). What was proposed or approved by somebody who"
        " lost the role is proposed anew.",
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
        "Proposal {id} says something else than was read.",
        "Bring the mirror level and read it again: 'tonnelink proposal show'.",
    ),
    "TooEarly": Wording(
        "Number {id} cannot be executed yet: it is ready at {readyAt}.", "Wait until then."
    ),
    "StepInvalid": Wording(
        "The step {selector} of {target} cannot be set like this.",
        "A lifetime of an hour to a year, a delay of 90 days at most, roles of people, a province"
        " together with its argument; the council for the authority and the proposal desk.",
        InvalidInput,
    ),
    "ProvinceMissing": Wording(
        "{selector} of {target} does not name the province that proposes it.",
        "Name accounts of the province; what concerns no province is proposed by others.",
    ),
    "CallTooLong": Wording(
        "The call has {length} bytes; {max} is the most.",
        "Name fewer units or rows at once.",
    ),
}

HOLDERS: Mapping[str, Wording] = {
    "ReceiverNotTrusted": Wording(
        "{to} is not on the trusted list of {account}.",
        "Request the transfer, which then waits: --request; or trust the account first:"
        " 'tonnelink account trust'.",
    ),
    "CallNotAllowed": Wording(
        "The programme does not let holders request {selector} of {target}.",
        "See which calls it allows: /v1/registries/CODE/settings.",
    ),
    "RightMissing": Wording(
        "{representative} may not {right} for {account}, or lost the right since.",
        "Sign with the key of a representative who may. What was requested or approved by somebody"
        " who lost the right is requested anew.",
    ),
    "NotInOffice": Wording(
        "The programme has named another holder desk, or none yet.",
        "Use the one that it has named: 'tonnelink settings'.",
    ),
    "NotForAccount": Wording("The call is for {named}, not for {account}.", "Name the account."),
    "RequestNot": Wording("Request {id} is {actual}, not {expected}.", _SEE_REQUEST),
    "RequestExpired": Wording("Request {id} expired at {deadline}.", "Request it again."),
    "RequestChanged": Wording(
        "Request {id} says something else than was read.",
        "Bring the mirror level and read it again: 'tonnelink request show'.",
    ),
    "TransferTooLarge": Wording(
        "{quantity} t are more than {max} t, the most outside the trusted list.", "Send less."
    ),
    "NotAuthorisedToSettle": Wording(
        "{account} has not authorised {institution} to settle its trades, or not long enough ago.",
        "Its holder authorises it: 'tonnelink account authorise'.",
    ),
    "NotTradingInstitution": Wording(
        "{institution} is no trading institution.", "Only those settle trades."
    ),
    "TooManyLegs": Wording("{legs} trades are more than {max}.", "Settle them in parts."),
    "TradeMissing": Wording(
        "A trade has no reference.", "Give the exchange's reference of each trade.", InvalidInput
    ),
    "TradeAlreadySettled": Wording(
        "{institution} settled the trade {trade} already.", "Take it out of the list."
    ),
    "BlockTradeOnBook": Wording(
        "The trade {trade} is of {quantity} t; from {blockSize} t on trades are negotiated.",
        "Say that it was negotiated, or leave it out.",
    ),
}

LIENS: Mapping[str, Wording] = {
    "LienUnknown": Wording("There is no lien {lienId}.", "See 'tonnelink lien list'.", NotFound),
    "LienKindIs": Wording(
        "The lien {lienId} is {kind}, which does not allow this.",
        "Two people lift a freeze, the creditor a pledge; what is lifted is gone on with:"
        " 'tonnelink lien continue'.",
    ),
    "NotTheCreditor": Wording(
        "The lien {lienId} is for {creditor}, not for {caller}.",
        "Only the creditor releases a pledge; a freeze is lifted by who asked for it, or by two"
        " people of its programme.",
    ),
    "CreditorMissing": Wording("The creditor is missing.", "Name one.", InvalidInput),
    "RangesMissing": Wording("No units are named.", "Give --units.", InvalidInput),
    "AlreadyFrozen": Wording(
        "{classId} from serial {first} on is frozen already.", "Name the others."
    ),
}

AUTHORITY: Mapping[str, Wording] = {
    "AccessManagedUnauthorized": Wording(
        "{caller} does not have the role for this step.",
        "Sign with a key that has it (--as NAME): roles are given by the programme's authority.",
    ),
    "AccessManagedRequiredDelay": Wording(
        "{caller} has the role with a delay of {delay} seconds.", _COUNCIL
    ),
    "AccessManagedInvalidAuthority": Wording("{authority} is no authority.", _INTERNAL),
    "TooFewMembers": Wording(
        "The role '{role}' would have {members} members; it needs {least}.", "Add a member first."
    ),
    "TooManyMembers": Wording(
        "The role '{role}' has {max} members, and can have no more.", "Remove a member first."
    ),
    "RolesExclude": Wording(
        "{account} has the role '{held}', and nobody may have '{granted}' beside it.",
        "Give the role to another person.",
    ),
    "ProvinceHeld": Wording(
        "{account} speaks for {province} already.", "A key speaks for one province."
    ),
    "RoleInvalid": Wording(
        "The role '{role}' is not given to people, or would exclude itself.",
        "Name roles that people have: 'tonnelink settings'.",
        InvalidInput,
    ),
    "FunctionTakesTwo": Wording(
        "{selector} of {target} takes two people, and stays so.", "Change its step instead."
    ),
    "AuthorityFixed": Wording(
        "What {target} belongs to is fixed: a programme keeps its registry, its proposal desk and"
        " its authority.",
        "Its code can be succeeded, and its other desks replaced.",
    ),
    "NotOffered": Wording("The programme's authority does not offer this.", _COUNCIL),
    "AccessManagerAlreadyScheduled": Wording("This step is scheduled already.", _COUNCIL),
    "AccessManagerBadConfirmation": Wording(
        "A role is given up by its own key only.", "Sign with that key."
    ),
    "AccessManagerExpired": Wording("The scheduled step was not executed in time.", _COUNCIL),
    "AccessManagerInvalidInitialAdmin": Wording(
        "{initialAdmin} cannot be the first administrator.", "Name an address that exists."
    ),
    "AccessManagerLockedFunction": Wording(
        "The role of {selector} of the authority cannot be changed.", _COUNCIL
    ),
    "AccessManagerLockedRole": Wording("The role '{roleId}' cannot be changed.", _COUNCIL),
    "AccessManagerNotReady": Wording("The delay of the scheduled step is not over.", _COUNCIL),
    "AccessManagerNotScheduled": Wording("This step is not scheduled.", _COUNCIL),
    "AccessManagerUnauthorizedAccount": Wording(
        "{msgsender} does not have the role '{roleId}'.", _COUNCIL
    ),
    "AccessManagerUnauthorizedCall": Wording(
        "{caller} may not call {selector} of {target}.", _COUNCIL
    ),
    "AccessManagerUnauthorizedCancel": Wording(
        "{msgsender} may not cancel the call of {selector} of {target} that {caller} scheduled.",
        _COUNCIL,
    ),
    "AccessManagerUnauthorizedConsume": Wording(
        "Only {target} itself uses up a step that is scheduled for it.", _INTERNAL
    ),
}

CODE: Mapping[str, Wording] = {
    "NotTheKeeper": Wording(
        "{caller} may not change the code; {keeper} may.",
        "Two of the council decide on a programme's code, the members of a gateway on the"
        " gateway's.",
    ),
    "CodeUnknown": Wording(
        "The code at {edition} is not the code that was examined.",
        "Examine what is there, or name another address.",
    ),
    "ERC1967InvalidImplementation": Wording(
        "There is no code at {implementation}.", "Name an address that has some."
    ),
    "ERC1967NonPayable": Wording("A change of code takes no money.", "Send none."),
    "InvalidInitialization": Wording("The contract is set up already.", _INTERNAL),
    "NotInitializing": Wording("The contract is not being set up.", _INTERNAL),
    "AddressEmptyCode": Wording("There is no contract at {target}.", "Name one."),
    "FailedCall": Wording("The call failed without a reason.", _INTERNAL),
    "InsufficientBalance": Wording(
        "{needed} are to be passed on, and {balance} are there.", "Send no money along."
    ),
    "ReentrancyGuardReentrantCall": Wording(
        "A contract that received units called back while they were moving.",
        "Send to another account.",
    ),
    "SafeCastOverflowedUintDowncast": Wording(
        "{value} does not fit into {bits} bits.", "Name a smaller number.", InvalidInput
    ),
    "CheckpointUnorderedInsertion": Wording("The gateway's lots would be out of order.", _INTERNAL),
}

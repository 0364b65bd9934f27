"""Wordings of the registry's typed errors: see `refusals`."""

from __future__ import annotations

from collections.abc import Mapping

from registry_node.cli.wording import Wording
from registry_node.domain.errors import InvalidInput, NotFound

_LIST_CLASSES = "See 'tonnelink holdings' or /v1/registries/CODE/classes."
_SEE_ACCOUNT = "See 'tonnelink account show'."
_SEND_PARTS = "Send it in parts, or name larger blocks with --units."

ACCOUNTS: Mapping[str, Wording] = {
    "AccountAlreadyOpen": Wording(
        "The account {account} exists already; its status is {status}.",
        "Change it with 'tonnelink account status'.",
    ),
    "AccountIsGateway": Wording(
        "{account} is a link gateway; what it has is escrow.",
        "Open accounts for those who hold units; one that is open at its address is closed first.",
    ),
    "AccountUnknown": Wording(
        "There is no account {account}.",
        "The account administrator opens accounts: 'tonnelink account open'.",
        NotFound,
    ),
    "AccountMissing": Wording(
        "{account} has no account here.",
        "Only who has an account uses the holder desk: 'tonnelink account open'.",
        NotFound,
    ),
    "AccountKindInvalid": Wording(
        "This step does not open {account} as {kind}.",
        "One person opens operators, participants and, with --purpose, pools; other kinds take two:"
        " 'tonnelink account open'.",
        InvalidInput,
    ),
    "AccountStatusInvalid": Wording(
        "The status of {account} cannot go from {from} to {to}.",
        "A closed account stays closed, and a status does not change to itself.",
    ),
    "AccountNotEmpty": Wording(
        "{account} still holds units of {classesHeld} classes and cannot be closed.",
        "Set it to closure-pending; it transfers or uses them, or two people decide where they go:"
        " 'tonnelink account close-out'.",
    ),
    "AccountFileMissing": Wording(
        "The file hash of {account}, or the purpose of a pool, is missing.",
        "Give --file-hash, or --purpose.",
        InvalidInput,
    ),
    "AccountCannotSend": Wording(
        "{account} cannot send units: its status is {status}.",
        "It must be OPEN or CLOSURE_PENDING; to surrender, or to give an excess back,"
        " SOME_TRANSACTIONS_RESTRICTED will do.",
    ),
    "AccountCannotReceive": Wording(
        "{account} cannot receive units: its status is {status}.",
        "It must be OPEN or SOME_TRANSACTIONS_RESTRICTED; NONE means that it was never opened.",
    ),
    "AccountOfAuthority": Wording(
        "{account} is the programme's own ({kind}): no key moves its units.",
        "Two people decide: 'tonnelink deliver' or 'tonnelink pool move'.",
    ),
    "AccountKeyless": Wording(
        "{account} is a pool of the programme: nobody sends units into it.",
        "What was allocated too much goes back with 'tonnelink return-excess'.",
    ),
    "SameAccount": Wording("Units do not go from {account} to itself.", "Name another account."),
    "NotTheHolder": Wording(
        "{caller} may not act for {account}.",
        "Sign with the account's own key (--as NAME), or request it as its representative"
        " (--request). An ERC-1155 approval opens transfers only.",
    ),
    "HolderDeskRequired": Wording(
        "{account} acts through its representatives.",
        "One of them requests it (--request), another approves: 'tonnelink request approve'.",
    ),
    "ControlsInvalid": Wording(
        "{account} cannot have the controls {controls}.",
        "Name controls that exist; one that follows the allocation needs a holding limit.",
        InvalidInput,
    ),
    "HoldingLimitExceeded": Wording(
        "{account} would hold {held} t; its limit is {limit} t.", "Send less."
    ),
    "FreeAllowancesLocked": Wording(
        "The free allowances of {account} are locked until its paid share is bought.",
        "Buy the paid share first.",
    ),
    "SaleShareExceeded": Wording(
        "{account} would have sold {sold} t of allowances; {max} t is the most.", "Sell less."
    ),
    "StatusNotStricter": Wording(
        "The status {to} of {account} does not forbid more than {from}.",
        "What forbids less is proposed and approved by two people.",
    ),
    "TooManyClasses": Wording(
        "A holding limit adds up {max} classes at most, not {classes}.", "Name fewer."
    ),
}

UNITS: Mapping[str, Wording] = {
    "SymbolInvalid": Wording(
        "{symbol} is not a symbol.",
        "Use 1 to 31 of A-Z, 0-9 and hyphen; a dot is for foreign classes.",
        InvalidInput,
    ),
    "ClassAlreadyDefined": Wording("The unit class {classId} exists already.", _LIST_CLASSES),
    "ClassUnknown": Wording("There is no unit class {classId}.", _LIST_CLASSES, NotFound),
    "ClassSpecInvalid": Wording(
        "{classId} is not described soundly.",
        "The cap is above 0, the period does not end before it begins, and there are at most 15"
        " attributes, in the order of their names, each with a value.",
        InvalidInput,
    ),
    "UnitTypeInvalid": Wording(
        "{classId} cannot be defined as {unitType}.",
        "A programme defines classes of allowances and of credits.",
        InvalidInput,
    ),
    "ClassIsSealed": Wording(
        "{classId} is sealed: nothing more is issued into it.", "Use another unit class."
    ),
    "ClassIsForeign": Wording(
        "{classId} is a class of a linked registry.",
        "Its units come over a link and go home over it: 'tonnelink link return'.",
    ),
    "NotTheGateway": Wording(
        "{classId} did not come through {caller}.", "Its units go home the way they came."
    ),
    "CapExceeded": Wording(
        "{requested} t would pass the cap of {classId}; {remaining} t are left.",
        "Have the cap raised, or issue what is left.",
    ),
    "CapNotRaised": Wording(
        "The cap of {classId} is {from} t; {to} t would not raise it.", "Name a greater cap."
    ),
    "EvidenceMissing": Wording(
        "The evidence for {classId} is missing.", "Give --evidence.", InvalidInput
    ),
    "QuantityZero": Wording(
        "The quantity is 0.", "Give --quantity or --units with at least 1 t.", InvalidInput
    ),
    "QuantityMismatch": Wording(
        "{named} t are named by serial, but {quantity} t are meant.",
        "Over a link, name exactly the source units of the quote.",
        InvalidInput,
    ),
    "UnitsNotHeld": Wording(
        "{holder} does not have {count} t of {classId} from serial {first} on in one block there.",
        "See its blocks: 'tonnelink holdings' with --registry, --class, --account and --units.",
    ),
    "HintStale": Wording(
        "The blocks of {holder} in {classId} have changed since they were looked up.",
        "Try again.",
    ),
    "TooManyBlocks": Wording(
        "This would move more than {max} blocks of {classId} at once.", _SEND_PARTS
    ),
    "NotSetAside": Wording(
        "{count} t of {classId} from serial {first} on are not in one block that is abroad or"
        " pledged.",
        "Bring the mirror level ('tonnelink index --once') and try again.",
    ),
    "NotTheDesk": Wording(
        "{caller} may not order transactions of type {transactionType}; {desk} may.",
        "Use the command of that desk.",
    ),
    "TransactionTypeInvalid": Wording(
        "Transactions of type {transactionType} are not ordered by a desk.", "Use another type."
    ),
    "ShareInvalid": Wording(
        "{basisPoints} basis points are more than the whole.",
        "Name 10,000 at most.",
        InvalidInput,
    ),
    "DocumentInvalid": Wording("A document needs a kind and a hash.", "Name both.", InvalidInput),
    # ERC-1155
    "ERC1155InsufficientBalance": Wording(
        "{sender} has {balance} t of {tokenId} at its disposal; {needed} t are needed.",
        "Name {balance} t at most.",
    ),
    "ERC1155InvalidReceiver": Wording("{receiver} cannot receive units.", _SEE_ACCOUNT),
    "ERC1155InvalidSender": Wording("{sender} cannot send units.", _SEE_ACCOUNT),
    "ERC1155MissingApprovalForAll": Wording(
        "{operator} may not move the units of {owner}.",
        "Sign with the holder's key: --as NAME.",
    ),
    "ERC1155InvalidApprover": Wording(
        "{approver} cannot approve anybody.", "Sign with a holder's key."
    ),
    "ERC1155InvalidOperator": Wording(
        "{operator} cannot be approved.", "Name an address that somebody has the key of."
    ),
    "ERC1155InvalidArrayLength": Wording(
        "{idsLength} classes and {valuesLength} quantities do not belong together.",
        "Name a quantity for each class.",
        InvalidInput,
    ),
}

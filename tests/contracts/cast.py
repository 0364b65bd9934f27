"""The cast of the contract tests: who the people are, and what each may do in every programme."""

from __future__ import annotations

from tests.contracts.words import Kind, Role, Type

# The people of the tests, in the order of the chain's accounts.
PEOPLE = (
    "root",  # deploys; afterwards one of the council
    "registrar",  # account administrator
    "issuer",
    "allocator",
    "officer",  # compliance officer
    "verifier",
    "guardian",
    "link_cn",  # link administrators, one a programme
    "link_kr",
    "link_jp",
    "state",  # a state authority's account
    "alice",  # operators
    "bob",
    "erin",
    "carol",  # a participant
    "dave",  # a trading institution
    "broker",  # has no account; acts with approvals
    "stranger",  # has nothing
    "deputy",  # the second person in every role
    "councillor",  # the third of the council
)
HOLDERS = {
    "state": Kind.STATE_AUTHORITY,
    "alice": Kind.OPERATOR,
    "bob": Kind.OPERATOR,
    "erin": Kind.OPERATOR,
    "carol": Kind.PARTICIPANT,
    "dave": Kind.TRADING_INSTITUTION,
}
ROLES = {
    "registrar": Role.ACCOUNT_ADMINISTRATOR,
    "issuer": Role.ISSUER,
    "allocator": Role.ALLOCATOR,
    "officer": Role.COMPLIANCE_OFFICER,
    "verifier": Role.VERIFIER,
    "guardian": Role.GUARDIAN,
    "root": Role.COUNCIL,
    "councillor": Role.COUNCIL,
}
# The desk that orders each transaction type.
ORDERED_BY = {
    Type.CANCELLATION: "issuance",
    Type.AUCTION_DELIVERY: "issuance",
    Type.ALLOCATION: "issuance",
    Type.REVERSAL_OF_ALLOCATION: "issuance",
    Type.EXCESS_ALLOCATION: "issuance",
    Type.EXCESS_AUCTION: "issuance",
    Type.CENTRAL_TRANSFER: "issuance",
    Type.CLOSURE: "issuance",
    Type.CORRECTION: "issuance",
    Type.SURRENDER: "compliance",
    Type.REVERSAL_OF_SURRENDER: "compliance",
    Type.ENCUMBRANCE: "liens",
    Type.RELEASE: "liens",
    Type.FREEZE_MARK: "liens",
}
# The functions that two people decide, and the role that both have.
STEPS = {
    "registry": {
        "openOfficialAccount": Role.ACCOUNT_ADMINISTRATOR,
        "setAccountStatus": Role.ACCOUNT_ADMINISTRATOR,
        "setAccountControls": Role.ACCOUNT_ADMINISTRATOR,
        "setAccountProvince": Role.ACCOUNT_ADMINISTRATOR,
        "defineClass": Role.ISSUER,
        "raiseCap": Role.ISSUER,
        "sealClass": Role.ISSUER,
        "setHoldingLimitClasses": Role.COUNCIL,
        "setHolderDesk": Role.COUNCIL,
        "setDesk": Role.COUNCIL,
        "setSaleShare": Role.COUNCIL,
        "publishDocument": Role.COUNCIL,
    },
    "issuance": {
        "issue": Role.ISSUER,
        "correctIssuance": Role.ISSUER,
        "entitle": Role.ALLOCATOR,
        "deliver": Role.ALLOCATOR,
        "requirePaidShare": Role.ALLOCATOR,
        "reverseAllocation": Role.ALLOCATOR,
        "endReversal": Role.ALLOCATOR,
        "moveCentrally": Role.ALLOCATOR,
        "cancelCentrally": Role.ALLOCATOR,
        "closeOut": Role.ACCOUNT_ADMINISTRATOR,
        "setReversalWindow": Role.COUNCIL,
    },
    "compliance": dict.fromkeys(
        (
            "defineYear",
            "moveDeadline",
            "excludeClasses",
            "confirmAll",
            "assign",
            "reverseSurrender",
            "addDebt",
            "publish",
        ),
        Role.COMPLIANCE_OFFICER,
    ),
    "liens": {"unfreeze": Role.COMPLIANCE_OFFICER},
    "holders": {
        "setSettings": Role.COUNCIL,
        "allowCall": Role.COUNCIL,
        "setRepresentative": Role.ACCOUNT_ADMINISTRATOR,
    },
    "gateway": dict.fromkeys(
        (
            "admit",
            "proposeAgreement",
            "acceptAgreement",
            "endAgreement",
            "acceptEdition",
            "proposeTerms",
            "acceptTerms",
            "resume",
            "liftAbroad",
            "proposeSuccession",
            "acceptSuccession",
        ),
        Role.LINK_ADMINISTRATOR,
    ),
    "authority": dict.fromkeys(
        (
            "grantRole",
            "revokeRole",
            "setTargetFunctionRole",
            "adoptProgramme",
            "adoptGateway",
            "setExclusion",
            "succeed",
        ),
        Role.COUNCIL,
    ),
    "proposals": {"defineStep": Role.COUNCIL},
}

"""Which function belongs to which role, once a contract is adopted.

PROPOSAL_DESK: two people decide. What is not here is open, or asks by itself who calls.
"""

from __future__ import annotations

from tests.contracts.words import Role

TWO = Role.PROPOSAL_DESK

GIVEN: dict[str, dict[str, Role]] = {
    "registry": {
        "openAccount": Role.ACCOUNT_ADMINISTRATOR,
        "openSystemAccount": Role.ACCOUNT_ADMINISTRATOR,
        "restrictAccount": Role.COMPLIANCE_OFFICER,
        "setFreeLock": Role.ISSUANCE_DESK,
        "create": Role.ISSUANCE_DESK,
        **dict.fromkeys(
            ("openOfficialAccount", "setAccountStatus", "setAccountControls",
             "setAccountProvince", "setHoldingLimitClasses", "setHolderDesk", "defineClass",
             "raiseCap", "sealClass", "setDesk", "setSaleShare", "publishDocument"),
            TWO,
        ),
        **dict.fromkeys(
            ("defineForeignClass", "escrow", "releaseEscrow", "closeEscrow", "importUnits",
             "exportUnits"),
            Role.LINK_GATEWAY,
        ),
    },
    "proposals": {"defineStep": TWO},
    "issuance": {
        "recordVerification": Role.VERIFIER,
        "continueCorrection": Role.ISSUER,
        **dict.fromkeys(
            ("allocate", "allocateAll", "continueReversal", "moveBetweenPools"), Role.ALLOCATOR
        ),
        **dict.fromkeys(
            ("issue", "correctIssuance", "entitle", "deliver", "reverseAllocation",
             "endReversal", "moveCentrally", "cancelCentrally", "closeOut",
             "setReversalWindow", "requirePaidShare"),
            TWO,
        ),
    },
    "compliance": {
        "attest": Role.VERIFIER,
        "countAllocation": Role.ISSUANCE_DESK,
        **dict.fromkeys(("orderReport", "confirm", "recordSanction"), Role.COMPLIANCE_OFFICER),
        **dict.fromkeys(
            ("defineYear", "moveDeadline", "excludeClasses", "confirmAll", "assign",
             "reverseSurrender", "addDebt", "publish"),
            TWO,
        ),
    },
    "liens": {
        **dict.fromkeys(("freeze", "extendFreeze", "freezeReturning"), Role.COMPLIANCE_OFFICER),
        **dict.fromkeys(("freezeForPartner", "unfreezeForPartner"), Role.LINK_GATEWAY),
        "unfreeze": TWO,
    },
    "holders": {"setSettings": TWO, "allowCall": TWO, "setRepresentative": TWO},
    "gateway": {
        "claimReport": Role.ISSUANCE_DESK,
        "freezeAbroad": Role.COMPLIANCE_OFFICER,
        **dict.fromkeys(
            ("withdrawTerms", "lowerQuota", "suspend", "stopSuccession"), Role.LINK_ADMINISTRATOR
        ),
        **dict.fromkeys(
            ("admit", "proposeAgreement", "acceptAgreement", "endAgreement", "acceptEdition",
             "proposeTerms", "acceptTerms", "resume", "liftAbroad", "proposeSuccession",
             "acceptSuccession"),
            TWO,
        ),
    },
}  # fmt: skip

# The authority's own functions: of the administration of roles.
ADMINISTRATION = {
    "grantRole", "revokeRole", "setTargetFunctionRole", "adoptProgramme", "adoptGateway",
    "setExclusion", "succeed",
}  # fmt: skip

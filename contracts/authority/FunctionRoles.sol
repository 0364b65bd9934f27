// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IClassRegister} from "../interfaces/IClassRegister.sol";
import {IComplianceDesk} from "../interfaces/IComplianceDesk.sol";
import {IHolderDesk} from "../interfaces/IHolderDesk.sol";
import {IIssuanceDesk} from "../interfaces/IIssuanceDesk.sol";
import {ILienDesk} from "../interfaces/ILienDesk.sol";
import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {IProposalDesk} from "../interfaces/IProposalDesk.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {Roles} from "../libraries/Roles.sol";

/// @title Which function belongs to which role
/// @notice PROPOSAL_DESK: two people decide. A role of people: one of them, alone and at once. What is not
/// here is open to holders or to anybody, or belongs to the administration of roles.
library FunctionRoles {
    struct Given {
        bytes4 selector;
        uint64 role;
    }

    function ofRegistry() internal pure returns (Given[] memory g) {
        g = new Given[](23);
        g[0] = Given(IAccountRegister.openAccount.selector, Roles.ACCOUNT_ADMINISTRATOR);
        g[1] = Given(IAccountRegister.openSystemAccount.selector, Roles.ACCOUNT_ADMINISTRATOR);
        g[2] = Given(IAccountRegister.openOfficialAccount.selector, Roles.PROPOSAL_DESK);
        g[3] = Given(IAccountRegister.restrictAccount.selector, Roles.COMPLIANCE_OFFICER);
        g[4] = Given(IAccountRegister.setAccountStatus.selector, Roles.PROPOSAL_DESK);
        g[5] = Given(IAccountRegister.setAccountControls.selector, Roles.PROPOSAL_DESK);
        g[6] = Given(IAccountRegister.setAccountProvince.selector, Roles.PROPOSAL_DESK);
        g[7] = Given(IAccountRegister.setFreeLock.selector, Roles.ISSUANCE_DESK);
        g[8] = Given(IAccountRegister.setHoldingLimitClasses.selector, Roles.PROPOSAL_DESK);
        g[9] = Given(IAccountRegister.setHolderDesk.selector, Roles.PROPOSAL_DESK);
        g[10] = Given(IClassRegister.defineClass.selector, Roles.PROPOSAL_DESK);
        g[11] = Given(IClassRegister.raiseCap.selector, Roles.PROPOSAL_DESK);
        g[12] = Given(IClassRegister.sealClass.selector, Roles.PROPOSAL_DESK);
        g[13] = Given(IClassRegister.setDesk.selector, Roles.PROPOSAL_DESK);
        g[14] = Given(IClassRegister.setSaleShare.selector, Roles.PROPOSAL_DESK);
        g[15] = Given(IClassRegister.publishDocument.selector, Roles.PROPOSAL_DESK);
        g[16] = Given(IClassRegister.defineForeignClass.selector, Roles.LINK_GATEWAY);
        g[17] = Given(IUnitLedger.create.selector, Roles.ISSUANCE_DESK);
        g[18] = Given(IUnitLedger.escrow.selector, Roles.LINK_GATEWAY);
        g[19] = Given(IUnitLedger.releaseEscrow.selector, Roles.LINK_GATEWAY);
        g[20] = Given(IUnitLedger.closeEscrow.selector, Roles.LINK_GATEWAY);
        g[21] = Given(IUnitLedger.importUnits.selector, Roles.LINK_GATEWAY);
        g[22] = Given(IUnitLedger.exportUnits.selector, Roles.LINK_GATEWAY);
    }

    function ofProposalDesk() internal pure returns (Given[] memory g) {
        g = new Given[](1);
        g[0] = Given(IProposalDesk.defineStep.selector, Roles.PROPOSAL_DESK);
    }

    function ofIssuanceDesk() internal pure returns (Given[] memory g) {
        g = new Given[](17);
        g[0] = Given(IIssuanceDesk.recordVerification.selector, Roles.VERIFIER);
        g[1] = Given(IIssuanceDesk.issue.selector, Roles.PROPOSAL_DESK);
        g[2] = Given(IIssuanceDesk.correctIssuance.selector, Roles.PROPOSAL_DESK);
        g[3] = Given(IIssuanceDesk.continueCorrection.selector, Roles.ISSUER);
        g[4] = Given(IIssuanceDesk.entitle.selector, Roles.PROPOSAL_DESK);
        g[5] = Given(IIssuanceDesk.allocate.selector, Roles.ALLOCATOR);
        g[6] = Given(IIssuanceDesk.allocateAll.selector, Roles.ALLOCATOR);
        g[7] = Given(IIssuanceDesk.deliver.selector, Roles.PROPOSAL_DESK);
        g[8] = Given(IIssuanceDesk.reverseAllocation.selector, Roles.PROPOSAL_DESK);
        g[9] = Given(IIssuanceDesk.continueReversal.selector, Roles.ALLOCATOR);
        g[10] = Given(IIssuanceDesk.endReversal.selector, Roles.PROPOSAL_DESK);
        g[11] = Given(IIssuanceDesk.moveBetweenPools.selector, Roles.ALLOCATOR);
        g[12] = Given(IIssuanceDesk.moveCentrally.selector, Roles.PROPOSAL_DESK);
        g[13] = Given(IIssuanceDesk.cancelCentrally.selector, Roles.PROPOSAL_DESK);
        g[14] = Given(IIssuanceDesk.closeOut.selector, Roles.PROPOSAL_DESK);
        g[15] = Given(IIssuanceDesk.setReversalWindow.selector, Roles.PROPOSAL_DESK);
        g[16] = Given(IIssuanceDesk.requirePaidShare.selector, Roles.PROPOSAL_DESK);
    }

    function ofComplianceDesk() internal pure returns (Given[] memory g) {
        g = new Given[](13);
        g[0] = Given(IComplianceDesk.defineYear.selector, Roles.PROPOSAL_DESK);
        g[1] = Given(IComplianceDesk.moveDeadline.selector, Roles.PROPOSAL_DESK);
        g[2] = Given(IComplianceDesk.excludeClasses.selector, Roles.PROPOSAL_DESK);
        g[3] = Given(IComplianceDesk.attest.selector, Roles.VERIFIER);
        g[4] = Given(IComplianceDesk.orderReport.selector, Roles.COMPLIANCE_OFFICER);
        g[5] = Given(IComplianceDesk.confirm.selector, Roles.COMPLIANCE_OFFICER);
        g[6] = Given(IComplianceDesk.confirmAll.selector, Roles.PROPOSAL_DESK);
        g[7] = Given(IComplianceDesk.assign.selector, Roles.PROPOSAL_DESK);
        g[8] = Given(IComplianceDesk.countAllocation.selector, Roles.ISSUANCE_DESK);
        g[9] = Given(IComplianceDesk.reverseSurrender.selector, Roles.PROPOSAL_DESK);
        g[10] = Given(IComplianceDesk.addDebt.selector, Roles.PROPOSAL_DESK);
        g[11] = Given(IComplianceDesk.publish.selector, Roles.PROPOSAL_DESK);
        g[12] = Given(IComplianceDesk.recordSanction.selector, Roles.COMPLIANCE_OFFICER);
    }

    function ofLienDesk() internal pure returns (Given[] memory g) {
        g = new Given[](6);
        g[0] = Given(ILienDesk.freeze.selector, Roles.COMPLIANCE_OFFICER);
        g[1] = Given(ILienDesk.extendFreeze.selector, Roles.COMPLIANCE_OFFICER);
        g[2] = Given(ILienDesk.freezeReturning.selector, Roles.COMPLIANCE_OFFICER);
        g[3] = Given(ILienDesk.freezeForPartner.selector, Roles.LINK_GATEWAY);
        g[4] = Given(ILienDesk.unfreezeForPartner.selector, Roles.LINK_GATEWAY);
        g[5] = Given(ILienDesk.unfreeze.selector, Roles.PROPOSAL_DESK);
    }

    function ofHolderDesk() internal pure returns (Given[] memory g) {
        g = new Given[](3);
        g[0] = Given(IHolderDesk.setSettings.selector, Roles.PROPOSAL_DESK);
        g[1] = Given(IHolderDesk.allowCall.selector, Roles.PROPOSAL_DESK);
        g[2] = Given(IHolderDesk.setRepresentative.selector, Roles.PROPOSAL_DESK);
    }

    function ofGateway() internal pure returns (Given[] memory g) {
        g = new Given[](17);
        g[0] = Given(ILinkAgreements.admit.selector, Roles.PROPOSAL_DESK);
        g[1] = Given(ILinkAgreements.claimReport.selector, Roles.ISSUANCE_DESK);
        g[2] = Given(ILinkAgreements.proposeAgreement.selector, Roles.PROPOSAL_DESK);
        g[3] = Given(ILinkAgreements.acceptAgreement.selector, Roles.PROPOSAL_DESK);
        g[4] = Given(ILinkAgreements.endAgreement.selector, Roles.PROPOSAL_DESK);
        g[5] = Given(ILinkAgreements.acceptEdition.selector, Roles.PROPOSAL_DESK);
        g[6] = Given(ILinkAgreements.proposeTerms.selector, Roles.PROPOSAL_DESK);
        g[7] = Given(ILinkAgreements.acceptTerms.selector, Roles.PROPOSAL_DESK);
        g[8] = Given(ILinkAgreements.resume.selector, Roles.PROPOSAL_DESK);
        g[9] = Given(ILinkAgreements.liftAbroad.selector, Roles.PROPOSAL_DESK);
        g[10] = Given(ILinkAgreements.proposeSuccession.selector, Roles.PROPOSAL_DESK);
        g[11] = Given(ILinkAgreements.acceptSuccession.selector, Roles.PROPOSAL_DESK);
        g[12] = Given(ILinkAgreements.withdrawTerms.selector, Roles.LINK_ADMINISTRATOR);
        g[13] = Given(ILinkAgreements.lowerQuota.selector, Roles.LINK_ADMINISTRATOR);
        g[14] = Given(ILinkAgreements.suspend.selector, Roles.LINK_ADMINISTRATOR);
        g[15] = Given(ILinkAgreements.stopSuccession.selector, Roles.LINK_ADMINISTRATOR);
        g[16] = Given(ILinkAgreements.freezeAbroad.selector, Roles.COMPLIANCE_OFFICER);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IComplianceDesk} from "./interfaces/IComplianceDesk.sol";
import {IHolderDesk} from "./interfaces/IHolderDesk.sol";
import {IIssuanceDesk} from "./interfaces/IIssuanceDesk.sol";
import {ILienDesk} from "./interfaces/ILienDesk.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {Roles} from "./libraries/Roles.sol";

/// @title Who may do what in one programme
/// @notice Every function of the programme's contracts that is not a holder's own belongs to one
/// role. A sensitive function belongs to the proposal desk, which needs two people for it; the
/// others belong to people. The administration of roles belongs to the proposal desk too.
///
/// @dev No step can lock the programme: the council and the guardians never become fewer than
/// `LEAST_COUNCIL` and one, and the administration of roles never has no holder. A member whose key
/// is lost is replaced by two others of the council.
contract ProgrammeAuthority is AccessManager {
    /// @notice Any two of the council decide, so a third must exist for the day a key is lost.
    uint256 public constant LEAST_COUNCIL = 3;

    mapping(uint64 role => uint256) public memberCount;

    /// @notice The contracts of one programme.
    struct Programme {
        address registry;
        address proposalDesk;
        address issuanceDesk;
        address complianceDesk;
        address lienDesk;
        address holderDesk;
    }

    error TooFewMembers(uint64 role, uint256 members, uint256 least);

    /// @param deployer holds the administration of roles until it has handed it to the proposal desk
    constructor(address deployer) AccessManager(deployer) {
        _label(Roles.ACCOUNT_ADMINISTRATOR, "ACCOUNT_ADMINISTRATOR");
        _label(Roles.ISSUER, "ISSUER");
        _label(Roles.ALLOCATOR, "ALLOCATOR");
        _label(Roles.COMPLIANCE_OFFICER, "COMPLIANCE_OFFICER");
        _label(Roles.VERIFIER, "VERIFIER");
        _label(Roles.LINK_ADMINISTRATOR, "LINK_ADMINISTRATOR");
        _label(Roles.GUARDIAN, "GUARDIAN");
        _label(Roles.LINK_GATEWAY, "LINK_GATEWAY");
        _label(Roles.COUNCIL, "COUNCIL");
        _label(Roles.PROVINCE, "PROVINCE");
        _label(Roles.PROPOSAL_DESK, "PROPOSAL_DESK");
        _label(Roles.COMPLIANCE_DESK, "COMPLIANCE_DESK");
        _label(Roles.ISSUANCE_DESK, "ISSUANCE_DESK");
        _label(Roles.CONTROLS, "CONTROLS");
    }

    /// @notice Ties the programme's contracts to the roles. What is not named here is open to holders,
    /// or belongs to the administration of roles.
    function adoptProgramme(Programme calldata p) external onlyAuthorized {
        _grantRole(Roles.PROPOSAL_DESK, p.proposalDesk, 0, 0);
        _grantRole(Roles.ISSUANCE_DESK, p.issuanceDesk, 0, 0);
        _grantRole(Roles.CONTROLS, p.issuanceDesk, 0, 0);
        _grantRole(Roles.CONTROLS, p.proposalDesk, 0, 0);
        _grantRole(Roles.COMPLIANCE_DESK, p.complianceDesk, 0, 0);

        address r = p.registry;
        _give(r, IAccountRegister.openAccount.selector, Roles.ACCOUNT_ADMINISTRATOR);
        _give(r, IAccountRegister.openSystemAccount.selector, Roles.ACCOUNT_ADMINISTRATOR);
        _give(r, IAccountRegister.setAccountControls.selector, Roles.CONTROLS);
        _give(r, IAccountRegister.restrictAccount.selector, Roles.COMPLIANCE_OFFICER);
        _give(r, IAccountRegister.setAccountStatus.selector, Roles.PROPOSAL_DESK);
        _give(r, IAccountRegister.setHoldingLimitClasses.selector, Roles.PROPOSAL_DESK);
        _give(r, IAccountRegister.setHolderDesk.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.defineClass.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.raiseCap.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.sealClass.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.setDesk.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.setSaleShare.selector, Roles.PROPOSAL_DESK);
        _give(r, IUnitRegistry.create.selector, Roles.ISSUANCE_DESK);
        _give(r, IUnitRegistry.defineForeignClass.selector, Roles.LINK_GATEWAY);
        _give(r, IUnitRegistry.escrow.selector, Roles.LINK_GATEWAY);
        _give(r, IUnitRegistry.releaseEscrow.selector, Roles.LINK_GATEWAY);
        _give(r, IUnitRegistry.closeEscrow.selector, Roles.LINK_GATEWAY);
        _give(r, IUnitRegistry.importUnits.selector, Roles.LINK_GATEWAY);
        _give(r, IUnitRegistry.exportUnits.selector, Roles.LINK_GATEWAY);

        address i = p.issuanceDesk;
        _give(i, IIssuanceDesk.recordVerification.selector, Roles.VERIFIER);
        _give(i, IIssuanceDesk.issue.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.allocate.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.deliver.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.moveCentrally.selector, Roles.ALLOCATOR);
        _give(i, IIssuanceDesk.requirePaidShare.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.reverseAllocation.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.correctIssuance.selector, Roles.PROPOSAL_DESK);
        _give(i, IIssuanceDesk.setReversalWindow.selector, Roles.PROPOSAL_DESK);

        address c = p.complianceDesk;
        _give(c, IComplianceDesk.defineYear.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.moveDeadline.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.excludeCategory.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.attest.selector, Roles.VERIFIER);
        _give(c, IComplianceDesk.confirm.selector, Roles.COMPLIANCE_OFFICER);
        _give(c, IComplianceDesk.assign.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.countAllocation.selector, Roles.ISSUANCE_DESK);
        _give(c, IComplianceDesk.reverseSurrender.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.addDebt.selector, Roles.PROPOSAL_DESK);
        _give(c, IComplianceDesk.publish.selector, Roles.COMPLIANCE_OFFICER);
        _give(c, IComplianceDesk.recordSanction.selector, Roles.COMPLIANCE_OFFICER);

        _give(p.lienDesk, ILienDesk.freeze.selector, Roles.COMPLIANCE_OFFICER);
        _give(p.lienDesk, ILienDesk.unfreeze.selector, Roles.PROPOSAL_DESK);

        _give(p.holderDesk, IHolderDesk.setSettings.selector, Roles.PROPOSAL_DESK);
        _give(p.holderDesk, IHolderDesk.allowCall.selector, Roles.PROPOSAL_DESK);
        _give(p.holderDesk, IHolderDesk.setRepresentative.selector, Roles.PROPOSAL_DESK);
    }

    /// @notice Admits a link gateway: it may escrow and import. What binds the programme needs two
    /// people; what only tightens its own side, one link administrator.
    function adoptGateway(address gateway) external onlyAuthorized {
        _grantRole(Roles.LINK_GATEWAY, gateway, 0, 0);
        _give(gateway, ILinkGateway.proposeAgreement.selector, Roles.PROPOSAL_DESK);
        _give(gateway, ILinkGateway.acceptAgreement.selector, Roles.PROPOSAL_DESK);
        _give(gateway, ILinkGateway.proposeTerms.selector, Roles.PROPOSAL_DESK);
        _give(gateway, ILinkGateway.acceptTerms.selector, Roles.PROPOSAL_DESK);
        _give(gateway, ILinkGateway.resume.selector, Roles.PROPOSAL_DESK);
        _give(gateway, ILinkGateway.lowerQuota.selector, Roles.LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.suspend.selector, Roles.LINK_ADMINISTRATOR);
    }

    function _give(address target, bytes4 selector, uint64 role) private {
        _setTargetFunctionRole(target, selector, role);
    }

    function _label(uint64 role, string memory label) private {
        emit RoleLabel(role, label);
    }

    function _grantRole(
        uint64 role,
        address account,
        uint32 grantDelay,
        uint32 executionDelay
    ) internal override returns (bool isNew) {
        isNew = super._grantRole(role, account, grantDelay, executionDelay);
        if (isNew) ++memberCount[role];
    }

    function _revokeRole(uint64 role, address account) internal override returns (bool revoked) {
        revoked = super._revokeRole(role, account);
        if (!revoked) return revoked;
        uint256 members = --memberCount[role];
        if (members < _least(role)) revert TooFewMembers(role, members, _least(role));
    }

    function _least(uint64 role) private pure returns (uint256) {
        if (role == Roles.COUNCIL) return LEAST_COUNCIL;
        return role == Roles.ADMINISTRATOR || role == Roles.GUARDIAN ? 1 : 0;
    }
}

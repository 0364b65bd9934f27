// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";

/// @title Who may do what in one programme
/// @notice Every function of the programme's registry that is not a holder's own belongs to one
/// role, and so do the link functions that speak for the programme. The administrator of roles
/// (AccessManager's role 0) grants roles and holds none of the others; its grants are events.
///
/// @dev A sensitive function becomes a two-person step by giving its role to a proposal contract
/// instead of to people: nothing else changes.
contract ProgrammeAuthority is AccessManager {
    uint64 public constant ACCOUNT_ADMINISTRATOR = 1;
    uint64 public constant ISSUER = 2;
    uint64 public constant ALLOCATOR = 3;
    uint64 public constant COMPLIANCE_OFFICER = 4;
    uint64 public constant VERIFIER = 5;
    uint64 public constant LINK_ADMINISTRATOR = 6;
    uint64 public constant GUARDIAN = 7;
    uint64 public constant LINK_GATEWAY = 8;

    constructor(address administrator) AccessManager(administrator) {
        _label(ACCOUNT_ADMINISTRATOR, "ACCOUNT_ADMINISTRATOR");
        _label(ISSUER, "ISSUER");
        _label(ALLOCATOR, "ALLOCATOR");
        _label(COMPLIANCE_OFFICER, "COMPLIANCE_OFFICER");
        _label(VERIFIER, "VERIFIER");
        _label(LINK_ADMINISTRATOR, "LINK_ADMINISTRATOR");
        _label(GUARDIAN, "GUARDIAN");
        _label(LINK_GATEWAY, "LINK_GATEWAY");
    }

    /// @notice Ties the programme's registry to the roles.
    function adoptRegistry(address registry) external onlyAuthorized {
        _give(registry, IAccountRegister.openAccount.selector, ACCOUNT_ADMINISTRATOR);
        _give(registry, IAccountRegister.openSystemAccount.selector, ACCOUNT_ADMINISTRATOR);
        _give(registry, IAccountRegister.setAccountStatus.selector, ACCOUNT_ADMINISTRATOR);
        _give(registry, IUnitRegistry.defineClass.selector, ISSUER);
        _give(registry, IUnitRegistry.raiseCap.selector, ISSUER);
        _give(registry, IUnitRegistry.sealClass.selector, ISSUER);
        _give(registry, IUnitRegistry.issue.selector, ISSUER);
        _give(registry, IUnitRegistry.allocate.selector, ALLOCATOR);
        _give(registry, IUnitRegistry.recordVerification.selector, VERIFIER);
        _give(registry, IUnitRegistry.defineForeignClass.selector, LINK_GATEWAY);
        _give(registry, IUnitRegistry.escrow.selector, LINK_GATEWAY);
        _give(registry, IUnitRegistry.releaseEscrow.selector, LINK_GATEWAY);
        _give(registry, IUnitRegistry.closeEscrow.selector, LINK_GATEWAY);
        _give(registry, IUnitRegistry.importUnits.selector, LINK_GATEWAY);
        _give(registry, IUnitRegistry.exportUnits.selector, LINK_GATEWAY);
    }

    /// @notice Admits a link gateway: it may escrow and import, and the programme's link
    /// administrators may speak to it.
    function adoptGateway(address gateway) external onlyAuthorized {
        _grantRole(LINK_GATEWAY, gateway, 0, 0);
        _give(gateway, ILinkGateway.proposeAgreement.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.acceptAgreement.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.proposeTerms.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.acceptTerms.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.lowerQuota.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.suspend.selector, LINK_ADMINISTRATOR);
        _give(gateway, ILinkGateway.resume.selector, LINK_ADMINISTRATOR);
    }

    function _give(address target, bytes4 selector, uint64 role) private {
        _setTargetFunctionRole(target, selector, role);
    }

    function _label(uint64 role, string memory label) private {
        emit RoleLabel(role, label);
        if (role != GUARDIAN) _setRoleGuardian(role, GUARDIAN);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
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

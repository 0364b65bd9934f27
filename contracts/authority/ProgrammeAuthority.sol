// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IProgrammeAuthority} from "../interfaces/IProgrammeAuthority.sol";
import {ISuccession} from "../interfaces/ISuccession.sol";
import {FunctionRoles} from "./FunctionRoles.sol";
import {Roles} from "../libraries/Roles.sol";

/// @dev See IProgrammeAuthority. Which function belongs to which role is in FunctionRoles.
contract ProgrammeAuthority is IProgrammeAuthority, AccessManager {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @notice Any two of the council decide, so a third must exist for the day a key is lost.
    uint256 public constant LEAST_COUNCIL = 3;
    /// @notice A role has at most this many members, so that every loop over them ends.
    uint256 public constant MAX_MEMBERS = 256;

    Programme private _programme;
    // All that have the role of a province are members of PROVINCE too.
    mapping(uint64 role => EnumerableSet.AddressSet) private _members;
    mapping(uint64 role => mapping(address account => uint32)) private _tenures;
    mapping(address account => uint256) private _offices; // bit (1 << office)
    mapping(address account => uint16) private _provinces;
    mapping(uint64 office => uint256) private _excluded; // bits of offices

    /// @param deployer holds the administration of roles until it has handed it to the proposal desk
    constructor(address deployer) AccessManager(deployer) {
        emit RoleLabel(Roles.ACCOUNT_ADMINISTRATOR, "ACCOUNT_ADMINISTRATOR");
        emit RoleLabel(Roles.ISSUER, "ISSUER");
        emit RoleLabel(Roles.ALLOCATOR, "ALLOCATOR");
        emit RoleLabel(Roles.COMPLIANCE_OFFICER, "COMPLIANCE_OFFICER");
        emit RoleLabel(Roles.VERIFIER, "VERIFIER");
        emit RoleLabel(Roles.LINK_ADMINISTRATOR, "LINK_ADMINISTRATOR");
        emit RoleLabel(Roles.GUARDIAN, "GUARDIAN");
        emit RoleLabel(Roles.LINK_GATEWAY, "LINK_GATEWAY");
        emit RoleLabel(Roles.COUNCIL, "COUNCIL");
        emit RoleLabel(Roles.PROVINCE, "PROVINCE");
        emit RoleLabel(Roles.PROPOSAL_DESK, "PROPOSAL_DESK");
        emit RoleLabel(Roles.ISSUANCE_DESK, "ISSUANCE_DESK");
    }

    // ---- what the council decides ---------------------------------------------------------

    /// @inheritdoc IProgrammeAuthority
    function adoptProgramme(Programme calldata p) external onlyAuthorized {
        Programme memory old = _programme;
        if (old.registry == address(0)) {
            _grantRole(Roles.PROPOSAL_DESK, p.proposalDesk, 0, 0);
            _grantRole(ADMIN_ROLE, p.proposalDesk, 0, 0);
            _give(p.registry, FunctionRoles.ofRegistry());
            _give(p.proposalDesk, FunctionRoles.ofProposalDesk());
        } else if (p.registry != old.registry || p.proposalDesk != old.proposalDesk) {
            revert AuthorityFixed(old.registry);
        }
        bool other = p.issuanceDesk != old.issuanceDesk && old.issuanceDesk != address(0);
        if (other) _revokeRole(Roles.ISSUANCE_DESK, old.issuanceDesk);
        _grantRole(Roles.ISSUANCE_DESK, p.issuanceDesk, 0, 0);
        _give(p.issuanceDesk, FunctionRoles.ofIssuanceDesk());
        _give(p.complianceDesk, FunctionRoles.ofComplianceDesk());
        _give(p.lienDesk, FunctionRoles.ofLienDesk());
        _give(p.holderDesk, FunctionRoles.ofHolderDesk());
        _programme = p;
        emit ProgrammeAdopted(p);
    }

    /// @inheritdoc IProgrammeAuthority
    function adoptGateway(address gateway) external onlyAuthorized {
        _grantRole(Roles.LINK_GATEWAY, gateway, 0, 0);
        _give(gateway, FunctionRoles.ofGateway());
        emit GatewayAdopted(gateway);
    }

    /// @inheritdoc IProgrammeAuthority
    function setExclusion(uint64 roleA, uint64 roleB, bool exclusive) external onlyAuthorized {
        _requireOffice(roleA);
        _requireOffice(roleB);
        if (roleA == roleB) revert RoleInvalid(roleA);
        if (exclusive) {
            address[] memory members = _members[roleA].values();
            for (uint256 i; i < members.length; ++i) {
                if ((_offices[members[i]] >> roleB) & 1 != 0) revert RolesExclude(members[i], roleA, roleB);
            }
            _excluded[roleA] |= 1 << roleB;
            _excluded[roleB] |= 1 << roleA;
        } else {
            _excluded[roleA] &= ~(uint256(1) << roleB);
            _excluded[roleB] &= ~(uint256(1) << roleA);
        }
        emit RolesExcluded(roleA, roleB, exclusive);
    }

    /// @inheritdoc IProgrammeAuthority
    function succeed(
        address target,
        address edition,
        bytes32 codeHash,
        bytes calldata migration
    ) external onlyAuthorized {
        if (edition.codehash != codeHash) revert CodeUnknown(edition, codeHash, edition.codehash);
        ISuccession(target).succeed(edition, migration);
        emit CodeSucceeded(target, edition, codeHash);
    }

    /// @notice Gives a personal role to a key. Role: administrator of roles.
    /// @param executionDelay zero: delays are the steps' own
    function grantRole(
        uint64 roleId,
        address account,
        uint32 executionDelay
    ) public override(AccessManager, IAccessManager) onlyAuthorized {
        if (!Roles.isPersonal(roleId)) revert RoleInvalid(roleId);
        if (executionDelay != 0) revert NotOffered();
        _grantRole(roleId, account, 0, 0);
    }

    /// @notice Calls a function in the authority's own name, while the programme is set up. Later it is
    /// closed, because contracts that ask who calls would see the authority and not two people. Role:
    /// administrator of roles.
    function execute(
        address target,
        bytes calldata data
    ) public payable override(AccessManager, IAccessManager) onlyAuthorized returns (uint32) {
        if (_isSetUp()) revert NotOffered();
        return super.execute(target, data);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IProgrammeAuthority
    function tenureOf(uint64 role, address account) external view returns (uint32) {
        return _tenures[role][account];
    }

    /// @inheritdoc IProgrammeAuthority
    function membersOf(uint64 role) external view returns (address[] memory) {
        return _members[role].values();
    }

    /// @inheritdoc IProgrammeAuthority
    function officesOf(address account) external view returns (uint256) {
        return _offices[account];
    }

    /// @inheritdoc IProgrammeAuthority
    function provinceOf(address account) external view returns (uint16) {
        return _provinces[account];
    }

    /// @inheritdoc IProgrammeAuthority
    function excludedBy(uint64 role) external view returns (uint256) {
        return _excluded[Roles.office(role)];
    }

    /// @inheritdoc IProgrammeAuthority
    function programme() external view returns (Programme memory) {
        return _programme;
    }

    // ---- what holds for every change ------------------------------------------------------

    function _grantRole(
        uint64 roleId,
        address account,
        uint32 grantDelay,
        uint32 executionDelay
    ) internal override returns (bool isNew) {
        isNew = super._grantRole(roleId, account, grantDelay, executionDelay);
        if (!isNew) return isNew;
        uint64 office = Roles.office(roleId);
        uint256 clash = _offices[account] & _excluded[office];
        if (clash != 0) revert RolesExclude(account, _lowest(clash), roleId);
        if (office == Roles.PROVINCE) {
            uint16 held = _provinces[account];
            if (held != 0) revert ProvinceHeld(account, held);
            _provinces[account] = uint16(roleId - Roles.PROVINCES);
            _addMember(roleId, account);
        }
        _offices[account] |= 1 << office;
        _addMember(office, account);
    }

    function _revokeRole(uint64 roleId, address account) internal override returns (bool revoked) {
        revoked = super._revokeRole(roleId, account);
        if (!revoked) return revoked;
        uint64 office = Roles.office(roleId);
        if (office == Roles.PROVINCE) {
            delete _provinces[account];
            _members[roleId].remove(account);
        }
        _offices[account] &= ~(uint256(1) << office);
        _members[office].remove(account);
        ++_tenures[roleId][account];
        uint256 left = _members[office].length();
        if (left < _least(office)) revert TooFewMembers(office, left, _least(office));
    }

    /// @dev Once two people decide, what takes two is never given to one, nor to everybody.
    function _setTargetFunctionRole(address target, bytes4 selector, uint64 roleId) internal override {
        if (_isSetUp()) {
            bool kept = !Roles.isPersonal(getTargetFunctionRole(target, selector)) || target == address(this);
            if (kept) revert FunctionTakesTwo(target, selector);
            bool one = Roles.isPersonal(roleId) && roleId != Roles.GUARDIAN; // it stops, and does nothing else
            if (!one && roleId != Roles.PROPOSAL_DESK) revert RoleInvalid(roleId);
        }
        super._setTargetFunctionRole(target, selector, roleId);
    }

    function _setRoleAdmin(uint64, uint64) internal pure override {
        revert NotOffered();
    }

    function _setRoleGuardian(uint64, uint64) internal pure override {
        revert NotOffered();
    }

    function _setGrantDelay(uint64, uint32) internal pure override {
        revert NotOffered(); // a long one would keep a lost key's successor out
    }

    function _setTargetAdminDelay(address, uint32) internal pure override {
        revert NotOffered();
    }

    /// @notice Not offered: the authority of a contract never changes.
    function updateAuthority(address target, address) public pure override(AccessManager, IAccessManager) {
        revert AuthorityFixed(target);
    }

    function _give(address target, FunctionRoles.Given[] memory given) private {
        for (uint256 i; i < given.length; ++i) {
            super._setTargetFunctionRole(target, given[i].selector, given[i].role);
        }
    }

    function _addMember(uint64 role, address account) private {
        EnumerableSet.AddressSet storage members = _members[role];
        members.add(account);
        if (members.length() > MAX_MEMBERS) revert TooManyMembers(role, MAX_MEMBERS);
    }

    /// @dev Whether the proposal desk decides now; before that a deployer does.
    function _isSetUp() private view returns (bool) {
        return _programme.proposalDesk != address(0) && msg.sender == _programme.proposalDesk;
    }

    function _requireOffice(uint64 role) private pure {
        if (Roles.isProvince(role) || !(role == Roles.PROVINCE || Roles.isPersonal(role))) revert RoleInvalid(role);
    }

    function _lowest(uint256 bits) private pure returns (uint64 n) {
        while (bits & 1 == 0) {
            bits >>= 1;
            ++n;
        }
    }

    function _least(uint64 office) private pure returns (uint256) {
        if (office == Roles.COUNCIL) return LEAST_COUNCIL;
        bool one = office == Roles.ADMINISTRATOR || office == Roles.PROPOSAL_DESK || office == Roles.GUARDIAN;
        return one ? 1 : 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IProgrammeAuthority} from "../interfaces/IProgrammeAuthority.sol";
import {IProposalDesk} from "../interfaces/IProposalDesk.sol";
import {CallTooLong, SamePerson, TooEarly} from "../interfaces/LedgerTypes.sol";
import {Roles} from "../libraries/Roles.sol";

/// @dev See IProposalDesk.
contract ProposalDesk is IProposalDesk, AccessManagedUpgradeable {
    uint32 public constant LEAST_LIFETIME = 1 hours;
    uint32 public constant MAX_LIFETIME = 365 days;
    uint32 public constant MAX_DELAY = 90 days;
    uint256 public constant MAX_CALL = 65_536;

    uint256 private _proposalCount;
    mapping(address target => mapping(bytes4 selector => Step)) private _steps;
    mapping(uint256 id => Proposal) private _proposals;

    constructor() {
        _disableInitializers();
    }

    /// @notice Sets up a new desk, once.
    function initialize(address authority_) external initializer {
        __AccessManaged_init(authority_);
    }

    /// @inheritdoc IProposalDesk
    function defineStep(address target, bytes4 selector, Step calldata step) external restricted {
        // A step once defined may change, but not vanish: its function would be nobody's.
        bool sound = step.lifetime >= LEAST_LIFETIME && step.lifetime <= MAX_LIFETIME && step.delay <= MAX_DELAY;
        // Roles and steps themselves stay with the council, which cannot run dry: nothing that is
        // decided here can put the programme out of reach of further decisions.
        bool council = step.proposerRole == Roles.COUNCIL && step.approverRole == Roles.COUNCIL;
        if (target == authority() || target == address(this)) sound = sound && council;
        bool provincial = step.proposerRole == Roles.PROVINCE || step.approverRole == Roles.PROVINCE;
        if (provincial != (step.provinceArgument != 0)) sound = false;
        if (!_decides(step.proposerRole) || !_decides(step.approverRole) || !sound) {
            revert StepInvalid(target, selector);
        }
        _steps[target][selector] = step;
        emit StepDefined(target, selector, step);
    }

    /// @inheritdoc IProposalDesk
    function propose(address target, bytes calldata data, bytes32 document) external returns (uint256 id) {
        if (data.length > MAX_CALL) revert CallTooLong(data.length, MAX_CALL);
        bytes4 selector = bytes4(data); // shorter data is padded with zeros and is no step
        Step memory step = _stepOf(target, selector);
        uint16 province = _provinceIn(step, target, data);
        id = ++_proposalCount;
        Proposal storage p = _proposals[id];
        p.target = target;
        p.selector = selector;
        p.province = province;
        p.concernsGuardian = _concernsGuardian(target, data);
        p.state = ProposalState.PROPOSED;
        p.proposer = msg.sender;
        p.proposerTenure = _requireRole(step.proposerRole, province, msg.sender);
        p.deadline = uint40(block.timestamp) + step.lifetime;
        p.hash = hashOf(target, data, document);
        emit ProposalMade(id, target, msg.sender, data, document, p.deadline);
    }

    /// @inheritdoc IProposalDesk
    function approve(uint256 id, bytes32 hash) external {
        Proposal storage p = _inState(id, ProposalState.PROPOSED);
        if (p.hash != hash) revert ProposalChanged(id, hash, p.hash);
        Step memory step = _stepOf(p.target, p.selector);
        p.approverTenure = _requireRole(step.approverRole, p.province, msg.sender);
        if (msg.sender == p.proposer) revert SamePerson(id, msg.sender);
        p.approver = msg.sender;
        p.state = ProposalState.APPROVED;
        p.readyAt = uint40(block.timestamp) + step.delay;
        p.deadline = p.readyAt + step.lifetime;
        emit ProposalApproved(id, msg.sender, p.readyAt, p.deadline);
    }

    /// @inheritdoc IProposalDesk
    function execute(uint256 id, bytes calldata data, bytes32 document) external {
        Proposal storage p = _inState(id, ProposalState.APPROVED);
        if (block.timestamp < p.readyAt) revert TooEarly(id, p.readyAt);
        address target = p.target;
        bytes32 hash = hashOf(target, data, document);
        if (p.hash != hash) revert ProposalChanged(id, hash, p.hash);
        Step memory step = _stepOf(target, p.selector);
        // What was a province's when it was proposed is asked again of today's step.
        uint16 province = _provinceIn(step, target, data);
        if (!_hasRole(_roleOf(step.approverRole, province), msg.sender)) {
            _requireRole(step.proposerRole, province, msg.sender);
        }
        _requireTenure(step.proposerRole, province, p.proposer, p.proposerTenure);
        _requireTenure(step.approverRole, province, p.approver, p.approverTenure);
        p.state = ProposalState.EXECUTED;
        emit ProposalExecuted(id, msg.sender);
        Address.functionCall(target, data);
    }

    /// @inheritdoc IProposalDesk
    function stop(uint256 id) external {
        ProposalState state = proposalOf(id).state;
        if (state != ProposalState.APPROVED) _inState(id, ProposalState.PROPOSED);
        Proposal storage p = _proposals[id];
        if (msg.sender != p.proposer) {
            _requireRole(Roles.GUARDIAN, 0, msg.sender);
            if (p.concernsGuardian) revert GuardianConcerned(id, msg.sender);
        }
        p.state = ProposalState.STOPPED;
        emit ProposalStopped(id, msg.sender);
    }

    /// @inheritdoc IProposalDesk
    function stepOf(address target, bytes4 selector) external view returns (Step memory) {
        return _steps[target][selector];
    }

    /// @inheritdoc IProposalDesk
    function proposalOf(uint256 id) public view returns (Proposal memory p) {
        p = _proposals[id];
        bool open = p.state == ProposalState.PROPOSED || p.state == ProposalState.APPROVED;
        if (open && block.timestamp > p.deadline) p.state = ProposalState.EXPIRED;
    }

    /// @inheritdoc IProposalDesk
    function proposalCount() external view returns (uint256) {
        return _proposalCount;
    }

    /// @inheritdoc IProposalDesk
    function hashOf(address target, bytes calldata data, bytes32 document) public pure returns (bytes32) {
        return keccak256(abi.encode(target, document, keccak256(data)));
    }

    // ---- what the functions share ---------------------------------------------------------

    function _inState(uint256 id, ProposalState expected) private view returns (Proposal storage p) {
        p = _proposals[id];
        ProposalState actual = p.state;
        bool open = actual == ProposalState.PROPOSED || actual == ProposalState.APPROVED;
        if (open && block.timestamp > p.deadline) actual = ProposalState.EXPIRED;
        if (actual != expected) revert ProposalNot(id, expected, actual);
    }

    function _stepOf(address target, bytes4 selector) private view returns (Step memory step) {
        step = _steps[target][selector];
        if (step.lifetime == 0) revert NotASensitiveStep(target, selector);
    }

    /// @return province that the call names; zero where the step does not ask for one
    function _provinceIn(
        Step memory step,
        address target,
        bytes calldata data
    ) private pure returns (uint16 province) {
        uint256 argument = step.provinceArgument;
        if (argument == 0) return 0;
        uint256 end = 4 + 32 * argument;
        uint256 word = data.length < end ? 0 : uint256(bytes32(data[end - 32:end]));
        if (word == 0 || word > type(uint16).max) revert ProvinceMissing(target, bytes4(data));
        return uint16(word);
    }

    function _concernsGuardian(address target, bytes calldata data) private view returns (bool) {
        bytes4 selector = bytes4(data);
        bool ofRoles = selector == IAccessManager.grantRole.selector || selector == IAccessManager.revokeRole.selector;
        if (target != authority() || !ofRoles || data.length < 36) return false;
        return uint256(bytes32(data[4:36])) == Roles.GUARDIAN;
    }

    /// @dev Those who decide are people: no contract of the programme is one of the two.
    function _decides(uint64 role) private pure returns (bool) {
        return role == Roles.PROVINCE || (Roles.isPersonal(role) && role != Roles.GUARDIAN);
    }

    function _roleOf(uint64 role, uint16 province) private pure returns (uint64) {
        return role == Roles.PROVINCE ? Roles.ofProvince(province) : role;
    }

    function _hasRole(uint64 role, address account) private view returns (bool isMember) {
        (isMember, ) = IAccessManager(authority()).hasRole(role, account);
    }

    /// @return the tenure in which the account has the role
    function _requireRole(uint64 role, uint16 province, address account) private view returns (uint32) {
        uint64 actual = _roleOf(role, province);
        if (!_hasRole(actual, account)) revert RoleMissing(account, actual);
        return IProgrammeAuthority(authority()).tenureOf(actual, account);
    }

    /// @dev Whoever lost the role since then no longer speaks for the programme.
    function _requireTenure(uint64 role, uint16 province, address account, uint32 tenure) private view {
        if (_requireRole(role, province, account) != tenure) revert RoleMissing(account, _roleOf(role, province));
    }
}

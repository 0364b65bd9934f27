// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IProposalDesk} from "./interfaces/IProposalDesk.sol";
import {Roles} from "./libraries/Roles.sol";

/// @dev See IProposalDesk.
contract ProposalDesk is IProposalDesk, AccessManaged {
    uint32 public constant LEAST_LIFETIME = 1 hours;
    uint32 public constant MOST_DELAY = 90 days;

    uint256 public proposalCount;

    mapping(address target => mapping(bytes4 selector => Step)) private _steps;
    mapping(uint256 id => Proposal) private _proposals;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc IProposalDesk
    function defineStep(address target, bytes4 selector, Step calldata step) external restricted {
        // A step once defined may change, but not vanish: its function would be nobody's.
        if (step.lifetime < LEAST_LIFETIME || step.delay > MOST_DELAY) revert StepInvalid(target, selector);
        // Roles and steps themselves stay with the council, which cannot run dry: nothing that is
        // decided here can put the programme out of reach of further decisions.
        bool council = step.proposerRole == Roles.COUNCIL && step.approverRole == Roles.COUNCIL;
        if ((target == authority() || target == address(this)) && !council) revert StepInvalid(target, selector);
        _steps[target][selector] = step;
        emit StepDefined(target, selector, step);
    }

    /// @inheritdoc IProposalDesk
    function propose(address target, bytes calldata data) external returns (uint256 id) {
        Step memory step = _stepOf(target, data);
        _requireRole(step.proposerRole, msg.sender);
        id = ++proposalCount;
        Proposal storage p = _proposals[id];
        p.target = target;
        p.proposer = msg.sender;
        p.deadline = uint40(block.timestamp) + step.lifetime;
        p.state = ProposalState.PROPOSED;
        p.data = data;
        emit ProposalMade(id, target, msg.sender, data, p.deadline);
    }

    /// @inheritdoc IProposalDesk
    function approve(uint256 id, bytes32 dataHash) external {
        Proposal storage p = _inState(id, ProposalState.PROPOSED);
        bytes32 actual = keccak256(p.data);
        if (actual != dataHash) revert ProposalChanged(id, dataHash, actual);
        Step memory step = _stepOf(p.target, p.data);
        _requireRole(step.approverRole, msg.sender);
        if (msg.sender == p.proposer) revert SamePerson(id, msg.sender);
        p.approver = msg.sender;
        p.state = ProposalState.APPROVED;
        p.readyAt = uint40(block.timestamp) + step.delay;
        p.deadline = p.readyAt + step.lifetime;
        emit ProposalApproved(id, msg.sender, p.readyAt, p.deadline);
    }

    /// @inheritdoc IProposalDesk
    function execute(uint256 id) external {
        Proposal storage p = _inState(id, ProposalState.APPROVED);
        if (block.timestamp < p.readyAt) revert TooEarly(id, p.readyAt);
        Step memory step = _stepOf(p.target, p.data);
        if (!_hasRole(step.approverRole, msg.sender)) _requireRole(step.proposerRole, msg.sender);
        // Whoever lost the role since then no longer speaks for the programme.
        _requireRole(step.proposerRole, p.proposer);
        _requireRole(step.approverRole, p.approver);
        p.state = ProposalState.EXECUTED;
        emit ProposalExecuted(id, msg.sender);
        Address.functionCall(p.target, p.data);
    }

    /// @inheritdoc IProposalDesk
    function stop(uint256 id) external {
        ProposalState state = proposalOf(id).state;
        if (state != ProposalState.APPROVED) _inState(id, ProposalState.PROPOSED);
        Proposal storage p = _proposals[id];
        if (msg.sender != p.proposer) {
            _requireRole(Roles.GUARDIAN, msg.sender);
            if (_concernsGuardian(p.target, p.data)) revert GuardianConcerned(id, msg.sender);
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

    function _inState(uint256 id, ProposalState expected) private view returns (Proposal storage p) {
        p = _proposals[id];
        ProposalState actual = p.state;
        bool open = actual == ProposalState.PROPOSED || actual == ProposalState.APPROVED;
        if (open && block.timestamp > p.deadline) actual = ProposalState.EXPIRED;
        if (actual != expected) revert ProposalNot(id, expected, actual);
    }

    function _stepOf(address target, bytes memory data) private view returns (Step memory step) {
        bytes4 selector = bytes4(data); // shorter data is padded with zeros and is no step
        step = _steps[target][selector];
        if (step.lifetime == 0) revert NotASensitiveStep(target, selector);
    }

    function _concernsGuardian(address target, bytes memory data) private view returns (bool) {
        if (target != authority() || bytes4(data) != IAccessManager.revokeRole.selector) return false;
        bytes32 role;
        assembly ("memory-safe") {
            role := mload(add(data, 0x24)) // the first argument, after length and selector
        }
        return uint256(role) == Roles.GUARDIAN;
    }

    function _hasRole(uint64 role, address account) private view returns (bool isMember) {
        (isMember, ) = IAccessManager(authority()).hasRole(role, account);
    }

    function _requireRole(uint64 role, address account) private view {
        if (!_hasRole(role, account)) revert RoleMissing(account, role);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Sensitive steps of one programme: two people, a delay, a guardian
/// @notice A sensitive step is a function whose role the programme gave to this desk instead of to
/// people. To have it done, one person proposes the exact call, another approves it, a delay runs,
/// and either of their roles executes it. The guardian may stop it until then. Nobody can do any of
/// it alone, and the desk does nothing on its own account.
///
/// @dev The desk trusts its authority for who is in which role. It holds the role administration of
/// that authority itself, so granting a role, changing a delay and changing this table are
/// sensitive steps like any other.
interface IProposalDesk {
    /// @notice How one function of one contract is decided. Proposer and approver roles may be the
    /// same; the people never are.
    struct Step {
        uint64 proposerRole;
        uint64 approverRole;
        uint32 delay; // seconds between approval and the earliest execution
        uint32 lifetime; // seconds: to be approved in, and then again to be executed in; 0 = not a step
    }

    enum ProposalState {
        NONE,
        PROPOSED,
        APPROVED,
        EXECUTED,
        STOPPED,
        EXPIRED
    }

    struct Proposal {
        address target;
        address proposer;
        address approver;
        uint40 deadline; // last second to approve, or once approved to execute
        uint40 readyAt; // first second to execute
        ProposalState state;
        bytes data;
    }

    event StepDefined(address indexed target, bytes4 indexed selector, Step step);
    /// @param data the call in full: what it would do is there for anyone to decode
    event ProposalMade(
        uint256 indexed id,
        address indexed target,
        address indexed proposer,
        bytes data,
        uint40 deadline
    );
    event ProposalApproved(uint256 indexed id, address indexed approver, uint40 readyAt, uint40 deadline);
    event ProposalExecuted(uint256 indexed id, address indexed executor);
    event ProposalStopped(uint256 indexed id, address indexed by);

    error NotASensitiveStep(address target, bytes4 selector);
    error RoleMissing(address caller, uint64 role);
    error SamePerson(uint256 id, address caller);
    error ProposalNot(uint256 id, ProposalState expected, ProposalState actual);
    error ProposalChanged(uint256 id, bytes32 expected, bytes32 actual);
    error TooEarly(uint256 id, uint40 readyAt);
    /// @dev A guardian who could stop its own removal could stop the programme for ever.
    error GuardianConcerned(uint256 id, address caller);
    error StepInvalid(address target, bytes4 selector);

    /// @notice Says how a function is decided. Role: administrator of roles, that is this desk.
    /// Lifetimes are at least an hour and delays at most 90 days; functions of the authority and of
    /// this desk are always decided by the council.
    function defineStep(address target, bytes4 selector, Step calldata step) external;

    /// @notice Proposes a call. Caller: the step's proposer role.
    /// @param data selector and arguments
    function propose(address target, bytes calldata data) external returns (uint256 id);

    /// @notice Approves a proposal. Caller: the step's approver role, another person than proposed.
    /// @param dataHash keccak256 of the call that the approver read
    function approve(uint256 id, bytes32 dataHash) external;

    /// @notice Executes an approved proposal after its delay. Caller: either role of the step.
    /// Proposer and approver must still hold theirs.
    function execute(uint256 id) external;

    /// @notice Stops a proposal before it is executed. Caller: its own proposer, or a guardian; no
    /// guardian stops a revocation of the guardian role.
    function stop(uint256 id) external;

    function stepOf(address target, bytes4 selector) external view returns (Step memory);

    function proposalOf(uint256 id) external view returns (Proposal memory);

    function proposalCount() external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Sensitive steps of one programme: two people, a delay, a guardian
/// @notice A sensitive step is a function whose role the programme gave to this desk instead of to
/// people. To have it done, one person proposes the exact call, another approves it, a delay runs,
/// and somebody of either role executes it. The guardian may stop it until then. Nobody can do any of
/// it alone, and the desk does nothing on its own account.
///
/// @dev The desk trusts its authority for who is in which role. It holds the role administration of
/// that authority itself, so granting a role, changing a delay and changing this table are
/// sensitive steps like any other. A call is kept as a hash only; its text is in the event.
interface IProposalDesk {
    /// @notice How one function of one contract is decided. Proposer and approver roles may be the
    /// same; the people never are.
    struct Step {
        uint64 proposerRole;
        uint64 approverRole;
        uint32 delay; // seconds between approval and the earliest execution
        uint32 lifetime; // seconds: to be approved in, and then again to be executed in; 0 = not a step
        // Where a role is PROVINCE: which argument of the function is the number of the province, counted
        // from 1. Whoever proposes or approves must have the role of that very province.
        uint8 provinceArgument;
    }

    /// @notice How far a proposal has come.
    enum ProposalState {
        NONE,
        PROPOSED,
        APPROVED,
        EXECUTED,
        STOPPED,
        EXPIRED
    }

    /// @notice A call that is to be made, and the two people behind it.
    struct Proposal {
        address target;
        bytes4 selector;
        uint16 province; // that the call names, where the step asks for it
        bool concernsGuardian; // it grants or revokes the role of a guardian
        ProposalState state;
        address proposer;
        uint40 deadline; // last second to approve, or once approved to execute
        uint40 readyAt; // first second to execute
        address approver;
        uint32 proposerTenure; // see `ProgrammeAuthority.tenureOf`: a key that lost its role since speaks
        uint32 approverTenure; // no more, even when it has the role again
        bytes32 hash; // of the call and its document, see `hashOf`
    }

    /// @notice A function is decided in this way from now on.
    event StepDefined(address indexed target, bytes4 indexed selector, Step step);

    /// @notice A call is proposed.
    /// @param data the call in full: what it would do is there for anyone to decode
    /// @param document hash of the report that the proposer saw; zero: none
    event ProposalMade(
        uint256 indexed id,
        address indexed target,
        address indexed proposer,
        bytes data,
        bytes32 document,
        uint40 deadline
    );

    /// @notice A second person agreed.
    /// @param readyAt first second to execute
    /// @param deadline last second to execute
    event ProposalApproved(uint256 indexed id, address indexed approver, uint40 readyAt, uint40 deadline);

    /// @notice The call was made.
    /// @param executor who had it done; the decision is the proposer's and the approver's
    event ProposalExecuted(uint256 indexed id, address indexed executor);

    /// @notice The call will not be made.
    event ProposalStopped(uint256 indexed id, address indexed by);

    /// @notice No two people decide this function here.
    error NotASensitiveStep(address target, bytes4 selector);

    /// @notice Whoever it is about does not have the role that the step asks for, or lost it since.
    error RoleMissing(address account, uint64 role);

    /// @notice The proposal is in another state than this needs.
    error ProposalNot(uint256 id, ProposalState expected, ProposalState actual);

    /// @notice The call or its document is another than was proposed.
    error ProposalChanged(uint256 id, bytes32 expected, bytes32 actual);

    /// @notice A guardian who could stop its own replacement could stop the programme for ever.
    error GuardianConcerned(uint256 id, address caller);

    /// @notice Lifetimes are at least an hour, delays at most 90 days, provinces need their argument, and
    /// functions of the authority and of this desk are the council's.
    error StepInvalid(address target, bytes4 selector);

    /// @notice The call does not name a province where the step asks for one.
    error ProvinceMissing(address target, bytes4 selector);

    /// @notice Says how a function is decided. Role: administrator of roles, that is this desk.
    /// Lifetimes are at least an hour and delays at most 90 days; functions of the authority and of
    /// this desk are always decided by the council. A step once defined may change, but not vanish.
    function defineStep(address target, bytes4 selector, Step calldata step) external;

    /// @notice Proposes a call. Caller: the step's proposer role.
    /// @param data selector and arguments
    /// @param document hash of a report that says what the call would do, such as a preview; zero: none
    function propose(address target, bytes calldata data, bytes32 document) external returns (uint256 id);

    /// @notice Approves a proposal. Caller: the step's approver role, another person than proposed.
    /// @param hash `hashOf` the call and document that the approver read
    function approve(uint256 id, bytes32 hash) external;

    /// @notice Executes an approved proposal after its delay. Caller: either role of the step.
    /// Proposer and approver must have had theirs without a break.
    /// @param data the call, repeated
    /// @param document likewise
    function execute(uint256 id, bytes calldata data, bytes32 document) external;

    /// @notice Stops a proposal before it is executed. Caller: its own proposer, or a guardian; no
    /// guardian stops a grant or revocation of the guardian role.
    function stop(uint256 id) external;

    /// @notice How a function is decided; lifetime zero: it is no step.
    function stepOf(address target, bytes4 selector) external view returns (Step memory);

    /// @notice A proposal, and its state now.
    function proposalOf(uint256 id) external view returns (Proposal memory);

    /// @notice Proposals are numbered from 1 to this.
    function proposalCount() external view returns (uint256);

    /// @notice What an approver repeats, so that it approves what it read and nothing else.
    function hashOf(address target, bytes calldata data, bytes32 document) external pure returns (bytes32);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Restriction} from "./LedgerTypes.sol";

/// @title What holders do with care: trusted lists, representatives, requests, settlement
/// @notice An account may be run by representatives: some initiate, some approve, and never the same
/// person does both. A transfer outside the trusted list is requested here, waits, and can be
/// cancelled while it waits. A trading institution that a holder authorised settles its trades here.
///
/// @dev The desk makes the very calls that the holder would make at the registry, the link gateway
/// or another desk; which ones, the programme allows. It adds checks and takes none away: statuses,
/// limits and locks are the registry's.
interface IHolderDesk {
    enum RequestState {
        NONE,
        INITIATED,
        APPROVED, // waits, if it must, until it may be executed
        EXECUTED,
        CANCELLED
    }

    struct Request {
        address account;
        address initiator;
        address target;
        address approver; // the initiator itself, where an account acts alone
        uint40 approvedAt;
        uint40 readyAt; // first second to execute, unless the receiver loses its trust meanwhile
        uint40 deadline; // last second to approve, or once approved to execute
        RequestState state;
        bytes data;
    }

    struct Settings {
        uint32 trustDelay; // seconds that an addition to a trusted list waits, a settler's too
        uint32 transferDelay; // seconds that a transfer outside the trusted list waits
        uint32 lifetime; // seconds for each stage of a request
        uint40 sizeLimit; // most units of one transfer outside the trusted list; zero: no limit
    }

    /// @notice One net movement of a trading day.
    struct Leg {
        address from;
        address to;
        uint256 classId;
        uint40 quantity;
        bytes32 trade; // the exchange's reference
    }

    /// @param since first second from which `to` is trusted; zero: trusted no more
    event TrustChanged(address indexed account, address indexed to, uint40 since);
    event RepresentativeChanged(address indexed account, address indexed representative, uint8 rights);
    event RequestMade(
        uint256 indexed id,
        address indexed account,
        address indexed initiator,
        address target,
        bytes data
    );
    event RequestApproved(uint256 indexed id, address indexed approver, uint40 readyAt);
    event RequestExecuted(uint256 indexed id);
    event RequestCancelled(uint256 indexed id, address indexed by);
    event SettlerAuthorised(address indexed account, address indexed institution, uint40 since);
    event TradeSettled(
        address indexed institution,
        bytes32 indexed trade,
        uint256 indexed classId,
        address from,
        address to,
        uint40 quantity
    );
    event SettingsChanged(Settings settings);
    event CallAllowed(address indexed target, bytes4 indexed selector, bool allowed);

    /// @dev A transfer outside the trusted list is requested here, and waits.
    error ReceiverNotTrusted(address account, address to, uint40 since);
    error RightMissing(address account, address representative, uint8 right);
    error SamePerson(uint256 id, address caller);
    error CallNotAllowed(address target, bytes4 selector);
    error NotForAccount(address account, address named);
    error RequestNot(uint256 id, RequestState expected, RequestState actual);
    error RequestExpired(uint256 id, uint40 deadline);
    /// @dev The call's hash is another than the one approved.
    error RequestChanged(uint256 id, bytes32 approved, bytes32 actual);
    error TooEarly(uint256 id, uint40 readyAt);
    error TransferTooLarge(uint256 quantity, uint256 most);
    error TooManyLegs(uint256 legs, uint256 most);
    error NotAuthorisedToSettle(address account, address institution);
    error NotTradingInstitution(address institution);

    // ---- settings of the programme --------------------------------------------------------

    /// @notice A sensitive step.
    function setSettings(Settings calldata settings) external;

    /// @notice Allows requests for a function whose first argument is the account. A sensitive step.
    function allowCall(address target, bytes4 selector, bool allowed) external;

    /// @notice Enters or changes a representative, whose papers the programme has seen. A sensitive
    /// step: whoever appoints two representatives has the account's units.
    function setRepresentative(address account, address representative, uint8 rights) external;

    // ---- trusted lists --------------------------------------------------------------------

    /// @notice Adds an account to a trusted list; it counts after the programme's delay. Caller:
    /// whoever may act for the account.
    function trust(address account, address to) external;

    /// @notice Takes an account off a trusted list, at once.
    function distrust(address account, address to) external;

    /// @notice Reverts unless `to` is on the trusted list of `account` now.
    function checkTrusted(address account, address to) external view;

    // ---- requests -------------------------------------------------------------------------

    /// @notice Requests a call in the name of an account. Caller: the account itself, unless it acts
    /// through two representatives, or a representative that may initiate.
    /// @param data the call; its first argument is the account
    function request(address account, address target, bytes calldata data) external returns (uint256 id);

    /// @notice Approves a request. Caller: a representative that may approve, another one than
    /// initiated. An account that acts itself needs no approval.
    /// @param dataHash hash of the call that was read
    function approve(uint256 id, bytes32 dataHash) external;

    /// @notice Executes a request that is approved and has waited. Anyone of the account.
    function execute(uint256 id) external;

    /// @notice Cancels a request that is not executed. Anyone of the account.
    function cancel(uint256 id) external;

    // ---- settlement -----------------------------------------------------------------------

    /// @notice Authorises a trading institution to settle; it counts after the trust delay. Ending
    /// it counts at once.
    function authoriseSettler(address account, address institution, bool authorised) external;

    /// @notice Settles trades, all or nothing. Caller: a trading institution that may send units
    /// itself and that every sender authorised (F-10, F-11, F-18).
    function settle(Leg[] calldata legs) external;

    // ---- questions ------------------------------------------------------------------------

    /// @notice Why a transfer by the holder itself would be refused, before the fact. (NONE, "") when
    /// it would not.
    function restrictionOf(
        address from,
        address to,
        uint256 classId,
        uint256 quantity
    ) external view returns (Restriction restriction, string memory reason);

    function requestOf(uint256 id) external view returns (Request memory);

    /// @return bits 1: may initiate, 2: may approve
    function rightsOf(address account, address representative) external view returns (uint8);

    /// @notice First second from which `to` is on the trusted list of `account`; zero if it is not.
    function trustedSince(address account, address to) external view returns (uint40);

    function settlerSince(address account, address institution) external view returns (uint40);
}

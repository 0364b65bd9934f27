// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDesk} from "./IDesk.sol";
import {ClassId, Restriction} from "./LedgerTypes.sol";

/// @title What holders do with care: trusted lists, representatives, requests, settlement
/// @notice An account may be run by representatives: some initiate, some approve, and never the same
/// person does both. A transfer outside the trusted list is requested here, waits, and can be
/// cancelled while it waits. A trading institution that a holder authorised settles its trades here.
///
/// @dev The desk makes the very calls that the holder would make at the registry, the link gateway
/// or another desk; which ones, the programme allows. It adds checks and takes none away: statuses,
/// limits and locks are the registry's. A call is kept as a hash only; its text is in the event.
interface IHolderDesk is IDesk {
    /// @notice How far a request has come.
    enum RequestState {
        NONE,
        INITIATED,
        APPROVED, // waits, if it must, until it may be executed
        EXECUTED,
        CANCELLED
    }

    /// @notice A call in the name of an account, and who stands behind it.
    struct Request {
        address account;
        uint40 approvedAt;
        uint40 deadline; // last second to approve, or once approved to execute
        RequestState state;
        address initiator;
        // A representative that was removed since speaks no more, even when it is back. Of an account that
        // acts alone: its round of approvals.
        uint32 initiatorTenure;
        uint32 approverTenure;
        address approver; // the initiator itself, where an account acts alone
        address target;
        bytes4 selector;
        bytes32 hash; // of the call
    }

    /// @notice What the programme demands of requests and trades.
    struct Settings {
        uint32 trustDelay; // seconds that an addition to a trusted list waits, a settler's too
        uint32 transferDelay; // seconds that a transfer outside the trusted list waits
        uint32 lifetime; // seconds for each stage of a request
        uint40 sizeLimit; // most units of one transfer outside the trusted list; zero: no limit
        uint40 blockSize; // trades of this size and above are negotiated off the book (R-HL-07); zero: none
    }

    /// @notice One net movement of a trading day.
    struct Leg {
        address from;
        address to;
        ClassId classId;
        uint40 quantity;
        bytes32 trade; // the exchange's reference; an institution settles it once
        bool negotiated; // agreed between the parties off the book
    }

    /// @notice An account is on a trusted list, or off it.
    /// @param since first second from which `to` is trusted; zero: trusted no more
    event TrustChanged(address indexed account, address indexed to, uint40 since);

    /// @notice Somebody represents an account, or does no more.
    /// @param rights bits 1: may initiate, 2: may approve; zero: none
    event RepresentativeChanged(address indexed account, address indexed representative, uint8 rights);

    /// @notice A call in the name of an account is requested.
    /// @param data the call in full
    /// @param deadline last second to approve
    event RequestMade(
        uint256 indexed id,
        address indexed account,
        address indexed initiator,
        address target,
        bytes data,
        uint40 deadline
    );

    /// @notice A request is approved.
    /// @param readyAt first second to execute, unless the receiver loses its trust meanwhile
    /// @param deadline last second to execute
    event RequestApproved(uint256 indexed id, address indexed approver, uint40 readyAt, uint40 deadline);

    /// @notice The call was made.
    event RequestExecuted(uint256 indexed id, address indexed executor);

    /// @notice The call will not be made.
    event RequestCancelled(uint256 indexed id, address indexed by);

    /// @notice A trading institution may settle for an account, or may no more.
    /// @param since first second from which it may; zero: no more
    event SettlerAuthorised(address indexed account, address indexed institution, uint40 since);

    /// @notice One leg of a trade was settled.
    event TradeSettled(
        address indexed institution,
        bytes32 indexed trade,
        ClassId indexed classId,
        address from,
        address to,
        uint40 quantity,
        bool negotiated
    );

    /// @notice Delays, lifetime and limits are these from now on.
    event SettingsChanged(Settings settings);

    /// @notice Requests may name this function from now on, or no more.
    event CallAllowed(address indexed target, bytes4 indexed selector, bool allowed);

    /// @notice A transfer outside the trusted list is requested here, and waits.
    error ReceiverNotTrusted(address account, address to, uint40 since);

    /// @notice The caller, or whoever acted before, has no such right for the account, or lost it since.
    error RightMissing(address account, address representative, uint8 right);

    /// @notice The programme does not allow that this function is requested.
    error CallNotAllowed(address target, bytes4 selector);

    /// @notice The call is for another account than the request.
    error NotForAccount(address account, address named);

    /// @notice Only who has an account in this registry uses its holder desk.
    error AccountMissing(address account);

    /// @notice The programme has named another holder desk, or none yet.
    error NotInOffice();

    /// @notice The request is in another state than this needs.
    error RequestNot(uint256 id, RequestState expected, RequestState actual);

    /// @notice The request's time is over.
    error RequestExpired(uint256 id, uint40 deadline);

    /// @notice The call is another than was requested.
    error RequestChanged(uint256 id, bytes32 expected, bytes32 actual);

    /// @notice One transfer outside the trusted list is not so large.
    error TransferTooLarge(uint256 quantity, uint256 max);

    /// @notice A day of settlement comes in calls of at most this many legs.
    error TooManyLegs(uint256 legs, uint256 max);

    /// @notice The sender did not authorise the institution, or its delay has not passed.
    error NotAuthorisedToSettle(address account, address institution);

    /// @notice Only trading institutions settle.
    error NotTradingInstitution(address institution);

    /// @notice The institution settled this trade already.
    error TradeAlreadySettled(address institution, bytes32 trade);

    /// @notice A leg needs the reference of its trade.
    error TradeMissing();

    /// @notice A trade of this size is negotiated, not made on the book (R-HL-07).
    error BlockTradeOnBook(bytes32 trade, uint40 quantity, uint40 blockSize);

    // ---- settings of the programme --------------------------------------------------------

    /// @notice Sets delays, lifetime and limits. A sensitive step.
    function setSettings(Settings calldata settings) external;

    /// @notice Allows requests for a function whose first argument is the account. A sensitive step.
    function allowCall(address target, bytes4 selector, bool allowed) external;

    /// @notice Enters or changes a representative, whose papers the programme has seen. A sensitive
    /// step: whoever appoints two representatives has the account's units. What a representative did before
    /// its rights changed counts no more.
    function setRepresentative(address account, address representative, uint8 rights) external;

    // ---- trusted lists --------------------------------------------------------------------

    /// @notice Adds an account to a trusted list; it counts after the programme's delay. Caller:
    /// whoever may act for the account.
    function trust(address account, address to) external;

    /// @notice Takes an account off a trusted list, at once. Caller: whoever may act for the account.
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
    /// @param data the call that was read
    function approve(uint256 id, bytes calldata data) external;

    /// @notice Executes a request that is approved and has waited. Anyone of the account. Those who asked and
    /// approved must have had their rights without a break, an account that acts alone the right to.
    /// @param data the call, repeated
    function execute(uint256 id, bytes calldata data) external;

    /// @notice Cancels a request that is not executed. Anyone of the account.
    function cancel(uint256 id) external;

    // ---- settlement -----------------------------------------------------------------------

    /// @notice Authorises a trading institution to settle; it counts after the trust delay. Ending
    /// it counts at once. Caller: whoever may act for the account.
    function authoriseSettler(address account, address institution, bool authorised) external;

    /// @notice Settles trades, all or nothing. Caller: whoever may act for the institution, which may send
    /// units itself and which every sender authorised (F-10, F-11, F-18).
    /// @param legs at most 256
    function settle(address institution, Leg[] calldata legs) external;

    // ---- questions ------------------------------------------------------------------------

    /// @notice Why a transfer by quantity, by the holder itself, would be refused, before the fact; where several
    /// reasons hold, the one that the transfer gives. (NONE, "") when it would not be refused, unless the
    /// receiver is a contract and does not take them.
    function restrictionOf(
        address from,
        address to,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction restriction, string memory reason);

    /// @notice A request as it was left; whether its time is over is a matter of the time.
    function requestOf(uint256 id) external view returns (Request memory);

    /// @notice Requests are numbered from 1 to this.
    function requestCount() external view returns (uint256);

    /// @notice Bits 1: may initiate, 2: may approve.
    function rightsOf(address account, address representative) external view returns (uint8);

    /// @notice First second from which `to` is on the trusted list of `account`; zero if it is not.
    function trustedSince(address account, address to) external view returns (uint40);

    /// @notice First second from which an institution may settle for an account; zero: it may not.
    function settlerSince(address account, address institution) external view returns (uint40);

    /// @notice Whether an institution settled a trade.
    function isSettled(address institution, bytes32 trade) external view returns (bool);

    /// @notice Whether requests may name a function.
    function isAllowed(address target, bytes4 selector) external view returns (bool);

    /// @notice Delays, lifetime and limits.
    function settings() external view returns (Settings memory);
}

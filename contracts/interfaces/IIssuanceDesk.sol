// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDesk} from "./IDesk.sol";
import {BlockRef, ClassId} from "./LedgerTypes.sol";

/// @title Issuance and allocation of one programme
/// @notice Allowances are issued against a decision, credits against a recorded verification
/// (R-OF-10). Who gets what free of charge is a table of entitlements that two people decide; allocation
/// carries it out. Sales, and what puts issuance, allocation and sales right again, go through here too,
/// because here is remembered what was given when, and what an operator had to buy first.
///
/// The same issuances, allocations, sales and reversals come to the same figures in whatever order they are
/// done: each figure is a sum.
///
/// @dev What takes more blocks than one call moves goes on under its one decision: the first call takes
/// what it can, `continueReversal`, `continueCorrection` and `moveOnClosure` the rest.
interface IIssuanceDesk is IDesk {
    /// @notice How an operator came by units of the programme.
    enum AllocationKind {
        INITIAL, // what an operator is given first for a year
        ADJUSTMENT, // what it is given later: new output, a new entrant's growth, a correction upwards
        AUCTION // what it bought from the programme
    }

    /// @notice Credits that a verification report covers.
    struct Verification {
        ClassId classId;
        uint40 quantity; // credits that the report covers
        uint40 issued; // of them
    }

    /// @notice One issuance, found by its class and first serial. Quantities in units.
    struct Issuance {
        address to;
        uint40 time; // seconds since 1970
        uint40 count;
        uint40 correcting; // decided to be cancelled, and not cancelled yet
    }

    /// @notice One line of the table of entitlements: an operator, a year, a class, INITIAL or ADJUSTMENT.
    struct Entitlement {
        uint40 entitled; // units
        uint40 allocated; // of them, and not taken back; more than entitled after a cut
    }

    /// @notice A change of one line. `from` is what it was, so that nothing is decided twice unnoticed.
    struct EntitlementChange {
        address account;
        uint16 year;
        AllocationKind kind;
        ClassId classId;
        uint40 from;
        uint40 to;
    }

    /// @notice One of many allocations out of one pool.
    struct Grant {
        address to;
        uint16 year;
        AllocationKind kind;
        uint40 quantity;
    }

    /// @notice One allocation or delivery, so that it can be taken back. Quantities in units.
    struct Allocation {
        ClassId classId;
        address to;
        uint40 time; // seconds since 1970
        uint40 quantity; // not taken back
        uint16 year; // compliance year that it is for; of an auction zero
        AllocationKind kind;
        address pool; // where what is taken back goes
        uint40 reversing; // decided to be taken back, and not taken yet
    }

    /// @notice What an operator must buy before its free allowances are its own to use (R-AL-15).
    struct PaidShare {
        uint40 required; // units, cumulative
        uint40 bought; // and not taken back
    }

    /// @notice A report covers credits of a class.
    event VerificationRecorded(bytes32 indexed report, ClassId indexed classId, uint40 quantity, address verifier);

    /// @notice Two people decided what an operator gets.
    event Entitled(
        address indexed account,
        uint16 indexed year,
        ClassId indexed classId,
        AllocationKind kind,
        uint40 from,
        uint40 to
    );

    /// @notice Units went to an operator, free of charge, or to a buyer.
    /// @param from the pool
    /// @param year zero for an auction
    /// @param sale reference of the auction or sale; zero when free of charge
    event AllocationRecorded(
        uint256 indexed allocationId,
        ClassId indexed classId,
        address indexed to,
        address from,
        uint40 quantity,
        uint16 year,
        AllocationKind kind,
        bytes32 sale
    );

    /// @notice Two people decided that units of an allocation are taken back, or that no more are.
    /// @param reversing units still to be taken
    event ReversalDecided(uint256 indexed allocationId, address pool, uint40 reversing);

    /// @notice Units of an allocation were taken back, or given back as too many.
    event AllocationReversed(uint256 indexed allocationId, uint40 quantity);

    /// @notice An operator gave back what it has beyond its entitlement.
    event ExcessReturned(
        address indexed account,
        uint16 indexed year,
        ClassId indexed classId,
        AllocationKind kind,
        uint40 quantity
    );

    /// @notice Two people decided that units of an issuance are cancelled.
    /// @param first serial of the issuance
    /// @param correcting units still to be cancelled
    event CorrectionDecided(ClassId indexed classId, uint40 indexed first, uint40 correcting);

    /// @notice Units of an issuance were cancelled as erroneous.
    event IssuanceCorrected(ClassId indexed classId, uint40 indexed first, uint40 quantity);

    /// @notice What an account about to close still holds goes to `to`.
    event ClosureDecided(address indexed account, address to);

    /// @notice Issuances and allocations can be put right for so many seconds from now on, old ones too.
    event ReversalWindowChanged(uint32 window);

    /// @notice What an operator must buy, or has bought, is another.
    event PaidShareChanged(address indexed account, uint40 required, uint40 bought);

    /// @notice A verification needs a report and a quantity.
    error VerificationInvalid(bytes32 report, uint40 quantity);

    /// @notice The report is recorded already.
    error VerificationAlreadyRecorded(bytes32 report);

    /// @notice The report covers fewer credits of this class that are not issued yet.
    error VerificationExceeded(bytes32 report, ClassId classId, uint256 requested, uint256 remaining);

    /// @notice The report is not recorded here.
    error VerificationUnknown(bytes32 report);

    /// @notice Under this decision allowances of this class were issued already.
    error DecisionUsed(ClassId classId, bytes32 decision);

    /// @notice Verifications are about credits.
    error ClassNotCredit(ClassId classId);

    /// @notice Allowances are allocated, and nothing else.
    error ClassNotAllowance(ClassId classId);

    /// @notice The account is not the programme's own.
    error NotProgrammeAccount(address account);

    /// @notice The account has a key. What one person moves goes from pool to pool.
    error NotPool(address account);

    /// @notice The line is not what the decision took it for.
    error EntitlementIs(address account, uint16 year, ClassId classId, AllocationKind kind, uint40 entitled);

    /// @notice More would be allocated than the operator is entitled to.
    error EntitlementExceeded(
        address account,
        uint16 year,
        ClassId classId,
        AllocationKind kind,
        uint256 requested,
        uint256 remaining
    );

    /// @notice The operator has not so much beyond its entitlement.
    error ExcessExceeded(address account, uint16 year, ClassId classId, AllocationKind kind, uint256 excess);

    /// @notice Auctions have no line in the table of entitlements.
    error KindInvalid(AllocationKind kind);

    /// @notice This sale was delivered to this buyer already, in this class.
    error SaleDelivered(bytes32 sale, address to, ClassId classId);

    /// @notice A delivery needs the reference of its sale.
    error SaleMissing();

    /// @notice There is no such allocation.
    error AllocationUnknown(uint256 allocationId);

    /// @notice So much of the allocation is not there to be taken back.
    error AllocationExceeded(uint256 allocationId, uint256 requested, uint256 remaining);

    /// @notice No issuance of this class began with this serial.
    error IssuanceUnknown(ClassId classId, uint40 first);

    /// @notice So much of the issuance is not decided to be cancelled, or not there.
    error IssuanceExceeded(ClassId classId, uint40 first, uint256 requested, uint256 remaining);

    /// @notice The named serials are not of the issuance.
    error OutsideIssuance(ClassId classId, uint40 first, uint40 count);

    /// @notice Nothing is decided that could be carried on.
    error NothingDecided();

    /// @notice The account is not about to close.
    error NotClosing(address account);

    // ---- issuance -------------------------------------------------------------------------

    /// @notice Records that a verification report covers `quantity` credits of a class, and claims the
    /// report at the programme's gateways, so that no linked programme issues on it too. Role: verifier.
    function recordVerification(bytes32 report, ClassId classId, uint40 quantity) external;

    /// @notice Claims recorded reports at gateways that the programme joined later. Anybody.
    function claimReports(bytes32[] calldata reports) external;

    /// @notice Issues the next serials of a class. A sensitive step. Allowances go to a programme
    /// account, once for each decision and class; credits to any account, against a recorded verification that
    /// no linked programme claimed meanwhile.
    /// @param evidence hash of the decision, or of the recorded verification report
    function issue(ClassId classId, address to, uint40 quantity, bytes32 evidence) external returns (uint40 first);

    /// @notice Cancels units of an erroneous issuance, inside the window, while its first holder still
    /// has them (10-92). A sensitive step.
    /// @param first serial of the issuance
    /// @param quantity units to cancel under this decision
    /// @param refs the first of them; the rest is named with `continueCorrection`
    function correctIssuance(ClassId classId, uint40 first, uint40 quantity, BlockRef[] calldata refs) external;

    /// @notice Cancels more of what `correctIssuance` decided. Role: issuer.
    function continueCorrection(ClassId classId, uint40 first, BlockRef[] calldata refs) external;

    // ---- allocation -----------------------------------------------------------------------

    /// @notice Changes the table of entitlements. A sensitive step: a province proposes for its own operators,
    /// the State confirms (R-AL-28).
    /// @param province that administers every account of the list; zero: none
    /// @param changes 1 to 256; a cut below what is allocated makes the rest an excess
    function entitle(uint16 province, EntitlementChange[] calldata changes) external;

    /// @notice Allocates allowances of a programme account to an operator, free of charge (10-40), within its
    /// entitlement. Role: allocator.
    function allocate(
        ClassId classId,
        address from,
        Grant calldata grant,
        BlockRef[] calldata refs
    ) external returns (uint256 allocationId);

    /// @notice Allocates to many, by quantity, all or none. Role: allocator.
    /// @param grants 1 to 128
    function allocateAll(ClassId classId, address from, Grant[] calldata grants) external;

    /// @notice Gives back what an operator has beyond its entitlement (10-42). Caller: whoever may act for the
    /// account.
    /// @param to a pool
    function returnExcess(
        address account,
        address to,
        ClassId classId,
        uint16 year,
        AllocationKind kind,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Delivers auctioned or sold units from a programme account (10-37), once for each sale, buyer
    /// and class. A sensitive step.
    /// @param province that administers `from`; zero: none
    /// @param sale reference of the auction or sale
    function deliver(
        uint16 province,
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        bytes32 sale,
        BlockRef[] calldata refs
    ) external returns (uint256 allocationId);

    /// @notice Takes back units of an erroneous or too large allocation (10-41) or delivery (10-43), inside the
    /// window. A sensitive step. What the operator no longer has is entered as its debt, see
    /// `IComplianceDesk.addDebt`.
    /// @param to a programme account
    /// @param refs which units; none: whatever of the class it has
    function reverseAllocation(uint256 allocationId, address to, uint40 quantity, BlockRef[] calldata refs) external;

    /// @notice Takes more of what `reverseAllocation` decided. Role: allocator.
    function continueReversal(uint256 allocationId, BlockRef[] calldata refs) external;

    /// @notice Leaves with the operator what was decided to be taken back and is not taken yet. A sensitive
    /// step.
    function endReversal(uint256 allocationId) external;

    // ---- the programme's own accounts -----------------------------------------------------

    /// @notice Moves units from pool to pool, e.g. into a reserve (10-51). Neither has a key, and both are
    /// of one province, or of none: what a province has to sell is not one person's to change. Role: allocator.
    function moveBetweenPools(
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Moves units between any accounts of the programme (10-51). A sensitive step.
    function moveCentrally(
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Cancels units of a programme account (4), such as a reserve that lapses. A sensitive step.
    /// @param decision hash
    function cancelCentrally(
        ClassId classId,
        address from,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 decision
    ) external;

    /// @notice Decides where the units of an account about to close go (10-91). A sensitive step.
    /// @param to a programme account
    function closeOut(address account, address to) external;

    /// @notice Moves the units of one class out of an account, as `closeOut` decided. Anybody, while the
    /// account is about to close.
    function moveOnClosure(address account, ClassId classId) external;

    // ---- settings -------------------------------------------------------------------------

    /// @notice How long reversals stay possible, in seconds. A sensitive step.
    function setReversalWindow(uint32 window) external;

    /// @notice Sets what an operator must buy; until then its free allowances are locked. A
    /// sensitive step.
    /// @param province that administers the account; zero: none
    function requirePaidShare(uint16 province, address account, uint40 required) external;

    // ---- questions ------------------------------------------------------------------------

    /// @notice What a report covers; quantity zero: it is not recorded.
    function verificationOf(bytes32 report) external view returns (Verification memory);

    /// @notice An issuance by its first serial.
    function issuanceOf(ClassId classId, uint40 first) external view returns (Issuance memory);

    /// @notice Whether allowances of a class were issued under a decision.
    function isDecisionUsed(ClassId classId, bytes32 decision) external view returns (bool);

    /// @notice A line of the table of entitlements.
    function entitlementOf(
        address account,
        uint16 year,
        ClassId classId,
        AllocationKind kind
    ) external view returns (Entitlement memory);

    /// @notice An allocation or delivery.
    function allocationOf(uint256 allocationId) external view returns (Allocation memory);

    /// @notice Allocations and deliveries are numbered from 1 to this.
    function allocationCount() external view returns (uint256);

    /// @notice What an operator must buy, and has bought.
    function paidShareOf(address account) external view returns (PaidShare memory);

    /// @notice Where the units of an account go when it closes; zero: not decided.
    function closureOf(address account) external view returns (address);

    /// @notice How long reversals stay possible, in seconds.
    function reversalWindow() external view returns (uint32);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef} from "./LedgerTypes.sol";

/// @title Issuance and allocation of one programme
/// @notice Allowances are issued against a decision, credits against a recorded verification
/// (R-OF-10). Allocation, auction delivery and their reversal go through here, because here is
/// remembered what was issued and allocated when, and what an operator had to buy first.
interface IIssuanceDesk {
    struct Verification {
        uint256 classId;
        uint40 quantity; // credits that the report covers
        uint40 issued; // of them
    }

    struct Issuance {
        address to;
        uint40 time; // seconds since 1970
        uint40 count;
    }

    struct Allocation {
        uint256 classId;
        address to;
        uint40 time; // seconds since 1970
        uint40 quantity; // not reversed
        uint16 year; // compliance year that it is for
    }

    /// @notice What an operator must buy before its free allowances are its own to use (R-AL-15).
    struct PaidShare {
        uint40 required; // units, cumulative
        uint40 bought;
    }

    event VerificationRecorded(bytes32 indexed report, uint256 indexed classId, uint40 quantity, address verifier);
    event AllocationRecorded(
        uint256 indexed allocationId,
        uint256 indexed classId,
        address indexed to,
        address from,
        uint40 quantity,
        uint16 year
    );
    event AllocationReversed(uint256 indexed allocationId, uint40 quantity);
    event ReversalWindowChanged(uint32 window);
    event PaidShareChanged(address indexed account, uint40 required, uint40 bought);

    error EvidenceMissing(uint256 classId);
    error VerificationAlreadyRecorded(bytes32 report);
    error VerificationExceeded(bytes32 report, uint256 classId, uint256 requested, uint256 remaining);
    error ClassNotCredit(uint256 classId);
    error NotOperatorAccount(address account);
    error NotProgrammeAccount(address account);
    error AllocationUnknown(uint256 allocationId);
    error AllocationExceeded(uint256 allocationId, uint256 requested, uint256 remaining);
    error IssuanceUnknown(uint256 classId, uint40 first);
    error OutsideIssuance(uint256 classId, uint40 first, uint40 count);
    error WindowPassed(uint40 until);

    /// @notice Records that a verification report covers `quantity` credits of a class. Role: verifier.
    function recordVerification(bytes32 report, uint256 classId, uint40 quantity) external;

    /// @notice Issues the next serials of a class. A sensitive step. Allowances go to a programme
    /// account; credits to any account, against a recorded verification.
    /// @param evidence hash of the decision, or of the recorded verification report
    function issue(uint256 classId, address to, uint40 quantity, bytes32 evidence) external returns (uint40 first);

    /// @notice Allocates units of a programme account to an operator, free of charge (10-40). A
    /// sensitive step: a province proposes, the State confirms, the province has it done (R-AL-28).
    function allocate(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        uint16 year,
        BlockRef[] calldata refs
    ) external returns (uint256 allocationId);

    /// @notice Delivers auctioned or sold units from a programme account (10-37). A sensitive
    /// step.
    function deliver(uint256 classId, address from, address to, uint40 quantity, BlockRef[] calldata refs) external;

    /// @notice Moves units between the programme's own accounts, e.g. into a reserve (10-51). Role: allocator.
    function moveCentrally(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Takes back units of an erroneous or too large allocation, inside the window (10-41). A
    /// sensitive step. What the operator no longer has becomes its debt, at the compliance desk.
    function reverseAllocation(uint256 allocationId, address to, uint40 quantity, BlockRef[] calldata refs) external;

    /// @notice Cancels units of an erroneous issuance, inside the window, while its first holder still
    /// has them (10-92). A sensitive step.
    /// @param issued first serial of the issuance
    function correctIssuance(uint256 classId, uint40 issued, BlockRef[] calldata refs) external;

    /// @notice How long reversals stay possible, in seconds. A sensitive step.
    function setReversalWindow(uint32 window) external;

    /// @notice Sets what an operator must buy; until then its free allowances are locked. A
    /// sensitive step.
    function requirePaidShare(address account, uint40 required) external;

    function verificationOf(bytes32 report) external view returns (Verification memory);

    function issuanceOf(uint256 classId, uint40 first) external view returns (Issuance memory);

    function allocationOf(uint256 allocationId) external view returns (Allocation memory);

    function paidShareOf(address account) external view returns (PaidShare memory);
}

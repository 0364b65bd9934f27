// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../interfaces/LedgerTypes.sol";

/// @title What each account status and kind allows
/// @notice
/// | status                        | send | use for compliance | receive |
/// |-------------------------------|------|--------------------|---------|
/// | OPEN                          | yes  | yes                | yes     |
/// | SOME_TRANSACTIONS_RESTRICTED  | no   | yes                | yes     |
/// | ALL_TRANSACTIONS_RESTRICTED   | no   | no                 | yes     |
/// | SUSPENDED                     | no   | no                 | no      |
/// | CLOSURE_PENDING               | yes  | yes                | no      |
/// | CLOSED, never opened          | no   | no                 | no      |
library AccountRules {
    // Each is a set of statuses: bit (1 << status).
    uint256 private constant SENDING =
        (1 << uint256(AccountStatus.OPEN)) | (1 << uint256(AccountStatus.CLOSURE_PENDING));
    uint256 private constant SURRENDERING =
        SENDING | (1 << uint256(AccountStatus.SOME_TRANSACTIONS_RESTRICTED));
    uint256 private constant RECEIVING =
        (1 << uint256(AccountStatus.OPEN)) |
            (1 << uint256(AccountStatus.SOME_TRANSACTIONS_RESTRICTED)) |
            (1 << uint256(AccountStatus.ALL_TRANSACTIONS_RESTRICTED));

    function maySend(AccountStatus status) internal pure returns (bool) {
        return (SENDING >> uint256(status)) & 1 != 0;
    }

    function maySurrender(AccountStatus status) internal pure returns (bool) {
        return (SURRENDERING >> uint256(status)) & 1 != 0;
    }

    function mayReceive(AccountStatus status) internal pure returns (bool) {
        return (RECEIVING >> uint256(status)) & 1 != 0;
    }

    /// @notice Whether a status forbids more than another: anyone may be stopped at once.
    function isStricter(AccountStatus status, AccountStatus than) internal pure returns (bool) {
        bool listed = status == AccountStatus.SOME_TRANSACTIONS_RESTRICTED ||
            status == AccountStatus.ALL_TRANSACTIONS_RESTRICTED ||
            status == AccountStatus.SUSPENDED;
        // A pending closure forbids receiving only; of the others the order says how much.
        return listed && (than < status || (than == AccountStatus.CLOSURE_PENDING && status == AccountStatus.SUSPENDED));
    }

    /// @notice Accounts of the programme itself, in which new allowances begin.
    function isProgramme(AccountKind kind) internal pure returns (bool) {
        return
            kind == AccountKind.STATE_AUTHORITY ||
            kind == AccountKind.PROVINCIAL_AUTHORITY ||
            kind == AccountKind.SYSTEM;
    }
}

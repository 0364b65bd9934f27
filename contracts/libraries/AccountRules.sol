// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../interfaces/LedgerTypes.sol";

/// @title What each account status and kind allows
/// @notice
/// | status                        | send | use for compliance | receive |
/// |-------------------------------|------|--------------------|---------|
/// | OPEN                          | yes  | yes                | yes     |
/// | SOME_TRANSACTIONS_RESTRICTED  | no   | yes                | yes     |
/// | ALL_TRANSACTIONS_RESTRICTED   | no   | no                 | no      |
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
        (1 << uint256(AccountStatus.OPEN)) | (1 << uint256(AccountStatus.SOME_TRANSACTIONS_RESTRICTED));

    // A set of kinds, likewise.
    uint256 private constant PROGRAMME =
        (1 << uint256(AccountKind.STATE_AUTHORITY)) |
            (1 << uint256(AccountKind.PROVINCIAL_AUTHORITY)) |
            (1 << uint256(AccountKind.SYSTEM));

    // Statuses and kinds are asked by number, see AccountWords.

    function maySend(uint256 status) internal pure returns (bool) {
        return (SENDING >> status) & 1 != 0;
    }

    function maySurrender(uint256 status) internal pure returns (bool) {
        return (SURRENDERING >> status) & 1 != 0;
    }

    function mayReceive(uint256 status) internal pure returns (bool) {
        return (RECEIVING >> status) & 1 != 0;
    }

    /// @notice Whether a status forbids more than another: anyone may be stopped at once.
    function isStricter(AccountStatus status, AccountStatus than) internal pure returns (bool) {
        if (than == AccountStatus.CLOSURE_PENDING) {
            // It forbids receiving only, so what forbids everything is stricter.
            return status == AccountStatus.ALL_TRANSACTIONS_RESTRICTED || status == AccountStatus.SUSPENDED;
        }
        bool listed = status == AccountStatus.SOME_TRANSACTIONS_RESTRICTED ||
            status == AccountStatus.ALL_TRANSACTIONS_RESTRICTED ||
            status == AccountStatus.SUSPENDED;
        return listed && than < status; // the order says how much each forbids
    }

    /// @notice Accounts of the programme itself, in which new allowances begin. Nothing leaves them by
    /// the act of whoever has their key.
    function isProgramme(uint256 kind) internal pure returns (bool) {
        return (PROGRAMME >> kind) & 1 != 0;
    }

    /// @notice Kinds that bring powers with them; two people open such an account.
    function isOfficial(AccountKind kind) internal pure returns (bool) {
        return
            kind == AccountKind.STATE_AUTHORITY ||
            kind == AccountKind.PROVINCIAL_AUTHORITY ||
            kind == AccountKind.TRADING_INSTITUTION;
    }
}

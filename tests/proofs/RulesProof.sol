// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountRules} from "../../contracts/libraries/AccountRules.sol";
import {TransactionRules} from "../../contracts/libraries/TransactionRules.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 4 and 5: the two tables that say what may happen, for everything they can be asked.
contract RulesProof {
    /// @notice 5: the table of statuses, written out, is what the sets of bits say.
    /// @custom:bounds every value of the type
    function check_statuses_are_the_table(uint8 asked) external pure {
        vm.assume(asked <= uint8(type(AccountStatus).max));
        AccountStatus s = AccountStatus(asked);
        bool open = s == AccountStatus.OPEN;
        bool some = s == AccountStatus.SOME_TRANSACTIONS_RESTRICTED;
        bool all = s == AccountStatus.ALL_TRANSACTIONS_RESTRICTED;
        bool closing = s == AccountStatus.CLOSURE_PENDING;
        assert(AccountRules.maySend(s) == (open || closing));
        assert(AccountRules.maySurrender(s) == (open || closing || some));
        assert(AccountRules.mayReceive(s) == (open || some || all));
    }

    /// @notice 5: what is called stricter takes a permission away and never gives one; nothing is
    /// stricter than itself, and no two statuses are stricter than each other.
    /// @custom:bounds every value of the type
    function check_stricter_is_an_order(uint8 one, uint8 other) external pure {
        vm.assume(one <= uint8(type(AccountStatus).max) && other <= uint8(type(AccountStatus).max));
        AccountStatus a = AccountStatus(one);
        AccountStatus b = AccountStatus(other);
        if (!AccountRules.isStricter(a, b)) return;
        assert(!AccountRules.isStricter(b, a));
        assert(!AccountRules.maySend(a) || AccountRules.maySend(b) || b == AccountStatus.NONE);
        assert(!AccountRules.maySurrender(a) || AccountRules.maySurrender(b) || b == AccountStatus.NONE);
        // An account whose closure is pending receives nothing; of the rest, a stricter one no more.
        assert(!AccountRules.mayReceive(a) || AccountRules.mayReceive(b) || b == AccountStatus.NONE);
    }

    /// @notice 4: no number of 65,536 orders units out of an end but a surrender's reversal; none
    /// orders units into or out of escrow, or out of nothing.
    /// @custom:bounds every value of the type
    function check_orders_keep_to_their_states(uint16 t) external pure {
        (UnitState before, UnitState then) = TransactionRules.statesOf(t);
        if (before == UnitState.NONE) {
            assert(then == UnitState.NONE);
            return;
        }
        assert(then != UnitState.NONE);
        assert(before != UnitState.RETIRED && before != UnitState.CANCELLED);
        assert(before != UnitState.SURRENDERED || (t == 1082 && then == UnitState.HELD));
        assert(before != UnitState.ESCROWED && then != UnitState.ESCROWED);
        // Units either change hands or change state, and what stays is in circulation.
        assert(before != then || before == UnitState.HELD);
    }

    /// @notice The accounts in which new allowances begin are the three kinds of the table.
    /// @custom:bounds every value of the type
    function check_programme_accounts_are_the_table(uint8 asked) external pure {
        vm.assume(asked <= uint8(type(AccountKind).max));
        AccountKind k = AccountKind(asked);
        bool listed = k == AccountKind.STATE_AUTHORITY || k == AccountKind.PROVINCIAL_AUTHORITY || k == AccountKind.SYSTEM;
        assert(AccountRules.isProgramme(k) == listed);
    }
}

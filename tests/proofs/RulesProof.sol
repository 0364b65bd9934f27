// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountRules} from "../../contracts/libraries/AccountRules.sol";
import {Roles} from "../../contracts/libraries/Roles.sol";
import {TransactionRules} from "../../contracts/libraries/TransactionRules.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 4, 5 and 10: the tables that say what may happen, for everything they can be asked.
contract RulesProof {
    /// @notice 5: the table of statuses, written out, is what the sets of bits say.
    /// @custom:bounds every number that a word has room for
    function check_statuses_are_the_table(uint8 s) external pure {
        bool open = s == uint8(AccountStatus.OPEN);
        bool some = s == uint8(AccountStatus.SOME_TRANSACTIONS_RESTRICTED);
        bool closing = s == uint8(AccountStatus.CLOSURE_PENDING);
        assert(AccountRules.maySend(s) == (open || closing));
        assert(AccountRules.maySurrender(s) == (open || closing || some));
        assert(AccountRules.mayReceive(s) == (open || some));
    }

    /// @notice 5: what is called stricter takes a permission away and never gives one; nothing is
    /// stricter than itself, and no two statuses are stricter than each other. No one person closes an
    /// account, or opens one again.
    /// @custom:bounds every value of the type
    function check_stricter_is_an_order(uint8 one, uint8 other) external pure {
        vm.assume(one <= uint8(type(AccountStatus).max) && other <= uint8(type(AccountStatus).max));
        AccountStatus a = AccountStatus(one);
        AccountStatus b = AccountStatus(other);
        if (!AccountRules.isStricter(a, b)) return;
        assert(!AccountRules.isStricter(b, a));
        assert(a != AccountStatus.CLOSED && b != AccountStatus.CLOSED);
        bool none = b == AccountStatus.NONE;
        assert(!AccountRules.maySend(one) || AccountRules.maySend(other) || none);
        assert(!AccountRules.maySurrender(one) || AccountRules.maySurrender(other) || none);
        assert(!AccountRules.mayReceive(one) || AccountRules.mayReceive(other) || none);
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

    /// @notice 4: what is ordered is the table of thirteen types, and a desk is named for these and for the
    /// mark of a freeze; what holders and gateways do has none.
    /// @custom:bounds every value of the type
    function check_orders_are_the_table(uint16 t) external pure {
        bool hands = t == 1037 || t == 1040 || t == 1041 || t == 1042 || t == 1043 || t == 1051 || t == 1091;
        bool cancels = t == 400 || t == 1092;
        (UnitState before, UnitState then) = TransactionRules.statesOf(t);
        assert((before == UnitState.HELD && then == UnitState.HELD) == hands);
        assert((before == UnitState.HELD && then == UnitState.CANCELLED) == cancels);
        assert((then == UnitState.SURRENDERED) == (t == 1002));
        assert((before == UnitState.HELD && then == UnitState.ENCUMBERED) == (t == 2001));
        assert((before == UnitState.ENCUMBERED) == (t == 2002));
        assert(before != UnitState.ENCUMBERED || then == UnitState.HELD);
        bool ordered = hands || cancels || t == 1002 || t == 1082 || t == 2001 || t == 2002;
        assert((before != UnitState.NONE) == ordered);
        assert(TransactionRules.hasDesk(t) == (ordered || t == 2003));
    }

    /// @notice The programme's own accounts are the three kinds of the table, and those that two people open
    /// the three that bring powers with them; an operator's and a participant's are neither.
    /// @custom:bounds every value of the type
    function check_kinds_are_the_table(uint8 asked) external pure {
        vm.assume(asked <= uint8(type(AccountKind).max));
        AccountKind k = AccountKind(asked);
        bool authority = k == AccountKind.STATE_AUTHORITY || k == AccountKind.PROVINCIAL_AUTHORITY;
        assert(AccountRules.isProgramme(asked) == (authority || k == AccountKind.SYSTEM));
        assert(AccountRules.isOfficial(k) == (authority || k == AccountKind.TRADING_INSTITUTION));
    }

    /// @notice 10: people have the seven offices, the council and the provinces; what belongs to contracts,
    /// and the administration of roles, is nobody's.
    /// @custom:bounds all 2^64 roles
    function check_personal_roles_are_the_table(uint64 role) external pure {
        bool province = role > 1 << 32 && role <= (1 << 32) + 65_535;
        assert(Roles.isProvince(role) == province);
        assert(Roles.isPersonal(role) == ((role >= 1 && role <= 7) || role == 9 || province));
        // Every role of people has a bit of its office, so that exclusions see it.
        if (Roles.isPersonal(role)) assert(Roles.office(role) < 256);
        assert(Roles.office(role) == (province ? 10 : role));
    }

    /// @notice Two provinces are two roles, and no province is an office of the state.
    /// @custom:bounds all pairs of numbers
    function check_provinces_are_roles_of_their_own(uint16 one, uint16 other) external pure {
        assert((Roles.ofProvince(one) == Roles.ofProvince(other)) == (one == other));
        assert(Roles.isProvince(Roles.ofProvince(one)) == (one != 0));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountWord, newAccount} from "../../contracts/libraries/AccountWords.sol";
import {vm} from "./Vm.sol";

/// @notice Invariant 5 stands on one word an account: whoever changes one field changes no other.
contract AccountWordsProof {
    /// @notice A new account is open and of its kind, and has its time and its province; its first
    /// round of approvals has begun, and nothing else is set.
    /// @custom:bounds every kind, time and province
    function check_new_account_keeps_its_fields(uint8 kind, uint40 time, uint16 province) external pure {
        vm.assume(kind <= uint8(type(AccountKind).max));
        AccountWord a = newAccount(AccountKind(kind), time, province);
        assert(a.kind() == kind);
        assert(a.status() == uint256(AccountStatus.OPEN));
        assert(a.openedAt() == time);
        assert(a.province() == province);
        assert(a.classesHeld() == 0 && a.controls() == 0 && a.holdingLimit() == 0 && a.approvalRound() == 1);
    }

    /// @notice Another status leaves the other seven fields as they were.
    /// @custom:bounds every word and status
    function check_status_is_one_field(uint256 word, uint8 status) external pure {
        vm.assume(status <= uint8(type(AccountStatus).max));
        AccountWord a = AccountWord.wrap(word).withStatus(AccountStatus(status));
        assert(a.status() == status);
        _expectOnly(word, a, 8, 8);
    }

    /// @notice Other controls leave the other seven fields as they were.
    /// @custom:bounds every word and all flags
    function check_controls_are_one_field(uint256 word, uint8 controls) external pure {
        AccountWord a = AccountWord.wrap(word).withControls(controls);
        assert(a.controls() == controls);
        _expectOnly(word, a, 72, 8);
    }

    /// @notice Another holding limit leaves the other seven fields as they were.
    /// @custom:bounds every word and limit
    function check_holding_limit_is_one_field(uint256 word, uint40 limit) external pure {
        AccountWord a = AccountWord.wrap(word).withHoldingLimit(limit);
        assert(a.holdingLimit() == limit);
        _expectOnly(word, a, 80, 40);
    }

    /// @notice Another province leaves the other seven fields as they were.
    /// @custom:bounds every word and province
    function check_province_is_one_field(uint256 word, uint16 province) external pure {
        AccountWord a = AccountWord.wrap(word).withProvince(province);
        assert(a.province() == province);
        _expectOnly(word, a, 120, 16);
    }

    /// @notice A next round of approvals is another than every round before it, and the only change; after
    /// the last one there is none.
    /// @custom:bounds every word
    function check_a_round_follows_and_is_one_field(uint256 word) external view {
        uint256 round = AccountWord.wrap(word).approvalRound();
        try this.nextRound(AccountWord.wrap(word)) returns (AccountWord a) {
            assert(a.approvalRound() == round + 1);
            _expectOnly(word, a, 136, 16);
        } catch {
            assert(round == type(uint16).max);
        }
    }

    /// @notice One class more, or one less, is the only change; none is counted below zero or past 65,535.
    /// @custom:bounds every word
    function check_classes_are_counted_in_one_field(uint256 word, bool more) external view {
        uint256 classes = AccountWord.wrap(word).classesHeld();
        try this.count(AccountWord.wrap(word), more) returns (AccountWord a) {
            assert(more ? a.classesHeld() == classes + 1 : a.classesHeld() + 1 == classes);
            _expectOnly(word, a, 56, 16);
        } catch {
            assert(classes == (more ? type(uint16).max : 0));
        }
    }

    function nextRound(AccountWord a) external pure returns (AccountWord) {
        return a.withNextRound();
    }

    function count(AccountWord a, bool more) external pure returns (AccountWord) {
        return more ? a.withClassMore() : a.withClassLess();
    }

    /// @dev Only `width` bits from `at` on are other ones.
    function _expectOnly(uint256 word, AccountWord a, uint256 at, uint256 width) private pure {
        assert((AccountWord.unwrap(a) ^ word) & ~(((1 << width) - 1) << at) == 0);
    }
}

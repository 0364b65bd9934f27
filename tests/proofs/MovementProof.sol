// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, BlockRef, ClassId, ClassTotals, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountRules} from "../../contracts/libraries/AccountRules.sol";
import {AccountWord, newAccount} from "../../contracts/libraries/AccountWords.sol";
import {Runs} from "../../contracts/libraries/Runs.sol";
import {CANCELLED, ENCUMBERED, ESCROWED, HELD, Holding, NONE, RETIRED, SURRENDERED} from "../../contracts/libraries/SerialBlocks.sol";
import {UnitRegistry} from "../../contracts/registry/UnitRegistry.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 3 and 5 on the registry's own chokepoint, the one function that moves units.
contract MovementProof is UnitRegistry {
    ClassId private immutable CLASS = ClassId.wrap(7);
    address private immutable GIVER = address(0xA11CE);
    address private immutable TAKER = address(0xB0B);
    uint16 private constant LATE_TYPE = 1099; // of a type that asks for no status

    constructor() UnitRegistry(address(1)) {}

    /// @notice 3: units moved by quantity out of circulation, to another holder, make and lose nothing; each
    /// total moves by what moved, and who owns something of the class has counted it.
    /// @custom:bounds a giver of one block of any size, a taker of none; any quantity and state after
    function check_quantity_is_conserved(uint40 size, uint40 quantity, uint8 after_) external {
        uint256 then = _state(after_);
        _issue(GIVER, HELD, 1, size);
        _go(GIVER, TAKER, HELD, then, quantity, new BlockRef[](0), LATE_TYPE);
        _expectConserved(HELD, size, quantity, then);
    }

    /// @notice 3: the same for named units in circulation.
    /// @custom:bounds one block of any size, any range of it; any state after
    function check_named_held_are_conserved(uint40 size, uint40 first, uint40 count, uint8 after_) external {
        _conserve(HELD, size, first, count, after_);
    }

    /// @notice 3: the same for named units in escrow.
    /// @custom:bounds one block of any size, any range of it; any state after
    function check_named_escrow_is_conserved(uint40 size, uint40 first, uint40 count, uint8 after_) external {
        _conserve(ESCROWED, size, first, count, after_);
    }

    /// @notice 3: the same for named surrendered units.
    /// @custom:bounds one block of any size, any range of it; any state after
    function check_named_surrendered_are_conserved(uint40 size, uint40 first, uint40 count, uint8 after_) external {
        _conserve(SURRENDERED, size, first, count, after_);
    }

    /// @notice 3: the same for named encumbered units.
    /// @custom:bounds one block of any size, any range of it; any state after
    function check_named_encumbered_are_conserved(uint40 size, uint40 first, uint40 count, uint8 after_) external {
        _conserve(ENCUMBERED, size, first, count, after_);
    }

    /// @notice 3: where units stay with their holder and only their state changes, by quantity.
    /// @custom:bounds one block of any size; any quantity; any other state after
    function check_state_change_by_quantity_is_conserved(uint40 size, uint40 quantity, uint8 after_) external {
        uint256 then = _state(after_);
        vm.assume(then != HELD);
        _issue(GIVER, HELD, 1, size);
        _go(GIVER, GIVER, HELD, then, quantity, new BlockRef[](0), LATE_TYPE);
        _expectWithOne(HELD, size, quantity, then);
    }

    /// @notice 3: the same for named units, from each state that an order takes units from.
    /// @custom:bounds one block of any size in circulation, surrendered or encumbered; any range of it; any other state after
    function check_state_change_of_named_is_conserved(
        uint40 size,
        uint40 first,
        uint40 count,
        uint8 before_,
        uint8 after_
    ) external {
        uint256 before = _state(before_);
        uint256 then = _state(after_);
        vm.assume(before == HELD || before == SURRENDERED || before == ENCUMBERED);
        vm.assume(before != then);
        _issue(GIVER, before, 1, size);
        _go(GIVER, GIVER, before, then, count, _ref(1, first, count), LATE_TYPE);
        _expectWithOne(before, size, count, then);
    }

    /// @notice 5: of the types below reversals, none takes units from an account whose status forbids
    /// it, or brings units to one. What was given by mistake is taken back whatever the status.
    /// @custom:bounds one block of any size, any quantity, statuses, state after and type
    function check_statuses_are_kept(uint40 size, uint40 quantity, uint8 after_, uint16 type_, uint8 s, uint8 r) external {
        uint256 then = _state(after_);
        vm.assume(type_ < 1082 && type_ != 1041 && type_ != 1043);
        vm.assume(s <= uint8(type(AccountStatus).max) && r <= uint8(type(AccountStatus).max));
        _issue(GIVER, HELD, 1, size);
        _accounts[GIVER] = _accounts[GIVER].withStatus(AccountStatus(s));
        _accounts[TAKER] = _accounts[TAKER].withStatus(AccountStatus(r));
        _go(GIVER, TAKER, HELD, then, quantity, new BlockRef[](0), type_);
        if (then == SURRENDERED || type_ == 1042) assert(AccountRules.maySurrender(s));
        else assert(AccountRules.maySend(s));
        if (then == HELD || then == ENCUMBERED) assert(AccountRules.mayReceive(r));
    }

    /// @notice 5: by no transfer, export or retirement do units leave an account of the programme, whoever has
    /// its key; by none do they reach a pool or reserve.
    /// @custom:bounds one block of any size, any quantity, kinds and state after
    function check_kinds_are_kept(uint40 size, uint40 quantity, uint8 after_, uint8 which, uint8 k, uint8 l) external {
        uint256 then = _state(after_);
        vm.assume(k <= uint8(type(AccountKind).max) && l <= uint8(type(AccountKind).max) && which < 3);
        uint16 type_ = which == 0 ? 1050 : which == 1 ? 300 : 500;
        _issue(GIVER, HELD, 1, size);
        _accounts[GIVER] = newAccount(AccountKind(k), 0, 0).withClassMore();
        _accounts[TAKER] = newAccount(AccountKind(l), 0, 0);
        _go(GIVER, TAKER, HELD, then, quantity, new BlockRef[](0), type_);
        assert(!AccountRules.isProgramme(k));
        if (then == HELD && type_ != 500) assert(l != uint8(AccountKind.SYSTEM));
    }

    function _conserve(uint256 before, uint40 size, uint40 first, uint40 count, uint8 after_) private {
        uint256 then = _state(after_);
        _issue(GIVER, before, 1, size);
        _go(GIVER, TAKER, before, then, count, _ref(1, first, count), LATE_TYPE);
        _expectConserved(before, size, count, then);
    }

    function _issue(address to, uint256 state, uint256 first, uint40 count) private {
        vm.assume(count != 0 && first + count <= 1 << 40);
        vm.assume(block.timestamp < 1 << 40);
        _go(address(0), to, NONE, state, count, _ref(first, first, count), LATE_TYPE);
    }

    function _go(
        address from,
        address to,
        uint256 before,
        uint256 then,
        uint256 quantity,
        BlockRef[] memory refs,
        uint16 type_
    ) private {
        AccountWord unread;
        _move(Movement(CLASS, from, to, before, then, type_, false, unread), quantity, refs, Runs.none());
    }

    function _ref(uint256 block_, uint256 first, uint256 count) private pure returns (BlockRef[] memory refs) {
        refs = new BlockRef[](1);
        refs[0] = BlockRef(uint40(block_), 0, uint40(first), uint40(count));
    }

    function _state(uint8 state) private pure returns (uint256) {
        vm.assume(state >= HELD && state <= uint8(type(UnitState).max));
        return state;
    }

    function _expectConserved(uint256 before, uint256 size, uint256 quantity, uint256 then) private view {
        uint256 left = size - quantity;
        _expectHolding(GIVER, _in(before, left, HELD), _aside(before, left));
        _expectHolding(TAKER, _in(then, quantity, HELD), _aside(then, quantity));
        _expectTotals(before, left, then, quantity);
    }

    function _expectWithOne(uint256 before, uint256 size, uint256 quantity, uint256 then) private view {
        uint256 left = size - quantity;
        uint256 held = _in(before, left, HELD) + _in(then, quantity, HELD);
        _expectHolding(GIVER, held, _aside(before, left) + _aside(then, quantity));
        _expectTotals(before, left, then, quantity);
    }

    /// @dev Of an account, so escrow, which is a gateway's, counts no class.
    function _expectHolding(address account, uint256 balance, uint256 aside) private view {
        Holding h = _holding(account, CLASS);
        assert(h.balance() == balance);
        assert(h.aside() == aside);
    }

    function _expectTotals(uint256 before, uint256 left, uint256 then, uint256 quantity) private view {
        ClassTotals memory t = _totals[CLASS];
        assert(t.issued == left + quantity);
        assert(t.escrowed == _in(before, left, ESCROWED) + _in(then, quantity, ESCROWED));
        assert(t.surrendered == _in(before, left, SURRENDERED) + _in(then, quantity, SURRENDERED));
        assert(t.retired == _in(before, left, RETIRED) + _in(then, quantity, RETIRED));
        assert(t.cancelled == _in(before, left, CANCELLED) + _in(then, quantity, CANCELLED));
    }

    function _in(uint256 state, uint256 quantity, uint256 asked) private pure returns (uint256) {
        return state == asked ? quantity : 0;
    }

    function _aside(uint256 state, uint256 quantity) private pure returns (uint256) {
        return state == ENCUMBERED || state == ESCROWED ? quantity : 0;
    }
}

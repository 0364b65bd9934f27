// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UnitRegistry} from "../../contracts/UnitRegistry.sol";
import {AccountStatus, BlockRef, ClassTotals, SerialRange, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountRules} from "../../contracts/libraries/AccountRules.sol";
import {CANCELLED, ENCUMBERED, ESCROWED, HELD, NONE, RETIRED, SURRENDERED} from "../../contracts/libraries/SerialBlocks.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 3 and 5 on the registry's own chokepoint, the one function that moves units.
contract MovementProof is UnitRegistry {
    uint256 private immutable CLASS = 7;
    address private immutable GIVER = address(0xA11CE);
    address private immutable TAKER = address(0xB0B);
    uint16 private constant LATE_TYPE = 1099; // of a type that asks for no status

    constructor() UnitRegistry("CN", address(1)) {}

    /// @notice 3: units moved by quantity out of circulation, or to another holder, make and lose
    /// nothing; each total moves by what moved.
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

    /// @notice 5: of the types below reversals, none takes units from an account whose status forbids
    /// it, or brings units to one. Any status of both, any state after, any type.
    /// @custom:bounds one block of any size, any quantity, statuses, state after and type
    function check_statuses_are_kept(uint40 size, uint40 quantity, uint8 after_, uint16 type_, uint8 s, uint8 r) external {
        uint256 then = _state(after_);
        vm.assume(type_ < 1082 && type_ != 1041);
        vm.assume(s <= uint8(type(AccountStatus).max) && r <= uint8(type(AccountStatus).max));
        _issue(GIVER, HELD, 1, size);
        _accounts[GIVER].status = AccountStatus(s);
        _accounts[TAKER].status = AccountStatus(r);
        _go(GIVER, TAKER, HELD, then, quantity, new BlockRef[](0), type_);
        if (then == SURRENDERED) assert(AccountRules.maySurrender(AccountStatus(s)));
        else assert(AccountRules.maySend(AccountStatus(s)));
        if (then == HELD) assert(AccountRules.mayReceive(AccountStatus(r)));
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
        _move(Movement(CLASS, from, to, before, then, type_, 0, 0), quantity, refs, new SerialRange[](0));
    }

    function _ref(uint256 block_, uint256 first, uint256 count) private pure returns (BlockRef[] memory refs) {
        refs = new BlockRef[](1);
        refs[0] = BlockRef(uint40(block_), 0, uint40(first), uint40(count));
    }

    function _state(uint8 state) private pure returns (uint256) {
        vm.assume(state >= HELD && state <= uint8(type(UnitState).max));
        return state;
    }

    /// @dev A balance counts what is held, encumbered or, of a gateway, in escrow.
    function _inBalance(uint256 state) private pure returns (bool) {
        return state == HELD || state == ENCUMBERED || state == ESCROWED;
    }

    function _expectConserved(uint256 before, uint256 size, uint256 quantity, uint256 then) private view {
        uint256 left = size - quantity;
        assert(balanceOf(GIVER, CLASS) == (_inBalance(before) ? left : 0));
        assert(balanceOf(TAKER, CLASS) == (_inBalance(then) ? quantity : 0));
        assert(this.encumberedOf(GIVER, CLASS) == (before == ENCUMBERED ? left : 0));
        assert(this.encumberedOf(TAKER, CLASS) == (then == ENCUMBERED ? quantity : 0));
        ClassTotals memory t = _totals[CLASS];
        assert(t.issued == size);
        assert(t.escrowed == _part(before, left, then, quantity, ESCROWED));
        assert(t.surrendered == _part(before, left, then, quantity, SURRENDERED));
        assert(t.retired == _part(before, left, then, quantity, RETIRED));
        assert(t.cancelled == _part(before, left, then, quantity, CANCELLED));
    }

    /// @dev What is in a state when `left` units are in one and `quantity` in another.
    function _part(
        uint256 before,
        uint256 left,
        uint256 then,
        uint256 quantity,
        uint256 state
    ) private pure returns (uint256) {
        return (before == state ? left : 0) + (then == state ? quantity : 0);
    }
}

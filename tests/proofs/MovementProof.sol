// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UnitRegistry} from "../../contracts/UnitRegistry.sol";
import {AccountStatus, BlockRef, ClassTotals, SerialRange, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {AccountRules} from "../../contracts/libraries/AccountRules.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 2, 3 and 5 on the registry's own chokepoint, the one function that moves units.
contract MovementProof is UnitRegistry {
    uint256 private immutable CLASS = 7;
    address private immutable GIVER = address(0xA11CE);
    address private immutable TAKER = address(0xB0B);
    uint16 private constant LATE_TYPE = 1099; // of a type that asks for no status

    constructor() UnitRegistry("CN", address(1)) {}

    /// @notice 3: a movement by quantity makes and loses nothing, and each total moves by what moved.
    /// @custom:bounds a giver of one block of any size, a taker of none; any quantity and state after
    function check_quantity_is_conserved(uint40 size, uint40 quantity, uint8 after_) external {
        UnitState then = _state(after_);
        _issue(GIVER, 1, size);
        _go(GIVER, TAKER, UnitState.HELD, then, quantity, new BlockRef[](0), LATE_TYPE);
        assert(balanceOf(GIVER, CLASS) == uint256(size) - quantity);
        _expectTaken(0, quantity, then);
        _expectTotals(size, quantity, then);
    }

    /// @notice 3: named units that come back into circulation, or end, make and lose nothing.
    /// @custom:bounds one block of any size, any range of it, in escrow, surrendered or encumbered; then held or surrendered
    function check_named_units_are_conserved(
        uint40 size,
        uint40 first,
        uint40 count,
        uint8 before_,
        uint8 after_
    ) external {
        UnitState before = _state(before_);
        UnitState then = _state(after_);
        vm.assume(then == UnitState.HELD || then == UnitState.SURRENDERED);
        vm.assume(before != UnitState.RETIRED && before != UnitState.CANCELLED && before != UnitState.HELD);
        _issue(GIVER, 1, size);
        // The range leaves the giver's circulation, in its own name, and moves on from there.
        _go(GIVER, GIVER, UnitState.HELD, before, count, _ref(1, first, count), LATE_TYPE);
        _go(GIVER, TAKER, before, then, count, _ref(first, first, count), LATE_TYPE);
        assert(balanceOf(GIVER, CLASS) == uint256(size) - count);
        _expectTaken(0, count, then);
        _expectTotals(size, count, then);
    }

    /// @notice 2: after a movement by quantity each balance is the sum of its holder's list.
    /// A giver of two blocks, a taker of one.
    /// @custom:bounds a giver of two blocks and a taker of one, of any size; any quantity
    function check_balances_are_the_sums_of_lists(uint40 a, uint40 b, uint40 c, uint40 quantity) external {
        _issue(GIVER, 1, a);
        _issue(GIVER, 1 + uint256(a), b);
        _issue(TAKER, 1 + uint256(a) + b, c);
        _go(GIVER, TAKER, UnitState.HELD, UnitState.HELD, quantity, new BlockRef[](0), LATE_TYPE);
        assert(balanceOf(GIVER, CLASS) == uint256(a) + b - quantity);
        assert(balanceOf(TAKER, CLASS) == uint256(c) + quantity);
        assert(_sumOf(GIVER) == balanceOf(GIVER, CLASS));
        assert(_sumOf(TAKER) == balanceOf(TAKER, CLASS));
    }

    /// @notice 5: of the types below reversals, none takes units from an account whose status forbids
    /// it, or brings units to one. Any status of both, any state after, any type.
    /// @custom:bounds one block of any size, any quantity, statuses, state after and type
    function check_statuses_are_kept(uint40 size, uint40 quantity, uint8 after_, uint16 type_, uint8 s, uint8 r) external {
        UnitState then = _state(after_);
        vm.assume(type_ < 1082 && type_ != 1041);
        vm.assume(s <= uint8(type(AccountStatus).max) && r <= uint8(type(AccountStatus).max));
        _issue(GIVER, 1, size);
        _accounts[GIVER].status = AccountStatus(s);
        _accounts[TAKER].status = AccountStatus(r);
        _go(GIVER, TAKER, UnitState.HELD, then, quantity, new BlockRef[](0), type_);
        if (then == UnitState.SURRENDERED) assert(AccountRules.maySurrender(AccountStatus(s)));
        else assert(AccountRules.maySend(AccountStatus(s)));
        if (then == UnitState.HELD) assert(AccountRules.mayReceive(AccountStatus(r)));
    }

    function _issue(address to, uint256 first, uint40 count) private {
        vm.assume(count != 0 && first + count <= 1 << 40);
        _go(address(0), to, UnitState.NONE, UnitState.HELD, count, _ref(first, first, count), LATE_TYPE);
    }

    function _go(
        address from,
        address to,
        UnitState before,
        UnitState then,
        uint256 quantity,
        BlockRef[] memory refs,
        uint16 type_
    ) private {
        _move(Movement(CLASS, from, to, before, then, type_, 0), quantity, refs, new SerialRange[](0));
    }

    function _ref(uint256 block_, uint256 first, uint256 count) private pure returns (BlockRef[] memory refs) {
        refs = new BlockRef[](1);
        refs[0] = BlockRef(uint40(block_), 0, uint40(first), uint40(count));
    }

    function _state(uint8 state) private pure returns (UnitState) {
        vm.assume(state >= uint8(UnitState.HELD) && state <= uint8(type(UnitState).max));
        return UnitState(state);
    }

    /// @dev A balance counts what is held, encumbered or, of a gateway, in escrow.
    function _expectTaken(uint256 had, uint256 quantity, UnitState then) private view {
        bool counts = then == UnitState.HELD || then == UnitState.ENCUMBERED || then == UnitState.ESCROWED;
        assert(balanceOf(TAKER, CLASS) == had + (counts ? quantity : 0));
        assert(_encumbered(TAKER) == (then == UnitState.ENCUMBERED ? quantity : 0));
    }

    function _expectTotals(uint256 issued, uint256 quantity, UnitState then) private view {
        ClassTotals memory t = _totals[CLASS];
        assert(t.issued == issued);
        assert(t.escrowed == (then == UnitState.ESCROWED ? quantity : 0));
        assert(t.surrendered == (then == UnitState.SURRENDERED ? quantity : 0));
        assert(t.retired == (then == UnitState.RETIRED ? quantity : 0));
        assert(t.cancelled == (then == UnitState.CANCELLED ? quantity : 0));
    }

    function _encumbered(address account) private view returns (uint256) {
        return this.encumberedOf(account, CLASS);
    }

    function _sumOf(address account) private view returns (uint256 sum) {
        SerialRange[] memory ranges = this.blocksOf(CLASS, account, 0, 3);
        for (uint256 i; i < ranges.length; ++i) sum += ranges[i].count;
    }
}

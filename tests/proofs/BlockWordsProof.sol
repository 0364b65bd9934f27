// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Block, Holding, SerialBlocks, toBlock} from "../../contracts/libraries/SerialBlocks.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 1 and 2: what a block and a holding keep in one word each. Whoever changes one
/// field changes no other.
contract BlockWordsProof {
    uint256 private constant MASK = type(uint40).max;

    /// @notice A block gives back the six fields that it was made of.
    /// @custom:bounds all values that the fields have room for
    function check_block_keeps_its_fields(
        address owner,
        uint40 count,
        uint40 next,
        uint8 state,
        uint8 marks,
        uint8 list
    ) external pure {
        vm.assume(state < 16 && marks < 64 && list < 64);
        Block b = toBlock(owner, count, next, state, marks, list);
        assert(b.owner() == owner);
        assert(b.count() == count);
        assert(b.next() == next);
        assert(b.state() == state);
        assert(b.marks() == marks);
        assert(b.list() == list);
    }

    /// @notice A block whose count, next or marks change keeps the other fields.
    /// @custom:bounds every word; all values that the fields have room for
    function check_block_setters_change_one_field(uint256 word, uint40 count, uint40 next, uint8 marks) external pure {
        vm.assume(marks < 64);
        Block b = Block.wrap(word);
        assert(b.withCount(count).count() == count);
        assert((Block.unwrap(b.withCount(count)) ^ word) & ~(MASK << 160) == 0);
        assert(b.withNext(next).next() == next);
        assert((Block.unwrap(b.withNext(next)) ^ word) & ~(MASK << 200) == 0);
        assert(b.withMarks(marks).marks() == marks);
        assert((Block.unwrap(b.withMarks(marks)) ^ word) & ~(uint256(63) << 244) == 0);
    }

    /// @notice A new head of one list leaves the heads of the other three, the balance and what is set
    /// aside as they were.
    /// @custom:bounds every word, each of the four lists, every serial
    function check_a_head_is_one_field(uint256 word, uint8 list, uint8 other, uint40 first) external pure {
        vm.assume(list < 4 && other < 4 && list != other);
        Holding h = Holding.wrap(word);
        Holding changed = h.withHead(list, first);
        assert(changed.head(list) == first);
        assert(changed.head(other) == h.head(other));
        assert(changed.balance() == h.balance());
        assert(changed.aside() == h.aside());
    }

    /// @notice Units added to the balance, or taken from it, change it by their number and nothing else, as
    /// long as a class has room for them.
    /// @custom:bounds every word; sums below 2^40, which no class passes
    function check_balance_is_one_field(uint256 word, uint40 quantity, bool more) external pure {
        Holding h = Holding.wrap(word);
        uint256 sum = more ? h.balance() + quantity : h.balance() - quantity;
        vm.assume(sum <= MASK);
        assert(Holding.unwrap(more ? h.plus(quantity) : h.minus(quantity)) == (word & ~MASK) | sum);
    }

    /// @notice The same for what is set aside.
    /// @custom:bounds every word; sums below 2^40, which no class passes
    function check_what_is_aside_is_one_field(uint256 word, uint40 quantity, bool more) external pure {
        Holding h = Holding.wrap(word);
        uint256 sum = more ? h.aside() + quantity : h.aside() - quantity;
        vm.assume(sum <= MASK);
        Holding changed = more ? h.plusAside(quantity) : h.minusAside(quantity);
        assert(Holding.unwrap(changed) == (word & ~(MASK << 40)) | (sum << 40));
    }

    /// @notice An account owns nothing of a class when nothing is in its lists and nothing is set aside,
    /// whatever the heads say.
    /// @custom:bounds every word
    function check_owning_nothing_is_both_sums_zero(uint256 word) external pure {
        Holding h = Holding.wrap(word);
        assert(h.ownsNothing() == (h.balance() == 0 && h.aside() == 0));
    }

    /// @notice Every size has one of the four lists, by the bounds 16, 256 and 4,096; a larger block is
    /// never in a list of smaller ones.
    /// @custom:bounds all sizes that the ledger can hold
    function check_sizes_have_their_lists(uint40 size, uint40 other) external pure {
        uint256 list = SerialBlocks.listOf(size);
        if (size < 16) assert(list == 0);
        else if (size < 256) assert(list == 1);
        else if (size < 4096) assert(list == 2);
        else assert(list == 3);
        if (size <= other) assert(list <= SerialBlocks.listOf(other));
    }
}

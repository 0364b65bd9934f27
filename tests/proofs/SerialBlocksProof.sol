// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {Block, ENCUMBERED, ESCROWED, HELD, Holding, SerialBlocks, toBlock} from "../../contracts/libraries/SerialBlocks.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 1, 2, 3 and 4: what taking units and putting them elsewhere does to a book. Taking leaves
/// room for exactly the range that is then put, so the two together keep a class tiled.
contract SerialBlocksProof {
    using SerialBlocks for SerialBlocks.Book;

    address private constant GIVER = address(0xA11CE);
    address private constant TAKER = address(0xB0B);

    /// @dev A block as it stands before: its first serial, units, next of the list (or time), marks, and
    /// the list that it was put in. It may have been larger then.
    struct Piece {
        uint40 place;
        uint40 count;
        uint40 next;
        uint8 marks;
        uint8 list;
    }

    SerialBlocks.Book private _book;

    /// @notice 1, 2, 4: a named range of a list's first block leaves what is before it in its place, and what is
    /// behind it as the head of the list for its size, each with its owner, marks and time. Only the heads that
    /// this concerns change; a range that does not fit changes nothing.
    /// @custom:bounds one block at any place below 2^40, of any size, list and marks, the head of its list; any other heads; any range
    function check_named_range_leaves_the_rest(Piece calldata b, uint256 holding, uint40 first, uint40 taken) external {
        uint256 list = _begin(b, HELD);
        Holding giver = Holding.wrap(holding).withHead(list, b.place);
        BlockRef memory ref = BlockRef(b.place, 0, first, taken);
        (Holding left, SerialBlocks.Fit fit, uint256 kept) = _book.takeNamed(giver, GIVER, HELD, ref);
        assert((fit == SerialBlocks.Fit.FITS) == _isInside(b, first, taken));
        if (fit != SerialBlocks.Fit.FITS) {
            _expect(b.place, GIVER, b.count, b.next, HELD, b.marks, list);
            _same(left, giver);
            return;
        }
        assert(kept == b.marks);
        if (first > b.place) _expect(b.place, GIVER, first - b.place, b.next, HELD, b.marks, list);
        else giver = giver.withHead(list, b.next);
        uint256 end = uint256(first) + taken;
        uint256 size = uint256(b.place) + b.count - end;
        if (size != 0) {
            uint256 list_ = SerialBlocks.listOf(size);
            _expect(end, GIVER, size, giver.head(list_), HELD, b.marks, list_);
            giver = giver.withHead(list_, end);
        }
        _same(left, giver);
    }

    /// @notice 1, 4: a named range of a block in no list leaves what is before and behind it with its owner,
    /// state, marks and time, and no head changes; a range that does not fit changes nothing.
    /// @custom:bounds one block at any place below 2^40, of any size, marks and time, in each state but circulation; any heads; any range
    function check_named_range_out_of_no_list(
        Piece calldata b,
        uint256 holding,
        uint8 state,
        uint40 first,
        uint40 taken
    ) external {
        uint256 before = _moving(state);
        vm.assume(before != HELD && b.list == 0);
        _begin(b, before);
        Holding giver = Holding.wrap(holding);
        BlockRef memory ref = BlockRef(b.place, 0, first, taken);
        (Holding left, SerialBlocks.Fit fit, uint256 kept) = _book.takeNamed(giver, GIVER, before, ref);
        _same(left, giver);
        assert((fit == SerialBlocks.Fit.FITS) == _isInside(b, first, taken));
        if (fit != SerialBlocks.Fit.FITS) {
            _expect(b.place, GIVER, b.count, b.next, before, b.marks, 0);
            return;
        }
        assert(kept == b.marks);
        if (first > b.place) _expect(b.place, GIVER, first - b.place, b.next, before, b.marks, 0);
        uint256 end = uint256(first) + taken;
        uint256 size = uint256(b.place) + b.count - end;
        if (size != 0) _expect(end, GIVER, size, b.next, before, b.marks, 0);
    }

    /// @notice 4: units of another holder, or in another state than the one asked for, are not touched.
    /// @custom:bounds one block at any place below 2^40, of any size, list, state and marks; any range, holder and state asked for
    function check_units_of_others_are_not_touched(
        Piece calldata b,
        uint256 holding,
        uint8 state,
        address holder,
        uint8 asked,
        uint40 first,
        uint40 taken
    ) external {
        uint256 before = _moving(state);
        uint256 wanted = _moving(asked);
        vm.assume(holder != GIVER || wanted != before);
        uint256 list = _begin(b, before);
        BlockRef memory ref = BlockRef(b.place, 0, first, taken);
        (Holding left, SerialBlocks.Fit fit, ) = _book.takeNamed(Holding.wrap(holding), holder, wanted, ref);
        assert(fit == SerialBlocks.Fit.NOT_THERE);
        _same(left, Holding.wrap(holding));
        _expect(b.place, GIVER, b.count, b.next, before, b.marks, list);
    }

    /// @notice 1, 2, 3: a movement by quantity takes the highest serials of the head of the list of the largest
    /// blocks, or all of it; what is left stays where it was, and no other head changes.
    /// @custom:bounds one block at any place below 2^40, of any size, list and marks; any heads of the lists of smaller blocks; any quantity
    function check_quantity_leaves_the_rest(Piece calldata b, uint256 holding, uint40 max) external {
        vm.assume(max != 0);
        uint256 list = _begin(b, HELD);
        Holding giver = _largestIs(Holding.wrap(holding), list, b.place);
        (Holding left, uint256 first, uint256 taken, uint256 kept) = _book.takeHead(giver, max);
        assert(taken == (max < b.count ? max : b.count));
        assert(first + taken == uint256(b.place) + b.count);
        assert(kept == b.marks);
        if (taken < b.count) _expect(b.place, GIVER, b.count - taken, b.next, HELD, b.marks, list);
        else giver = giver.withHead(list, b.next);
        _same(left, giver);
    }

    /// @notice 1, 2, 3: what is put is one block of all that was taken. In circulation it becomes the head of the
    /// list for its size, before what was the head; no other head changes. Set aside it is in no list; at its
    /// end it has its time.
    /// @custom:bounds any place below 2^40, any size, marks and state, any heads
    function check_put_writes_one_block(
        uint256 holding,
        uint40 first,
        uint40 count,
        uint8 state,
        uint8 marks
    ) external {
        uint256 then = _moving(state);
        vm.assume(count != 0 && marks < 64 && block.timestamp < 1 << 40);
        Holding taker = Holding.wrap(holding);
        Holding after_ = _book.put(taker, TAKER, first, count, then, marks);
        if (then == HELD) {
            uint256 list = SerialBlocks.listOf(count);
            _expect(first, TAKER, count, taker.head(list), HELD, marks, list);
            _same(after_, taker.withHead(list, first));
            return;
        }
        bool aside = then == ESCROWED || then == ENCUMBERED;
        _expect(first, TAKER, count, aside ? 0 : block.timestamp, then, marks, 0);
        _same(after_, taker);
    }

    /// @notice 1, 3: putting changes no word but the one that it puts.
    /// @custom:bounds any two places, any words, size, marks and state
    function check_put_touches_no_other_block(
        uint256 holding,
        uint40 first,
        uint40 count,
        uint8 state,
        uint8 marks,
        uint40 other,
        uint256 word
    ) external {
        vm.assume(other != first);
        _book.blocks[other].word = Block.wrap(word);
        _book.put(Holding.wrap(holding), TAKER, first, count, _moving(state), marks);
        assert(Block.unwrap(_book.blocks[other].word) == word);
    }

    /// @notice 1, 3: taking by quantity changes no word outside the block it takes from: with the claims before,
    /// each step of a longer list keeps all other blocks as they are.
    /// @custom:bounds one block and any other place, of any sizes, lists and marks; any quantity
    function check_quantity_touches_no_other_block(
        Piece calldata b,
        uint40 other,
        uint256 word,
        uint40 max
    ) external {
        vm.assume(max != 0);
        uint256 list = _begin(b, HELD);
        vm.assume(other < b.place || other >= uint256(b.place) + b.count);
        _book.blocks[other].word = Block.wrap(word);
        _book.takeHead(Holding.wrap(0).withHead(list, b.place), max);
        assert(Block.unwrap(_book.blocks[other].word) == word);
    }

    /// @notice 1, 4: the same for a named range of the head's block, or of a block in no list.
    /// @custom:bounds one block and any other place, of any sizes, lists, states and marks; any range
    function check_named_range_touches_no_other_block(
        Piece calldata b,
        uint40 other,
        uint256 word,
        uint8 state,
        uint40 first,
        uint40 taken
    ) external {
        uint256 before = _moving(state);
        uint256 list = _begin(b, before);
        vm.assume(other < b.place || other >= uint256(b.place) + b.count);
        _book.blocks[other].word = Block.wrap(word);
        Holding giver = Holding.wrap(0).withHead(list, b.place);
        _book.takeNamed(giver, GIVER, before, BlockRef(b.place, 0, first, taken));
        assert(Block.unwrap(_book.blocks[other].word) == word);
    }

    /// @notice 1, 2, 3: two blocks of a holder, in one list or in two, emptied by quantity until nothing is
    /// missing: the larger ones' list first, then the other; what is left stays where it was.
    /// @custom:bounds two blocks at places below 2^40 that do not overlap, of any sizes, lists and marks; any quantity up to both
    function check_quantity_takes_the_larger_first(Piece calldata a, Piece calldata b, uint40 quantity) external {
        vm.assume(quantity != 0 && quantity <= uint256(a.count) + b.count);
        vm.assume(uint256(b.place) + b.count <= a.place || uint256(a.place) + a.count <= b.place);
        vm.assume(b.list <= a.list && a.next == (b.list == a.list ? b.place : 0) && b.next == 0);
        uint256 listA = _begin(a, HELD);
        uint256 listB = _begin(b, HELD);
        Holding giver = Holding.wrap(0).withHead(listB, b.place).withHead(listA, a.place);

        (Holding left, uint256 first, uint256 taken, ) = _book.takeHead(giver, quantity);
        assert(taken == (quantity < a.count ? quantity : a.count));
        assert(first + taken == uint256(a.place) + a.count);
        Holding expected;
        if (taken != quantity) {
            uint256 rest;
            (left, first, rest, ) = _book.takeHead(left, quantity - taken);
            assert(rest == quantity - taken);
            assert(first + rest == uint256(b.place) + b.count);
            if (rest == b.count) expected = Holding.wrap(0);
            else expected = Holding.wrap(0).withHead(listB, b.place);
        } else {
            expected = Holding.wrap(0).withHead(listB, b.place);
            if (taken != a.count) expected = expected.withHead(listA, a.place);
        }
        _same(left, expected);
    }

    /// @notice 1, 2, 4: a named range of the second block of a list. With the block before it as the hint, or
    /// none, that block points past what left; with a hint that leads nowhere nothing changes.
    /// @custom:bounds a list of two blocks at any places that do not overlap, of any sizes and marks; any range inside the second; as the hint the first, none, or any place where no block begins
    function check_named_range_behind_another(
        Piece calldata a,
        Piece calldata b,
        uint40 hint,
        uint40 first,
        uint40 taken
    ) external {
        vm.assume(a.next == b.place && a.list == b.list && b.next == 0);
        vm.assume(uint256(a.place) + a.count <= b.place || uint256(b.place) + b.count <= a.place);
        vm.assume(_isInside(b, first, taken) && hint != b.place);
        uint256 list = _begin(a, HELD);
        _begin(b, HELD);
        Holding giver = Holding.wrap(0).withHead(list, a.place);
        BlockRef memory ref = BlockRef(b.place, hint, first, taken);
        (Holding left, SerialBlocks.Fit fit, ) = _book.takeNamed(giver, GIVER, HELD, ref);
        bool cut = first > b.place;
        assert((fit == SerialBlocks.Fit.FITS) == (cut || hint == 0 || hint == a.place));
        if (fit != SerialBlocks.Fit.FITS) {
            _expect(a.place, GIVER, a.count, b.place, HELD, a.marks, list);
            _expect(b.place, GIVER, b.count, 0, HELD, b.marks, list);
            _same(left, giver);
            return;
        }
        _expect(a.place, GIVER, a.count, cut ? b.place : 0, HELD, a.marks, list);
        if (cut) _expect(b.place, GIVER, first - b.place, 0, HELD, b.marks, list);
        uint256 end = uint256(first) + taken;
        uint256 size = uint256(b.place) + b.count - end;
        if (size != 0) {
            uint256 list_ = SerialBlocks.listOf(size);
            _expect(end, GIVER, size, giver.head(list_), HELD, b.marks, list_);
            giver = giver.withHead(list_, end);
        }
        _same(left, giver);
    }

    /// @return list the block's, as a number that the prover knows
    function _begin(Piece calldata b, uint256 state) private returns (uint256 list) {
        vm.assume(b.place != 0 && b.count != 0 && uint256(b.place) + b.count <= 1 << 40);
        vm.assume(b.marks < 64 && b.list < 4);
        while (list != b.list) ++list;
        _book.blocks[b.place].word = toBlock(GIVER, b.count, b.next, state, b.marks, list);
    }

    /// @dev The block is the head of its list, and no larger block is in one.
    function _largestIs(Holding h, uint256 list, uint256 place) private pure returns (Holding) {
        h = h.withHead(list, place);
        while (++list < 4) h = h.withHead(list, 0);
        return h;
    }

    function _isInside(Piece calldata b, uint40 first, uint40 taken) private pure returns (bool) {
        return taken != 0 && first >= b.place && uint256(first) + taken <= uint256(b.place) + b.count;
    }

    function _expect(
        uint256 at,
        address holder,
        uint256 count,
        uint256 next,
        uint256 state,
        uint256 marks,
        uint256 list
    ) private view {
        Block expected = toBlock(holder, count, next, state, marks, list);
        assert(Block.unwrap(_book.blocks[at].word) == Block.unwrap(expected));
    }

    function _same(Holding actual, Holding expected) private pure {
        assert(Holding.unwrap(actual) == Holding.unwrap(expected));
    }

    function _moving(uint8 state) private pure returns (uint256) {
        vm.assume(state >= HELD && state <= uint8(type(UnitState).max));
        return state;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {Block, ENCUMBERED, ESCROWED, HELD, SerialBlocks, toBlock} from "../../contracts/libraries/SerialBlocks.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 1, 2, 3 and 4: what taking units and putting them elsewhere does to a book.
contract SerialBlocksProof {
    using SerialBlocks for SerialBlocks.Book;

    address private constant GIVER = address(0xA11CE);
    address private constant TAKER = address(0xB0B);

    /// @dev A block as it stands before: its first serial, units, next of the list (or time), marks.
    struct Piece {
        uint40 place;
        uint40 count;
        uint40 next;
        uint8 marks;
    }

    SerialBlocks.Book private _book;

    /// @notice 1, 4: a named range and what is left of its block tile that block, each with its
    /// owner, state, marks and time; of a list, what is left stays in it.
    /// @custom:bounds one block at any place below 2^40, of any size, list position, state and marks
    function check_named_range_tiles_its_block(
        Piece calldata b,
        uint8 state,
        uint40 first,
        uint40 taken,
        uint8 after_
    ) external {
        uint256 before = _moving(state);
        uint256 then = _moving(after_);
        _begin(b, before);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, b.place, 0);
        SerialBlocks.Holding memory taker;

        (SerialBlocks.Fit fit, uint256 kept) = _book.takeNamed(giver, GIVER, before, BlockRef(b.place, 0, first, taken));
        uint256 end = uint256(first) + taken;
        uint256 blockEnd = uint256(b.place) + b.count;
        bool inside = taken != 0 && first >= b.place && end <= blockEnd;
        assert((fit == SerialBlocks.Fit.FITS) == inside);
        if (!inside) {
            _expect(b.place, GIVER, b.count, b.next, before, b.marks);
            return;
        }
        assert(kept == b.marks);
        _book.put(taker, TAKER, first, taken, then, kept);

        // From the block's place on, each block begins where the one before it ends.
        uint256 at = b.place;
        if (first > at) at = _expect(at, GIVER, first - at, b.next, before, b.marks);
        assert(at == first);
        at = _expect(at, TAKER, taken, _nextOf(then, 0), then, b.marks);
        bool rest = end < blockEnd;
        uint256 behind = before == HELD && first > b.place ? b.place : b.next;
        if (rest) at = _expect(at, GIVER, blockEnd - end, behind, before, b.marks);
        assert(at == blockEnd);
        if (before == HELD) assert(giver.head == (rest ? end : behind));
        assert(taker.head == (then == HELD ? first : 0));
    }

    /// @notice 4: units of another holder, or in another state than the one asked for, are not touched.
    /// @custom:bounds one block at any place below 2^40, of any size, list position, state and marks; any range, holder and state asked for
    function check_units_of_others_are_not_touched(
        Piece calldata b,
        uint8 state,
        address holder,
        uint8 asked,
        uint40 first,
        uint40 taken
    ) external {
        uint256 before = _moving(state);
        uint256 wanted = _moving(asked);
        vm.assume(holder != GIVER || wanted != before);
        _begin(b, before);
        SerialBlocks.Holding memory taker = SerialBlocks.Holding(0, b.place, 0);
        (SerialBlocks.Fit fit, ) = _book.takeNamed(taker, holder, wanted, BlockRef(b.place, 0, first, taken));
        assert(fit == SerialBlocks.Fit.NOT_THERE);
        assert(taker.head == b.place);
        _expect(b.place, GIVER, b.count, b.next, before, b.marks);
    }

    /// @notice 1, 3: units taken by quantity from a list's head and what is left of its block tile
    /// that block: what is taken and what is left are what there was.
    /// @custom:bounds one block at any place below 2^40, of any size, list position and marks; any quantity and state after
    function check_quantity_tiles_its_block(Piece calldata b, uint40 most, uint8 after_) external {
        uint256 then = _moving(after_);
        vm.assume(most != 0);
        _begin(b, HELD);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, b.place, 0);
        SerialBlocks.Holding memory taker;

        (uint256 first, uint256 taken, uint256 kept) = _book.takeHead(giver, most);
        assert(taken == (most < b.count ? most : b.count));
        assert(kept == b.marks);
        _book.put(taker, TAKER, first, taken, then, kept);

        uint256 at = b.place;
        if (taken < b.count) at = _expect(at, GIVER, b.count - taken, b.next, HELD, b.marks);
        assert(at == first);
        at = _expect(at, TAKER, taken, _nextOf(then, 0), then, b.marks);
        assert(at == uint256(b.place) + b.count);
        assert(giver.head == (taken < b.count ? b.place : b.next));
        assert(taker.head == (then == HELD ? first : 0));
    }

    /// @notice 1, 3: taking by quantity and putting changes no word outside the block it takes from:
    /// with the claim before, each step of a longer list keeps all other blocks as they are.
    /// @custom:bounds one block and any other place, of any sizes, list positions and marks; any quantity and state after
    function check_quantity_touches_no_other_block(
        Piece calldata b,
        uint40 other,
        uint256 word,
        uint40 most,
        uint8 after_
    ) external {
        uint256 then = _moving(after_);
        vm.assume(most != 0);
        _begin(b, HELD);
        vm.assume(other < b.place || other >= uint256(b.place) + b.count);
        _book.blocks[other] = Block.wrap(word);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, b.place, 0);
        SerialBlocks.Holding memory taker;
        (uint256 first, uint256 taken, uint256 kept) = _book.takeHead(giver, most);
        _book.put(taker, TAKER, first, taken, then, kept);
        assert(Block.unwrap(_book.blocks[other]) == word);
    }

    /// @notice 1, 4: the same for a named range of the head's block, or of a block in no list.
    /// @custom:bounds one block and any other place, of any sizes, list positions, states and marks; any range
    function check_named_range_touches_no_other_block(
        Piece calldata b,
        uint40 other,
        uint256 word,
        uint8 state,
        uint40 first,
        uint40 taken,
        uint8 after_
    ) external {
        uint256 before = _moving(state);
        uint256 then = _moving(after_);
        _begin(b, before);
        vm.assume(other < b.place || other >= uint256(b.place) + b.count);
        _book.blocks[other] = Block.wrap(word);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, b.place, 0);
        SerialBlocks.Holding memory taker;
        (SerialBlocks.Fit fit, uint256 kept) = _book.takeNamed(giver, GIVER, before, BlockRef(b.place, 0, first, taken));
        if (fit == SerialBlocks.Fit.FITS) _book.put(taker, TAKER, first, taken, then, kept);
        assert(Block.unwrap(_book.blocks[other]) == word);
    }

    /// @notice 1, 2, 3: the same for a list of two blocks, emptied from its head until nothing is
    /// missing: both blocks stay tiled, and both lists hold what they should.
    /// @custom:bounds a list of two blocks, the newer anywhere above the older, of any sizes and marks; any quantity and state after
    function check_quantity_tiles_two_blocks(Piece calldata a, Piece calldata b, uint40 quantity, uint8 after_) external {
        uint256 then = _moving(after_);
        vm.assume(quantity != 0 && quantity <= uint256(a.count) + b.count);
        vm.assume(a.next == b.place);
        vm.assume(uint256(b.place) + b.count <= a.place);
        _begin(a, HELD);
        _begin(b, HELD);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, a.place, 0);
        SerialBlocks.Holding memory taker;

        uint256 missing = quantity;
        while (missing != 0) {
            (uint256 first, uint256 taken, uint256 kept) = _book.takeHead(giver, missing);
            _book.put(taker, TAKER, first, taken, then, kept);
            missing -= taken;
        }

        uint256 ofA = quantity < a.count ? quantity : a.count;
        uint256 ofB = quantity - ofA;
        uint256 split = uint256(a.place) + a.count - ofA;
        if (split > a.place) _expect(a.place, GIVER, split - a.place, a.next, HELD, a.marks);
        _expect(split, TAKER, ofA, _nextOf(then, 0), then, a.marks);
        uint256 splitB = uint256(b.place) + b.count - ofB;
        if (splitB > b.place) _expect(b.place, GIVER, splitB - b.place, b.next, HELD, b.marks);
        if (ofB != 0) _expect(splitB, TAKER, ofB, _nextOf(then, split), then, b.marks);
        assert(giver.head == (ofA < a.count ? a.place : ofB < b.count ? b.place : b.next));
        if (then == HELD) assert(taker.head == (ofB != 0 ? splitB : split));
    }

    /// @notice 1, 2, 4: a named range of the second block of a list: the block before it points past
    /// what left, or, when the hint is not that block, nothing changes.
    /// @custom:bounds a list of two blocks at any places that do not overlap, of any sizes and marks; any range inside the second; any hint of the two
    function check_named_range_behind_another(
        Piece calldata a,
        Piece calldata b,
        bool right,
        uint40 first,
        uint40 taken
    ) external {
        vm.assume(a.next == b.place);
        vm.assume(uint256(a.place) + a.count <= b.place || uint256(b.place) + b.count <= a.place);
        uint256 end = uint256(first) + taken;
        uint256 blockEnd = uint256(b.place) + b.count;
        vm.assume(taken != 0 && first >= b.place && end <= blockEnd);
        _begin(a, HELD);
        _begin(b, HELD);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, a.place, 0);

        uint40 hint = right ? a.place : 0;
        (SerialBlocks.Fit fit, ) = _book.takeNamed(giver, GIVER, HELD, BlockRef(b.place, hint, first, taken));
        assert((fit == SerialBlocks.Fit.FITS) == (right || first > b.place));
        if (fit != SerialBlocks.Fit.FITS) {
            _expect(a.place, GIVER, a.count, a.next, HELD, a.marks);
            _expect(b.place, GIVER, b.count, b.next, HELD, b.marks);
            assert(giver.head == a.place);
            return;
        }
        bool cut = first > b.place;
        _expect(a.place, GIVER, a.count, cut ? b.place : b.next, HELD, a.marks);
        if (cut) _expect(b.place, GIVER, first - b.place, b.next, HELD, b.marks);
        if (end < blockEnd) _expect(end, GIVER, blockEnd - end, a.place, HELD, b.marks);
        assert(giver.head == (end < blockEnd ? end : a.place));
    }

    function _begin(Piece calldata b, uint256 state) private {
        vm.assume(b.place != 0 && b.count != 0 && uint256(b.place) + b.count <= 1 << 40);
        vm.assume(block.timestamp < 1 << 40);
        _book.blocks[b.place] = toBlock(GIVER, b.count, b.next, state, b.marks);
    }

    function _expect(
        uint256 at,
        address holder,
        uint256 count,
        uint256 next,
        uint256 state,
        uint256 marks
    ) private view returns (uint256) {
        assert(Block.unwrap(_book.blocks[at]) == Block.unwrap(toBlock(holder, count, next, state, marks)));
        return at + count;
    }

    /// @dev A block that is put: in circulation it points to the list, at its end it has its time.
    function _nextOf(uint256 state, uint256 head) private view returns (uint256) {
        if (state == HELD) return head;
        return state == ESCROWED || state == ENCUMBERED ? 0 : block.timestamp;
    }

    function _moving(uint8 state) private pure returns (uint256) {
        vm.assume(state >= HELD && state <= uint8(type(UnitState).max));
        return state;
    }
}

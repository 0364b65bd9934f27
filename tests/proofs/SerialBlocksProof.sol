// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, UnitState} from "../../contracts/interfaces/LedgerTypes.sol";
import {Block, SerialBlocks, toBlock} from "../../contracts/libraries/SerialBlocks.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 1, 2 and 4: what taking units and putting them elsewhere does to a book.
contract SerialBlocksProof {
    using SerialBlocks for SerialBlocks.Book;

    address private constant GIVER = address(0xA11CE);
    address private constant TAKER = address(0xB0B);

    SerialBlocks.Book private _book;

    /// @notice 1: a named range and what is left of its block tile that block.
    /// One block with any place, count, next, state and marks; any range that names it.
    /// @custom:bounds one block at any place below 2^40, of any size, list position, state and marks
    function check_named_range_tiles_its_block(
        uint40 place,
        uint40 count,
        uint40 next,
        uint8 state,
        uint8 marks,
        uint40 first,
        uint40 taken,
        uint8 after_
    ) external {
        UnitState before = _moving(state);
        UnitState then = _moving(after_);
        vm.assume(place != 0 && uint256(place) + count <= 1 << 40);
        _book.blocks[place] = toBlock(GIVER, count, next, before, marks);
        SerialBlocks.Holding memory giver = SerialBlocks.Holding(0, place, 0);
        SerialBlocks.Holding memory taker;

        (SerialBlocks.Fit fit, uint256 kept) = _book.takeNamed(giver, GIVER, before, BlockRef(place, 0, first, taken));
        uint256 end = uint256(first) + taken;
        bool inside = taken != 0 && first >= place && end <= uint256(place) + count;
        assert((fit == SerialBlocks.Fit.FITS) == inside);
        if (!inside) {
            assert(Block.unwrap(_book.blocks[place]) == Block.unwrap(toBlock(GIVER, count, next, before, marks)));
            return;
        }
        assert(kept == marks);
        _book.put(taker, TAKER, first, taken, then, kept);

        // From the block's place on, each block begins where the one before it ends.
        uint256 at = place;
        if (first > place) at = _expect(at, GIVER, before, first - place, marks);
        assert(at == first);
        at = _expect(at, TAKER, then, taken, marks);
        uint256 blockEnd = uint256(place) + count;
        if (end < blockEnd) at = _expect(at, GIVER, before, blockEnd - end, marks);
        assert(at == blockEnd);
    }

    function _expect(uint256 at, address holder, UnitState state, uint256 count, uint256 marks) private view returns (uint256) {
        Block b = _book.blocks[at].withNext(0);
        assert(Block.unwrap(b) == Block.unwrap(toBlock(holder, count, 0, state, marks)));
        return at + count;
    }

    function _moving(uint8 state) private pure returns (UnitState) {
        vm.assume(state >= uint8(UnitState.HELD) && state <= uint8(type(UnitState).max));
        return UnitState(state);
    }
}

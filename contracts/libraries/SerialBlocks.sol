// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, SerialRange, UnitState} from "../interfaces/LedgerTypes.sol";

// The states as numbers. A transfer compares them often, and the compiler checks an enum's range at
// each comparison, which cost a twentieth of a transfer.
uint256 constant NONE = uint256(UnitState.NONE);
uint256 constant HELD = uint256(UnitState.HELD);
uint256 constant ESCROWED = uint256(UnitState.ESCROWED);
uint256 constant SURRENDERED = uint256(UnitState.SURRENDERED);
uint256 constant RETIRED = uint256(UnitState.RETIRED);
uint256 constant CANCELLED = uint256(UnitState.CANCELLED);
uint256 constant ENCUMBERED = uint256(UnitState.ENCUMBERED);

/// @notice A block in one storage word: owner (160 bits), count (40), next (40), state (8), marks (8).
type Block is uint256;

using {owner, count, next, state, marks, withCount, withNext} for Block global;

function toBlock(
    address owner_,
    uint256 count_,
    uint256 next_,
    uint256 state_,
    uint256 marks_
) pure returns (Block) {
    return
        Block.wrap(
            uint160(owner_) | (count_ << 160) | (next_ << 200) | (state_ << 240) | (marks_ << 248)
        );
}

function owner(Block b) pure returns (address) {
    return address(uint160(Block.unwrap(b)));
}

/// @dev Units in the block; zero where no block starts.
function count(Block b) pure returns (uint256) {
    return uint40(Block.unwrap(b) >> 160);
}

/// @dev First serial of the holder's next block, zero ends the list. Of a terminal block: the time of
/// its end, in seconds since 1970.
function next(Block b) pure returns (uint256) {
    return uint40(Block.unwrap(b) >> 200);
}

function state(Block b) pure returns (uint256) {
    return uint8(Block.unwrap(b) >> 240);
}

/// @dev See `Marks`.
function marks(Block b) pure returns (uint256) {
    return Block.unwrap(b) >> 248;
}

function withCount(Block b, uint256 count_) pure returns (Block) {
    return Block.wrap((Block.unwrap(b) & ~(uint256(type(uint40).max) << 160)) | (count_ << 160));
}

function withNext(Block b, uint256 next_) pure returns (Block) {
    return Block.wrap((Block.unwrap(b) & ~(uint256(type(uint40).max) << 200)) | (next_ << 200));
}

/// @title Blocks of consecutive serial numbers, and each holder's list of them
/// @notice One book holds one class. A block is one storage word, keyed by its first serial. The
/// blocks in circulation (HELD) of a holder form a list through `next`; the newest is the head. All
/// other blocks are in no list: nothing moves them by quantity.
///
/// A block that is cut keeps its key for its beginning, so that whoever pointed at it still does;
/// what remains behind the cut becomes a new block at the head of the list.
///
/// @dev Taking a range leaves its word for the caller to write, with `put`. Balances are the
/// caller's too: here `Holding.head` follows the list and nothing else.
library SerialBlocks {
    /// @notice A holding, unpacked. In storage: balance (40 bits), head (40), encumbered (40).
    struct Holding {
        uint256 balance; // units in the list
        uint256 head; // first serial of the newest block; zero when there is none
        uint256 encumbered; // units set aside, in no list
    }

    struct Book {
        mapping(uint256 first => Block) blocks;
        mapping(address holder => uint256) holdings;
    }

    /// @dev Whether a ref fits the list. The caller knows the class and words the error.
    enum Fit {
        FITS,
        NOT_THERE, // the range is not inside a block of this holder in this state
        NOT_BEFORE // the hint is not the block before it
    }

    function load(Book storage book, address holder) internal view returns (Holding memory) {
        uint256 word = book.holdings[holder];
        return Holding(uint40(word), uint40(word >> 40), word >> 80);
    }

    function save(Book storage book, address holder, Holding memory holding) internal {
        book.holdings[holder] = holding.balance | (holding.head << 40) | (holding.encumbered << 80);
    }

    /// @notice Takes up to `most` units from the head of a list: the whole block, or its highest
    /// serials. The list must not be empty.
    function takeHead(
        Book storage book,
        Holding memory holding,
        uint256 most
    ) internal returns (uint256 first, uint256 taken, uint256 marks_) {
        first = holding.head;
        Block b = book.blocks[first];
        marks_ = b.marks();
        taken = b.count();
        if (taken > most) {
            book.blocks[first] = b.withCount(taken - most);
            first += taken - most;
            taken = most;
        } else {
            holding.head = b.next();
        }
    }

    /// @notice Takes a named range out of `holder`'s blocks.
    /// @param state_ where the units stand; only HELD blocks are in a list
    /// @return fit FITS, or why nothing was changed
    /// @return marks_ of the block
    function takeNamed(
        Book storage book,
        Holding memory holding,
        address holder,
        uint256 state_,
        BlockRef memory ref
    ) internal returns (Fit fit, uint256 marks_) {
        Block b = book.blocks[ref.block_];
        uint256 end = uint256(ref.first) + ref.count;
        uint256 blockEnd = ref.block_ + b.count();
        if (b.owner() != holder || b.state() != state_) return (Fit.NOT_THERE, 0);
        if (ref.count == 0 || ref.first < ref.block_ || end > blockEnd) return (Fit.NOT_THERE, 0);
        marks_ = b.marks();

        if (ref.first > ref.block_) {
            book.blocks[ref.block_] = b.withCount(ref.first - ref.block_);
        } else if (state_ == HELD) {
            if (ref.previous == 0) {
                if (holding.head != ref.block_) return (Fit.NOT_BEFORE, 0);
                holding.head = b.next();
            } else {
                Block previous = book.blocks[ref.previous];
                if (previous.next() != ref.block_ || previous.owner() != holder) return (Fit.NOT_BEFORE, 0);
                if (previous.state() != HELD) return (Fit.NOT_BEFORE, 0);
                book.blocks[ref.previous] = previous.withNext(b.next());
            }
        }
        if (end < blockEnd) put(book, holding, holder, end, blockEnd - end, state_, marks_);
        return (Fit.FITS, marks_);
    }

    /// @notice Writes a block; in circulation it becomes the head of its holder's list.
    function put(
        Book storage book,
        Holding memory holding,
        address holder,
        uint256 first,
        uint256 count_,
        uint256 state_,
        uint256 marks_
    ) internal {
        uint256 next_;
        if (state_ == HELD) {
            next_ = holding.head;
            holding.head = first;
        } else if (state_ != ESCROWED && state_ != ENCUMBERED) {
            next_ = block.timestamp; // terminal: since when
        }
        book.blocks[first] = toBlock(holder, count_, next_, state_, marks_);
    }

    /// @notice Up to `limit` blocks of a holder in list order, from the head or after a block.
    function list(
        Book storage book,
        address holder,
        uint256 after_,
        uint256 limit
    ) internal view returns (SerialRange[] memory ranges) {
        uint256 start = after_ == 0 ? load(book, holder).head : book.blocks[after_].next();
        uint256 n;
        for (uint256 first = start; first != 0 && n < limit; first = book.blocks[first].next()) ++n;
        ranges = new SerialRange[](n);
        for (uint256 i; i < n; ++i) {
            Block b = book.blocks[start];
            ranges[i] = SerialRange(uint40(start), uint40(b.count()));
            start = b.next();
        }
    }
}

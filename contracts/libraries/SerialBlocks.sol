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

/// @notice A block in one storage word: owner (160 bits), count (40), next (40), state (4), marks (6),
/// which of its holder's lists it is in (6).
type Block is uint256;

/// @notice What an account has of a class, in one storage word: balance in its lists (40 bits), set aside
/// (40), and the heads of its four lists (40 each).
type Holding is uint256;

using {owner, count, next, state, marks, list, withCount, withNext, withMarks} for Block global;
using {balance, aside, head, withHead, plus, minus, plusAside, minusAside, ownsNothing} for Holding global;

uint256 constant MASK40 = type(uint40).max;
uint256 constant HEADS_AT = 80;

function toBlock(
    address owner_,
    uint256 count_,
    uint256 next_,
    uint256 state_,
    uint256 marks_,
    uint256 list_
) pure returns (Block) {
    return
        Block.wrap(
            uint160(owner_) |
                (count_ << 160) |
                (next_ << 200) |
                (state_ << 240) |
                (marks_ << 244) |
                (list_ << 250)
        );
}

function owner(Block b) pure returns (address) {
    return address(uint160(Block.unwrap(b)));
}

/// @dev Units in the block; zero where no block starts.
function count(Block b) pure returns (uint256) {
    return uint40(Block.unwrap(b) >> 160);
}

/// @dev First serial of the next block in its list, zero ends the list. Of a terminal block: the time of
/// its end, in seconds since 1970.
function next(Block b) pure returns (uint256) {
    return uint40(Block.unwrap(b) >> 200);
}

function state(Block b) pure returns (uint256) {
    return (Block.unwrap(b) >> 240) & 0xf;
}

/// @dev See `Marks`.
function marks(Block b) pure returns (uint256) {
    return (Block.unwrap(b) >> 244) & 0x3f;
}

/// @dev Which of its holder's lists it is in: by the size that it had when it was put there.
function list(Block b) pure returns (uint256) {
    return Block.unwrap(b) >> 250;
}

function withCount(Block b, uint256 count_) pure returns (Block) {
    return Block.wrap((Block.unwrap(b) & ~(MASK40 << 160)) | (count_ << 160));
}

function withNext(Block b, uint256 next_) pure returns (Block) {
    return Block.wrap((Block.unwrap(b) & ~(MASK40 << 200)) | (next_ << 200));
}

function withMarks(Block b, uint256 marks_) pure returns (Block) {
    return Block.wrap((Block.unwrap(b) & ~(uint256(0x3f) << 244)) | (marks_ << 244));
}

/// @dev Units in the lists.
function balance(Holding h) pure returns (uint256) {
    return uint40(Holding.unwrap(h));
}

/// @dev Units in no list: encumbered ones of an account, those in the escrow of a gateway.
function aside(Holding h) pure returns (uint256) {
    return uint40(Holding.unwrap(h) >> 40);
}

/// @dev First serial of the newest block of a list; zero when it is empty.
function head(Holding h, uint256 list_) pure returns (uint256) {
    return uint40(Holding.unwrap(h) >> (HEADS_AT + 40 * list_));
}

function withHead(Holding h, uint256 list_, uint256 first) pure returns (Holding) {
    uint256 shift = HEADS_AT + 40 * list_;
    return Holding.wrap((Holding.unwrap(h) & ~(MASK40 << shift)) | (first << shift));
}

// None of the four overflows: no class has more than 2^40 - 1 units, and the caller checks before it takes.

function plus(Holding h, uint256 quantity) pure returns (Holding) {
    unchecked {
        return Holding.wrap(Holding.unwrap(h) + quantity);
    }
}

function minus(Holding h, uint256 quantity) pure returns (Holding) {
    unchecked {
        return Holding.wrap(Holding.unwrap(h) - quantity);
    }
}

function plusAside(Holding h, uint256 quantity) pure returns (Holding) {
    unchecked {
        return Holding.wrap(Holding.unwrap(h) + (quantity << 40));
    }
}

function minusAside(Holding h, uint256 quantity) pure returns (Holding) {
    unchecked {
        return Holding.wrap(Holding.unwrap(h) - (quantity << 40));
    }
}

/// @dev Neither in its lists nor set aside.
function ownsNothing(Holding h) pure returns (bool) {
    return Holding.unwrap(h) << 176 == 0;
}

/// @title Blocks of consecutive serial numbers, and each holder's lists of them
/// @notice One book holds one class. A block is one storage word, keyed by its first serial. The
/// blocks in circulation (HELD) of a holder form four lists through `next`, by their size: 1 to 15 units,
/// 16 to 255, 256 to 4,095, and 4,096 or more. In a list the newest block is the head. All other blocks are
/// in no list: nothing moves them by quantity.
///
/// A movement by quantity takes from the list of the largest blocks first. So what others send in small
/// pieces is never in the way of what was there before in larger ones: to put one block before units in
/// a block of n, somebody must give at least n / 16 units, or 4,096 (ADR 22).
///
/// A block that is cut keeps its key for its beginning, so that whoever pointed at it still does;
/// what remains behind the cut becomes a new block.
///
/// @dev Taking a range leaves its word for the caller to write, with `put`. Balances are the
/// caller's too: here only the lists are followed.
library SerialBlocks {
    /// @dev A stale hint is followed for this many blocks before it is refused.
    uint256 internal constant MAX_STEPS = 64;
    uint256 internal constant LARGEST = 3;

    /// @dev A word of its own, so that its place is found once and read and written.
    struct BlockSlot {
        Block word;
    }

    struct HoldingSlot {
        Holding word;
    }

    struct Book {
        mapping(uint256 first => BlockSlot) blocks;
        mapping(address holder => HoldingSlot) holdings;
    }

    /// @dev Whether a ref fits the lists. The caller knows the class and words the error.
    enum Fit {
        FITS,
        NOT_THERE, // the range is not inside a block of this holder in this state
        NOT_BEFORE // the hint does not lead to the block
    }

    /// @notice Takes up to `max` units from the newest of the largest blocks: the whole block, or its highest
    /// serials. There must be a block in a list.
    function takeHead(
        Book storage book,
        Holding h,
        uint256 max
    ) internal returns (Holding, uint256 first, uint256 taken, uint256 marks_) {
        uint256 list_ = LARGEST;
        first = h.head(list_);
        unchecked {
            while (first == 0) first = h.head(--list_); // one of the four has a block
        }
        BlockSlot storage slot = book.blocks[first];
        Block b = slot.word;
        marks_ = b.marks();
        taken = b.count();
        if (taken > max) {
            slot.word = b.withCount(taken - max);
            first += taken - max;
            taken = max;
        } else {
            h = h.withHead(list_, b.next());
        }
        return (h, first, taken, marks_);
    }

    /// @notice Takes a named range out of `holder`'s blocks.
    /// @param state_ where the units stand; only HELD blocks are in a list
    /// @return the holding, its lists relinked
    /// @return fit FITS, or why nothing was changed
    /// @return marks_ of the block
    function takeNamed(
        Book storage book,
        Holding h,
        address holder,
        uint256 state_,
        BlockRef memory ref
    ) internal returns (Holding, Fit fit, uint256 marks_) {
        BlockSlot storage slot = book.blocks[ref.block_];
        Block b = slot.word;
        uint256 end = uint256(ref.first) + ref.count;
        uint256 blockEnd = ref.block_ + b.count();
        if (b.owner() != holder || b.state() != state_) return (h, Fit.NOT_THERE, 0);
        if (ref.count == 0 || ref.first < ref.block_ || end > blockEnd) return (h, Fit.NOT_THERE, 0);
        marks_ = b.marks();

        if (ref.first > ref.block_) {
            slot.word = b.withCount(ref.first - ref.block_);
        } else if (state_ == HELD) {
            bool found;
            (h, found) = _unlink(book, h, holder, ref.block_, ref.previous, b);
            if (!found) return (h, Fit.NOT_BEFORE, 0);
        }
        if (end < blockEnd) {
            if (state_ == HELD) h = put(book, h, holder, end, blockEnd - end, state_, marks_);
            else book.blocks[end].word = toBlock(holder, blockEnd - end, b.next(), state_, marks_, 0); // keeps its time
        }
        return (h, Fit.FITS, marks_);
    }

    /// @notice Writes a block; in circulation it becomes the head of its holder's list for its size.
    function put(
        Book storage book,
        Holding h,
        address holder,
        uint256 first,
        uint256 count_,
        uint256 state_,
        uint256 marks_
    ) internal returns (Holding) {
        uint256 next_;
        uint256 list_;
        if (state_ == HELD) {
            list_ = listOf(count_);
            next_ = h.head(list_);
            h = h.withHead(list_, first);
        } else if (state_ != ESCROWED && state_ != ENCUMBERED) {
            next_ = block.timestamp; // terminal: since when
        }
        book.blocks[first].word = toBlock(holder, count_, next_, state_, marks_, list_);
        return h;
    }

    /// @notice The list for blocks of a size.
    function listOf(uint256 count_) internal pure returns (uint256) {
        if (count_ < 256) return count_ < 16 ? 0 : 1;
        return count_ < 4096 ? 2 : LARGEST;
    }

    /// @notice Up to `limit` blocks of a holder in the order in which a movement by quantity takes them,
    /// from the beginning or after a block.
    function listed(
        Book storage book,
        address holder,
        uint256 after_,
        uint256 limit
    ) internal view returns (SerialRange[] memory ranges) {
        Holding h = book.holdings[holder].word;
        uint256 start = after_ == 0 ? beginning(h) : following(h, book.blocks[after_].word);
        uint256 n;
        for (uint256 first = start; first != 0 && n < limit; first = following(h, book.blocks[first].word)) ++n;
        ranges = new SerialRange[](n);
        for (uint256 i; i < n; ++i) {
            Block b = book.blocks[start].word;
            ranges[i] = SerialRange(uint40(start), uint40(b.count()));
            start = following(h, b);
        }
    }

    /// @notice The block that a movement by quantity takes first; zero when there is none.
    function beginning(Holding h) internal pure returns (uint256) {
        return _below(h, LARGEST + 1);
    }

    /// @notice The block that a movement by quantity takes after `b`; zero when `b` is the last.
    function following(Holding h, Block b) internal pure returns (uint256) {
        uint256 next_ = b.next();
        return next_ != 0 ? next_ : _below(h, b.list());
    }

    function _below(Holding h, uint256 list_) private pure returns (uint256 first) {
        while (first == 0 && list_ != 0) first = h.head(--list_);
    }

    /// @dev Takes a block out of its list. `previous` is any block before it there, zero for the head.
    function _unlink(
        Book storage book,
        Holding h,
        address holder,
        uint256 first,
        uint256 previous,
        Block b
    ) private returns (Holding, bool found) {
        if (previous == 0) {
            previous = h.head(b.list());
            if (previous == first) return (h.withHead(b.list(), b.next()), true);
        }
        for (uint256 i; i < MAX_STEPS && previous != 0; ++i) {
            BlockSlot storage slot = book.blocks[previous];
            Block p = slot.word;
            if (p.owner() != holder || p.state() != HELD) break;
            if (p.next() == first) {
                slot.word = p.withNext(b.next());
                return (h, true);
            }
            previous = p.next();
        }
        return (h, false);
    }
}

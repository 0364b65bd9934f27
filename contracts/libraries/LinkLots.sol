// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {ClassId, LotId, SerialRange, UnitState} from "../interfaces/LedgerTypes.sol";
import {LinkMath} from "./LinkMath.sol";
import {SerialSet} from "./SerialSet.sol";

/// @title Lots, and how they are taken apart
/// @notice A lot knows which source serials back which foreign serials (see ILinkTransfers). Its
/// source units are counted by offset, 0 to sourceCount - 1, through its source ranges in order.
///
/// When foreign units leave circulation, the source units all of whose twins are among them are
/// settled at once. A source unit at the edge may have twins outside; it waits, in `_edges`, until
/// the last of them has left.
library LinkLots {
    using Checkpoints for Checkpoints.Trace160;
    using SerialSet for SerialSet.Set;

    /// @notice A source unit whose twins left circulation one after the other.
    struct Edge {
        uint40 gone; // twins that left circulation
        UnitState used; // how the first used twin was used; NONE while all came home
    }

    /// @notice A run of source serials to settle alike, inside one escrowed block.
    struct Parcel {
        uint40 block_;
        uint40 first;
        uint40 count;
        UnitState state; // HELD: comes home
    }

    struct Book {
        uint64 count;
        mapping(LotId lotId => ILinkTransfers.Lot) lots;
        mapping(LotId lotId => SerialRange[]) sources;
        mapping(LotId lotId => mapping(uint256 sourceOffset => Edge)) edges;
        // Offsets at which a run of escrowed units starts because the units before it were settled.
        mapping(LotId lotId => SerialSet.Set) cuts;
        // Where such a run ends, plus one; zero: at the end of its source range.
        mapping(LotId lotId => mapping(uint256 start => uint256)) ends;
        mapping(address registry => mapping(ClassId foreignClass => Checkpoints.Trace160)) index;
    }

    /// @dev A lot has at most this many source ranges, so that every loop here ends.
    uint256 internal constant MAX_SOURCES = 64;

    /// @notice Whether a lot can be made of what its source says that it took. What does not add up could
    /// not be taken apart again, and would keep the foreign units from being used.
    function requireWhole(SerialRange[] memory ranges, uint256 sourceCount) internal pure {
        if (ranges.length > MAX_SOURCES) revert ILinkTransfers.TooManySourceBlocks(ranges.length, MAX_SOURCES);
        uint256 named;
        for (uint256 i; i < ranges.length; ++i) {
            if (ranges[i].count == 0) revert IUnitLedger.QuantityZero();
            named += ranges[i].count;
        }
        if (named != sourceCount) revert IUnitLedger.QuantityMismatch(sourceCount, named);
    }

    /// @param ranges see `requireWhole`
    function open(
        Book storage book,
        address registry,
        ILinkTransfers.Lot memory lot,
        SerialRange[] memory ranges
    ) internal returns (LotId lotId) {
        lotId = LotId.wrap(++book.count);
        book.lots[lotId] = lot;
        for (uint256 i; i < ranges.length; ++i) book.sources[lotId].push(ranges[i]);
        book.index[registry][lot.foreignClass].push(lot.foreignFirst, LotId.unwrap(lotId));
    }

    /// @notice The lot that a foreign serial came in; zero when there is none.
    function find(
        Book storage book,
        address registry,
        ClassId classId,
        uint40 serial
    ) internal view returns (LotId) {
        return LotId.wrap(uint64(book.index[registry][classId].upperLookup(serial)));
    }

    /// @notice Records that foreign units left circulation and says what becomes of their twins.
    /// @param range foreign serials of one lot
    /// @param state HELD when they go home, else how they were used
    function settle(
        Book storage book,
        LotId lotId,
        SerialRange memory range,
        UnitState state
    ) internal returns (Parcel[] memory) {
        ILinkTransfers.Lot memory lot = book.lots[lotId];
        uint256 from = range.first - lot.foreignFirst;
        // Three runs at most, each cut at the ends of the source ranges.
        Parcel[] memory room = new Parcel[](book.sources[lotId].length + 2);
        Settlement memory s = Settlement(lotId, from, from + range.count, state, room, 0);
        (uint256 low, uint256 high) = LinkMath.twinsAtSource(
            s.from,
            s.to,
            lot.sourceCount,
            lot.rateNumerator,
            lot.rateDenominator
        );
        UnitState atLow = _edge(book, lot, s, low);
        UnitState atHigh = high - 1 == low ? atLow : _edge(book, lot, s, high - 1);

        // The edges, when they go another way than the middle, and the middle.
        uint256 start = atLow == state ? low : low + 1;
        uint256 end = atHigh == state || high == start ? high : high - 1;
        if (low < start) _cut(book, s, low, start, atLow);
        if (start < end) _cut(book, s, start, end, state);
        if (end < high) _cut(book, s, end, high, atHigh);

        book.lots[lotId].outstanding = lot.outstanding - range.count;
        return _trim(s);
    }

    /// @dev Foreign units [from, to) of a lot, by offset, that leave circulation.
    struct Settlement {
        LotId lotId;
        uint256 from;
        uint256 to;
        UnitState state;
        Parcel[] parcels;
        uint256 count;
    }

    /// @dev What becomes of source unit `i` now.
    /// @return NONE while a twin is still in circulation
    function _edge(
        Book storage book,
        ILinkTransfers.Lot memory lot,
        Settlement memory s,
        uint256 i
    ) private returns (UnitState) {
        (uint256 low, uint256 high) = LinkMath.twinsAbroad(
            i,
            lot.foreignCount,
            lot.rateNumerator,
            lot.rateDenominator
        );
        if (low >= s.from && high <= s.to) return s.state; // all its twins at once
        Edge memory edge = book.edges[s.lotId][i];
        edge.gone += uint40((high < s.to ? high : s.to) - (low > s.from ? low : s.from));
        if (edge.used == UnitState.NONE && s.state != UnitState.HELD) edge.used = s.state;
        book.edges[s.lotId][i] = edge;
        if (edge.gone < high - low) return UnitState.NONE;
        return edge.used == UnitState.NONE ? UnitState.HELD : edge.used;
    }

    /// @dev Adds the parcels for source offsets [from, to): one for each source range they touch.
    function _cut(Book storage book, Settlement memory s, uint256 from, uint256 to, UnitState state) private {
        if (state == UnitState.NONE) return;
        SerialRange[] storage sources = book.sources[s.lotId];
        uint256 base; // offset at which the source range begins
        for (uint256 i; i < sources.length && base < to; ++i) {
            SerialRange memory source = sources[i];
            uint256 end = base + source.count;
            if (end > from) {
                uint256 low = from > base ? from : base;
                uint256 high = to < end ? to : end;
                uint256 start = _takeOut(book, s.lotId, base, end, low, high);
                s.parcels[s.count++] = Parcel({
                    block_: uint40(source.first + start - base),
                    first: uint40(source.first + low - base),
                    count: uint40(high - low),
                    state: state
                });
            }
            base = end;
        }
    }

    /// @dev Takes offsets [low, high) out of the run of escrowed units that contains them, inside the
    /// source range [base, end). Each unit leaves once, whatever the destination registry says:
    /// its serial may be in escrow again, for another lot.
    /// @return start of that run, which is where the escrowed block starts
    function _takeOut(
        Book storage book,
        LotId lotId,
        uint256 base,
        uint256 end,
        uint256 low,
        uint256 high
    ) private returns (uint256 start) {
        start = book.cuts[lotId].floor(low, base);
        uint256 marked = book.ends[lotId][start];
        uint256 runEnd = marked == 0 ? end : marked - 1;
        if (high > runEnd) revert ILinkTransfers.AlreadySettled(lotId, uint40(low), uint40(high - low));
        book.ends[lotId][start] = low + 1;
        if (high < runEnd) {
            book.cuts[lotId].insert(high);
            if (runEnd < end) book.ends[lotId][high] = runEnd + 1;
        }
    }

    function _trim(Settlement memory s) private pure returns (Parcel[] memory parcels) {
        parcels = new Parcel[](s.count);
        for (uint256 i; i < s.count; ++i) parcels[i] = s.parcels[i];
    }
}

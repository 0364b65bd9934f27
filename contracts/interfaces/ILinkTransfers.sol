// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, ClassId, LinkId, LotId, SerialRange, UnitState} from "./LedgerTypes.sol";

/// @title Units that cross between registries
/// @notice A transfer escrows units at the source and issues units of a foreign class at the destination,
/// in one transaction. Each transfer is a lot. Inside a lot, source unit i and foreign unit j are
/// laid on one line: foreign unit j covers [j, j+1), source unit i covers [i x rate, (i+1) x rate).
/// Units that overlap are twins. A source unit comes home when all its twins have come home; it is
/// used abroad when none of its twins is in circulation and at least one was used. So for every set
/// of foreign units in circulation, escrowed source units x rate covers them, and no tonne counts
/// twice, at any rate (R-LK-04).
///
/// @dev The gateway trusts each registry for its own units only. When foreign units are used, their twins are
/// settled at home in the same transaction; a home registry that fails to do so stops nobody: what it
/// has still to settle waits, and anybody may have it done later (`settleWaiting`).
interface ILinkTransfers {
    /// @notice A transfer as its sender wants it; it fails, whole, if anything no longer holds.
    struct Request {
        address account; // whose units; the caller must be allowed to act for it
        LinkId linkId;
        uint32 version; // of the terms that were quoted
        ClassId classId; // at the source
        uint40 quantity; // offered; the least that yields floor(quantity x rate) is taken
        uint40 accepted; // the least destination units that the sender accepts
        address recipient; // account at the destination
    }

    /// @notice One transfer, and what is still abroad of it. Quantities in units.
    struct Lot {
        LinkId linkId;
        uint32 version;
        uint40 sourceCount;
        uint40 foreignFirst;
        uint40 foreignCount;
        uint40 escrowed; // source units that have not left escrow, those that wait included
        uint64 rateNumerator;
        uint64 rateDenominator;
        uint40 outstanding; // foreign units still in circulation
        ClassId sourceClass;
        ClassId foreignClass;
    }

    /// @notice Source units of a lot whose twins left circulation, and which their registry has still to settle.
    struct Waiting {
        uint40 first;
        uint40 count;
        UnitState state; // HELD: they come home
        address to; // then: to whom
    }

    /// @notice Units crossed.
    /// @param sourceRanges the serials at the source, in the order of the lot
    event LotOpened(
        LotId indexed lotId,
        LinkId indexed linkId,
        address indexed account,
        Lot lot,
        address recipient,
        SerialRange[] sourceRanges
    );

    /// @notice Foreign units of a lot left circulation. State HELD: they went home.
    event ForeignSettled(LotId indexed lotId, uint40 first, uint40 count, UnitState state);

    /// @notice Source units of a lot left escrow. State HELD: back in circulation at home.
    event SourceSettled(LotId indexed lotId, uint40 first, uint40 count, UnitState state, address to);

    /// @notice Source units of a lot should have left escrow; their registry did not let them. They wait.
    event SettlementWaits(LotId indexed lotId, uint40 first, uint40 count, UnitState state, address to);

    /// @notice The link is suspended by a side.
    error LinkIsSuspended(LinkId linkId);

    /// @notice The link has not started.
    error LinkNotStarted(LinkId linkId, uint40 validFrom);

    /// @notice The link has expired.
    error LinkExpired(LinkId linkId, uint40 validUntil);

    /// @notice The code of a side was succeeded, and the other has not accepted it; or the gateway's, and a
    /// side has not.
    /// @param registry whose code, or which has not accepted the gateway's
    error EditionNotAccepted(LinkId linkId, address registry, bytes32 edition);

    /// @notice Other terms are in force than were quoted.
    error TermsStale(LinkId linkId, uint32 quoted, uint32 inForce);

    /// @notice The destination does not accept this class.
    error ClassNotEligible(LinkId linkId, ClassId classId);

    /// @notice The class can have no name abroad: code and symbol together are longer than 26 characters, or
    /// the name is taken by a class that came through another gateway.
    error NoNameAbroad(bytes32 code, ClassId classId);

    /// @notice The quantity converts to no whole unit.
    error NothingConverted(LinkId linkId, uint256 quantity);

    /// @notice More would be imported than the quota has left.
    error QuotaExceeded(LinkId linkId, uint256 requested, uint256 remaining);

    /// @notice Fewer units would arrive than the sender accepts.
    error ReceivedLessThanAccepted(uint256 received, uint256 accepted);

    /// @notice A lot has at most this many source blocks; send in parts, or name larger blocks.
    error TooManySourceBlocks(uint256 blocks, uint256 max);

    /// @notice That unit did not come through this gateway.
    error NotImported(address registry, ClassId classId, uint40 first);

    /// @notice These source units of the lot have left escrow already, or wait to.
    error AlreadySettled(LotId lotId, uint40 first, uint40 count);

    /// @notice Nothing waits under that index.
    error NothingWaits(LotId lotId, uint256 index);

    // ---- transfers ------------------------------------------------------------------------

    /// @notice Sends an account's units over a link. Caller: whoever may act for it at the source.
    /// @param refs serials to take; empty: by quantity. Their sum must equal the `sourceUnits` of the quote.
    function transfer(Request calldata request, BlockRef[] calldata refs) external returns (LotId lotId);

    /// @notice Sends an account's foreign units home, at the rate of their lots. Works whatever the
    /// state of the link: units can always come home. Caller: whoever may act for the account.
    /// @param registry where the units are foreign
    /// @param recipient account at the registry they came from
    /// @param accepted least source units to be released now. With zero they may also wait, where their
    /// registry does not let them in: see `settleWaiting`
    function returnUnits(
        address account,
        address registry,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address recipient,
        uint40 accepted
    ) external returns (uint256 released);

    /// @notice Foreign units reached a terminal state. Caller: the registry itself.
    function unitsUsed(ClassId classId, SerialRange[] calldata ranges, UnitState state) external;

    /// @notice Tries again to settle what waits. Anybody.
    /// @param index in `waitingOf`
    /// @param block_ start of the escrowed block that contains the first of the units, or of one shortly
    /// before it
    /// @param most settles so many of the units at most, the first ones: where freezes cut the escrow into
    /// more blocks than one call moves, it is done in parts
    function settleWaiting(LotId lotId, uint256 index, uint40 block_, uint40 most) external;
}

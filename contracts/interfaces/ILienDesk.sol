// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDesk} from "./IDesk.sol";
import {BlockRef, ClassId, SerialRange} from "./LedgerTypes.sol";

/// @title Units set aside: freezes and pledges
/// @notice A lien sets named serials aside. They stay their holder's and cannot move until whoever
/// has the lien lets go: the authority of a freeze (stolen or disputed units), the creditor of a
/// pledge (F-17).
///
/// A freeze also reaches units that are abroad or pledged: they are marked, and come back set aside. Their
/// use abroad it does not stop, unless the link's terms let it reach there (`ILinkGateway.freezeAbroad`).
///
/// @dev A lien may have more blocks than one call moves: `extendFreeze` and `continueLifting` go on with it.
interface ILienDesk is IDesk {
    /// @notice Who lets go of a lien: the authority, or a creditor.
    enum LienKind {
        NONE,
        FREEZE,
        PLEDGE,
        LIFTED // not all of its blocks are free yet, see `continueLifting`
    }

    /// @notice Units that are set aside, or will be when they come back.
    struct Lien {
        LienKind kind;
        address account; // zero: units that were abroad or pledged when they were frozen
        address creditor; // of a pledge; of a freeze that a linked programme asked for, its registry; else zero
        ClassId classId;
        SerialRange[] ranges; // still under the lien
    }

    /// @notice Units are under a lien.
    /// @param ranges the serials, each a block of its own
    /// @param reason short text or hash: of a freeze its reason, of a pledge its contract
    event LienPlaced(
        uint256 indexed lienId,
        address indexed account,
        address indexed creditor,
        LienKind kind,
        ClassId classId,
        SerialRange[] ranges,
        bytes32 reason
    );

    /// @notice More units are under a freeze.
    event LienExtended(uint256 indexed lienId, SerialRange[] ranges);

    /// @notice Whoever has the lien lets go.
    /// @param by who carried it out
    event LienLifted(uint256 indexed lienId, address by);

    /// @notice Ranges are free of a lifted lien; those that are still abroad, pledged otherwise or used stay
    /// where they are.
    /// @param left ranges that are still to be freed
    /// @param first serial with which the last of them begins; zero when none is left
    event LienReleased(uint256 indexed lienId, uint256 left, uint40 first);

    /// @notice There is no such lien.
    error LienUnknown(uint256 lienId);

    /// @notice The lien is of another kind than this needs.
    error LienKindIs(uint256 lienId, LienKind kind);

    /// @notice The pledge is another creditor's.
    error NotTheCreditor(uint256 lienId, address caller, address creditor);

    /// @notice A pledge needs a creditor.
    error CreditorMissing();

    /// @notice Nothing was named.
    error RangesMissing();

    /// @notice The units are frozen already.
    error AlreadyFrozen(ClassId classId, uint40 first);

    /// @notice Freezes units of an account at once. Role: compliance officer. Takes as many blocks as one
    /// call can, up to the quantity; `extendFreeze` takes more.
    /// @param refs the serials; none: up to `quantity` units of whatever it has
    function freeze(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external returns (uint256 lienId);

    /// @notice Freezes more units of the same account under the same lien. Role: compliance officer.
    function extendFreeze(uint256 lienId, uint40 quantity, BlockRef[] calldata refs) external;

    /// @notice Freezes units that are abroad or pledged: when they come back, they come back set aside. Role:
    /// compliance officer.
    /// @param refs ranges inside blocks that are in escrow or set aside; at most 256
    function freezeReturning(ClassId classId, BlockRef[] calldata refs, bytes32 reason) external returns (uint256 lienId);

    /// @notice Freezes foreign units because the programme they come from asked for it, under terms that let
    /// it. Role: link gateway.
    /// @param creditor the registry that asked
    function freezeForPartner(
        address account,
        ClassId classId,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 reason
    ) external returns (uint256 lienId);

    /// @notice Lifts a freeze. A sensitive step. Frees as many blocks as one call can.
    function unfreeze(uint256 lienId) external;

    /// @notice Lifts a freeze that a linked programme asked for. Role: link gateway.
    function unfreezeForPartner(uint256 lienId, address creditor) external;

    /// @notice Pledges the account's units to a creditor. Caller: whoever may act for the account.
    /// @param contract_ hash of the contract
    function pledge(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 contract_
    ) external returns (uint256 lienId);

    /// @notice Releases a pledge. Caller: whoever may act for the creditor's account, or the creditor itself.
    function releasePledge(address creditor, uint256 lienId) external;

    /// @notice Frees more blocks of a lien that was lifted. Anybody.
    function continueLifting(uint256 lienId) external;

    /// @notice A lien, and what is still under it.
    function lienOf(uint256 lienId) external view returns (Lien memory);

    /// @notice Liens are numbered from 1 to this.
    function lienCount() external view returns (uint256);
}

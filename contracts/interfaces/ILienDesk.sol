// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, SerialRange} from "./LedgerTypes.sol";

/// @title Units set aside: freezes and pledges
/// @notice A lien sets named serials aside. They stay their holder's and cannot move until whoever
/// has the lien lets go: the authority of a freeze (stolen or disputed units), the creditor of a
/// pledge (F-17).
interface ILienDesk {
    enum LienKind {
        NONE,
        FREEZE,
        PLEDGE
    }

    struct Lien {
        LienKind kind;
        address account;
        address creditor; // of a pledge; zero for a freeze
        uint256 classId;
        SerialRange[] ranges;
    }

    event LienPlaced(
        uint256 indexed lienId,
        address indexed account,
        address indexed creditor,
        LienKind kind,
        uint256 classId,
        SerialRange[] ranges,
        bytes32 reason
    );
    event LienLifted(uint256 indexed lienId, address by);

    error LienUnknown(uint256 lienId);
    error LienKindIs(uint256 lienId, LienKind kind);
    error NotTheCreditor(uint256 lienId, address caller, address creditor);
    error CreditorMissing();

    /// @notice Freezes units at once. Role: compliance officer.
    /// @param refs the serials; none: `quantity` units from the head of the list
    function freeze(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external returns (uint256 lienId);

    /// @notice Lifts a freeze. A sensitive step.
    function unfreeze(uint256 lienId) external;

    /// @notice Pledges the account's units to a creditor. Caller: whoever may act for the account.
    function pledge(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 contract_
    ) external returns (uint256 lienId);

    /// @notice Releases a pledge. Caller: the creditor.
    function releasePledge(address creditor, uint256 lienId) external;

    function lienOf(uint256 lienId) external view returns (Lien memory);

    function lienCount() external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, ClassId, SerialRange} from "./LedgerTypes.sol";

/// @title What is asked of units seldom, and the marks of a freeze
interface IUnitRecords {
    /// @notice Units that are abroad or pledged will come back frozen, or no longer.
    event FreezeMarked(ClassId indexed classId, uint40 first, uint40 count, bool frozen);

    /// @notice Only units in escrow or set aside are marked, and the range must be inside one block.
    error NotSetAside(ClassId classId, uint40 block_, uint40 first, uint40 count);

    /// @notice Marks units that are in escrow or set aside, so that they come back frozen, or takes the
    /// mark off. Caller: the desk of type 20-3. The use of units abroad is not stopped by it.
    /// @param ref a range inside one block, whose beginning and end become blocks of their own
    function markFrozen(ClassId classId, BlockRef calldata ref, bool frozen) external;

    /// @notice Units of an account that are set aside; `balanceOf` includes them.
    function encumberedOf(address account, ClassId classId) external view returns (uint256);

    /// @notice Up to `limit` blocks of an account in the order in which a movement by quantity takes them.
    /// @param after_ start at the block that follows this one; zero for the beginning
    function blocksOf(
        ClassId classId,
        address account,
        uint40 after_,
        uint256 limit
    ) external view returns (SerialRange[] memory);
}

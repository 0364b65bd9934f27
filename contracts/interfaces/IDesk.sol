// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What every desk answers
interface IDesk {
    /// @notice The registry that this desk orders.
    function registry() external view returns (address);
}

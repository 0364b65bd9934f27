// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title An address of the ledger whose code can be succeeded
/// @notice Registries, desks and the link gateway are addresses for ever: units, history and open lots stay
/// where they are when a fault is mended. What they do is the code of their edition. ERC-1967 says where
/// the address of that code is kept, and its event `Upgraded` tells of each succession.
///
/// @dev Answered by the address itself (`LedgerProxy`), never by the code behind it. So whoever knows the
/// proxy's own code can believe the answer, whatever the edition does.
interface ISuccession {
    /// @notice Only the keeper changes the edition.
    error NotTheKeeper(address caller, address keeper);

    /// @notice The code that this address runs now.
    function implementation() external view returns (address);

    /// @notice Who may change it: the programme's authority; of the gateway, the gateway itself.
    function keeper() external view returns (address);

    /// @notice Runs other code from now on. Caller: the keeper.
    /// @param edition a contract with the new code
    /// @param migration a call that it makes of itself in the same transaction; empty: none
    function succeed(address edition, bytes calldata migration) external;
}

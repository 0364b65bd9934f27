// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Calls to contracts that may be hostile
/// @notice A foreign contract may revert, burn its gas or return megabytes. Here it gets a bounded amount
/// of gas, and at most one word of its answer is read.
library Guarded {
    /// @notice The caller left too little gas for a call to be tried as it should.
    error GasTooLow(uint256 needed, uint256 left);

    /// @notice Asks for one word.
    /// @return answer zero when there is no contract, or it reverts, or it answers less than a word
    function ask(address target, bytes memory data, uint256 gas_) internal view returns (bytes32 answer) {
        assembly ("memory-safe") {
            let ok := staticcall(gas_, target, add(data, 0x20), mload(data), 0x00, 0x20)
            if and(ok, gt(returndatasize(), 0x1f)) {
                answer := mload(0x00)
            }
        }
    }

    /// @notice Does something and reads nothing of the answer.
    /// @dev Reverts when so much gas cannot be given: nobody makes a call fail by leaving too little.
    /// @return ok whether there is a contract and it did not revert
    function attempt(address target, bytes memory data, uint256 gas_) internal returns (bool ok) {
        // A call can pass on 63 parts of 64; the rest pays for what follows.
        uint256 needed = (gas_ * 64) / 63 + 20_000;
        if (gasleft() < needed) revert GasTooLow(needed, gasleft());
        if (target.code.length == 0) return false;
        assembly ("memory-safe") {
            ok := call(gas_, target, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
    }
}

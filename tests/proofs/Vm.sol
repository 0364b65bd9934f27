// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the prover offers to proofs.
interface Vm {
    /// @notice Only cases for which this holds are looked at from here on.
    function assume(bool condition) external pure;
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

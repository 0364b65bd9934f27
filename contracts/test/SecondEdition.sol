// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Continued} from "../libraries/Continued.sol";

/// @title A later edition of a registry, a desk or a gateway, with one function more
/// @dev Everything else goes on in the code of the edition before it, on the same storage.
contract SecondEdition is Continued {
    /// @param before the edition before it
    constructor(address before) Continued(before) {}

    function edition() external pure returns (uint256) {
        return 2;
    }
}

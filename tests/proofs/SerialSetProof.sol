// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SerialSet} from "../../contracts/libraries/SerialSet.sol";
import {vm} from "./Vm.sol";

/// @notice Invariant 9, the search: which run of escrowed units a serial stands in.
contract SerialSetProof {
    using SerialSet for SerialSet.Set;

    SerialSet.Set private _set;

    /// @notice Of two members, the greatest that is not above `most`; `lowest` when there is none
    /// above it. Members, most and lowest: any below 2^16.
    /// @custom:bounds sets of two members below 2^16
    function check_floor_of_two(uint16 a, uint16 b, uint16 most, uint16 lowest) external {
        vm.assume(lowest <= most);
        _set.insert(a);
        _set.insert(b);
        uint256 expected = lowest;
        if (a <= most && a > expected) expected = a;
        if (b <= most && b > expected) expected = b;
        assert(_set.floor(most, lowest) == expected);
    }
}

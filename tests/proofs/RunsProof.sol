// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SerialRange} from "../../contracts/interfaces/LedgerTypes.sol";
import {Runs} from "../../contracts/libraries/Runs.sol";

/// @notice Invariant 9 stands on what a movement notes: these serials, and no others, are settled at home.
contract RunsProof {
    using Runs for uint256[];

    /// @notice Whatever was noted is read back, in its order, also past the end of the first room.
    /// @custom:bounds six ranges, two more than there is room for at first; any serials and counts
    function check_noted_ranges_are_read_back(uint40[6] calldata first, uint40[6] calldata count) external pure {
        uint256[] memory list = Runs.noting();
        for (uint256 i; i < 6; ++i) list = list.noted(first[i], count[i]);
        SerialRange[] memory all = list.ranges();
        assert(all.length == 6);
        for (uint256 i; i < 6; ++i) {
            assert(all[i].first == first[i]);
            assert(all[i].count == count[i]);
        }
    }

    /// @notice A list for whoever does not ask stays empty.
    /// @custom:bounds any range
    function check_nothing_is_noted_unasked(uint40 first, uint40 count) external pure {
        assert(Runs.none().noted(first, count).length == 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SerialRange} from "../interfaces/LedgerTypes.sol";

/// @title A list of serial ranges that grows in memory
/// @notice A movement does not know beforehand how many blocks it takes, and room for the most would cost
/// more than most movements.
/// @dev The first word counts, each further one is a range: first serial (40 bits), count (40). A list
/// without words notes nothing: nobody asked.
library Runs {
    uint256 private constant ROOM = 4;

    /// @notice A list that notes.
    function noting() internal pure returns (uint256[] memory) {
        return new uint256[](1 + ROOM);
    }

    /// @notice A list for whoever does not ask.
    function none() internal pure returns (uint256[] memory list) {}

    /// @return the list with one range more; another one than before where the room was used up
    function noted(uint256[] memory list, uint256 first, uint256 count) internal pure returns (uint256[] memory) {
        if (list.length == 0) return list;
        uint256 n = list[0] + 1;
        if (n == list.length) {
            uint256[] memory larger = new uint256[](4 * n);
            for (uint256 i; i < n; ++i) larger[i] = list[i];
            list = larger;
        }
        list[n] = first | (count << 40);
        list[0] = n;
        return list;
    }

    function ranges(uint256[] memory list) internal pure returns (SerialRange[] memory all) {
        uint256 n = list[0];
        all = new SerialRange[](n);
        for (uint256 i; i < n; ++i) {
            all[i].first = uint40(list[i + 1]);
            all[i].count = uint40(list[i + 1] >> 40);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A growing set of serial numbers that can find the greatest member at or below a number
/// @notice Members are below 2^40. The set is a tree of five levels of 256-bit words: a bit of
/// level 0 is a member, a bit of level n says that the word below it is not empty. Members are
/// never removed, so a search reads at most nine words.
library SerialSet {
    struct Set {
        mapping(uint256 wordKey => uint256 bits) words;
    }

    uint256 private constant LEVELS = 5;

    function insert(Set storage set, uint256 member) internal {
        for (uint256 level; level < LEVELS; ++level) {
            uint256 key = _key(level, member >> 8);
            uint256 bits = set.words[key];
            set.words[key] = bits | (1 << (member & 0xff));
            if (bits != 0) return; // the levels above know this word already
            member >>= 8;
        }
    }

    /// @notice The greatest member that is <= `most`, or `lowest` when none is above `lowest`.
    function floor(Set storage set, uint256 most, uint256 lowest) internal view returns (uint256) {
        uint256 position = most;
        for (uint256 level; level < LEVELS; ++level) {
            uint256 bit = position & 0xff;
            uint256 mask = level == 0 ? type(uint256).max >> (255 - bit) : (1 << bit) - 1;
            uint256 bits = set.words[_key(level, position >> 8)] & mask;
            if (bits != 0) {
                uint256 found = _descend(set, level, (position & ~uint256(0xff)) | Math.log2(bits));
                return found > lowest ? found : lowest;
            }
            position >>= 8;
            // The rest of the tree lies below `lowest`: nothing there would be an answer.
            if (position <= lowest >> (8 * (level + 1))) return lowest;
        }
        return lowest;
    }

    function _descend(Set storage set, uint256 level, uint256 position) private view returns (uint256) {
        while (level > 0) {
            --level;
            position = (position << 8) | Math.log2(set.words[_key(level, position)]);
        }
        return position;
    }

    function _key(uint256 level, uint256 index) private pure returns (uint256) {
        return (level << 64) | index;
    }
}

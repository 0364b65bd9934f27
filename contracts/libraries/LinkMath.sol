// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Integer arithmetic of links
/// @notice The rate is numerator / denominator destination units per source unit. Quantities are
/// below 2^40 and rate parts below 2^64, so no product overflows. `linking/rates.py` is the same,
/// integer for integer.
library LinkMath {
    /// @notice Destination units for `source` units: floor(source x rate).
    function convertDown(uint256 source, uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return (source * numerator) / denominator;
    }

    /// @notice The least source quantity that yields `destination`: ceil(destination / rate).
    function leastSource(uint256 destination, uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return ceilDiv(destination * denominator, numerator);
    }

    /// @notice The source units [low, high) of a lot that overlap its foreign units [from, to).
    /// @param sourceCount source units of the lot; the last one may reach past the last foreign unit
    function twinsAtSource(
        uint256 from,
        uint256 to,
        uint256 sourceCount,
        uint256 numerator,
        uint256 denominator
    ) internal pure returns (uint256 low, uint256 high) {
        low = (from * denominator) / numerator;
        high = ceilDiv(to * denominator, numerator);
        if (high > sourceCount) high = sourceCount;
    }

    /// @notice The foreign units [low, high) of a lot that overlap its source unit `i`.
    function twinsAbroad(
        uint256 i,
        uint256 foreignCount,
        uint256 numerator,
        uint256 denominator
    ) internal pure returns (uint256 low, uint256 high) {
        low = (i * numerator) / denominator;
        high = ceilDiv((i + 1) * numerator, denominator);
        if (high > foreignCount) high = foreignCount;
    }

    function ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {
        return a == 0 ? 0 : (a - 1) / b + 1;
    }
}

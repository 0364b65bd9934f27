// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LinkMath} from "../../contracts/libraries/LinkMath.sol";
import {vm} from "./Vm.sol";

/// @notice Invariants 7 and 9, the arithmetic: what crosses a link, and which unit is whose twin.
contract RoundingProof {
    /// @notice 7: what arrives is the floor of the exact product.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_converted_is_the_floor(uint40 source, uint64 n, uint64 d) external pure {
        vm.assume(d != 0);
        uint256 received = LinkMath.convertDown(source, n, d);
        uint256 exact = uint256(source) * n;
        assert(received * d <= exact);
        assert(exact < (received + 1) * d);
    }

    /// @notice 7: what is taken yields what arrives, and one unit less would not.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_taken_is_the_least(uint40 received, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0 && received != 0);
        uint256 least = LinkMath.leastSource(received, n, d);
        assert(least != 0);
        assert(least * n >= uint256(received) * d);
        assert((least - 1) * n < uint256(received) * d);
    }

    /// @notice 7: no more is taken than was offered.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_taken_is_no_more_than_offered(uint40 source, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0);
        uint256 received = LinkMath.convertDown(source, n, d);
        assert(LinkMath.leastSource(received, n, d) <= source);
    }

    /// @notice 7: what is taken yields exactly what arrives.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_round_trip(uint40 source, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0);
        uint256 received = LinkMath.convertDown(source, n, d);
        uint256 least = LinkMath.leastSource(received, n, d);
        assert(LinkMath.convertDown(least, n, d) == received);
    }

    /// @notice 7: what is taken covers what arrives, and the lot's numbers fit their forty bits.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_lot_is_covered(uint40 source, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0);
        uint256 received = LinkMath.convertDown(source, n, d);
        uint256 least = LinkMath.leastSource(received, n, d);
        assert(received * d <= least * n);
        assert(least <= type(uint40).max);
    }

    /// @notice 7: at no rate does a crossing and its way back make a unit, in whatever parts it is
    /// returned: the least source of two parts of a lot is no less than that of the whole.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_parts_need_no_less_than_the_whole(uint40 one, uint40 other, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0 && one != 0 && other != 0);
        uint256 parts = LinkMath.leastSource(one, n, d) + LinkMath.leastSource(other, n, d);
        assert(LinkMath.leastSource(uint256(one) + other, n, d) <= parts);
    }

    /// @notice 9: the source's side names as twins exactly the units that overlap.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_twins_at_source_overlap(uint40 i, uint40 j, uint40 sourceCount, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0 && i < sourceCount);
        (uint256 low, uint256 high) = LinkMath.twinsAtSource(j, uint256(j) + 1, sourceCount, n, d);
        bool begins = uint256(j) * d < (uint256(i) + 1) * n; // before unit i ends
        bool ends = (uint256(j) + 1) * d > uint256(i) * n; // after unit i begins
        assert((low <= i) == begins);
        assert((i < high) == ends);
    }

    /// @notice 9: the destination's side names as twins exactly the units that overlap.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_twins_abroad_overlap(uint40 i, uint40 j, uint40 foreignCount, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0 && j < foreignCount);
        (uint256 low, uint256 high) = LinkMath.twinsAbroad(i, foreignCount, n, d);
        bool begins = uint256(j) * d < (uint256(i) + 1) * n;
        bool ends = (uint256(j) + 1) * d > uint256(i) * n;
        assert((j < high) == begins);
        assert((low <= j) == ends);
    }

    /// @notice 7 and 9: every foreign range of a lot has twins, all of the lot, and they cover it.
    /// @custom:bounds quantities below 2^40, rate parts below 2^64: all that the ledger can hold
    function check_twins_cover_a_range(uint40 foreignCount, uint40 from, uint40 to, uint64 n, uint64 d) external pure {
        vm.assume(n != 0 && d != 0 && from < to && to <= foreignCount);
        uint256 sourceCount = LinkMath.leastSource(foreignCount, n, d);
        (uint256 low, uint256 high) = LinkMath.twinsAtSource(from, to, sourceCount, n, d);
        assert(low < high);
        assert(high <= sourceCount);
        assert(uint256(to) * d <= high * n);
        assert(low * n <= uint256(from) * d);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LinkGateway} from "../../contracts/LinkGateway.sol";
import {ClassTotals} from "../../contracts/interfaces/LedgerTypes.sol";
import {vm} from "./Vm.sol";

/// @notice A registry that knows one thing: the cap of its class.
contract CapOnly {
    uint40 private _cap;

    function set(uint40 cap) external {
        _cap = cap;
    }

    function totalsOf(uint256) external view returns (ClassTotals memory totals) {
        totals.cap = _cap;
    }
}

/// @notice Invariant 8: the gateway's own meter, on the gateway's own code.
contract QuotaProof is LinkGateway {
    uint32 private immutable LINK = 2;

    /// @notice 8: an import that passes leaves the meter at its sum, within the quota; one is refused
    /// only when the sum would be more.
    /// @custom:bounds quota, meter, times below 2^40, period lengths below 2^32: all that the ledger can hold
    function check_import_keeps_to_the_quota(
        uint40 quota,
        uint40 start,
        uint32 length,
        uint40 before,
        uint40 received,
        uint40 now_
    ) external {
        Terms memory terms = _termsOf(quota, start, length);
        uint40 period = _periodStart(terms, block.timestamp);
        vm.assume(block.timestamp == now_);
        Link memory link;
        if (before != 0) _useQuota(LINK, link, terms, before);
        assert(before <= quota);
        bool fits = uint256(before) + received <= quota;
        try this.useQuota(LINK, terms, received) {
            assert(fits);
            assert(quotaUsed(LINK, period) == before + received);
        } catch {
            assert(!fits);
            assert(quotaUsed(LINK, period) == before);
        }
    }

    /// @notice 8: an import moves the meter of its own link and period and no other.
    /// @custom:bounds quota, meter, times below 2^40, period lengths below 2^32: all that the ledger can hold
    function check_import_moves_one_meter(
        uint40 quota,
        uint40 start,
        uint32 length,
        uint40 received,
        uint40 period,
        uint32 link,
        uint40 now_
    ) external {
        Terms memory terms = _termsOf(quota, start, length);
        vm.assume(block.timestamp == now_);
        vm.assume(link != LINK || period != _periodStart(terms, block.timestamp));
        Link memory none;
        _useQuota(LINK, none, terms, received);
        assert(quotaUsed(link, period) == 0);
    }

    /// @notice 8: units that come home lower the meter by their number, or to zero; gross terms
    /// leave it alone.
    /// @custom:bounds quota, meter, times below 2^40, period lengths below 2^32: all that the ledger can hold
    function check_return_never_raises_the_meter(
        uint40 quota,
        uint40 before,
        uint40 returned,
        bool net,
        uint40 now_
    ) external {
        Terms memory terms = _termsOf(quota, 0, 1 << 31);
        vm.assume(block.timestamp == now_);
        terms.net = net;
        _terms[LINK] = terms;
        Link memory link;
        _useQuota(LINK, link, terms, before);
        _giveQuotaBack(LINK, returned);
        uint40 left = returned < before ? before - returned : 0;
        assert(quotaUsed(LINK, _periodStart(terms, block.timestamp)) == (net ? left : before));
    }

    /// @notice 8: a quota that is a share of a cap is that share, rounded down, and never above the cap.
    /// @custom:bounds quota, meter, times below 2^40, period lengths below 2^32: all that the ledger can hold
    function check_share_of_a_cap(uint40 cap, uint16 share) external {
        vm.assume(share != 0 && share <= 10_000); // as terms must be
        Terms memory terms;
        terms.quotaShare = share;
        Link memory link;
        CapOnly registry = new CapOnly();
        registry.set(cap);
        link.destination = address(registry);
        uint256 quota = _quotaOf(link, terms);
        assert(quota <= cap);
        assert(quota * 10_000 <= uint256(cap) * share);
        assert(uint256(cap) * share < (quota + 1) * 10_000);
    }

    /// @notice 8: every time from the first period on is in the period that is said to hold it.
    /// @custom:bounds quota, meter, times below 2^40, period lengths below 2^32: all that the ledger can hold
    function check_period_holds_its_time(uint40 start, uint32 length, uint40 time) external pure {
        vm.assume(length != 0 && start <= time); // as terms must be, and open
        Terms memory terms;
        terms.periodStart = start;
        terms.periodLength = length;
        uint256 from = _periodStart(terms, time);
        assert(from >= start);
        assert(from <= time);
        assert(time < from + length);
    }

    function useQuota(uint32 linkId, Terms memory terms, uint256 received) external {
        Link memory link;
        _useQuota(linkId, link, terms, received);
    }

    function _termsOf(uint40 quota, uint40 start, uint32 length) private pure returns (Terms memory terms) {
        vm.assume(length != 0);
        terms.quota = quota;
        terms.periodStart = start;
        terms.periodLength = length;
    }
}

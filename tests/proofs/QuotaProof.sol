// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILinkAgreements} from "../../contracts/interfaces/ILinkAgreements.sol";
import {ClassId, ClassTotals, LinkId} from "../../contracts/interfaces/LedgerTypes.sol";
import {LinkGateway} from "../../contracts/links/LinkGateway.sol";
import {vm} from "./Vm.sol";

/// @notice A registry that knows one thing: the cap of its class.
contract CapOnly {
    uint40 private _cap;

    function set(uint40 cap) external {
        _cap = cap;
    }

    function totalsOf(ClassId) external view returns (ClassTotals memory totals) {
        totals.cap = _cap;
    }
}

/// @notice Invariant 8: the gateway's own meter, on the gateway's own code.
contract QuotaProof is LinkGateway {
    LinkId private immutable LINK = LinkId.wrap(2);
    uint32 private immutable OLD = 1; // numbers of drafts
    uint32 private immutable NEW = 2;

    constructor() LinkGateway(address(1)) {}

    /// @notice 8: an import that passes leaves the meter at its sum, within the quota; one is refused
    /// only when the sum would be more.
    /// @custom:bounds any quota, period, meter and time below 2^40: all that the ledger can hold
    function check_import_keeps_to_the_quota(uint40 quota, uint40 before, uint40 received, uint40 end, uint40 now_) external {
        vm.assume(now_ <= end && block.timestamp == now_);
        _period(OLD, 0, end);
        _drafts[LINK][OLD].quota = quota;
        _meters[LINK] = ILinkAgreements.Meter(before, 0, end);
        bool fits = uint256(before) + received <= quota;
        try this.useQuota(received) {
            assert(fits);
            assert(_meters[LINK].used == before + received);
            assert(_meters[LINK].used <= quota);
        } catch {
            assert(!fits);
            assert(_meters[LINK].used == before);
        }
    }

    /// @notice 8: an import moves the meter of its own link and no other.
    /// @custom:bounds any quota, period, meter and time below 2^40, any other link
    function check_import_moves_one_meter(uint40 quota, uint40 received, uint32 other, uint40 used, uint40 end) external {
        vm.assume(other != LinkId.unwrap(LINK) && block.timestamp <= end);
        _period(OLD, 0, end);
        _drafts[LINK][OLD].quota = quota;
        _meters[LinkId.wrap(other)] = ILinkAgreements.Meter(used, 0, end);
        _useQuota(LINK, address(0), _drafts[LINK][OLD], received);
        assert(_meters[LinkId.wrap(other)].used == used);
        assert(_meters[LinkId.wrap(other)].periodEnd == end);
    }

    /// @notice 8: units that come home lower the meter by their number, or to zero; gross terms
    /// leave it alone.
    /// @custom:bounds any period, meter and time below 2^40
    function check_return_never_raises_the_meter(uint40 before, uint40 returned, bool net, uint40 end) external {
        vm.assume(block.timestamp <= end);
        _period(OLD, 0, end);
        _drafts[LINK][OLD].net = net;
        _links[LINK].inForce = OLD;
        _meters[LINK] = ILinkAgreements.Meter(before, 0, end);
        _giveQuotaBack(LINK, returned);
        uint40 left = returned < before ? before - returned : 0;
        assert(_meters[LINK].used == (net ? left : before));
    }

    /// @notice 8: a quota that is a share of a cap is that share, rounded down, and never above the cap.
    /// @custom:bounds every cap below 2^40 and every share up to 10,000 basis points
    function check_share_of_a_cap(uint40 cap, uint16 share) external {
        vm.assume(share != 0 && share <= 10_000); // as terms must be
        CapOnly registry = new CapOnly();
        registry.set(cap);
        _drafts[LINK][OLD].quotaShare = share;
        uint256 quota = _quotaOf(address(registry), _drafts[LINK][OLD]);
        assert(quota <= cap);
        assert(quota * 10_000 <= uint256(cap) * share);
        assert(uint256(cap) * share < (quota + 1) * 10_000);
    }

    /// @notice 8: every time from the first day on to the last is in the period that is said to hold it.
    /// @custom:bounds three periods, as terms must have them; every time below 2^40
    function check_period_holds_its_time(uint40 from, uint40 first, uint40 second, uint40 last, uint40 time) external {
        _threePeriods(from, first, second, last);
        vm.assume(from <= time && time <= last);
        (uint40 start, uint40 end) = _periodAt(_drafts[LINK][OLD], time);
        assert(start <= time && time <= end);
    }

    /// @notice 8: two times have the same period, or periods that do not overlap: no second belongs to two quotas.
    /// @custom:bounds three periods, as terms must have them; all pairs of times below 2^40
    function check_periods_never_overlap(
        uint40 from,
        uint40 first,
        uint40 second,
        uint40 last,
        uint40 one,
        uint40 other
    ) external {
        _threePeriods(from, first, second, last);
        vm.assume(one < other);
        (uint40 start, uint40 end) = _periodAt(_drafts[LINK][OLD], one);
        (uint40 start_, uint40 end_) = _periodAt(_drafts[LINK][OLD], other);
        assert((start == start_ && end == end_) || end < start_);
    }

    /// @notice 8: inside its period a meter shows what was used; once its terms have a later period, zero.
    /// @custom:bounds two periods; every meter in one of them, every later time below 2^40
    function check_meter_begins_anew_with_its_period(
        uint40 first,
        uint40 last,
        uint40 used,
        bool second,
        uint40 time
    ) external {
        vm.assume(first < last);
        _period(OLD, 0, first);
        _drafts[LINK][OLD].periods.push(last);
        ILinkAgreements.Meter memory meter = second
            ? ILinkAgreements.Meter(used, first + 1, last)
            : ILinkAgreements.Meter(used, 0, first);
        vm.assume(time >= meter.periodStart);
        ILinkAgreements.Meter memory shown = _meterAt(meter, _drafts[LINK][OLD], time);
        bool over = !second && time > first;
        assert(shown.used == (over ? 0 : used));
        assert(shown.periodEnd == (over ? last : meter.periodEnd));
    }

    /// @notice 8: an amendment gives nobody a fresh quota: what was used in the period counts on, unless the
    /// terms say otherwise or their period begins after the one that it was used in.
    /// @custom:bounds one period before and two after, at any times below 2^40 in any order; any meter
    function check_meter_is_carried_over(
        uint40 end,
        uint40 used,
        uint40 from,
        uint40 first,
        uint40 last,
        bool fresh,
        uint40 since
    ) external {
        _amend(end, used, from, first, last, fresh, since);
        ILinkAgreements.Meter memory meter = _carried(LINK, _drafts[LINK][OLD], _drafts[LINK][NEW], since);
        assert(meter.used == (fresh || meter.periodStart > end ? 0 : used));
        if (from <= since && since <= last) assert(meter.periodStart <= since && since <= meter.periodEnd);
    }

    /// @notice 8: over an amendment in the middle of a period, all that is imported in it is within the later quota:
    /// the terms never add up to more than they say.
    /// @custom:bounds one period before and two after, of which one begins in the period before; any quota, meter, import and time below 2^40
    function check_amended_quota_counts_what_was_used(
        uint40 end,
        uint40 used,
        uint40 from,
        uint40 first,
        uint40 last,
        uint40 quota,
        uint40 received
    ) external {
        uint40 since = uint40(block.timestamp);
        vm.assume(block.timestamp < 1 << 40 && since <= end && from <= since && since <= first);
        _amend(end, used, from, first, last, false, since);
        _drafts[LINK][NEW].quota = quota;
        _links[LINK].inForce = OLD;
        _bringIntoForce(LINK, NEW, since, address(1));
        _useQuota(LINK, address(0), _drafts[LINK][NEW], received);
        assert(_meters[LINK].used == used + received);
        assert(uint256(used) + received <= quota);
    }

    function useQuota(uint256 received) external {
        _useQuota(LINK, address(0), _drafts[LINK][OLD], received);
    }

    /// @dev Terms with one period.
    function _period(uint32 draft, uint40 from, uint40 end) private {
        ILinkAgreements.Terms storage terms = _drafts[LINK][draft];
        terms.rateNumerator = 1;
        terms.validFrom = from;
        terms.validUntil = end;
        terms.periods.push(end);
    }

    function _threePeriods(uint40 from, uint40 first, uint40 second, uint40 last) private {
        vm.assume(from <= first && first < second && second < last); // as `_requirePeriods` asks
        _period(OLD, from, first);
        _drafts[LINK][OLD].periods.push(second);
        _drafts[LINK][OLD].periods.push(last);
    }

    /// @dev Terms with one period, in which the meter stands, and others with two.
    function _amend(
        uint40 end,
        uint40 used,
        uint40 from,
        uint40 first,
        uint40 last,
        bool fresh,
        uint40 since
    ) private {
        vm.assume(from <= first && first < last && since <= end);
        _period(OLD, 0, end);
        _period(NEW, from, first);
        _drafts[LINK][NEW].periods.push(last);
        _drafts[LINK][NEW].freshMeter = fresh;
        _meters[LINK] = ILinkAgreements.Meter(used, 0, end);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IComplianceDesk} from "./interfaces/IComplianceDesk.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";
import {AccountKind, BlockRef, ClassSpec, Marks, SerialRange, UnitState, UnitType} from "./interfaces/LedgerTypes.sol";

/// @dev See IComplianceDesk.
contract ComplianceDesk is IComplianceDesk, AccessManaged {
    /// @dev A year has at most this many limits, so that a surrender's loops end.
    uint256 private constant MOST_LIMITS = 8;

    IUnitRegistry public immutable REGISTRY;

    mapping(uint16 year => Year) private _years;
    mapping(uint16 year => Limit[]) private _limits;
    mapping(uint16 year => mapping(bytes32 category => bool)) private _excluded;
    mapping(uint16 year => bool) private _inUse;
    mapping(address account => mapping(uint16 year => Obligation)) private _obligations;
    mapping(address account => mapping(uint16 year => mapping(uint256 limit => uint256))) private _counted;
    mapping(address account => mapping(uint16 year => uint32)) private _planVersions;
    mapping(uint256 classId => mapping(uint40 first => uint16 year)) private _surrenderedFor;

    constructor(address authority_, IUnitRegistry registry) AccessManaged(authority_) {
        REGISTRY = registry;
    }

    // ---- the rules of a year --------------------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function defineYear(uint16 year, Year calldata rules, Limit[] calldata limits) external restricted {
        if (_years[year].closed) revert YearClosed(year);
        if (_inUse[year]) revert YearInUse(year);
        if (year == 0 || rules.deadline == 0 || rules.closed || limits.length > MOST_LIMITS) {
            revert YearRulesInvalid(year);
        }
        _years[year] = rules;
        delete _limits[year];
        for (uint256 i; i < limits.length; ++i) {
            Limit calldata limit = limits[i];
            if (limit.basisPoints > 10_000) revert YearRulesInvalid(year);
            // A share of another limit's count needs that other limit to be counted before it.
            if (limit.base == Base.COUNTED && limit.parent >= i) revert YearRulesInvalid(year);
            _limits[year].push(limit);
        }
        emit YearDefined(year, rules);
        emit LimitsDefined(year, limits);
    }

    /// @inheritdoc IComplianceDesk
    function moveDeadline(uint16 year, uint40 deadline) external restricted {
        _open(year);
        if (deadline == 0) revert YearRulesInvalid(year);
        _years[year].deadline = deadline;
        emit DeadlineMoved(year, deadline);
    }

    /// @inheritdoc IComplianceDesk
    function excludeCategory(uint16 year, bytes32 category) external restricted {
        _open(year);
        _excluded[year][category] = true;
        emit CategoryExcluded(year, category);
    }

    // ---- emissions ------------------------------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function filePlan(address account, uint16 year, bytes32 plan) external {
        REGISTRY.checkHolder(account, msg.sender);
        emit MonitoringPlanFiled(account, year, plan, ++_planVersions[account][year]);
    }

    /// @inheritdoc IComplianceDesk
    function attest(address account, uint16 year, uint40 emissions, bytes32 report) external restricted {
        _open(year);
        Obligation storage o = _obligations[account][year];
        if (o.state != EmissionsState.NONE && o.state != EmissionsState.ATTESTED) {
            revert EmissionsStateIs(account, year, o.state);
        }
        o.state = EmissionsState.ATTESTED;
        o.emissions = emissions;
        o.verifier = msg.sender;
        o.report = report;
        emit EmissionsAttested(account, year, emissions, report, msg.sender);
    }

    /// @inheritdoc IComplianceDesk
    function dispute(address account, uint16 year, bytes32 objection) external {
        REGISTRY.checkHolder(account, msg.sender);
        Obligation storage o = _obligations[account][year];
        if (o.state != EmissionsState.ATTESTED) revert EmissionsStateIs(account, year, o.state);
        o.state = EmissionsState.DISPUTED;
        emit EmissionsDisputed(account, year, objection);
    }

    /// @inheritdoc IComplianceDesk
    function confirm(address account, uint16 year, uint40 emissions, bytes32 decision) external restricted {
        Obligation storage o = _obligations[account][year];
        // As it was attested: only a dispute can change it, and a dispute takes two people to decide.
        if (o.state != EmissionsState.ATTESTED || emissions != o.emissions) {
            revert EmissionsStateIs(account, year, o.state);
        }
        if (msg.sender == o.verifier) revert SamePerson(account, year, msg.sender);
        _decide(account, year, emissions, EmissionsState.CONFIRMED, decision);
    }

    /// @inheritdoc IComplianceDesk
    function assign(address account, uint16 year, uint40 emissions, bytes32 decision) external restricted {
        EmissionsState state = _obligations[account][year].state;
        bool disputed = state == EmissionsState.DISPUTED;
        if (!disputed && state != EmissionsState.NONE) revert EmissionsStateIs(account, year, state);
        _decide(account, year, emissions, disputed ? EmissionsState.CONFIRMED : EmissionsState.ASSIGNED, decision);
    }

    // ---- allocation, surrender, results ---------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function countAllocation(address account, uint16 year, uint40 quantity, bool given) external restricted {
        Obligation storage o = _obligations[account][year];
        if (given && o.initial == 0) o.initial = quantity;
        o.issued = given ? o.issued + quantity : o.issued - quantity;
        if (o.issued == 0) o.initial = 0; // all of it was a mistake
        emit AllocationCounted(account, year, o.initial, o.issued);
    }

    /// @inheritdoc IComplianceDesk
    function surrender(
        address account,
        uint16 year,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external {
        REGISTRY.checkHolder(account, msg.sender);
        if (REGISTRY.accountOf(account).kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        Year memory rules = _open(year);
        if (block.timestamp > rules.deadline) revert DeadlinePassed(year, rules.deadline);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        bool banked = _requireEligible(classId, year, rules);
        _count(account, year, classId, quantity, o);
        _inUse[year] = true;
        o.surrendered += quantity;
        emit Surrendered(account, year, classId, quantity, o.surrendered);
        SerialRange[] memory taken = _order(TransactionTypes.SURRENDER, account, year, classId, quantity, refs);
        for (uint256 i; i < taken.length; ++i) _surrenderedFor[classId][taken[i].first] = year;
        if (banked && rules.banking == Banking.TRADED) _requireTraded(classId, taken);
    }

    /// @inheritdoc IComplianceDesk
    function reverseSurrender(
        address account,
        uint16 year,
        uint256 classId,
        BlockRef[] calldata refs
    ) external restricted {
        Year memory rules = _open(year);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        uint40 quantity;
        for (uint256 i; i < refs.length; ++i) {
            (address owner, uint40 count, uint40 since, UnitState state) = REGISTRY.blockAt(classId, refs[i].block_);
            bool here = owner == account && _surrenderedFor[classId][refs[i].block_] == year;
            if (!here || state != UnitState.SURRENDERED) {
                revert UnitsNotSurrendered(account, classId, refs[i].block_);
            }
            uint256 behind = uint256(refs[i].first) + refs[i].count; // what remains behind the cut, if any
            if (behind < uint256(refs[i].block_) + count) _surrenderedFor[classId][uint40(behind)] = year;
            uint40 until = since + rules.reversalWindow;
            if (block.timestamp > until) revert WindowPassed(until);
            quantity += refs[i].count;
        }
        o.surrendered -= quantity;
        _uncount(account, year, classId, quantity);
        emit Surrendered(account, year, classId, 0, o.surrendered);
        _order(TransactionTypes.REVERSAL_OF_SURRENDER, account, year, classId, quantity, refs);
    }

    /// @inheritdoc IComplianceDesk
    function settleYear(address account, uint16 year) external returns (uint40 shortfall) {
        Year memory rules = _known(year); // closed or not: published results do not forgive a debt
        if (block.timestamp <= rules.deadline) revert DeadlineNotPassed(year, rules.deadline);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        if (o.state != EmissionsState.CONFIRMED && o.state != EmissionsState.ASSIGNED) {
            revert EmissionsStateIs(account, year, o.state);
        }
        Obligation memory before = _obligations[account][year - 1];
        if (!before.settled && (before.state != EmissionsState.NONE || before.debt != 0)) {
            revert YearBeforeOpen(account, year - 1);
        }
        shortfall = owed(account, year);
        o.settled = true;
        uint40 deduction = shortfall * rules.deductionMultiple;
        emit YearSettled(account, year, o.emissions + o.debt, o.surrendered, deduction);
        if (deduction != 0) _addDebt(account, year + 1, deduction, bytes32(uint256(year)));
    }

    /// @inheritdoc IComplianceDesk
    function addDebt(address account, uint16 year, uint40 quantity, bytes32 reason) external restricted {
        if (_obligations[account][year].settled) revert AlreadySettled(account, year);
        _addDebt(account, year, quantity, reason);
    }

    /// @inheritdoc IComplianceDesk
    function publish(uint16 year, bytes32 results) external restricted {
        Year memory rules = _open(year);
        if (block.timestamp <= rules.deadline) revert DeadlineNotPassed(year, rules.deadline);
        _years[year].closed = true;
        emit YearPublished(year, results);
    }

    /// @inheritdoc IComplianceDesk
    function recordSanction(address account, uint16 year, bytes32 decision) external restricted {
        emit SanctionRecorded(account, year, decision);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function yearOf(uint16 year) external view returns (Year memory, Limit[] memory) {
        return (_years[year], _limits[year]);
    }

    /// @inheritdoc IComplianceDesk
    function obligationOf(address account, uint16 year) external view returns (Obligation memory) {
        return _obligations[account][year];
    }

    /// @inheritdoc IComplianceDesk
    function owed(address account, uint16 year) public view returns (uint40) {
        Obligation memory o = _obligations[account][year];
        uint40 obligation = uint40(_confirmed(o)) + o.debt;
        return obligation > o.surrendered ? obligation - o.surrendered : 0;
    }

    /// @inheritdoc IComplianceDesk
    function limitUse(address account, uint16 year, uint256 i) external view returns (uint256, uint256) {
        Limit memory limit = _limits[year][i];
        return (_counted[account][year][i], _most(account, year, limit, _obligations[account][year]));
    }

    // ---- how limits work ------------------------------------------------------------------

    /// @dev Vintages: credits not older than the year accepts; nothing younger (no borrowing) unless
    /// the year says so. Categories: not the excluded ones.
    /// @return banked whether they are the programme's own allowances of an earlier vintage
    function _requireEligible(uint256 classId, uint16 year, Year memory rules) private view returns (bool banked) {
        ClassSpec memory spec = REGISTRY.classOf(classId);
        banked = spec.unitType == UnitType.ALLOWANCE && spec.vintage < year;
        bool tooOld = banked
            ? rules.banking == Banking.NONE
            : spec.unitType != UnitType.ALLOWANCE && spec.vintage < rules.firstVintage;
        if (tooOld || spec.vintage > rules.lastVintage) revert VintageNotAccepted(classId, spec.vintage, year);
        if (spec.category != 0 && _excluded[year][spec.category]) {
            revert CategoryNotAccepted(classId, spec.category, year);
        }
    }

    /// @dev Hubei: a unit that was never traded does not outlive its year (R-BB-02).
    function _requireTraded(uint256 classId, SerialRange[] memory taken) private view {
        for (uint256 i; i < taken.length; ++i) {
            uint256 marks = REGISTRY.marksAt(classId, taken[i].first);
            if (marks & Marks.TRADED == 0) revert BlockNotTraded(classId, taken[i].first);
        }
    }

    function _count(address account, uint16 year, uint256 classId, uint256 quantity, Obligation memory o) private {
        ClassSpec memory spec = REGISTRY.classOf(classId);
        Limit[] memory limits = _limits[year];
        for (uint256 i; i < limits.length; ++i) {
            if (!_applies(limits[i], spec)) continue;
            _counted[account][year][i] += quantity;
            _requireWithin(account, year, i, limits[i], o);
        }
    }

    function _requireWithin(
        address account,
        uint16 year,
        uint256 i,
        Limit memory limit,
        Obligation memory o
    ) private view {
        uint256 counted = _counted[account][year][i];
        uint256 most = _most(account, year, limit, o);
        if (counted > most) revert SurrenderLimitExceeded(account, year, i, counted, most);
    }

    function _uncount(address account, uint16 year, uint256 classId, uint256 quantity) private {
        ClassSpec memory spec = REGISTRY.classOf(classId);
        Limit[] memory limits = _limits[year];
        for (uint256 i; i < limits.length; ++i) {
            if (_applies(limits[i], spec)) _counted[account][year][i] -= quantity;
        }
        // A share of what another limit counted became less with it.
        Obligation memory o = _obligations[account][year];
        for (uint256 i; i < limits.length; ++i) {
            if (limits[i].base == Base.COUNTED) _requireWithin(account, year, i, limits[i], o);
        }
    }

    function _order(
        uint16 transactionType,
        address account,
        uint16 year,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory) {
        return REGISTRY.order(IUnitRegistry.Order(transactionType, year, classId, account, account, quantity, 0), refs);
    }

    function _applies(Limit memory limit, ClassSpec memory spec) private pure returns (bool) {
        if (limit.unitTypes & (1 << uint8(spec.unitType)) == 0) return false;
        if (limit.category != 0 && limit.category != spec.category) return false;
        if (limit.region == 0) return true;
        return (limit.region == spec.region) != limit.outside;
    }

    /// @dev Rounded down: a limit is never exceeded by a fraction.
    function _most(address account, uint16 year, Limit memory limit, Obligation memory o) private view returns (uint256) {
        uint256 base = limit.amount;
        if (limit.base == Base.ABSOLUTE) return base;
        if (limit.base == Base.VERIFIED) base = _confirmed(o);
        else if (limit.base == Base.ISSUED) base = o.issued;
        else if (limit.base == Base.INITIAL) base = o.initial;
        else if (limit.base == Base.OBLIGATION) base = _confirmed(o) + o.debt;
        else base = _counted[account][year][limit.parent];
        return (base * limit.basisPoints) / 10_000;
    }

    /// @dev An attested figure owes nothing and carries no limit until the authority has spoken.
    function _confirmed(Obligation memory o) private pure returns (uint256) {
        bool decided = o.state == EmissionsState.CONFIRMED || o.state == EmissionsState.ASSIGNED;
        return decided ? o.emissions : 0;
    }

    function _decide(
        address account,
        uint16 year,
        uint40 emissions,
        EmissionsState state,
        bytes32 decision
    ) private {
        _known(year); // a figure that is in dispute when the results appear is still to be decided
        Obligation storage o = _obligations[account][year];
        o.state = state;
        o.emissions = emissions;
        emit EmissionsConfirmed(account, year, emissions, state, decision);
    }

    function _addDebt(address account, uint16 year, uint40 quantity, bytes32 reason) private {
        Obligation storage o = _obligations[account][year];
        o.debt += quantity;
        emit DebtChanged(account, year, o.debt, reason);
    }

    function _open(uint16 year) private view returns (Year memory rules) {
        rules = _known(year);
        if (rules.closed) revert YearClosed(year);
    }

    function _known(uint16 year) private view returns (Year memory rules) {
        rules = _years[year];
        if (rules.deadline == 0) revert YearUnknown(year);
    }
}

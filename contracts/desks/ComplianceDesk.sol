// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IComplianceDesk} from "../interfaces/IComplianceDesk.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountKind, AccountStatus, Attribute, BlockRef, ClassId, ClassSpec, Condition, ListLength, Marks, NotOperatorAccount, ProvinceIs, SerialRange, UnitState, UnitType, WindowPassed} from "../interfaces/LedgerTypes.sol";
import {Attributes} from "../libraries/Attributes.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {Desk} from "./Desk.sol";

/// @dev See IComplianceDesk.
contract ComplianceDesk is IComplianceDesk, Desk {
    /// @dev A year has at most this many limits and exclusions, so that a surrender's loops end.
    uint256 private constant MAX_LIMITS = 8;
    uint256 private constant MAX_EXCLUSIONS = 16;
    uint256 private constant MAX_FIGURES = 256;
    /// @dev More than any class has units; so no chain of shortfalls overflows an obligation.
    uint256 private constant MAX_DEDUCTION = type(uint56).max;
    /// @dev So many years back an operator's open years are looked for.
    uint256 private constant MAX_YEARS_BACK = 32;

    mapping(uint16 year => Year) private _years;
    mapping(uint16 year => Limit[]) private _limits;
    mapping(uint16 year => Condition[][]) private _exclusions;
    mapping(uint16 year => bool) private _inUse;
    mapping(address account => mapping(uint16 year => Obligation)) private _obligations;
    // By account (zero: all of them together) and value of the attribute that is counted apart.
    mapping(uint16 year => mapping(uint256 limit => mapping(address => mapping(bytes32 => uint256)))) private _counted;
    mapping(address account => mapping(uint16 year => uint32)) private _planVersions;
    mapping(ClassId classId => mapping(uint40 first => uint16 year)) private _surrenderedFor;
    mapping(uint16 year => uint16) private _yearAfter;

    // ---- the rules of a year --------------------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function defineYear(uint16 year, Year calldata rules, Limit[] calldata limits) external restricted {
        if (_years[year].closed) revert YearClosed(year);
        if (_inUse[year]) revert YearInUse(year);
        bool follows = rules.before < year && (rules.before == 0 || _years[rules.before].deadline != 0);
        if (rules.deadline == 0 || rules.closed || !follows || limits.length > MAX_LIMITS) {
            revert YearRulesInvalid(year);
        }
        _follow(year, rules.before);
        _years[year] = rules;
        delete _limits[year];
        for (uint256 i; i < limits.length; ++i) {
            if (!_isSound(limits, i)) revert YearRulesInvalid(year);
            _limits[year].push(limits[i]);
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
    function excludeClasses(uint16 year, Condition[] calldata conditions) external restricted {
        _open(year);
        bool room = _exclusions[year].length < MAX_EXCLUSIONS;
        if (!room || conditions.length == 0 || !Attributes.areSound(conditions)) revert ExclusionInvalid(year);
        Condition[] storage excluded = _exclusions[year].push();
        for (uint256 i; i < conditions.length; ++i) excluded.push(conditions[i]);
        emit ClassesExcluded(year, conditions);
    }

    // ---- emissions ------------------------------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function filePlan(address account, uint16 year, bytes32 plan) external {
        _registry.checkHolder(account, msg.sender);
        if (_registry.accountOf(account).status == AccountStatus.NONE) revert IAccountRegister.AccountUnknown(account);
        emit MonitoringPlanFiled(account, year, plan, ++_planVersions[account][year]);
    }

    /// @inheritdoc IComplianceDesk
    function attest(address account, uint16 year, uint40 emissions, bytes32 report) external restricted {
        if (_registry.accountOf(account).kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        if (msg.sender == account) revert SamePerson(account, year, msg.sender);
        Obligation storage o = _obligations[account][year];
        if (_known(year).closed && o.orderedUntil == 0) revert YearClosed(year);
        _requireUndecided(account, year, o);
        _requireInOrder(account, year);
        o.state = EmissionsState.ATTESTED;
        o.emissions = emissions;
        o.verifier = msg.sender;
        o.attestedAt = uint40(block.timestamp);
        o.orderedUntil = 0; // what was ordered is done; if it is false again, it is ordered again
        o.report = report;
        emit EmissionsAttested(account, year, emissions, report, msg.sender);
    }

    /// @inheritdoc IComplianceDesk
    function dispute(address account, uint16 year, bytes32 objection) external {
        _registry.checkHolder(account, msg.sender);
        Obligation storage o = _obligations[account][year];
        if (o.state != EmissionsState.ATTESTED) revert EmissionsStateIs(account, year, o.state);
        o.state = EmissionsState.DISPUTED;
        emit EmissionsDisputed(account, year, objection);
    }

    /// @inheritdoc IComplianceDesk
    function orderReport(address account, uint16 year, bytes32 decision) external restricted {
        Year memory rules = _known(year); // nobody escapes an obligation because the results appeared first
        if (_registry.accountOf(account).kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        Obligation storage o = _obligations[account][year];
        _requireUndecided(account, year, o);
        _requireInOrder(account, year);
        uint40 until = uint40(block.timestamp) + rules.correctionWindow;
        if (until > o.orderedUntil) o.orderedUntil = until; // another order never leaves less time
        emit ReportOrdered(account, year, o.orderedUntil, decision);
    }

    /// @inheritdoc IComplianceDesk
    function confirm(address account, uint16 year, uint40 emissions, bytes32 decision) external restricted {
        Year memory rules = _known(year);
        Obligation storage o = _attested(account, year, emissions, rules);
        if (msg.sender == o.verifier || msg.sender == account) revert SamePerson(account, year, msg.sender);
        _decide(account, year, emissions, EmissionsState.CONFIRMED, decision);
    }

    /// @inheritdoc IComplianceDesk
    function confirmAll(
        uint16 province,
        uint16 year,
        Figure[] calldata figures,
        bytes32 decision
    ) external restricted {
        Year memory rules = _known(year);
        if (figures.length == 0 || figures.length > MAX_FIGURES) revert ListLength(figures.length, MAX_FIGURES);
        for (uint256 i; i < figures.length; ++i) {
            Figure calldata f = figures[i];
            _requireProvince(f.account, province);
            _attested(f.account, year, f.emissions, rules);
            _decide(f.account, year, f.emissions, EmissionsState.CONFIRMED, decision);
        }
    }

    /// @inheritdoc IComplianceDesk
    function assign(
        uint16 province,
        address account,
        uint16 year,
        uint40 emissions,
        bytes32 decision
    ) external restricted {
        _known(year); // a figure that is in dispute when the results appear is still to be decided
        _requireProvince(account, province);
        Obligation storage o = _obligations[account][year];
        if (o.state == EmissionsState.DISPUTED) {
            _decide(account, year, emissions, EmissionsState.CONFIRMED, decision);
            return;
        }
        _requireUndecided(account, year, o);
        if (o.orderedUntil == 0) revert NotOrdered(account, year);
        if (block.timestamp <= o.orderedUntil) revert WindowOpen(account, year, o.orderedUntil);
        _decide(account, year, emissions, EmissionsState.ASSIGNED, decision);
    }

    // ---- allocation, surrender, results ---------------------------------------------------

    /// @inheritdoc IComplianceDesk
    function countAllocation(
        address account,
        uint16 year,
        uint40 quantity,
        bool initial,
        bool given
    ) external restricted {
        Obligation storage o = _obligations[account][year];
        o.issued = given ? o.issued + quantity : o.issued - quantity;
        if (initial) o.initial = given ? o.initial + quantity : o.initial - quantity;
        emit AllocationCounted(account, year, o.initial, o.issued);
    }

    /// @inheritdoc IComplianceDesk
    function surrender(
        address account,
        uint16 year,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external {
        _registry.checkHolder(account, msg.sender);
        if (_registry.accountOf(account).kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        Year memory rules = _open(year);
        if (block.timestamp > rules.deadline) revert DeadlinePassed(year, rules.deadline);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        ClassSpec memory spec = _registry.classOf(classId);
        bool banked = _requireEligible(classId, year, rules, spec);
        _count(account, year, spec, quantity, rules);
        _inUse[year] = true;
        o.surrendered += quantity;
        uint40 until = uint40(block.timestamp) + rules.reversalWindow;
        if (until > o.reversibleUntil) o.reversibleUntil = until;
        emit Surrendered(account, year, classId, quantity, o.surrendered);
        SerialRange[] memory taken = _order(TransactionTypes.SURRENDER, account, year, classId, quantity, refs);
        for (uint256 i; i < taken.length; ++i) _surrenderedFor[classId][taken[i].first] = year;
        if (banked && rules.banking == Banking.TRADED) _requireTraded(classId, taken);
    }

    /// @inheritdoc IComplianceDesk
    function reverseSurrender(
        address account,
        uint16 year,
        ClassId classId,
        BlockRef[] calldata refs
    ) external restricted {
        Year memory rules = _open(year);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        uint256 sum;
        for (uint256 i; i < refs.length; ++i) {
            _noteCut(account, year, classId, refs[i], rules.reversalWindow);
            sum += refs[i].count;
            // A range that is named twice is not there twice.
            if (sum > o.surrendered) revert UnitsNotSurrendered(account, classId, refs[i].block_);
        }
        uint40 quantity = uint40(sum);
        o.surrendered -= quantity;
        _uncount(account, year, _registry.classOf(classId), quantity, rules);
        emit Surrendered(account, year, classId, 0, o.surrendered);
        _order(TransactionTypes.REVERSAL_OF_SURRENDER, account, year, classId, quantity, refs);
    }

    /// @inheritdoc IComplianceDesk
    function settleYear(address account, uint16 year) external returns (uint64 shortfall) {
        Year memory rules = _known(year); // closed or not: published results do not forgive a debt
        if (block.timestamp <= rules.deadline) revert DeadlineNotPassed(year, rules.deadline);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        if (o.state != EmissionsState.CONFIRMED && o.state != EmissionsState.ASSIGNED) {
            revert EmissionsStateIs(account, year, o.state);
        }
        // Nobody ends by it the time in which a surrender can be put back; two people do, who publish.
        if (!rules.closed && block.timestamp <= o.reversibleUntil) {
            revert WindowOpen(account, year, o.reversibleUntil);
        }
        if (rules.before != 0 && !_isDone(account, rules.before)) revert YearBeforeOpen(account, rules.before);
        shortfall = owed(account, year);
        uint256 product = uint256(shortfall) * rules.deductionMultiple;
        uint64 deduction = uint64(product < MAX_DEDUCTION ? product : MAX_DEDUCTION);
        o.settled = true;
        o.deduction = deduction;
        emit YearSettled(account, year, _obligation(account, o, rules), o.surrendered, deduction);
    }

    /// @inheritdoc IComplianceDesk
    function addDebt(address account, uint16 year, uint40 quantity, bytes32 reason) external restricted {
        if (_registry.accountOf(account).kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        Obligation storage o = _obligations[account][year];
        if (o.settled) revert AlreadySettled(account, year);
        _requireInOrder(account, year);
        o.debt += quantity;
        emit DebtChanged(account, year, o.debt, reason);
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
    function exclusionsOf(uint16 year) external view returns (Condition[][] memory) {
        return _exclusions[year];
    }

    /// @inheritdoc IComplianceDesk
    function obligationOf(address account, uint16 year) external view returns (Obligation memory) {
        return _obligations[account][year];
    }

    /// @inheritdoc IComplianceDesk
    function owed(address account, uint16 year) public view returns (uint64) {
        Obligation memory o = _obligations[account][year];
        uint64 obligation = _obligation(account, o, _years[year]);
        return obligation > o.surrendered ? obligation - o.surrendered : 0;
    }

    /// @inheritdoc IComplianceDesk
    function limitUse(
        address account,
        uint16 year,
        uint256 limit,
        ClassId classId
    ) external view returns (uint256, uint256) {
        Attribute[] memory attributes;
        if (ClassId.unwrap(classId) != 0) attributes = _registry.classOf(classId).attributes;
        return (
            _countedOf(account, year, limit, attributes),
            _max(account, year, limit, attributes, _years[year])
        );
    }

    // ---- what an obligation is ------------------------------------------------------------

    function _obligation(address account, Obligation memory o, Year memory rules) private view returns (uint64) {
        uint64 inherited = rules.before == 0 ? 0 : _obligations[account][rules.before].deduction;
        return uint64(_confirmed(o)) + o.debt + inherited;
    }

    /// @dev An attested figure owes nothing and carries no limit until the authority has spoken.
    function _confirmed(Obligation memory o) private pure returns (uint256) {
        bool decided = o.state == EmissionsState.CONFIRMED || o.state == EmissionsState.ASSIGNED;
        return decided ? o.emissions : 0;
    }

    /// @dev Once a later year of the operator is settled, nothing would inherit what an earlier one adds.
    function _requireInOrder(address account, uint16 year) private view {
        for (year = _yearAfter[year]; year != 0; year = _yearAfter[year]) {
            if (_obligations[account][year].settled) revert AlreadySettled(account, year);
        }
    }

    /// @dev Whether nothing more comes out of a year of an operator: it is settled, or it and all that it
    /// inherits from never concerned the operator.
    function _isDone(address account, uint16 year) private view returns (bool) {
        for (uint256 i; i < MAX_YEARS_BACK && year != 0; ++i) {
            Obligation memory o = _obligations[account][year];
            if (o.settled) return i == 0 || o.deduction == 0;
            if (o.state != EmissionsState.NONE || o.debt != 0 || o.orderedUntil != 0) return false;
            year = _years[year].before;
        }
        return true;
    }

    /// @dev A year has one after it at most: a shortfall is inherited once.
    function _follow(uint16 year, uint16 before) private {
        uint16 was = _years[year].before;
        if (was == before) return;
        if (was != 0) delete _yearAfter[was];
        if (before == 0) return;
        if (_yearAfter[before] != 0) revert YearRulesInvalid(year);
        _yearAfter[before] = year;
    }

    // ---- how emissions become an obligation -----------------------------------------------

    function _attested(
        address account,
        uint16 year,
        uint40 emissions,
        Year memory rules
    ) private view returns (Obligation storage o) {
        o = _obligations[account][year];
        // As it was attested: only a dispute can change it, and a dispute takes two people to decide.
        if (o.state != EmissionsState.ATTESTED || emissions != o.emissions) {
            revert EmissionsStateIs(account, year, o.state);
        }
        uint40 until = o.attestedAt + rules.disputeWindow;
        if (block.timestamp <= until && rules.disputeWindow != 0) revert WindowOpen(account, year, until);
        // What is ordered to be put right is not confirmed as it is, while it can be put right.
        if (block.timestamp <= o.orderedUntil) revert WindowOpen(account, year, o.orderedUntil);
    }

    /// @dev Until a figure counts or is in dispute, it is a report's.
    function _requireUndecided(address account, uint16 year, Obligation storage o) private view {
        bool undecided = o.state == EmissionsState.NONE || o.state == EmissionsState.ATTESTED;
        if (!undecided) revert EmissionsStateIs(account, year, o.state);
    }

    function _decide(
        address account,
        uint16 year,
        uint40 emissions,
        EmissionsState state,
        bytes32 decision
    ) private {
        Obligation storage o = _obligations[account][year];
        o.state = state;
        o.emissions = emissions;
        emit EmissionsConfirmed(account, year, emissions, state, decision);
    }

    // ---- how limits work ------------------------------------------------------------------

    /// @dev Vintages: credits not older than the year accepts; nothing younger (no borrowing) unless
    /// the year says so. Not a class that an exclusion is about.
    /// @return banked whether they are the programme's own allowances of an earlier vintage
    function _requireEligible(
        ClassId classId,
        uint16 year,
        Year memory rules,
        ClassSpec memory spec
    ) private view returns (bool banked) {
        banked = spec.unitType == UnitType.ALLOWANCE && spec.vintage < year;
        bool tooOld = banked
            ? rules.banking == Banking.NONE
            : spec.unitType != UnitType.ALLOWANCE && spec.vintage < rules.firstVintage;
        if (tooOld || spec.vintage > rules.lastVintage) revert VintageNotAccepted(classId, spec.vintage, year);
        Condition[][] storage exclusions = _exclusions[year];
        uint256 n = exclusions.length;
        for (uint256 i; i < n; ++i) {
            if (Attributes.meet(spec.attributes, exclusions[i])) revert ClassExcluded(classId, year, i);
        }
    }

    /// @dev Hubei: a unit that was never traded does not outlive its year (R-BB-02).
    function _requireTraded(ClassId classId, SerialRange[] memory taken) private view {
        for (uint256 i; i < taken.length; ++i) {
            (, , , , uint8 marks, ) = _registry.blockAt(classId, taken[i].first);
            if (marks & Marks.TRADED == 0) revert BlockNotTraded(classId, taken[i].first);
        }
    }

    function _count(
        address account,
        uint16 year,
        ClassSpec memory spec,
        uint256 quantity,
        Year memory rules
    ) private {
        Limit[] storage limits = _limits[year];
        uint256 n = limits.length;
        for (uint256 i; i < n; ++i) {
            Limit storage limit = limits[i];
            if (!_applies(limit, spec, year)) continue;
            _counted[year][i][_who(limit, account)][_apart(limit, spec.attributes)] += quantity;
            _requireWithin(account, year, i, spec.attributes, rules);
        }
    }

    function _uncount(
        address account,
        uint16 year,
        ClassSpec memory spec,
        uint256 quantity,
        Year memory rules
    ) private {
        Limit[] storage limits = _limits[year];
        uint256 n = limits.length;
        for (uint256 i; i < n; ++i) {
            Limit storage limit = limits[i];
            if (!_applies(limit, spec, year)) continue;
            _counted[year][i][_who(limit, account)][_apart(limit, spec.attributes)] -= quantity;
        }
        // A share of what another limit counted became less with it.
        for (uint256 i; i < n; ++i) {
            if (limits[i].base == Base.COUNTED) _requireWithin(account, year, i, spec.attributes, rules);
        }
    }

    function _requireWithin(
        address account,
        uint16 year,
        uint256 i,
        Attribute[] memory attributes,
        Year memory rules
    ) private view {
        uint256 counted = _countedOf(account, year, i, attributes);
        uint256 max = _max(account, year, i, attributes, rules);
        if (counted > max) revert SurrenderLimitExceeded(account, year, i, counted, max);
    }

    function _countedOf(
        address account,
        uint16 year,
        uint256 i,
        Attribute[] memory attributes
    ) private view returns (uint256) {
        Limit storage limit = _limits[year][i];
        return _counted[year][i][_who(limit, account)][_apart(limit, attributes)];
    }

    /// @dev Rounded down: a limit is never exceeded by a fraction.
    function _max(
        address account,
        uint16 year,
        uint256 i,
        Attribute[] memory attributes,
        Year memory rules
    ) private view returns (uint256) {
        Limit storage limit = _limits[year][i];
        Base kind = limit.base;
        uint256 base = limit.amount;
        if (kind == Base.ABSOLUTE) return base;
        Obligation memory o = _obligations[account][year];
        if (kind == Base.VERIFIED) base = _confirmed(o);
        else if (kind == Base.ISSUED) base = o.issued;
        else if (kind == Base.INITIAL) base = o.initial;
        else if (kind == Base.OBLIGATION) base = _obligation(account, o, rules);
        else if (kind == Base.ATTRIBUTE) base = _unitsIn(Attributes.valueOf(attributes, limit.baseAttribute));
        else base = _countedOf(account, year, limit.parent, attributes);
        return (base * limit.basisPoints) / 10_000;
    }

    function _applies(Limit storage limit, ClassSpec memory spec, uint16 year) private view returns (bool) {
        if (limit.unitTypes & (1 << uint8(spec.unitType)) == 0) return false;
        if (limit.vintages == Vintages.BANKED && spec.vintage >= year) return false;
        if (limit.vintages == Vintages.BORROWED && spec.vintage <= year) return false;
        return Attributes.meet(spec.attributes, limit.conditions);
    }

    function _who(Limit storage limit, address account) private view returns (address) {
        return limit.ofAll ? address(0) : account;
    }

    function _apart(Limit storage limit, Attribute[] memory attributes) private view returns (bytes32) {
        return limit.per == 0 ? bytes32(0) : Attributes.valueOf(attributes, limit.per);
    }

    /// @dev Text, and what is more than any class has, is no number of units.
    function _unitsIn(bytes32 value) private pure returns (uint256) {
        return uint256(value) > type(uint40).max ? 0 : uint256(value);
    }

    function _isSound(Limit[] calldata limits, uint256 i) private pure returns (bool) {
        Limit calldata limit = limits[i];
        if (limit.basisPoints > 10_000 || !Attributes.areSound(limit.conditions)) return false;
        if (limit.base == Base.ATTRIBUTE) return limit.baseAttribute != 0;
        if (limit.base == Base.ABSOLUTE) return true;
        if (limit.base != Base.COUNTED) return !limit.ofAll; // an operator's figure is no measure of all
        // A share of another limit's count needs that one to be counted before it, and in the same
        // way: when units are put back, one sum became less, and it is known which.
        if (limit.parent >= i) return false;
        Limit calldata parent = limits[limit.parent];
        return parent.per == limit.per && parent.ofAll == limit.ofAll;
    }

    // ---- what the rest shares -------------------------------------------------------------

    /// @dev Checks one range that is to be put back, and remembers the year of what stays behind the cut.
    function _noteCut(
        address account,
        uint16 year,
        ClassId classId,
        BlockRef calldata ref,
        uint32 window
    ) private {
        (address owner, uint40 count, uint40 since, UnitState state, , ) = _registry.blockAt(classId, ref.block_);
        bool here = owner == account && _surrenderedFor[classId][ref.block_] == year;
        uint256 behind = uint256(ref.first) + ref.count; // what remains behind the cut, if any
        uint256 end = uint256(ref.block_) + count;
        bool inside = ref.first >= ref.block_ && behind <= end;
        if (!here || state != UnitState.SURRENDERED || !inside) {
            revert UnitsNotSurrendered(account, classId, ref.block_);
        }
        if (behind < end) _surrenderedFor[classId][uint40(behind)] = year;
        uint40 until = since + window;
        if (block.timestamp > until) revert WindowPassed(until);
    }

    function _order(
        uint16 transactionType,
        address account,
        uint16 year,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory taken) {
        IUnitLedger.Order memory o = IUnitLedger.Order(
            transactionType,
            year,
            classId,
            account,
            account,
            quantity,
            false,
            0
        );
        (, taken) = _registry.order(o, refs);
    }

    function _requireProvince(address account, uint16 province) private view {
        IAccountRegister.Account memory a = _registry.accountOf(account);
        if (a.kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        if (a.province != province) revert ProvinceIs(account, a.province);
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

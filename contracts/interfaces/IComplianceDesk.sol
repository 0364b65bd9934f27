// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDesk} from "./IDesk.sol";
import {BlockRef, ClassId, Condition} from "./LedgerTypes.sol";

/// @title The compliance year of one programme
/// @notice Emissions are attested by a verifier, confirmed by the authority or disputed by the
/// operator, and become an obligation. Surrender goes through this desk, which enforces every limit
/// of the programme before the registry makes the units terminal.
///
/// obligation = confirmed emissions + debt + what the year before left unpaid. Units are never taken from an
/// account against its will: a deduction that finds no units becomes part of the next obligation.
interface IComplianceDesk is IDesk {
    /// @notice How far an operator's figure of a year has come.
    enum EmissionsState {
        NONE,
        ATTESTED, // a verifier stands behind the report (Art. 26)
        DISPUTED, // the operator objects (Art. 28)
        CONFIRMED, // by the authority (Art. 30)
        ASSIGNED // set by the authority where a report is false or missing (Art. 40, R-CM-02)
    }

    /// @notice What a limit is a share of.
    enum Base {
        ABSOLUTE, // `amount` is units
        VERIFIED, // confirmed emissions of the year
        ISSUED, // allowances allocated for the year, with later adjustments, less what was taken back
        INITIAL, // of them, those that were its initial allocation
        OBLIGATION, // everything owed for the year
        COUNTED, // units of the limit `parent` surrendered so far, the new ones included
        ATTRIBUTE // the number below 2^40 that the class has as its attribute `baseAttribute`, such as its
        // project's reductions; zero without one
    }

    /// @notice Which vintages of allowances a limit is about (R-BB-05).
    enum Vintages {
        ANY,
        BANKED, // earlier than the year
        BORROWED // later than the year
    }

    /// @notice A ceiling on what is surrendered for one year (R-OF-01 to R-OF-09).
    /// A class counts when its type is in `unitTypes`, its vintage fits and it meets all conditions.
    struct Limit {
        Base base;
        uint16 basisPoints; // of the base; the limit is floor(base x basisPoints / 10,000)
        uint40 amount; // units, for ABSOLUTE
        uint8 parent; // index of the limit that COUNTED refers to, which has the same `ofAll` and `per`
        uint8 unitTypes; // bit (1 << UnitType)
        Vintages vintages;
        bool ofAll; // counts what all operators surrender together, not each; not with an operator's figure as base
        bytes32 per; // attribute for each of whose values is counted apart, such as "project"; zero: together
        bytes32 baseAttribute; // for ATTRIBUTE
        Condition[] conditions;
    }

    /// @notice Which allowances of earlier vintages count (R-BB-01 to R-BB-05).
    enum Banking {
        ALL,
        NONE,
        TRADED // only those transferred at least once (Hubei, R-BB-02)
    }

    /// @notice What a compliance year demands.
    struct Year {
        uint40 deadline; // last second to surrender
        uint16 before; // the compliance year before it, whose shortfall it alone inherits; zero: none
        uint16 firstVintage; // oldest vintage of credits and foreign units accepted
        uint16 lastVintage; // youngest vintage accepted: later than the year means borrowing
        uint32 reversalWindow; // seconds in which a surrender can be reversed
        uint32 disputeWindow; // seconds that an operator has to object before a figure is confirmed
        uint32 correctionWindow; // seconds that an order to report leaves (R-CM-06)
        uint8 deductionMultiple; // of the shortfall, owed in the year after (R-PN-05, R-PN-06, R-PN-08)
        Banking banking;
        bool closed; // results are published
    }

    /// @notice One operator, one year. Quantities in units.
    struct Obligation {
        EmissionsState state;
        bool settled; // shortfall computed after the deadline
        uint40 emissions; // attested, then confirmed or assigned
        uint64 debt; // from corrections
        uint40 surrendered;
        uint40 initial; // of what was allocated and not taken back, the initial allocation
        uint40 issued; // allocated and not taken back
        uint64 deduction; // once settled: what the shortfall adds to the year after
        address verifier; // who attested
        uint40 attestedAt; // seconds since 1970
        uint40 orderedUntil; // last second to report or to put a report right; zero: nothing is ordered
        uint40 reversibleUntil; // last second in which one of its surrenders can be reversed
        bytes32 report; // hash of the emission report
    }

    /// @notice One figure of a list.
    struct Figure {
        address account;
        uint40 emissions; // as they were attested
    }

    /// @notice The rules of a year.
    event YearDefined(uint16 indexed year, Year rules);

    /// @notice The limits of a year, all of them.
    event LimitsDefined(uint16 indexed year, Limit[] limits);

    /// @notice The deadline of a year is another.
    event DeadlineMoved(uint16 indexed year, uint40 deadline);

    /// @notice Classes that meet all these conditions are not accepted for a year any more.
    event ClassesExcluded(uint16 indexed year, Condition[] conditions);

    /// @notice An operator filed a monitoring plan.
    event MonitoringPlanFiled(address indexed account, uint16 indexed year, bytes32 plan, uint32 version);

    /// @notice A verifier stands behind a figure.
    event EmissionsAttested(
        address indexed account,
        uint16 indexed year,
        uint40 emissions,
        bytes32 report,
        address verifier
    );

    /// @notice An operator objects to a figure.
    event EmissionsDisputed(address indexed account, uint16 indexed year, bytes32 objection);

    /// @notice An operator is ordered to report, or to put its report right, until then.
    event ReportOrdered(address indexed account, uint16 indexed year, uint40 until, bytes32 decision);

    /// @notice A figure counts.
    /// @param state CONFIRMED, or ASSIGNED
    event EmissionsConfirmed(
        address indexed account,
        uint16 indexed year,
        uint40 emissions,
        EmissionsState state,
        bytes32 decision
    );

    /// @notice What an operator was allocated for a year, after an allocation or its reversal.
    event AllocationCounted(address indexed account, uint16 indexed year, uint40 initial, uint40 issued);

    /// @notice Units were surrendered for a year, or put back.
    /// @param quantity of the surrender; zero: it was put back
    /// @param total what stands surrendered for the year now
    event Surrendered(
        address indexed account,
        uint16 indexed year,
        ClassId indexed classId,
        uint40 quantity,
        uint40 total
    );

    /// @notice A decision added to what an operator owes.
    event DebtChanged(address indexed account, uint16 indexed year, uint64 debt, bytes32 reason);

    /// @notice An operator's year is over.
    /// @param owed the whole obligation
    /// @param deduction what the shortfall adds to the year after
    event YearSettled(
        address indexed account,
        uint16 indexed year,
        uint64 owed,
        uint40 surrendered,
        uint64 deduction
    );

    /// @notice The results of a year are published.
    /// @param results hash of the publication
    event YearPublished(uint16 indexed year, bytes32 results);

    /// @notice A decision on a penalty was recorded.
    event SanctionRecorded(address indexed account, uint16 indexed year, bytes32 decision);

    /// @notice Years are settled in their order: the shortfall of one is the next one's.
    error YearBeforeOpen(address account, uint16 year);

    /// @notice The year is not defined.
    error YearUnknown(uint16 year);

    /// @notice The results of the year are published.
    error YearClosed(uint16 year);

    /// @notice A year needs a deadline, at most 8 sound limits, and before it none, or an earlier year that is
    /// defined and has no other after it. A limit that counts another one's units comes after it.
    error YearRulesInvalid(uint16 year);

    /// @notice At most 16 exclusions a year, each with sound conditions.
    error ExclusionInvalid(uint16 year);

    /// @notice Units were surrendered under these rules: only the deadline can still move.
    error YearInUse(uint16 year);

    /// @notice Who attested a figure does not confirm it, and nobody attests or confirms its own.
    error SamePerson(address account, uint16 year, address caller);

    /// @notice The block has not been transferred since it was allocated, so it cannot be banked.
    error BlockNotTraded(ClassId classId, uint40 first);

    /// @notice The figure is in another state than this needs, or another figure than was attested.
    error EmissionsStateIs(address account, uint16 year, EmissionsState state);

    /// @notice The operator may still object, or report, or have a surrender put back.
    error WindowOpen(address account, uint16 year, uint40 until);

    /// @notice A report is ordered first, with time to put it right (Art. 40, R-CM-06).
    error NotOrdered(address account, uint16 year);

    /// @notice The deadline has passed.
    error DeadlinePassed(uint16 year, uint40 deadline);

    /// @notice The deadline has not passed.
    error DeadlineNotPassed(uint16 year, uint40 deadline);

    /// @notice The year does not accept units of this vintage.
    error VintageNotAccepted(ClassId classId, uint16 vintage, uint16 year);

    /// @notice The year excludes the class.
    /// @param exclusion index of what excludes it
    error ClassExcluded(ClassId classId, uint16 year, uint256 exclusion);

    /// @notice More would be surrendered than a limit allows.
    /// @param limit index in the year's list
    /// @param counted units against the limit, the new ones included
    error SurrenderLimitExceeded(address account, uint16 year, uint256 limit, uint256 counted, uint256 max);

    /// @notice The account did not surrender these units for this year, or they are put back already.
    error UnitsNotSurrendered(address account, ClassId classId, uint40 block_);

    /// @notice The operator's year is over, and every year before it: a debt found later is a later year's.
    error AlreadySettled(address account, uint16 year);

    // ---- the rules of a year --------------------------------------------------------------

    /// @notice Defines a compliance year, or changes one for which nothing was surrendered. A sensitive step.
    function defineYear(uint16 year, Year calldata rules, Limit[] calldata limits) external;

    /// @notice Moves the deadline of a year that is not closed. A sensitive step.
    function moveDeadline(uint16 year, uint40 deadline) external;

    /// @notice Excludes every class that meets all these conditions from a year, e.g. kind = hydro. A
    /// sensitive step.
    function excludeClasses(uint16 year, Condition[] calldata conditions) external;

    // ---- emissions ------------------------------------------------------------------------

    /// @notice Files a monitoring plan, or an amended one (Art. 25, R-MR-01). Caller: whoever may act
    /// for the account.
    function filePlan(address account, uint16 year, bytes32 plan) external;

    /// @notice Attests an operator's report, or a corrected one. Role: verifier.
    /// The operator's time to object begins anew. Once the results are published, only what is ordered.
    function attest(address account, uint16 year, uint40 emissions, bytes32 report) external;

    /// @notice Objects to an attested figure (Art. 28, R-MR-04). Caller: whoever may act for the account.
    function dispute(address account, uint16 year, bytes32 objection) external;

    /// @notice Orders an operator to report, or to put its report right, inside the year's window (Art. 40,
    /// R-CM-02). Until then nothing is confirmed or assigned. Another order never leaves less time. Role:
    /// compliance officer.
    function orderReport(address account, uint16 year, bytes32 decision) external;

    /// @notice Confirms an undisputed figure as it was attested, once the operator had its time to object, or to
    /// put right what it is ordered to.
    /// Role: compliance officer, another person than attested.
    function confirm(address account, uint16 year, uint40 emissions, bytes32 decision) external;

    /// @notice Confirms the figures of one province. A sensitive step (Art. 30).
    /// @param province that administers every account of the list; zero: none
    /// @param figures 1 to 256
    function confirmAll(uint16 province, uint16 year, Figure[] calldata figures, bytes32 decision) external;

    /// @notice Decides a dispute, or sets the figure of an operator whose report is false or missing after the
    /// ordered time (R-CM-02). A sensitive step.
    /// @param province that administers the account; zero: none
    function assign(
        uint16 province,
        address account,
        uint16 year,
        uint40 emissions,
        bytes32 decision
    ) external;

    // ---- allocation, surrender, results ---------------------------------------------------

    /// @notice Counts an allocation, or what was taken back of one. Role: issuance desk.
    /// @param initial whether it is of the initial allocation
    /// @param given false: it was taken back
    function countAllocation(
        address account,
        uint16 year,
        uint40 quantity,
        bool initial,
        bool given
    ) external;

    /// @notice Surrenders units for a year (10-2), until its deadline. Caller: whoever may act for the account.
    /// More than is owed is accepted (R-CM-01).
    function surrender(
        address account,
        uint16 year,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Puts back units surrendered by mistake (10-82), inside the year's window and before the
    /// operator's year is settled. Not foreign ones: their twins at home are used. A sensitive step.
    /// @param refs at most 256
    function reverseSurrender(address account, uint16 year, ClassId classId, BlockRef[] calldata refs) external;

    /// @notice Ends an operator's year after the deadline, once its figure counts and none of its surrenders can
    /// be reversed any more. Anybody.
    /// @return shortfall in units
    function settleYear(address account, uint16 year) external returns (uint64 shortfall);

    /// @notice Adds to what an operator owes, e.g. for an allocation that could not be taken back. A sensitive
    /// step.
    function addDebt(address account, uint16 year, uint40 quantity, bytes32 reason) external;

    /// @notice Publishes the results of a year, after its deadline. Nothing is surrendered or put back for it
    /// afterwards, and attested only what is ordered. A sensitive step.
    /// @param results hash of the publication
    function publish(uint16 year, bytes32 results) external;

    /// @notice Records a decision on a penalty. Role: compliance officer.
    function recordSanction(address account, uint16 year, bytes32 decision) external;

    // ---- questions ------------------------------------------------------------------------

    /// @notice The rules and limits of a year; deadline zero: it is not defined.
    function yearOf(uint16 year) external view returns (Year memory rules, Limit[] memory limits);

    /// @notice What a year excludes, each a list of conditions that a class must meet together.
    function exclusionsOf(uint16 year) external view returns (Condition[][] memory);

    /// @notice Everything about an operator's year.
    function obligationOf(address account, uint16 year) external view returns (Obligation memory);

    /// @notice What an operator still has to surrender for a year, in units.
    function owed(address account, uint16 year) external view returns (uint64);

    /// @notice How much of a limit is used, and the most that it allows now.
    /// @param classId a class that counts, where the limit is counted for each value of an attribute or is
    /// a share of one; else any
    function limitUse(
        address account,
        uint16 year,
        uint256 limit,
        ClassId classId
    ) external view returns (uint256 counted, uint256 max);
}

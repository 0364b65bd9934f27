// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef} from "./LedgerTypes.sol";

/// @title The compliance year of one programme
/// @notice Emissions are attested by a verifier, confirmed by the authority or disputed by the
/// operator, and become an obligation. Surrender goes through this desk, which enforces every limit
/// of the programme before the registry makes the units terminal.
///
/// obligation = confirmed emissions + debt carried over. Units are never taken from an account
/// against its will: a deduction that finds no units becomes debt.
interface IComplianceDesk {
    enum EmissionsState {
        NONE,
        ATTESTED, // a verifier stands behind the report (Art. 26)
        DISPUTED, // the operator objects (Art. 28)
        CONFIRMED, // by the authority (Art. 30)
        ASSIGNED // set by the authority for an operator that did not report (Art. 40, R-CM-02)
    }

    /// @notice What a limit is a share of.
    enum Base {
        ABSOLUTE, // `amount` is units
        VERIFIED, // confirmed emissions of the year
        ISSUED, // allowances allocated for the year, with later adjustments
        INITIAL, // allowances first allocated for the year
        OBLIGATION, // confirmed emissions and debt
        COUNTED // units of the limit `parent` surrendered so far, the new ones included
    }

    /// @notice A ceiling on what one operator may surrender for one year (R-OF-01 to R-OF-09).
    /// A class counts when its type is in `unitTypes` and its category and region fit.
    struct Limit {
        Base base;
        uint16 basisPoints; // of the base; the limit is floor(base x basisPoints / 10,000)
        uint40 amount; // units, for ABSOLUTE
        uint8 parent; // index of the limit that COUNTED refers to
        uint8 unitTypes; // bit (1 << UnitType)
        bytes32 category; // zero: any
        bytes32 region; // zero: any
        bool outside; // counts classes whose region is another than `region`
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
        uint16 firstVintage; // oldest vintage of credits accepted
        uint16 lastVintage; // youngest vintage of allowances accepted: later than the year means borrowing
        uint32 reversalWindow; // seconds in which a surrender can be reversed
        uint8 deductionMultiple; // of the shortfall, from the next year (R-PN-05, R-PN-06, R-PN-08)
        Banking banking;
        bool closed; // results are published
    }

    /// @notice One operator, one year. Quantities in units.
    struct Obligation {
        EmissionsState state;
        bool settled; // shortfall computed after the deadline
        uint40 emissions; // attested, then confirmed or assigned
        uint40 debt; // carried over from earlier years and corrections
        uint40 surrendered;
        uint40 initial; // first allocation
        uint40 issued; // initial and adjustments
        address verifier; // who attested
        bytes32 report; // hash of the emission report
    }

    event YearDefined(uint16 indexed year, Year rules);
    event LimitsDefined(uint16 indexed year, Limit[] limits);
    event DeadlineMoved(uint16 indexed year, uint40 deadline);
    event CategoryExcluded(uint16 indexed year, bytes32 indexed category);
    event MonitoringPlanFiled(address indexed account, uint16 indexed year, bytes32 plan, uint32 version);
    event EmissionsAttested(
        address indexed account,
        uint16 indexed year,
        uint40 emissions,
        bytes32 report,
        address verifier
    );
    event EmissionsDisputed(address indexed account, uint16 indexed year, bytes32 objection);
    event EmissionsConfirmed(
        address indexed account,
        uint16 indexed year,
        uint40 emissions,
        EmissionsState state,
        bytes32 decision
    );
    event AllocationCounted(address indexed account, uint16 indexed year, uint40 initial, uint40 issued);
    event Surrendered(address indexed account, uint16 indexed year, uint256 indexed classId, uint40 quantity, uint40 total);
    event DebtChanged(address indexed account, uint16 indexed year, uint40 debt, bytes32 reason);
    event YearSettled(address indexed account, uint16 indexed year, uint40 owed, uint40 surrendered, uint40 deduction);
    event YearPublished(uint16 indexed year, bytes32 results);
    event SanctionRecorded(address indexed account, uint16 indexed year, bytes32 decision);

    error YearUnknown(uint16 year);
    error YearClosed(uint16 year);
    error YearRulesInvalid(uint16 year);
    /// @dev Units were surrendered under these rules: only the deadline can still move.
    error YearInUse(uint16 year);
    error NotOperatorAccount(address account);
    /// @dev Who attested a figure does not confirm it.
    error SamePerson(address account, uint16 year, address caller);
    /// @dev The block has not been transferred since it was allocated, so it cannot be banked.
    error BlockNotTraded(uint256 classId, uint40 first);
    error EmissionsStateIs(address account, uint16 year, EmissionsState state);
    error DeadlinePassed(uint16 year, uint40 deadline);
    error DeadlineNotPassed(uint16 year, uint40 deadline);
    error VintageNotAccepted(uint256 classId, uint16 vintage, uint16 year);
    error CategoryNotAccepted(uint256 classId, bytes32 category, uint16 year);
    error SurrenderLimitExceeded(address account, uint16 year, uint256 limit, uint256 counted, uint256 most);
    error WindowPassed(uint40 until);
    error UnitsNotSurrendered(address account, uint256 classId, uint40 block_);
    error AlreadySettled(address account, uint16 year);

    // ---- the rules of a year --------------------------------------------------------------

    /// @notice Defines a compliance year, or changes one for which nothing was surrendered. A sensitive step.
    function defineYear(uint16 year, Year calldata rules, Limit[] calldata limits) external;

    /// @notice Moves the deadline of a year that is not closed. A sensitive step.
    function moveDeadline(uint16 year, uint40 deadline) external;

    /// @notice Excludes credits of a category from a year, e.g. "hydro". A sensitive step.
    function excludeCategory(uint16 year, bytes32 category) external;

    // ---- emissions ------------------------------------------------------------------------

    /// @notice Files a monitoring plan, or an amended one (Art. 25, R-MR-01). Caller: the operator.
    function filePlan(uint16 year, bytes32 plan) external;

    /// @notice Attests an operator's report. Role: verifier.
    function attest(address account, uint16 year, uint40 emissions, bytes32 report) external;

    /// @notice Objects to an attested figure (Art. 28, R-MR-04). Caller: the operator.
    function dispute(uint16 year, bytes32 objection) external;

    /// @notice Confirms the attested figure, or decides a dispute with another. Role: compliance
    /// officer, another person than attested.
    function confirm(address account, uint16 year, uint40 emissions, bytes32 decision) external;

    /// @notice Sets the figure of an operator that did not report. A sensitive step (R-CM-02).
    function assign(address account, uint16 year, uint40 emissions, bytes32 decision) external;

    // ---- allocation, surrender, results ---------------------------------------------------

    /// @notice Counts an allocation or its reversal; the base of some limits. Role: issuance desk.
    function countAllocation(address account, uint16 year, uint40 quantity, bool given) external;

    /// @notice Surrenders an operator's units for a year. Every limit of the year holds, or nothing
    /// happens. Caller: whoever may act for the account.
    function surrender(
        address account,
        uint16 year,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external;

    /// @notice Puts surrendered units back, inside the year's window and before it is settled; what
    /// stays surrendered must keep to the limits. A sensitive step.
    function reverseSurrender(address account, uint16 year, uint256 classId, BlockRef[] calldata refs) external;

    /// @notice After the deadline: fixes the shortfall; a multiple of it becomes next year's debt. Anyone.
    /// @return shortfall units
    function settleYear(address account, uint16 year) external returns (uint40 shortfall);

    /// @notice Adds to what an operator owes, e.g. a true-up after its units were sold (R-AL-13). Sensitive.
    function addDebt(address account, uint16 year, uint40 quantity, bytes32 reason) external;

    /// @notice Publishes the results of a year and closes it (Art. 33). Role: compliance officer.
    function publish(uint16 year, bytes32 results) external;

    /// @notice Records a decision on a penalty; amounts are computed off the ledger. Role: compliance officer.
    function recordSanction(address account, uint16 year, bytes32 decision) external;

    // ---- questions ------------------------------------------------------------------------

    function yearOf(uint16 year) external view returns (Year memory rules, Limit[] memory limits);

    function obligationOf(address account, uint16 year) external view returns (Obligation memory);

    /// @notice What is still owed: emissions + debt - surrendered, not below zero.
    function owed(address account, uint16 year) external view returns (uint40);

    /// @notice Units counted against a limit so far, and the most it allows now.
    function limitUse(address account, uint16 year, uint256 limit) external view returns (uint256 counted, uint256 most);
}

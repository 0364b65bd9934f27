// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The words of the ledger. Every contract, event and error uses these and no others.

/// @notice What an account is for (Interim Measures, Art. 17: kinds have different functions).
enum AccountKind {
    NONE,
    STATE_AUTHORITY,
    PROVINCIAL_AUTHORITY,
    OPERATOR, // an entity with compliance obligations
    TRADING_INSTITUTION,
    PARTICIPANT,
    SYSTEM // keyless: a reserve or pool that only the programme's roles can move
}

/// @notice Account statuses of the international registries. `AccountRules` says what each forbids.
enum AccountStatus {
    NONE, // never opened
    OPEN,
    SOME_TRANSACTIONS_RESTRICTED,
    ALL_TRANSACTIONS_RESTRICTED,
    SUSPENDED,
    CLOSURE_PENDING,
    CLOSED
}

enum UnitType {
    NONE,
    ALLOWANCE,
    CREDIT,
    FOREIGN // a unit of a linked registry, imported under a lot
}

/// @notice Where a unit stands. Every issued unit is in exactly one of the five after NONE.
enum UnitState {
    NONE, // never issued
    HELD,
    ESCROWED, // abroad: its foreign twin is in circulation in a linked registry
    SURRENDERED, // terminal: used for compliance, at home or (owner = gateway) abroad
    RETIRED, // terminal: used for a voluntary claim
    CANCELLED // terminal: removed from the market
}

/// @notice Why a movement would be refused. Zero means that it would not.
enum Restriction {
    NONE,
    UNKNOWN_CLASS,
    ZERO_QUANTITY,
    SENDER_STATUS,
    RECEIVER_STATUS,
    INSUFFICIENT_UNITS,
    LINK_UNKNOWN,
    LINK_SUSPENDED,
    LINK_NOT_STARTED,
    LINK_EXPIRED,
    CLASS_NOT_ELIGIBLE,
    NOTHING_CONVERTED,
    QUOTA_EXCEEDED
}

/// @notice A run of consecutive serial numbers.
struct SerialRange {
    uint40 first;
    uint40 count;
}

/// @notice Names units of a holder: the range [first, first + count) inside the block that starts
/// at `block_`. `previous` is the start of the holder's preceding block in its list, zero for the
/// head; it is read only when the range begins the block, because only then must the list be
/// relinked.
struct BlockRef {
    uint40 block_;
    uint40 previous;
    uint40 first;
    uint40 count;
}

/// @notice What a unit class is. Vintage is the year of the reduction or of the compliance year;
/// the period is the trading or crediting period. Project attributes are zero for allowances.
struct ClassSpec {
    UnitType unitType;
    uint16 vintage;
    uint16 periodFirstYear;
    uint16 periodLastYear;
    uint40 cap; // units; the most that may ever be issued
    bytes32 project; // short ASCII text, e.g. a project's registration number
    bytes32 category; // short ASCII text, e.g. "forestry"
    bytes32 region; // short ASCII text, ISO 3166 style, e.g. "CN-FJ"
}

/// @notice Running totals of a class, in units.
/// issued = held + escrowed + surrendered + retired + cancelled; `held` is the one not stored.
struct ClassTotals {
    uint40 cap;
    uint40 issued;
    uint40 escrowed;
    uint40 surrendered;
    uint40 retired;
    uint40 cancelled;
    UnitType unitType;
    bool sealed_;
}

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

/// @notice Where a unit stands. Every issued unit is in exactly one of those after NONE; encumbered
/// units count as held.
enum UnitState {
    NONE, // never issued
    HELD,
    ESCROWED, // abroad: its foreign twin is in circulation in a linked registry
    SURRENDERED, // terminal: used for compliance, at home or (owner = gateway) abroad
    RETIRED, // terminal: used for a voluntary claim
    CANCELLED, // terminal: removed from the market
    ENCUMBERED // its holder's, but set aside: pledged to a creditor, or frozen by the authority
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
    QUOTA_EXCEEDED,
    RECEIVER_NOT_TRUSTED,
    DESK_REQUIRED,
    HOLDING_LIMIT,
    FREE_ALLOWANCES_LOCKED,
    SALE_SHARE
}

/// @notice What the programme demands of one account, beside its status. Flags of a byte.
library Controls {
    /// @dev Outgoing transfers go to trusted accounts; others are requested at the holder desk.
    uint8 internal constant TRUSTED_ONLY = 1;
    /// @dev Two representatives act for the account, at the holder desk only.
    uint8 internal constant TWO_REPRESENTATIVES = 2;
    /// @dev Free allowances stay until the paid share is bought (Guangdong, R-AL-15).
    uint8 internal constant FREE_LOCKED = 4;
    /// @dev At most a share of the free allocation may be sold (Chongqing, R-MS-05).
    uint8 internal constant SALE_SHARE = 8;
    /// @dev What the account holds is limited (R-HL-01 to R-HL-05).
    uint8 internal constant HOLDING_LIMIT = 16;
    /// @dev The limit grows with the account's own allocation (Beijing, R-HL-01).
    uint8 internal constant LIMIT_FOLLOWS_ALLOCATION = 32;
}

/// @notice What a block remembers of how its units came to their holder.
library Marks {
    uint8 internal constant FREE = 1; // allocated free of charge, and not moved since
    uint8 internal constant TRADED = 2; // transferred at least once (banking in Hubei, R-BB-02)
}

/// @notice A run of consecutive serial numbers.
struct SerialRange {
    uint40 first;
    uint40 count;
}

/// @notice A class that a holding limit counts, here or at a linked registry.
struct LimitClass {
    address registry;
    uint256 classId;
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

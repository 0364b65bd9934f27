// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The words of the ledger. Every contract, event and error uses these and no others.

/// @notice A unit class, which is the ERC-1155 token id: the class symbol in ASCII, left aligned.
type ClassId is uint256;

/// @notice One direction of a link agreement. Agreement n has the links 2n (from its first registry
/// to its second) and 2n + 1 (the other way).
type LinkId is uint32;

/// @notice One transfer over a link, numbered from 1 by the gateway.
type LotId is uint64;

using {sameClass as ==, otherClass as !=} for ClassId global;

/// @notice Whether two ids are of the same class: `==`.
function sameClass(ClassId a, ClassId b) pure returns (bool) {
    return ClassId.unwrap(a) == ClassId.unwrap(b);
}

/// @notice Whether they are not: `!=`.
function otherClass(ClassId a, ClassId b) pure returns (bool) {
    return ClassId.unwrap(a) != ClassId.unwrap(b);
}

/// @notice What an account is for (Interim Measures, Art. 17: kinds have different functions).
enum AccountKind {
    NONE,
    STATE_AUTHORITY, // the programme's own; its units leave by the programme's decisions only
    PROVINCIAL_AUTHORITY, // likewise, of a province
    OPERATOR, // an entity with compliance obligations
    TRADING_INSTITUTION, // settles trades for those who authorised it
    PARTICIPANT,
    SYSTEM // keyless: a reserve or pool that only the programme's decisions can move
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

/// @notice What a unit is a right to: a tonne of a cap, a tonne reduced, or one of either from abroad.
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

/// @notice Why a movement would be refused, before the fact. Zero means that it would not.
/// `Restrictions` has the sentence for each.
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
    SALE_SHARE,
    SENDER_IS_AUTHORITY,
    RECEIVER_IS_KEYLESS,
    SAME_ACCOUNT,
    TOO_MANY_BLOCKS,
    AGREEMENT_ENDED,
    EDITION_NOT_ACCEPTED,
    NO_NAME_ABROAD
}

/// @notice What the programme demands of one account, beside its status. Flags of a byte.
library Controls {
    /// @dev Outgoing transfers go to trusted accounts; others are requested at the holder desk.
    uint8 internal constant TRUSTED_ONLY = 1;
    /// @dev Two representatives act for the account, at the holder desk only.
    uint8 internal constant TWO_REPRESENTATIVES = 2;
    /// @dev Free allowances stay until the paid share is bought (Guangdong, R-AL-15).
    uint8 internal constant FREE_LOCKED = 4;
    /// @dev Allowances sold are limited to a share of the free allocation (Chongqing, R-MS-05).
    uint8 internal constant SALE_SHARE = 8;
    /// @dev What the account holds is limited (R-HL-01 to R-HL-05).
    uint8 internal constant HOLDING_LIMIT = 16;
    /// @dev The account's own allocation is added to its limit (Beijing, R-HL-01).
    uint8 internal constant LIMIT_FOLLOWS_ALLOCATION = 32;
    /// @dev Every flag there is.
    uint8 internal constant ALL = 63;
}

/// @notice What a block remembers of its units. Flags of six bits.
library Marks {
    uint8 internal constant FREE = 1; // allocated free of charge, and not moved since
    uint8 internal constant TRADED = 2; // transferred at least once (banking in Hubei, R-BB-02)
    uint8 internal constant FROZEN = 4; // comes back frozen from abroad or from its pledge
}

/// @notice A run of consecutive serial numbers.
struct SerialRange {
    uint40 first;
    uint40 count;
}

/// @notice A class that a holding limit counts, here or at a linked registry.
struct LimitClass {
    address registry;
    ClassId classId;
}

/// @notice Names units of a holder: the range [first, first + count) inside the block that starts
/// at `block_`. `previous` is a block before it in the holder's list, best the one just before, or
/// zero for the head; it is read only when the range begins the block, because only then must the
/// list be relinked.
struct BlockRef {
    uint40 block_;
    uint40 previous;
    uint40 first;
    uint40 count;
}

/// @notice One fact about a class, such as ("scheme", "CCER") or ("started", 20150131).
/// @dev Names are short ASCII text. A value is short text, left aligned, or a number, right aligned;
/// dates are numbers in the form 20150131. A value is never zero.
struct Attribute {
    bytes32 name;
    bytes32 value;
}

/// @notice How a condition compares an attribute with its values.
enum Test {
    ANY_OF, // the attribute is one of the values; a zero among them means: or the class lacks it
    NONE_OF, // it is none of them, or the class lacks it
    AT_LEAST, // it is a number, not below the one value
    AT_MOST // it is a number, not above the one value
}

/// @notice What a class must be for a rule to concern it. See `Attributes`.
struct Condition {
    bytes32 attribute;
    Test test;
    bytes32[] values;
}

/// @notice What a unit class is. Vintage is the year of the reduction or of the compliance year;
/// the period is the trading or crediting period.
struct ClassSpec {
    UnitType unitType;
    uint16 vintage;
    uint16 periodFirstYear;
    uint16 periodLastYear;
    uint40 cap; // units; the most that may ever be issued
    Attribute[] attributes; // in the ascending order of their names; at most 15, abroad 16
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

// Errors that several contracts share.

/// @notice The account is no operator's: operators alone have entitlements and obligations.
error NotOperatorAccount(address account);

/// @notice The account is administered by another province than the decision names.
error ProvinceIs(address account, uint16 province);

/// @notice It could be put right until then.
error WindowPassed(uint40 until);

/// @notice A list has at most so many entries, and at least one.
error ListLength(uint256 length, uint256 max);

/// @notice Who proposed or initiated does not approve.
/// @param id of the proposal or request
error SamePerson(uint256 id, address caller);

/// @notice The proposal or request still waits.
error TooEarly(uint256 id, uint40 readyAt);

/// @notice A call has at most this many bytes.
error CallTooLong(uint256 length, uint256 max);

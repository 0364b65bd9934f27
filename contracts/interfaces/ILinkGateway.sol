// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, Restriction, SerialRange, UnitState} from "./LedgerTypes.sol";

/// @title Links between unit registries
/// @notice An agreement is a pair of registries; a link is one direction of it. Agreement n has the
/// links 2n (from its first registry to its second) and 2n + 1 (the other way).
///
/// A transfer escrows units at the source and issues units of a foreign class at the destination,
/// in one transaction. Each transfer is a lot. Inside a lot, source unit i and foreign unit j are
/// laid on one line: foreign unit j covers [j, j+1), source unit i covers [i x rate, (i+1) x rate).
/// Units that overlap are twins. A source unit comes home when all its twins have come home; it is
/// used abroad when none of its twins is in circulation and at least one was used. So for every set
/// of foreign units in circulation, escrowed source units x rate covers them, and no tonne counts
/// twice, at any rate (R-LK-04).
///
/// @dev The gateway trusts each registry for its own units only. It has no owner and no settings;
/// whoever may speak for a programme is asked of that programme's authority.
interface ILinkGateway {
    /// @notice The terms of a link. A link with rateNumerator zero is absent (one-way agreements).
    struct Terms {
        uint64 rateNumerator; // destination units per ...
        uint64 rateDenominator; // ... this many source units
        uint40 quota; // destination units that may be imported in a quota period (R-LK-01)
        uint16 quotaShare; // if not zero, the quota is this many basis points of a cap, rounded down
        uint256 quotaClass; // of the destination: the class whose cap that is
        bool net; // units that come home give their quota back
        uint32 notice; // seconds between the acceptance of other terms and their effect
        uint40 validFrom; // first second, since 1970
        uint40 validUntil; // last second
        uint40 periodStart; // start of the first quota period
        uint32 periodLength; // seconds
        uint8 unitTypes; // bit (1 << UnitType) for each type accepted (R-LK-02)
        uint16 vintageFrom;
        uint16 vintageTo;
        bytes32[] categories; // of projects; none: any. At most 8
        bytes32[] regions; // of projects; none: any. At most 8
    }

    struct Link {
        address source;
        address destination;
        uint32 version; // of the terms in force; 0 before acceptance
        uint8 suspendedBy; // bit 0: the source's side, bit 1: the destination's
    }

    /// @notice What a transfer would do now. When `restriction` is not NONE it would be refused.
    struct Quote {
        uint32 version;
        uint40 sourceUnits; // what would be taken: the least that yields destinationUnits
        uint40 destinationUnits; // floor(quantity x rate)
        uint40 quota;
        uint40 quotaUsed;
        uint40 periodStart;
        Restriction restriction;
        string reason;
    }

    /// @notice A transfer as its sender wants it; it fails, whole, if anything no longer holds.
    struct Request {
        address account; // whose units; the caller must be allowed to act for it
        uint32 linkId;
        uint32 version; // of the terms that were quoted
        uint256 classId; // at the source
        uint40 quantity; // offered; the least that yields floor(quantity x rate) is taken
        uint40 accepted; // the least destination units that the sender accepts
        address recipient; // account at the destination
    }

    struct Lot {
        uint32 linkId;
        uint32 version;
        uint40 sourceCount;
        uint40 foreignFirst;
        uint40 foreignCount;
        uint40 escrowed; // source units still in escrow
        uint64 rateNumerator;
        uint64 rateDenominator;
        uint40 outstanding; // foreign units still in circulation
        uint256 sourceClass;
        uint256 foreignClass;
    }

    event AgreementProposed(uint32 indexed agreementId, address indexed first, address indexed second, address by);
    event AgreementAccepted(uint32 indexed agreementId, address by);
    event TermsProposed(uint32 indexed linkId, uint32 version, Terms terms, address by);
    /// @notice Both sides agreed; the terms take effect by themselves at `effectiveAt`.
    event TermsAccepted(uint32 indexed linkId, Terms terms, uint40 effectiveAt, address by);
    /// @notice The link follows these terms. After a notice period they did so from `effectiveAt` on;
    /// this event comes with the first step that follows them.
    event TermsInForce(uint32 indexed linkId, uint32 version, Terms terms, address by);
    event LinkSuspended(uint32 indexed linkId, address indexed registry, address by);
    event LinkResumed(uint32 indexed linkId, address indexed registry, address by);
    event LotOpened(
        uint256 indexed lotId,
        uint32 indexed linkId,
        address indexed account,
        Lot lot,
        address recipient,
        SerialRange[] sourceRanges
    );
    /// @notice The quota meter of a link after a transfer.
    event QuotaUsed(uint32 indexed linkId, uint40 indexed periodStart, uint40 used, uint40 quota);
    /// @notice Foreign units of a lot left circulation. State HELD: they went home.
    event ForeignSettled(uint256 indexed lotId, uint40 first, uint40 count, UnitState state);
    /// @notice Source units of a lot left escrow. State HELD: back in circulation at home.
    event SourceSettled(uint256 indexed lotId, uint40 first, uint40 count, UnitState state, address to);

    error NotLinkAdministrator(address caller, address registry);
    error AgreementUnknown(uint32 agreementId);
    error AgreementExists(address first, address second);
    error AgreementAlreadyAccepted(uint32 agreementId);
    error TermsInvalid(string reason);
    /// @dev No such terms are proposed: none at all, another version, or other words.
    error TermsNotProposed(uint32 linkId, uint32 version);
    /// @dev These source units of the lot have left escrow already.
    error AlreadySettled(uint256 lotId, uint40 first, uint40 count);
    error LinkUnknown(uint32 linkId);
    error LinkIsSuspended(uint32 linkId);
    error LinkNotStarted(uint32 linkId, uint40 validFrom);
    error LinkExpired(uint32 linkId, uint40 validUntil);
    error TermsStale(uint32 linkId, uint32 quoted, uint32 inForce);
    error ClassNotEligible(uint32 linkId, uint256 classId);
    error NothingConverted(uint32 linkId, uint256 quantity);
    error QuotaExceeded(uint32 linkId, uint256 requested, uint256 remaining);
    error QuotaNotLowered(uint32 linkId, uint40 from, uint40 to);
    error ReceivedLessThanAccepted(uint256 received, uint256 accepted);
    error TooManySourceBlocks(uint256 blocks, uint256 most);
    error NotImported(address registry, uint256 classId, uint40 first);

    // ---- agreements and terms -------------------------------------------------------------

    /// @notice Proposes a link agreement. Caller: link administrator of `first`. Until it is accepted,
    /// `first` may propose other terms under the same number.
    function proposeAgreement(
        address first,
        address second,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external returns (uint32 agreementId);

    /// @notice Accepts an agreement. Caller: link administrator of the second registry, which repeats
    /// the terms, so that it accepts what it read and nothing else.
    function acceptAgreement(
        uint32 agreementId,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external;

    /// @notice Proposes new terms for a link. Caller: link administrator of either side.
    function proposeTerms(uint32 linkId, Terms calldata terms) external;

    /// @notice Accepts the terms that the other side proposed. They take effect after the notice that
    /// the terms in force demand.
    /// @param version the version that the proposed terms will have
    /// @param terms the proposed terms, repeated
    function acceptTerms(uint32 linkId, uint32 version, Terms calldata terms) external;

    /// @notice Lowers the import quota at once. Caller: link administrator of the destination, alone.
    /// A quota below what is used already stops imports until the next period. Terms that wait for
    /// their notice to pass are lowered too.
    function lowerQuota(uint32 linkId, uint40 quota) external;

    /// @notice Stops exports and imports over a link at once. Returns stay possible. Either side.
    function suspend(uint32 linkId) external;

    /// @notice Takes back one's own side's suspension.
    function resume(uint32 linkId) external;

    // ---- transfers ------------------------------------------------------------------------

    /// @notice Sends an account's units over a link. Caller: whoever may act for it at the source.
    /// @param refs serials to take; empty: from the head of the list. Their sum must equal the
    /// `sourceUnits` of the quote.
    function transfer(Request calldata request, BlockRef[] calldata refs) external returns (uint256 lotId);

    /// @notice Sends an account's foreign units home, at the rate of their lots. Works whatever the
    /// state of the link: units can always come home. Caller: whoever may act for the account.
    /// @param registry where the units are foreign
    /// @param recipient account at the registry they came from
    /// @param accepted least source units to be released
    function returnUnits(
        address account,
        address registry,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address recipient,
        uint40 accepted
    ) external returns (uint256 released);

    /// @notice Foreign units reached a terminal state. Caller: the registry itself.
    function unitsUsed(uint256 classId, SerialRange[] calldata ranges, UnitState state) external;

    // ---- questions ------------------------------------------------------------------------

    function linkOf(uint32 linkId) external view returns (Link memory);

    /// @notice The terms that the link follows now.
    function termsOf(uint32 linkId) external view returns (Terms memory);

    /// @notice Terms that both sides accepted and that wait; effectiveAt zero: none.
    function scheduledTermsOf(uint32 linkId) external view returns (Terms memory terms, uint40 effectiveAt);

    function quotaUsed(uint32 linkId, uint40 periodStart) external view returns (uint40);

    function quote(uint32 linkId, uint256 classId, uint40 quantity) external view returns (Quote memory);

    function lotOf(uint256 lotId) external view returns (Lot memory lot, SerialRange[] memory sourceRanges);

    /// @notice The lot that a foreign unit came in.
    function lotAt(address registry, uint256 classId, uint40 serial) external view returns (uint256 lotId);

    function agreementCount() external view returns (uint32);

    function lotCount() external view returns (uint256);
}

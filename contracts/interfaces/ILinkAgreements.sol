// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, ClassId, Condition, LinkId, LotId} from "./LedgerTypes.sol";

/// @title Who is linked with whom, on what terms
/// @notice The programmes of a gateway are its members: each was admitted by another, under a code that
/// nobody else can take. An agreement is a pair of members; a link is one direction of it. Agreement n has
/// the links 2n (from its first registry to its second) and 2n + 1 (the other way).
///
/// What loosens needs two people of each side, and notice. What only tightens one's own side is one link
/// administrator's, at once: a lower quota, a suspension.
///
/// @dev A side acts as itself: every function that a side calls names the registry, and only that registry's
/// own authority is asked whether the caller may. Nothing here asks a partner's contracts but the acceptance
/// of an agreement and of an edition, which read the partner's code. So whatever a partner's contracts do,
/// they stop nobody but themselves. The gateway has no owner and no settings.
interface ILinkAgreements {
    /// @notice The terms of a link. A link with rateNumerator zero is absent (one-way agreements), and then
    /// all its terms are zero.
    struct Terms {
        uint64 rateNumerator; // destination units per ...
        uint64 rateDenominator; // ... this many source units
        uint40 quota; // destination units that may be imported in a quota period (R-LK-01)
        uint16 quotaShare; // if not zero, the quota is this many basis points of a cap, rounded down
        ClassId quotaClass; // of the destination: the class whose cap that is
        bool net; // units that come home give their quota back
        bool freshMeter; // what was used under the terms before does not count against the first period
        bool freezesAbroad; // a freeze by the source's authority reaches units at the destination
        uint32 notice; // seconds between the acceptance of other terms and their effect
        uint40 validFrom; // first second, since 1970
        uint40 validUntil; // last second
        uint40[] periods; // last second of each quota period, ascending; the last is validUntil. At most 40
        uint8 unitTypes; // bit (1 << UnitType) for each type accepted (R-LK-02)
        uint16 vintageFrom;
        uint16 vintageTo;
        bytes32 unit; // what a source unit is, as the class says ("short-ton"); zero: a tonne (R-UN-01)
        Condition[] conditions; // that a class must meet; none: any
    }

    /// @notice One direction of an agreement, as it stands.
    struct Link {
        address source;
        address destination;
        uint32 version; // of the terms in force; 0 before acceptance
        uint8 suspendedBy; // bit 0: the source's side, bit 1: the destination's
        uint40 endsAt; // first second in which the agreement has ended; zero: no end is given notice of
    }

    /// @notice The quota meter of a link.
    struct Meter {
        uint40 used; // destination units imported in the period, less what came home under net terms
        uint40 periodStart; // first second
        uint40 periodEnd; // last second
    }

    /// @notice A programme that takes part.
    struct Member {
        bytes32 code; // as it was when it was admitted; zero: no member
        uint32 succession; // of the gateway's code, that it accepted last
    }

    /// @notice What a side consents to, beside the terms: with whom, under which name, running which code.
    struct Consent {
        address counterparty; // registry
        bytes32 code; // the counterparty's, as it was admitted
        bytes32 edition; // hash of the counterparty's code, see `editionOf`
    }

    /// @notice A change of the gateway's own code, under consideration or done.
    struct Succession {
        address edition;
        bytes32 codeHash;
        uint40 readyAt; // first second in which it can be carried out though some have not answered
        uint32 accepted; // members that accepted
        bool stopped; // a member objected
        bool done;
    }

    /// @notice A programme takes part from now on, under this code.
    event MemberAdmitted(address indexed registry, bytes32 indexed code, address indexed sponsor, address by);

    /// @notice A pair is proposed, or proposed anew on other terms.
    event AgreementProposed(
        uint32 indexed agreementId,
        address indexed first,
        address indexed second,
        bytes32 edition,
        address by
    );

    /// @notice A pair is linked.
    event AgreementAccepted(uint32 indexed agreementId, bytes32 edition, address by);

    /// @notice A side gave notice, or both agreed to the end.
    /// @param endsAt first second in which the agreement has ended
    event AgreementEnding(uint32 indexed agreementId, address indexed registry, uint40 endsAt, address by);

    /// @notice Terms are proposed for a link. They can be accepted until `deadline`.
    event TermsProposed(
        LinkId indexed linkId,
        uint32 version,
        Terms terms,
        address indexed registry,
        uint40 deadline,
        address by
    );

    /// @notice The proposed terms are withdrawn.
    event TermsWithdrawn(LinkId indexed linkId, address indexed registry, address by);

    /// @notice Both sides agreed; the terms take effect by themselves at `effectiveAt`.
    event TermsAccepted(LinkId indexed linkId, Terms terms, uint40 effectiveAt, address by);

    /// @notice The link follows these terms. After a notice period they did so from `effectiveAt` on;
    /// this event comes with the first step that follows them.
    /// @param decidedBy who accepted them, or lowered the quota
    /// @param carriedOutBy whose step it was that followed them first; the same, unless they had waited
    event TermsInForce(
        LinkId indexed linkId,
        uint32 version,
        Terms terms,
        address decidedBy,
        address carriedOutBy
    );

    /// @notice Terms that wait for their notice were lowered with those in force.
    event WaitingQuotaLowered(LinkId indexed linkId, uint40 quota, address by);

    /// @notice A side stopped exports and imports over a link.
    event LinkSuspended(LinkId indexed linkId, address indexed registry, address by);

    /// @notice A side took its own suspension back.
    event LinkResumed(LinkId indexed linkId, address indexed registry, address by);

    /// @notice The quota meter of a link changed: by a transfer, a return under net terms, or new terms.
    event QuotaUsed(LinkId indexed linkId, uint40 indexed periodStart, uint40 periodEnd, uint40 used, uint40 quota);

    /// @notice A side accepts that its counterparty runs this code.
    event EditionAccepted(uint32 indexed agreementId, address indexed counterparty, bytes32 edition, address by);

    /// @notice A member proposes that the gateway runs other code.
    event SuccessionProposed(
        uint32 indexed number,
        address indexed edition,
        bytes32 codeHash,
        uint40 readyAt,
        address indexed registry,
        address by
    );

    /// @notice A member accepts that the gateway runs, or will run, that code.
    event SuccessionAccepted(uint32 indexed number, address indexed registry, address by);

    /// @notice A member objects: the gateway will not run that code.
    event SuccessionStopped(uint32 indexed number, address indexed registry, address by);

    /// @notice The gateway runs other code from now on.
    event GatewaySucceeded(uint32 indexed number, address indexed edition);

    /// @notice A verification report belongs to one programme.
    event ReportClaimed(bytes32 indexed report, address indexed registry);

    /// @notice Units at the destination were frozen because the source asked for it, under a lien there.
    event FrozenAbroad(LotId indexed lotId, address indexed desk, uint256 indexed lienId, bytes32 reason);

    /// @notice The source let go of units that it had frozen at the destination.
    event LiftedAbroad(LinkId indexed linkId, address indexed desk, uint256 indexed lienId);

    /// @notice The caller may not speak for that registry.
    error NotLinkAdministrator(address caller, address registry);

    /// @notice That registry is no side of the link.
    error NotASide(LinkId linkId, address registry);

    /// @notice That registry is no member of this gateway; a member admits it.
    error NotAMember(address registry);

    /// @notice The registry is a member, another one has its code, or it is not the code that was named.
    error MemberInvalid(address registry, bytes32 code);

    /// @notice There is no such agreement.
    error AgreementUnknown(uint32 agreementId);

    /// @notice The pair has an agreement that has not ended, or the other side proposed one.
    error AgreementExists(address first, address second);

    /// @notice A registry is not linked with itself.
    error SameRegistry(address registry);

    /// @notice The agreement is accepted already.
    error AgreementAlreadyAccepted(uint32 agreementId);

    /// @notice The agreement has ended: units come home and are used, and nothing crosses.
    error AgreementEnded(uint32 agreementId, uint40 endsAt);

    /// @notice The side gave notice already.
    error AlreadyEnding(uint32 agreementId, uint40 endsAt);

    /// @notice The counterparty, its name or its code is another than was consented to.
    error ConsentInvalid(address counterparty, bytes32 code, bytes32 edition);

    /// @notice The terms are not sound.
    error TermsInvalid(string reason);

    /// @notice No such terms are proposed: none at all, another version, other words, or too long ago.
    error TermsNotProposed(LinkId linkId, uint32 version);

    /// @notice There is no such link.
    error LinkUnknown(LinkId linkId);

    /// @notice A quota is only lowered alone.
    error QuotaNotLowered(LinkId linkId, uint40 from, uint40 to);

    /// @notice The terms do not let a freeze of the source reach units at the destination.
    error FreezeStaysHome(LinkId linkId);

    /// @notice The lien desk that the destination names is another registry's.
    error NotItsDesk(address registry, address desk);

    /// @notice The named units are not of that lot.
    error OutsideLot(LotId lotId, uint40 first, uint40 count);

    /// @notice Another programme claimed the report: its credits exist there.
    error ReportTaken(bytes32 report, address registry);

    /// @notice There is no such succession, it is not the latest, or it is stopped or done.
    error SuccessionNotOpen(uint32 number);

    /// @notice Not all members accepted, and the time to object has not passed.
    error SuccessionNotReady(uint32 number, uint40 readyAt);

    /// @notice The member accepted this one or a later one already, or it accepts other code than was proposed.
    error SuccessionInvalid(uint32 number, bytes32 codeHash);

    // ---- members --------------------------------------------------------------------------

    /// @notice Admits a programme. Caller: two people of `sponsor`, which is a member; the first member of
    /// all admits itself.
    /// @param code the registry's own, which nobody has yet
    function admit(address sponsor, address registry, bytes32 code) external;

    /// @notice Claims a verification report for a programme: no other member issues on it. Caller: the
    /// programme's issuance desk.
    function claimReport(address registry, bytes32 report) external;

    // ---- agreements -----------------------------------------------------------------------

    /// @notice Proposes a link agreement. Caller: two people of `first`. Until it is accepted,
    /// `first` may propose other terms under the same number.
    /// @param consent about the second registry
    function proposeAgreement(
        address first,
        Consent calldata consent,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external returns (uint32 agreementId);

    /// @notice Accepts an agreement. Caller: two people of the second registry, which repeats
    /// the terms, so that it accepts what it read and nothing else.
    /// @param consent about the first registry
    function acceptAgreement(
        uint32 agreementId,
        Consent calldata consent,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external;

    /// @notice Ends an agreement after the longer notice of its two links; when both sides did, at once.
    /// Units abroad can still come home and be used. Afterwards the pair may agree anew. Caller: two people of
    /// `registry`, a side of it.
    function endAgreement(uint32 agreementId, address registry) external;

    /// @notice Accepts that the counterparty runs, or will run, other code. Until then nothing crosses
    /// between the two; units come home and are used. Caller: two people of `registry`.
    /// @param edition hash of the counterparty's code, see `editionOf`
    function acceptEdition(uint32 agreementId, address registry, bytes32 edition) external;

    // ---- terms ----------------------------------------------------------------------------

    /// @notice Proposes new terms for a link, in the name of a side. Caller: two people of `registry`.
    function proposeTerms(LinkId linkId, address registry, Terms calldata terms) external;

    /// @notice Withdraws the terms that one's own side proposed. Caller: a link administrator of `registry`.
    function withdrawTerms(LinkId linkId, address registry) external;

    /// @notice Accepts the terms that the other side proposed, while their deadline has not passed. They take
    /// effect after the notice that the terms in force demand. Caller: two people of `registry`.
    /// @param version the version that the proposed terms will have
    /// @param terms the proposed terms, repeated
    function acceptTerms(LinkId linkId, address registry, uint32 version, Terms calldata terms) external;

    /// @notice Lowers the import quota at once. Caller: a link administrator of the destination, alone.
    /// A quota below what is used already stops imports until the next period. Terms that wait for
    /// their notice to pass are lowered too.
    function lowerQuota(LinkId linkId, uint40 quota) external;

    /// @notice Stops exports and imports over a link at once. Returns and uses stay possible. Caller: a link
    /// administrator of `registry`, a side of it.
    function suspend(LinkId linkId, address registry) external;

    /// @notice Takes back one's own side's suspension. Caller: two people of `registry`.
    function resume(LinkId linkId, address registry) external;

    // ---- freezes across the link ----------------------------------------------------------

    /// @notice Freezes units at the destination, where the terms in force let the source's authority do so.
    /// Caller: a compliance officer of the lot's source.
    /// @param holder who has the units at the destination
    /// @param refs which; all of the lot
    function freezeAbroad(
        LotId lotId,
        address holder,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external returns (uint256 lienId);

    /// @notice Lets go of such a freeze. The destination's authority can, too, at its own desk. Caller: two
    /// people of the link's source.
    /// @param lienId at the destination's lien desk
    function liftAbroad(LinkId linkId, uint256 lienId) external;

    // ---- the gateway's own code -----------------------------------------------------------

    /// @notice Proposes that the gateway runs other code. Caller: two people of `registry`, a member.
    /// @param edition a contract with the new code
    function proposeSuccession(address registry, address edition) external returns (uint32 number);

    /// @notice Accepts it. A member that has not, when it is done, stands still: nothing crosses its links
    /// until it accepts; units come home and are used. Whoever accepts one has accepted those before it.
    /// Caller: two people of `registry`, a member.
    /// @param codeHash of the code that was examined
    function acceptSuccession(uint32 number, address registry, bytes32 codeHash) external;

    /// @notice Objects to it, which stops it. Caller: a link administrator of `registry`, a member.
    function stopSuccession(uint32 number, address registry) external;

    /// @notice Has it done, when all members accepted, or nobody objected in time. Anybody.
    function succeedGateway(uint32 number) external;
}

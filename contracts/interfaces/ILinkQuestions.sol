// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILinkAgreements} from "./ILinkAgreements.sol";
import {ILinkTransfers} from "./ILinkTransfers.sol";
import {ClassId, LinkId, LotId, Restriction, SerialRange} from "./LedgerTypes.sol";

/// @title What a link gateway answers
interface ILinkQuestions {
    /// @notice What a transfer would do now. When `restriction` is not NONE it would be refused.
    struct Quote {
        uint32 version;
        uint256 sourceUnits; // what would be taken: the least that yields destinationUnits
        uint256 destinationUnits; // floor(quantity x rate)
        uint40 quota;
        uint40 quotaUsed;
        uint40 periodStart;
        uint40 periodEnd;
        Restriction restriction;
        string reason;
    }

    // ---- transfers and lots ---------------------------------------------------------------

    /// @notice What a transfer by quantity would do now, or why it would be refused.
    /// @param account the sender, acting itself; zero: only the link and the class are asked
    /// @param recipient its account at the destination; read when `account` is not zero
    function quote(
        LinkId linkId,
        ClassId classId,
        uint40 quantity,
        address account,
        address recipient
    ) external view returns (Quote memory);

    /// @notice A lot, and its source serials.
    function lotOf(LotId lotId) external view returns (ILinkTransfers.Lot memory lot, SerialRange[] memory sourceRanges);

    /// @notice The lot that a foreign unit came in; zero: none.
    function lotAt(address registry, ClassId classId, uint40 serial) external view returns (LotId lotId);

    /// @notice Source units of a lot that wait for their registry.
    function waitingOf(LotId lotId) external view returns (ILinkTransfers.Waiting[] memory);

    /// @notice Lots are numbered from 1 to this.
    function lotCount() external view returns (uint64);

    /// @notice The class at `destination` that stands for a class of `source`, its latest series; zero: none yet.
    function foreignClassOf(
        address destination,
        address source,
        ClassId classId
    ) external view returns (ClassId foreignClass, uint256 series);

    // ---- members, agreements, terms -------------------------------------------------------

    /// @notice A link as it stands now.
    function linkOf(LinkId linkId) external view returns (ILinkAgreements.Link memory);

    /// @notice The terms that the link follows now.
    function termsOf(LinkId linkId) external view returns (ILinkAgreements.Terms memory);

    /// @notice Terms that are proposed, by which side, and until when they can be accepted; deadline zero: none.
    function proposedTermsOf(
        LinkId linkId
    ) external view returns (ILinkAgreements.Terms memory terms, address registry, uint40 deadline);

    /// @notice Terms that both sides accepted and that wait; effectiveAt zero: none.
    function scheduledTermsOf(LinkId linkId) external view returns (ILinkAgreements.Terms memory terms, uint40 effectiveAt);

    /// @notice The quota meter as it stands now, and the quota.
    function meterOf(LinkId linkId) external view returns (ILinkAgreements.Meter memory meter, uint40 quota);

    /// @notice A programme as it was admitted; code zero: it was not.
    function memberOf(address registry) external view returns (ILinkAgreements.Member memory);

    /// @notice The programme that was admitted under a code; zero: none.
    function registryOf(bytes32 code) external view returns (address);

    /// @notice How many programmes take part.
    function memberCount() external view returns (uint32);

    /// @notice Hash of the code of a registry: of its address's own code and of the edition that it runs.
    function editionOf(address registry) external view returns (bytes32);

    /// @notice Whether the counterparty of a registry in an agreement accepts that it runs that code.
    function isEditionAccepted(uint32 agreementId, address registry, bytes32 edition) external view returns (bool);

    /// @notice Agreements are numbered from 1 to this.
    function agreementCount() external view returns (uint32);

    /// @notice The programme that claimed a report; zero: none.
    function claimOf(bytes32 report) external view returns (address);

    /// @notice A succession of the gateway's code.
    function successionOf(uint32 number) external view returns (ILinkAgreements.Succession memory);

    /// @notice Successions are numbered from 1 to this.
    function successionCount() external view returns (uint32);

    /// @notice The number of the succession that the gateway runs; zero: its first code.
    function currentSuccession() external view returns (uint32);
}

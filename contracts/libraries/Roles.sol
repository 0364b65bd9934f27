// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roles of a programme
/// @notice Numbers of AccessManager roles; ADMINISTRATOR is its role 0, which administers roles. A province
/// is a role of its own: that of province n is PROVINCES + n.
library Roles {
    uint64 internal constant ADMINISTRATOR = 0; // held by the proposal desk, never by a person
    uint64 internal constant ACCOUNT_ADMINISTRATOR = 1;
    uint64 internal constant ISSUER = 2;
    uint64 internal constant ALLOCATOR = 3; // State level: confirms what a province proposes
    uint64 internal constant COMPLIANCE_OFFICER = 4;
    uint64 internal constant VERIFIER = 5;
    uint64 internal constant LINK_ADMINISTRATOR = 6;
    uint64 internal constant GUARDIAN = 7; // stops proposals and does nothing else
    uint64 internal constant LINK_GATEWAY = 8; // a contract
    uint64 internal constant COUNCIL = 9; // decides on roles, delays and steps
    /// @dev In a step: whoever has the role of the province that the call names (Art. 13, R-AL-28).
    uint64 internal constant PROVINCE = 10;
    uint64 internal constant PROPOSAL_DESK = 11; // a contract
    uint64 internal constant ISSUANCE_DESK = 12; // a contract

    uint64 internal constant PROVINCES = 1 << 32;

    /// @notice The role of whoever proposes for a province.
    function ofProvince(uint16 province) internal pure returns (uint64) {
        return PROVINCES + province;
    }

    /// @notice All provinces are one office: what excludes PROVINCE excludes each of them.
    function office(uint64 role) internal pure returns (uint64) {
        return isProvince(role) ? PROVINCE : role;
    }

    function isProvince(uint64 role) internal pure returns (bool) {
        return role > PROVINCES && role <= PROVINCES + type(uint16).max;
    }

    /// @notice Roles that people have.
    function isPersonal(uint64 role) internal pure returns (bool) {
        return
            isProvince(role) ||
            role == COUNCIL ||
            (role >= ACCOUNT_ADMINISTRATOR && role <= GUARDIAN);
    }
}

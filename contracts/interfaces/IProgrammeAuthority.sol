// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @title Who may do what in one programme
/// @notice Every function of the programme's contracts that is not a holder's own belongs to one
/// role. A sensitive function belongs to the proposal desk, which needs two people for it; the
/// others belong to people. The administration of roles belongs to the proposal desk too. The authority is
/// also the keeper of the programme's code (see `ISuccession`).
///
/// @dev No step can lock the programme: the council and the guardians never become fewer than
/// `LEAST_COUNCIL` and one, and the proposal desk keeps its own role and the administration of roles. A member
/// whose key is lost is replaced by two others of the council. No step can make one person enough for what
/// takes two: what belongs to the desks is never given to people, and the desks' own roles neither.
/// The authority's own code cannot be succeeded: it is what all else is held to.
interface IProgrammeAuthority is IAccessManager {
    /// @notice The contracts of one programme.
    struct Programme {
        address registry;
        address proposalDesk;
        address issuanceDesk;
        address complianceDesk;
        address lienDesk;
        address holderDesk;
    }

    /// @notice Nobody has both roles from now on, or may again.
    event RolesExcluded(uint64 indexed roleA, uint64 indexed roleB, bool exclusive);

    /// @notice A programme's contracts are tied to the roles, or one of its desks is another from now on.
    event ProgrammeAdopted(Programme programme);

    /// @notice The programme takes part in the links of a gateway.
    event GatewayAdopted(address indexed gateway);

    /// @notice An address of the programme runs other code from now on.
    /// @param codeHash of that code
    event CodeSucceeded(address indexed target, address indexed edition, bytes32 codeHash);

    /// @notice The role would have fewer members than it needs.
    error TooFewMembers(uint64 role, uint256 members, uint256 least);

    /// @notice A role has at most this many members.
    error TooManyMembers(uint64 role, uint256 max);

    /// @notice One key would have two roles that exclude each other.
    error RolesExclude(address account, uint64 held, uint64 granted);

    /// @notice A key speaks for one province at most.
    error ProvinceHeld(address account, uint16 province);

    /// @notice The role is a contract's, given when the contract is adopted; or it excludes itself; or it is
    /// the guardian's, who has no functions.
    error RoleInvalid(uint64 role);

    /// @notice The function takes two people, and stays so.
    error FunctionTakesTwo(address target, bytes4 selector);

    /// @notice What is fixed once: the registry and the proposal desk of a programme, and the authority of
    /// each of its contracts.
    error AuthorityFixed(address target);

    /// @notice AccessManager offers it; here it would be a second way round what two people decide.
    error NotOffered();

    /// @notice There is no code of this hash at that address.
    error CodeUnknown(address edition, bytes32 expected, bytes32 actual);

    /// @notice Ties the programme's contracts to the roles, at first and whenever a desk is another. What
    /// is not named here is open to holders, or belongs to the administration of roles. A desk that is no
    /// longer named loses its roles; registry and proposal desk stay. Role: administrator of roles.
    function adoptProgramme(Programme calldata p) external;

    /// @notice Admits a link gateway: it may escrow and import. What binds the programme needs two
    /// people; what only tightens its own side, one link administrator. Role: administrator of roles.
    function adoptGateway(address gateway) external;

    /// @notice Forbids that one key has both roles, or allows it again. Refused while a key has both. Role:
    /// administrator of roles.
    function setExclusion(uint64 roleA, uint64 roleB, bool exclusive) external;

    /// @notice Has an address of the programme run other code. Role: administrator of roles.
    /// @param codeHash of the code that was examined
    /// @param migration a call that the new code makes of itself; empty: none
    function succeed(address target, address edition, bytes32 codeHash, bytes calldata migration) external;

    /// @notice How often a role was taken from an account. Whoever acted in a role acted in a tenure of it:
    /// what is not finished when it ends is void, even if the role is given back.
    function tenureOf(uint64 role, address account) external view returns (uint32);

    /// @notice Everybody who has a role.
    function membersOf(uint64 role) external view returns (address[] memory);

    /// @notice The offices that an account has, a bit for each role; all provinces are the bit of PROVINCE.
    function officesOf(address account) external view returns (uint256);

    /// @notice The roles that exclude a role, a bit for each.
    function excludedBy(uint64 role) external view returns (uint256);

    /// @notice The province that an account speaks for; zero: none.
    function provinceOf(address account) external view returns (uint16);

    /// @notice The programme's contracts.
    function programme() external view returns (Programme memory);
}

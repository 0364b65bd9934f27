// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccountRegister} from "./IAccountRegister.sol";
import {AccountKind, AccountStatus, BlockRef, ClassId, ClassTotals, SerialRange, UnitState} from "./LedgerTypes.sol";

/// @title The units of one programme, by serial number
/// @notice To the outside it is an ERC-1155 token: the token id is the class symbol itself, in ASCII, left
/// aligned ("KAU-2017" is 0x4b41552d32303137 followed by zeros). Inside, the units of a class are
/// tiled by blocks of consecutive serials, numbered from 1; the blocks in circulation of one
/// account form four lists, by their size (see `SerialBlocks`).
///
/// @dev Units move through one internal function only. Where a function takes `quantity` and
/// `refs`: with no refs, whole blocks are taken, the largest first, and the last one gives its highest
/// serials; with refs, exactly those serials, and their sum must equal `quantity`. One call moves at most
/// 256 blocks. Small gifts of others are never in the way of larger blocks.
interface IUnitLedger {
    /// @notice New serials exist. The movement that hands them out follows in the same transaction.
    /// @param evidence the decision's hash (allowances) or the verification report's (credits)
    event UnitsIssued(ClassId indexed classId, uint40 first, uint40 count, bytes32 indexed evidence);

    /// @notice One run of serials changed hands or state. The only event that moves units.
    /// @param from zero when the units are new
    /// @param to whom the block is recorded under; on surrender, retirement and cancellation the last holder
    /// @param run from the lowest bit: first serial (40 bits), count (40), transaction type (16, see
    /// `TransactionTypes`), state after (8, see `UnitState`). One word, because every further word
    /// would cost as much as three checks of a transfer.
    event UnitsMoved(ClassId indexed classId, address indexed from, address indexed to, uint256 run);

    /// @notice What the movements of a surrender, retirement, cancellation or reversal were for.
    /// @param complianceYear zero unless surrendered
    /// @param memo short public text, or the hash of a decision
    /// @param text hash of a text of any length that is kept elsewhere; zero: none
    event UnitsUsed(
        address indexed account,
        ClassId indexed classId,
        UnitState indexed state,
        uint40 quantity,
        uint16 complianceYear,
        bytes32 memo,
        bytes32 text
    );

    /// @notice There is no class of this symbol.
    error ClassUnknown(ClassId classId);

    /// @notice The class is sealed: nothing is issued into it any more.
    error ClassIsSealed(ClassId classId);

    /// @notice The class is of a linked registry: its units come by a link and go home by it.
    error ClassIsForeign(ClassId classId);

    /// @notice The caller is not the gateway that the class came through.
    error NotTheGateway(ClassId classId, address caller);

    /// @notice More would be issued than the cap leaves room for.
    error CapExceeded(ClassId classId, uint256 requested, uint256 remaining);

    /// @notice Nothing was asked for.
    error QuantityZero();

    /// @notice The named serials are more or fewer than the quantity.
    error QuantityMismatch(uint256 quantity, uint256 named);

    /// @notice Units do not go from an account to itself.
    error SameAccount(address account);

    /// @notice The range is not inside a block that starts at `block_` and that `holder` has in the state
    /// that is asked for.
    error UnitsNotHeld(ClassId classId, address holder, uint40 block_, uint40 first, uint40 count);

    /// @notice `previous` does not lead to `block_` in the holder's list within 64 blocks.
    error HintStale(ClassId classId, address holder, uint40 block_, uint40 previous);

    /// @notice The status of the account forbids that units leave it.
    error AccountCannotSend(address account, AccountStatus status);

    /// @notice The status of the account forbids that units come to it.
    error AccountCannotReceive(address account, AccountStatus status);

    /// @notice Units of the programme's own accounts leave by the programme's decisions only, never by a
    /// transfer, export, retirement, cancellation or pledge of whoever has the key.
    error AccountOfAuthority(address account, AccountKind kind);

    /// @notice Nobody sends units into a pool or reserve by a transfer.
    error AccountKeyless(address account);

    /// @notice The account acts through its representatives, at the holder desk.
    error HolderDeskRequired(address account);

    /// @notice The caller is neither the account itself nor the holder desk.
    error NotTheHolder(address account, address caller);

    /// @notice The account would hold more than its limit.
    /// @param held units over the limit's classes, with those that would arrive
    error HoldingLimitExceeded(address account, uint256 held, uint256 limit);

    /// @notice Issuance needs the hash of a decision or of a verification report.
    error EvidenceMissing(ClassId classId);

    /// @notice The free allowances of the account are locked until it has bought its paid share.
    error FreeAllowancesLocked(address account);

    /// @notice The account would sell more allowances than its share of its free allocation.
    /// @param sold units, with those that it would sell now
    error SaleShareExceeded(address account, uint256 sold, uint256 max);

    /// @notice Another desk orders this transaction type.
    error NotTheDesk(uint16 transactionType, address caller, address desk);

    /// @notice One call moves at most this many blocks; send in parts, or name larger blocks.
    error TooManyBlocks(ClassId classId, uint256 max);

    // ---- issuance -------------------------------------------------------------------------

    /// @notice Creates the next `quantity` serials of a class. Role: issuance desk, which has found
    /// the evidence sufficient.
    /// @param evidence hash of the decision, or of the verification report
    /// @return first serial of the new block
    function create(ClassId classId, address to, uint40 quantity, bytes32 evidence) external returns (uint40 first);

    // ---- what a desk orders ---------------------------------------------------------------

    /// @notice A movement that the programme orders. What it does is the transaction type's, see
    /// `TransactionRules`.
    struct Order {
        uint16 transactionType;
        uint16 complianceYear; // of a surrender or its reversal
        ClassId classId;
        address from;
        address to; // the same as `from` when only the state changes
        uint40 quantity;
        bool inParts; // takes what 256 blocks hold and the account has, up to the quantity
        bytes32 memo;
    }

    /// @notice Carries out an order. Caller: the one desk of its transaction type.
    /// @return moved units; the quantity, unless it was ordered in parts
    /// @return taken the serials that moved
    function order(
        Order calldata o,
        BlockRef[] calldata refs
    ) external returns (uint40 moved, SerialRange[] memory taken);

    /// @notice The desk that orders a transaction type; zero: nobody.
    function deskOf(uint16 transactionType) external view returns (address);

    // ---- what a holder does ---------------------------------------------------------------

    /// @notice Transfers named serials; the ERC-1155 functions transfer by quantity.
    function transferUnits(address from, address to, ClassId classId, BlockRef[] calldata refs) external;

    /// @notice Uses units for a voluntary claim.
    /// @param memo short public text of the claim and its beneficiary
    /// @param text hash of a text of any length that is kept elsewhere; zero: none
    function retire(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo,
        bytes32 text
    ) external;

    /// @notice Removes units from the market for the public good, without refund (Art. 22, R-CM-05).
    /// @param memo short public text of the reason
    /// @param text hash of a text of any length that is kept elsewhere; zero: none
    function cancel(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo,
        bytes32 text
    ) external;

    // ---- what a link gateway does ---------------------------------------------------------

    /// @notice Takes units out of circulation while their twins are abroad. Role: link gateway.
    function escrow(
        address from,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external returns (SerialRange[] memory taken);

    /// @notice Returns escrowed serials to circulation; those marked frozen come back set aside. Role: link
    /// gateway, its own escrow only.
    /// @param block_ start of the escrowed block that contains the range, or of one shortly before it
    function releaseEscrow(ClassId classId, uint40 block_, uint40 first, uint40 count, address to) external;

    /// @notice Makes escrowed serials terminal: their twins were used abroad. Role: link gateway.
    /// @param block_ as for `releaseEscrow`
    function closeEscrow(ClassId classId, uint40 block_, uint40 first, uint40 count, UnitState state) external;

    /// @notice Creates units of a foreign class for `to`. Role: the gateway that defined the class.
    function importUnits(ClassId classId, address to, uint40 quantity) external returns (uint40 first);

    /// @notice Cancels units of a foreign class on their way home. Role: the gateway that defined it.
    function exportUnits(
        address from,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external returns (SerialRange[] memory taken);

    // ---- questions ------------------------------------------------------------------------

    /// @notice Reverts unless `caller` may act for `account`: itself, or the holder desk. Accounts with two
    /// representatives act through the holder desk only. An ERC-1155 approval opens transfers and nothing
    /// else, so its operator may not.
    function checkHolder(address account, address caller) external view;

    /// @notice Reverts unless units of `account` may go to `to` by an act of `caller`: whoever is bound
    /// to a trusted list sends to those on the list, or through the holder desk, which keeps the lists.
    function checkReceiver(address account, address to, address caller) external view;

    /// @notice Everything about an account; status NONE when it was never opened.
    function accountOf(address account) external view returns (IAccountRegister.Account memory);

    /// @notice What was issued of a class, and what became of it, in units.
    function totalsOf(ClassId classId) external view returns (ClassTotals memory);

    /// @notice A block by its first serial; all zero when no block starts there.
    /// @return owner its holder; of a terminal block the last one
    /// @return count units
    /// @return next first serial of the next block in the holder's list, zero ends it; of a terminal block
    /// the time of its end, in seconds since 1970
    /// @return state where its units stand
    /// @return marks flags of `Marks`
    /// @return list which of its holder's lists it is in, 0 for the smallest blocks to 3
    function blockAt(
        ClassId classId,
        uint40 first
    )
        external
        view
        returns (address owner, uint40 count, uint40 next, UnitState state, uint8 marks, uint8 list);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IAccountRegister} from "./IAccountRegister.sol";
import {BlockRef, ClassSpec, ClassTotals, SerialRange, UnitState, UnitType} from "./LedgerTypes.sol";

/// @title The unit registry of one programme
/// @notice Holds every allowance and credit of a programme by serial number. One unit is one tonne
/// of CO2 equivalent (R-UN-01). The ledger is the final evidence of title (Art. 16, R-UN-04).
///
/// To the outside it is an ERC-1155 token: the token id is the class symbol itself, in ASCII, left
/// aligned ("KAU-2017" is 0x4b41552d32303137 followed by zeros). Inside, the units of a class are
/// tiled by blocks of consecutive serials, numbered from 1; the blocks in circulation of one
/// account form a list whose newest block is the head.
///
/// @dev Units move through one internal function only. Where a function takes `quantity` and
/// `refs`: with no refs, whole blocks are taken from the head of the list and the last one gives
/// its highest serials; with refs, exactly those serials, and their sum must equal `quantity`.
/// The registry trusts its authority (who may call what) and the gateways that the authority
/// admitted; it trusts no holder and no receiver.
interface IUnitRegistry is IAccountRegister, IERC1155MetadataURI {
    event ClassDefined(uint256 indexed classId, ClassSpec spec, address originRegistry, uint256 originClass);
    /// @param desk orders movements of this transaction type from now on; zero: nobody does
    event DeskChanged(uint16 indexed transactionType, address desk);
    event SaleShareChanged(uint16 basisPoints);
    event CapRaised(uint256 indexed classId, uint40 from, uint40 to);
    event ClassSealed(uint256 indexed classId, uint40 issued);
    /// @notice New serials exist. The movement that hands them out follows in the same transaction.
    /// @param evidence the decision's hash (allowances) or the verification report's (credits)
    event UnitsIssued(uint256 indexed classId, uint40 first, uint40 count, bytes32 indexed evidence);
    /// @notice One run of serials changed hands or state. The only event that moves units.
    /// @param from zero when the units are new
    /// @param to whom the block is recorded under; on surrender, retirement and cancellation the last holder
    /// @param run from the lowest bit: first serial (40 bits), count (40), transaction type (16, see
    /// `TransactionTypes`), state after (8, see `UnitState`). One word, because every further word
    /// would cost as much as three checks of a transfer.
    event UnitsMoved(uint256 indexed classId, address indexed from, address indexed to, uint256 run);
    /// @notice What the movements of a surrender, retirement, cancellation or reversal were for.
    /// @param complianceYear zero unless surrendered
    /// @param memo hash or short text of the claim or reason
    event UnitsUsed(
        address indexed account,
        uint256 indexed classId,
        UnitState indexed state,
        uint40 quantity,
        uint16 complianceYear,
        bytes32 memo
    );

    error SymbolInvalid(bytes32 symbol);
    error ClassAlreadyDefined(uint256 classId);
    error ClassUnknown(uint256 classId);
    error ClassSpecInvalid(uint256 classId);
    error ClassIsSealed(uint256 classId);
    error ClassTypeInvalid(uint256 classId, UnitType unitType);
    error CapExceeded(uint256 classId, uint256 requested, uint256 remaining);
    error CapNotRaised(uint256 classId, uint40 from, uint40 to);
    error QuantityZero();
    error QuantityMismatch(uint256 quantity, uint256 named);
    /// @dev The range is not inside a block that starts at `block_` and that `holder` has in circulation.
    error UnitsNotHeld(uint256 classId, address holder, uint40 block_, uint40 first, uint40 count);
    /// @dev `previous` is not the block before `block_` in the holder's list.
    error HintStale(uint256 classId, address holder, uint40 block_, uint40 previous);
    error EvidenceMissing(uint256 classId);
    error FreeAllowancesLocked(address account);
    error SaleShareExceeded(address account, uint256 sold, uint256 most);
    error TransactionTypeInvalid(uint16 transactionType);
    error NotTheDesk(uint16 transactionType, address caller, address desk);
    /// @dev One call moves at most this many blocks; send in parts, or name larger blocks.
    error TooManyBlocks(uint256 classId, uint256 most);

    // ---- classes and issuance -------------------------------------------------------------

    /// @notice Defines a class of allowances or credits, with its cap. A sensitive step.
    /// @param symbol ASCII, 1 to 31 of A-Z 0-9 . -
    function defineClass(bytes32 symbol, ClassSpec calldata spec) external returns (uint256 classId);

    /// @notice Raises what may be issued (e.g. Korea's supplementary 17,000,000, R-CP-10). A sensitive step.
    function raiseCap(uint256 classId, uint40 cap) external;

    /// @notice Ends issuance into a class for ever. A sensitive step.
    function sealClass(uint256 classId) external;

    /// @notice Creates the next `quantity` serials of a class. Role: issuance desk, which has found
    /// the evidence sufficient.
    /// @param evidence hash of the decision, or of the verification report
    /// @return first serial of the new block
    function create(uint256 classId, address to, uint40 quantity, bytes32 evidence) external returns (uint40 first);

    // ---- what a desk orders ---------------------------------------------------------------

    /// @notice A movement that the programme orders. What it does is the transaction type's, see
    /// `TransactionRules`.
    struct Order {
        uint16 transactionType;
        uint16 complianceYear; // of a surrender or its reversal
        uint256 classId;
        address from;
        address to; // the same as `from` when only the state changes
        uint40 quantity;
        bytes32 memo;
    }

    /// @notice Carries out an order. Caller: the one desk of its transaction type.
    /// @return taken the serials that moved
    function order(Order calldata o, BlockRef[] calldata refs) external returns (SerialRange[] memory taken);

    /// @notice Says which desk orders a transaction type. A sensitive step.
    function setDesk(uint16 transactionType, address desk) external;

    function deskOf(uint16 transactionType) external view returns (address);

    /// @notice The share of its free allocation that an account under SALE_SHARE may sell, in basis
    /// points (R-MS-05). A sensitive step.
    function setSaleShare(uint16 basisPoints) external;

    // ---- what a holder does ---------------------------------------------------------------

    /// @notice Transfers named serials; the ERC-1155 functions transfer by quantity.
    function transferUnits(address from, address to, uint256 classId, BlockRef[] calldata refs) external;

    /// @notice Uses units for a voluntary claim.
    /// @param memo hash or short text of the claim and its beneficiary
    function retire(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external;

    /// @notice Removes units from the market for the public good, without refund (Art. 22, R-CM-05).
    function cancel(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external;

    // ---- what a link gateway does ---------------------------------------------------------

    /// @notice Defines the class that stands for a linked registry's class. Role: link gateway.
    /// Its symbol is the origin's code, a dot, and the origin's symbol: "CN.CEA-2025".
    function defineForeignClass(address originRegistry, uint256 originClass) external returns (uint256 classId);

    /// @notice Takes units out of circulation while their twins are abroad. Role: link gateway.
    function escrow(
        address from,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external returns (SerialRange[] memory taken);

    /// @notice Returns escrowed serials to circulation. Role: link gateway, its own escrow only.
    /// @param block_ start of the escrowed block that contains the range
    function releaseEscrow(uint256 classId, uint40 block_, uint40 first, uint40 count, address to) external;

    /// @notice Makes escrowed serials terminal: their twins were used abroad. Role: link gateway.
    function closeEscrow(uint256 classId, uint40 block_, uint40 first, uint40 count, UnitState state) external;

    /// @notice Creates units of a foreign class for `to`. Role: the gateway that defined the class.
    function importUnits(uint256 classId, address to, uint40 quantity) external returns (uint40 first);

    /// @notice Cancels units of a foreign class on their way home. Role: the gateway that defined it.
    function exportUnits(
        address from,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external returns (SerialRange[] memory taken);

    // ---- questions ------------------------------------------------------------------------

    /// @notice The programme's code in ASCII, e.g. "KR".
    function code() external view returns (bytes32);

    /// @notice Units of an account that are set aside; `balanceOf` includes them.
    function encumberedOf(address account, uint256 classId) external view returns (uint256);

    function classOf(uint256 classId) external view returns (ClassSpec memory);

    function totalsOf(uint256 classId) external view returns (ClassTotals memory);

    /// @notice The gateway, registry and class that a foreign class stands for.
    function originOf(
        uint256 classId
    ) external view returns (address gateway, address originRegistry, uint256 originClass);

    /// @notice A block by its first serial; all zero when no block starts there.
    function blockAt(
        uint256 classId,
        uint40 first
    ) external view returns (address owner, uint40 count, uint40 next, UnitState state);

    /// @notice How the units of the block that starts at `first` came to their holder, see `Marks`.
    function marksAt(uint256 classId, uint40 first) external view returns (uint256);

    /// @notice Up to `limit` blocks of an account in list order.
    /// @param after_ start at the block that follows this one; zero for the head
    function blocksOf(
        uint256 classId,
        address account,
        uint40 after_,
        uint256 limit
    ) external view returns (SerialRange[] memory);

    /// @notice Free allocation of an account, what it sold of it, and the most that it may sell, in units.
    function freeSalesOf(address account) external view returns (uint40 allocated, uint40 sold, uint256 most);
}

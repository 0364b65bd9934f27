// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClassId, ClassSpec, UnitType} from "./LedgerTypes.sol";

/// @title Unit classes of one programme, and what it has settled about them
/// @notice A class is a kind of unit: type, vintage, period, cap, and any number of attributes up to 16,
/// such as scheme, kind, project and region. A programme defines classes of allowances and of credits; a
/// link gateway defines those that stand for a linked registry's.
interface IClassRegister {
    /// @notice A class exists from now on.
    /// @param originRegistry of a foreign class: the registry whose class it stands for; else zero
    /// @param originClass likewise
    event ClassDefined(ClassId indexed classId, ClassSpec spec, address originRegistry, ClassId originClass);

    /// @notice Accounts under SALE_SHARE may sell another share of their free allocation from now on.
    event SaleShareChanged(uint16 basisPoints);

    /// @notice Movements of this transaction type are ordered by another desk from now on.
    /// @param desk zero: nobody orders them
    event DeskChanged(uint16 indexed transactionType, address desk);

    /// @notice More units of a class may be issued from now on.
    event CapRaised(ClassId indexed classId, uint40 from, uint40 to);

    /// @notice No more units of a class are issued.
    event ClassSealed(ClassId indexed classId, uint40 issued);

    /// @notice The programme stands by a document from a time on: "rule-book" or "labels".
    /// @param kind short ASCII text
    /// @param hash SHA-256 of the document
    /// @param validFrom seconds since 1970
    event DocumentPublished(bytes32 indexed kind, bytes32 indexed hash, uint40 validFrom);

    /// @notice A symbol is 1 to 31 characters of A-Z 0-9 . - ; dots are for foreign classes, and a
    /// programme's code has none.
    error SymbolInvalid(bytes32 symbol);

    /// @notice There is a class of this symbol already.
    error ClassAlreadyDefined(ClassId classId);

    /// @notice A class needs a cap, a period that does not end before it begins, and sound attributes.
    error ClassSpecInvalid(ClassId classId);

    /// @notice The programme defines classes of allowances and of credits, and nothing else.
    error UnitTypeInvalid(ClassId classId, UnitType unitType);

    /// @notice A cap is only raised.
    error CapNotRaised(ClassId classId, uint40 from, uint40 to);

    /// @notice No desk orders this transaction type.
    error TransactionTypeInvalid(uint16 transactionType);

    /// @notice A share is at most 10,000 basis points.
    error ShareInvalid(uint16 basisPoints);

    /// @notice A document needs a kind, and a hash.
    error DocumentInvalid(bytes32 kind, bytes32 hash);

    /// @notice Defines a class of allowances or credits, with its cap. A sensitive step.
    /// @param symbol ASCII, 1 to 31 of A-Z 0-9 -
    function defineClass(bytes32 symbol, ClassSpec calldata spec) external returns (ClassId classId);

    /// @notice Raises what may be issued (e.g. Korea's supplementary 17,000,000, R-CP-10). A sensitive step.
    function raiseCap(ClassId classId, uint40 cap) external;

    /// @notice Ends issuance into a class for ever. A sensitive step.
    function sealClass(ClassId classId) external;

    /// @notice Defines the class that stands for a linked registry's class. Role: link gateway, which
    /// has pinned the origin's code and read the class.
    /// Its symbol is the origin's code, a dot, and the origin's symbol: "CN.CEA-2025".
    /// @param series 1, or the next one when a series is used up: "CN.CEA-2025.2"
    /// @param spec of the class at its origin, with a region
    function defineForeignClass(
        address originRegistry,
        bytes32 originCode,
        ClassId originClass,
        uint256 series,
        ClassSpec calldata spec
    ) external returns (ClassId classId);

    /// @notice Says which desk orders a transaction type. A sensitive step.
    function setDesk(uint16 transactionType, address desk) external;

    /// @notice The share of its free allocation that an account under SALE_SHARE may sell, in basis
    /// points (R-MS-05). A sensitive step.
    function setSaleShare(uint16 basisPoints) external;

    /// @notice Publishes the hash of a document that the programme stands by. A sensitive step.
    /// @param kind "rule-book" or "labels"
    /// @param hash SHA-256 of the document
    /// @param validFrom seconds since 1970
    function publishDocument(bytes32 kind, bytes32 hash, uint40 validFrom) external;

    /// @notice The programme's code in ASCII, e.g. "KR".
    function code() external view returns (bytes32);

    /// @notice The share that `setSaleShare` set, in basis points.
    function saleShare() external view returns (uint16);

    /// @notice What a class is, with its present cap.
    function classOf(ClassId classId) external view returns (ClassSpec memory);

    /// @notice The gateway, registry and class that a foreign class stands for.
    function originOf(
        ClassId classId
    ) external view returns (address gateway, address originRegistry, ClassId originClass);

    /// @notice Free allocation of an account, allowances that it sold while its sales were limited, and the
    /// most that it may sell, in units.
    function freeSalesOf(address account) external view returns (uint40 allocated, uint40 sold, uint256 max);

    /// @notice The latest document of a kind, and from when it is valid; zero: none was published.
    function documentOf(bytes32 kind) external view returns (bytes32 hash, uint40 validFrom);
}

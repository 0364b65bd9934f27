// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountStatus, Attribute, ClassId, ClassTotals, Controls, LimitClass, UnitType} from "../interfaces/LedgerTypes.sol";
import {AccountWord} from "../libraries/AccountWords.sol";
import {Guarded} from "../libraries/Guarded.sol";
import {Holding, SerialBlocks} from "../libraries/SerialBlocks.sol";

/// @title What a registry remembers, and what both halves of its code ask of it
/// @dev `UnitRegistry` and `RegistryRecords` run on the same storage, and so does every later edition of
/// them: variables are never reordered or removed here, and new ones go to the end. A test compares the
/// layout with the one that was committed.
abstract contract RegistryStorage is AccessManagedUpgradeable {
    /// @dev What is fixed about a class, packed; its attributes are beside it.
    struct ClassRecord {
        uint16 vintage;
        uint16 periodFirstYear;
        uint16 periodLastYear;
        Attribute[] attributes;
    }

    struct Origin {
        address gateway;
        address registry;
        ClassId classId;
    }

    /// @dev What an account was given free of charge, and what allowances it sold (R-MS-05).
    struct FreeSales {
        uint40 allocated;
        uint40 sold;
    }

    struct Document {
        bytes32 hash;
        uint40 validFrom;
    }

    /// @dev One movement walks at most this many blocks.
    uint256 internal constant MAX_BLOCKS = 256;
    /// @dev What a linked registry gets to answer how much an account holds there.
    uint256 private constant GAS_OF_A_QUESTION = 60_000;

    bytes32 internal _code;
    address internal _holderDesk;
    uint16 internal _saleShare; // basis points of the free allocation that may be sold
    mapping(address account => AccountWord) internal _accounts;
    mapping(address account => bytes32) internal _files;
    mapping(ClassId classId => SerialBlocks.Book) internal _books;
    mapping(ClassId classId => ClassTotals) internal _totals;
    mapping(ClassId classId => ClassRecord) internal _classes;
    mapping(ClassId classId => Origin) internal _origins;
    mapping(uint16 transactionType => address) internal _deskOf;
    // Of the holder's present round plus one, when the operator is approved.
    mapping(address holder => mapping(address operator => uint256)) internal _approvals;
    mapping(address account => FreeSales) internal _freeSales;
    LimitClass[] internal _limitClasses;
    mapping(bytes32 kind => Document) internal _documents;

    // ---- what both halves ask -------------------------------------------------------------

    function _holding(address account, ClassId classId) internal view returns (Holding) {
        return _books[classId].holdings[account].word;
    }

    /// @dev What ERC-1155 calls the balance: units in circulation and those set aside; of a gateway, its escrow.
    function _balance(address account, ClassId classId) internal view returns (uint256) {
        Holding h = _holding(account, classId);
        return h.balance() + h.aside();
    }

    /// @dev Approvals of an earlier round are void.
    function _isApproved(address account, address operator) internal view returns (bool) {
        return _approvals[account][operator] == uint256(_accounts[account].approvalRound()) + 1;
    }

    function _known(address account) internal view returns (AccountWord a) {
        a = _accounts[account];
        if (a.status() == uint256(AccountStatus.NONE)) revert IAccountRegister.AccountUnknown(account);
    }

    function _totalsOfHome(ClassId classId) internal view returns (ClassTotals storage t) {
        t = _totals[classId];
        if (t.unitType == UnitType.NONE) revert IUnitLedger.ClassUnknown(classId);
        if (t.unitType == UnitType.FOREIGN) revert IUnitLedger.ClassIsForeign(classId);
    }

    /// @dev The most that an account may sell of its free allocation, rounded down.
    function _maxSold(FreeSales memory sales) internal view returns (uint256) {
        return (uint256(sales.allocated) * _saleShare) / 10_000;
    }

    /// @dev In units. The sum of what was allocated and not taken back is kept for the sale share anyway,
    /// so that a limit that follows it depends on no order of events (R-HL-01).
    function _holdingLimitOf(address account, AccountWord a) internal view returns (uint256 limit) {
        limit = a.holdingLimit();
        if (a.controls() & Controls.LIMIT_FOLLOWS_ALLOCATION != 0) limit += _freeSales[account].allocated;
    }

    /// @dev Units of an account over the classes of the holding limit. What a linked registry does not
    /// answer counts as zero: it cannot stop arrivals here by failing.
    function _heldOfLimit(address account, ClassId classId) internal view returns (bool counts, uint256 held) {
        uint256 n = _limitClasses.length;
        for (uint256 i; i < n; ++i) {
            LimitClass memory listed = _limitClasses[i];
            if (listed.registry != address(this)) {
                bytes memory question = abi.encodeCall(IERC1155.balanceOf, (account, ClassId.unwrap(listed.classId)));
                held += uint128(uint256(Guarded.ask(listed.registry, question, GAS_OF_A_QUESTION)));
                continue;
            }
            if (listed.classId == classId) counts = true;
            held += _balance(account, listed.classId);
        }
    }

    /// @dev Whether the authority lets the address hold units in escrow.
    function _isGateway(address account) internal view returns (bool may) {
        (may, ) = IAccessManager(authority()).canCall(account, address(this), IUnitLedger.escrow.selector);
    }
}

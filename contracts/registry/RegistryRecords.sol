// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IClassRegister} from "../interfaces/IClassRegister.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {IUnitRecords} from "../interfaces/IUnitRecords.sol";
import {AccountKind, AccountStatus, BlockRef, ClassId, ClassSpec, ClassTotals, Controls, LimitClass, Marks, Restriction, SerialRange, UnitType} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {AccountWord, newAccount} from "../libraries/AccountWords.sol";
import {Attributes} from "../libraries/Attributes.sol";
import {Block, ENCUMBERED, ESCROWED, Holding, SerialBlocks} from "../libraries/SerialBlocks.sol";
import {Symbols} from "../libraries/Symbols.sol";
import {TransactionRules} from "../libraries/TransactionRules.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {RegistryStorage} from "./RegistryStorage.sol";

/// @title The part of a registry that keeps what changes seldom
/// @dev See IAccountRegister and IClassRegister. It runs on the storage of the registry, called by
/// `UnitRegistry`; on its own it has no authority and does nothing.
contract RegistryRecords is
    RegistryStorage,
    IAccountRegister,
    IClassRegister,
    IUnitRecords,
    IERC1155Errors,
    ReentrancyGuardTransient
{
    using SerialBlocks for SerialBlocks.Book;

    uint256 private constant MAX_LIMIT_CLASSES = 16;

    constructor() {
        _disableInitializers();
    }

    /// @notice Sets up a new registry, once.
    /// @param code_ the programme's code, e.g. "KR"
    function initialize(bytes32 code_, address authority_) external initializer {
        if (!Symbols.isValid(code_) || Symbols.hasDot(code_)) revert SymbolInvalid(code_);
        __AccessManaged_init(authority_);
        _code = code_;
    }

    // ---- accounts -------------------------------------------------------------------------

    /// @inheritdoc IAccountRegister
    function openAccount(
        address account,
        AccountKind kind,
        bytes32 fileHash,
        uint16 province
    ) external restricted {
        bool plain = kind == AccountKind.OPERATOR || kind == AccountKind.PARTICIPANT;
        if (!plain) revert AccountKindInvalid(account, kind);
        _open(account, kind, fileHash, province);
    }

    /// @inheritdoc IAccountRegister
    function openOfficialAccount(
        address account,
        AccountKind kind,
        bytes32 fileHash,
        uint16 province
    ) external restricted {
        if (!AccountRules.isOfficial(kind)) revert AccountKindInvalid(account, kind);
        _open(account, kind, fileHash, province);
    }

    /// @inheritdoc IAccountRegister
    function openSystemAccount(bytes32 purpose, uint16 province) external restricted returns (address account) {
        account = systemAccount(purpose);
        _open(account, AccountKind.SYSTEM, purpose, province);
    }

    /// @inheritdoc IAccountRegister
    function restrictAccount(address account, AccountStatus status) external restricted {
        AccountWord a = _known(account);
        AccountStatus from = AccountStatus(a.status());
        if (!AccountRules.isStricter(status, from)) revert StatusNotStricter(account, from, status);
        _accounts[account] = a.withStatus(status);
        emit AccountStatusChanged(account, from, status);
    }

    /// @inheritdoc IAccountRegister
    function setAccountStatus(address account, AccountStatus status) external restricted {
        AccountWord a = _known(account);
        AccountStatus from = AccountStatus(a.status());
        if (from == AccountStatus.CLOSED || status == AccountStatus.NONE || status == from) {
            revert AccountStatusInvalid(account, from, status);
        }
        if (status == AccountStatus.CLOSED && a.classesHeld() != 0) revert AccountNotEmpty(account, a.classesHeld());
        _accounts[account] = a.withStatus(status);
        emit AccountStatusChanged(account, from, status);
    }

    /// @inheritdoc IAccountRegister
    function setAccountControls(address account, uint8 controls, uint40 holdingLimit) external restricted {
        AccountWord a = _known(account);
        bool follows = controls & Controls.LIMIT_FOLLOWS_ALLOCATION != 0;
        if (controls > Controls.ALL || (follows && controls & Controls.HOLDING_LIMIT == 0)) {
            revert ControlsInvalid(account, controls);
        }
        uint8 old = uint8(a.controls());
        bool begins = controls & ~old & Controls.TWO_REPRESENTATIVES != 0;
        controls = (controls & ~Controls.FREE_LOCKED) | (old & Controls.FREE_LOCKED);
        a = a.withControls(controls).withHoldingLimit(holdingLimit);
        if (begins) {
            a = a.withNextRound();
            emit ApprovalsEnded(account);
        }
        _accounts[account] = a;
        emit AccountControlsChanged(account, controls, holdingLimit);
    }

    /// @inheritdoc IAccountRegister
    function setFreeLock(address account, bool locked) external restricted {
        AccountWord a = _known(account);
        uint8 old = uint8(a.controls());
        uint8 controls = locked ? old | Controls.FREE_LOCKED : old & ~Controls.FREE_LOCKED;
        _accounts[account] = a.withControls(controls);
        emit AccountControlsChanged(account, controls, a.holdingLimit());
    }

    /// @inheritdoc IAccountRegister
    function setAccountProvince(address account, uint16 province) external restricted {
        AccountWord a = _known(account);
        _accounts[account] = a.withProvince(province);
        emit AccountProvinceChanged(account, a.province(), province);
    }

    /// @inheritdoc IAccountRegister
    function setHoldingLimitClasses(LimitClass[] calldata classes) external restricted {
        if (classes.length > MAX_LIMIT_CLASSES) revert TooManyClasses(classes.length, MAX_LIMIT_CLASSES);
        delete _limitClasses;
        for (uint256 i; i < classes.length; ++i) _limitClasses.push(classes[i]);
        emit HoldingLimitClassesChanged(classes);
    }

    /// @inheritdoc IAccountRegister
    function setHolderDesk(address desk) external restricted {
        _holderDesk = desk;
        emit HolderDeskChanged(desk);
    }

    // ---- freezes, and what ERC-1155 asks for ----------------------------------------------

    /// @inheritdoc IUnitRecords
    function markFrozen(ClassId classId, BlockRef calldata ref, bool frozen) external nonReentrant {
        address desk = _deskOf[TransactionTypes.FREEZE_MARK];
        if (msg.sender != desk) revert IUnitLedger.NotTheDesk(TransactionTypes.FREEZE_MARK, msg.sender, desk);
        SerialBlocks.Book storage book = _books[classId];
        Block b = book.blocks[ref.block_].word;
        bool aside = b.state() == ESCROWED || b.state() == ENCUMBERED;
        uint256 end = uint256(ref.first) + ref.count;
        uint256 blockEnd = ref.block_ + b.count();
        if (!aside || ref.count == 0 || ref.first < ref.block_ || end > blockEnd) {
            revert NotSetAside(classId, ref.block_, ref.first, ref.count);
        }
        if (end < blockEnd) book.blocks[end].word = b.withCount(blockEnd - end);
        if (ref.first > ref.block_) book.blocks[ref.block_].word = b.withCount(ref.first - ref.block_);
        uint256 marks = frozen ? b.marks() | Marks.FROZEN : b.marks() & ~uint256(Marks.FROZEN);
        book.blocks[ref.first].word = b.withCount(ref.count).withMarks(marks);
        emit FreezeMarked(classId, ref.first, ref.count, frozen);
    }

    /// @notice Lets an operator transfer the caller's units, or no longer; see `IERC1155`. Who acts through
    /// two representatives approves nobody. Everybody can always end an approval.
    function setApprovalForAll(address operator, bool approved) external {
        if (operator == address(0)) revert ERC1155InvalidOperator(operator);
        bool two = _accounts[msg.sender].controls() & Controls.TWO_REPRESENTATIVES != 0;
        if (approved && two) revert IUnitLedger.HolderDeskRequired(msg.sender);
        _approvals[msg.sender][operator] = approved ? uint256(_accounts[msg.sender].approvalRound()) + 1 : 0;
        emit IERC1155.ApprovalForAll(msg.sender, operator, approved);
    }

    /// @notice Whether an operator may transfer an account's units; see `IERC1155`.
    function isApprovedForAll(address account, address operator) external view returns (bool) {
        return _isApproved(account, operator);
    }

    /// @notice Several balances; see `IERC1155`.
    function balanceOfBatch(
        address[] calldata accounts,
        uint256[] calldata ids
    ) external view returns (uint256[] memory balances) {
        if (accounts.length != ids.length) revert ERC1155InvalidArrayLength(ids.length, accounts.length);
        balances = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) balances[i] = _balance(accounts[i], ClassId.wrap(ids[i]));
    }

    /// @inheritdoc IUnitRecords
    function encumberedOf(address account, ClassId classId) external view returns (uint256) {
        return _holding(account, classId).aside();
    }

    /// @notice "tonnelink:KR:KAU-2017"
    function uri(uint256 id) external view returns (string memory) {
        return string.concat("tonnelink:", Symbols.toString(_code), ":", Symbols.toString(bytes32(id)));
    }

    /// @notice ERC-165, ERC-1155 and its metadata; see `IERC165`.
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IERC1155).interfaceId ||
            interfaceId == type(IERC1155MetadataURI).interfaceId;
    }

    // ---- classes and settings -------------------------------------------------------------

    /// @inheritdoc IClassRegister
    function defineClass(bytes32 symbol, ClassSpec calldata spec) external restricted returns (ClassId) {
        ClassId classId = ClassId.wrap(uint256(symbol));
        if (spec.unitType != UnitType.ALLOWANCE && spec.unitType != UnitType.CREDIT) {
            revert UnitTypeInvalid(classId, spec.unitType);
        }
        if (!Symbols.isValid(symbol) || Symbols.hasDot(symbol)) revert SymbolInvalid(symbol);
        // One attribute less than there can be: abroad the class has a region, if it has none here.
        bool room = spec.attributes.length < Attributes.MAX_ATTRIBUTES;
        if (spec.cap == 0 || !room) revert ClassSpecInvalid(classId);
        _define(classId, spec, spec.unitType, spec.cap, Origin(address(0), address(0), ClassId.wrap(0)));
        return classId;
    }

    /// @inheritdoc IClassRegister
    function defineForeignClass(
        address originRegistry,
        bytes32 originCode,
        ClassId originClass,
        uint256 series,
        ClassSpec calldata spec
    ) external restricted returns (ClassId classId) {
        bytes32 symbol = Symbols.foreign(originCode, bytes32(ClassId.unwrap(originClass)), series);
        if (!Symbols.isValid(symbol)) revert SymbolInvalid(symbol);
        classId = ClassId.wrap(uint256(symbol));
        // No cap of its own: the quota is the limit.
        Origin memory origin = Origin(msg.sender, originRegistry, originClass);
        _define(classId, spec, UnitType.FOREIGN, type(uint40).max, origin);
    }

    /// @inheritdoc IClassRegister
    function raiseCap(ClassId classId, uint40 cap) external restricted {
        ClassTotals storage t = _unsealed(classId);
        uint40 from = t.cap;
        if (cap <= from) revert CapNotRaised(classId, from, cap);
        t.cap = cap;
        emit CapRaised(classId, from, cap);
    }

    /// @inheritdoc IClassRegister
    function sealClass(ClassId classId) external restricted {
        ClassTotals storage t = _unsealed(classId);
        t.sealed_ = true;
        emit ClassSealed(classId, t.issued);
    }

    /// @inheritdoc IClassRegister
    function setDesk(uint16 transactionType, address desk) external restricted {
        if (!TransactionRules.hasDesk(transactionType)) revert TransactionTypeInvalid(transactionType);
        _deskOf[transactionType] = desk;
        emit DeskChanged(transactionType, desk);
    }

    /// @inheritdoc IClassRegister
    function setSaleShare(uint16 basisPoints) external restricted {
        if (basisPoints > 10_000) revert ShareInvalid(basisPoints);
        _saleShare = basisPoints;
        emit SaleShareChanged(basisPoints);
    }

    /// @inheritdoc IClassRegister
    function publishDocument(bytes32 kind, bytes32 hash, uint40 validFrom) external restricted {
        if (kind == 0 || hash == 0) revert DocumentInvalid(kind, hash);
        _documents[kind] = Document(hash, validFrom);
        emit DocumentPublished(kind, hash, validFrom);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IAccountRegister
    function holderDesk() external view returns (address) {
        return _holderDesk;
    }

    /// @inheritdoc IAccountRegister
    function holdingLimitClasses() external view returns (LimitClass[] memory) {
        return _limitClasses;
    }

    /// @inheritdoc IAccountRegister
    function heldOfLimit(address account, ClassId classId) external view returns (bool counts, uint256 held) {
        return _heldOfLimit(account, classId);
    }

    /// @inheritdoc IAccountRegister
    function holdingLimitOf(address account) external view returns (uint256) {
        return _holdingLimitOf(account, _known(account));
    }

    /// @inheritdoc IAccountRegister
    function systemAccount(bytes32 purpose) public view returns (address) {
        return address(bytes20(keccak256(abi.encode(address(this), purpose))));
    }

    /// @inheritdoc IAccountRegister
    function transferRestriction(
        address from,
        address to,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction r) {
        if (quantity == 0) return Restriction.ZERO_QUANTITY;
        AccountWord sender = _accounts[from];
        AccountWord receiver = _accounts[to];
        r = _senderRestriction(sender);
        if (r == Restriction.NONE) r = _receiverRestriction(receiver);
        if (r == Restriction.NONE) r = _unitsRestriction(from, sender, classId, quantity);
        if (r == Restriction.NONE) r = _limitRestriction(to, receiver, classId, quantity);
        if (r == Restriction.NONE) r = _saleRestriction(from, sender, classId, quantity);
    }

    /// @inheritdoc IAccountRegister
    function sendingRestriction(
        address account,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction r) {
        if (_totals[classId].unitType == UnitType.NONE) return Restriction.UNKNOWN_CLASS;
        if (quantity == 0) return Restriction.ZERO_QUANTITY;
        AccountWord a = _accounts[account];
        if (a.controls() & Controls.TWO_REPRESENTATIVES != 0) return Restriction.DESK_REQUIRED;
        r = _senderRestriction(a);
        if (r != Restriction.NONE) return r;
        if (_totals[classId].unitType == UnitType.FOREIGN) return Restriction.CLASS_NOT_ELIGIBLE;
        r = _unitsRestriction(account, a, classId, quantity);
        if (r == Restriction.NONE) r = _saleRestriction(account, a, classId, quantity);
    }

    /// @inheritdoc IAccountRegister
    function receivingRestriction(
        address account,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction r) {
        AccountWord a = _accounts[account];
        r = _receiverRestriction(a);
        if (r == Restriction.NONE) r = _limitRestriction(account, a, classId, quantity);
    }

    /// @inheritdoc IClassRegister
    function code() external view returns (bytes32) {
        return _code;
    }

    /// @inheritdoc IClassRegister
    function saleShare() external view returns (uint16) {
        return _saleShare;
    }

    /// @inheritdoc IClassRegister
    function classOf(ClassId classId) external view returns (ClassSpec memory) {
        ClassTotals memory t = _totals[classId];
        if (t.unitType == UnitType.NONE) revert IUnitLedger.ClassUnknown(classId);
        ClassRecord storage c = _classes[classId];
        return ClassSpec(t.unitType, c.vintage, c.periodFirstYear, c.periodLastYear, t.cap, c.attributes);
    }

    /// @inheritdoc IClassRegister
    function originOf(ClassId classId) external view returns (address, address, ClassId) {
        Origin memory origin = _origins[classId];
        return (origin.gateway, origin.registry, origin.classId);
    }

    /// @inheritdoc IClassRegister
    function freeSalesOf(address account) external view returns (uint40, uint40, uint256) {
        FreeSales memory sales = _freeSales[account];
        return (sales.allocated, sales.sold, _maxSold(sales));
    }

    /// @inheritdoc IUnitRecords
    function blocksOf(
        ClassId classId,
        address account,
        uint40 after_,
        uint256 limit
    ) external view returns (SerialRange[] memory) {
        return _books[classId].listed(account, after_, limit);
    }

    /// @inheritdoc IClassRegister
    function documentOf(bytes32 kind) external view returns (bytes32, uint40) {
        Document memory d = _documents[kind];
        return (d.hash, d.validFrom);
    }

    // ---- what the functions share ---------------------------------------------------------

    function _open(address account, AccountKind kind, bytes32 fileHash, uint16 province) private {
        if (account == address(0)) revert AccountUnknown(account);
        if (fileHash == 0) revert AccountFileMissing(account);
        if (_isGateway(account)) revert AccountIsGateway(account);
        AccountStatus status = AccountStatus(_accounts[account].status());
        if (status != AccountStatus.NONE) revert AccountAlreadyOpen(account, status);
        _accounts[account] = newAccount(kind, block.timestamp, province);
        _files[account] = fileHash;
        emit AccountOpened(account, kind, fileHash, province);
    }

    function _define(
        ClassId classId,
        ClassSpec calldata spec,
        UnitType unitType,
        uint40 cap,
        Origin memory origin
    ) private {
        bool sound = spec.periodFirstYear <= spec.periodLastYear && Attributes.areSound(spec.attributes);
        if (!sound) revert ClassSpecInvalid(classId);
        ClassTotals storage t = _totals[classId];
        if (t.unitType != UnitType.NONE) revert ClassAlreadyDefined(classId);
        t.unitType = unitType;
        t.cap = cap;
        ClassRecord storage c = _classes[classId];
        c.vintage = spec.vintage;
        c.periodFirstYear = spec.periodFirstYear;
        c.periodLastYear = spec.periodLastYear;
        for (uint256 i; i < spec.attributes.length; ++i) c.attributes.push(spec.attributes[i]);
        _origins[classId] = origin;
        ClassSpec memory defined = spec;
        defined.unitType = unitType;
        defined.cap = cap;
        emit ClassDefined(classId, defined, origin.registry, origin.classId);
    }

    function _unsealed(ClassId classId) private view returns (ClassTotals storage t) {
        t = _totalsOfHome(classId);
        if (t.sealed_) revert IUnitLedger.ClassIsSealed(classId);
    }

    function _senderRestriction(AccountWord a) private pure returns (Restriction) {
        if (!AccountRules.maySend(a.status())) return Restriction.SENDER_STATUS;
        return AccountRules.isProgramme(a.kind()) ? Restriction.SENDER_IS_AUTHORITY : Restriction.NONE;
    }

    function _receiverRestriction(AccountWord a) private pure returns (Restriction) {
        if (!AccountRules.mayReceive(a.status())) return Restriction.RECEIVER_STATUS;
        return a.kind() == uint256(AccountKind.SYSTEM) ? Restriction.RECEIVER_IS_KEYLESS : Restriction.NONE;
    }

    /// @dev What depends on which blocks a movement by quantity takes.
    function _unitsRestriction(
        address account,
        AccountWord a,
        ClassId classId,
        uint256 quantity
    ) private view returns (Restriction) {
        SerialBlocks.Book storage book = _books[classId];
        Holding h = book.holdings[account].word;
        if (quantity > h.balance()) {
            bool known = _totals[classId].unitType != UnitType.NONE;
            return known ? Restriction.INSUFFICIENT_UNITS : Restriction.UNKNOWN_CLASS;
        }
        bool locked = a.controls() & Controls.FREE_LOCKED != 0;
        uint256 missing = quantity;
        uint256 first = SerialBlocks.beginning(h);
        for (uint256 i; missing != 0; ++i) {
            if (i == MAX_BLOCKS) return Restriction.TOO_MANY_BLOCKS;
            Block b = book.blocks[first].word;
            if (locked && b.marks() & Marks.FREE != 0) return Restriction.FREE_ALLOWANCES_LOCKED;
            missing -= b.count() < missing ? b.count() : missing;
            first = SerialBlocks.following(h, b);
        }
        return Restriction.NONE;
    }

    /// @param quantity that the sender has, or that comes from abroad
    function _limitRestriction(
        address account,
        AccountWord a,
        ClassId classId,
        uint256 quantity
    ) private view returns (Restriction) {
        if (a.controls() & Controls.HOLDING_LIMIT == 0) return Restriction.NONE;
        (bool counts, uint256 held) = _heldOfLimit(account, classId);
        bool exceeds = counts && held + quantity > _holdingLimitOf(account, a);
        return exceeds ? Restriction.HOLDING_LIMIT : Restriction.NONE;
    }

    function _saleRestriction(
        address account,
        AccountWord a,
        ClassId classId,
        uint256 quantity
    ) private view returns (Restriction) {
        bool limited = a.controls() & Controls.SALE_SHARE != 0 && _totals[classId].unitType == UnitType.ALLOWANCE;
        if (!limited) return Restriction.NONE;
        FreeSales memory sales = _freeSales[account];
        return sales.sold + quantity > _maxSold(sales) ? Restriction.SALE_SHARE : Restriction.NONE;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC165, IERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {AccountRegister} from "./AccountRegister.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountStatus, BlockRef, ClassTotals, Controls, LimitClass, Marks, SerialRange, UnitState, UnitType} from "./interfaces/LedgerTypes.sol";
import {AccountRules} from "./libraries/AccountRules.sol";
import {Block, CANCELLED, ENCUMBERED, ESCROWED, HELD, NONE, RETIRED, SURRENDERED, SerialBlocks} from "./libraries/SerialBlocks.sol";
import {Symbols} from "./libraries/Symbols.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";

/// @title Blocks, balances and the one function that moves units
/// @notice The token side of a registry: ERC-1155 to the outside, serial blocks inside.
abstract contract UnitLedger is IUnitRegistry, AccountRegister, ERC165, ReentrancyGuardTransient, IERC1155Errors {
    using SerialBlocks for SerialBlocks.Book;

    /// @dev What a movement is. New units have no state before; their `from` is zero, or the gateway
    /// they arrive through. States are numbers here, see SerialBlocks.
    struct Movement {
        uint256 classId;
        address from;
        address to;
        uint256 before; // state, NONE to ENCUMBERED
        uint256 after_;
        uint256 transactionType;
        uint256 controls; // of the sender; `_checkStatuses` fills it in
        uint256 controlsOfTaker; // likewise
    }

    /// @dev What a compliance entity was given free of charge, and what it sold of it (R-MS-05).
    struct FreeSales {
        uint40 allocated;
        uint40 sold;
    }

    /// @dev One call walks at most this many blocks of a list.
    uint256 internal constant MOST_BLOCKS = 256;

    mapping(uint256 classId => SerialBlocks.Book) private _books;
    mapping(uint256 classId => ClassTotals) internal _totals;
    mapping(address holder => mapping(address operator => bool)) private _approvals;
    mapping(address account => FreeSales) internal _freeSales;
    uint16 internal _saleShare; // basis points of the free allocation that may be sold

    modifier onlyHolder(address account) {
        checkHolder(account, msg.sender);
        _;
    }

    // ---- ERC-1155 -------------------------------------------------------------------------

    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external onlyHolder(from) nonReentrant {
        _transfer(from, to, id, value, _noRefs());
        emit TransferSingle(msg.sender, from, to, id, value);
        if (to.code.length != 0) ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, id, value, data);
    }

    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external onlyHolder(from) nonReentrant {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        for (uint256 i; i < ids.length; ++i) {
            _transfer(from, to, ids[i], values[i], _noRefs());
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, from, to, ids, values, data);
    }

    /// @inheritdoc IUnitRegistry
    function transferUnits(
        address from,
        address to,
        uint256 classId,
        BlockRef[] calldata refs
    ) external onlyHolder(from) nonReentrant {
        uint256 quantity = _sum(refs);
        _transfer(from, to, classId, quantity, refs);
        emit TransferSingle(msg.sender, from, to, classId, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, classId, quantity, "");
    }

    function setApprovalForAll(address operator, bool approved) external {
        if (operator == address(0)) revert ERC1155InvalidOperator(operator);
        if (_accounts[msg.sender].controls & Controls.TWO_REPRESENTATIVES != 0) revert HolderDeskRequired(msg.sender);
        _approvals[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function isApprovedForAll(address account, address operator) external view returns (bool) {
        return _approvals[account][operator];
    }

    /// @notice Units of an account, those set aside included; of a gateway, units in its escrow.
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        SerialBlocks.Holding memory holding = _books[id].load(account);
        return holding.balance + holding.encumbered;
    }

    /// @inheritdoc IUnitRegistry
    function encumberedOf(address account, uint256 classId) external view returns (uint256) {
        return _books[classId].load(account).encumbered;
    }

    function balanceOfBatch(
        address[] calldata accounts,
        uint256[] calldata ids
    ) external view returns (uint256[] memory balances) {
        if (accounts.length != ids.length) revert ERC1155InvalidArrayLength(ids.length, accounts.length);
        balances = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) balances[i] = balanceOf(accounts[i], ids[i]);
    }

    /// @notice "tonnelink:KR:KAU-2017"
    function uri(uint256 id) external view returns (string memory) {
        return string.concat("tonnelink:", Symbols.toString(code()), ":", Symbols.toString(bytes32(id)));
    }

    function supportsInterface(bytes4 interfaceId) public view override(ERC165, IERC165) returns (bool) {
        return
            interfaceId == type(IERC1155).interfaceId ||
            interfaceId == type(IERC1155MetadataURI).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    // ---- questions ------------------------------------------------------------------------

    function code() public view virtual returns (bytes32);

    /// @inheritdoc IAccountRegister
    function checkHolder(address account, address caller) public view override(AccountRegister, IAccountRegister) {
        if (caller == account || _approvals[account][caller]) {
            bool needsTwo = _accounts[account].controls & Controls.TWO_REPRESENTATIVES != 0;
            if (needsTwo && caller != holderDesk) revert HolderDeskRequired(account);
        } else if (caller != holderDesk) {
            revert ERC1155MissingApprovalForAll(caller, account);
        }
    }

    /// @inheritdoc IUnitRegistry
    function totalsOf(uint256 classId) external view returns (ClassTotals memory) {
        return _totals[classId];
    }

    /// @inheritdoc IUnitRegistry
    function blockAt(
        uint256 classId,
        uint40 first
    ) external view returns (address owner, uint40 count, uint40 next, UnitState state) {
        Block b = _books[classId].blocks[first];
        return (b.owner(), uint40(b.count()), uint40(b.next()), UnitState(b.state()));
    }

    /// @inheritdoc IUnitRegistry
    function marksAt(uint256 classId, uint40 first) external view returns (uint256) {
        return _books[classId].blocks[first].marks();
    }

    /// @inheritdoc IUnitRegistry
    function blocksOf(
        uint256 classId,
        address account,
        uint40 after_,
        uint256 limit
    ) external view returns (SerialRange[] memory) {
        return _books[classId].list(account, after_, limit);
    }

    /// @inheritdoc IAccountRegister
    function heldOfLimit(address account, uint256 classId) public view returns (bool counts, uint256 held) {
        uint256 n = _limitClasses.length;
        for (uint256 i; i < n; ++i) {
            LimitClass memory listed = _limitClasses[i];
            if (listed.registry != address(this)) {
                held += IUnitRegistry(listed.registry).balanceOf(account, listed.classId);
                continue;
            }
            if (listed.classId == classId) counts = true;
            held += balanceOf(account, listed.classId);
        }
    }

    // ---- the chokepoint -------------------------------------------------------------------

    /// @dev The only function that moves units: issuance, transfer, surrender, retirement,
    /// cancellation, escrow, return, setting aside, reversal. Checks who may, takes the units from
    /// where they are, puts them where they go, and keeps balances, totals and the count of classes
    /// held. It calls no other contract.
    /// @param refs the serials; none: `quantity` units from the head of the list
    /// @param taken filled with the ranges that moved; as long as the caller wants to know
    function _move(Movement memory m, uint256 quantity, BlockRef[] memory refs, SerialRange[] memory taken) internal {
        if (quantity == 0) revert QuantityZero();
        _checkStatuses(m);
        SerialBlocks.Book storage book = _books[m.classId];
        SerialBlocks.Holding memory giver = m.before == NONE ? SerialBlocks.Holding(0, 0, 0) : book.load(m.from);
        // The same memory when they are the same account, so that neither overwrites the other.
        SerialBlocks.Holding memory taker = m.from == m.to ? giver : book.load(m.to);

        if (refs.length == 0) {
            if (giver.balance < quantity) {
                if (_totals[m.classId].unitType == UnitType.NONE) revert ClassUnknown(m.classId);
                revert ERC1155InsufficientBalance(m.from, giver.balance, quantity, m.classId);
            }
            // Nothing to move; taking blocks from a list while adding to it would not end.
            if (m.from == m.to && m.after_ == HELD) return;
            uint256 missing = quantity;
            unchecked {
                for (uint256 i; missing != 0; ++i) {
                    if (i == MOST_BLOCKS) revert TooManyBlocks(m.classId, MOST_BLOCKS);
                    (uint256 first, uint256 count, uint256 marks) = book.takeHead(giver, missing);
                    _place(book, taker, m, first, count, marks);
                    if (taken.length != 0) _note(taken, i, first, count, m.classId);
                    missing -= count; // takeHead gives no more than is missing
                }
            }
        } else {
            for (uint256 i; i < refs.length; ++i) {
                BlockRef memory ref = refs[i];
                uint256 marks = m.before == NONE ? 0 : _takeNamed(book, giver, m, ref);
                _place(book, taker, m, ref.first, ref.count, marks);
                if (taken.length != 0) _note(taken, i, ref.first, ref.count, m.classId);
            }
        }
        _account(m, book, giver, taker, quantity);
    }

    function _place(
        SerialBlocks.Book storage book,
        SerialBlocks.Holding memory taker,
        Movement memory m,
        uint256 first,
        uint256 count,
        uint256 marks
    ) private {
        uint256 t = m.transactionType;
        if (m.controls & (Controls.FREE_LOCKED | Controls.SALE_SHARE) != 0 && marks & Marks.FREE != 0) {
            _checkFree(m, count);
        }
        if (t == TransactionTypes.TRANSFER) {
            if (m.from != m.to) marks = Marks.TRADED; // to oneself is no trade
        } else if (t == TransactionTypes.ALLOCATION) marks = Marks.FREE;
        else if (t == TransactionTypes.REVERSAL_OF_ALLOCATION || t == TransactionTypes.EXTERNAL_TRANSFER) {
            marks &= Marks.TRADED; // no longer a gift in its holder's hands
        }
        book.put(taker, m.to, first, count, m.after_, marks);
        _emitMoved(m.classId, m.from, m.to, first, count, t, m.after_);
    }

    function _emitMoved(
        uint256 classId,
        address from,
        address to,
        uint256 first,
        uint256 count,
        uint256 transactionType,
        uint256 state
    ) internal {
        emit UnitsMoved(classId, from, to, first | (count << 40) | (transactionType << 80) | (state << 96));
    }

    /// @dev Free allowances of an account whose programme ties them (R-AL-15, R-MS-05).
    function _checkFree(Movement memory m, uint256 count) private {
        bool sale = m.transactionType == TransactionTypes.TRANSFER && m.from != m.to;
        bool trade = sale || m.transactionType == TransactionTypes.EXTERNAL_TRANSFER;
        if (m.controls & Controls.FREE_LOCKED != 0) {
            if (trade || m.transactionType == TransactionTypes.SURRENDER) revert FreeAllowancesLocked(m.from);
        }
        if (m.controls & Controls.SALE_SHARE != 0 && trade) {
            FreeSales memory sales = _freeSales[m.from];
            sales.sold += uint40(count);
            uint256 most = _mostSold(sales);
            if (sales.sold > most) revert SaleShareExceeded(m.from, sales.sold, most);
            _freeSales[m.from] = sales;
        }
    }

    function _mostSold(FreeSales memory sales) internal view returns (uint256) {
        return (uint256(sales.allocated) * _saleShare) / 10_000;
    }

    /// @dev Balances, totals, classes held.
    function _account(
        Movement memory m,
        SerialBlocks.Book storage book,
        SerialBlocks.Holding memory giver,
        SerialBlocks.Holding memory taker,
        uint256 quantity
    ) private {
        uint256 before = m.before;
        uint256 after_ = m.after_;
        bool changesHands = m.from != m.to;
        bool left = before == HELD || before == ENCUMBERED; // the giver's own
        bool arrived = after_ == HELD || after_ == ENCUMBERED; // the taker's own
        if (before == HELD) {
            // Possible only when units were sent to oneself and named twice.
            if (giver.balance < quantity) {
                revert ERC1155InsufficientBalance(m.from, giver.balance, quantity, m.classId);
            }
            unchecked {
                giver.balance -= quantity;
            }
        } else if (before == ENCUMBERED) {
            giver.encumbered -= quantity;
        } else if (before == ESCROWED) {
            giver.balance -= quantity;
        }
        if (changesHands || !(left && arrived)) {
            if (left && giver.balance | giver.encumbered == 0) --_accounts[m.from].classesHeld;
            if (arrived && taker.balance | taker.encumbered == 0) ++_accounts[m.to].classesHeld;
        }
        unchecked {
            // No class has more than 2^40 - 1 units.
            if (after_ == ENCUMBERED) taker.encumbered += quantity;
            else if (after_ == HELD || after_ == ESCROWED) taker.balance += quantity;
        }
        if (before != NONE) book.save(m.from, giver);
        if (changesHands) {
            book.save(m.to, taker);
            if (arrived && m.controlsOfTaker & Controls.HOLDING_LIMIT != 0) _checkLimit(m.to, m.classId);
        }
        if (before != after_) _countStates(m, uint40(quantity));
    }

    /// @dev Invariant 3: every issued unit is in exactly one state. Encumbered units are held.
    function _countStates(Movement memory m, uint40 quantity) private {
        ClassTotals memory t = _totals[m.classId];
        if (m.before == NONE) t.issued += quantity;
        else if (m.before == ESCROWED) t.escrowed -= quantity;
        else if (m.before == SURRENDERED) t.surrendered -= quantity;
        if (m.after_ == ESCROWED) t.escrowed += quantity;
        else if (m.after_ == SURRENDERED) t.surrendered += quantity;
        else if (m.after_ == RETIRED) t.retired += quantity;
        else if (m.after_ == CANCELLED) t.cancelled += quantity;
        _totals[m.classId] = t;
    }

    /// @dev Invariant 5: no unit leaves an account whose status forbids it, by any path. What the
    /// authority sets aside or puts right does not ask the holder's status.
    function _checkStatuses(Movement memory m) private view {
        Account storage taker = _accounts[m.to];
        m.controlsOfTaker = taker.controls;
        if (m.transactionType >= TransactionTypes.REVERSAL_OF_SURRENDER) return;
        if (m.before == HELD) {
            Account storage giver = _accounts[m.from];
            AccountStatus status = giver.status;
            m.controls = giver.controls;
            bool may = m.after_ == SURRENDERED ? AccountRules.maySurrender(status) : AccountRules.maySend(status);
            if (!may && m.transactionType != TransactionTypes.REVERSAL_OF_ALLOCATION) {
                revert AccountCannotSend(m.from, status);
            }
        }
        if (m.after_ == HELD) {
            AccountStatus status = taker.status;
            if (!AccountRules.mayReceive(status)) {
                if (m.to == address(0)) revert ERC1155InvalidReceiver(m.to);
                revert AccountCannotReceive(m.to, status);
            }
        }
    }

    function _checkLimit(address account, uint256 classId) private view {
        uint256 limit = _accounts[account].holdingLimit;
        (bool counts, uint256 held) = heldOfLimit(account, classId);
        if (counts && held > limit) revert HoldingLimitExceeded(account, held, limit);
    }

    function _takeNamed(
        SerialBlocks.Book storage book,
        SerialBlocks.Holding memory giver,
        Movement memory m,
        BlockRef memory ref
    ) private returns (uint256 marks) {
        SerialBlocks.Fit fit;
        (fit, marks) = book.takeNamed(giver, m.from, m.before, ref);
        if (fit == SerialBlocks.Fit.NOT_THERE) {
            revert UnitsNotHeld(m.classId, m.from, ref.block_, ref.first, ref.count);
        }
        if (fit == SerialBlocks.Fit.NOT_BEFORE) revert HintStale(m.classId, m.from, ref.block_, ref.previous);
    }

    function _note(SerialRange[] memory taken, uint256 i, uint256 first, uint256 count, uint256 classId) private pure {
        if (i == taken.length) revert TooManyBlocks(classId, taken.length);
        taken[i] = SerialRange(uint40(first), uint40(count));
    }

    function _transfer(address from, address to, uint256 classId, uint256 quantity, BlockRef[] memory refs) private {
        checkReceiver(from, to, msg.sender);
        _move(
            Movement(classId, from, to, HELD, HELD, TransactionTypes.TRANSFER, 0, 0),
            quantity,
            refs,
            _noRanges()
        );
    }

    /// @dev No references: units are taken by quantity.
    function _noRefs() internal pure returns (BlockRef[] memory none) {}

    /// @dev Nobody asked which serials moved.
    function _noRanges() internal pure returns (SerialRange[] memory none) {}

    function _sum(BlockRef[] calldata refs) internal pure returns (uint256 quantity) {
        unchecked {
            for (uint256 i; i < refs.length; ++i) quantity += refs[i].count; // 40 bits each
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IHolderDesk} from "../interfaces/IHolderDesk.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountKind, AccountStatus, BlockRef, ClassId, ClassTotals, Controls, Marks, UnitType} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {AccountWord} from "../libraries/AccountWords.sol";
import {Runs} from "../libraries/Runs.sol";
import {CANCELLED, ENCUMBERED, ESCROWED, HELD, Holding, NONE, RETIRED, SURRENDERED, SerialBlocks} from "../libraries/SerialBlocks.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {RegistryStorage} from "./RegistryStorage.sol";

/// @title Balances, and the one function that moves units
/// @notice The token side of a registry: ERC-1155 to the outside, serial blocks inside.
abstract contract UnitLedger is RegistryStorage, IUnitLedger, IERC1155Errors, ReentrancyGuardTransient {
    using SerialBlocks for SerialBlocks.Book;
    using Runs for uint256[];

    /// @dev What a movement is. New units have no state before; their `from` is zero, or the gateway
    /// they arrive through. States are numbers here, see SerialBlocks.
    struct Movement {
        ClassId classId;
        address from;
        address to;
        uint256 before; // state, NONE to ENCUMBERED
        uint256 after_;
        uint256 transactionType;
        bool inParts; // takes what is there and fits into one call, up to the quantity
        AccountWord giver; // of `from`; zero where nobody asks
    }

    modifier onlyHolder(address account) {
        checkHolder(account, msg.sender);
        _;
    }

    // ---- ERC-1155 -------------------------------------------------------------------------

    /// @notice Transfers `value` units of class `id`; see `IERC1155`.
    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external nonReentrant {
        _transfer(_sender(from), from, to, ClassId.wrap(id), value, _noRefs());
        emit IERC1155.TransferSingle(msg.sender, from, to, id, value);
        if (to.code.length != 0) ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, id, value, data);
    }

    /// @notice Transfers units of several classes, all or none; see `IERC1155`.
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external nonReentrant {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        // Asked for an empty list too: nobody tells a receiver of a transfer in another's name.
        AccountWord sender = _sender(from);
        for (uint256 i; i < ids.length; ++i) {
            _transfer(sender, from, to, ClassId.wrap(ids[i]), values[i], _noRefs());
        }
        emit IERC1155.TransferBatch(msg.sender, from, to, ids, values);
        ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, from, to, ids, values, data);
    }

    /// @inheritdoc IUnitLedger
    function transferUnits(
        address from,
        address to,
        ClassId classId,
        BlockRef[] calldata refs
    ) external nonReentrant {
        uint256 quantity = _sum(refs);
        _transfer(_sender(from), from, to, classId, quantity, refs);
        uint256 id = ClassId.unwrap(classId);
        emit IERC1155.TransferSingle(msg.sender, from, to, id, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, id, quantity, "");
    }

    /// @notice Units of an account, those set aside included; of a gateway, units in its escrow.
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        return _balance(account, ClassId.wrap(id));
    }

    // ---- who may --------------------------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function checkHolder(address account, address caller) public view {
        if (caller == _holderDesk) return;
        if (caller != account) revert NotTheHolder(account, caller);
        if (_needsTwo(account)) revert HolderDeskRequired(account);
    }

    /// @inheritdoc IUnitLedger
    function checkReceiver(address account, address to, address caller) external view {
        if (account != to) _checkReceiver(_accounts[account], account, to, caller);
    }

    function _checkReceiver(AccountWord a, address account, address to, address caller) private view {
        if (a.controls() & Controls.TRUSTED_ONLY == 0) return;
        if (caller != _holderDesk) IHolderDesk(_holderDesk).checkTrusted(account, to);
    }

    /// @dev ERC-1155 transfers are open to approved operators too.
    /// @return a the account whose units the caller may transfer
    function _sender(address account) private view returns (AccountWord a) {
        a = _accounts[account];
        bool two = a.controls() & Controls.TWO_REPRESENTATIVES != 0;
        if ((msg.sender == account && !two) || msg.sender == _holderDesk) return a;
        if (msg.sender != account && !_isApproved(account, msg.sender)) {
            revert ERC1155MissingApprovalForAll(msg.sender, account);
        }
        if (two) revert HolderDeskRequired(account);
    }

    function _needsTwo(address account) private view returns (bool) {
        return _accounts[account].controls() & Controls.TWO_REPRESENTATIVES != 0;
    }

    // ---- the chokepoint -------------------------------------------------------------------

    /// @dev The only function that moves units: issuance, transfer, surrender, retirement,
    /// cancellation, escrow, return, setting aside, reversal. Checks who may, takes the units from
    /// where they are, puts them where they go, and keeps balances, totals and the count of classes
    /// held. The one contract that it may call is a linked registry, in a holding limit, and that in vain
    /// at worst.
    /// @param refs the serials; none: `quantity` units from the lists, the largest blocks first
    /// @param taken a list to note the ranges that move, see `Runs`
    /// @return the quantity that moved
    /// @return that list
    function _move(
        Movement memory m,
        uint256 quantity,
        BlockRef[] memory refs,
        uint256[] memory taken
    ) internal returns (uint256, uint256[] memory) {
        if (quantity == 0) revert QuantityZero();
        AccountWord receiver = _checkParties(m);
        SerialBlocks.Book storage book = _books[m.classId];
        SerialBlocks.HoldingSlot storage from = book.holdings[m.from];
        bool same = m.from == m.to;
        SerialBlocks.HoldingSlot storage to = same ? from : book.holdings[m.to];
        Holding giver = m.before == NONE ? Holding.wrap(0) : from.word;
        // Where nothing changes hands, one of the two is the holding, see `_record`.
        Holding taker = same ? giver : to.word;

        if (refs.length == 0) {
            if (giver.balance() < quantity) {
                if (!m.inParts || giver.balance() == 0) _refuseBalance(m, giver.balance(), quantity);
                quantity = giver.balance();
            }
            uint256 missing = quantity;
            unchecked {
                for (uint256 i; missing != 0; ++i) {
                    if (i == MAX_BLOCKS) {
                        if (!m.inParts) revert TooManyBlocks(m.classId, MAX_BLOCKS);
                        quantity -= missing;
                        break;
                    }
                    uint256 first;
                    uint256 count;
                    uint256 marks;
                    (giver, first, count, marks) = book.takeHead(giver, missing);
                    taker = _place(book, taker, m, first, count, marks);
                    taken = taken.noted(first, count);
                    missing -= count; // takeHead gives no more than is missing
                }
            }
        } else {
            if (refs.length > MAX_BLOCKS) revert TooManyBlocks(m.classId, MAX_BLOCKS);
            for (uint256 i; i < refs.length; ++i) {
                BlockRef memory ref = refs[i];
                uint256 marks;
                if (m.before != NONE) (giver, marks) = _takeNamed(book, giver, m, ref);
                taker = _place(book, taker, m, ref.first, ref.count, marks);
                taken = taken.noted(ref.first, ref.count);
            }
        }
        _record(m, from, to, giver, taker, receiver, quantity);
        return (quantity, taken);
    }

    function _place(
        SerialBlocks.Book storage book,
        Holding taker,
        Movement memory m,
        uint256 first,
        uint256 count,
        uint256 marks
    ) private returns (Holding) {
        uint256 t = m.transactionType;
        if (marks & Marks.FREE != 0 && m.giver.controls() & Controls.FREE_LOCKED != 0) _requireUnlocked(m);
        if (t == TransactionTypes.TRANSFER) marks = Marks.TRADED;
        else if (t == TransactionTypes.ALLOCATION) marks = Marks.FREE;
        // No longer a gift in its holder's hands; and what was to come back frozen is back.
        else if (m.from != m.to || t == TransactionTypes.EXTERNAL_TRANSFER) marks &= Marks.TRADED;
        else marks &= Marks.TRADED | Marks.FREE;
        taker = book.put(taker, m.to, first, count, m.after_, marks);
        _emitMoved(m.classId, m.from, m.to, first, count, t, m.after_);
        return taker;
    }

    function _emitMoved(
        ClassId classId,
        address from,
        address to,
        uint256 first,
        uint256 count,
        uint256 transactionType,
        uint256 state
    ) internal {
        emit UnitsMoved(classId, from, to, first | (count << 40) | (transactionType << 80) | (state << 96));
    }

    /// @dev Balances, totals, classes held.
    /// @param receiver the taker's account
    function _record(
        Movement memory m,
        SerialBlocks.HoldingSlot storage from,
        SerialBlocks.HoldingSlot storage to,
        Holding giver,
        Holding taker,
        AccountWord receiver,
        uint256 quantity
    ) private {
        uint256 before = m.before;
        uint256 after_ = m.after_;
        bool left = before == HELD || before == ENCUMBERED; // the giver's own
        bool arrived = after_ == HELD || after_ == ENCUMBERED; // the taker's own
        if (m.from == m.to) {
            // Only what is in circulation is in the lists: taking it changed one, putting it there the other.
            Holding h = _add(_subtract(before == HELD ? giver : taker, before, quantity), after_, quantity);
            if (left && !arrived && h.ownsNothing()) _accounts[m.to] = receiver.withClassLess();
            if (arrived && !left && taker.ownsNothing()) _accounts[m.to] = receiver.withClassMore();
            to.word = h;
        } else {
            if (before != NONE) {
                giver = _subtract(giver, before, quantity);
                if (left && giver.ownsNothing()) _accounts[m.from] = _accounts[m.from].withClassLess();
                from.word = giver;
            }
            if (arrived) {
                if (taker.ownsNothing()) _accounts[m.to] = receiver.withClassMore();
                to.word = _add(taker, after_, quantity);
                if (receiver.controls() & Controls.HOLDING_LIMIT != 0) _checkLimit(m, receiver, quantity);
            } else {
                to.word = _add(taker, after_, quantity);
            }
        }
        if (before != after_) _countStates(m, uint40(quantity));
        if (m.giver.controls() & Controls.SALE_SHARE != 0) _countSale(m, quantity);
    }

    function _subtract(Holding h, uint256 state, uint256 quantity) private pure returns (Holding) {
        if (state == HELD) return h.minus(quantity);
        return state == ENCUMBERED || state == ESCROWED ? h.minusAside(quantity) : h;
    }

    function _add(Holding h, uint256 state, uint256 quantity) private pure returns (Holding) {
        if (state == HELD) return h.plus(quantity);
        return state == ENCUMBERED || state == ESCROWED ? h.plusAside(quantity) : h;
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

    /// @dev Invariant 5: no unit leaves an account whose status or kind forbids it, by any path. What the
    /// authority sets aside or puts right does not ask the holder's status; but a closed account stays empty.
    /// @return receiver the account of the taker
    function _checkParties(Movement memory m) private view returns (AccountWord receiver) {
        receiver = _accounts[m.to];
        uint256 t = m.transactionType;
        if (t >= TransactionTypes.REVERSAL_OF_SURRENDER && t != TransactionTypes.CLOSURE) {
            // A closed account is empty, and nobody could ever move what came into it.
            bool closed = receiver.status() == uint256(AccountStatus.CLOSED);
            if (closed && m.after_ == HELD) revert AccountCannotReceive(m.to, AccountStatus.CLOSED);
            return receiver;
        }
        bool crosses = t == TransactionTypes.TRANSFER || t == TransactionTypes.EXTERNAL_TRANSFER;
        if (m.before == HELD) {
            if (AccountWord.unwrap(m.giver) == 0) m.giver = m.from == m.to ? receiver : _accounts[m.from];
            uint256 status = m.giver.status();
            bool may = m.after_ == SURRENDERED ? AccountRules.maySurrender(status) : AccountRules.maySend(status);
            if (!may && t != TransactionTypes.REVERSAL_OF_ALLOCATION && t != TransactionTypes.EXCESS_AUCTION) {
                // An excess goes back from whoever may still comply.
                bool excess = t == TransactionTypes.EXCESS_ALLOCATION && AccountRules.maySurrender(status);
                if (!excess) revert AccountCannotSend(m.from, AccountStatus(status));
            }
            if ((crosses || t == TransactionTypes.RETIREMENT) && AccountRules.isProgramme(m.giver.kind())) {
                revert AccountOfAuthority(m.from, AccountKind(m.giver.kind()));
            }
        }
        if (m.after_ == HELD || (m.after_ == ENCUMBERED && m.from != m.to)) {
            uint256 status = receiver.status();
            if (!AccountRules.mayReceive(status)) {
                if (m.to == address(0)) revert ERC1155InvalidReceiver(m.to);
                revert AccountCannotReceive(m.to, AccountStatus(status));
            }
            if (crosses && receiver.kind() == uint256(AccountKind.SYSTEM)) revert AccountKeyless(m.to);
        }
    }

    /// @dev Free allowances of an account whose programme ties them (R-AL-15).
    function _requireUnlocked(Movement memory m) private pure {
        uint256 t = m.transactionType;
        bool uses = t == TransactionTypes.TRANSFER ||
            t == TransactionTypes.EXTERNAL_TRANSFER ||
            t == TransactionTypes.SURRENDER;
        if (uses) revert FreeAllowancesLocked(m.from);
    }

    /// @dev R-MS-05: whatever allowances an account sells count, of whatever origin.
    function _countSale(Movement memory m, uint256 quantity) private {
        uint256 t = m.transactionType;
        if (t != TransactionTypes.TRANSFER && t != TransactionTypes.EXTERNAL_TRANSFER) return;
        if (_totals[m.classId].unitType != UnitType.ALLOWANCE) return;
        FreeSales memory sales = _freeSales[m.from];
        uint256 sold = sales.sold + quantity;
        uint256 max = _maxSold(sales);
        if (sold > max) revert SaleShareExceeded(m.from, sold, max);
        _freeSales[m.from].sold = uint40(sold); // below what was allocated, which has 40 bits
    }

    function _checkLimit(Movement memory m, AccountWord a, uint256 quantity) private view {
        (bool counts, uint256 held) = _heldOfLimit(m.to, m.classId);
        if (!counts) return;
        uint256 limit = _holdingLimitOf(m.to, a);
        // A limit that follows the allocation is never in its way; the desk's order counts it afterwards.
        bool follows = a.controls() & Controls.LIMIT_FOLLOWS_ALLOCATION != 0;
        if (follows && m.transactionType == TransactionTypes.ALLOCATION) limit += quantity;
        if (held > limit) revert HoldingLimitExceeded(m.to, held, limit);
    }

    function _takeNamed(
        SerialBlocks.Book storage book,
        Holding giver,
        Movement memory m,
        BlockRef memory ref
    ) private returns (Holding, uint256 marks) {
        SerialBlocks.Fit fit;
        (giver, fit, marks) = book.takeNamed(giver, m.from, m.before, ref);
        if (fit == SerialBlocks.Fit.NOT_THERE) {
            revert UnitsNotHeld(m.classId, m.from, ref.block_, ref.first, ref.count);
        }
        if (fit == SerialBlocks.Fit.NOT_BEFORE) revert HintStale(m.classId, m.from, ref.block_, ref.previous);
        return (giver, marks);
    }

    function _refuseBalance(Movement memory m, uint256 has, uint256 quantity) private view {
        if (_totals[m.classId].unitType == UnitType.NONE) revert ClassUnknown(m.classId);
        revert ERC1155InsufficientBalance(m.from, has, quantity, ClassId.unwrap(m.classId));
    }

    function _transfer(
        AccountWord sender,
        address from,
        address to,
        ClassId classId,
        uint256 quantity,
        BlockRef[] memory refs
    ) private {
        if (from == to) revert SameAccount(from);
        _checkReceiver(sender, from, to, msg.sender);
        _move(
            Movement(classId, from, to, HELD, HELD, TransactionTypes.TRANSFER, false, sender),
            quantity,
            refs,
            Runs.none()
        );
    }

    /// @dev No references: units are taken by quantity.
    function _noRefs() internal pure returns (BlockRef[] memory none) {}

    function _sum(BlockRef[] calldata refs) internal pure returns (uint256 quantity) {
        unchecked {
            for (uint256 i; i < refs.length; ++i) quantity += refs[i].count; // 40 bits each
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {ILinkGateway} from "../interfaces/ILinkGateway.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountKind, AccountStatus, BlockRef, ClassId, ClassTotals, Marks, SerialRange, UnitState, UnitType} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {AccountWord} from "../libraries/AccountWords.sol";
import {Continued} from "../libraries/Continued.sol";
import {Runs} from "../libraries/Runs.sol";
import {Block, ENCUMBERED, ESCROWED, HELD, SerialBlocks} from "../libraries/SerialBlocks.sol";
import {TransactionRules} from "../libraries/TransactionRules.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {UnitLedger} from "./UnitLedger.sol";

/// @title The part of a registry that moves units
/// @dev See IUnitLedger. The code goes on in `RegistryRecords`.
contract UnitRegistry is UnitLedger, Continued {
    using Runs for uint256[];
    using SerialBlocks for SerialBlocks.Book;

    /// @dev Escrow may have been cut for a freeze: its blocks are looked for over this many.
    uint256 private constant MAX_STEPS = 64;

    /// @param records `RegistryRecords`
    constructor(address records) Continued(records) {
        _disableInitializers();
    }

    // ---- issuance -------------------------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function create(
        ClassId classId,
        address to,
        uint40 quantity,
        bytes32 evidence
    ) external restricted nonReentrant returns (uint40 first) {
        _totalsOfHome(classId);
        if (evidence == 0) revert EvidenceMissing(classId);
        first = _create(classId, address(0), to, quantity, evidence, TransactionTypes.ISSUANCE);
        _announce(address(0), to, classId, quantity);
    }

    // ---- what a desk orders ---------------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function order(
        Order calldata o,
        BlockRef[] calldata refs
    ) external nonReentrant returns (uint40 moved, SerialRange[] memory taken) {
        _checkDesk(o.transactionType);
        (UnitState before, UnitState after_) = TransactionRules.statesOf(o.transactionType);
        // The twins at home of a surrendered foreign unit are terminal: it cannot come back (invariant 9).
        if (before == UnitState.SURRENDERED) _totalsOfHome(o.classId);
        bool moves = before == after_;
        address to = moves ? o.to : o.from;
        if (moves && to == o.from) revert SameAccount(to);
        Movement memory m = _movement(o.classId, o.from, to, before, after_, o.transactionType);
        m.inParts = o.inParts;
        (moved, taken) = _moveNoted(m, o.quantity, refs);

        if (o.transactionType == TransactionTypes.ALLOCATION) _freeSales[to].allocated += moved;
        if (
            o.transactionType == TransactionTypes.REVERSAL_OF_ALLOCATION ||
            o.transactionType == TransactionTypes.EXCESS_ALLOCATION
        ) _freeSales[o.from].allocated -= moved;
        if (moves) {
            _announce(o.from, to, o.classId, moved);
        } else if (before != UnitState.ENCUMBERED && after_ != UnitState.ENCUMBERED) {
            _recordUse(o.from, o.classId, moved, after_, o.complianceYear, o.memo, 0);
            if (after_ != UnitState.HELD) _tellOrigin(o.classId, taken, after_);
        } // else: the title stays where it is, and ERC-1155 has nothing to say
    }

    // ---- what a holder does ---------------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function retire(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo,
        bytes32 text
    ) external onlyHolder(account) nonReentrant {
        _use(account, classId, quantity, refs, UnitState.RETIRED, memo, text);
    }

    /// @inheritdoc IUnitLedger
    function cancel(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo,
        bytes32 text
    ) external onlyHolder(account) nonReentrant {
        // The programme cancels by an order of the same type; here it is a holder's own act.
        uint256 kind = _accounts[account].kind();
        if (AccountRules.isProgramme(kind)) revert AccountOfAuthority(account, AccountKind(kind));
        _use(account, classId, quantity, refs, UnitState.CANCELLED, memo, text);
    }

    // ---- what a link gateway does ---------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function escrow(
        address from,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted nonReentrant returns (SerialRange[] memory taken) {
        _totalsOfHome(classId);
        // What it had besides would not be told apart from its escrow. A closed account has nothing: so whoever
        // opened one at a gateway's address, before the gateway was adopted, did not stop it for ever.
        uint256 status = _accounts[msg.sender].status();
        bool open = status != uint256(AccountStatus.NONE) && status != uint256(AccountStatus.CLOSED);
        if (open) revert IAccountRegister.AccountIsGateway(msg.sender);
        return _send(classId, from, msg.sender, UnitState.ESCROWED, quantity, refs);
    }

    /// @inheritdoc IUnitLedger
    function releaseEscrow(
        ClassId classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        address to
    ) external restricted nonReentrant {
        _settleEscrow(classId, block_, first, count, to, UnitState.HELD);
        _announce(msg.sender, to, classId, count);
    }

    /// @inheritdoc IUnitLedger
    function closeEscrow(
        ClassId classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        UnitState state
    ) external restricted nonReentrant {
        if (
            state != UnitState.SURRENDERED && state != UnitState.RETIRED && state != UnitState.CANCELLED
        ) revert UnitsNotHeld(classId, msg.sender, block_, first, count);
        _settleEscrow(classId, block_, first, count, msg.sender, state);
        emit IERC1155.TransferSingle(msg.sender, msg.sender, address(0), ClassId.unwrap(classId), count);
    }

    /// @inheritdoc IUnitLedger
    function importUnits(
        ClassId classId,
        address to,
        uint40 quantity
    ) external restricted nonReentrant returns (uint40 first) {
        _checkGateway(classId);
        first = _create(classId, msg.sender, to, quantity, 0, TransactionTypes.EXTERNAL_TRANSFER);
        _announce(address(0), to, classId, quantity);
    }

    /// @inheritdoc IUnitLedger
    function exportUnits(
        address from,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted nonReentrant returns (SerialRange[] memory taken) {
        _checkGateway(classId);
        return _send(classId, from, from, UnitState.CANCELLED, quantity, refs);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IUnitLedger
    function deskOf(uint16 transactionType) external view returns (address) {
        return _deskOf[transactionType];
    }

    /// @inheritdoc IUnitLedger
    function accountOf(address account) external view returns (IAccountRegister.Account memory) {
        AccountWord a = _accounts[account];
        return
            IAccountRegister.Account({
                kind: AccountKind(a.kind()),
                status: AccountStatus(a.status()),
                openedAt: a.openedAt(),
                classesHeld: a.classesHeld(),
                controls: uint8(a.controls()),
                holdingLimit: a.holdingLimit(),
                province: a.province(),
                approvalRound: a.approvalRound(),
                fileHash: _files[account]
            });
    }

    /// @inheritdoc IUnitLedger
    function totalsOf(ClassId classId) external view returns (ClassTotals memory) {
        return _totals[classId];
    }

    /// @inheritdoc IUnitLedger
    function blockAt(
        ClassId classId,
        uint40 first
    )
        external
        view
        returns (address owner, uint40 count, uint40 next, UnitState state, uint8 marks, uint8 list)
    {
        Block b = _books[classId].blocks[first].word;
        return (
            b.owner(),
            uint40(b.count()),
            uint40(b.next()),
            UnitState(b.state()),
            uint8(b.marks()),
            uint8(b.list())
        );
    }

    // ---- what the verbs share -------------------------------------------------------------

    /// @dev Invariant 6: issued <= cap, and nothing is issued into a sealed class.
    /// @param via zero, or the gateway through which foreign units arrive: a conversion into the
    /// gateway's name and an external transfer out of it, recorded as two movements of one block
    function _create(
        ClassId classId,
        address via,
        address to,
        uint40 quantity,
        bytes32 evidence,
        uint16 transactionType
    ) private returns (uint40 first) {
        ClassTotals memory t = _totals[classId];
        if (quantity == 0) revert QuantityZero();
        if (t.sealed_) revert ClassIsSealed(classId);
        if (quantity > t.cap - t.issued) revert CapExceeded(classId, quantity, t.cap - t.issued);
        first = t.issued + 1;
        emit UnitsIssued(classId, first, quantity, evidence);
        if (via != address(0)) {
            _emitMoved(classId, address(0), via, first, quantity, TransactionTypes.CONVERSION, HELD);
        }
        _moveOne(
            _movement(classId, via, to, UnitState.NONE, UnitState.HELD, transactionType),
            BlockRef(first, 0, first, quantity)
        );
    }

    function _use(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        UnitState state,
        bytes32 memo,
        bytes32 text
    ) private {
        uint16 t = state == UnitState.RETIRED ? TransactionTypes.RETIREMENT : TransactionTypes.CANCELLATION;
        (, SerialRange[] memory taken) = _moveNoted(
            _movement(classId, account, account, UnitState.HELD, state, t),
            quantity,
            refs
        );
        _recordUse(account, classId, quantity, state, 0, memo, text);
        _tellOrigin(classId, taken, state);
    }

    /// @dev To an ERC-1155 reader a used unit is burnt, and one whose use was reversed is minted again.
    function _recordUse(
        address account,
        ClassId classId,
        uint40 quantity,
        UnitState state,
        uint16 complianceYear,
        bytes32 memo,
        bytes32 text
    ) private {
        bool back = state == UnitState.HELD;
        uint256 id = ClassId.unwrap(classId);
        emit IERC1155.TransferSingle(msg.sender, back ? address(0) : account, back ? account : address(0), id, quantity);
        emit UnitsUsed(account, classId, state, quantity, complianceYear, memo, text);
    }

    /// @dev Invariant 9: the twins at home become terminal in the same transaction, or, where their
    /// registry fails, as soon as anybody has it done at the gateway.
    function _tellOrigin(ClassId classId, SerialRange[] memory taken, UnitState state) private {
        if (_totals[classId].unitType != UnitType.FOREIGN) return;
        ILinkGateway(_origins[classId].gateway).unitsUsed(classId, taken, state);
    }

    function _movement(
        ClassId classId,
        address from,
        address to,
        UnitState stateBefore,
        UnitState stateAfter,
        uint16 transactionType
    ) private pure returns (Movement memory) {
        AccountWord unread;
        return
            Movement(classId, from, to, uint256(stateBefore), uint256(stateAfter), transactionType, false, unread);
    }

    /// @dev A movement of `quantity` units, of named serials if there are names, whose caller must know
    /// the serials.
    function _moveNoted(
        Movement memory m,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (uint40 moved, SerialRange[] memory) {
        if (refs.length != 0) {
            uint256 named = _sum(refs);
            if (named != quantity) revert QuantityMismatch(quantity, named);
        }
        (uint256 quantity_, uint256[] memory taken) = _move(m, quantity, refs, Runs.noting());
        return (uint40(quantity_), taken.ranges()); // no more than the quantity
    }

    /// @dev Into escrow, or out of a foreign class; to an ERC-1155 reader the latter are burnt.
    function _send(
        ClassId classId,
        address from,
        address to,
        UnitState state,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory taken) {
        (, taken) = _moveNoted(
            _movement(classId, from, to, UnitState.HELD, state, TransactionTypes.EXTERNAL_TRANSFER),
            quantity,
            refs
        );
        emit IERC1155.TransferSingle(msg.sender, from, to == from ? address(0) : to, ClassId.unwrap(classId), quantity);
    }

    /// @dev Units of the caller's escrow, block by block: what is marked frozen and comes home is set aside.
    function _settleEscrow(
        ClassId classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        address to,
        UnitState state
    ) private {
        uint256 start = block_;
        uint256 from = first;
        uint256 end = from + count;
        for (uint256 i; from < end; ++i) {
            Block b = _books[classId].blocks[start].word;
            uint256 blockEnd = start + b.count();
            if (i == MAX_STEPS || blockEnd == start) revert UnitsNotHeld(classId, msg.sender, block_, first, count);
            if (blockEnd > from) {
                uint256 upTo = blockEnd < end ? blockEnd : end;
                bool frozen = state == UnitState.HELD && b.marks() & Marks.FROZEN != 0;
                _moveOne(
                    _movement(
                        classId,
                        msg.sender,
                        to,
                        UnitState.ESCROWED,
                        frozen ? UnitState.ENCUMBERED : state,
                        TransactionTypes.EXTERNAL_TRANSFER
                    ),
                    BlockRef(uint40(start), 0, uint40(from), uint40(upTo - from))
                );
                from = upTo;
            }
            start = blockEnd;
        }
    }

    function _moveOne(Movement memory m, BlockRef memory ref) private {
        BlockRef[] memory refs = new BlockRef[](1);
        refs[0] = ref;
        _move(m, ref.count, refs, Runs.none());
    }

    function _announce(address from, address to, ClassId classId, uint256 quantity) private {
        uint256 id = ClassId.unwrap(classId);
        emit IERC1155.TransferSingle(msg.sender, from, to, id, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, id, quantity, "");
    }

    function _checkDesk(uint16 transactionType) private view {
        address desk = _deskOf[transactionType];
        if (msg.sender != desk) revert NotTheDesk(transactionType, msg.sender, desk);
    }

    function _checkGateway(ClassId classId) private view {
        if (_origins[classId].gateway != msg.sender) revert NotTheGateway(classId, msg.sender);
    }
}

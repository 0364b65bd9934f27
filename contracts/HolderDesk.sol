// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IHolderDesk} from "./interfaces/IHolderDesk.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountKind, BlockRef, Controls, Marks, Restriction, SerialRange, UnitType} from "./interfaces/LedgerTypes.sol";
import {AccountRules} from "./libraries/AccountRules.sol";

/// @dev See IHolderDesk.
contract HolderDesk is IHolderDesk, AccessManaged {
    uint8 public constant MAY_INITIATE = 1;
    uint8 public constant MAY_APPROVE = 2;
    /// @dev A day of settlement comes in calls of at most this many legs.
    uint256 private constant MOST_LEGS = 256;
    /// @dev As many blocks as one transfer by quantity takes.
    uint256 private constant MOST_BLOCKS = 256;

    IUnitRegistry public immutable REGISTRY;

    Settings public settings;
    uint256 public requestCount;

    mapping(address account => mapping(address to => uint40)) public trustedSince;
    mapping(address account => mapping(address representative => uint8)) public rightsOf;
    mapping(address account => mapping(address institution => uint40)) public settlerSince;
    mapping(address target => mapping(bytes4 selector => bool)) public isAllowed;
    mapping(uint256 id => Request) private _requests;

    constructor(address authority_, IUnitRegistry registry) AccessManaged(authority_) {
        REGISTRY = registry;
    }

    // ---- settings of the programme --------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function setSettings(Settings calldata settings_) external restricted {
        settings = settings_;
        emit SettingsChanged(settings_);
    }

    /// @inheritdoc IHolderDesk
    function allowCall(address target, bytes4 selector, bool allowed) external restricted {
        isAllowed[target][selector] = allowed;
        emit CallAllowed(target, selector, allowed);
    }

    /// @inheritdoc IHolderDesk
    function setRepresentative(address account, address representative, uint8 rights) external restricted {
        rightsOf[account][representative] = rights;
        emit RepresentativeChanged(account, representative, rights);
    }

    // ---- trusted lists --------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function trust(address account, address to) external {
        _setTrust(account, to, uint40(block.timestamp) + settings.trustDelay);
    }

    /// @inheritdoc IHolderDesk
    function distrust(address account, address to) external {
        _setTrust(account, to, 0);
    }

    /// @inheritdoc IHolderDesk
    function checkTrusted(address account, address to) external view {
        if (!_isTrusted(account, to)) revert ReceiverNotTrusted(account, to, trustedSince[account][to]);
    }

    // ---- requests -------------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function request(address account, address target, bytes calldata data) external returns (uint256 id) {
        bool alone = msg.sender == account && !_needsTwo(account);
        if (!alone) _requireRight(account, msg.sender, MAY_INITIATE);
        if (data.length < 36 || !isAllowed[target][bytes4(data)]) revert CallNotAllowed(target, bytes4(data));
        address named = abi.decode(data[4:36], (address));
        if (named != account) revert NotForAccount(account, named);

        id = ++requestCount;
        Request storage r = _requests[id];
        r.account = account;
        r.initiator = msg.sender;
        r.target = target;
        r.state = RequestState.INITIATED;
        r.deadline = uint40(block.timestamp) + settings.lifetime;
        r.data = data;
        emit RequestMade(id, account, msg.sender, target, data);
        if (alone) _approve(id, r);
    }

    /// @inheritdoc IHolderDesk
    function approve(uint256 id, bytes32 dataHash) external {
        Request storage r = _inState(id, RequestState.INITIATED);
        _requireRight(r.account, msg.sender, MAY_APPROVE);
        if (msg.sender == r.initiator) revert SamePerson(id, msg.sender);
        bytes32 actual = keccak256(r.data);
        if (actual != dataHash) revert RequestChanged(id, dataHash, actual);
        _approve(id, r);
    }

    /// @inheritdoc IHolderDesk
    function execute(uint256 id) external {
        Request storage r = _inState(id, RequestState.APPROVED);
        _requireOf(r.account, msg.sender);
        // Whatever was demanded since then holds too: two people, a narrower list of calls.
        if (!isAllowed[r.target][bytes4(r.data)]) revert CallNotAllowed(r.target, bytes4(r.data));
        if (r.approver == r.initiator && _needsTwo(r.account)) {
            revert RightMissing(r.account, r.initiator, MAY_APPROVE);
        }
        // Asked again: the receiver may have lost its trust since the approval.
        uint40 readyAt = r.approvedAt + _wait(r.account, r.data);
        if (block.timestamp < readyAt) revert TooEarly(id, readyAt);
        r.state = RequestState.EXECUTED;
        emit RequestExecuted(id);
        Address.functionCall(r.target, r.data);
    }

    /// @inheritdoc IHolderDesk
    function cancel(uint256 id) external {
        Request storage r = _requests[id];
        if (r.state != RequestState.INITIATED && r.state != RequestState.APPROVED) {
            revert RequestNot(id, RequestState.APPROVED, r.state);
        }
        _requireOf(r.account, msg.sender);
        r.state = RequestState.CANCELLED;
        emit RequestCancelled(id, msg.sender);
    }

    // ---- settlement -----------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function authoriseSettler(address account, address institution, bool authorised) external {
        REGISTRY.checkHolder(account, msg.sender);
        if (authorised && REGISTRY.accountOf(institution).kind != AccountKind.TRADING_INSTITUTION) {
            revert NotTradingInstitution(institution);
        }
        uint40 since = authorised ? uint40(block.timestamp) + settings.trustDelay : 0;
        settlerSince[account][institution] = since;
        emit SettlerAuthorised(account, institution, since);
    }

    /// @inheritdoc IHolderDesk
    function settle(Leg[] calldata legs) external {
        if (legs.length > MOST_LEGS) revert TooManyLegs(legs.length, MOST_LEGS);
        REGISTRY.checkHolder(msg.sender, msg.sender); // its own key, unless it took it from itself
        IAccountRegister.Account memory institution = REGISTRY.accountOf(msg.sender);
        if (institution.kind != AccountKind.TRADING_INSTITUTION) revert NotTradingInstitution(msg.sender);
        if (!AccountRules.maySend(institution.status)) {
            revert IAccountRegister.AccountCannotSend(msg.sender, institution.status);
        }
        for (uint256 i; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            uint40 since = settlerSince[leg.from][msg.sender];
            if (since == 0 || since > block.timestamp) revert NotAuthorisedToSettle(leg.from, msg.sender);
            emit TradeSettled(msg.sender, leg.trade, leg.classId, leg.from, leg.to, leg.quantity);
            REGISTRY.safeTransferFrom(leg.from, leg.to, leg.classId, leg.quantity, "");
        }
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function restrictionOf(
        address from,
        address to,
        uint256 classId,
        uint256 quantity
    ) external view returns (Restriction, string memory) {
        IAccountRegister.Account memory giver = REGISTRY.accountOf(from);
        if (REGISTRY.totalsOf(classId).unitType == UnitType.NONE) {
            return (Restriction.UNKNOWN_CLASS, "there is no such unit class");
        }
        if (quantity == 0) return (Restriction.ZERO_QUANTITY, "the quantity is zero");
        if (giver.controls & Controls.TWO_REPRESENTATIVES != 0) {
            return (Restriction.DESK_REQUIRED, "the sender acts through two representatives");
        }
        if (!AccountRules.maySend(giver.status)) {
            return (Restriction.SENDER_STATUS, "the sender may not send");
        }
        if (!AccountRules.mayReceive(REGISTRY.accountOf(to).status)) {
            return (Restriction.RECEIVER_STATUS, "the receiver may not receive");
        }
        if (giver.controls & Controls.TRUSTED_ONLY != 0 && from != to && !_isTrusted(from, to)) {
            return (Restriction.RECEIVER_NOT_TRUSTED, "the receiver is not on the sender's trusted list");
        }
        uint256 free = REGISTRY.balanceOf(from, classId) - REGISTRY.encumberedOf(from, classId);
        if (quantity > free) return (Restriction.INSUFFICIENT_UNITS, "the sender has too few units at its disposal");
        if (from == to) return (Restriction.NONE, "");
        uint256 gifts = _giftsIn(from, classId, quantity);
        if (gifts != 0 && giver.controls & Controls.FREE_LOCKED != 0) {
            return (Restriction.FREE_ALLOWANCES_LOCKED, "the sender's free allowances are locked");
        }
        (, uint256 sold, uint256 most) = REGISTRY.freeSalesOf(from);
        if (gifts != 0 && giver.controls & Controls.SALE_SHARE != 0 && sold + gifts > most) {
            return (Restriction.SALE_SHARE, "the sender would sell too much of its free allocation");
        }
        if (_exceedsLimit(to, classId, quantity)) {
            return (Restriction.HOLDING_LIMIT, "the receiver would hold more than its limit");
        }
        return (Restriction.NONE, "");
    }

    /// @inheritdoc IHolderDesk
    function requestOf(uint256 id) external view returns (Request memory) {
        return _requests[id];
    }

    // ---- what the steps share -------------------------------------------------------------

    function _setTrust(address account, address to, uint40 since) private {
        REGISTRY.checkHolder(account, msg.sender);
        trustedSince[account][to] = since;
        emit TrustChanged(account, to, since);
    }

    function _isTrusted(address account, address to) private view returns (bool) {
        uint40 since = trustedSince[account][to];
        return since != 0 && since <= block.timestamp;
    }

    function _approve(uint256 id, Request storage r) private {
        r.state = RequestState.APPROVED;
        r.approver = msg.sender;
        r.approvedAt = uint40(block.timestamp);
        r.readyAt = r.approvedAt + _wait(r.account, r.data);
        r.deadline = r.readyAt + settings.lifetime;
        emit RequestApproved(id, msg.sender, r.readyAt);
    }

    /// @dev A transfer to an account that is not on the trusted list waits, and is limited in size.
    function _wait(address account, bytes memory data) private view returns (uint32) {
        (address to, uint256 quantity) = _transferIn(data);
        if (to == address(0) || to == account || _isTrusted(account, to)) return 0;
        uint256 most = settings.sizeLimit;
        if (most != 0 && quantity > most) revert TransferTooLarge(quantity, most);
        return settings.transferDelay;
    }

    /// @return to zero when the call is no transfer
    function _transferIn(bytes memory data) private pure returns (address to, uint256 quantity) {
        bytes4 selector = bytes4(data);
        bytes memory arguments = new bytes(data.length - 4);
        for (uint256 i; i < arguments.length; ++i) arguments[i] = data[i + 4];
        if (selector == IERC1155.safeTransferFrom.selector) {
            (, to, , quantity, ) = abi.decode(arguments, (address, address, uint256, uint256, bytes));
        } else if (selector == IUnitRegistry.transferUnits.selector) {
            BlockRef[] memory refs;
            (, to, , refs) = abi.decode(arguments, (address, address, uint256, BlockRef[]));
            for (uint256 i; i < refs.length; ++i) quantity += refs[i].count;
        } else if (selector == IERC1155.safeBatchTransferFrom.selector) {
            uint256[] memory values;
            (, to, , values, ) = abi.decode(arguments, (address, address, uint256[], uint256[], bytes));
            for (uint256 i; i < values.length; ++i) quantity += values[i];
        } else if (selector == ILinkGateway.transfer.selector) {
            ILinkGateway.Request memory r = abi.decode(arguments, (ILinkGateway.Request));
            (to, quantity) = (r.recipient, r.quantity);
        } else if (selector == ILinkGateway.returnUnits.selector) {
            (, , , quantity, , to, ) = abi.decode(
                arguments,
                (address, address, uint256, uint40, BlockRef[], address, uint40)
            );
        }
    }

    /// @dev Units among the next `quantity` of the list that were allocated free of charge.
    function _giftsIn(address from, uint256 classId, uint256 quantity) private view returns (uint256 gifts) {
        SerialRange[] memory blocks = REGISTRY.blocksOf(classId, from, 0, MOST_BLOCKS);
        for (uint256 i; i < blocks.length && quantity != 0; ++i) {
            uint256 taken = blocks[i].count < quantity ? blocks[i].count : quantity;
            if (REGISTRY.marksAt(classId, blocks[i].first) & Marks.FREE != 0) gifts += taken;
            quantity -= taken;
        }
    }

    function _exceedsLimit(address account, uint256 classId, uint256 quantity) private view returns (bool) {
        IAccountRegister.Account memory a = REGISTRY.accountOf(account);
        if (a.controls & Controls.HOLDING_LIMIT == 0) return false;
        (bool counts, uint256 held) = REGISTRY.heldOfLimit(account, classId);
        return counts && held + quantity > a.holdingLimit;
    }

    function _inState(uint256 id, RequestState expected) private view returns (Request storage r) {
        r = _requests[id];
        if (r.state != expected) revert RequestNot(id, expected, r.state);
        if (block.timestamp > r.deadline) revert RequestExpired(id, r.deadline);
    }

    function _needsTwo(address account) private view returns (bool) {
        return REGISTRY.accountOf(account).controls & Controls.TWO_REPRESENTATIVES != 0;
    }

    function _requireRight(address account, address representative, uint8 right) private view {
        if (rightsOf[account][representative] & right == 0) revert RightMissing(account, representative, right);
    }

    function _requireOf(address account, address caller) private view {
        if (caller != account && rightsOf[account][caller] == 0) {
            revert RightMissing(account, caller, MAY_INITIATE | MAY_APPROVE);
        }
    }
}

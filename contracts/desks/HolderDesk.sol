// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IHolderDesk} from "../interfaces/IHolderDesk.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {IProgrammeAuthority} from "../interfaces/IProgrammeAuthority.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountKind, AccountStatus, BlockRef, CallTooLong, ClassId, Controls, Restriction, SamePerson, TooEarly} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {Restrictions} from "../libraries/Restrictions.sol";
import {Desk} from "./Desk.sol";

/// @dev See IHolderDesk.
contract HolderDesk is IHolderDesk, Desk {
    uint8 public constant MAY_INITIATE = 1;
    uint8 public constant MAY_APPROVE = 2;
    uint256 private constant MAX_LEGS = 256;
    /// @dev Enough for a transfer of 256 named blocks.
    uint256 private constant MAX_CALL = 40_000;

    /// @dev What a representative may, and how often that has changed.
    struct Rights {
        uint8 rights;
        uint32 tenure;
    }

    Settings private _settings;
    uint256 private _requestCount;
    mapping(address account => mapping(address to => uint40)) private _trustedSince;
    mapping(address account => mapping(address representative => Rights)) private _rights;
    mapping(address account => mapping(address institution => uint40)) private _settlerSince;
    mapping(address target => mapping(bytes4 selector => bool)) private _allowed;
    mapping(uint256 id => Request) private _requests;
    mapping(address institution => mapping(bytes32 trade => bool)) private _settled;

    // ---- settings of the programme --------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function setSettings(Settings calldata settings_) external restricted {
        _settings = settings_;
        emit SettingsChanged(settings_);
    }

    /// @inheritdoc IHolderDesk
    function allowCall(address target, bytes4 selector, bool allowed) external restricted {
        _allowed[target][selector] = allowed;
        emit CallAllowed(target, selector, allowed);
    }

    /// @inheritdoc IHolderDesk
    function setRepresentative(address account, address representative, uint8 rights) external restricted {
        Rights storage r = _rights[account][representative];
        r.rights = rights;
        ++r.tenure;
        emit RepresentativeChanged(account, representative, rights);
    }

    // ---- trusted lists --------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function trust(address account, address to) external {
        _setTrust(account, to, uint40(block.timestamp) + _settings.trustDelay);
    }

    /// @inheritdoc IHolderDesk
    function distrust(address account, address to) external {
        _setTrust(account, to, 0);
    }

    /// @inheritdoc IHolderDesk
    function checkTrusted(address account, address to) external view {
        if (!_isTrusted(account, to)) revert ReceiverNotTrusted(account, to, _trustedSince[account][to]);
    }

    // ---- requests -------------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function request(address account, address target, bytes calldata data) external returns (uint256 id) {
        IAccountRegister.Account memory a = _requireAccount(account);
        if (data.length > MAX_CALL) revert CallTooLong(data.length, MAX_CALL);
        bytes4 selector = bytes4(data);
        if (data.length < 36 || !_allowed[target][selector]) revert CallNotAllowed(target, selector);
        address named = abi.decode(data[4:36], (address));
        if (named != account) revert NotForAccount(account, named);
        bool alone = msg.sender == account && a.controls & Controls.TWO_REPRESENTATIVES == 0;

        id = ++_requestCount;
        Request storage r = _requests[id];
        r.account = account;
        r.initiator = msg.sender;
        r.initiatorTenure = alone ? a.approvalRound : _requireRight(account, msg.sender, MAY_INITIATE);
        r.target = target;
        r.selector = selector;
        r.state = RequestState.INITIATED;
        r.deadline = uint40(block.timestamp) + _settings.lifetime;
        r.hash = keccak256(data);
        emit RequestMade(id, account, msg.sender, target, data, r.deadline);
        if (alone) _approve(id, r, data);
    }

    /// @inheritdoc IHolderDesk
    function approve(uint256 id, bytes calldata data) external {
        Request storage r = _inState(id, RequestState.INITIATED);
        r.approverTenure = _requireRight(r.account, msg.sender, MAY_APPROVE);
        if (msg.sender == r.initiator) revert SamePerson(id, msg.sender);
        _requireSame(id, r, data);
        _approve(id, r, data);
    }

    /// @inheritdoc IHolderDesk
    function execute(uint256 id, bytes calldata data) external {
        Request storage r = _inState(id, RequestState.APPROVED);
        _requireSame(id, r, data);
        address account = r.account;
        _requireOf(account, msg.sender);
        // Whatever was demanded since then holds too: two people, a narrower list of calls.
        if (!_allowed[r.target][r.selector]) revert CallNotAllowed(r.target, r.selector);
        if (r.approver == r.initiator) {
            // It acted alone, and no two representatives were set since then.
            IAccountRegister.Account memory a = _registry.accountOf(account);
            bool two = a.controls & Controls.TWO_REPRESENTATIVES != 0;
            if (two || a.approvalRound != r.initiatorTenure) revert RightMissing(account, r.initiator, MAY_APPROVE);
        } else {
            _requireTenure(account, r.initiator, MAY_INITIATE, r.initiatorTenure);
            _requireTenure(account, r.approver, MAY_APPROVE, r.approverTenure);
        }
        // Asked again: the receiver may have lost its trust since the approval.
        uint40 readyAt = r.approvedAt + _wait(account, data);
        if (block.timestamp < readyAt) revert TooEarly(id, readyAt);
        r.state = RequestState.EXECUTED;
        emit RequestExecuted(id, msg.sender);
        Address.functionCall(r.target, data);
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
        _registry.checkHolder(account, msg.sender);
        _requireAccount(account);
        if (authorised && _registry.accountOf(institution).kind != AccountKind.TRADING_INSTITUTION) {
            revert NotTradingInstitution(institution);
        }
        uint40 since = authorised ? uint40(block.timestamp) + _settings.trustDelay : 0;
        _settlerSince[account][institution] = since;
        emit SettlerAuthorised(account, institution, since);
    }

    /// @inheritdoc IHolderDesk
    function settle(address institution, Leg[] calldata legs) external {
        if (legs.length > MAX_LEGS) revert TooManyLegs(legs.length, MAX_LEGS);
        _registry.checkHolder(institution, msg.sender);
        IAccountRegister.Account memory a = _registry.accountOf(institution);
        if (a.kind != AccountKind.TRADING_INSTITUTION) revert NotTradingInstitution(institution);
        if (!AccountRules.maySend(uint256(a.status))) revert IUnitLedger.AccountCannotSend(institution, a.status);
        for (uint256 i; i < legs.length; ++i) _settle(institution, legs[i]);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function restrictionOf(
        address from,
        address to,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction restriction, string memory reason) {
        restriction = _restriction(from, to, classId, quantity);
        return (restriction, Restrictions.reasonOf(restriction));
    }

    /// @inheritdoc IHolderDesk
    function requestOf(uint256 id) external view returns (Request memory) {
        return _requests[id];
    }

    /// @inheritdoc IHolderDesk
    function requestCount() external view returns (uint256) {
        return _requestCount;
    }

    /// @inheritdoc IHolderDesk
    function rightsOf(address account, address representative) external view returns (uint8) {
        return _rights[account][representative].rights;
    }

    /// @inheritdoc IHolderDesk
    function trustedSince(address account, address to) external view returns (uint40) {
        return _trustedSince[account][to];
    }

    /// @inheritdoc IHolderDesk
    function settlerSince(address account, address institution) external view returns (uint40) {
        return _settlerSince[account][institution];
    }

    /// @inheritdoc IHolderDesk
    function isSettled(address institution, bytes32 trade) external view returns (bool) {
        return _settled[institution][trade];
    }

    /// @inheritdoc IHolderDesk
    function isAllowed(address target, bytes4 selector) external view returns (bool) {
        return _allowed[target][selector];
    }

    /// @inheritdoc IHolderDesk
    function settings() external view returns (Settings memory) {
        return _settings;
    }

    // ---- what the steps share -------------------------------------------------------------

    function _setTrust(address account, address to, uint40 since) private {
        _registry.checkHolder(account, msg.sender);
        _requireAccount(account);
        _trustedSince[account][to] = since;
        emit TrustChanged(account, to, since);
    }

    function _isTrusted(address account, address to) private view returns (bool) {
        uint40 since = _trustedSince[account][to];
        return since != 0 && since <= block.timestamp;
    }

    function _settle(address institution, Leg calldata leg) private {
        uint40 since = _settlerSince[leg.from][institution];
        if (since == 0 || since > block.timestamp) revert NotAuthorisedToSettle(leg.from, institution);
        if (leg.trade == 0) revert TradeMissing();
        if (_settled[institution][leg.trade]) revert TradeAlreadySettled(institution, leg.trade);
        uint40 blockSize = _settings.blockSize;
        if (blockSize != 0 && leg.quantity >= blockSize && !leg.negotiated) {
            revert BlockTradeOnBook(leg.trade, leg.quantity, blockSize);
        }
        _settled[institution][leg.trade] = true;
        emit TradeSettled(institution, leg.trade, leg.classId, leg.from, leg.to, leg.quantity, leg.negotiated);
        _registry.safeTransferFrom(leg.from, leg.to, ClassId.unwrap(leg.classId), leg.quantity, "");
    }

    /// @dev In the order in which a transfer asks, so that both give the same reason.
    function _restriction(
        address from,
        address to,
        ClassId classId,
        uint256 quantity
    ) private view returns (Restriction) {
        uint256 controls = _registry.accountOf(from).controls;
        if (controls & Controls.TWO_REPRESENTATIVES != 0) return Restriction.DESK_REQUIRED;
        if (from == to) return Restriction.SAME_ACCOUNT;
        bool bound = controls & Controls.TRUSTED_ONLY != 0;
        if (bound && !_isTrusted(from, to)) return Restriction.RECEIVER_NOT_TRUSTED;
        return _registry.transferRestriction(from, to, classId, quantity);
    }

    function _approve(uint256 id, Request storage r, bytes calldata data) private {
        r.state = RequestState.APPROVED;
        r.approver = msg.sender;
        r.approvedAt = uint40(block.timestamp);
        uint40 readyAt = r.approvedAt + _wait(r.account, data);
        r.deadline = readyAt + _settings.lifetime;
        emit RequestApproved(id, msg.sender, readyAt, r.deadline);
    }

    /// @dev A transfer to an account that is not on the trusted list waits, and is limited in size.
    function _wait(address account, bytes calldata data) private view returns (uint32) {
        (address to, uint256 quantity) = _transferIn(data);
        if (to == address(0) || to == account || _isTrusted(account, to)) return 0;
        uint256 max = _settings.sizeLimit;
        if (max != 0 && quantity > max) revert TransferTooLarge(quantity, max);
        return _settings.transferDelay;
    }

    /// @return to zero when the call is no transfer
    function _transferIn(bytes calldata data) private pure returns (address to, uint256 quantity) {
        bytes4 selector = bytes4(data);
        bytes calldata arguments = data[4:];
        if (selector == IERC1155.safeTransferFrom.selector) {
            (, to, , quantity, ) = abi.decode(arguments, (address, address, uint256, uint256, bytes));
        } else if (selector == IUnitLedger.transferUnits.selector) {
            BlockRef[] memory refs;
            (, to, , refs) = abi.decode(arguments, (address, address, ClassId, BlockRef[]));
            for (uint256 i; i < refs.length; ++i) quantity += refs[i].count;
        } else if (selector == IERC1155.safeBatchTransferFrom.selector) {
            uint256[] memory values;
            (, to, , values, ) = abi.decode(arguments, (address, address, uint256[], uint256[], bytes));
            for (uint256 i; i < values.length; ++i) quantity += values[i];
        } else if (selector == ILinkTransfers.transfer.selector) {
            ILinkTransfers.Request memory r = abi.decode(arguments, (ILinkTransfers.Request));
            (to, quantity) = (r.recipient, r.quantity);
        } else if (selector == ILinkTransfers.returnUnits.selector) {
            (, , , quantity, , to, ) = abi.decode(
                arguments,
                (address, address, ClassId, uint40, BlockRef[], address, uint40)
            );
        }
    }

    function _inState(uint256 id, RequestState expected) private view returns (Request storage r) {
        r = _requests[id];
        if (r.state != expected) revert RequestNot(id, expected, r.state);
        if (block.timestamp > r.deadline) revert RequestExpired(id, r.deadline);
    }

    function _requireSame(uint256 id, Request storage r, bytes calldata data) private view {
        bytes32 actual = keccak256(data);
        if (actual != r.hash) revert RequestChanged(id, r.hash, actual);
    }

    /// @dev Nothing is remembered by a desk that the programme has not named: whoever follows the ledger
    /// would not see it.
    function _requireAccount(address account) private view returns (IAccountRegister.Account memory a) {
        bool named = _registry.holderDesk() == address(this) ||
            IProgrammeAuthority(authority()).programme().holderDesk == address(this);
        if (!named) revert NotInOffice();
        a = _registry.accountOf(account);
        if (a.status == AccountStatus.NONE) revert AccountMissing(account);
    }

    /// @return the tenure in which the representative has the right
    function _requireRight(address account, address representative, uint8 right) private view returns (uint32) {
        Rights memory r = _rights[account][representative];
        if (r.rights & right == 0) revert RightMissing(account, representative, right);
        return r.tenure;
    }

    function _requireTenure(address account, address representative, uint8 right, uint32 tenure) private view {
        if (_requireRight(account, representative, right) != tenure) {
            revert RightMissing(account, representative, right);
        }
    }

    function _requireOf(address account, address caller) private view {
        if (caller != account && _rights[account][caller].rights == 0) {
            revert RightMissing(account, caller, MAY_INITIATE | MAY_APPROVE);
        }
    }
}

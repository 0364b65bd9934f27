// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IHolderDesk} from "./interfaces/IHolderDesk.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountKind, BlockRef, Controls} from "./interfaces/LedgerTypes.sol";

/// @dev See IHolderDesk.
contract HolderDesk is IHolderDesk, AccessManaged {
    uint8 public constant MAY_INITIATE = 1;
    uint8 public constant MAY_APPROVE = 2;
    /// @dev A day of settlement comes in calls of at most this many legs.
    uint256 private constant MOST_LEGS = 256;

    IUnitRegistry public immutable REGISTRY;

    Settings public settings;
    uint256 public requestCount;

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

    // ---- requests -------------------------------------------------------------------------

    /// @inheritdoc IHolderDesk
    function request(address account, address target, bytes calldata data) external returns (uint256 id) {
        bool alone = msg.sender == account && !_needsTwo(account);
        if (!alone) _requireRight(account, msg.sender, MAY_INITIATE);
        if (!isAllowed[target][bytes4(data)]) revert CallNotAllowed(target, bytes4(data));
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
        if (keccak256(r.data) != dataHash) revert CallNotAllowed(r.target, bytes4(r.data));
        _approve(id, r);
    }

    /// @inheritdoc IHolderDesk
    function execute(uint256 id) external {
        Request storage r = _inState(id, RequestState.APPROVED);
        _requireOf(r.account, msg.sender);
        if (block.timestamp < r.readyAt) revert TooEarly(id, r.readyAt);
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
        if (REGISTRY.accountOf(institution).kind != AccountKind.TRADING_INSTITUTION) {
            revert NotTradingInstitution(institution);
        }
        uint40 since = authorised ? uint40(block.timestamp) + REGISTRY.trustDelay() : 0;
        settlerSince[account][institution] = since;
        emit SettlerAuthorised(account, institution, since);
    }

    /// @inheritdoc IHolderDesk
    function settle(Leg[] calldata legs) external {
        if (legs.length > MOST_LEGS) revert TransferTooLarge(legs.length, MOST_LEGS);
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
    function requestOf(uint256 id) external view returns (Request memory) {
        return _requests[id];
    }

    // ---- what the steps share -------------------------------------------------------------

    function _approve(uint256 id, Request storage r) private {
        r.state = RequestState.APPROVED;
        r.readyAt = uint40(block.timestamp) + _wait(r.account, r.target, r.data);
        r.deadline = r.readyAt + settings.lifetime;
        emit RequestApproved(id, msg.sender, r.readyAt);
    }

    /// @dev A transfer to an account that is not on the trusted list waits, and is limited in size.
    function _wait(address account, address target, bytes memory data) private view returns (uint32) {
        if (target != address(REGISTRY)) return 0;
        (address to, uint256 quantity) = _transferIn(data);
        if (to == address(0)) return 0;
        uint40 since = REGISTRY.trustedSince(account, to);
        if (since != 0 && since <= block.timestamp) return 0;
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
        }
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

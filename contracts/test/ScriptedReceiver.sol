// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

/// @notice A token receiver that answers as it is told, remembers what it was told, and can call
/// other contracts from inside the hook or on its own.
contract ScriptedReceiver is IERC1155Receiver, ERC165 {
    enum Answer {
        ACCEPT,
        WRONG_VALUE,
        REVERT_WITH_MESSAGE,
        REVERT_WITHOUT,
        PANIC,
        REVERT_WITH_ERROR
    }

    event Received(address operator, address from, uint256[] ids, uint256[] values, bytes data, bool batch);
    event CalledBack(bool success, bytes result);

    error NoDeliveries(bytes4 hook);

    Answer public answer;
    address private _target;
    bytes private _data;

    function script(Answer answer_) external {
        answer = answer_;
    }

    /// @notice What to call from inside the next hook.
    function callBack(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @notice Calls on behalf of this contract; passes a refusal on as it is.
    function execute(address target, bytes calldata data) external {
        (bool success, bytes memory result) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function onERC1155Received(
        address operator,
        address from,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external returns (bytes4) {
        uint256[] memory ids = new uint256[](1);
        uint256[] memory values = new uint256[](1);
        (ids[0], values[0]) = (id, value);
        emit Received(operator, from, ids, values, data, false);
        return _answer(this.onERC1155Received.selector);
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4) {
        emit Received(operator, from, ids, values, data, true);
        return _answer(this.onERC1155BatchReceived.selector);
    }

    function _answer(bytes4 accepted) private returns (bytes4) {
        if (_target != address(0)) {
            address target = _target;
            _target = address(0);
            (bool success, bytes memory result) = target.call(_data);
            emit CalledBack(success, result);
        }
        if (answer == Answer.WRONG_VALUE) return 0xdeadbeef;
        if (answer == Answer.REVERT_WITH_MESSAGE) revert("no deliveries today");
        if (answer == Answer.REVERT_WITHOUT) {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
        if (answer == Answer.PANIC) assert(false);
        if (answer == Answer.REVERT_WITH_ERROR) revert NoDeliveries(accepted);
        return accepted;
    }
}

/// @notice A contract that has never heard of tokens.
contract NoReceiver {}

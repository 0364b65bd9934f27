// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";

/// @notice Code for an account to delegate to under EIP-7702: it makes calls in the account's name, several in
/// one transaction, for whoever asks.
contract OpenDelegate is ERC1155Holder {
    struct Call {
        address target;
        bytes data;
    }

    /// @notice Makes the calls, all or none; passes a refusal on as it is.
    function run(Call[] calldata calls) external {
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory result) = calls[i].target.call(calls[i].data);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(result, 0x20), mload(result))
                }
            }
        }
    }
}

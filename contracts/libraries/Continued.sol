// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract whose code goes on in another one
/// @notice One contract has at most 24,576 bytes of code. What this one does not know it has done by the
/// next, on its own storage and in its own name.
/// @dev The address of the next is part of the code: whoever has examined the one knows which other belongs
/// to it, and none of them can be changed.
abstract contract Continued {
    address private immutable NEXT;

    constructor(address next) {
        NEXT = next;
    }

    fallback() external {
        address next = NEXT;
        assembly {
            calldatacopy(0x00, 0x00, calldatasize())
            let ok := delegatecall(gas(), next, 0x00, calldatasize(), 0x00, 0x00)
            returndatacopy(0x00, 0x00, returndatasize())
            if iszero(ok) {
                revert(0x00, returndatasize())
            }
            return(0x00, returndatasize())
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Transaction types of the international registries
/// @notice primary x 100 + supplementary: 1040 is written 10-40, 300 is written 3.
library TransactionTypes {
    uint16 internal constant ISSUANCE = 100;
    uint16 internal constant CONVERSION = 200;
    uint16 internal constant EXTERNAL_TRANSFER = 300;
    uint16 internal constant CANCELLATION = 400;
    uint16 internal constant RETIREMENT = 500;
    uint16 internal constant SURRENDER = 1002;
    uint16 internal constant ALLOCATION = 1040;
    uint16 internal constant TRANSFER = 1050;
}

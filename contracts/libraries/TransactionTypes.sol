// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Transaction types of the international registries
/// @notice primary x 100 + supplementary: 1040 is written 10-40, 300 is written 3. The numbers are those
/// of the EU and UK registries where these have the like. What they do not have is under the primary
/// number 20, which no international registry uses.
library TransactionTypes {
    uint16 internal constant ISSUANCE = 100;
    uint16 internal constant CONVERSION = 200;
    uint16 internal constant EXTERNAL_TRANSFER = 300;
    uint16 internal constant CANCELLATION = 400;
    uint16 internal constant RETIREMENT = 500;
    uint16 internal constant SURRENDER = 1002;
    uint16 internal constant AUCTION_DELIVERY = 1037;
    uint16 internal constant ALLOCATION = 1040;
    uint16 internal constant REVERSAL_OF_ALLOCATION = 1041;
    uint16 internal constant EXCESS_ALLOCATION = 1042;
    uint16 internal constant EXCESS_AUCTION = 1043;
    uint16 internal constant TRANSFER = 1050;
    uint16 internal constant CENTRAL_TRANSFER = 1051;
    /// @dev From here on, closure apart, the authority sets aside or puts right: the status is not asked.
    uint16 internal constant REVERSAL_OF_SURRENDER = 1082;
    uint16 internal constant CLOSURE = 1091;
    uint16 internal constant CORRECTION = 1092;
    /// @dev Not of the international registries, which have no pledge: units set aside and set free.
    uint16 internal constant ENCUMBRANCE = 2001;
    uint16 internal constant RELEASE = 2002;
    /// @dev Not a movement: units abroad or pledged that come back frozen.
    uint16 internal constant FREEZE_MARK = 2003;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockRef, ClassSpec, SerialRange, UnitType} from "../interfaces/LedgerTypes.sol";

/// @notice A linked registry that lies to the gateway: it claims that its units stand for another
/// registry's, and that units left circulation which it never had.
contract LyingRegistry {
    address public authority;
    address public claimedOrigin;
    uint256 public claimedClass;
    address private immutable GATEWAY;
    uint40 private _issued;

    constructor(address authority_, address gateway) {
        authority = authority_;
        GATEWAY = gateway;
    }

    function claim(address origin, uint256 classId) external {
        (claimedOrigin, claimedClass) = (origin, classId);
    }

    /// @dev Whoever asks may act for anyone, and send to anyone.
    function checkHolder(address, address) external pure {}

    function checkReceiver(address, address, address) external pure {}

    function originOf(uint256) external view returns (address, address, uint256) {
        return (GATEWAY, claimedOrigin, claimedClass);
    }

    function defineForeignClass(address, uint256 originClass) external pure returns (uint256) {
        return originClass;
    }

    function importUnits(uint256, address, uint40 quantity) external returns (uint40 first) {
        first = _issued + 1;
        _issued += quantity;
    }

    function exportUnits(
        address,
        uint256,
        uint40 quantity,
        BlockRef[] calldata
    ) external pure returns (SerialRange[] memory taken) {
        taken = new SerialRange[](1);
        taken[0] = SerialRange(1, quantity);
    }

    // ---- as the source of a link ----------------------------------------------------------

    function code() external pure returns (bytes32) {
        return "XX";
    }

    function classOf(uint256) external pure returns (ClassSpec memory spec) {
        (spec.unitType, spec.vintage) = (UnitType.ALLOWANCE, 2025);
        (spec.periodFirstYear, spec.periodLastYear) = (2025, 2025);
    }

    /// @dev One unit a block, as many blocks as were asked for.
    function escrow(
        address,
        uint256,
        uint40 quantity,
        BlockRef[] calldata
    ) external pure returns (SerialRange[] memory taken) {
        taken = new SerialRange[](quantity);
        for (uint40 i; i < quantity; ++i) taken[i] = SerialRange(i + 1, 1);
    }
}

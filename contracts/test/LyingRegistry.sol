// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Moody} from "./Moody.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {BlockRef, ClassId, ClassSpec, ClassTotals, Restriction, SerialRange, UnitState, UnitType} from "../interfaces/LedgerTypes.sol";

/// @notice An authority under somebody else's control: it says yes to everybody, or to one caller only.
contract LyingAuthority is Moody {
    address private _only;

    /// @param only zero: everybody
    function listenTo(address only) external {
        _only = only;
    }

    function canCall(address caller, address, bytes4) external view moody returns (bool immediate, uint32 delay) {
        return (_only == address(0) || caller == _only, 0);
    }
}

/// @notice A registry under somebody else's control. It keeps no accounts and no blocks: whoever asks may act
/// for anyone, and what it tells a link gateway is what it was told to say.
contract LyingRegistry is Moody {
    address private immutable GATEWAY;
    address public authority;
    address private _edition; // that it claims to run
    address private _desk; // that it claims to have, for every transaction type
    bytes32 private _code;
    uint256 private _balance; // of everybody, in every class
    uint40 private _issued; // serials that it gave out, as a source and as a destination
    SerialRange[] private _taken; // what it claims to have taken next; none: what it was asked for
    address private _claimedOrigin;
    ClassId private _claimedClass;
    mapping(ClassId classId => ClassSpec) private _classes;
    mapping(uint40 serial => uint256) public timesSettled;

    constructor(address authority_, address gateway, bytes32 code_) {
        authority = authority_;
        GATEWAY = gateway;
        _code = code_;
    }

    // ---- what it is told to say -----------------------------------------------------------

    function sayCode(bytes32 code_) external {
        _code = code_;
    }

    function sayEdition(address edition) external {
        _edition = edition;
    }

    function sayDesk(address desk) external {
        _desk = desk;
    }

    function sayBalance(uint256 balance) external {
        _balance = balance;
    }

    function sayClass(ClassId classId, ClassSpec calldata spec) external {
        _classes[classId] = spec;
    }

    function sayOrigin(address origin, ClassId classId) external {
        (_claimedOrigin, _claimedClass) = (origin, classId);
    }

    function sayTaken(SerialRange[] calldata ranges) external {
        delete _taken;
        for (uint256 i; i < ranges.length; ++i) _taken.push(ranges[i]);
    }

    /// @notice Reports that units of a foreign class were used.
    function reportUse(ClassId classId, SerialRange[] calldata ranges, UnitState state) external {
        ILinkTransfers(GATEWAY).unitsUsed(classId, ranges, state);
    }

    // ---- what everybody asks --------------------------------------------------------------

    function code() external view moody returns (bytes32) {
        return _code;
    }

    function implementation() external view moody returns (address) {
        return _edition;
    }

    function deskOf(uint16) external view moody returns (address) {
        return _desk;
    }

    function balanceOf(address, uint256) external view moody returns (uint256) {
        return _balance;
    }

    function classOf(ClassId classId) external view moody returns (ClassSpec memory) {
        return _classes[classId];
    }

    function totalsOf(ClassId classId) external view moody returns (ClassTotals memory totals) {
        (totals.unitType, totals.cap, totals.issued) = (_classes[classId].unitType, type(uint40).max, _issued);
    }

    function originOf(ClassId) external view moody returns (address, address, ClassId) {
        return (GATEWAY, _claimedOrigin, _claimedClass);
    }

    function checkHolder(address, address) external view moody {}

    function checkReceiver(address, address, address) external view moody {}

    function sendingRestriction(address, ClassId, uint256) external view moody returns (Restriction) {}

    function receivingRestriction(address, ClassId, uint256) external view moody returns (Restriction) {}

    function blocksOf(ClassId, address, uint40, uint256) external view moody returns (SerialRange[] memory) {
        return _taken;
    }

    // ---- as the source of a link ----------------------------------------------------------

    function escrow(
        address,
        ClassId,
        uint40 quantity,
        BlockRef[] calldata
    ) external moody returns (SerialRange[] memory) {
        return _take(_give(quantity), quantity);
    }

    function releaseEscrow(ClassId, uint40, uint40 first, uint40 count, address) external moody {
        _settle(first, count);
    }

    function closeEscrow(ClassId, uint40, uint40 first, uint40 count, UnitState) external moody {
        _settle(first, count);
    }

    // ---- as its destination ---------------------------------------------------------------

    /// @dev The class goes by its name at home.
    function defineForeignClass(
        address,
        bytes32,
        ClassId originClass,
        uint256,
        ClassSpec calldata spec
    ) external moody returns (ClassId) {
        _classes[originClass] = spec;
        _classes[originClass].unitType = UnitType.FOREIGN;
        return originClass;
    }

    function importUnits(ClassId, address, uint40 quantity) external moody returns (uint40 first) {
        return _give(quantity);
    }

    function exportUnits(
        address,
        ClassId,
        uint40 quantity,
        BlockRef[] calldata
    ) external view moody returns (SerialRange[] memory) {
        return _take(1, quantity);
    }

    // ---- what these share -----------------------------------------------------------------

    function _give(uint40 quantity) private returns (uint40 first) {
        first = _issued + 1;
        _issued += quantity;
    }

    function _take(uint40 first, uint40 quantity) private view returns (SerialRange[] memory taken) {
        if (_taken.length != 0) return _taken;
        taken = new SerialRange[](1);
        taken[0] = SerialRange(first, quantity);
    }

    function _settle(uint40 first, uint40 count) private {
        for (uint40 serial = first; serial < first + count; ++serial) ++timesSettled[serial];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IUnitRegistry} from "../interfaces/IUnitRegistry.sol";

/// @title A desk: it knows rules, and orders one registry
/// @dev Desks find each other through the registry (`deskOf`), so that one can be replaced and the others
/// stay. Variables of a desk are never reordered or removed in a later edition; new ones go to the end.
abstract contract Desk is IDesk, AccessManagedUpgradeable {
    IUnitRegistry internal _registry;

    constructor() {
        _disableInitializers();
    }

    /// @notice Sets up a new desk, once.
    /// @param registry_ that it orders
    function initialize(address authority_, address registry_) external initializer {
        __AccessManaged_init(authority_);
        _registry = IUnitRegistry(registry_);
    }

    /// @inheritdoc IDesk
    function registry() external view returns (address) {
        return address(_registry);
    }
}

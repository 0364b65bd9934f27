// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IAccountRegister} from "./IAccountRegister.sol";
import {IClassRegister} from "./IClassRegister.sol";
import {IUnitLedger} from "./IUnitLedger.sol";
import {IUnitRecords} from "./IUnitRecords.sol";

/// @title The unit registry of one programme
/// @notice Holds every allowance and credit of a programme by serial number. One unit is one tonne
/// of CO2 equivalent (R-UN-01), unless the class says otherwise ("unit"). The ledger is the final
/// evidence of title (Art. 16, R-UN-04).
///
/// @dev The registry trusts its authority (who may call what) and the gateways that the authority
/// admitted; it trusts no holder and no receiver. Its address is a `LedgerProxy`. Behind it are two parts
/// on one storage: `UnitRegistry` moves units (IUnitLedger, the transfers of ERC-1155), `RegistryRecords`
/// keeps what changes seldom (the rest).
interface IUnitRegistry is IERC1155MetadataURI, IUnitLedger, IUnitRecords, IClassRegister, IAccountRegister {}

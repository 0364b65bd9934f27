// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {IUnitRegistry} from "../interfaces/IUnitRegistry.sol";
import {Attribute, ClassId, ClassSpec, LinkId, UnitType} from "../interfaces/LedgerTypes.sol";
import {Attributes} from "../libraries/Attributes.sol";
import {Symbols} from "../libraries/Symbols.sol";
import {LinkStorage} from "./LinkStorage.sol";

/// @title Which classes may cross, and under which name
/// @dev Asked by a transfer and by the quote before it, so that both say the same.
abstract contract LinkPassages is LinkStorage {
    /// @dev A class on its way abroad.
    struct Passage {
        ClassId foreignClass; // that the units will be of; zero: it can have no name
        UnitType unitType; // at the source
        uint256 series; // of the foreign class
        bool isNew; // it is still to be defined
        bool fits; // whether there is a free name for it
        ClassSpec spec;
    }

    /// @dev A side whose code the other has not accepted, or which has not accepted the gateway's.
    function _strangeEdition(
        LinkId linkId,
        ILinkAgreements.Link memory link
    ) internal view returns (address registry, bytes32 edition) {
        uint32 agreementId = LinkId.unwrap(linkId) / 2;
        for (uint256 i; i < 2; ++i) {
            registry = i == 0 ? link.source : link.destination;
            edition = _editionOf(registry);
            if (!_editions[agreementId][registry][edition]) return (registry, edition);
            if (_members[registry].succession < _currentSuccession) return (registry, 0);
        }
        return (address(0), 0);
    }

    /// @dev A class that was imported before is what it was said to be then. A new one is read at the source,
    /// and whoever limits units by region means the programme, where they have no region of their own.
    function _passageOf(
        ILinkAgreements.Link memory link,
        ClassId classId,
        uint256 received
    ) internal view returns (Passage memory p) {
        Foreign memory f = _foreign[link.destination][link.source][classId];
        bytes32 code = _members[link.source].code;
        if (f.series == 0) {
            p.spec = IUnitRegistry(link.source).classOf(classId);
            p.spec.attributes = Attributes.withRegion(p.spec.attributes, code);
            p.unitType = p.spec.unitType;
            p.series = 1;
            p.isNew = true;
        } else {
            p.foreignClass = f.classId;
            p.spec = IUnitRegistry(link.destination).classOf(f.classId);
            p.unitType = f.unitType;
            p.series = f.series;
            uint256 issued = IUnitRegistry(link.destination).totalsOf(f.classId).issued;
            p.isNew = issued + received > type(uint40).max;
            if (p.isNew) ++p.series;
        }
        p.fits = true;
        if (!p.isNew) return p;
        bytes32 symbol = Symbols.foreign(code, bytes32(ClassId.unwrap(classId)), p.series);
        p.foreignClass = ClassId.wrap(uint256(symbol));
        p.fits = symbol != 0 && IUnitRegistry(link.destination).totalsOf(p.foreignClass).unitType == UnitType.NONE;
    }

    /// @dev A foreign unit is never passed on: it can only be used, or go home.
    function _isEligible(ILinkAgreements.Terms storage terms, Passage memory p) internal view returns (bool) {
        Attribute[] memory attributes = p.spec.attributes;
        return
            p.unitType != UnitType.FOREIGN &&
            terms.unitTypes & (1 << uint8(p.unitType)) != 0 &&
            p.spec.vintage >= terms.vintageFrom &&
            p.spec.vintage <= terms.vintageTo &&
            Attributes.valueOf(attributes, Attributes.UNIT) == terms.unit &&
            Attributes.meet(attributes, terms.conditions);
    }
}

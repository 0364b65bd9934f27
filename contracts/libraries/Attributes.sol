// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attribute, Condition, Test} from "../interfaces/LedgerTypes.sol";

/// @title What a class says of itself, and what rules ask of it
/// @notice A rule about classes (a limit of a compliance year, the eligibility of a link) is a list of
/// conditions; a class fits when it meets all of them. A class that lacks an attribute meets NONE_OF, and
/// ANY_OF when zero is among the values; it never meets a comparison, and text never does either.
library Attributes {
    uint256 internal constant MAX_ATTRIBUTES = 16;
    uint256 internal constant MAX_CONDITIONS = 8;
    uint256 internal constant MAX_VALUES = 32;

    bytes32 internal constant REGION = "region";
    /// @dev What one unit of the class is, when it is not a tonne of CO2e: "short-ton" (R-UN-01).
    bytes32 internal constant UNIT = "unit";

    /// @notice Whether names ascend, none is missing, and none says nothing.
    function areSound(Attribute[] calldata attributes) internal pure returns (bool) {
        if (attributes.length > MAX_ATTRIBUTES) return false;
        bytes32 before;
        for (uint256 i; i < attributes.length; ++i) {
            if (attributes[i].name <= before || attributes[i].value == 0) return false;
            before = attributes[i].name;
        }
        return true;
    }

    /// @notice Whether every condition names an attribute and has as many values as its test needs.
    function areSound(Condition[] calldata conditions) internal pure returns (bool) {
        if (conditions.length > MAX_CONDITIONS) return false;
        for (uint256 i; i < conditions.length; ++i) {
            Condition calldata c = conditions[i];
            uint256 n = c.values.length;
            if (c.attribute == 0 || n == 0 || n > MAX_VALUES) return false;
            if ((c.test == Test.AT_LEAST || c.test == Test.AT_MOST) && n != 1) return false;
        }
        return true;
    }

    /// @return value of an attribute; zero when the class lacks it
    function valueOf(Attribute[] memory attributes, bytes32 name) internal pure returns (bytes32 value) {
        for (uint256 i; i < attributes.length; ++i) {
            if (attributes[i].name == name) return attributes[i].value;
        }
    }

    /// @notice Whether a class with these attributes meets all the conditions.
    function meet(Attribute[] memory attributes, Condition[] storage conditions) internal view returns (bool) {
        uint256 n = conditions.length;
        for (uint256 i; i < n; ++i) {
            Condition storage c = conditions[i];
            if (!_meets(valueOf(attributes, c.attribute), c)) return false;
        }
        return true;
    }

    /// @notice The same attributes and a region, where there was none.
    function withRegion(Attribute[] memory attributes, bytes32 region) internal pure returns (Attribute[] memory all) {
        if (valueOf(attributes, REGION) != 0) return attributes;
        uint256 n = attributes.length;
        all = new Attribute[](n + 1);
        uint256 to;
        bool placed;
        for (uint256 i; i < n; ++i) {
            if (!placed && attributes[i].name > REGION) {
                all[to++] = Attribute(REGION, region);
                placed = true;
            }
            all[to++] = attributes[i];
        }
        if (!placed) all[to] = Attribute(REGION, region);
    }

    /// @dev Text begins with a character, a number with zeros.
    function _isNumber(bytes32 value) private pure returns (bool) {
        return value != 0 && value[0] == 0;
    }

    function _meets(bytes32 value, Condition storage c) private view returns (bool) {
        Test test = c.test;
        if (test == Test.AT_LEAST) return _isNumber(value) && value >= c.values[0];
        if (test == Test.AT_MOST) return _isNumber(value) && value <= c.values[0];
        bool listed;
        uint256 n = c.values.length;
        for (uint256 i; i < n && !listed; ++i) listed = c.values[i] == value;
        return listed == (test == Test.ANY_OF);
    }
}

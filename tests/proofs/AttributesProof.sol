// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attribute, Condition, Test} from "../../contracts/interfaces/LedgerTypes.sol";
import {Attributes} from "../../contracts/libraries/Attributes.sol";
import {vm} from "./Vm.sol";

/// @notice What a rule about classes (a limit of a year, an exclusion, the eligibility of a link) asks of a class.
contract AttributesProof {
    // In a mapping, so that their place is not known beforehand, see docs/proofs.md.
    mapping(uint256 => Condition[]) private _conditions;
    uint256 private immutable RULE = 1;

    /// @notice A class that has the attribute meets the four tests as their words say; text, which begins
    /// with a character, meets no comparison.
    /// @custom:bounds one condition with two values, any value of the class, any test
    function check_a_class_with_the_attribute(bytes32 name, bytes32 value, bytes32 x, bytes32 y, uint8 test) external {
        vm.assume(value != 0 && name != 0);
        Test t = _condition(name, test, x, y);
        bool listed = value == x || value == y;
        bool meets = _meet(_one(name, value));
        if (t == Test.ANY_OF) assert(meets == listed);
        if (t == Test.NONE_OF) assert(meets == !listed);
        bool isNumber = value[0] == 0;
        if (t == Test.AT_LEAST) assert(meets == (isNumber && value >= x));
        if (t == Test.AT_MOST) assert(meets == (isNumber && value <= x));
    }

    /// @notice A class that lacks it meets ANY_OF only with a zero among the values, NONE_OF only without one,
    /// and no comparison.
    /// @custom:bounds one condition with two values, a class with one other attribute, any test
    function check_a_class_without_the_attribute(bytes32 name, bytes32 other, bytes32 value, bytes32 x, bytes32 y, uint8 test) external {
        vm.assume(name != 0 && other != name);
        Test t = _condition(name, test, x, y);
        bool zero = x == 0 || y == 0;
        bool meets = _meet(_one(other, value));
        if (t == Test.ANY_OF) assert(meets == zero);
        if (t == Test.NONE_OF) assert(meets == !zero);
        if (t == Test.AT_LEAST || t == Test.AT_MOST) assert(!meets);
    }

    /// @notice ANY_OF and NONE_OF are each other's contrary, whatever the class has or lacks: what one rule
    /// accepts, the other excludes.
    /// @custom:bounds two values, a class with one attribute, the same or another
    function check_none_of_is_the_contrary_of_any_of(bytes32 name, bytes32 has, bytes32 value, bytes32 x, bytes32 y) external {
        _condition(name, uint8(Test.ANY_OF), x, y);
        bool any = _meet(_one(has, value));
        _conditions[RULE][0].test = Test.NONE_OF;
        assert(_meet(_one(has, value)) != any);
    }

    /// @notice A class meets several conditions when it meets each of them; it meets none at all.
    /// @custom:bounds two conditions of one value each, a class with one attribute
    function check_all_conditions_are_asked(bytes32 name, bytes32 value, bytes32 x, bytes32 y, uint8 one, uint8 other) external {
        vm.assume(one <= uint8(type(Test).max) && other <= uint8(type(Test).max));
        assert(_meet(_one(name, value)));
        _push(name, Test(one), x);
        bool first = _meet(_one(name, value));
        _push(name, Test(other), y);
        bool both = _meet(_one(name, value));
        _conditions[RULE][0].test = Test(other);
        _conditions[RULE][0].values[0] = y;
        bool second = _meet(_one(name, value)); // twice the other one
        assert(both == (first && second));
    }

    /// @notice The value of an attribute is found at any place; of a missing one it is zero.
    /// @custom:bounds three attributes in the order of their names, any name asked for
    function check_a_value_is_found(bytes32[3] calldata names, bytes32[3] calldata values, bytes32 asked) external pure {
        vm.assume(names[0] < names[1] && names[1] < names[2]);
        Attribute[] memory all = new Attribute[](3);
        for (uint256 i; i < 3; ++i) all[i] = Attribute(names[i], values[i]);
        bytes32 value = Attributes.valueOf(all, asked);
        for (uint256 i; i < 3; ++i) if (names[i] == asked) assert(value == values[i]);
        if (asked != names[0] && asked != names[1] && asked != names[2]) assert(value == 0);
    }

    /// @notice Abroad a class has a region: its own, or its programme's; what else it says stays, in the
    /// order of the names.
    /// @custom:bounds two attributes in the order of their names, any region
    function check_a_region_is_added_once(bytes32[2] calldata names, bytes32[2] calldata values, bytes32 region, bytes32 asked) external pure {
        vm.assume(names[0] != 0 && names[0] < names[1] && values[0] != 0 && values[1] != 0 && region != 0);
        Attribute[] memory all = new Attribute[](2);
        for (uint256 i; i < 2; ++i) all[i] = Attribute(names[i], values[i]);
        bytes32 own = Attributes.valueOf(all, "region");
        bytes32 before = Attributes.valueOf(all, asked);
        Attribute[] memory abroad = Attributes.withRegion(all, region);
        assert(abroad.length == (own == 0 ? 3 : 2));
        assert(Attributes.valueOf(abroad, "region") == (own == 0 ? region : own));
        if (asked != "region") assert(Attributes.valueOf(abroad, asked) == before);
        for (uint256 i = 1; i < abroad.length; ++i) assert(abroad[i - 1].name < abroad[i].name);
    }

    function _condition(bytes32 name, uint8 test, bytes32 x, bytes32 y) private returns (Test t) {
        vm.assume(test <= uint8(type(Test).max));
        t = Test(test);
        _push(name, t, x);
        _conditions[RULE][0].values.push(y);
    }

    function _push(bytes32 name, Test test, bytes32 value) private {
        Condition storage c = _conditions[RULE].push();
        c.attribute = name;
        c.test = test;
        c.values.push(value);
    }

    function _one(bytes32 name, bytes32 value) private pure returns (Attribute[] memory all) {
        all = new Attribute[](1);
        all[0] = Attribute(name, value);
    }

    function _meet(Attribute[] memory attributes) private view returns (bool) {
        return Attributes.meet(attributes, _conditions[RULE]);
    }
}

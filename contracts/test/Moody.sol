// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice How a contract answers that is under somebody else's control.
enum Mood {
    WILLING,
    REVERTS,
    BURNS_GAS, // all that it is given
    RETURNS_BOMB, // as large an answer as half of its gas pays for
    REVERTS_WITH_BOMB
}

/// @title A contract whose functions answer as somebody wants them to, each apart
/// @dev Its functions are called as questions too, so the modifier changes nothing.
abstract contract Moody {
    Mood private _mood; // of functions that have none of their own
    mapping(bytes4 selector => Mood) private _moods;

    modifier moody() {
        _show(_moods[msg.sig]);
        _;
    }

    function become(Mood mood) external {
        _mood = mood;
    }

    function becomeAt(bytes4 selector, Mood mood) external {
        _moods[selector] = mood;
    }

    /// @param own of the function that is called
    function _show(Mood own) private view {
        Mood mood = own == Mood.WILLING ? _mood : own;
        if (mood == Mood.WILLING) return;
        if (mood == Mood.REVERTS) revert("not today");
        if (mood == Mood.BURNS_GAS) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        // Memory of n words costs about n x n / 512.
        uint256 size = 32 * Math.sqrt(256 * gasleft());
        if (mood == Mood.RETURNS_BOMB) {
            assembly ("memory-safe") {
                return(0x00, size)
            }
        }
        assembly ("memory-safe") {
            revert(0x00, size)
        }
    }
}

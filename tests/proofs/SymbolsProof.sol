// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Symbols} from "../../contracts/libraries/Symbols.sol";
import {vm} from "./Vm.sol";

/// @notice That no programme can take the name of a partner's class: foreign symbols can be read
/// back, so two different pairs of code and symbol never make the same one.
contract SymbolsProof {
    /// @notice For every code and symbol, of all lengths, whatever their characters but a zero.
    /// @custom:bounds symbols of every length
    function check_foreign_symbol_can_be_read_back(bytes32 code, bytes32 symbol) external pure {
        uint256 n = Symbols.length(code);
        uint256 m = Symbols.length(symbol);
        vm.assume(n < 32 && uint256(code) << (8 * n) == 0); // as isValid asks
        vm.assume(m < 32 && uint256(symbol) << (8 * m) == 0);
        bytes32 foreign = Symbols.foreign(code, symbol);
        if (n + m > 30) {
            assert(foreign == 0);
            return;
        }
        assert(foreign[n] == ".");
        assert(foreign >> (8 * (32 - n)) == code >> (8 * (32 - n)));
        assert(foreign << (8 * (n + 1)) == symbol);
    }

    /// @notice A valid symbol has no character after its end and none but those of the list.
    /// Symbols of up to three characters.
    /// @custom:bounds symbols of up to three characters
    function check_valid_symbols_hold_what_they_may(bytes32 symbol, uint8 at) external pure {
        vm.assume(uint256(symbol) << 24 == 0 && at < 32);
        if (!Symbols.isValid(symbol)) return;
        bytes1 c = symbol[at];
        uint256 n = Symbols.length(symbol);
        assert(n != 0);
        bool letter = c >= 0x41 && c <= 0x5a;
        bool digit = c >= 0x30 && c <= 0x39;
        assert((at < n) == (c != 0));
        assert(c == 0 || letter || digit || c == 0x2e || c == 0x2d);
    }

    /// @notice Whether a symbol has a dot is whether one of its 32 characters is one.
    /// @custom:bounds symbols of every length
    function check_dot_is_found(bytes32 symbol, uint8 at) external pure {
        vm.assume(at < 32 && symbol[at] == 0x2e);
        assert(Symbols.hasDot(symbol));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Symbols} from "../../contracts/libraries/Symbols.sol";
import {vm} from "./Vm.sol";

/// @notice That no programme can take the name of a partner's class: foreign symbols can be read
/// back, so two different classes or series never have the same one. Codes and symbols at home have no dot.
contract SymbolsProof {
    /// @notice The name of a first series is the code, a dot and the symbol, and nothing after them.
    /// @custom:bounds codes and symbols of every length, whatever their characters but a zero
    function check_foreign_symbol_can_be_read_back(bytes32 code, bytes32 symbol) external pure {
        (uint256 n, uint256 m) = _lengths(code, symbol);
        bytes32 foreign = Symbols.foreign(code, symbol, 1);
        if (n + m > 26) {
            assert(foreign == 0);
            return;
        }
        assert(foreign[n] == ".");
        assert(foreign >> (8 * (32 - n)) == code >> (8 * (32 - n)));
        assert(foreign << (8 * (n + 1)) == symbol);
    }

    /// @notice A later series has a second dot and its number after the name of the first, in decimal digits
    /// without a leading zero; there is none below 1 or above 999.
    /// @custom:bounds codes and symbols of every length up to 3 and all series
    function check_series_can_be_read_back(bytes32 code, bytes32 symbol, uint256 series) external pure {
        vm.assume(uint256(code) << 24 == 0 && uint256(symbol) << 24 == 0);
        (uint256 n, uint256 m) = _lengths(code, symbol);
        bytes32 name = Symbols.foreign(code, symbol, series);
        if (series == 0 || series > 999) {
            assert(name == 0);
            return;
        }
        bytes32 first = Symbols.foreign(code, symbol, 1);
        uint256 end = n + m + 1;
        assert(name >> (8 * (32 - end)) == first >> (8 * (32 - end)));
        uint256 rest = uint256(name << (8 * end));
        if (series == 1) {
            assert(rest == 0);
            return;
        }
        assert(rest >> 248 == 0x2e);
        uint256 digits = series < 10 ? 1 : series < 100 ? 2 : 3;
        uint256 number;
        for (uint256 i; i < digits; ++i) number = 10 * number + uint8(rest >> (240 - 8 * i)) - 48;
        assert(number == series);
        assert(rest << (8 + 8 * digits) == 0);
    }

    /// @notice A valid symbol has no character after its end and none but those of the list.
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

    function _lengths(bytes32 code, bytes32 symbol) private pure returns (uint256 n, uint256 m) {
        n = Symbols.length(code);
        m = Symbols.length(symbol);
        vm.assume(n < 32 && uint256(code) << (8 * n) == 0); // as isValid asks
        vm.assume(m < 32 && uint256(symbol) << (8 * m) == 0);
    }
}

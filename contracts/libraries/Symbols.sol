// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Class symbols as token ids
/// @notice A symbol is 1 to 31 ASCII characters of A-Z 0-9 . - at the start of a word, zeros after. A dot
/// belongs to foreign classes: nobody can take the name of a partner's class, and no programme's code
/// has one.
library Symbols {
    /// @notice A foreign class is used up after 2^40 - 1 serials; then a next series of it follows.
    uint256 internal constant MAX_SERIES = 999;
    /// @dev Code and symbol together: two dots and three digits must fit beside them.
    uint256 private constant MAX_FOREIGN = 26;

    function length(bytes32 symbol) internal pure returns (uint256 n) {
        while (n < 32 && symbol[n] != 0) ++n;
    }

    function isValid(bytes32 symbol) internal pure returns (bool) {
        uint256 n = length(symbol);
        if (n == 0 || n > 31 || uint256(symbol) << (8 * n) != 0) return false;
        for (uint256 i; i < n; ++i) {
            bytes1 c = symbol[i];
            bool allowed = (c >= "A" && c <= "Z") || (c >= "0" && c <= "9") || c == "." || c == "-";
            if (!allowed) return false;
        }
        return true;
    }

    function hasDot(bytes32 symbol) internal pure returns (bool) {
        for (uint256 i; i < 32; ++i) if (symbol[i] == ".") return true;
        return false;
    }

    /// @notice "CN" and "CEA-2025" give "CN.CEA-2025", and "CN.CEA-2025.2" as the second series.
    /// @return zero when code and symbol are longer than 26 characters together, or the series is none
    function foreign(bytes32 code, bytes32 symbol, uint256 series) internal pure returns (bytes32) {
        if (!fitsForeign(code, symbol) || series == 0 || series > MAX_SERIES) return 0;
        bytes32 name = _append(_append(code, "."), symbol);
        if (series == 1) return name;
        name = _append(name, ".");
        if (series > 99) name = _append(name, _digit(series / 100));
        if (series > 9) name = _append(name, _digit((series / 10) % 10));
        return _append(name, _digit(series % 10));
    }

    /// @notice Whether a class can have a name abroad.
    function fitsForeign(bytes32 code, bytes32 symbol) internal pure returns (bool) {
        return length(code) + length(symbol) <= MAX_FOREIGN;
    }

    function toString(bytes32 symbol) internal pure returns (string memory) {
        uint256 n = length(symbol);
        bytes memory text = new bytes(n);
        for (uint256 i; i < n; ++i) text[i] = symbol[i];
        return string(text);
    }

    function _append(bytes32 text, bytes32 more) private pure returns (bytes32) {
        return text | (more >> (8 * length(text)));
    }

    function _digit(uint256 n) private pure returns (bytes32) {
        return bytes32(bytes1(uint8(48 + n)));
    }
}

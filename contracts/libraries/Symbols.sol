// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Class symbols as token ids
/// @notice A symbol is 1 to 31 ASCII characters of A-Z 0-9 . - at the start of a word, zeros after.
library Symbols {
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

    /// @notice "CN" and "CEA-2025" give "CN.CEA-2025"; zero when that is longer than 31 characters.
    function foreign(bytes32 code, bytes32 symbol) internal pure returns (bytes32) {
        uint256 n = length(code);
        if (n + 1 + length(symbol) > 31) return 0;
        return code | (bytes32(bytes1(".")) >> (8 * n)) | (symbol >> (8 * (n + 1)));
    }

    function toString(bytes32 symbol) internal pure returns (string memory) {
        uint256 n = length(symbol);
        bytes memory text = new bytes(n);
        for (uint256 i; i < n; ++i) text[i] = symbol[i];
        return string(text);
    }
}

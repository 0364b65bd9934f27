// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LinkMath} from "../libraries/LinkMath.sol";
import {SerialSet} from "../libraries/SerialSet.sol";
import {Symbols} from "../libraries/Symbols.sol";

/// @notice Shows the ledger's arithmetic to tests, many cases to a call.
contract ArithmeticHarness {
    using SerialSet for SerialSet.Set;

    struct Case {
        uint40 source;
        uint40 destination;
        uint40 from;
        uint40 to;
        uint40 i;
        uint40 sourceCount;
        uint40 foreignCount;
        uint64 numerator;
        uint64 denominator;
    }

    struct Result {
        uint256 converted;
        uint256 least;
        uint256 sourceLow;
        uint256 sourceHigh;
        uint256 foreignLow;
        uint256 foreignHigh;
    }

    SerialSet.Set private _set;

    function link(Case[] calldata cases) external pure returns (Result[] memory results) {
        results = new Result[](cases.length);
        for (uint256 k; k < cases.length; ++k) {
            Case calldata c = cases[k];
            Result memory r = results[k];
            r.converted = LinkMath.convertDown(c.source, c.numerator, c.denominator);
            r.least = LinkMath.leastSource(c.destination, c.numerator, c.denominator);
            (r.sourceLow, r.sourceHigh) = LinkMath.twinsAtSource(
                c.from,
                c.to,
                c.sourceCount,
                c.numerator,
                c.denominator
            );
            (r.foreignLow, r.foreignHigh) = LinkMath.twinsAbroad(c.i, c.foreignCount, c.numerator, c.denominator);
        }
    }

    /// @notice Inserts the members one by one and asks for a floor after each; keeps nothing between
    /// calls when it is called without a transaction.
    function floors(
        uint256[] calldata members,
        uint256[] calldata most,
        uint256[] calldata lowest
    ) external returns (uint256[] memory found) {
        found = new uint256[](members.length);
        for (uint256 i; i < members.length; ++i) {
            _set.insert(members[i]);
            found[i] = _set.floor(most[i], lowest[i]);
        }
    }

    function symbols(bytes32[] calldata texts) external pure returns (bool[] memory valid) {
        valid = new bool[](texts.length);
        for (uint256 i; i < texts.length; ++i) valid[i] = Symbols.isValid(texts[i]);
    }

    function foreignSymbol(bytes32 code, bytes32 symbol, uint256 series) external pure returns (bytes32) {
        return Symbols.foreign(code, symbol, series);
    }
}

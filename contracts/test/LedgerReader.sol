// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IUnitRegistry} from "../interfaces/IUnitRegistry.sol";
import {ClassId, ClassTotals, SerialRange, UnitState} from "../interfaces/LedgerTypes.sol";

/// @notice Reads a whole class in one call, through the registry's public questions only.
contract LedgerReader {
    struct BlockRow {
        uint40 first;
        uint40 count;
        uint40 next;
        address owner;
        UnitState state;
        uint8 marks;
        uint8 list;
    }

    struct HolderRow {
        uint256 balance;
        uint32 classesHeld;
        SerialRange[] list;
    }

    uint256 private constant LIMIT = 2000;

    /// @return totals of the class
    /// @return blocks found by walking from serial 1, each block ending where the next begins
    /// @return holders balance and list of each account
    function read(
        IUnitRegistry registry,
        ClassId classId,
        address[] calldata accounts
    ) external view returns (ClassTotals memory totals, BlockRow[] memory blocks, HolderRow[] memory holders) {
        totals = registry.totalsOf(classId);
        BlockRow[] memory room = new BlockRow[](LIMIT);
        uint256 n;
        for (uint40 first = 1; first <= totals.issued; ++n) {
            BlockRow memory row = room[n];
            row.first = first;
            (row.owner, row.count, row.next, row.state, row.marks, row.list) = registry.blockAt(classId, first);
            if (row.count == 0) break; // a gap: the caller sees that the walk stopped early
            first += row.count;
        }
        blocks = new BlockRow[](n);
        for (uint256 i; i < n; ++i) blocks[i] = room[i];
        holders = new HolderRow[](accounts.length);
        for (uint256 i; i < accounts.length; ++i) {
            holders[i].balance = registry.balanceOf(accounts[i], ClassId.unwrap(classId));
            holders[i].classesHeld = registry.accountOf(accounts[i]).classesHeld;
            holders[i].list = registry.blocksOf(classId, accounts[i], 0, LIMIT);
        }
    }
}

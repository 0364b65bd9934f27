// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {ISuccession} from "../interfaces/ISuccession.sol";

/// @dev See ISuccession. Its three functions are found before the edition's: no edition can take their
/// place. The constructor calls `setUp` on the first edition.
contract LedgerProxy is Proxy {
    address private immutable KEEPER;

    /// @param keeper who may change the edition; zero: the edition itself, by a call to its own address
    /// @param setUp call that initializes the first edition
    constructor(address edition, address keeper, bytes memory setUp) {
        KEEPER = keeper == address(0) ? address(this) : keeper;
        ERC1967Utils.upgradeToAndCall(edition, setUp);
    }

    function _fallback() internal override {
        bytes4 selector = msg.sig;
        if (selector == ISuccession.implementation.selector) _answer(_implementation());
        if (selector == ISuccession.keeper.selector) _answer(KEEPER);
        if (selector == ISuccession.succeed.selector) {
            if (msg.sender != KEEPER) revert ISuccession.NotTheKeeper(msg.sender, KEEPER);
            (address edition, bytes memory migration) = abi.decode(msg.data[4:], (address, bytes));
            ERC1967Utils.upgradeToAndCall(edition, migration);
            return;
        }
        super._fallback();
    }

    function _implementation() internal view override returns (address) {
        return ERC1967Utils.getImplementation();
    }

    function _answer(address account) private pure {
        assembly ("memory-safe") {
            mstore(0x00, account)
            return(0x00, 0x20)
        }
    }
}

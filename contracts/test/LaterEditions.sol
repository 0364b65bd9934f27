// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ComplianceDesk} from "../desks/ComplianceDesk.sol";
import {HolderDesk} from "../desks/HolderDesk.sol";
import {IssuanceDesk} from "../desks/IssuanceDesk.sol";
import {LienDesk} from "../desks/LienDesk.sol";
import {ProposalDesk} from "../desks/ProposalDesk.sol";

// Later editions of the desks: they do the same, and their code is other. Registries and gateways need none
// here: the address of their second part is in their code.

contract LaterProposalDesk is ProposalDesk {
    function edition() external pure returns (uint256) {
        return 2;
    }
}

contract LaterIssuanceDesk is IssuanceDesk {
    function edition() external pure returns (uint256) {
        return 2;
    }
}

contract LaterComplianceDesk is ComplianceDesk {
    function edition() external pure returns (uint256) {
        return 2;
    }
}

contract LaterLienDesk is LienDesk {
    function edition() external pure returns (uint256) {
        return 2;
    }
}

contract LaterHolderDesk is HolderDesk {
    function edition() external pure returns (uint256) {
        return 2;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UnitState} from "../interfaces/LedgerTypes.sol";
import {TransactionTypes} from "./TransactionTypes.sol";

/// @title What each ordered transaction type does
/// @notice
/// | type  | name                        | from state  | to state    | changes hands |
/// |-------|-----------------------------|-------------|-------------|---------------|
/// | 4     | cancellation by decision    | HELD        | CANCELLED   | no            |
/// | 10-2  | surrender                   | HELD        | SURRENDERED | no            |
/// | 10-37 | auction delivery            | HELD        | HELD        | yes           |
/// | 10-40 | allocation                  | HELD        | HELD        | yes           |
/// | 10-41 | reversal of allocation      | HELD        | HELD        | yes           |
/// | 10-42 | return of excess allocation | HELD        | HELD        | yes           |
/// | 10-43 | return of excess auction    | HELD        | HELD        | yes           |
/// | 10-51 | central transfer            | HELD        | HELD        | yes           |
/// | 10-82 | reversal of surrender       | SURRENDERED | HELD        | no            |
/// | 10-91 | closure transfer            | HELD        | HELD        | yes           |
/// | 10-92 | correction of issuance      | HELD        | CANCELLED   | no            |
/// | 20-1  | encumbrance                 | HELD        | ENCUMBERED  | no            |
/// | 20-2  | release                     | ENCUMBERED  | HELD        | no            |
///
/// All other types are a holder's own, or a link gateway's. 20-3, the mark of a freeze, moves nothing.
library TransactionRules {
    /// @return before NONE when the type cannot be ordered
    /// @return after_ the same as before when the units change hands
    function statesOf(uint16 t) internal pure returns (UnitState before, UnitState after_) {
        if (
            t == TransactionTypes.AUCTION_DELIVERY ||
            t == TransactionTypes.ALLOCATION ||
            t == TransactionTypes.REVERSAL_OF_ALLOCATION ||
            t == TransactionTypes.EXCESS_ALLOCATION ||
            t == TransactionTypes.EXCESS_AUCTION ||
            t == TransactionTypes.CENTRAL_TRANSFER ||
            t == TransactionTypes.CLOSURE
        ) return (UnitState.HELD, UnitState.HELD);
        if (t == TransactionTypes.SURRENDER) return (UnitState.HELD, UnitState.SURRENDERED);
        if (t == TransactionTypes.REVERSAL_OF_SURRENDER) return (UnitState.SURRENDERED, UnitState.HELD);
        if (t == TransactionTypes.CANCELLATION) return (UnitState.HELD, UnitState.CANCELLED);
        if (t == TransactionTypes.CORRECTION) return (UnitState.HELD, UnitState.CANCELLED);
        if (t == TransactionTypes.ENCUMBRANCE) return (UnitState.HELD, UnitState.ENCUMBERED);
        if (t == TransactionTypes.RELEASE) return (UnitState.ENCUMBERED, UnitState.HELD);
        return (UnitState.NONE, UnitState.NONE);
    }

    /// @notice Whether one desk may be named for a type: those that are ordered, and the mark of a freeze.
    function hasDesk(uint16 t) internal pure returns (bool) {
        (UnitState before, ) = statesOf(t);
        return before != UnitState.NONE || t == TransactionTypes.FREEZE_MARK;
    }
}

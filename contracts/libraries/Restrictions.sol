// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Restriction} from "../interfaces/LedgerTypes.sol";

/// @title What each restriction means, in a sentence
library Restrictions {
    function reasonOf(Restriction r) internal pure returns (string memory) {
        if (r == Restriction.NONE) return "";
        if (r == Restriction.UNKNOWN_CLASS) return "there is no such unit class";
        if (r == Restriction.ZERO_QUANTITY) return "the quantity is zero";
        if (r == Restriction.SENDER_STATUS) return "the sender may not send";
        if (r == Restriction.RECEIVER_STATUS) return "the receiver may not receive";
        if (r == Restriction.INSUFFICIENT_UNITS) return "the sender has too few units at its disposal";
        if (r == Restriction.LINK_UNKNOWN) return "there is no such link";
        if (r == Restriction.LINK_SUSPENDED) return "the link is suspended";
        if (r == Restriction.LINK_NOT_STARTED) return "the link has not started";
        if (r == Restriction.LINK_EXPIRED) return "the link has expired";
        if (r == Restriction.CLASS_NOT_ELIGIBLE) return "the destination does not accept this unit class";
        if (r == Restriction.NOTHING_CONVERTED) return "the quantity converts to no whole unit";
        if (r == Restriction.QUOTA_EXCEEDED) return "the import quota of this period is too small";
        if (r == Restriction.RECEIVER_NOT_TRUSTED) return "the receiver is not on the sender's trusted list";
        if (r == Restriction.DESK_REQUIRED) return "the sender acts through two representatives";
        if (r == Restriction.HOLDING_LIMIT) return "the receiver would hold more than its limit";
        if (r == Restriction.FREE_ALLOWANCES_LOCKED) return "the sender's free allowances are locked";
        if (r == Restriction.SALE_SHARE) return "the sender would sell more than its share";
        if (r == Restriction.SENDER_IS_AUTHORITY) return "the sender's units leave by decisions of its programme only";
        if (r == Restriction.RECEIVER_IS_KEYLESS) return "nobody transfers into a pool or reserve";
        if (r == Restriction.SAME_ACCOUNT) return "sender and receiver are the same account";
        if (r == Restriction.TOO_MANY_BLOCKS) return "the quantity lies in too many blocks for one call";
        if (r == Restriction.AGREEMENT_ENDED) return "the link agreement has ended";
        if (r == Restriction.EDITION_NOT_ACCEPTED) return "a side's code was succeeded and the partner has not accepted it";
        return "the class can have no name abroad";
    }
}

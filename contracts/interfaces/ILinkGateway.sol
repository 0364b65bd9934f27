// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILinkAgreements} from "./ILinkAgreements.sol";
import {ILinkQuestions} from "./ILinkQuestions.sol";
import {ILinkTransfers} from "./ILinkTransfers.sol";

/// @title Links between unit registries
/// @notice One gateway serves the programmes of one ledger. It keeps who is linked with whom on what terms,
/// and moves units across.
///
/// @dev Its address is a `LedgerProxy` that is its own keeper: its members decide on its code. Behind it are
/// three parts on one storage: `LinkGateway` lets units cross (ILinkTransfers), `LinkAgreements` keeps who
/// is linked on what terms (ILinkAgreements), `LinkQuestions` answers (ILinkQuestions).
interface ILinkGateway is ILinkAgreements, ILinkTransfers, ILinkQuestions {}

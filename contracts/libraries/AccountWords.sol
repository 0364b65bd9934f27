// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../interfaces/LedgerTypes.sol";

/// @notice Everything about an account that a movement asks, in one storage word, because each further
/// word costs as much as a twentieth of a transfer. From the lowest bit: kind (8 bits), status (8), opened
/// at (40), classes held (16), controls (8), holding limit (40), province (16), approval round (16).
type AccountWord is uint256;

using {
    kind,
    status,
    openedAt,
    classesHeld,
    controls,
    holdingLimit,
    province,
    approvalRound,
    withStatus,
    withControls,
    withHoldingLimit,
    withProvince,
    withNextRound,
    withClassMore,
    withClassLess
} for AccountWord global;

uint256 constant STATUS_AT = 8;
uint256 constant OPENED_AT = 16;
uint256 constant CLASSES_AT = 56;
uint256 constant CONTROLS_AT = 72;
uint256 constant LIMIT_AT = 80;
uint256 constant PROVINCE_AT = 120;
uint256 constant ROUND_AT = 136;

function newAccount(AccountKind kind_, uint256 openedAt_, uint256 province_) pure returns (AccountWord) {
    return
        AccountWord.wrap(
            uint256(kind_) |
                (uint256(AccountStatus.OPEN) << STATUS_AT) |
                (openedAt_ << OPENED_AT) |
                (province_ << PROVINCE_AT) |
                (1 << ROUND_AT) // what was approved before there was an account is not the account's
        );
}

// The numbers of an `AccountKind` and an `AccountStatus`: the compiler checks an enum's range at each use,
// and a movement asks for both of two accounts.

function kind(AccountWord a) pure returns (uint256) {
    return uint8(AccountWord.unwrap(a));
}

function status(AccountWord a) pure returns (uint256) {
    return uint8(AccountWord.unwrap(a) >> STATUS_AT);
}

/// @dev Seconds since 1970.
function openedAt(AccountWord a) pure returns (uint40) {
    return uint40(AccountWord.unwrap(a) >> OPENED_AT);
}

/// @dev Classes in which the account has any unit.
function classesHeld(AccountWord a) pure returns (uint16) {
    return uint16(AccountWord.unwrap(a) >> CLASSES_AT);
}

/// @dev Flags of `Controls`.
function controls(AccountWord a) pure returns (uint256) {
    return uint8(AccountWord.unwrap(a) >> CONTROLS_AT);
}

/// @dev Units.
function holdingLimit(AccountWord a) pure returns (uint40) {
    return uint40(AccountWord.unwrap(a) >> LIMIT_AT);
}

function province(AccountWord a) pure returns (uint16) {
    return uint16(AccountWord.unwrap(a) >> PROVINCE_AT);
}

function approvalRound(AccountWord a) pure returns (uint16) {
    return uint16(AccountWord.unwrap(a) >> ROUND_AT);
}

function withStatus(AccountWord a, AccountStatus status_) pure returns (AccountWord) {
    return AccountWord.wrap((AccountWord.unwrap(a) & ~(uint256(0xff) << STATUS_AT)) | (uint256(status_) << STATUS_AT));
}

function withControls(AccountWord a, uint256 controls_) pure returns (AccountWord) {
    return AccountWord.wrap((AccountWord.unwrap(a) & ~(uint256(0xff) << CONTROLS_AT)) | (controls_ << CONTROLS_AT));
}

function withHoldingLimit(AccountWord a, uint256 limit) pure returns (AccountWord) {
    return AccountWord.wrap((AccountWord.unwrap(a) & ~(uint256(type(uint40).max) << LIMIT_AT)) | (limit << LIMIT_AT));
}

function withProvince(AccountWord a, uint256 province_) pure returns (AccountWord) {
    return AccountWord.wrap((AccountWord.unwrap(a) & ~(uint256(0xffff) << PROVINCE_AT)) | (province_ << PROVINCE_AT));
}

/// @dev Reverts after 65,535 rounds, each of which two people decided.
function withNextRound(AccountWord a) pure returns (AccountWord) {
    uint256 round = uint256(approvalRound(a)) + 1;
    assert(round <= type(uint16).max);
    return AccountWord.wrap((AccountWord.unwrap(a) & ~(uint256(0xffff) << ROUND_AT)) | (round << ROUND_AT));
}

function withClassMore(AccountWord a) pure returns (AccountWord) {
    assert(classesHeld(a) != type(uint16).max);
    return AccountWord.wrap(AccountWord.unwrap(a) + (1 << CLASSES_AT));
}

function withClassLess(AccountWord a) pure returns (AccountWord) {
    assert(classesHeld(a) != 0);
    return AccountWord.wrap(AccountWord.unwrap(a) - (1 << CLASSES_AT));
}

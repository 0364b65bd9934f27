// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, ClassId, LimitClass, Restriction} from "./LedgerTypes.sol";

/// @title Accounts of one programme
/// @notice An account is an address with a kind, a status and the hash of its off-chain file. No
/// personal data is on the ledger.
interface IAccountRegister {
    /// @notice What the registry knows of an account.
    struct Account {
        AccountKind kind;
        AccountStatus status;
        uint40 openedAt; // seconds since 1970
        uint16 classesHeld; // classes in which the account has any unit
        uint8 controls; // see `Controls`
        uint40 holdingLimit; // units; read when the control says so
        uint16 province; // that administers it, by the programme's own numbers; zero: none
        uint16 approvalRound; // from 1 on; approvals of earlier rounds, or from before it was opened, are void
        bytes32 fileHash; // hash of the off-chain file; for a system account, its purpose in ASCII
    }

    /// @notice An account was opened.
    /// @param fileHash hash of the off-chain file; for a system account, its purpose in ASCII
    /// @param province zero: none
    event AccountOpened(address indexed account, AccountKind kind, bytes32 fileHash, uint16 province);

    /// @notice The status of an account is another from now on.
    event AccountStatusChanged(address indexed account, AccountStatus from, AccountStatus to);

    /// @notice What the programme demands of an account is something else from now on.
    /// @param controls flags of `Controls`, all that are set now
    /// @param holdingLimit units, for HOLDING_LIMIT
    event AccountControlsChanged(address indexed account, uint8 controls, uint40 holdingLimit);

    /// @notice Another province administers an account from now on.
    event AccountProvinceChanged(address indexed account, uint16 from, uint16 to);

    /// @notice All approvals that an account had given under ERC-1155 are void, because two
    /// representatives act for it from now on. ERC-1155's own events do not say so one by one.
    event ApprovalsEnded(address indexed account);

    /// @notice Holding limits add up these classes from now on.
    event HoldingLimitClassesChanged(LimitClass[] classes);

    /// @notice This desk acts for holders after its own checks from now on.
    event HolderDeskChanged(address indexed desk);

    /// @notice The account is open already, or was.
    error AccountAlreadyOpen(address account, AccountStatus status);

    /// @notice There is no such account.
    error AccountUnknown(address account);

    /// @notice This function opens no accounts of that kind. System accounts have a function of their own;
    /// kinds that bring powers with them take two people.
    error AccountKindInvalid(address account, AccountKind kind);

    /// @notice CLOSED is final, NONE is not a status to set, and a status does not change to itself.
    error AccountStatusInvalid(address account, AccountStatus from, AccountStatus to);

    /// @notice An account closes only when it holds nothing.
    error AccountNotEmpty(address account, uint16 classesHeld);

    /// @notice The hash of the account's file, or the purpose of a system account, is missing.
    error AccountFileMissing(address account);

    /// @notice A link gateway keeps units in escrow; it is not an account. One that was opened at its address
    /// before it was adopted is closed first.
    error AccountIsGateway(address account);

    /// @notice There are no such controls, or a limit follows the allocation without a holding limit.
    error ControlsInvalid(address account, uint8 controls);

    /// @notice Only what forbids more may be set by one person; see `restrictAccount`.
    error StatusNotStricter(address account, AccountStatus from, AccountStatus to);

    /// @notice A holding limit adds up at most so many classes.
    error TooManyClasses(uint256 classes, uint256 max);

    /// @notice Opens an account of an operator or participant, for whoever holds the key of `account`.
    /// Role: account administrator.
    /// @param fileHash hash of the file that the account administrator keeps; never zero
    /// @param province that administers it; zero: none
    function openAccount(address account, AccountKind kind, bytes32 fileHash, uint16 province) external;

    /// @notice Opens an account of a kind that brings powers with it: of the state or a province, or of a
    /// trading institution. A sensitive step.
    function openOfficialAccount(address account, AccountKind kind, bytes32 fileHash, uint16 province) external;

    /// @notice Opens a keyless account for a pool or reserve, e.g. "allocation", "new-entrants". Role:
    /// account administrator.
    /// @param purpose short ASCII text
    /// @param province that sells and allocates from it; zero: none
    /// @return account `systemAccount(purpose)`
    function openSystemAccount(bytes32 purpose, uint16 province) external returns (address account);

    /// @notice Sets a status that forbids more than the present one, at once. Role: compliance officer.
    function restrictAccount(address account, AccountStatus status) external;

    /// @notice Sets any status; to CLOSED only when the account holds nothing. A sensitive step.
    function setAccountStatus(address account, AccountStatus status) external;

    /// @notice Sets what the programme demands of an account. A sensitive step. With two representatives
    /// begins a new round of approvals: those given before are void for good.
    /// @param controls flags of `Controls`; FREE_LOCKED stays as it is, see `setFreeLock`
    /// @param holdingLimit units, for HOLDING_LIMIT
    function setAccountControls(address account, uint8 controls, uint40 holdingLimit) external;

    /// @notice Locks the free allowances of an account, or unlocks them (R-AL-15). Role: issuance desk,
    /// which knows what the account had to buy.
    function setFreeLock(address account, bool locked) external;

    /// @notice Hands an account over to another province. A sensitive step.
    /// @param province zero: none
    function setAccountProvince(address account, uint16 province) external;

    /// @notice Names the classes whose sum a holding limit is about; at most 16. A sensitive step.
    ///
    /// With classes of linked registries the limit spans them: it is checked whenever units arrive here.
    /// Such a registry is asked with little gas and a bounded answer, and counts as zero when it does not
    /// answer. WARNING: its answer is believed. One that claims too much stops arrivals at limited
    /// accounts until its classes are taken off the list.
    function setHoldingLimitClasses(LimitClass[] calldata classes) external;

    /// @notice Names the desk that acts for holders after its own checks. A sensitive step.
    function setHolderDesk(address desk) external;

    /// @notice The desk that acts for holders after its own checks.
    function holderDesk() external view returns (address);

    /// @notice The classes that holding limits add up.
    function holdingLimitClasses() external view returns (LimitClass[] memory);

    /// @notice What counts against the holding limit of an account when units of a class arrive.
    /// @return counts whether the class is of this registry and named by the holding limit
    /// @return held units of the account over all the classes that the limit names
    function heldOfLimit(address account, ClassId classId) external view returns (bool counts, uint256 held);

    /// @notice The limit of an account, its own allocation added where the control says so, in units.
    function holdingLimitOf(address account) external view returns (uint256);

    /// @notice The address of a system account; nobody has its key.
    function systemAccount(bytes32 purpose) external view returns (address);

    /// @notice Why units would not go from one account to another by a transfer of the holder itself, by
    /// quantity. Two representatives and trusted lists are the holder desk's to ask, see its `restrictionOf`.
    function transferRestriction(
        address from,
        address to,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction);

    /// @notice Why units would not leave an account over a link, by an act of the holder itself, by quantity.
    function sendingRestriction(address account, ClassId classId, uint256 quantity) external view returns (Restriction);

    /// @notice Why units of a class would not be let in by an account, from abroad.
    function receivingRestriction(
        address account,
        ClassId classId,
        uint256 quantity
    ) external view returns (Restriction);
}

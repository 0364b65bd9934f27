"""A file of accounts to open, and everything that the mirror knows to be wrong with it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from eth_utils.address import is_checksum_address

from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_address
from registry_node.domain.words import AccountKind, AccountStatus
from registry_node.interchange.journal import row_key
from registry_node.interchange.sheet import Faults, Line
from registry_node.queries import find
from registry_node.queries.snapshot import Snapshot

COLUMNS = ("registry", "address", "kind", "file_hash")
MORE = ("province",)
"""Columns that a file may have."""

OPENED_ALONE = (AccountKind.OPERATOR, AccountKind.PARTICIPANT)
"""Other kinds bring powers with them: two people open such an account."""

_KINDS = {kind.name.lower().replace("_", "-"): kind for kind in OPENED_ALONE}
_LAST_PROVINCE = 2**16 - 1


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account to open."""

    line: int
    registry: str
    address: bytes
    kind: AccountKind
    file_hash: str
    province: int

    @property
    def key(self) -> str:
        said = (self.registry, self.address.hex(), int(self.kind), self.file_hash, self.province)
        return row_key("account", *said)

    def __str__(self) -> str:
        return f"0x{self.address.hex()} at {self.registry}"


def check_accounts(
    snapshot: Snapshot, lines: Sequence[Line], faults: Faults, known: Container[str]
) -> list[AccountRow]:
    """The rows that can be read. `known` are the keys of rows that were sent already: of them the
    mirror says rightly that the account exists."""
    rows: list[AccountRow] = []
    seen: dict[tuple[str, bytes], int] = {}
    for line in lines:
        code = faults.read(
            line, "registry", lambda text: str(find.registry(snapshot, text)["code"])
        )
        address = faults.read(line, "address", _address)
        kind = faults.read(line, "kind", _kind)
        file_hash = faults.read(line, "file_hash", str)
        province = faults.read(line, "province", _province, default=0)
        if code is None or address is None:
            continue
        first = seen.setdefault((code, address), line.number)
        if first != line.number:
            faults.add(line.number, "address", f"It is in line {first} already.", "Name it once.")
        if kind is None or file_hash is None or province is None:
            continue
        row = AccountRow(line.number, code, address, kind, file_hash, province)
        if row.key not in known:
            _check_new(snapshot, row, faults)
        rows.append(row)
    return rows


def _check_new(snapshot: Snapshot, row: AccountRow, faults: Faults) -> None:
    if row.address == snapshot.directory.gateway:
        faults.add(
            row.line,
            "address",
            "This is the link gateway; what it has is escrow.",
            "Open accounts for those who hold units.",
        )
        return
    registry = find.registry(snapshot, row.registry)
    found = snapshot.one(
        "SELECT status FROM account WHERE registry_id = :id AND address = :address"
        " AND from_height <= :h AND :h < to_height",
        id=registry["id"],
        address=row.address,
    )
    if found is not None:
        faults.add(
            row.line,
            "address",
            f"The account exists already; its status is {AccountStatus(found['status']).name}.",
            "Take the row out; a status is changed with 'tonnelink account status'.",
        )


def _address(text: str) -> bytes:
    address = parse_address(text)
    if not any(address):
        raise InvalidInput("The zero address is nobody's.", "Name the holder's address.")
    digits = text[2:]
    mixed = digits != digits.lower() and digits != digits.upper()
    if mixed and not is_checksum_address(text):
        raise InvalidInput(
            f"{text} does not agree with its checksum (its small and capital letters).",
            "A character of it is wrong: copy the address anew.",
        )
    return address


def _kind(text: str) -> AccountKind:
    if text not in _KINDS:
        raise InvalidInput(
            f"No file opens accounts of the kind '{text}'.",
            f"One of {', '.join(_KINDS)}; others take two people: 'tonnelink account open'.",
        )
    return _KINDS[text]


def _province(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:6]) > _LAST_PROVINCE:
        raise InvalidInput(f"'{text}' is not a province's number.", "0 stands for none.")
    return int(text)

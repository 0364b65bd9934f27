"""What the cells of a file name: registries, classes, accounts, years, quantities."""

from __future__ import annotations

from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import MAX_SERIAL, is_whole, parse_address
from registry_node.queries import find
from registry_node.queries.snapshot import Snapshot

ALLOCATION_KINDS = ("initial", "adjustment", "auction")
"""As the issuance desk numbers them, from zero."""
ENTITLEMENT_KINDS = ALLOCATION_KINDS[:2]
"""What is sold has no line in the table of entitlements."""

_LAST_YEAR = 2**16 - 1


class Names:
    """Accounts by label, purpose or address, and classes; each is looked up once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._labelled: dict[str, list[bytes]] = {}
        for address, label in snapshot.directory.labels.items():
            self._labelled.setdefault(label, []).append(address)
        self._symbols: dict[tuple[str, str], str] = {}
        self._accounts: dict[tuple[str, str], bytes] = {}

    def code(self, text: str) -> str:
        return str(find.registry(self._snapshot, text)["code"])

    def symbol(self, code: str, text: str) -> str:
        if (code, text) not in self._symbols:
            self._symbols[code, text] = find.unit_class(self._snapshot, code, text)["symbol"]
        return self._symbols[code, text]

    def account(self, code: str, text: str) -> bytes:
        if (code, text) not in self._accounts:
            self._accounts[code, text] = self._find(code, text)
        return self._accounts[code, text]

    def _find(self, code: str, text: str) -> bytes:
        if text.startswith("0x"):
            registry = find.registry(self._snapshot, code)
            return bytes(find.account(self._snapshot, registry, parse_address(text))["address"])
        row = find.account_named(self._snapshot, code, text, self._labelled.get(text, ()))
        if row is None:
            raise NotFound(
                f"{code} has no account '{text}'.",
                f"Name it by its label or its 0x address: 'tonnelink account list {code}'.",
            )
        return bytes(row["address"])


def year(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _LAST_YEAR:
        raise InvalidInput(f"'{text}' is not a compliance year.", "Write it as 2025.")
    return int(text)


def kind(text: str) -> int:
    """The ledger's number of a kind of entitlement."""
    if text not in ENTITLEMENT_KINDS:
        raise InvalidInput(
            f"'{text}' is not a kind of entitlement.", f"One of {', '.join(ENTITLEMENT_KINDS)}."
        )
    return ENTITLEMENT_KINDS.index(text)


def tonnes(text: str) -> int:
    """A whole number of tonnes, which may be none."""
    if not is_whole(text) or int(text) > MAX_SERIAL:
        raise InvalidInput(
            f"'{text}' is not a number of tonnes.",
            f"It is a whole number from 0 to {MAX_SERIAL}, without separators.",
        )
    return int(text)

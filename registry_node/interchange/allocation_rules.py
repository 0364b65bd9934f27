"""What the mirror knows about whether allocations would go through, one after another.

The ledger decides; this says beforehand what it would say, for all rows of a file at once.
"""

from __future__ import annotations

from collections import defaultdict

from registry_node.domain.words import AccountKind, AccountStatus
from registry_node.interchange.sheet import Faults
from registry_node.queries import accounts, find
from registry_node.queries.settings import settings
from registry_node.queries.snapshot import Snapshot
from registry_node.store.connection import NamedRow

_PROGRAMME = {AccountKind.STATE_AUTHORITY, AccountKind.PROVINCIAL_AUTHORITY, AccountKind.SYSTEM}
_SENDING = {AccountStatus.OPEN, AccountStatus.CLOSURE_PENDING}
_RECEIVING = {AccountStatus.OPEN, AccountStatus.SOME_TRANSACTIONS_RESTRICTED}
_LIMITED, _FOLLOWS = 16, 32  # of `Controls` in LedgerTypes.sol


class Books:
    """Keeps account of what is left while a file is read from top to bottom."""

    def __init__(self, snapshot: Snapshot, faults: Faults) -> None:
        self._snapshot = snapshot
        self._faults = faults
        self._limited: dict[str, set[tuple[str, str]]] = {}
        self._wanted: defaultdict[tuple[str, str, bytes], int] = defaultdict(int)
        self._coming: defaultdict[tuple[str, bytes], int] = defaultdict(int)

    def check(
        self, line: int, code: str, symbol: str, sender: bytes, receiver: bytes, quantity: int
    ) -> None:
        """Notes what is wrong with one more allocation, all those before it included."""
        registry = find.registry(self._snapshot, code)
        self._check_sender(line, find.account(self._snapshot, registry, sender))
        self._check_receiver(line, find.account(self._snapshot, registry, receiver))
        unit_class = find.unit_class(self._snapshot, code, symbol)
        held, set_aside = accounts.balance(self._snapshot, unit_class["id"], sender)
        self._wanted[code, symbol, sender] += quantity
        wanted = self._wanted[code, symbol, sender]
        if wanted > held - set_aside:
            self._faults.add(
                line,
                "quantity",
                f"With this row {wanted:,} t of {symbol} are asked for; the account has"
                f" {held - set_aside:,} t at its disposal.",
                "Lower the quantities, or have more issued: 'tonnelink issue'.",
            )
        self._check_limit(line, registry, symbol, receiver, quantity)

    def _check_sender(self, line: int, account: NamedRow) -> None:
        if AccountKind(account["kind"]) not in _PROGRAMME:
            self._faults.add(
                line,
                "from",
                "It is not an account of the programme itself.",
                "Use an authority's account, or a system account such as 'allocation'.",
            )
        status = AccountStatus(account["status"])
        if status not in _SENDING:
            self._faults.add(
                line,
                "from",
                f"It cannot send units: its status is {status.name}.",
                "It must be OPEN.",
            )

    def _check_receiver(self, line: int, account: NamedRow) -> None:
        kind, status = AccountKind(account["kind"]), AccountStatus(account["status"])
        if kind is not AccountKind.OPERATOR:
            self._faults.add(
                line,
                "to",
                f"It is no operator's account but a {kind.name}'s.",
                "Only operators get allocations.",
            )
        if status not in _RECEIVING:
            self._faults.add(
                line,
                "to",
                f"It cannot receive units: its status is {status.name}.",
                "It must be OPEN or SOME_TRANSACTIONS_RESTRICTED: 'tonnelink account status'.",
            )

    def _check_limit(
        self, line: int, registry: NamedRow, symbol: str, receiver: bytes, quantity: int
    ) -> None:
        code = registry["code"]
        self._count(code, symbol, receiver, quantity)
        account = find.account(self._snapshot, registry, receiver)
        follows = account["controls"] & _FOLLOWS  # then the limit grows with each allocation
        if not account["controls"] & _LIMITED or follows or not self._counts(code, symbol):
            return
        held = sum(
            accounts.balance(self._snapshot, found["id"], receiver)[0]
            for place in self._classes(code)
            if (found := self._class_row(*place)) is not None
        )
        total = held + self._coming[code, receiver]
        if total > account["holding_limit"]:
            self._faults.add(
                line,
                "quantity",
                f"The operator would hold {total:,} t; its limit is"
                f" {account['holding_limit']:,} t.",
                "Lower the quantity, or have the limit raised.",
            )

    def _count(self, code: str, symbol: str, receiver: bytes, quantity: int) -> None:
        if self._counts(code, symbol):
            self._coming[code, receiver] += quantity

    def _counts(self, code: str, symbol: str) -> bool:
        return (code, symbol) in self._classes(code)

    def _classes(self, code: str) -> set[tuple[str, str]]:
        """The classes that a programme's holding limits are about."""
        if code not in self._limited:
            named = settings(self._snapshot, code)["holding_limit_classes"]
            self._limited[code] = {(item["registry"], item["class"]) for item in named}
        return self._limited[code]

    def _class_row(self, code: str, symbol: str) -> NamedRow | None:
        return self._snapshot.one(
            "SELECT c.id FROM unit_class c JOIN registry r ON r.id = c.registry_id"
            " WHERE r.code = :code AND c.symbol = :symbol AND c.block <= :h",
            code=code,
            symbol=symbol,
        )

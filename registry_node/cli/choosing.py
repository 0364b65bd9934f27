"""Which units a command is about, and whether they may go where they shall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import click

from registry_node.cli.blocks import name_blocks
from registry_node.cli.context import Node, parse_class
from registry_node.domain.errors import InvalidInput, Refused
from registry_node.domain.references import UnitReference, parse_quantity, token_id
from registry_node.domain.words import AccountStatus

Command = TypeVar("Command", bound=Callable[..., Any])
Ref = tuple[int, int, int, int]


class Selection(NamedTuple):
    """What --class, --quantity and --units say."""

    class_: str | None
    quantity: str | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """What a command moves: a quantity of a class, or exactly these serials."""

    registry: str
    symbol: str
    quantity: int
    references: tuple[UnitReference, ...] = ()

    @property
    def class_id(self) -> int:
        return token_id(self.symbol)

    def refs(self, node: Node, holder: str) -> list[Ref]:
        """The serials as the ledger wants them named; none: it takes the largest blocks first."""
        if not self.references:
            return []
        held = node.held_blocks(self.registry, self.symbol, holder)
        named = name_blocks(held, self.references, node.name_of(holder))
        return [ref.to_tuple() for ref in named]

    def __str__(self) -> str:
        return f"{self.quantity:,} t of {self.registry}:{self.symbol}"


def units_options(command: Command) -> Command:
    """Adds --class, --quantity and --units, as `selection`."""

    @click.option("--class", "class_", metavar="REGISTRY:CLASS", help="E.g. CN:CEA-2021.")
    @click.option("--quantity", metavar="TONNES", help="How many units of --class.")
    @click.option("--units", multiple=True, metavar="REF", help="Serials, e.g. CN:CEA-2021:1-100.")
    @wraps(command)
    def bundled(
        *args: Any,
        class_: str | None,
        quantity: str | None,
        units: tuple[str, ...],
        **named: Any,
    ) -> Any:
        return command(*args, selection=Selection(class_, quantity, units), **named)

    return bundled  # type: ignore[return-value]


def chosen(node: Node, selection: Selection) -> Units:
    """What --class, --quantity and --units mean together.

    Raises `InvalidInput` when they contradict each other, `NotFound` for what does not exist.
    """
    class_, quantity, units = selection
    if units:
        references = tuple(UnitReference.parse(text) for text in units)
        classes = {(reference.registry, reference.symbol) for reference in references}
        if class_ is not None:
            classes.add(parse_class(class_))
        if len(classes) != 1:
            raise InvalidInput(
                "One command moves units of one class.", "Name serials of one class only."
            )
        node.check_issued(references)
        total = sum(reference.count for reference in references)
        if quantity is not None and parse_quantity(quantity) != total:
            raise InvalidInput(
                f"--units names {total:,} t, but --quantity is {quantity}.", "Give one of them."
            )
        return Units(references[0].registry, references[0].symbol, total, references)
    if class_ is None or quantity is None:
        raise InvalidInput(
            "It is not said which units.",
            "Give --class CN:CEA-2021 and --quantity, or --units CN:CEA-2021:1-100.",
        )
    registry, symbol = parse_class(class_)
    tonnes = parse_quantity(quantity)
    node.check_class(registry, symbol)
    return Units(registry, symbol, tonnes)


def named_serials(node: Node, selection: Selection) -> Units:
    """The same, where only --units will do."""
    if not selection.units:
        raise InvalidInput("No serials are named.", "Give --units, e.g. CN:CEA-2021:1-100.")
    return chosen(node, selection)


def check_transfer(node: Node, units: Units, sender: str, receiver: str) -> None:
    """Asks the holder desk whether a transfer would be refused. Raises `Refused` with its reason.

    For transfers by the holder itself: what a programme's desks move, other rules decide.
    """
    desk = node.ledger.desk(units.registry, "holders")
    checksum = desk.w3.to_checksum_address
    code, reason = node.ledger.ask(
        desk.functions.restrictionOf(
            checksum(sender), checksum(receiver), units.class_id, units.quantity
        )
    )
    if not code:
        return
    registry = node.ledger.registry(units.registry)
    held = node.ledger.ask(registry.functions.balanceOf(checksum(sender), units.class_id))
    encumbered = node.ledger.ask(registry.functions.encumberedOf(checksum(sender), units.class_id))
    aside = f", {encumbered:,} t of them set aside" if encumbered else ""
    statuses = [
        f"{node.name_of(party)} is {_status(node, units.registry, party)}"
        for party in (sender, receiver)
    ]
    raise Refused(
        f"{units} cannot go from {node.name_of(sender)} to {node.name_of(receiver)}: {reason}.",
        f"{node.name_of(sender)} holds {held:,} t{aside}; {', '.join(statuses)}."
        " Nothing has changed.",
    )


def _status(node: Node, code: str, address: str) -> str:
    """The status of an account on the ledger, as a word."""
    status = AccountStatus(node.ledger.account(code, address)["status"])
    return "not an account there" if status is AccountStatus.NONE else status.name

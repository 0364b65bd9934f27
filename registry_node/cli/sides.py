"""Which side of a link somebody acts for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from registry_node.cli.context import Node
from registry_node.domain.errors import InvalidInput
from registry_node.queries.snapshot import Json

if TYPE_CHECKING:
    from registry_node.cli.signing import Proposer

_LINK_ADMINISTRATOR = 6  # as in Roles.sol

side_option = click.option(
    "--side", metavar="CODE", help="The programme that acts; else the signer's own."
)


def side_of(node: Node, proposer: Proposer, wanted: str | None, codes: Sequence[str]) -> str:
    """The side that is named, else the one whose link administrator signs, else the first."""
    if wanted is not None:
        if wanted not in codes:
            raise InvalidInput(
                f"{wanted} is no side of this link.", f"Its sides are {' and '.join(codes)}."
            )
        return wanted
    signer = proposer.key(node).address
    own = (code for code in codes if node.ledger.has_role(code, _LINK_ADMINISTRATOR, signer))
    return next(own, codes[0])


class Side(NamedTuple):
    """A side of a link, and its partner."""

    code: str
    registry: str  # address
    partner: str  # address of the other side's registry

    @classmethod
    def of(cls, node: Node, found: Json, wanted: str | None, proposer: Proposer) -> Side:
        """`found` is the ledger's struct of the link."""
        addresses = {code_at(node, found[end]): found[end] for end in ("source", "destination")}
        code = side_of(node, proposer, wanted, list(addresses))
        (partner,) = (address for other, address in addresses.items() if other != code)
        return cls(code, addresses[code], partner)


def other_side(node: Node, found: Json, registry: str) -> str:
    """The code of the side of a link that a registry is not."""
    ends = (found["source"], found["destination"])
    return next(code_at(node, end) for end in ends if end != registry)


def code_at(node: Node, registry: str) -> str:
    code = node.ledger.code_of(registry)
    if code is None:
        raise InvalidInput(
            f"The registry {registry} is not of this deployment.",
            "Name a link between registries that it has: 'tonnelink link list'.",
        )
    return code

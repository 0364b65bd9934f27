"""What every command shares: settings, the mirror, the ledger, and how accounts are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from registry_node import bootstrap
from registry_node.chain.deployment import Deployment
from registry_node.cli.blocks import Held, in_lists
from registry_node.config import Settings
from registry_node.domain.errors import InvalidInput, NotFound, TonnelinkError
from registry_node.domain.references import (
    UnitReference,
    parse_address,
    parse_code,
    parse_symbol,
    token_id,
)
from registry_node.queries import desks, disputes, find
from registry_node.queries.snapshot import Json, Reader, Snapshot, hexed

if TYPE_CHECKING:
    from registry_node.cli.ledger import Ledger

Command = TypeVar("Command", bound=Callable[..., Any])

_DESKS = {
    "proposals": "proposal desk",
    "issuance": "issuance desk",
    "compliance": "compliance desk",
    "liens": "lien desk",
    "holders": "holder desk",
}

_PAGE = 256
"""Blocks asked for at once."""


class Node:
    """The node that a command works with. Nothing is opened before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def deployment(self) -> Deployment:
        return bootstrap.load_deployment(self.settings)

    @cached_property
    def reader(self) -> Reader:
        return bootstrap.open_reader(self.settings, self.deployment)

    @contextmanager
    def reading(self, at: int | None = None) -> Iterator[Snapshot]:
        with self.reader.snapshot(at) as snapshot:
            yield snapshot

    @cached_property
    def ledger(self) -> Ledger:
        # Signing needs heavy libraries, which readers need not wait for.
        from registry_node.cli.ledger import Contracts, Ledger
        from registry_node.cli.refusals import Names

        known = self.deployment
        contracts = Contracts(
            registries=bootstrap.registry_addresses(known),
            gateway=known.gateway.address,
            chain_id=known.chain_id,
            desks={registry.code: dict(registry.desks) for registry in known.registries},
            authorities={registry.code: registry.authority for registry in known.registries},
        )
        return Ledger(
            self.settings.rpc_url,
            contracts,
            Names(self.name_anywhere, self.link_name),
            timeout=self.settings.rpc_timeout,
            receipt_timeout=self.settings.receipt_timeout,
        )

    # ---- names ------------------------------------------------------------------------------

    def address(self, code: str, text: str) -> str:
        """The address of an account named by address, label or a system account's purpose."""
        if text.startswith("0x"):
            return hexed(parse_address(text))
        labels = self.reader.directory.labels
        named = [known for known, label in labels.items() if label == text]
        with self.reading() as snapshot:
            row = find.account_named(snapshot, code, text, named)
        if row is None:
            raise NotFound(
                f"{code} has no account '{text}'.",
                f"Name it by its label or its 0x address: 'tonnelink account list {code}'.",
            )
        return hexed(row["address"])

    def name_of(self, address: str) -> str:
        """An account's label, else its address."""
        return self.label(address) or address

    def label(self, address: str) -> str | None:
        """An account's label, where there is a deployment that gives it one."""
        return self._labels.get(bytes.fromhex(address[2:]))

    @cached_property
    def _labels(self) -> Mapping[bytes, str]:
        try:
            return bootstrap.directory(self.deployment).labels
        except TonnelinkError:  # mirrors are compared without a home too
            return {}

    def name_anywhere(self, address: str) -> str:
        """A label in whichever registry knows the address; contracts by what they are."""
        raw = bytes.fromhex(address[2:])
        if raw in self._contract_names:
            return self._contract_names[raw]
        label = self.reader.directory.labels.get(raw)
        return f"{label} ({address})" if label else address

    @cached_property
    def _contract_names(self) -> Mapping[bytes, str]:
        """What the contracts are called; a registry by its programme. The deployment does not know
        which desks took the place of others: the mirror does, where there is one."""
        names = {self.deployment.gateway.address: "the link gateway"}
        for registry in self.deployment.registries:
            names[registry.address] = registry.code
            names[registry.authority] = f"the authority of {registry.code}"
            for desk, address in registry.desks:
                names[address] = f"the {_DESKS[desk]} of {registry.code}"
        with suppress(NotFound), self.reading() as snapshot:
            for row in desks.everywhere(snapshot):
                article = "the" if row["followed"] else "a former"
                names[row["desk"]] = f"{article} {_DESKS[row['name']]} of {row['code']}"
        return names

    def link_name(self, link_id: int) -> str:
        """CN_KR, or the number when the mirror does not know the link."""
        try:
            with self.reading() as snapshot:
                row = snapshot.one(
                    "SELECT s.code AS source, d.code AS destination FROM link l"
                    " JOIN registry s ON s.id = l.source_id"
                    " JOIN registry d ON d.id = l.destination_id WHERE l.id = ?",
                    link_id,
                )
        except NotFound:
            row = None
        return f"{row['source']}_{row['destination']}" if row else f"number {link_id}"

    # ---- what is meant ----------------------------------------------------------------------

    def check_class(self, code: str, symbol: str) -> None:
        """Raises `NotFound`, saying what there is, when the class does not exist."""
        with self.reading() as snapshot:
            find.unit_class(snapshot, code, symbol)

    def check_issued(self, references: Sequence[UnitReference]) -> None:
        """Raises `NotFound` for serials that were never issued."""
        with self.reading() as snapshot:
            for reference in references:
                find.serials(snapshot, reference)

    def held_blocks(self, code: str, symbol: str, address: str) -> list[Held]:
        """An account's blocks in circulation, in the order in which the ledger takes them."""
        registry = self.ledger.registry(code)
        holder = registry.w3.to_checksum_address(address)
        class_id = token_id(symbol)
        held: list[tuple[int, int]] = []
        page: Sequence[tuple[int, int]] = [(0, 0)] * _PAGE
        while len(page) == _PAGE:
            after = held[-1][0] if held else 0
            page = self.ledger.ask(registry.functions.blocksOf(class_id, holder, after, _PAGE))
            held += [(first, first + count - 1) for first, count in page]
        return in_lists(
            held,
            lambda first: int(self.ledger.ask(registry.functions.blockAt(class_id, first))[-1]),
        )


pass_node = click.make_pass_decorator(Node)


def json_option(command: Command) -> Command:
    """Adds --json, as `as_json`."""
    decorated: Command = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON instead of text."
    )(command)
    return decorated


def at_option(command: Command) -> Command:
    """Adds --at, a past ledger height."""
    decorated: Command = click.option(
        "--at", type=click.IntRange(0, 2**63 - 1), help="Answer for a past ledger height."
    )(command)
    return decorated


def signer_options(command: Command) -> Command:
    """Adds --as and --key-file, as `signed_by` and `key_file`."""
    command = click.option(
        "--key-file", type=click.Path(path_type=Path), help="Keystore file of the signer."
    )(command)
    decorated: Command = click.option(
        "--as", "signed_by", metavar="NAME", help="Sign with <home>/keys/NAME.json."
    )(command)
    return decorated


def holder_options(command: Command) -> Command:
    """Adds --as and --key-file, and --request as `by_request`, for what holders do."""
    command = signer_options(command)
    decorated: Command = click.option(
        "--request",
        "by_request",
        is_flag=True,
        help="Request it at the holder desk, where it waits or is approved.",
    )(command)
    return decorated


def parse_class(text: str) -> tuple[str, str]:
    """(registry, symbol) of KR:KAU-2017."""
    parts = text.strip().split(":")
    if len(parts) != 2:  # noqa: PLR2004  # registry and symbol
        raise InvalidInput(
            f"'{text}' is not a unit class.", "Write it as registry:class, for example KR:KAU-2017."
        )
    return parse_code(parts[0]), parse_symbol(parts[1])


def envelope(snapshot: Snapshot, data: Any, **more: Any) -> Json:
    """The same envelope as the API's, with the marks of whomever it is about."""
    document = {"data": data, "as_of": snapshot.as_of.to_json(), **more}
    disputed = disputes.concerning(snapshot, data, {}, is_list=True)
    return {**document, "disputed": disputed} if disputed else document

"""The command on the contracts alone: what a mirror would know is asked of the ledger.

commands = Commands(world, monkeypatch, capsys)
commands("transfer", "--class", "CN:CEA-2025", ..., by="alice")
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from eth_account import Account

from registry_node.chain.deployment import Deployment
from registry_node.cli import calls
from registry_node.cli import proposals as cli_proposals
from registry_node.cli import requests as cli_requests
from registry_node.cli.context import Node
from registry_node.cli.main import run
from registry_node.domain.errors import NotFound
from registry_node.domain.references import UnitReference, token_id
from registry_node.interchange import allocation_rules
from registry_node.queries import accounts, blocks, find, links, proposals
from registry_node.queries.paging import Listing
from registry_node.queries.snapshot import AsOf, Directory
from scripts.bench.editions import DESKS
from tests.contracts.actors import Programme, World
from tests.contracts.cast import PEOPLE

JUNK = "test test test test test test test test test test test junk"  # anvil's own keys


class Commands:
    """Runs commands on a world, as its people."""

    def __init__(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.world = world
        self._capsys = capsys
        self.mirror = Mirror(world)
        Account.enable_unaudited_hdwallet_features()
        node = unmirrored(self.mirror)
        self.node = lambda: node(None)  # type: ignore[arg-type]
        monkeypatch.setattr(sys.modules[run.__module__], "Node", node)
        monkeypatch.setattr("registry_node.cli.signing._password", lambda _: "")
        monkeypatch.setattr("registry_node.cli.keystore.load_signer", lambda *said: key(said[1]))
        self._ask_the_ledger(monkeypatch)

    def __call__(self, *arguments: object, by: str = "", code: int = 0) -> Any:
        """What a command says in JSON."""
        found = self._run([*map(str, arguments), *(["--as", by] if by else []), "--json"])
        out, err = self._capsys.readouterr()
        assert found == code, out + err
        assert "Traceback" not in out + err
        return json.loads(out or err)

    def said(self, *arguments: object, by: str = "") -> str:
        """What a person reads."""
        assert self._run([*map(str, arguments), *(["--as", by] if by else [])]) == 0
        return self._capsys.readouterr().out

    def _run(self, arguments: list[str]) -> int:
        """Tests mine each block themselves; a command waits for one."""
        self.world.chain.rpc("evm_setAutomine", True)
        try:
            return run(arguments)
        finally:
            self.world.chain.rpc("evm_setAutomine", False)

    def decided(self, *arguments: object, by: str, code: str = "CN") -> Any:
        """A sensitive step that the deputy approves; what its execution said."""
        number = self(*arguments, by=by)["proposal"]
        self("proposal", "approve", code, number, by="deputy")
        return self("proposal", "execute", code, number, by=by)

    def _ask_the_ledger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        mirror = self.mirror
        patches: dict[Any, tuple[str, ...]] = {
            find: ("registry", "unit_class", "serials", "account", "account_named"),
            accounts: ("balance",),
            blocks: ("blocks",),
            links: ("find_link",),
            proposals: ("proposals",),
            allocation_rules: ("settings",),
        }
        for module, names in patches.items():
            for name in names:
                monkeypatch.setattr(module, name, getattr(mirror, name))
        groups = ((cli_proposals, "proposal"), (cli_requests, "request"))
        for module, word in groups:
            known = module._CALLS._replace(read=getattr(mirror, word))
            group = getattr(module, word)
            for verb in known.repeated:
                command = calls.step_command(known, verb, "Done", verb)
                monkeypatch.setitem(group.commands, verb, command)


def key(name: str) -> Any:
    """Whoever signs, by the name that the tests give."""
    path = f"m/44'/60'/0'/0/{PEOPLE.index(name)}"
    return Account.from_mnemonic(JUNK, account_path=path)


def unmirrored(mirror: Mirror) -> type[Node]:
    """A node without a mirror, of the world's deployment."""

    class Unmirrored(Node):
        deployment = mirror.deployment  # type: ignore[assignment]
        reader = SimpleNamespace(directory=mirror.snapshot.directory)  # type: ignore[assignment]

        def __init__(self, settings: Any) -> None:
            super().__init__(settings)
            self.settings = SimpleNamespace(  # type: ignore[assignment]
                rpc_url=mirror.world.chain.url,
                rpc_timeout=60,
                receipt_timeout=60,
                keys_path=None,
            )

        @contextmanager
        def reading(self, at: int | None = None) -> Iterator[Any]:
            yield mirror.snapshot

        def link_name(self, link_id: int) -> str:
            return f"number {link_id}"

    return Unmirrored


class Mirror:
    """The queries that writing commands make, answered by the contracts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.changes: dict[str, str] = {}  # what it says of every proposal, wrongly
        self.deployment = deployment_of(world)
        labels = {
            bytes.fromhex(a[2:]): n for n, a in zip(PEOPLE, world.chain.accounts, strict=False)
        }
        directory = Directory(self.deployment.gateway.address, labels)
        self.snapshot: Any = SimpleNamespace(
            directory=directory, height=0, as_of=AsOf(0, bytes(32), 0, True)
        )
        self.snapshot.one = lambda *_, **__: None
        self.snapshot.all = lambda *_, **__: []

    def _programme(self, code: str) -> Programme:
        for p in self.world.programmes:
            if p.code == code:
                return p
        raise NotFound(f"There is no registry {code}.", "")

    def registry(self, _: Any, code: str) -> Any:
        return {"code": self._programme(code).code, "id": code}

    def unit_class(self, _: Any, code: str, symbol: str) -> Any:
        kind = self._programme(code).registry.totalsOf(token_id(symbol)).unitType
        if not kind:
            raise NotFound(f"{code} has no unit class {symbol}.", "")
        return {"id": (code, symbol), "symbol": symbol, "code": code, "unit_type": kind}

    def serials(self, _: Any, reference: UnitReference) -> None:
        registry = self._programme(reference.registry).registry
        assert reference.last <= registry.totalsOf(token_id(reference.symbol)).issued

    def account(self, _: Any, registry: Any, address: bytes) -> Any:
        found = self._programme(registry["code"]).registry.accountOf(f"0x{address.hex()}")
        return {**found._asdict(), "address": address, "holding_limit": found.holdingLimit}

    def account_named(self, _: Any, code: str, name: str, labelled: Any) -> Any:
        registry = self._programme(code).registry
        system = registry.systemAccount(name.encode().ljust(32, b"\0"))
        for address in (*(f"0x{one.hex()}" for one in labelled), system):
            if registry.accountOf(address).status:
                return {"address": bytes.fromhex(address[2:])}
        return None

    def balance(self, _: Any, class_id: Any, address: bytes) -> tuple[int, int]:
        registry, token = self._programme(class_id[0]).registry, token_id(class_id[1])
        holder = f"0x{address.hex()}"
        return registry.balanceOf(holder, token), registry.encumberedOf(holder, token)

    def settings(self, *_: Any) -> Any:
        return {"holding_limit_classes": []}

    def blocks(self, _: Any, __: Any, *, registry: str, symbol: str, state: str) -> Listing:
        contract, token = self._programme(registry).registry, token_id(symbol)
        numbers = {"ESCROWED": 2, "ENCUMBERED": 6}
        items, first = [], 1
        while first <= contract.totalsOf(token).issued:
            block = contract.blockAt(token, first)
            if block.state == numbers[state]:
                items.append({"first": first, "last": first + block.count - 1})
            first += block.count
        return Listing(items)

    def find_link(self, _: Any, wanted: str) -> Any:
        codes = {p.registry.address: p.code for p in self.world.programmes}
        for number in range(2 * self.world.gateway.agreementCount() + 1, 1, -1):
            link = self.world.gateway.linkOf(number)
            source, destination = codes[link.source], codes[link.destination]
            if wanted in {f"{source}_{destination}", str(number)}:
                return {"id": number, "source": source, "destination": destination}
        raise NotFound(f"There is no link {wanted}.", "")

    # ---- proposals and requests: their text is in the log ---------------------------------

    def proposals(self, _: Any, __: Any, *, registry: str, state: str) -> Listing:
        desk = self._programme(registry).proposals
        states = ("none", "proposed", "approved", "executed", "stopped", "expired")
        numbers = range(1, desk.proposalCount() + 1)
        found = [n for n in numbers if states[desk.proposalOf(n).state] == state]
        return Listing([self.proposal(None, registry, number) for number in found])

    def proposal(self, _: Any, code: str, number: int) -> Any:
        p = self._programme(code)
        made = self.world.chain.log(p.proposals, "ProposalMade", number)
        document = f"0x{made.document.hex()}" if any(made.document) else None
        named = {getattr(p, name).address: name for name in DESKS}
        return {
            **self._call(made),
            "registry": code,
            "number": number,
            "target": named.get(made.target, "another"),
            "document": document,
            **self.changes,
        }

    def request(self, _: Any, code: str, number: int) -> Any:
        return self._call(
            self.world.chain.log(self._programme(code).holders, "RequestMade", number)
        )

    @staticmethod
    def _call(made: Any) -> dict[str, Any]:
        return {"target_address": made.target, "call": f"0x{made.data.hex()}"}


def deployment_of(world: World) -> Deployment:
    return Deployment.model_validate(
        {
            "name": "The contracts alone",
            "edition": 2,
            "chain_id": int(world.chain.rpc("eth_chainId"), 16),
            "genesis_hash": bytes(32),
            "start_block": 0,
            "finality": {"kind": "instant"},
            "gateway": {"address": world.gateway.address, "block": 0},
            "registries": [
                {
                    "code": p.code,
                    "name": p.code,
                    "address": p.registry.address,
                    "authority": p.authority.address,
                    "block": 0,
                    "proxy_hash": bytes(32),
                    "edition_hash": bytes(32),
                    "desks": {name: getattr(p, name).address for name in DESKS},
                }
                for p in world.programmes
            ],
        }
    )

"""A mirror of a real chain whose node signs statements and proves them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_node import bootstrap
from registry_node.attest import jws
from registry_node.attest.keys import parse_jwks
from registry_node.attest.report import Report
from registry_node.attest.verify import Known, verify
from registry_node.chain.deployment import Deployment
from registry_node.config import load
from tests.support.deployed import CEA
from tests.support.world import World


@dataclass
class Node:
    """A mirror of the world, with a key, and the ledger's node."""

    home: Path
    world: World
    url: str

    def __post_init__(self) -> None:
        self.settings = load({"home": self.home, "rpc_url": self.url}, {})
        self.deployment: Deployment = bootstrap.load_deployment(self.settings)
        self.reader = bootstrap.open_reader(self.settings, self.deployment)
        self.issuer = bootstrap.statement_issuer(self.settings, self.deployment, self.reader)
        self.prover = bootstrap.prover(self.settings)

    def statement(self, reference: str, scope: Any = "chain", **options: Any) -> dict[str, Any]:
        code, symbol, serial = reference.split(":")
        at = options.pop("at", None)
        document, payload = self.issuer.issue(
            "unit", at, registry=code, symbol=symbol, serial=int(serial)
        )
        return {**document, "proofs": self.prover.prove(payload, scope, **options)}

    def signed(self, payload: dict[str, Any]) -> dict[str, Any]:
        return jws.sign(payload, self.issuer.keys.signing())

    @property
    def known(self) -> Known:
        content = (self.home / "statement-keys" / "jwks.json").read_bytes()
        return Known(keys=parse_jwks(content, "jwks.json"))


def crowded_block(world: World) -> None:
    """One ledger block with twenty transactions of two types: paths with branches."""
    world.rpc("evm_setAutomine", False)
    price = {"gas": 3_000_000}
    for number in range(20):
        fees: dict[str, Any] = (
            {"gasPrice": 0} if number % 2 else {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
        )
        call = world.cn.functions.safeTransferFrom(
            world.actors[2 + number % 2], world.actors[5], CEA, 1 + number, b""
        )
        call.transact({"from": world.actors[2 + number % 2], **price, **fees})
    world.rpc("evm_mine")
    world.rpc("evm_setAutomine", True)


def checked(document: dict[str, Any], known: Known | None = None) -> Report:
    content = json.dumps(document).encode()
    return verify(content, known or Known(), bootstrap.statement_schemas())


def failed(document: dict[str, Any], known: Known | None = None) -> list[str]:
    return [check.part for check in checked(document, known).failed]


def payload_of(document: dict[str, Any]) -> dict[str, Any]:
    return dict(checked(document).statement)

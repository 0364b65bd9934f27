"""Which contracts on which chain a node mirrors: the deployment file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)

from registry_node.chain.client import ChainClient
from registry_node.domain import foreign
from registry_node.domain.errors import InvalidInput, TonnelinkError
from registry_node.domain.references import parse_address, parse_code


def _address(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return parse_address(str(value))
    except TonnelinkError as error:
        raise ValueError(str(error)) from error


def _hash(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    text = str(value)
    if len(text) != 66 or not text.startswith("0x"):  # noqa: PLR2004 - 0x and 64 digits
        raise ValueError(f"'{text}' is not a hash. Hashes are 0x and 64 hexadecimal digits.")
    return bytes.fromhex(text[2:])


def _code(value: object) -> str:
    try:
        return parse_code(str(value))
    except TonnelinkError as error:
        raise ValueError(str(error)) from error


def _label_key(value: object) -> str:
    text = str(value)
    if not re.fullmatch("0[xX][0-9a-fA-F]{40}", text):
        raise ValueError(f"'{text}' is not an address. Addresses are 0x and 40 hexadecimal digits.")
    return text


Address = Annotated[bytes, BeforeValidator(_address)]
Hash = Annotated[bytes, BeforeValidator(_hash)]
Code = Annotated[str, BeforeValidator(_code)]
LabelKey = Annotated[str, BeforeValidator(_label_key)]
Height = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finality(_Strict):
    """When a ledger block can no longer be replaced."""

    kind: Literal["instant", "depth", "finalized"]
    """instant: at once. depth: so far below the head. finalized: when the chain's node says so, by
    the block tag of that name."""
    depth: Height = 0
    """For kind "depth": blocks this far below the head are final."""

    def final_height(self, head: int) -> int:
        """The highest block that is final because the head is at `head`; -1 when there is none."""
        if self.kind == "finalized":
            return -1
        return head if self.kind == "instant" else max(-1, head - self.depth)


class GatewayEntry(_Strict):
    address: Address
    block: Height


class DesksEntry(_Strict):
    """The contracts around a registry, as it was deployed. The ledger says when one is replaced."""

    proposals: Address
    issuance: Address
    compliance: Address
    liens: Address
    holders: Address

    @property
    def addresses(self) -> tuple[bytes, ...]:
        return (self.proposals, self.issuance, self.compliance, self.liens, self.holders)


class RegistryEntry(_Strict):
    code: Code
    name: str
    address: Address
    authority: Address
    block: Height
    proxy_hash: Hash
    """Of the code at the address, which never changes."""
    edition_hash: Hash
    """Of the code that it ran first: the ledger says when another succeeds it."""
    desks: DesksEntry


class Deployment(_Strict):
    """One ledger: its chain, its gateway and its registries, in the order of their ids."""

    name: str
    edition: Literal[2]
    """Of the ledger's contracts."""
    chain_id: int
    genesis_hash: Hash
    start_block: Height
    finality: Finality
    gateway: GatewayEntry
    registries: tuple[RegistryEntry, ...] = Field(min_length=1)
    labels: dict[LabelKey, str] = {}
    _source: str = PrivateAttr("the deployment file")

    @property
    def source(self) -> str:
        """The file that it was read from, for messages."""
        return self._source

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """The contracts whose events a mirror reads from the beginning."""
        programmes = (
            address
            for registry in self.registries
            for address in (registry.address, registry.authority, *registry.desks.addresses)
        )
        return (self.gateway.address, *programmes)

    @property
    def naming(self) -> tuple[bytes, ...]:
        """Those of them whose events name others."""
        return tuple(
            address
            for registry in self.registries
            for address in (registry.address, registry.authority, registry.desks.proposals)
        )

    @property
    def identity(self) -> dict[str, str]:
        """What a mirror's `meta` says of the deployment that it is of."""
        return {
            "chain_id": str(self.chain_id),
            "genesis_hash": self.genesis_hash.hex(),
            "start_block": str(self.start_block),
            "gateway": self.gateway.address.hex(),
        }

    @property
    def seed(self) -> bytes:
        """The digest before any ledger block: which chain and contracts, and where it starts."""
        identity = f"tonnelink/4 {self.chain_id} {self.genesis_hash.hex()} {self.start_block}"
        identity += "".join(f" {address.hex()}" for address in self.addresses)
        return hashlib.sha256(identity.encode()).digest()


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file. Raises `InvalidInput` that names the file and the field."""
    try:
        content = foreign.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidInput(
            f"There is no deployment file {path}.", "Deploy first ('make up'), or name it."
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", "It must be JSON.") from error
    if isinstance(content, dict) and "registries" in content and "edition" not in content:
        raise InvalidInput(
            f"{path} is a deployment of the ledger's first edition; this program does not read it.",
            "Use the program that deployed it, or deploy this edition, whose contracts are others.",
        )
    try:
        deployment = Deployment.model_validate(content)
    except ValidationError as error:
        raise InvalidInput(
            f"{path}{_wrong(error)}.", "Correct it, or name another file."
        ) from error
    _check_distinct(path, deployment)
    deployment._source = str(path)  # noqa: SLF001 - not a field: no file says where it is
    return deployment


def _wrong(error: ValidationError) -> str:
    """What is wrong with a deployment file: what it lacks as a whole, else its first error."""
    faults = error.errors()
    missing = [str(e["loc"][0]) for e in faults if e["type"] == "missing" and len(e["loc"]) == 1]
    if missing:
        return f" is not a deployment file: it has no {', '.join(missing)}"
    field = ".".join(str(part) for part in faults[0]["loc"]) or "the whole"
    more = f" (and {len(faults) - 1} more errors)" if len(faults) > 1 else ""
    return f": {field}: {faults[0]['msg'].removesuffix('.')}{more}"


def check_contracts(client: ChainClient, deployment: Deployment) -> None:
    """Raises `InvalidInput` that names the file and each address without a contract. Contracts of
    ledger blocks that the node does not have yet are not asked for."""
    head = client.head_number()
    entries: list[GatewayEntry | RegistryEntry] = [deployment.gateway, *deployment.registries]
    missing = client.without_code([entry.address for entry in entries if entry.block <= head])
    if missing:
        named = ", ".join(f"0x{address.hex()}" for address in missing)
        raise InvalidInput(
            f"{deployment.source}: {client.name} has no contract at {named}.",
            "Correct the addresses, or name a node of the deployment's chain.",
        )


def _check_distinct(path: Path, deployment: Deployment) -> None:
    codes = [registry.code for registry in deployment.registries]
    for field, values in (("registries.code", codes), ("address", deployment.addresses)):
        if len(set(values)) != len(values):
            raise InvalidInput(f"{path}: {field}: a value occurs twice.", "Correct the file.")
    first = min(deployment.gateway.block, *(r.block for r in deployment.registries))
    if deployment.start_block > first:
        raise InvalidInput(
            f"{path}: start_block: {deployment.start_block} is after the first contract's block"
            f" {first}.",
            "A mirror must start at the first contract's block or before.",
        )

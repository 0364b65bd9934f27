"""The wire format of signed statements and their proofs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from registry_node.api.schemas.wire import Hash, Wire


class ProvenTransaction(Wire):
    """RLP in hexadecimal: a receipt and its transaction, with the paths to the header's roots."""

    block_number: int
    index: int
    receipt: str
    receipt_path: list[str]
    transaction: str
    transaction_path: list[str]


class ProvenStep(Wire):
    """Where the log of a step is: a place in `transactions`, and one in its receipt's logs."""

    transaction: int
    log: int


class LastHeader(Wire):
    block_number: int
    block_hash: Hash


class Proofs(Wire):
    scope: Literal["chain", "steps"]
    to: LastHeader
    headers: list[str] = Field(description="RLP in hexadecimal, by height")
    transactions: list[ProvenTransaction]
    steps: list[ProvenStep]


class Statement(Wire):
    """A signed statement: a JSON Web Signature (RFC 7515, flattened JSON), and perhaps proofs."""

    payload: str = Field(description="What is stated: JSON in base64url")
    protected: str = Field(description="The signature's header: JSON in base64url")
    signature: str
    proofs: Proofs | None = None

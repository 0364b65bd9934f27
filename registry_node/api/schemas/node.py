"""The wire format of what the node says of itself and of its mirror, and of problems."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from registry_node.api.schemas.wire import Disputed, Hash, Time, Wire


class Digest(Wire):
    """Folds every change up to the ledger block: two mirrors of one ledger have the same."""

    digest: Hash
    rule: int = Field(description="Version of the rule by which it is folded")
    first_block: int = Field(description="Where the mirror starts")
    chain_id: int
    genesis_hash: Hash


class Reconciled(Wire):
    """The last comparison of the mirror with what it should be."""

    mode: Literal["quick", "contracts", "replay", "offline"]
    block_number: int
    block_hash: Hash
    made_at: Time
    differences: int
    first_block: int | None = Field(description="The lowest ledger block that is wrong, if known")


class Health(Wire):
    status: Literal["ok", "degraded", "problem"] = Field(
        description="degraded: answers about the disputed subjects are in doubt"
    )
    stopped: bool = Field(description="The indexer has given up; it does not go on by itself")
    chain_reachable: bool
    chain_head: int | None
    indexed: int | None = Field(description="The mirror's head")
    lag: int | None = Field(description="Ledger blocks that the mirror is behind")
    last_error: str | None
    disputed: int | None = Field(description="Subjects whose answers carry a mark")
    reconciled: Reconciled | None


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["urn:tonnelink:problem:not-found"])
    title: str
    status: int
    detail: str
    hint: str
    instance: str
    disputed: Disputed = None

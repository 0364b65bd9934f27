"""Making statements: an answer of the mirror, where and of what it is true, signed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry_node.attest.jws import sign
from registry_node.attest.keys import StatementKeys
from registry_node.attest.subjects import KINDS
from registry_node.chain.deployment import Deployment
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries import disputes
from registry_node.queries.snapshot import Json, Reader, Snapshot, hexed, moment

VERSION = 2
"""Of the payload's form."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs answers of one mirror. `name` is who vouches for them; `now` is seconds since 1970."""

    reader: Reader
    deployment: Deployment
    keys: StatementKeys
    name: str
    now: Callable[[], float] = time.time

    def issue(
        self, kind: str, at: int | None = None, view: View = EVERYTHING, **given: Any
    ) -> tuple[Json, Json]:
        """The signed statement's document, and its payload. `at` is a height, the head by default.

        `given` are the subject's parameters, `view` is what the asker may see: the statement is of
        the answer that this asker gets. Raises `InvalidInput` for those that do not fit the
        kind, `NotFound` for what does not exist, `Unavailable` without a key or a mirror,
        or when a comparison has found the mirror wrong about the subject.
        """
        subject = KINDS.get(kind)
        if subject is None:
            raise InvalidInput(f"'{kind}' is no kind of statement.", f"Kinds: {', '.join(KINDS)}.")
        given = {name: value for name, value in given.items() if value is not None}
        subject.check(kind, given)
        key = self.keys.signing()
        with self.reader.snapshot(at, view) as snapshot:
            about, data = subject.answer(snapshot, **given)
            _check_undoubted(snapshot, data, given)
            payload = {
                "version": VERSION,
                "kind": kind,
                "subject": about,
                "data": data,
                "as_of": snapshot.as_of.to_json(),
                "digest": _digest(snapshot),
                "chain": chain(self.deployment),
                "contracts": contracts(self.deployment),
                "issuer": self.name,
                "issued_at": moment(int(self.now())),
            }
        return sign(payload, key), payload


def _check_undoubted(snapshot: Snapshot, data: Any, given: dict[str, Any]) -> None:
    """Nothing is signed about whom the mirror is known to be wrong."""
    disputed = disputes.concerning(snapshot, data, given, is_list=False)
    if disputed:
        raise Unavailable(
            f"The statement is about {disputed[0]['subject']}, about whom this mirror differs from"
            " the ledger.",
            "Whoever runs the node finds the rows with 'tonnelink verify --replay'.",
        )


def chain(deployment: Deployment) -> Json:
    """Which chain: two chains may share an id, not the hash of their first block too."""
    return {
        "chain_id": deployment.chain_id,
        "genesis_hash": hexed(deployment.genesis_hash),
    }


def contracts(deployment: Deployment) -> Json:
    """The addresses that a statement's words are about."""
    return {
        "gateway": hexed(deployment.gateway.address),
        "registries": [
            {
                "code": registry.code,
                "address": hexed(registry.address),
                "authority": hexed(registry.authority),
                "desks": {name: hexed(address) for name, address in registry.desks},
            }
            for registry in deployment.registries
        ],
    }


def _digest(snapshot: Snapshot) -> str:
    """The mirror's digest at the snapshot's height: equal in every mirror of the same ledger."""
    row = snapshot.one("SELECT digest FROM header WHERE number = :h")
    if row is None:
        raise LookupError(snapshot.height)  # a snapshot is of a height that has a header
    return hexed(row["digest"])

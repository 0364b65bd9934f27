"""Checks a statement offline: signature, key, form, figures and proofs, each on its own.

Nothing here asks a node, a database or a file: the reader brings the statement and what it trusts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from registry_node.attest import jws, payload, proofs, trust
from registry_node.attest.keys import Jwk, is_valid
from registry_node.attest.payload import Payload, Schemas
from registry_node.attest.report import Report
from registry_node.attest.strict import Malformed, read_object

_PAGE = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class Known:
    """What the reader knows from elsewhere. Nothing of it is needed."""

    keys: list[Jwk] | None = None
    """The node's public keys, as it publishes them."""
    headers: trust.Trusted = ()
    """Ledger blocks that the reader trusts."""
    deployment: dict[str, Any] | None = None
    """Chain and contracts, in the payload's words: `chain` and `contracts`."""


def verify(content: bytes, known: Known, schemas: Schemas) -> Report:
    """Checks every part of a statement's file; a failed one does not end the check."""
    report = Report()
    document = _document(content, report)
    if document is None:
        return report
    text, header = jws.read(document, report)
    stated = _payload(text, schemas, report) if text is not None else None
    if header is not None:
        _signature(document, header, stated, known, report)
    if stated is not None:
        payload.check_figures(stated, report)
        ours = _deployment(stated, known, report)
        given = jws.PROOFS in document
        shown = proofs.check(stated, document[jws.PROOFS], report) if given else None
        reached = trust.check(stated, shown, known.headers, report)
        report.vouched = report.vouched or (ours and reached)
    return report


def _document(content: bytes, report: Report) -> dict[str, Any] | None:
    try:
        document = read_object(content)
    except Malformed as error:
        report.bad("file", f"{error}")
        return None
    missing = jws.MEMBERS - document.keys()
    foreign = document.keys() - jws.MEMBERS - {jws.PROOFS}
    if missing or foreign:
        what = "it is no signed statement: it has no" if missing else "it has unknown members:"
        report.bad("file", f"{what} {', '.join(sorted(missing or foreign))}")
    else:
        report.good("file", "has the members of a signed statement")
    return document


def _payload(text: bytes, schemas: Schemas, report: Report) -> Payload | None:
    try:
        report.statement = content = read_object(text)
    except Malformed as error:
        report.bad("payload", f"{error}")
        return None
    return payload.read(content, schemas, report)


# ---- who signed ------------------------------------------------------------------------------


def _signature(
    document: dict[str, Any],
    header: dict[str, Any],
    stated: Payload | None,
    known: Known,
    report: Report,
) -> None:
    kid = header["kid"]
    good = jws.signed_by(document, header["jwk"])
    report.check(
        good, "signature", f"is that of the key {kid}", "is not of this key over these words"
    )
    if known.keys is None:
        report.rests_on.append(
            f"the key {kid}, which only this file names: compare it with the node's {_PAGE}"
        )
        return
    key = next((key for key in known.keys if key["kid"] == kid), None)
    if key is None:
        report.bad("key", f"{kid} is none of the known keys")
        return
    issued = _seconds(stated.issued_at) if stated else None
    if issued is None:
        report.bad("key", "it is not known when the statement was issued")
    elif "revoked" in key:
        report.bad("key", f"{kid} is revoked: nothing that it signed is to be believed")
    elif report.check(
        is_valid(key, issued),
        "key",
        f"{kid} is known, and was valid when the statement was issued",
        f"{kid} was not valid when the statement was issued",
    ):
        report.vouched = report.vouched or good
        report.rests_on.append("the node that signed: its word that this is what its mirror says")


def _seconds(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _deployment(stated: Payload, known: Known, report: Report) -> bool:
    """Whether the chain and the contracts are known to be the reader's."""
    if known.deployment is None:
        report.rests_on.append(
            f"the contracts: gateway {stated.contracts.gateway}, registries"
            f" {', '.join(f'{r.code} {r.address}' for r in stated.contracts.registries)}:"
            " compare them with what the programmes publish, or give --deployment"
        )
        return False
    found = [
        report.check(
            getattr(stated, name).model_dump() == known.deployment[name],
            name,
            "are those of the deployment file" if name == "contracts" else "is the deployment's",
            "are not those of the deployment file" if name == "contracts" else "is another one",
        )
        for name in ("chain", "contracts")
    ]
    return all(found)

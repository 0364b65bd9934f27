"""What a contract answers at its address: its own functions, and those that its code goes on with.

The compiler knows each part alone. A registry's address answers for `UnitRegistry` and
`RegistryRecords`, a gateway's for its three parts, and every address whose code can be succeeded
for `ISuccession`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Abi = Sequence[Mapping[str, Any]]

PARTS = {
    "UnitRegistry": ("RegistryRecords",),
    "LinkGateway": ("LinkAgreements", "LinkQuestions"),
}
SUCCEEDED = (
    "UnitRegistry",
    "LinkGateway",
    "ProposalDesk",
    "IssuanceDesk",
    "ComplianceDesk",
    "LienDesk",
    "HolderDesk",
)
SUCCESSION = "ISuccession"


def faces(abis: Mapping[str, Abi]) -> dict[str, Abi]:
    """The same contracts, each with everything that its address answers."""
    whole = dict(abis)
    for name in SUCCEEDED:
        others = [*PARTS.get(name, ()), SUCCESSION]
        whole[name] = _joined(abis[name], *(abis[other] for other in others))
    return whole


def _joined(own: Abi, *others: Abi) -> Abi:
    """One ABI: the constructor is one's own, and what several parts have is there once."""
    entries = [*own, *(e for abi in others for e in abi if e["type"] not in _ITS_OWN)]
    return list({_key(entry): entry for entry in entries}.values())


_ITS_OWN = ("constructor", "fallback", "receive")


def _key(entry: Mapping[str, Any]) -> str:
    types = [
        {key: p[key] for key in ("type", "components") if key in p} for p in entry.get("inputs", ())
    ]
    return json.dumps([entry["type"], entry.get("name"), types], sort_keys=True)

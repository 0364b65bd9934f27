"""The payload's form, and what its figures must add up to whoever signed them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from registry_node.attest.report import Report

_Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}\z")]
_Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}\z")]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z")]
_STATES = ("held", "escrowed", "surrendered", "retired", "cancelled")


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Chain(_Exact):
    chain_id: int
    genesis_hash: _Hash


class RegistryContracts(_Exact):
    code: str
    address: _Address
    authority: _Address
    desks: dict[str, _Address]


class Contracts(_Exact):
    gateway: _Address
    registries: list[RegistryContracts]

    def code_of(self, address: bytes) -> str | None:
        """The registry whose contract an address is."""
        wanted = f"0x{address.hex()}"
        return next((r.code for r in self.registries if r.address == wanted), None)


class Payload(_Exact):
    """Version 2."""

    version: Literal[2]
    kind: Literal["holdings", "unit", "registry", "quota", "compliance"]
    subject: dict[str, str | int | None]
    data: Any
    as_of: dict[str, Any]
    digest: _Hash
    chain: Chain
    contracts: Contracts
    issuer: str
    issued_at: _Time


class AsOf(BaseModel):
    """What every reader needs of `as_of`; it may say more."""

    model_config = ConfigDict(strict=True)

    block_number: Annotated[int, Field(ge=0)]
    block_hash: _Hash
    finalized: bool


_TEXT, _OPTIONAL = (str,), (str, type(None))
_SUBJECTS: dict[str, dict[str, tuple[type, ...]]] = {
    "holdings": {"registry": _TEXT, "account": _TEXT, "class": _OPTIONAL},
    "unit": {"registry": _TEXT, "class": _TEXT, "serial": (int,)},
    "registry": {"registry": _TEXT},
    "quota": {"link": _TEXT},
    "compliance": {"registry": _TEXT, "account": _TEXT, "year": (int, type(None))},
}

Schemas = Mapping[str, TypeAdapter[Any]]
"""By kind of statement: the form of its data."""


def read(content: Any, schemas: Schemas, report: Report) -> Payload | None:
    """The payload, when it has its form and its data have the API's."""
    try:
        payload = Payload.model_validate(content)
        AsOf.model_validate(payload.as_of)
        schemas[payload.kind].validate_python(payload.data, strict=True)
    except ValidationError as error:
        for item in error.errors()[:5]:
            where = ".".join(str(part) for part in item["loc"]) or "document"
            report.bad("payload", f"{where}: {item['msg']}")
        return None
    forms = _SUBJECTS[payload.kind]
    if payload.subject.keys() != forms.keys() or not all(
        isinstance(payload.subject[name], form) for name, form in forms.items()
    ):
        report.bad("payload", f"subject: it is not {', '.join(forms)}")
        return None
    report.good("payload form", f"version {payload.version}, {payload.kind}")
    return payload


def check_figures(payload: Payload, report: Report) -> None:
    """Whether the data are about the subject, and add up."""
    try:
        wrong = _CHECKS[payload.kind](payload.subject, payload.data)
    except ValueError as error:  # a number of thousands of digits
        wrong = [f"{error}"]
    for text in wrong:
        report.bad("payload figures", text)
    if not wrong:
        report.good("payload figures", "are about the subject and add up")


def _same(subject: dict[str, Any], item: dict[str, Any], *names: str) -> list[str]:
    pairs = [name.partition("=") for name in names]
    return [
        f"{there or name} is {item[there or name]}, the subject's is {subject[name]}"
        for name, _, there in pairs
        if subject[name] is not None and item[there or name] != subject[name]
    ]


def _holdings(subject: dict[str, Any], data: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for item in data:
        wrong += _same(subject, item, "registry", "account", "class")
        if int(item["quantity"]) != int(item["free"]) + int(item["encumbered"]):
            wrong.append(f"{item['class']}: free and encumbered are not the quantity")
    return wrong


def _unit(subject: dict[str, Any], data: dict[str, Any]) -> list[str]:
    return _same(subject, data, "registry", "class", "serial")


def _registry(subject: dict[str, Any], data: dict[str, Any]) -> list[str]:
    wrong = _same(subject, data, "registry=code")
    for item in (*data["classes"], data["totals"]):
        name = item.get("symbol", "totals")
        if int(item["issued"]) != sum(int(item[state]) for state in _STATES):
            wrong.append(f"{name}: the states do not add up to what was issued")
    for figure, total in data["totals"].items():
        if int(total) != sum(int(item[figure] or 0) for item in data["classes"]):
            wrong.append(f"totals: {figure} is not the sum of the classes'")
    return wrong


def _quota(subject: dict[str, Any], data: dict[str, Any]) -> list[str]:
    wrong = _same(subject, data, "link")
    meter = data["meter"]
    if meter and int(meter["remaining"]) != max(0, int(meter["quota"]) - int(meter["used"])):
        wrong.append("meter: remaining is not what the use leaves of the quota")
    return wrong


def _compliance(subject: dict[str, Any], data: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for item in data:
        wrong += _same(subject, item, "registry", "account", "year=compliance_year")
        brought = [item["debt"], item["inherited"]]
        if brought == [None, None]:  # closed to whoever asked
            continue
        if None in brought:
            wrong.append(f"{item['compliance_year']}: one of debt and inherited is missing")
            continue
        emitted = int(item["verified_emissions"] or 0)
        carried = sum(map(int, brought))
        owed = max(0, emitted + carried - int(item["surrendered"]))
        if int(item["owed"]) != owed:
            wrong.append(
                f"{item['compliance_year']}: owed is not emissions + debt + inherited - surrendered"
            )
    return wrong


_CHECKS: dict[str, Callable[[dict[str, Any], Any], list[str]]] = {
    "holdings": _holdings,
    "unit": _unit,
    "registry": _registry,
    "quota": _quota,
    "compliance": _compliance,
}

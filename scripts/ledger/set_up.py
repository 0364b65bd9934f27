"""The calls that tie a programme's contracts together, before two people decide on everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scripts.ledger.programme import (
    EXCLUSIONS,
    HOLDERS_MAY_REQUEST,
    ORDERED_BY,
    Desks,
    actor_name,
    people,
    steps,
)

LIFETIME = 7 * 86_400
"""Seconds: of a proposal or request, to be approved in and then to be executed in."""

_NO_DELAY = 0
_NO_LIMIT = 0
_REVERSAL_WINDOW = 30 * 86_400  # CHOICE: the sources give no window; the council sets another


def set_up(
    code: str,
    authority: Any,
    registry: Any,
    desks: Desks,
    gateway: Any,
    provinces: Iterable[int],
    actors: dict[str, Any],
) -> list[Any]:
    """Calls to be made at once by whoever administers roles.

    What they set is set before the programme is adopted; afterwards it takes two people.
    """
    contracts = {
        "registry": registry,
        "gateway": gateway,
        "authority": authority,
        **desks._asdict(),
    }

    def act(target: Any, function: str, *arguments: Any) -> Any:
        data = getattr(target, function).encode_input(*arguments)
        return authority.execute.encode_input(target, data)

    calls = [
        act(registry, "setDesk", number, contracts[desk]) for number, desk in ORDERED_BY.items()
    ]
    calls.append(act(registry, "setHolderDesk", desks.holders))
    settings = (_NO_DELAY, _NO_DELAY, LIFETIME, _NO_LIMIT, _NO_LIMIT)
    calls.append(act(desks.holders, "setSettings", settings))
    calls.append(act(desks.issuance, "setReversalWindow", _REVERSAL_WINDOW))
    for name, functions in HOLDERS_MAY_REQUEST.items():
        for function in functions:
            selector = getattr(contracts[name], function).signature
            calls.append(act(desks.holders, "allowCall", contracts[name], selector, True))
    for name, decided in steps(code).items():
        for function in decided:
            step = step_of(code, contracts[name], name, function)
            calls.append(act(desks.proposals, "defineStep", *step))
    for role, other in EXCLUSIONS:
        calls.append(authority.setExclusion.encode_input(role, other, True))
    for number, name in people(provinces):
        actor = actors[actor_name(code, name)]
        calls.append(authority.grantRole.encode_input(number, actor, 0))
    calls.append(authority.adoptGateway.encode_input(gateway))
    calls.append(authority.adoptProgramme.encode_input(adopted(registry, desks)))
    return calls


def step_of(code: str, contract: Any, name: str, function: str) -> tuple[Any, ...]:
    """How a function of a contract is decided, as `defineStep` takes it."""
    step = steps(code)[name][function]
    terms = (step.proposer_role, step.approver_role, _NO_DELAY, LIFETIME, step.province_argument)
    return contract, getattr(contract, function).signature, terms


def adopted(registry: Any, desks: Desks) -> tuple[Any, ...]:
    """The contracts of a programme, as `adoptProgramme` takes them."""
    return (
        registry,
        desks.proposals,
        desks.issuance,
        desks.compliance,
        desks.liens,
        desks.holders,
    )

"""What the tests of the desks share: two people step by step, years and limits, and the books.

`actors.World` hides the second person. Here a test proposes, approves and executes by itself, at
the second that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from scripts.bench.evm import Contract, Receipt, refused, text32
from tests.contracts.actors import DECISION, LIFETIME, WINDOW, YEAR, Programme, World
from tests.contracts.words import NOTHING, Allocated, Banking

HOUR = 3600
DAY = 24 * HOUR
REPORT = text32("emission report")
OBJECTION = text32("objection")
GUARD = "3ee5aeb5"  # ReentrancyGuardReentrantCall()

ALLOWANCES, CREDITS, FOREIGN = 0b0010, 0b0100, 0b1000  # unit types of a limit, as bits


class Base(IntEnum):
    ABSOLUTE = 0
    VERIFIED = 1
    ISSUED = 2
    INITIAL = 3
    OBLIGATION = 4
    COUNTED = 5
    ATTRIBUTE = 6


class Vintages(IntEnum):
    """Which vintages of allowances a limit is about."""

    ANY = 0
    BANKED = 1
    BORROWED = 2


class Emissions(IntEnum):
    NONE = 0
    ATTESTED = 1
    DISPUTED = 2
    CONFIRMED = 3
    ASSIGNED = 4


class Proposed(IntEnum):
    NONE = 0
    PROPOSED = 1
    APPROVED = 2
    EXECUTED = 3
    STOPPED = 4
    EXPIRED = 5


class Control(IntEnum):
    TRUSTED_ONLY = 1
    TWO_REPRESENTATIVES = 2
    FREE_LOCKED = 4
    SALE_SHARE = 8
    HOLDING_LIMIT = 16
    LIMIT_FOLLOWS_ALLOCATION = 32


# ---- two people ---------------------------------------------------------------------------


def selector(contract: Contract, name: str) -> bytes:
    entry: Any = next(e for e in contract.abi if e.get("name") == name)
    return bytes(function_abi_to_4byte_selector(entry))


def alone(target: Contract, name: str, *args: Any, by: str) -> Receipt:
    """Call a sensitive step as if it were nobody else's business."""
    return target.chain.send(target.address, target.data(name, *args), by)


def propose(p: Programme, target: Contract, name: str, *args: Any, by: str) -> int:
    return propose_call(p, target, called(target, name, *args), by=by)


def propose_call(
    p: Programme, target: Contract, data: bytes, document: bytes = NOTHING, *, by: str
) -> int:
    receipt = p.proposals.propose(target, data, document, by=by)
    return int(receipt.event("ProposalMade").id)


def called(target: Contract, name: str, *args: Any) -> bytes:
    """The bytes of a call."""
    return bytes.fromhex(target.data(name, *args)[2:])


def approve(p: Programme, proposal: int, *, by: str) -> Receipt:
    read = p.proposals.proposalOf(proposal).hash
    return p.proposals.approve(proposal, read, by=by)  # type: ignore[no-any-return]


def execute(p: Programme, proposal: int, *, by: str) -> Receipt:
    """Execute a proposal; its text is read in the log, as anybody does."""
    data, document = text_of(p, proposal)
    return p.proposals.execute(proposal, data, document, by=by)  # type: ignore[no-any-return]


def text_of(p: Programme, proposal: int) -> tuple[bytes, bytes]:
    """The call of a proposal and the hash of its document."""
    made = p.proposals.chain.log(p.proposals, "ProposalMade", proposal)
    return made.data, made.document


def agreed(world: World, p: Programme, target: Contract, name: str, *args: Any, by: str) -> int:
    """A proposal that needs nothing more than to be executed."""
    proposal = propose(p, target, name, *args, by=by)
    approve(p, proposal, by=world.deputy)
    return proposal


def set_delay(
    world: World, p: Programme, target: Contract, name: str, role: int, delay: int
) -> None:
    step = (role, role, delay, LIFETIME, 0)
    p.proposals.defineStep(target, selector(target, name), step, by=world.root)


def at(world: World, moment: int) -> None:
    """The next transaction happens in this second."""
    world.chain.rpc("evm_setNextBlockTimestamp", hex(moment))


def execute_at(
    world: World, moment: int, p: Programme, target: Contract, *call: Any, by: str
) -> Receipt:
    """Two people agree a day before; the step is taken in that second."""
    world.chain.advance(moment - DAY - world.chain.time)
    proposal = agreed(world, p, target, *call, by=by)
    text = text_of(p, proposal)
    at(world, moment)
    return p.proposals.execute(proposal, *text, by=by)  # type: ignore[no-any-return]


# ---- a compliance year --------------------------------------------------------------------


def rules(
    world: World,
    *,
    deadline: int | None = None,
    before: int = 0,
    credits_since: int = 0,
    allowances_until: int = 2025,
    window: int = WINDOW,
    dispute: int = 0,
    correction: int = 0,
    multiple: int = 1,
    banking: Banking = Banking.ALL,
) -> tuple[Any, ...]:
    deadline = world.chain.time + YEAR if deadline is None else deadline
    vintages = (credits_since, allowances_until)
    windows = (window, dispute, correction)
    return (deadline, before, *vintages, *windows, multiple, int(banking), False)


def limit(
    base: Base,
    points: int = 0,
    *,
    amount: int = 0,
    parent: int = 0,
    types: int = CREDITS,
    vintages: Vintages = Vintages.ANY,
    of_all: bool = False,
    per: str = "",
    attribute: str = "",
    conditions: Sequence[tuple[Any, ...]] = (),
) -> tuple[Any, ...]:
    """A limit. `per` and `attribute` are names of attributes: counted apart, and the base."""
    names = (text32(per), text32(attribute))
    counted = (types, int(vintages), of_all)
    return (int(base), points, amount, parent, *counted, *names, list(conditions))


def define_year(
    world: World,
    p: Programme,
    limits: Sequence[tuple[Any, ...]] = (),
    *,
    year: int = 2025,
    **changes: Any,
) -> int:
    """Define a year whose deadline is a year away. Returns its deadline."""
    demanded = rules(world, **changes)
    p.compliance.defineYear(year, demanded, list(limits), by=world.officer)
    return int(demanded[0])


def confirm(world: World, p: Programme, account: str, emissions: int, year: int = 2025) -> None:
    """The verifier attests a figure and the officer confirms it."""
    p.compliance.attest(account, year, emissions, REPORT, by=world.verifier)
    p.compliance.confirm(account, year, emissions, DECISION, by=world.officer)


def surrender(
    p: Programme, account: str, unit_class: int, quantity: int, refs: Any = (), year: int = 2025
) -> Receipt:
    return p.compliance.surrender(account, year, unit_class, quantity, list(refs), by=account)  # type: ignore[no-any-return]


def allocate(
    world: World,
    p: Programme,
    account: str,
    quantity: int,
    unit_class: int = 0,
    year: int = 2025,
    kind: Allocated = Allocated.INITIAL,
) -> int:
    """Issue units of the programme's class and allocate them. Returns the allocation's number."""
    unit_class = unit_class or p.allowance
    world.issue(p.registry, unit_class, quantity)
    receipt = world.allocate(p, account, quantity, unit_class, year, kind)
    return int(receipt.event("AllocationRecorded").allocationId)


def credit_class(
    world: World, p: Programme, symbol: str, account: str, quantity: int, **spec: Any
) -> int:
    """A class of credits, of which an account has some."""
    unit_class = world.define(p.registry, symbol, unit_type=2, **spec)
    world.credits(p.registry, account, unit_class, quantity)
    return unit_class


def limited(
    world: World, p: Programme, account: str, most: int, controls: int = Control.HOLDING_LIMIT
) -> None:
    """An account that may hold so much of the programme's allowances."""
    p.registry.setHoldingLimitClasses([(p.registry, p.allowance)], by=world.root)
    p.registry.setAccountControls(account, controls, most, by=world.registrar)


# The steps that lead to each state of a figure.
REACHED = {
    Emissions.NONE: [],
    Emissions.ATTESTED: ["attest"],
    Emissions.DISPUTED: ["attest", "dispute"],
    Emissions.CONFIRMED: ["attest", "confirm"],
    Emissions.ASSIGNED: ["orderReport", "assign"],
}


def take(world: World, step: str, figure: int = 100) -> Any:
    """One step of Alice's figure for 2025."""
    desk, alice = world.CN.compliance, world.alice
    if step == "attest":
        return desk.attest(alice, 2025, figure, REPORT, by=world.verifier)
    if step == "dispute":
        return desk.dispute(alice, 2025, OBJECTION, by=alice)
    if step == "orderReport":
        receipt = desk.orderReport(alice, 2025, DECISION, by=world.officer)
        world.chain.advance(1)  # the last second in which the order was met
        return receipt
    if step == "assign":
        return desk.assign(0, alice, 2025, figure, DECISION, by=world.officer)
    return getattr(desk, step)(alice, 2025, figure, DECISION, by=world.officer)


def close(world: World, deadline: int) -> None:
    """The results of 2025 are published in the first second that allows it."""
    at(world, deadline + 1)
    world.CN.compliance.publish(2025, text32("results"), by=world.officer)


# ---- the books ----------------------------------------------------------------------------


def books(world: World) -> dict[str, str]:
    """The hash of everything that each contract remembers: totals, balances, blocks, obligations.

    Proposals are left out: that two people agreed on what is then refused stays on record. So is
    the authority, of which a proposal asks: anvil's hash counts a zero once it was read.
    """
    contracts = {"gateway": world.gateway}
    for p in world.programmes:
        for part in ("registry", "issuance", "compliance", "liens", "holders"):
            contracts[f"{part} of {p.code}"] = getattr(p, part)
    return {
        name: world.chain.rpc("eth_getProof", contract.address, [], "latest")["storageHash"]
        for name, contract in contracts.items()
    }


@contextmanager
def refusal(world: World, name: str, *values: Any) -> Iterator[None]:
    """The block is refused with exactly this error, and the books are as they were."""
    before = books(world)
    with refused(name, *values):
        yield
    assert books(world) == before

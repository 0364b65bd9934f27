"""Compares a mirror with what it should be: with its own digests, with the contracts, or row by row
with a second mirror made from the ledger's logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from enum import Enum
from itertools import chain, islice

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, check_contracts
from registry_node.domain.errors import Inconsistent, NotFound, Unavailable
from registry_node.domain.subjects import LEDGER, Subject
from registry_node.indexer import (
    identity,
    invariants,
    questions_compliance,
    questions_desks,
    questions_holders,
    questions_links,
    questions_lots,
    questions_roles,
    questions_units,
    replay,
    rows,
)
from registry_node.indexer.folding import Damage, damages
from registry_node.indexer.questions import Asked, Question
from registry_node.indexer.report import Difference, Report
from registry_node.indexer.subjects import Names, of_block
from registry_node.store.connection import Connection
from registry_node.store.database import Location, open_reader

_AT_ONCE = 2_000
_MOST_NAMED = 1_000
"""Damaged ledger blocks whose accounts are looked up; with more, everything is in doubt."""

Progress = Callable[[str, int, int | None], None]
"""Gets what is being done, how far it is, and where it ends if that is known."""


class Mode(Enum):
    """How much is compared."""

    QUICK = "quick"
    """The mirror's own rows with its own digests. Needs no chain."""
    CONTRACTS = "contracts"
    """That, and everything that the contracts can be asked, at one ledger block."""
    REPLAY = "replay"
    """The fold, and every row with what the ledger's logs, fetched anew, come to."""
    OFFLINE = "offline"
    """The same, with the raw logs that the mirror keeps. Needs no chain."""

    @property
    def needs_chain(self) -> bool:
        return self in {Mode.CONTRACTS, Mode.REPLAY}


def verify(
    client: ChainClient | None,
    database: Location,
    at: int | None = None,
    progress: Progress | None = None,
    *,
    deployment: Deployment | None = None,
    mode: Mode = Mode.CONTRACTS,
) -> Report:
    """Compare a mirror at height `at`, or at its head, with what it should be.

    With a `deployment` the mirror must be of it, and its rows must come to its digests; without one
    only the contracts are compared. Asking the contracts compares every account, class, total,
    balance, unit block, list, role, link, terms, quota meter and lot, all that the desks keep and
    the code of every address, and checks the invariants 1, 2, 3, 7 and 8 over the mirror itself.

    `progress` gets how far each part is. Raises `NotFound` for a height that the mirror does not
    have, `Unavailable` when the chain does not answer or does not have the mirror's block (it may
    be reorganising; the indexer follows), `InvalidInput` when an address of the deployment has no
    contract.
    """
    tell = progress or (lambda *_: None)
    if not mode.needs_chain:
        client = None
    if deployment and client:
        check_contracts(client, deployment)
    # One snapshot, while the indexer goes on.
    with closing(open_reader(database)) as connection, connection.snapshot():
        report = _begin(connection, at, client)
        names = Names(connection)
        identity.check(connection, deployment, report)
        same_ledger = report.ok
        if deployment:
            folded(connection, deployment, report, tell)
        block_hash = _hash_there(client, report) if client else report.block_hash
        if mode is Mode.CONTRACTS and client and same_ledger:
            _ask_contracts(client, connection, report, block_hash, tell)
        elif deployment and mode in {Mode.REPLAY, Mode.OFFLINE}:
            _replay(client, connection, deployment, report, tell, whole=at is None)
        report.differences = [_with_subjects(d, names) for d in report.differences]
    return report


def folded(
    connection: Connection, deployment: Deployment, report: Report, tell: Progress | None = None
) -> None:
    """Add each ledger block whose rows do not come to its recorded digest."""
    start, head = deployment.start_block, report.height
    report.compared["digest"] += max(0, head - start + 1)

    def progress(done: int, last: int) -> None:
        if tell:
            tell("ledger blocks folded", done, last)

    names: Names | None = None
    for number, damage in enumerate(damages(connection, start, deployment.seed, head, progress)):
        names = names or Names(connection)
        concerns: tuple[Subject, ...] = (LEDGER,)
        if damage.what == "digest" and number < _MOST_NAMED:
            concerns = tuple(of_block(connection, names, damage.block)) or (LEDGER,)
        report.differences.append(_of_damage(damage, concerns))


def compare_replayed(
    mirror: Connection,
    reference: Connection,
    report: Report,
    tell: Progress | None = None,
    *,
    whole: bool = True,
) -> None:
    """Add every row of `mirror` that is not as in `reference`, a mirror made from the logs."""

    def progress(done: int) -> None:
        if tell:
            tell("rows compared", done, None)

    names = Names(reference, mirror)
    identity.compare_meta(mirror, reference, report)
    rows.compare(mirror, reference, report, progress, whole=whole)
    report.differences = [_with_subjects(d, names) for d in report.differences]


# ---- parts ----------------------------------------------------------------------------------


def _begin(connection: Connection, at: int | None, client: ChainClient | None) -> Report:
    """At a height, or at the highest ledger block that both the mirror and the chain have."""
    highest = at
    if highest is None:
        highest = 2**63 - 1 if client is None else client.head_number()
    row = connection.execute(
        "SELECT number, hash, digest FROM header WHERE number <= ? ORDER BY number DESC LIMIT 1",
        (highest,),
    ).fetchone()
    if row is None or at not in (None, row[0]):
        low, high = connection.execute("SELECT MIN(number), MAX(number) FROM header").fetchone()
        raise NotFound(
            f"The mirror {connection.name} has no ledger block {'yet' if low is None else at}.",
            "Index it first: 'tonnelink index --once'."
            if low is None
            else f"It has the blocks {low} to {high}.",
        )
    return Report(row[0], bytes(row[1]), bytes(row[2]))


def _hash_there(client: ChainClient, report: Report) -> bytes:
    """The chain's hash of the mirror's ledger block. Where the mirror's is another, and its rows
    say that it was changed, that is a finding; else the chain is of another mind."""
    header = client.header_at(report.height)
    damaged = any(d.kind in {"digest", "header"} for d in report.differences)
    if header is not None and (header.hash == report.block_hash or damaged):
        report.compare("header", f"ledger block {report.height}", report.block_hash, header.hash)
        return header.hash
    raise Unavailable(
        f"The chain at {client.name} does not have the mirror's ledger block"
        f" {report.height} (0x{report.block_hash.hex()}).",
        "The mirror is behind a reorganisation, or the node is: index and try again.",
    )


def _replay(
    client: ChainClient | None,
    connection: Connection,
    deployment: Deployment,
    report: Report,
    tell: Progress,
    *,
    whole: bool,
) -> None:
    def progress(done: int, last: int) -> None:
        tell("ledger blocks replayed", done, last)

    with replay.scratch() as database:
        try:
            if client:
                replay.from_chain(client, deployment, database, progress)
            else:
                replay.from_own_logs(connection, deployment, database, report.height, progress)
        except Inconsistent as error:
            if client:
                raise
            report.differences.append(
                Difference("raw_log", "replayed", str(error), "logs that fit", None, (LEDGER,))
            )
            return
        compare_replayed(connection, database.connection, report, tell, whole=whole)


def _ask_contracts(
    client: ChainClient, connection: Connection, report: Report, block_hash: bytes, tell: Progress
) -> None:
    asked = Asked(connection, report.height)
    invariants.check(asked, report)
    later = asked.not_yet_there(client, block_hash)
    counts = questions_links.NONE
    if asked.gateway not in later:
        counts = questions_links.counts(client, asked, block_hash)
    questions = chain(
        questions_units.questions(asked, report),
        questions_desks.questions(asked, report),
        questions_compliance.questions(asked, report),
        questions_holders.questions(asked, report),
        questions_roles.questions(asked, report),
        questions_links.questions(asked, report, counts),
        questions_lots.questions(asked, report, counts.lots),
    )
    there = (question for question in questions if question.contract not in later)
    _ask(client, there, block_hash, tell)


def _ask(
    client: ChainClient, questions: Iterable[Question], block_hash: bytes, tell: Progress
) -> None:
    pending = iter(questions)
    done = 0
    while batch := list(islice(pending, _AT_ONCE)):
        calls = [(question.contract, question.data) for question in batch]
        for question, answer in zip(batch, client.contract_calls(calls, block_hash), strict=True):
            question.check(answer)
        done += len(batch)
        tell("questions answered", done, None)


# ---- whom findings are about ----------------------------------------------------------------


def _of_damage(damage: Damage, concerns: tuple[Subject, ...]) -> Difference:
    return Difference(
        "digest" if damage.what == "digest" else "header",
        f"ledger block {damage.block}",
        damage.mirror,
        damage.expected,
        damage.block,
        concerns,
    )


def _with_subjects(difference: Difference, names: Names) -> Difference:
    if difference.concerns:
        return difference
    d = difference
    return replace(d, concerns=tuple(names.of_text(d.kind, d.subject, d.mirror, d.ledger)))

"""Compares a mirror with the contracts, all at one ledger block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import chain, islice

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, check_contracts
from registry_node.domain.errors import NotFound, Unavailable
from registry_node.indexer import (
    identity,
    invariants,
    questions_compliance,
    questions_desks,
    questions_holders,
    questions_links,
    questions_units,
)
from registry_node.indexer.questions import Asked, Question
from registry_node.indexer.report import Report
from registry_node.store.database import Location, open_reader

_AT_ONCE = 2_000

Progress = Callable[[int], None]


def verify(
    client: ChainClient,
    database: Location,
    at: int | None = None,
    progress: Progress | None = None,
    *,
    deployment: Deployment | None = None,
) -> Report:
    """Compare every account, class, total, balance, unit block, list, link, terms, quota meter and
    lot of the mirror, and all that the desks keep, with the contracts at height `at`, or at the
    mirror's head; and check the invariants 1, 2, 3, 7 and 8 over the mirror itself. With a
    `deployment` the mirror must be of it; when it is not, or names classes or registries that it
    does not have, that is all that is reported.

    `progress` gets the number of questions answered. Raises `NotFound` for a height that the
    mirror does not have, `Unavailable` when the chain does not answer or does not have the
    mirror's block (it may be reorganising; the indexer follows), `InvalidInput` when an address of
    the deployment has no contract.
    """
    if deployment:
        check_contracts(client, deployment)
    # One snapshot, while the indexer goes on.
    with closing(open_reader(database)) as connection, connection.snapshot():
        row = connection.execute(
            "SELECT number, hash, digest FROM header WHERE number <= ?"
            " ORDER BY number DESC LIMIT 1",
            (2**63 - 1 if at is None else at,),
        ).fetchone()
        if row is None or at not in (None, row[0]):
            wanted = "any" if at is None else at
            raise NotFound(
                f"The mirror {connection.name} does not have ledger block {wanted}.",
                "Index it first: 'tonnelink index --once'.",
            )
        report = Report(row[0], bytes(row[1]), bytes(row[2]))
        header = client.header_at(report.height)
        if header is None or header.hash != report.block_hash:
            raise Unavailable(
                f"The chain at {client.name} does not have the mirror's ledger block"
                f" {report.height} (0x{report.block_hash.hex()}).",
                "The mirror is behind a reorganisation, or the node is: index and try again.",
            )
        identity.check(connection, deployment, report)
        if not report.ok:
            return report
        asked = Asked(connection, report.height)
        invariants.check(asked, report)
        counts = questions_links.counts(client, asked, report.block_hash)
        questions = chain(
            questions_units.questions(asked, report),
            questions_desks.questions(asked, report),
            questions_compliance.questions(asked, report),
            questions_holders.questions(asked, report),
            questions_links.questions(asked, report, counts),
        )
        _ask(client, questions, report, progress or (lambda _: None))
    return report


def _ask(
    client: ChainClient, questions: Iterable[Question], report: Report, progress: Progress
) -> None:
    pending = iter(questions)
    done = 0
    while batch := list(islice(pending, _AT_ONCE)):
        calls = [(question.contract, question.data) for question in batch]
        for question, answer in zip(
            batch, client.contract_calls(calls, report.block_hash), strict=True
        ):
            question.check(answer)
        done += len(batch)
        progress(done)

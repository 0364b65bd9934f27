"""Backups of a mirror, and restoring them: of one moment while the node runs, checked before they
count."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from registry_node.chain.deployment import Deployment
from registry_node.domain.errors import Inconsistent, InvalidInput, Unavailable
from registry_node.domain.files import check_folder, check_new
from registry_node.indexer.folding import damages
from registry_node.store import portable
from registry_node.store.connection import Connection
from registry_node.store.database import (
    Database,
    Location,
    open_reader,
    set_meta,
    store_at,
)
from registry_node.store.portable import Contents, Progress
from registry_node.store.tables import tables
from registry_node.store.version import SCHEMA_VERSION

_OF_THE_PLACE = {"schema", "indexes"}
"""Keys of meta that say how a database is made, not what is mirrored."""


def backup(location: Location, file: Path, progress: Progress, *, force: bool = False) -> Contents:
    """Write everything that the mirror holds to `file`, as of one moment; the node goes on.

    The file appears when it is whole. Raises `InvalidInput` as `check_new`, `Unavailable` without
    a mirror, or when the file cannot be written.
    """
    check_new(file, force=force, if_folder="To keep backups in it, give --keep N.")
    part = file.with_name(file.name + ".part")
    with closing(open_reader(location)) as connection, connection.snapshot():
        contents = _contents(connection)
        try:
            with os.fdopen(
                os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as out:
                portable.write(connection, contents, out, progress)
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(
                f"{file} cannot be written: {error.strerror}.", "Name a place that has room for it."
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return contents


def backup_into(
    location: Location, folder: Path, keep: int, progress: Progress
) -> tuple[Contents, Path]:
    """Write a backup named after the time to `folder`; the `keep` newest stay. One at a time.

    Nothing is removed before the new one is whole. Raises as `backup`.
    """
    check_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise InvalidInput(f"{folder} is not a folder.", "Name one to keep backups in.") from error
    file = folder / f"mirror-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.backup"
    contents = backup(location, file, progress)
    older = sorted(folder.glob("mirror-????-??-??T??????Z.backup"))[:-keep]
    for path in (*older, *folder.glob("mirror-*.backup.part")):  # parts: one was killed
        path.unlink(missing_ok=True)
    return contents, file


def restore(
    location: Location,
    file: Path,
    deployment: Deployment,
    progress: Progress,
    *,
    force: bool = False,
) -> Contents:
    """Make the mirror that a backup holds. It takes its place when it is whole and checked.

    Refuses with `InvalidInput` a damaged backup, one of another deployment or of a newer program,
    and, without `force`, a place that has a mirror. Raises `Inconsistent` when the backup's rows
    do not come to the digests that are recorded in it.
    """
    contents = portable.read_contents(file)
    _check_origin(contents, file, deployment)
    store = store_at(location)
    if not force and store.exists():
        raise InvalidInput(
            f"There is a mirror at {store.name} already.",
            "Name another place, or give --force to replace it; nothing has changed.",
        )
    with store.replacing() as draft, Database(draft, "NORMAL", named=False) as database:
        _fill(database, contents, file, progress)
        with database.connection.snapshot():
            _check_digests(database.connection, contents, deployment, file)
    return contents


def _contents(connection: Connection) -> Contents:
    head = connection.execute(
        "SELECT number, hash, digest FROM header ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if head is None:
        raise Unavailable(
            "The mirror has not indexed any ledger block yet.", "Run 'tonnelink index --once'."
        )
    known = tables()
    counts = {
        name: int(connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0])  # noqa: S608
        for name in known
    }
    meta = dict(connection.execute("SELECT key, value FROM meta ORDER BY key").fetchall())
    return Contents(
        schema=SCHEMA_VERSION,
        identity={key: value for key, value in meta.items() if key not in _OF_THE_PLACE},
        height=head[0],
        block_hash=f"0x{bytes(head[1]).hex()}",
        digest=f"0x{bytes(head[2]).hex()}",
        created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        columns={name: list(table.columns) for name, table in known.items()},
        rows=counts,
    )


def _check_origin(contents: Contents, file: Path, deployment: Deployment) -> None:
    for key, value in deployment.identity.items():
        if contents.identity.get(key) != value:
            raise InvalidInput(
                f"{file} is of another deployment: {key} is {contents.identity.get(key)} there and"
                f" {value} in the deployment file.",
                "Name the home of the backup's own deployment with --home.",
            )
    if contents.schema != SCHEMA_VERSION:
        raise InvalidInput(
            f"{file} has schema {contents.schema}; this program reads {SCHEMA_VERSION}.",
            "Restore it with the program that made it.",
        )
    known = tables()
    for name, columns in contents.columns.items():
        if name not in known or list(known[name].columns) != columns:
            raise InvalidInput(
                f"{file} has schema {contents.schema}, in which table {name} is another.",
                "Restore it with the program that made it.",
            )


def _fill(database: Database, contents: Contents, file: Path, progress: Progress) -> None:
    """In one transaction, and with indexes made at the end."""
    database.postpone_indexes()
    connection, done = database.connection, 0
    found = dict.fromkeys(contents.rows, 0)
    with connection.transaction():
        for table, rows in portable.read_rows(file):
            if table.name == "meta":
                for key, value in rows:
                    if key not in _OF_THE_PLACE:
                        set_meta(connection, key, value)
            else:
                connection.insert(table, rows)
            found[table.name] += len(rows)
            done += len(rows)
            progress(done)
    if found != contents.rows:
        raise Inconsistent(f"{file} does not hold as many rows as it says.", "Use another backup.")
    database.build_indexes()


def _check_digests(
    connection: Connection, contents: Contents, deployment: Deployment, file: Path
) -> None:
    (digest,) = connection.execute(
        "SELECT digest FROM header WHERE number = ?", (contents.height,)
    ).fetchone() or (b"",)
    wrong = None
    if f"0x{bytes(digest).hex()}" != contents.digest:
        wrong = f"the digest at ledger block {contents.height} is not {contents.digest}"
    else:
        found = damages(connection, deployment.start_block, deployment.seed, contents.height)
        damage = next(found, None)
        if damage is not None:
            wrong = f"the rows of ledger block {damage.block} do not come to its digest"
    if wrong:
        raise Inconsistent(
            f"{file} is not a sound mirror: {wrong}.", "Use another backup, or index anew."
        )

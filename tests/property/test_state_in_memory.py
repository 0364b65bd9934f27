"""What the cache of the state finds by itself, and when it asks the database."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_node.indexer import view
from registry_node.indexer.mirror import Mirror
from registry_node.store.state import StateReader
from tests.support.ledger import HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import open_temporary

serials = st.integers(1, 60)


@given(
    st.lists(st.one_of(st.tuples(st.just("add"), serials), st.tuples(st.just("ask"), serials))),
    st.integers(0, 5),
)
def test_first_serials_are_found_among_those_that_were_added(
    steps: list[tuple[str, int]], few: int
) -> None:
    firsts, known = view.Firsts(), set[int]()
    with mock.patch.object(view, "_FEW", few):
        for step, serial in steps:
            if step == "ask":
                expected = max((n for n in known if n <= serial), default=None)
                assert firsts.before(serial) == expected
            elif serial not in known:
                known.add(serial)
                firsts.add(serial)


def test_a_mirror_that_began_empty_asks_its_database_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks waits until everything is written: computing would not go on meanwhile."""

    def ask(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(StateReader, "version", ask)
    monkeypatch.setattr(StateReader, "unit_block", ask)
    ledger = Ledger()
    ledger.define()
    ledger.issue(HOLDERS[0], 100)
    ledger.seal()
    ledger.move_named(ledger.movable()[0], 40, 20, HOLDERS[1], HELD)  # the middle of a block
    ledger.seal()
    with open_temporary(tmp_path / "mirror.sqlite") as database:
        mirror = Mirror(database, deployment())
        for block in ledger.chain:
            mirror.apply([block], block[0].number)
        assert mirror.head == ledger.chain[-1][0].number

"""For all tests of the node: which stores they run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_node.store.database import Location
from tests.support import orphans
from tests.support import places as support
from tests.support.places import Files, Places, Schemas


def pytest_configure() -> None:
    orphans.watch()


def pytest_report_header() -> str:
    return support.server_description()


class _AllPlaces(dict[str, Places]):
    """Places of each kind, made when they are first asked for: not every run needs a server."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, kind: str) -> Places:
        self[kind] = Files(self._folder) if kind == Files.kind else Schemas()
        return self[kind]


@pytest.fixture(scope="session")
def all_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Places]]:
    made = _AllPlaces(tmp_path_factory.mktemp("mirrors"))
    yield made
    for places in made.values():
        if isinstance(places, Schemas):
            places.drop()


@pytest.fixture(scope="session", params=support.KINDS)
def places(request: pytest.FixtureRequest, all_places: dict[str, Places]) -> Places:
    """Places for mirrors. What asks for it runs once on each store."""
    return all_places[request.param]


@pytest.fixture
def place(places: Places) -> Iterator[Location]:
    """A place for the mirror of one test."""
    with places.lent() as lent:
        yield lent

"""For all tests of the node: which stores they run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry_node.store.database import Location
from tests.support import places as support
from tests.support.places import Files, Places, Schemas


def pytest_report_header() -> str:
    return support.server_description()


@pytest.fixture(scope="session", params=support.KINDS)
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    """Places for mirrors. What asks for it runs once on each store."""
    if request.param == Files.kind:
        yield Files(tmp_path_factory.mktemp("mirrors"))
        return
    schemas = Schemas()
    yield schemas
    schemas.drop()


@pytest.fixture
def place(places: Places) -> Iterator[Location]:
    """A place for the mirror of one test."""
    with places.lent() as lent:
        yield lent

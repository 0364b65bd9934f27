"""Nothing is signed about whom the mirror is known to be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry_node import bootstrap
from registry_node.attest.statement import Issuer
from registry_node.config import Settings, load
from registry_node.domain.errors import Unavailable
from registry_node.domain.subjects import Subject
from registry_node.store import marks
from registry_node.store.database import open_beside
from tests.support.border import border_story
from tests.support.rows import address

PLANT = address("CN plant")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    story = border_story(tmp_path / "mirror.sqlite")
    (tmp_path / "deployment.json").write_text(json.dumps(story.deployment()))
    story.close()
    made = load({"home": tmp_path}, {})
    bootstrap.statement_keys(made).make()
    return made


@pytest.fixture
def issuer(settings: Settings) -> Issuer:
    deployment = bootstrap.load_deployment(settings)
    reader = bootstrap.open_reader(settings, deployment)
    return bootstrap.statement_issuer(settings, deployment, reader)


def doubt(settings: Settings, subject: Subject, since: int | None) -> None:
    made = marks.Reconciliation("replay", 10, bytes(32), 0, 1, since)
    with open_beside(settings.mirror) as connection, connection.transaction():
        found = {"replay": [marks.Mark(subject, "holding", since)]}
        marks.record(connection, made, found, ["replay"])


def test_a_statement_about_somebody_in_doubt_is_refused(settings: Settings, issuer: Issuer) -> None:
    mine: dict[str, Any] = {"registry": "CN", "account": PLANT}
    issuer.issue("holdings", **mine)
    doubt(settings, Subject("account", "CN", f"0x{PLANT.hex()}"), since=4)
    with pytest.raises(Unavailable, match=f"about CN 0x{PLANT.hex()}"):
        issuer.issue("holdings", **mine)
    issuer.issue("holdings", at=3, **mine)  # it was right before
    issuer.issue("registry", registry="KR")
    doubt(settings, Subject("link", "", "CN_KR"), since=None)
    with pytest.raises(Unavailable, match="about CN_KR"):
        issuer.issue("quota", link="CN_KR")
    issuer.issue("holdings", **mine)

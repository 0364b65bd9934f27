"""The page at `/`, its script run by Node.js over a few stand-ins for what a browser has."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_node.access.table import TABLE, Sees
from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.queries.snapshot import Directory, Reader
from scripts.toolchain import python_env
from scripts.toolchain.nodejs import bundled_node, system_node
from scripts.toolchain.paths import TOOLS_VENV

TOKEN = "tonnelink_0068fc6a243a_" + "x" * 43

BROWSER = Path(__file__).parents[1] / "support" / "browser.js"


@cache
def page(access: str) -> str:
    reader = Reader(Path("none"), Directory(bytes(20)))
    closed = {row.path for row in TABLE if row.public is Sees.REFUSED} if access == "tokens" else ()
    app = create_app(reader, HealthCheck(reader, lambda: 0), "0", closed=closed)
    return str(TestClient(app).get("/").text)


def play(
    actions: str = "", *, access: str = "tokens", closed: bool = False, status: str = "ok"
) -> dict[str, Any]:
    """What the page shows and asks after a user's actions."""
    node = system_node() or bundled_node(python_env.site_packages(TOOLS_VENV))
    if node is None:
        pytest.skip("there is no Node.js")
    text = page(access)
    (shown,) = re.findall(r'data-access="(\w+)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    given = {"access": shown, "token": TOKEN, "closed": closed, "status": status}
    program = f"""
        const GIVEN = {json.dumps(given)};
        {BROWSER.read_text()}
        {script.replace('"use strict";', "")}
        settled().then(async () => {{ {actions} }}).then(tell);
    """
    command = [str(node.node), "-"]
    done = subprocess.run(
        command, input=program, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_an_open_node_s_page_asks_for_no_token() -> None:
    said = play(access="open")
    assert not said["field"]
    assert "CN:CEA-2021:7 is HELD" in said["life"]


def test_a_token_is_sent_as_a_header_and_kept_for_the_tab_only() -> None:
    before = play()
    assert before["field"]
    assert before["who"] == "Without a token: what is public."
    assert "not public" in before["life"]
    assert {token for _, token in before["asked"]} == {None}
    said = play(f"await enter(' {TOKEN} ');")
    assert said["stored"] == {"token": TOKEN}
    assert said["left"] == ""
    assert "what this token opens" in said["who"]
    assert "not public" not in said["life"]
    assert "In doubt: the mirror differs about CN 0x12." in said["life"]
    assert ["/v1/units/CN/CEA-2021/7", f"Bearer {TOKEN}"] in said["asked"]
    assert not any(TOKEN in path for path, _ in said["asked"])


def test_a_token_can_be_forgotten() -> None:
    said = play(f"await enter('{TOKEN}'); $('forget').handlers.click(); await settled();")
    assert said["stored"] == {}
    assert said["who"] == "Without a token: what is public."
    assert said["asked"][-1][1] is None


def test_a_refusal_says_what_to_do() -> None:
    assert play(closed=True)["life"] == "This is not public. Enter a token above."
    said = play(f"await enter('{TOKEN}');", closed=True)
    assert said["life"] == "Registry CN is not open. Ask for another."
    said = play("await enter('tonnelink_mistyped'); await refresh();")
    assert said["who"] == "The token does not count. It may be expired."
    assert said["as-of"] == "as of ledger block 9, final"
    refused = [path for path, token in said["asked"] if token]
    assert len(refused) == len(set(refused))  # not again and again
    assert "not a token" in play("await enter('t\\u00f6ken');")["who"]


def test_the_page_says_when_answers_are_in_doubt() -> None:
    said = play(access="open", status="degraded")
    assert "some answers are in doubt" in said["as-of"]
    assert "undefined" not in said["as-of"]


def test_the_field_s_value_could_not_get_into_an_address() -> None:
    (field,) = re.findall(r'<input id="token"[^>]*>', page("tokens"))
    assert " name=" not in field
    assert 'type="password"' in field

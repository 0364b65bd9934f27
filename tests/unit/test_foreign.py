"""JSON of others that is nested without end: each place that reads any refuses it in words, in a
process whose stack would end first (one of web3's dependencies raises Python's limit)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest

from registry_node.domain.foreign import MOST_LEVELS, loads

DEEP = b'{"jsonrpc": "2.0", "id": 0, "result": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.parametrize("text", ["1", '"a"', "[]", "[[1, 2], {}]", "null"])
def test_what_is_not_deep_is_read(text: str) -> None:
    assert loads(text) == loads(text.encode()) == orjson.loads(text)


@pytest.mark.parametrize("text", ["", "1,2", "],[", "]", "[[", "[]]", "[1],[1]", "nul", "\ud800"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # orjson's, json's or Unicode's own
        loads(text)


@pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a":', "}")])
def test_the_depth_is_bounded(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return opening * levels + ("1" if closing == "}" else "") + closing * levels

    assert loads(nested(MOST_LEVELS))
    with pytest.raises(ValueError, match="deep"):
        loads(nested(MOST_LEVELS + 1))


class _Deep(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(DEEP)))
        self.end_headers()
        self.wfile.write(DEEP)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Deep)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


PLACES = {
    "the indexer's questions": """
    from registry_node.chain.retry import Retry
    from registry_node.chain.rpc import JsonRpc
    JsonRpc(node, timeout=20, retry=Retry(attempts=1)).call("eth_chainId")""",
    "a signer's questions": """
    from registry_node.cli.ledger import Contracts, Ledger
    contracts = Contracts({}, b"", 1, {}, {})
    Ledger(node, contracts, None, timeout=20, receipt_timeout=20).check_chain()""",
    "another node's digests": """
    from registry_node.reconciling import NodeSide
    NodeSide(node, 20).at(None)""",
    "a node's health": """
    from registry_node.cli.main import tonnelink
    tonnelink.main(["health", "--url", node], standalone_mode=False)""",
    "a keystore": """
    from registry_node.cli.keystore import load_signer
    load_signer(file, None, file, "")""",
    "a deployment": """
    from registry_node.chain.deployment import load_deployment
    load_deployment(file)""",
    "a statement": """
    from registry_node.attest.jws import read_object
    read_object(file.read_bytes())""",
    "keys of statements": """
    from registry_node.attest.keys import parse_jwks
    parse_jwks(file.read_bytes(), "keys")""",
}


@pytest.mark.parametrize("place", PLACES)
def test_deep_json_is_refused_in_words(place: str, node: str, tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_bytes(DEEP)
    program = f"""
import sys
from pathlib import Path
from registry_node.attest.strict import Malformed
from registry_node.domain.errors import TonnelinkError
node, file = sys.argv[1], Path(sys.argv[2])
sys.setrecursionlimit(100_000)  # as py_ecc does, which web3 imports
def ask():{PLACES[place]}
try:
    sys.exit(f"not refused: {{ask()}}")
except (TonnelinkError, Malformed) as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, node, file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()

"""Words of 32 bytes: what is kept as text, and what as a hash."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from registry_node.cli.hashes import (
    NOTHING,
    document_of,
    file_hash,
    memo_of,
    proposal_hash,
    word_of,
)
from registry_node.domain.errors import InvalidInput

HASH = "0x" + "5f" * 32
LONG = "a text that does not fit into a word"


def test_short_text_is_kept_as_it_is() -> None:
    for kept in (word_of, memo_of):
        assert kept("case 17") == b"case 17".ljust(32, b"\0")
        assert kept("") == NOTHING
        assert kept("a" * 32) == b"a" * 32
        assert kept(HASH) == bytes.fromhex(HASH[2:])
        with pytest.raises(InvalidInput, match="is not a hash"):
            kept("0x12")


@pytest.mark.parametrize("text", [LONG, "\u6c34"])
def test_other_text_is_hashed_but_for_a_memo(text: str) -> None:
    assert word_of(text) == keccak(text.encode())
    with pytest.raises(InvalidInput, match="is not 32 ASCII characters or fewer") as told:
        memo_of(text)
    assert "--text-file" in told.value.hint


def test_files_are_hashed_whole(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(bytes(range(256)) * 10_000)  # more than is read at once
    assert file_hash(file) == keccak(file.read_bytes())
    assert document_of(str(file)) == file_hash(file)
    assert document_of(HASH) == bytes.fromhex(HASH[2:])
    assert document_of(None) == NOTHING
    with pytest.raises(InvalidInput, match="There is no file"):
        document_of(str(tmp_path / "missing"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        file_hash(tmp_path)


def test_an_approver_names_the_call_its_contract_and_its_document() -> None:
    target, call, document = b"\1" * 20, b"\2" * 100, b"\3" * 32
    words = ["0x" + target.hex(), document, keccak(call)]
    expected = keccak(encode(["address", "bytes32", "bytes32"], words))
    assert proposal_hash(target, call, document) == expected
    others = ((b"\4" * 20, call, document), (target, call + b"\0", document))
    assert expected not in {proposal_hash(*other) for other in (*others, (target, call, NOTHING))}

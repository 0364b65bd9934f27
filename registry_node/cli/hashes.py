"""Words of 32 bytes as the ledger keeps them: short text, numbers, and hashes of what is longer."""

from __future__ import annotations

import re
from pathlib import Path

from eth_abi.abi import encode
from eth_hash.auto import keccak

from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import unreadable

WORD = 32
NOTHING = bytes(WORD)

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_PIECE = 1 << 20


def word_of(text: str) -> bytes:
    """Evidence, a reason or a file hash: 0x hexadecimal, short ASCII text, or the text's hash."""
    if text.startswith("0x"):
        return parse_hash(text)
    return _short(text) or keccak(text.encode())


def memo_of(text: str) -> bytes:
    """A short public text. Raises `InvalidInput` when it is too long to be read on the ledger."""
    if text.startswith("0x"):
        return parse_hash(text)
    word = _short(text)
    if word is None:
        raise InvalidInput(
            f"'{text}' is not {WORD} ASCII characters or fewer.",
            "Keep it short, and give the whole text with --text-file.",
        )
    return word


def parse_hash(text: str) -> bytes:
    if not _HASH.fullmatch(text):
        raise InvalidInput(f"'{text}' is not a hash.", "Hashes are 0x and 64 hexadecimal digits.")
    return bytes.fromhex(text[2:])


def file_hash(path: Path) -> bytes:
    """keccak-256 of a file's bytes."""
    hasher = keccak.new(b"")
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                hasher.update(piece)
    except OSError as error:
        raise unreadable(path, error) from error
    return hasher.digest()


def document_of(text: str | None) -> bytes:
    """--document: a file, which is hashed, or a hash; nothing without it."""
    if text is None:
        return NOTHING
    return parse_hash(text) if text.startswith("0x") else file_hash(Path(text))


def proposal_hash(target: bytes, call: bytes, document: bytes) -> bytes:
    """What an approver repeats (`IProposalDesk.hashOf`)."""
    kinds = ["address", "bytes32", "bytes32"]
    return keccak(encode(kinds, [target, document, keccak(call)]))


def _short(text: str) -> bytes | None:
    """Short ASCII text in a word; None when it does not fit."""
    fits = text.isascii() and len(text) <= WORD
    return text.encode("ascii").ljust(WORD, b"\0") if fits else None

"""Tries of receipts and transactions: the path from an item to its block's root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from registry_node.attest.encoding import decode
from registry_node.attest.strict import Malformed


class PathBroken(Malformed):
    """`node` is the first node of a path that does not fit; None: they fit and lead elsewhere."""

    def __init__(self, node: int | None, message: str) -> None:
        super().__init__(message)
        self.node = node


class ItemTrie:
    """The trie of a block's receipts, or transactions, in their order."""

    def __init__(self, items: Sequence[bytes]) -> None:
        self._trie: Any = HexaryTrie({})
        for index, item in enumerate(items):
            self._trie[_key(index)] = item

    @property
    def root(self) -> bytes:
        return bytes(self._trie.root_hash)

    def path(self, index: int) -> list[bytes]:
        """The nodes from the root to the item, each in RLP."""
        nodes: Any = self._trie.get_proof(_key(index))
        return [_encode(node) for node in nodes]


def check_path(root: bytes, index: int, path: Sequence[bytes], item: bytes) -> None:
    """Raises `PathBroken` unless the path leads from the root to exactly this item at its index,
    and has no node besides."""
    expected = [root]
    for place, node in enumerate(path):
        digest = keccak(node)
        if not any(digest in before for before in expected):
            told = "the block's root is another" if not place else "the node before leads elsewhere"
            raise PathBroken(place, told)
        expected = [node]
    try:
        nodes = [decode(node) for node in path]
        library: Any = HexaryTrie
        found = library.get_from_proof(root, _key(index), nodes)
        sparse = library({keccak(node): node for node in path}, root)
        used: Any = sparse.get_proof(_key(index))
        exact = [_encode(node) for node in used] == list(path)
    except Exception as error:  # the library has many, and the bytes are anybody's
        raise PathBroken(None, "the path does not lead to its index") from error
    if found != item:
        raise PathBroken(None, "it is not what the path leads to")
    if not exact:
        raise PathBroken(None, "the path has nodes that lead nowhere")


def _key(index: int) -> bytes:
    return _encode(index)


def _encode(item: Any) -> bytes:
    encoded: bytes = rlp.encode(item)
    return encoded

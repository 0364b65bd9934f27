"""Conditional requests: an answer is the same as long as its ledger block is.

Whoever asks again sends the ETag of the answer it has, and gets 304 without a query being made.
"""

from __future__ import annotations

from hashlib import blake2b

from starlette.types import Scope

from registry_node.domain.view import View
from registry_node.queries.snapshot import AsOf

HEADERS = [(b"cache-control", b"no-cache")]
"""An answer may be kept, but is asked after each time: the next ledger block may change it. A guard
adds for whom."""


class Unchanged(Exception):
    """The client has the answer already."""


def etag(as_of: AsOf, scope: Scope, view: View, version: bytes) -> bytes:
    """The name of what an address answers at a ledger block, in the words of this version.

    With whoever is in doubt, so that an answer that was had before its mark is not kept.
    Of what the asker may see, so that nobody is told by a 304 what others were answered. Of the
    address too, although a client compares the ETags of one address only: so that a name
    made for one address never answers for another.
    """
    final = b"final" if as_of.finalized else b""
    doubt = repr(as_of.marks).encode() if as_of.marks else b""
    seen = view.tag.encode()
    parts = (as_of.hash, final, doubt, seen, scope["path"].encode(), scope["query_string"])
    name = blake2b(b"\0".join(parts), digest_size=12, key=version)
    return b'"%b"' % name.hexdigest().encode()


def matches(scope: Scope, name: bytes) -> bool:
    """Whether the client has the answer of that name. `*` is not understood: it names no answer."""
    for header, value in scope["headers"]:
        if header == b"if-none-match":
            return name in value
    return False

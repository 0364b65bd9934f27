"""Decoding of what others encoded, in time that its length bounds.

A list says where its members are, and members may be said to be in one place: a few thousand bytes
can stand for more values than fit into memory. What the contracts write has each byte once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi.codec import ABIDecoder
from eth_abi.decoding import ContextFramesBytesIO
from eth_abi.exceptions import DecodingError
from eth_abi.registry import registry

_READS = 16
"""Times that each byte may be read. The decoder itself reads offsets, and what is beside them,
several times."""


class _Bounded(ContextFramesBytesIO):
    _read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._read += len(data)
        if self._read > _READS * self.getbuffer().nbytes:
            raise DecodingError("its members are in one another's place")
        return data


class _Decoder(ABIDecoder):
    stream_class = _Bounded


_DECODER = _Decoder(registry)


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values of these types, as `eth_abi` gives them. Raises `ValueError`."""
    try:
        return _DECODER.decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from error

"""Stamps: what has been made, and from what.

A step is done when its stamp holds the key of its present inputs and its products exist. The
stamp is removed before the step starts, so a step that was interrupted is simply not done.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.toolchain.paths import ROOT, STAMPS


def key_of(*files: Path, extra: Iterable[str] = ()) -> str:
    """A digest of the files' contents, of this Python and of this place.

    The place counts because virtual environments hold absolute paths: a moved checkout is
    set up anew.
    """
    digest = hashlib.sha256()
    facts = [
        platform.python_implementation(),
        platform.python_version(),
        platform.system(),
        platform.machine(),
        sys.base_prefix,
        str(ROOT),
        *extra,
    ]
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def is_done(name: str, key: str, products: Iterable[Path]) -> bool:
    """Whether the step's stamp is current and everything it makes is there."""
    try:
        recorded = (STAMPS / name).read_text()
    except FileNotFoundError:
        return False
    return recorded == key and all(product.exists() for product in products)


def clear(name: str) -> None:
    """Forget that the step was done."""
    (STAMPS / name).unlink(missing_ok=True)


def record(name: str, key: str) -> None:
    """Note that the step is done, in one atomic write."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    fresh = STAMPS / f".{name}.new"
    fresh.write_text(key)
    fresh.replace(STAMPS / name)

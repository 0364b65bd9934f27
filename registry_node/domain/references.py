"""Unit references: `KR:KAU-2017:1-1000` = registry : class : first[-last] serial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from registry_node.domain.errors import InvalidInput

MAX_SERIAL = 2**40 - 1
"""The ledger counts units of a class in 40 bits."""

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LINK_NUMBER = re.compile(r"[0-9]{1,10}")  # 32 bits
_SYMBOL = re.compile(r"[A-Z0-9.-]{1,31}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SERIALS = re.compile(r"([0-9]{1,13})(?:-([0-9]{1,13}))?")
_WHOLE = re.compile(r"[0-9]{1,19}")
_EXAMPLE = "Write it as registry:class:first[-last], for example KR:KAU-2017:1-1000."


@dataclass(frozen=True, slots=True)
class UnitReference:
    """A run of serials of one class, first and last included."""

    registry: str
    symbol: str
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> UnitReference:
        parts = text.strip().split(":")
        if len(parts) != 3:  # noqa: PLR2004  # registry, class and serials
            raise InvalidInput(f"'{text}' is not a unit reference.", _EXAMPLE)
        serials = _SERIALS.fullmatch(parts[2])
        if not serials:
            raise InvalidInput(f"'{parts[2]}' is not a serial number or a range of them.", _EXAMPLE)
        first = parse_serial(serials[1])
        last = parse_serial(serials[2]) if serials[2] else first
        if last < first:
            raise InvalidInput(f"The range {parts[2]} ends before it begins.", _EXAMPLE)
        return cls(parse_code(parts[0]), parse_symbol(parts[1]), first, last)

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        serials = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.registry}:{self.symbol}:{serials}"


@lru_cache(1024)
def parse_code(text: str) -> str:
    """A programme's code: CN, CN-BJ, JP-13."""
    if not _CODE.fullmatch(text):
        raise InvalidInput(f"'{text}' is not a registry code.", "Codes look like CN, KR or JP-13.")
    return text


@lru_cache(1024)
def parse_link(text: str) -> str:
    """A link: source_destination, or the ledger's number of it."""
    source, _, destination = text.partition("_")
    if not (_LINK_NUMBER.fullmatch(text) or all(map(_CODE.fullmatch, (source, destination)))):
        raise InvalidInput(
            f"'{text}' is not a link.",
            "Write it as source_destination, for example CN_KR, or as the ledger's number.",
        )
    return text


@lru_cache(1024)
def parse_symbol(text: str) -> str:
    """A unit class's symbol; a foreign class has its origin's code before the dot."""
    if not _SYMBOL.fullmatch(text):
        raise InvalidInput(
            f"'{text}' is not a unit class.",
            "Classes look like KAU-2017 or, when foreign, CN.CEA-2025: A-Z, 0-9, dot and hyphen, "
            "31 characters at most.",
        )
    return text


def is_whole(text: str) -> bool:
    """Whether it is a whole number in few enough digits to be read."""
    return _WHOLE.fullmatch(text) is not None


def parse_serial(text: str) -> int:
    if not is_whole(text) or not 1 <= int(text) <= MAX_SERIAL:
        raise InvalidInput(
            f"'{text}' is not a serial number.",
            f"Serials are whole numbers from 1 to {MAX_SERIAL}.",
        )
    return int(text)


def parse_quantity(text: str) -> int:
    if not is_whole(text) or not 1 <= int(text) <= MAX_SERIAL:
        raise InvalidInput(
            f"'{text}' is not a quantity.",
            f"Quantities are whole tonnes from 1 to {MAX_SERIAL}, without separators.",
        )
    return int(text)


def parse_address(text: str) -> bytes:
    """20 bytes of a ledger address."""
    if not _ADDRESS.fullmatch(text):
        raise InvalidInput(
            f"'{text}' is not an account address.", "Addresses are 0x and 40 hexadecimal digits."
        )
    return bytes.fromhex(text[2:])


def token_id(symbol: str) -> int:
    """The ERC-1155 token id of a class: its symbol in ASCII, left aligned in 32 bytes."""
    if symbol.startswith("0x"):
        return int(symbol, 16)
    return int.from_bytes(symbol.encode("ascii").ljust(32, b"\0"), "big")


def symbol_of(token: int) -> str:
    """The symbol that a token id is; a word that is none, since nobody checked it, in digits."""
    word = token.to_bytes(32, "big")
    text = word.rstrip(b"\0").decode("ascii", errors="replace")
    plain = text.isascii() and text.isprintable() and "," not in text
    return text if plain and not text.startswith("0x") else f"0x{word.hex()}"


def short_text(word: bytes) -> str:
    """Short ASCII text in 32 bytes, as class attributes and system account purposes are kept."""
    # No database keeps a zero byte inside a text.
    return word.rstrip(b"\0").decode("ascii", errors="replace").replace("\0", "\ufffd")

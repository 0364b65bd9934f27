"""How a class is called abroad, as `contracts/libraries/Symbols.sol` says it."""

from __future__ import annotations

MAX_SERIES = 999
"""A foreign class is used up after 2^40 - 1 serials; then a next series of it follows."""

_MAX_LENGTH = 26  # of code and symbol: two dots and three digits must fit beside them


def foreign_symbol(code: str, symbol: str, series: int = 1) -> str | None:
    """CN.CEA-2025, and CN.CEA-2025.2 as the second series; None: it can have no name abroad."""
    if len(code) + len(symbol) > _MAX_LENGTH or not 1 <= series <= MAX_SERIES:
        return None
    name = f"{code}.{symbol}"
    return name if series == 1 else f"{name}.{series}"

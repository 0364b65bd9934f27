"""Slicing the words of logs, as an event's ABI says what they are.

Topics: word 0 is the event itself, words 1 to 3 are its indexed fields. An event of fixed size is
unpacked by one `Struct` each for its topics and its data; lists and the like are decoded by `abi`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from struct import Struct
from typing import Any, TypeAlias

from registry_node.domain.ledger import RawLog

Json: TypeAlias = dict[str, Any]
Decoder: TypeAlias = Callable[[RawLog], Any]

N = "24xq"  # a number; the contracts see to it that none has more than 63 bits
U = "24xQ"  # one that may have 64
A = "12x20s"  # an address
W = "32s"  # a word as it is
S = "4s28x"  # a function's selector
_FORMS = {"address": A, "bytes32": W, "bytes4": S}


def words(*forms: str) -> Callable[[bytes], tuple[Any, ...]]:
    return Struct(">" + "".join(forms)).unpack


number2 = words(N, N)


def token(word: bytes) -> int:
    return int.from_bytes(word, "big")


def at(log: RawLog) -> tuple[int, int, bytes, bytes]:
    return log.block, log.log_index, log.tx_hash, log.address


def decoder(event: Json, form: type[Any]) -> Decoder:
    """Makes `form` of an event's logs, its fields in the order of the ABI. A structure of fixed
    size is one field for each of its members."""
    inputs = event["inputs"]
    if any(_is_dynamic(item) for item in inputs):
        return _by_abi(inputs, form)
    return _by_structs(inputs, form)


def _by_structs(inputs: Sequence[Json], form: type[Any]) -> Decoder:
    indexed = [_form(item) for item in inputs if item["indexed"]]
    plain = [part for item in inputs if not item["indexed"] for part in _parts(item)]
    topics = words("32x", *indexed)
    data = words(*map(_form, plain))
    places = _places(inputs)
    tokens = _tokens(inputs)

    def decode(log: RawLog) -> Any:
        values = topics(log.topics) + data(log.data)
        if places:
            values = places(values)
        if tokens:
            values = tuple(token(v) if i in tokens else v for i, v in enumerate(values))
        return form(*at(log), *values)

    return decode


def _places(inputs: Sequence[Json]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]] | None:
    """Indexed fields come first in what was unpacked; None when they do in the ABI too."""
    order: list[int] = []
    topics = sum(1 for item in inputs if item["indexed"])
    next_topic, next_data = 0, topics
    for item in inputs:
        size = 1 if item["indexed"] else len(_parts(item))
        start = next_topic if item["indexed"] else next_data
        order += range(start, start + size)
        if item["indexed"]:
            next_topic += 1
        else:
            next_data += size
    return None if order == sorted(order) else itemgetter(*order)


def _tokens(inputs: Sequence[Json]) -> set[int]:
    """Places of the fields that are class ids, which have all bits of a word."""
    flat = [part for item in inputs for part in _parts(item)]
    return {i for i, part in enumerate(flat) if _is_class(part)}


def _by_abi(inputs: Sequence[Json], form: type[Any]) -> Decoder:
    indexed = [item for item in inputs if item["indexed"]]
    plain = [item for item in inputs if not item["indexed"]]
    topics = words("32x", *map(_form, indexed))
    types = [type_of(item) for item in plain]

    def decode(log: RawLog) -> Any:
        found = iter(decoded(types, log.data))
        told = iter(topics(log.topics))
        values: list[Any] = []
        for item in inputs:
            if item["indexed"]:
                value = next(told)
                values.append(token(value) if _is_class(item) else value)
            else:
                value = next(found)
                values += value if _unfolds(item) else [value]
        return form(*at(log), *values)

    return decode


def decoded(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values of these types, in bytes and numbers and tuples of them. Raises `ValueError`."""
    from registry_node.chain.abi import decode  # heavy

    return tuple(map(_plain, decode(types, data)))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    return value


# ---- what the ABI says ----------------------------------------------------------------------


def type_of(item: Json) -> str:
    """A parameter's type, a structure's members written out."""
    if "components" not in item:
        return str(item["type"])
    return f"({','.join(map(type_of, item['components']))}){item['type'][5:]}"


def _form(item: Json) -> str:
    if _is_class(item):
        return W
    return _FORMS.get(item["type"], N)


def _parts(item: Json) -> Sequence[Json]:
    return item["components"] if _unfolds(item) else (item,)


def _unfolds(item: Json) -> bool:
    """Whether its members are fields of their own. Terms are one field: they occur in many
    events."""
    return bool(item["type"] == "tuple" and item["name"] != "terms")


def _is_class(item: Json) -> bool:
    return item.get("internalType") == "ClassId"


def _is_dynamic(item: Json) -> bool:
    if item["type"] in {"bytes", "string"} or item["type"].endswith("]"):
        return True
    return _any_dynamic(item.get("components", ()))


def _any_dynamic(items: Iterable[Json]) -> bool:
    return any(map(_is_dynamic, items))

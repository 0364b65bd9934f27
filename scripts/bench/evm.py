"""A development chain spoken to directly: deploy, send, call, and read refusals by name.

Contract tests and gas benchmarks send tens of thousands of transactions. This costs about a
millisecond for each, because a transaction is never estimated beforehand, and its logs are decoded
only when somebody looks at them.

Addresses are lower-case text. What has named fields comes back as a named tuple.
"""

from __future__ import annotations

import http.client
import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from scripts.artifacts import Artifact

GAS_LIMIT = 30_000_000
ZERO_ADDRESS = "0x" + "00" * 20

_BUILT_IN_ERRORS: Sequence[Mapping[str, Any]] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


class Refused(Exception):
    """A transaction or call was refused: the typed error's name and values."""

    def __init__(self, name: str, values: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{values!r}")
        self.name = name
        self.values = values


@dataclass(frozen=True)
class Event:
    """A decoded log."""

    name: str
    address: str
    args: Any


class _Codec:
    """Encodes and decodes one ABI parameter list."""

    def __init__(self, name: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        self.types = [_type_of(p) for p in parameters]
        self.shapes = [_shape_of(p) for p in parameters]
        names = [p["name"] or f"value{i}" for i, p in enumerate(parameters)]
        self._tuple = namedtuple(name, names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - its names come from the ABI

    def encode(self, values: Sequence[Any]) -> str:
        return encode(self.types, values).hex()

    def decode(self, data: bytes) -> Any:
        values = decode(self.types, data)
        return self._tuple(*(s(v) for s, v in zip(self.shapes, values, strict=True)))

    def decode_one(self, index: int, data: bytes) -> Any:
        return self.shapes[index](decode([self.types[index]], data)[0])

    def build(self, values: Sequence[Any]) -> Any:
        return self._tuple(*values)


class Receipt:
    """What a transaction did."""

    def __init__(self, chain: Chain, raw: Mapping[str, Any]) -> None:
        self._chain = chain
        self._raw = raw

    @property
    def gas_used(self) -> int:
        return int(self._raw["gasUsed"], 16)

    @property
    def contract_address(self) -> str:
        return str(self._raw["contractAddress"])

    def events(self, name: str | None = None) -> list[Event]:
        """Decoded logs in order; with a name, only those of that name."""
        found = [self._chain.decode_log(log) for log in self._raw["logs"]]
        return [event for event in found if name is None or event.name == name]

    def event(self, name: str) -> Any:
        """The values of the only log of that name."""
        (event,) = self.events(name)
        return event.args


class Contract:
    """A deployed contract. Its functions are attributes: views are called, others are sent.

    A sending function takes `by`, the sender; `ask` calls a sending function without a transaction.
    """

    def __init__(self, chain: Chain, address: str, abi: Sequence[Mapping[str, Any]]) -> None:
        self.chain = chain
        self.address = address.lower()
        self.abi = abi
        for entry in abi:
            if entry["type"] == "function":
                setattr(self, entry["name"], _bind(self, entry))

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that the ABI does not have.
        raise AttributeError(f"no function {name}")

    def data(self, name: str, *args: Any) -> str:
        """The calldata of a call."""
        entry = next(e for e in self.abi if e.get("name") == name and e["type"] == "function")
        return _selector(entry) + _codec(json.dumps(entry["inputs"])).encode(
            [_plain(a) for a in args]
        )

    def ask(self, name: str, *args: Any, by: str | None = None) -> Any:
        """What a call would return."""
        entry = next(e for e in self.abi if e.get("name") == name and e["type"] == "function")
        return _outputs(entry, self.chain.call(self.address, self.data(name, *args), by))


@dataclass
class Chain:
    """A JSON-RPC connection to anvil, and the words of the contracts that live there."""

    url: str
    artifacts: Mapping[str, Artifact]
    _errors: dict[str, tuple[str, _Codec]] = field(default_factory=dict)
    _events: dict[str, tuple[Mapping[str, Any], _Codec]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80
        )
        for abi in (_BUILT_IN_ERRORS, *(a.abi for a in self.artifacts.values())):
            for entry in abi:
                self._learn(entry)
        self.accounts: list[str] = [a.lower() for a in self.rpc("eth_accounts")]

    def _learn(self, entry: Mapping[str, Any]) -> None:
        if entry["type"] == "error":
            self._errors[_selector(entry)] = (entry["name"], _codec(json.dumps(entry["inputs"])))
        elif entry["type"] == "event":
            self._events["0x" + keccak(text=_signature(entry)).hex()] = (
                entry,
                _codec(json.dumps(entry["inputs"])),
            )

    # ---- requests -------------------------------------------------------------------------

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in answer:
            raise self._refusal(answer["error"])
        return answer["result"]

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of many calls in one HTTP request. The first error is raised."""
        body = [
            {"jsonrpc": "2.0", "id": i, "method": method, "params": params}
            for i, (method, params) in enumerate(calls)
        ]
        answers = sorted(self._post(body), key=lambda answer: int(answer["id"]))
        for answer in answers:
            if "error" in answer:
                raise self._refusal(answer["error"])
        return [answer["result"] for answer in answers]

    def _post(self, body: Any) -> Any:
        self._connection.request(
            "POST", "/", json.dumps(body), {"Content-Type": "application/json"}
        )
        return json.loads(self._connection.getresponse().read())

    def _refusal(self, error: Mapping[str, Any]) -> Exception:
        data = error.get("data")
        if not isinstance(data, str):
            return RuntimeError(error.get("message"))
        if data == "0x":
            return Refused("", ())
        if data[:10] not in self._errors:
            return Refused(data, ())
        name, codec = self._errors[data[:10]]
        return Refused(name, tuple(codec.decode(bytes.fromhex(data[10:]))))

    # ---- transactions ---------------------------------------------------------------------

    def call(self, to: str, data: str, by: str | None = None) -> bytes:
        request = {"to": to, "data": data, "gas": hex(GAS_LIMIT), **({"from": by} if by else {})}
        return bytes.fromhex(self.rpc("eth_call", request, "latest")[2:])

    def send(self, to: str | None, data: str, by: str) -> Receipt:
        """Send a transaction; one that is refused raises, and has changed nothing."""
        request = {"from": by, "data": data, "gas": hex(GAS_LIMIT), **({"to": to} if to else {})}
        raw = self._mined(request)
        if raw["status"] != "0x1":
            self.rpc("eth_call", request, "latest")  # the same refusal, with its reason
            raise RuntimeError("refused as a transaction and allowed as a call")
        return Receipt(self, raw)

    def _mined(self, request: Mapping[str, str]) -> Mapping[str, Any]:
        """Send, mine a block, and get the receipt.

        The chain must not mine by itself: it would do so a moment later, and a state that is put
        back in that moment would get the undone transaction once more.
        """
        hash_ = self.rpc("eth_sendTransaction", request)
        self.rpc("evm_mine")
        raw = self.rpc("eth_getTransactionReceipt", hash_)
        if raw is None:
            raise RuntimeError(f"transaction {hash_} is not mined")
        return dict(raw)

    def deploy(self, name: str, *args: Any, by: str | None = None) -> Contract:
        artifact = self.artifacts[name]
        inputs: Any = next((e["inputs"] for e in artifact.abi if e["type"] == "constructor"), [])
        data = artifact.bytecode + _codec(json.dumps(inputs)).encode([_plain(a) for a in args])
        receipt = self.send(None, data, by or self.accounts[0])
        return Contract(self, receipt.contract_address, artifact.abi)

    def at(self, name: str, address: str) -> Contract:
        return Contract(self, address, self.artifacts[name].abi)

    def decode_log(self, log: Mapping[str, Any]) -> Event:
        entry, codec = self._events[log["topics"][0]]
        topics = iter(log["topics"][1:])
        plain = [i for i, p in enumerate(entry["inputs"]) if not p["indexed"]]
        rest = iter(decode([codec.types[i] for i in plain], bytes.fromhex(log["data"][2:])))
        values = [
            codec.decode_one(i, bytes.fromhex(next(topics)[2:]))
            if p["indexed"]
            else codec.shapes[i](next(rest))
            for i, p in enumerate(entry["inputs"])
        ]
        if entry["name"] == "UnitsMoved":
            return Event(entry["name"], log["address"].lower(), _moved(values))
        return Event(entry["name"], log["address"].lower(), codec.build(values))

    def log(self, contract: Contract, name: str, *indexed: Any) -> Any:
        """The values of the only log of a contract with that name and those indexed numbers."""
        topic = next(t for t, (entry, _) in self._events.items() if entry["name"] == name)
        words = [f"0x{value:064x}" for value in indexed]
        wanted = {"address": contract.address, "topics": [topic, *words], "fromBlock": "0x0"}
        (found,) = self.rpc("eth_getLogs", wanted)
        return self.decode_log(found).args

    # ---- the chain's own state ------------------------------------------------------------

    @property
    def time(self) -> int:
        """The latest block's time, in seconds since 1970."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def advance(self, seconds: int) -> None:
        """Mine a block `seconds` after the latest one."""
        self.rpc("evm_setNextBlockTimestamp", hex(self.time + seconds))
        self.rpc("evm_mine")

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end."""
        snapshot = self.snapshot()
        try:
            yield
        finally:
            self.revert(snapshot)

    def snapshot(self) -> str:
        return str(self.rpc("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        self.rpc("evm_revert", snapshot)

    @contextmanager
    def as_contract(self, address: str) -> Iterator[None]:
        """Inside, a contract's address may send transactions."""
        self.rpc("anvil_setBalance", address, hex(10**20))
        self.rpc("anvil_impersonateAccount", address)
        try:
            yield
        finally:
            self.rpc("anvil_stopImpersonatingAccount", address)


# A movement, its packed word taken apart.
_MOVED = ("classId", "sender", "recipient", "first", "count", "transactionType", "state")
_Moved = namedtuple("UnitsMoved", _MOVED)  # type: ignore[misc]  # noqa: PYI024 - as all events here


def _moved(values: Sequence[Any]) -> Any:
    *parties, run = values
    serial = 2**40 - 1
    return _Moved._make((*parties, run & serial, run >> 40 & serial, run >> 80 & 0xFFFF, run >> 96))


@contextmanager
def refused(name: str, *values: Any) -> Iterator[None]:
    """The block must be refused with exactly this error."""
    expected = Refused(name, tuple(_plain(value) for value in values))
    try:
        yield
    except Refused as found:
        if (found.name, found.values) != (expected.name, expected.values):
            raise AssertionError(f"refused with {found} and not with {expected}") from found
    else:
        raise AssertionError(f"not refused with {expected}")


def text32(text: str) -> bytes:
    """Short ASCII text as a bytes32."""
    return text.encode("ascii").ljust(32, b"\0")


def _bind(contract: Contract, entry: Mapping[str, Any]) -> Callable[..., Any]:
    selector = _selector(entry)
    inputs = _codec(json.dumps(entry["inputs"]))
    chain, address = contract.chain, contract.address
    if entry["stateMutability"] in ("view", "pure"):

        def call(*args: Any) -> Any:
            return _outputs(
                entry, chain.call(address, selector + inputs.encode([_plain(a) for a in args]))
            )

        return call

    def send(*args: Any, by: str) -> Receipt:
        return chain.send(address, selector + inputs.encode([_plain(a) for a in args]), _plain(by))

    return send


def _outputs(entry: Mapping[str, Any], data: bytes) -> Any:
    values = _codec(json.dumps(entry["outputs"])).decode(data)
    return values[0] if len(values) == 1 else values


@cache
def _codec(parameters: str) -> _Codec:
    return _Codec("Values", json.loads(parameters))


def _plain(value: Any) -> Any:
    """Contracts stand for their address, also inside lists."""
    if isinstance(value, Contract):
        return value.address
    if type(value) in (list, tuple):
        return type(value)(_plain(v) for v in value)
    return value


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(_type_of(p) for p in entry['inputs'])})"


def _selector(entry: Mapping[str, Any]) -> str:
    return "0x" + keccak(text=_signature(entry))[:4].hex()


def _type_of(parameter: Mapping[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type_of(c) for c in parameter['components'])}){kind[5:]}"


def _shape_of(parameter: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Gives decoded values their field names."""
    kind = parameter["type"]
    if kind.endswith("]"):
        inner = _shape_of({**parameter, "type": kind[: kind.rindex("[")]})
        return lambda values: [inner(v) for v in values]
    if kind != "tuple":
        return lambda value: value
    shapes = [_shape_of(c) for c in parameter["components"]]
    made = namedtuple("Struct", [c["name"] for c in parameter["components"]], rename=True)  # type: ignore[misc]  # noqa: PYI024 - its names come from the ABI
    return lambda values: made(*(s(v) for s, v in zip(shapes, values, strict=True)))

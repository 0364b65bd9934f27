"""Signs ledger transactions with a key of this machine, and asks the ledger beforehand.

Nothing here keeps a key: it is read, used and forgotten. Every failure is a `TonnelinkError`:
`Refused` and its like when the ledger's rules say no, `Unavailable` when it cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import requests
from eth_abi.abi import decode
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.exceptions import (
    BadFunctionCallOutput,
    ContractLogicError,
    TimeExhausted,
    TransactionNotFound,
    Web3RPCError,
)
from web3.types import RPCResponse, TxParams, TxReceipt, Wei

from registry_node.chain.artifacts import load_artifact
from registry_node.chain.rpc import without_secrets
from registry_node.cli import refusals
from registry_node.domain import foreign
from registry_node.domain.errors import NotFound, Refused, Unavailable
from registry_node.domain.references import UnitReference, symbol_of
from registry_node.domain.words import TransactionType, UnitState, run_of
from registry_node.queries.snapshot import Json

_GAS_MARGIN = 1.2
"""Estimates are exact for the state they saw; another transaction may come first."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where the contracts are and how they are spoken to."""

    registries: Mapping[str, bytes]
    gateway: bytes
    registry_abi: list[Any]
    gateway_abi: list[Any]
    chain_id: int
    desks: Mapping[str, Mapping[str, bytes]]  # by registry and name
    desk_abis: Mapping[str, list[Any]]  # by name
    authorities: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction that the ledger included."""

    transaction_hash: str
    block_number: int
    gas_used: int
    moved: list[Json]
    proposal: int | None = None  # the number of the proposal that it made
    request: int | None = None  # the number of the request that it made at the holder desk

    def to_json(self) -> Json:
        return {
            "transaction_hash": self.transaction_hash,
            "block_number": self.block_number,
            "gas_used": str(self.gas_used),
            "moved": self.moved,
            **({} if self.proposal is None else {"proposal": self.proposal}),
            **({} if self.request is None else {"request": self.request}),
        }


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction that is signed: whoever has it can send it, once."""

    transaction_hash: str
    raw: str
    sender: str
    nonce: int


class _Provider(HTTPProvider):
    """web3's reads answers of any depth, and ends the process with some."""

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        try:
            return cast("RPCResponse", foreign.loads(raw_response))
        except ValueError as error:
            raise Unavailable(
                f"The ledger's node answers with what is not JSON ({error}).",
                "Name another with --rpc-url.",
            ) from error


class Ledger:
    """The contracts of one deployment, over one node."""

    def __init__(
        self,
        rpc_url: str,
        contracts: Contracts,
        names: refusals.Names,
        *,
        timeout: float,
        receipt_timeout: float,
    ) -> None:
        self._name = without_secrets(rpc_url)
        self._contracts = contracts
        self._names = names
        self._receipt_timeout = receipt_timeout
        provider = _Provider(
            rpc_url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
        )
        self._web3 = Web3(provider)

    def registry(self, code: str) -> Contract:
        """The registry of a programme."""
        address = self._contracts.registries.get(code)
        if address is None:
            raise NotFound(
                f"There is no registry {code}.",
                f"Registries here: {', '.join(self._contracts.registries)}.",
            )
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(address), abi=self._contracts.registry_abi
        )

    def desk(self, code: str, name: str) -> Contract:
        """A desk of a programme: proposals, issuance, compliance, liens or holders."""
        self.registry(code)  # or say that there is none
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(self._contracts.desks[code][name]),
            abi=self._contracts.desk_abis[name],
        )

    def has_role(self, code: str, role: int, address: str) -> bool:
        """Whether an address has a role in a programme."""
        abi = load_artifact("ProgrammeAuthority").abi
        authority = Web3.to_checksum_address(self._contracts.authorities[code])
        question = self._web3.eth.contract(address=authority, abi=abi).functions.hasRole
        return bool(self.ask(question(role, Web3.to_checksum_address(address)))[0])

    def propose(self, code: str, step: ContractFunction, signer: LocalAccount) -> Done:
        """Proposes a sensitive step at the programme's proposal desk. Nothing else happens yet.

        What the ledger would refuse is refused here, before anybody is asked to approve it.
        """
        return self.send(self.proposal_of(code, step), signer)

    def proposal_of(self, code: str, step: ContractFunction) -> ContractFunction:
        """The step that proposes a sensitive step. Raises `Refused` as the step itself would."""
        desk = self.desk(code, "proposals")
        with self._asking():
            step.call({"from": desk.address})
        return desk.functions.propose(step.address, call_of(step))

    def request(
        self, code: str, account: str, step: ContractFunction, signer: LocalAccount
    ) -> Done:
        """Requests a step in the name of an account, at the programme's holder desk.

        What the ledger would refuse is refused here, before anybody is asked to approve it.
        """
        desk = self.desk(code, "holders")
        with self._asking():
            step.call({"from": desk.address})
        holder = Web3.to_checksum_address(account)
        return self.send(desk.functions.request(holder, step.address, call_of(step)), signer)

    @cached_property
    def gateway(self) -> Contract:
        """The link gateway."""
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(self._contracts.gateway),
            abi=self._contracts.gateway_abi,
        )

    def check_chain(self) -> None:
        """Refuses to work with a node of another chain than the deployment's."""
        with self._asking():
            chain_id = self._web3.eth.chain_id
        if chain_id != self._contracts.chain_id:
            raise Refused(
                f"{self._name} is on chain {chain_id}; this home is of chain"
                f" {self._contracts.chain_id}.",
                "Name the right node with --rpc-url, or the right home with --home.",
            )

    def head(self) -> int:
        """The ledger's height."""
        with self._asking():
            return int(self._web3.eth.block_number)

    def ask(self, question: ContractFunction, caller: str | None = None) -> Any:
        """The answer of a view function."""
        with self._asking():
            return question.call({"from": Web3.to_checksum_address(caller)} if caller else {})

    def send(self, step: ContractFunction, signer: LocalAccount) -> Done:
        """Simulates, signs and sends a step, and waits until the ledger has included it."""
        return self.include(self.sign(step, signer), step)

    def sign(self, step: ContractFunction, signer: LocalAccount) -> Signed:
        """Simulates and signs a step. Its hash is known before anybody has seen it."""
        self.check_chain()
        with self._asking():
            gas = step.estimate_gas({"from": signer.address})
            parameters: TxParams = {
                "from": signer.address,
                "nonce": self._web3.eth.get_transaction_count(signer.address, "pending"),
                "chainId": self._contracts.chain_id,
                "gas": int(gas * _GAS_MARGIN),
            }
            if self._web3.eth.gas_price == 0:  # else web3 finds today's fees
                parameters["gasPrice"] = Wei(0)
            transaction = step.build_transaction(parameters)
            signed = signer.sign_transaction(cast("dict[str, Any]", transaction))
        return Signed(
            Web3.to_hex(signed.hash),
            Web3.to_hex(signed.raw_transaction),
            signer.address,
            int(parameters["nonce"]),
        )

    def include(self, signed: Signed, step: ContractFunction) -> Done:
        """Sends a signed step and waits for it. Raises `Refused` with the reason when it fails."""
        with self._asking():
            sent = self._web3.eth.send_raw_transaction(HexStr(signed.raw))
            receipt = self._web3.eth.wait_for_transaction_receipt(
                sent, timeout=self._receipt_timeout, poll_latency=0.1
            )
        return self._done(receipt, step, signed.sender)

    def include_again(self, signed: Signed, step: ContractFunction) -> Done | None:
        """What became of a step that was signed earlier and perhaps sent. It is sent if it was not.

        None when it can never be included, for another step of the same key took its place.
        """
        self.check_chain()
        receipt = self._receipt_of(signed.transaction_hash)
        if receipt is None:
            sender = Web3.to_checksum_address(signed.sender)
            with self._asking():
                used = self._web3.eth.get_transaction_count(sender, "latest") > signed.nonce
            receipt = self._receipt_of(signed.transaction_hash)  # perhaps just now
            if receipt is None and used:
                return None
        if receipt is None:
            if not self._is_waiting(signed.transaction_hash):
                return self.include(signed, step)
            with self._asking():
                receipt = self._web3.eth.wait_for_transaction_receipt(
                    HexStr(signed.transaction_hash),
                    timeout=self._receipt_timeout,
                    poll_latency=0.1,
                )
        return self._done(receipt, step, signed.sender)

    def _receipt_of(self, transaction_hash: str) -> TxReceipt | None:
        with self._asking():
            try:
                return self._web3.eth.get_transaction_receipt(HexStr(transaction_hash))
            except TransactionNotFound:
                return None

    def _is_waiting(self, transaction_hash: str) -> bool:
        with self._asking():
            try:
                self._web3.eth.get_transaction(HexStr(transaction_hash))
            except TransactionNotFound:
                return False
            return True

    def _done(self, receipt: TxReceipt, step: ContractFunction, sender: str) -> Done:
        if receipt["status"] != 1:
            with self._asking():
                step.call({"from": Web3.to_checksum_address(sender)}, receipt["blockNumber"])
                raise refusals.unexplained()
        return Done(
            Web3.to_hex(receipt["transactionHash"]),
            receipt["blockNumber"],
            receipt["gasUsed"],
            self._moved(receipt),
            self._numbered(receipt, "proposals", "ProposalMade"),
            self._numbered(receipt, "holders", "RequestMade"),
        )

    def _numbered(self, receipt: TxReceipt, desk: str, event: str) -> int | None:
        """The number of the proposal or request that a transaction made."""
        topic = _event_topic(self._contracts.desk_abis[desk], event)
        desks = {bytes(named[desk]) for named in self._contracts.desks.values()}
        for log in receipt["logs"]:
            made = bool(log["topics"]) and bytes(log["topics"][0]) == topic
            if made and bytes.fromhex(log["address"][2:]) in desks:
                return int.from_bytes(bytes(log["topics"][1]), "big")
        return None

    def _moved(self, receipt: TxReceipt) -> list[Json]:
        """The units that a transaction moved, in order."""
        codes = {address: code for code, address in self._contracts.registries.items()}
        topic = self._moved_topic
        moved = []
        for log in receipt["logs"]:
            code = codes.get(bytes.fromhex(log["address"][2:]))
            if code is None or not log["topics"] or bytes(log["topics"][0]) != topic:
                continue
            first, count, kind, state = run_of(bytes(log["data"]))
            symbol = symbol_of(int.from_bytes(bytes(log["topics"][1]), "big"))
            moved.append(
                {
                    "units": str(UnitReference(code, symbol, first, first + count - 1)),
                    "quantity": str(count),
                    "from": "0x" + bytes(log["topics"][2])[12:].hex(),
                    "to": "0x" + bytes(log["topics"][3])[12:].hex(),
                    "transaction_type": TransactionType(kind).number,
                    "state": UnitState(state).name,
                }
            )
        return moved

    @cached_property
    def _moved_topic(self) -> bytes:
        return _event_topic(self._contracts.registry_abi, "UnitsMoved")

    @cached_property
    def _errors(self) -> dict[bytes, Any]:
        desks = [entry for abi in self._contracts.desk_abis.values() for entry in abi]
        entries = (*self._contracts.registry_abi, *self._contracts.gateway_abi, *desks)
        return {
            function_abi_to_4byte_selector(item): item
            for item in entries
            if item.get("type") == "error"
        }

    def explain(self, data: Any) -> Exception:
        """The typed error in revert data, worded."""
        raw = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
        abi = self._errors.get(raw[:4])
        if abi is None:
            return refusals.unexplained()
        kinds = [item["type"] for item in abi["inputs"]]
        values = decode(kinds, raw[4:])
        arguments = [
            (item["name"], item["type"], value)
            for item, value in zip(abi["inputs"], values, strict=True)
        ]
        return refusals.refusal(abi["name"], arguments, self._names)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns what can go wrong on the way to the ledger into the one error style."""
        try:
            yield
        except ContractLogicError as error:
            raise self.explain(error.data) from error
        except (requests.exceptions.RequestException, BadFunctionCallOutput) as error:
            raise Unavailable(
                f"The ledger's node at {self._name} does not answer.",
                "Start it ('make up'; 'make chain-start' after 'make chain-stop'), or name another"
                " with --rpc-url.",
            ) from error
        except TimeExhausted as error:
            raise Unavailable(
                "The ledger has not included the transaction yet.",
                "It may still do so: look for it before you send it again.",
            ) from error
        except Web3RPCError as error:
            raise Refused(
                f"The ledger's node refused it: {_rpc_message(error)}.", "Nothing has changed."
            ) from error


def call_of(step: ContractFunction) -> HexStr:
    """The call data of a step."""
    data: HexStr = step._encode_transaction_data()  # noqa: SLF001  # web3 has no other way
    return data


def _event_topic(abi: list[Any], name: str) -> bytes:
    return event_abi_to_log_topic(next(item for item in abi if item.get("name") == name))


def _rpc_message(error: Web3RPCError) -> str:
    response = error.rpc_response or {}
    inner = response.get("error")
    return str(inner.get("message", error.message) if isinstance(inner, dict) else error.message)

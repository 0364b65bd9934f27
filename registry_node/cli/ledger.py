"""Signs ledger transactions with a key of this machine, and asks the ledger beforehand.

Nothing here keeps a key: it is read, used and forgotten. Every failure is a `TonnelinkError`:
`Refused` and its like when the ledger's rules say no, `Unavailable` when it cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import requests
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
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
from registry_node.cli.hashes import NOTHING
from registry_node.cli.members import members
from registry_node.cli.receipts import Done, done_of
from registry_node.domain import foreign
from registry_node.domain.errors import NotFound, Refused, Unavailable
from registry_node.domain.words import OFFICES
from registry_node.queries.desks import CONTRACTS
from registry_node.queries.snapshot import Json

_GAS_MARGIN = 1.2
"""Estimates are exact for the state they saw; another transaction may come first."""

_ASKED_AT_ONCE = 100

_ORDERS = {name: transaction_type for transaction_type, name in OFFICES.items()}
"""What the desk of each name orders, and no other."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where the contracts are."""

    registries: Mapping[str, bytes]
    gateway: bytes
    chain_id: int
    desks: Mapping[str, Mapping[str, bytes]]  # by registry and name, as they were deployed
    authorities: Mapping[str, bytes]


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
        self._desks: dict[tuple[str, str], Contract] = {}
        provider = _Provider(
            rpc_url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
        )
        self._web3 = Web3(provider)

    # ---- contracts --------------------------------------------------------------------------

    def registry(self, code: str) -> Contract:
        """The registry of a programme."""
        address = self._contracts.registries.get(code)
        if address is None:
            raise NotFound(
                f"There is no registry {code}.",
                f"Registries here: {', '.join(self._contracts.registries)}.",
            )
        return self._contract("UnitRegistry", address)

    def desk(self, code: str, name: str) -> Contract:
        """The desk that a programme follows now: proposals, issuance, compliance, liens or
        holders."""
        if (code, name) not in self._desks:
            self._desks[code, name] = self._contract(CONTRACTS[name], self._in_office(code, name))
        return self._desks[code, name]

    def _in_office(self, code: str, name: str) -> bytes:
        registry = self.registry(code).functions
        if name == "proposals":  # for good: none takes its place
            return self._contracts.desks[code][name]
        asked = registry.holderDesk() if name == "holders" else registry.deskOf(_ORDERS[name])
        return Web3.to_bytes(hexstr=self.ask(asked))

    @cached_property
    def gateway(self) -> Contract:
        """The link gateway."""
        return self._contract("LinkGateway", self._contracts.gateway)

    def code_of(self, registry: str) -> str | None:
        """The programme whose registry is at an address."""
        found = bytes.fromhex(registry[2:])
        codes = (code for code, known in self._contracts.registries.items() if known == found)
        return next(codes, None)

    def _contract(self, name: str, address: bytes) -> Contract:
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(address), abi=load_artifact(name).abi
        )

    # ---- questions --------------------------------------------------------------------------

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

    def time(self) -> int:
        """The time of the ledger's latest block, in seconds since 1970."""
        with self._asking():
            return int(self._web3.eth.get_block("latest")["timestamp"])

    def ask(self, question: ContractFunction) -> Any:
        """The answer of a view function."""
        with self._asking():
            return question.call()

    def ask_named(self, question: ContractFunction) -> Json:
        """The answer of a view function that is one struct, by its members' names."""
        return members(question, self.ask(question))

    def ask_all(self, questions: Sequence[ContractFunction]) -> list[Any]:
        """The answers of many view functions, a hundred in one request."""
        answers: list[Any] = []
        for start in range(0, len(questions), _ASKED_AT_ONCE):
            with self._asking(), self._web3.batch_requests() as batch:
                for question in questions[start : start + _ASKED_AT_ONCE]:
                    batch.add(question)
                answers += batch.execute()
        return answers

    def ask_all_named(self, questions: Sequence[ContractFunction]) -> list[Json]:
        """The same of functions that answer one struct, by its members' names."""
        answers = self.ask_all(questions)
        return [members(q, answer) for q, answer in zip(questions, answers, strict=True)]

    def has_role(self, code: str, role: int, address: str) -> bool:
        """Whether an address has a role in a programme."""
        authority = self._contract("ProgrammeAuthority", self._contracts.authorities[code])
        question = authority.functions.hasRole(role, Web3.to_checksum_address(address))
        return bool(self.ask(question)[0])

    def account(self, code: str, address: str) -> Json:
        """An account's struct on the ledger: kind, status, province and the rest."""
        registry = self.registry(code)
        return self.ask_named(registry.functions.accountOf(Web3.to_checksum_address(address)))

    # ---- steps ------------------------------------------------------------------------------

    def check(self, step: ContractFunction, caller: str) -> None:
        """Raises `Refused` as the step itself would, were it sent by `caller`."""
        with self._asking():
            step.call({"from": Web3.to_checksum_address(caller)})

    def propose(
        self, code: str, step: ContractFunction, signer: LocalAccount, document: bytes = NOTHING
    ) -> Done:
        """Proposes a sensitive step at the programme's proposal desk. Nothing else happens yet.

        What the ledger would refuse is refused here, before anybody is asked to approve it.
        """
        self.check(step, self.desk(code, "proposals").address)
        return self.send(self.proposal_of(code, step, document), signer)

    def proposal_of(
        self, code: str, step: ContractFunction, document: bytes = NOTHING
    ) -> ContractFunction:
        """The step that proposes a sensitive step. `document` is the hash of what goes with it."""
        desk = self.desk(code, "proposals")
        return desk.functions.propose(step.address, call_of(step), document)

    def request(
        self, code: str, account: str, step: ContractFunction, signer: LocalAccount
    ) -> Done:
        """Requests a step in the name of an account, at the programme's holder desk.

        What the ledger would refuse is refused here, before anybody is asked to approve it.
        """
        desk = self.desk(code, "holders")
        self.check(step, desk.address)
        holder = Web3.to_checksum_address(account)
        return self.send(desk.functions.request(holder, step.address, call_of(step)), signer)

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

        None when it has done nothing and never will: the ledger refused it, or another step of
        the same key took its place.
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
        return self._done(receipt, step, signed.sender) if receipt["status"] == 1 else None

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
        places = {address: code for code, address in self._contracts.registries.items()}
        first = (a for desks in self._contracts.desks.values() for a in desks.values())
        followed = (bytes.fromhex(desk.address[2:]) for desk in self._desks.values())
        return done_of(receipt, places, {*first, *followed, self._contracts.gateway})

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns what can go wrong on the way to the ledger into the one error style."""
        try:
            yield
        except ContractLogicError as error:
            raise refusals.explained(error.data, self._names) from error
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


def _rpc_message(error: Web3RPCError) -> str:
    response = error.rpc_response or {}
    inner = response.get("error")
    return str(inner.get("message", error.message) if isinstance(inner, dict) else error.message)

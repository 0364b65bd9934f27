"""The code of the ledger, deployed once, and the addresses that run it.

A registry, a desk and the gateway are addresses whose code can be succeeded (`LedgerProxy`). All
programmes of a chain run the same code.
"""

from __future__ import annotations

from scripts.bench.evm import ZERO_ADDRESS, Chain, Contract, text32

DESKS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}


class Editions:
    """The first edition of everything, on one chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        records = chain.deploy("RegistryRecords")
        self.registry_code = chain.deploy("UnitRegistry", records)
        questions = chain.deploy("LinkQuestions")
        agreements = chain.deploy("LinkAgreements", questions)
        self.gateway_code = chain.deploy("LinkGateway", agreements)
        self.desk_codes = {name: chain.deploy(contract) for name, contract in DESKS.items()}

    def gateway(self) -> Contract:
        """A new gateway, its own keeper."""
        return self._proxy("LinkGateway", self.gateway_code, ZERO_ADDRESS, "0x")

    def registry(self, code: str, authority: Contract) -> Contract:
        """A programme's registry, kept by its authority."""
        set_up = self.registry_code.data("initialize", text32(code), authority)
        return self._proxy("UnitRegistry", self.registry_code, authority, set_up)

    def desk(self, name: str, authority: Contract, registry: Contract) -> Contract:
        """One of a programme's desks."""
        code = self.desk_codes[name]
        arguments = (authority,) if name == "proposals" else (authority, registry)
        return self._proxy(DESKS[name], code, authority, code.data("initialize", *arguments))

    def _proxy(self, face: str, code: Contract, keeper: Contract | str, set_up: str) -> Contract:
        data = bytes.fromhex(set_up[2:])
        proxy = self.chain.deploy("LedgerProxy", code, keeper, data)
        return self.chain.at(face, proxy.address)

"""Symbolic proofs of the ledger's core: `python -m scripts.proofs`."""

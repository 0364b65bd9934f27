"""Keeps the mirror equal to the ledger."""

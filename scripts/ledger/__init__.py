"""Deploying the ledger and playing a story on it. Runs in brownie's environment only."""

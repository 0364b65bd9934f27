"""Interchange: lists of the mirror as files, and files of many steps for the ledger."""

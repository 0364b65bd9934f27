"""The Tonnelink node: a mirror of the ledger that anyone entitled can ask."""

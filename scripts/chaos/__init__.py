"""Fault injection: a chain that forks, lies and breaks off, and a node that must not care.

`recording` has real transactions of a real ledger, `chain` makes ledger blocks of them in any
order of branches, `server` and `faults` answer for it over HTTP, `simulation` plays one seed.
"""

"""What a link between two markets is. Pure Python: no ledger, no database, no network."""

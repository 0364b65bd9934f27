"""Single-row changes of a mirror, from a seed, and whether reconciliation finds and names them."""

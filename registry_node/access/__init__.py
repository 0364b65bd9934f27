"""Who may see what: tokens, the table of addresses by role, limits, the log of who asked."""

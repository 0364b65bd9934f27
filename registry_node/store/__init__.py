"""The mirror's database: schema, transactions, undo. Nothing but the indexer writes to it."""

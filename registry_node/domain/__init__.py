"""Value types, typed events and errors. Imports nothing internal."""

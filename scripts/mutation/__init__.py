"""Do the tests notice when the contracts are wrong? `make mutation` breaks them and looks."""

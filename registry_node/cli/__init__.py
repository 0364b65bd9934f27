"""The `tonnelink` command."""

from __future__ import annotations

from registry_node.cli.main import main

__all__ = ["main"]

"""Giving brownie a chain of its own. Import this in brownie's environment only."""

from __future__ import annotations

import os
import socket

from brownie._config import CONFIG


def use_free_port() -> int:
    """Let the `development` network start its chain on a port that nothing listens on.

    On its usual port brownie would attach to whatever answers there, another test run's chain
    included. Under pytest call this when the outermost conftest is loaded, which is before
    brownie connects. Brownie adds each parallel worker's number to the port.
    """
    if "PYTEST_XDIST_WORKER" in os.environ and "TONNELINK_CHAIN_PORT" in os.environ:
        port = int(os.environ["TONNELINK_CHAIN_PORT"])
    else:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        os.environ["TONNELINK_CHAIN_PORT"] = str(port)  # workers inherit it
    CONFIG.networks["development"]["cmd_settings"]["port"] = port
    return port

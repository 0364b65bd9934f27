"""Where the tools live inside the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"

TOOLCHAIN = ROOT / ".toolchain"
BIN = TOOLCHAIN / "bin"
HOME = TOOLCHAIN / "home"
LOGS = TOOLCHAIN / "logs"
STAMPS = TOOLCHAIN / "stamps"

VENVS = ROOT / ".venv"
TOOLS_VENV = VENVS / "tools"
BROWNIE_VENV = VENVS / "brownie"
NODE_VENV = VENVS / "node"
PROOFS_VENV = VENVS / "proofs"
FUZZ_VENV = VENVS / "fuzz"

NODE_MODULES = ROOT / "node_modules"

SOLC_VERSION = "0.8.37"
ANVIL_VERSION = "1.7.1"

NODE = BIN / "node"
ANVIL = BIN / "anvil"
SOLC = BIN / f"solc-v{SOLC_VERSION}"
SOLC_JS = ROOT / "scripts" / "toolchain" / "solc.js"
BROWNIE_NETWORKS = ROOT / "scripts" / "toolchain" / "network-config.yaml"

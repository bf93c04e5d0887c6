"""Lets bare `ape test` and `pytest` find the pinned compiler and anvil."""

import os
from pathlib import Path

ROOT = Path(__file__).parent

os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / ".solcx"))
os.environ["PATH"] = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])

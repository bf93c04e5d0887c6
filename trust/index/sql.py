"""Named queries from an .sql file."""

from __future__ import annotations

import re
from pathlib import Path


def named(path: Path) -> dict[str, str]:
    """The file's statements by the name in the `-- name:` line above each."""
    parts = re.split(r"^-- name: (\w+)\n", path.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))

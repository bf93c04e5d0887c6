"""The rules as they are published: a text whose hash is on chain, and whose queries are what counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eth_utils.crypto import keccak

from trust.errors import InputError

_FOLDER = Path(__file__).with_name("rules")
_QUERY = re.compile(r"^```sql\n-- name: (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHARED, _UNPROVEN = "parts", "unproven"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A version of the rules. `queries` give one row a work, `unproven` the assets that nobody can classify."""

    version: int
    text: str
    queries: Mapping[str, str]
    unproven: str

    @property
    def hash(self) -> bytes:
        """keccak256 of the text, as the chain has it."""
        return keccak(self.text.encode())


@cache
def rulebook(version: int) -> Rulebook:
    """A version that ships with the package. Raises InputError when there is none."""
    try:
        text = (_FOLDER / f"v{version}.md").read_bytes().decode()
    except FileNotFoundError as cause:
        raise InputError(
            f"This package has no version {version} of the credit's rules.",
            hint=f"It has {', '.join(map(str, versions()))}; install the release that came with it.",
        ) from cause
    found = dict(_QUERY.findall(text))
    shared, unproven = found.pop(_SHARED), found.pop(_UNPROVEN)
    return Rulebook(version, text, {name: shared + query for name, query in found.items()}, unproven)


def versions() -> tuple[int, ...]:
    """Versions that ship with the package."""
    return tuple(sorted(int(path.stem[1:]) for path in _FOLDER.glob("v*.md")))

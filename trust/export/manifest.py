"""What has been written to a location, and up to which block: the only thing that an export goes on from."""

from __future__ import annotations

from typing import Any

import msgspec

from trust.errors import IndexFault
from trust.export.location import Location

NAME = "manifest.json"
_FORMAT = 1
_HINT = "Export to an empty place."


class Written(msgspec.Struct, frozen=True):
    """A file: the rows of one table in blocks `first` to `last`."""

    path: str
    table: str
    first: int
    last: int
    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """Every row up to `block` is in `files`; None before the first. `layout` changes when a table's columns do."""

    chain_id: int
    deployment: str
    layout: str
    partition_blocks: int
    format: int = _FORMAT
    block: int | None = None
    block_hash: str = ""
    files: tuple[Written, ...] = ()


def read(location: Location) -> Manifest | None:
    """The manifest there. Raises IndexFault when it can't be read."""
    content = location.read(NAME)
    if content is None:
        return None
    try:
        told: Any = msgspec.json.decode(content)
        if not isinstance(told, dict) or told.get("format") != _FORMAT:
            raise IndexFault(f"{location.shown} was exported by another version of this package.", hint=_HINT)
        return msgspec.convert(told, Manifest)
    except msgspec.MsgspecError as cause:
        raise IndexFault(f"{NAME} in {location.shown} is damaged.", hint=_HINT) from cause


def write(location: Location, manifest: Manifest) -> None:
    """Put it there: what it names is exported from then on."""
    location.write(NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def require_same(found: Manifest, wanted: Manifest, where: str) -> None:
    """Raises IndexFault when a location holds something else than we would add to it."""
    names = {
        "chain_id": "another chain",
        "deployment": "another deployment",
        "layout": "tables with other columns",
        "partition_blocks": f"partitions of {found.partition_blocks} blocks",
    }
    for name, told in names.items():
        if getattr(found, name) != getattr(wanted, name):
            hint = f"Give --blocks {found.partition_blocks}, or export to an empty place."
            raise IndexFault(f"{where} holds {told}.", hint=hint if name == "partition_blocks" else _HINT)

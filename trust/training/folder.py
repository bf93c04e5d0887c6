"""Manifests made here: of a folder's files by their salted commitments, and of an archive with each item's proof."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trust.errors import InputError
from trust.provenance.commitment import committed, read_content
from trust.training.manifest import MOST_ITEMS, Item
from trust.training.tree import dataset


def commit_folder(folder: Path, secret: bytes) -> tuple[Item, ...]:
    """An item for each file of a folder and its folders, ascending by commitment, as bundles have them.

    Raises InputError when a file can't be read, or is there twice.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", hint="Give the folder with the items' files.")
    found: dict[bytes, Item] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(folder))
        item = committed(secret, read_content(path))
        if item in found:
            raise InputError(f"{path} has the same content as {found[item].name}.", hint="Keep one of them.")
        if len(found) == MOST_ITEMS:
            raise InputError(f"{folder} has more than {MOST_ITEMS:,} files.", hint="Split the archive.")
        found[item] = Item(str(path), item, name)
    if not found:
        raise InputError(f"{folder} has no files.", hint="Give the folder with the items' files.")
    return tuple(found[item] for item in sorted(found))


def with_proofs(items: Sequence[Item]) -> list[Item]:
    """The same items as those of one archive: each with its root and its way there."""
    tree = dataset(one.item for one in items)
    return [
        Item(one.where, one.item, one.name, one.modality, tree.root, tree.proof(number))
        for number, one in enumerate(items, 1)
    ]


def manifest_file(items: Sequence[Item]) -> bytes:
    """A manifest as JSON, an item a line, which `read_manifest` reads."""
    lines = [json.dumps(_row(one)) for one in items]
    return b"[\n" + ",\n".join(lines).encode() + b"\n]\n"


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {"item": "0x" + item.item.hex()}
    if item.name:
        row["name"] = item.name
    if item.modality is not None:
        row["modality"] = item.modality.name
    if item.archive is not None:
        row |= {"archive": "0x" + item.archive.hex(), "proof": ["0x" + one.hex() for one in item.proof]}
    return row

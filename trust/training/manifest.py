"""A dataset's manifest: one line an item, as JSON, CSV or Parquet. Nothing of an item but its commitment is needed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from trust.errors import InputError
from trust.model import Modality
from trust.provenance.commitment import read_content

COLUMNS = ("item", "name", "modality", "archive", "proof")
MOST_ITEMS = 1_000_000

_MOST_PROOF = 64
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_HINT = (
    "A manifest has the columns item (0x and 64 hex digits) and, where known, name, modality, archive (the root that "
    "the member declared) and proof (its hashes, separated by spaces)."
)
_KINDS = ".json, .csv or .parquet"

_Raw = tuple[str, Mapping[str, Any]]  # where it is, and its columns


@dataclass(frozen=True, slots=True)
class Item:
    """An item by its commitment. `where` is its place in the file, `name` only a label of the file's.

    `archive` and `proof` show under which declared root it lies; `modality` is what the studio says it is.
    """

    where: str
    item: bytes
    name: str = ""
    modality: Modality | None = None
    archive: bytes | None = None
    proof: tuple[bytes, ...] = ()


def read_manifest(path: Path) -> tuple[Item, ...]:
    """A manifest's items, in the file's order. Raises InputError, naming the line."""
    readers = {".json": _json, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} is not a manifest that is read here.", hint=f"Give a file named {_KINDS}.")
    first: dict[bytes, str] = {}
    items: list[Item] = []
    for where, raw in reader(path, read_content(path)):
        item = _item(where, raw)
        if item.item in first:
            raise InputError(
                f"{where}: the item 0x{item.item.hex()} is in {first[item.item]} already.",
                hint="Give each item once.",
            )
        if len(items) == MOST_ITEMS:
            raise InputError(f"{path} has more than {MOST_ITEMS:,} items.", hint="Split the dataset.")
        first[item.item] = where
        items.append(item)
    if not items:
        raise InputError(f"{path} has no items.", hint=_HINT)
    return tuple(items)


def _json(path: Path, content: bytes) -> Iterator[_Raw]:
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise InputError(f"{path} is not JSON: {cause}.", hint=_HINT) from cause
    listed = told.get("items") if isinstance(told, dict) else told
    if not isinstance(listed, list):
        raise InputError(f"{path} has no list of items.", hint='Give a list, or {"items": [...]}.')
    for number, raw in enumerate(listed, 1):
        where = f"{path}, item {number}"
        if not isinstance(raw, dict):
            raise InputError(f"{where} is not an object.", hint=_HINT)
        _check_columns(where, raw)
        yield where, raw


def _csv(path: Path, content: bytes) -> Iterator[_Raw]:
    try:
        # Spreadsheets begin a file with a byte order mark.
        lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip() for name in next(lines, [])]
        _check_columns(str(path), header)
        for cells in lines:
            where = f"{path}, line {lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InputError(f"{where} has {len(cells)} values, not {len(header)}.", hint=_HINT)
            yield where, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except (UnicodeDecodeError, csv.Error) as cause:
        raise InputError(f"{path} is not CSV: {cause}.", hint=_HINT) from cause


def _parquet(path: Path, content: bytes) -> Iterator[_Raw]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        _check_columns(str(path), file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(batch_size=10_000):
            for raw in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", raw
    except (pa.ArrowException, OSError) as cause:
        raise InputError(f"{path} is not Parquet: {cause}.", hint=_HINT) from cause


def _check_columns(where: str, names: Iterable[str]) -> None:
    given = list(names)
    unknown = [name or "(no name)" for name in given if name not in COLUMNS]
    if unknown:
        raise InputError(f"{where}: unknown columns: {', '.join(unknown)}.", hint=_HINT)
    if "item" not in given:
        raise InputError(f"{where}: there is no column item.", hint=_HINT)
    if len(set(given)) != len(given):
        raise InputError(f"{where}: a column is there twice.", hint=_HINT)


def _item(where: str, raw: Mapping[str, Any]) -> Item:
    archive, proof = raw.get("archive"), _listed(where, raw.get("proof"))
    if proof and not archive:
        raise InputError(f"{where}: it has a proof and no archive.", hint="Give the root that it proves.")
    if len(proof) > _MOST_PROOF:
        raise InputError(f"{where}: a proof has at most {_MOST_PROOF} hashes.", hint=_HINT)
    return Item(
        where,
        _hash(where, "item", raw.get("item")),
        _name(where, raw.get("name")),
        _modality(where, raw.get("modality")),
        _hash(where, "archive", archive) if archive else None,
        tuple(_hash(where, "proof", one) for one in proof),
    )


def _listed(where: str, told: Any) -> list[Any]:
    if told is None or isinstance(told, list):
        return told or []
    if isinstance(told, str):
        return told.split()
    raise InputError(f"{where}: its proof is not a list of hashes.", hint=_HINT)


def _hash(where: str, column: str, told: Any) -> bytes:
    if isinstance(told, bytes) and len(told) == 32:
        return told
    if isinstance(told, str) and _HASH.fullmatch(told):
        return bytes.fromhex(told[2:])
    shown = told if isinstance(told, str) and told else "nothing" if told in (None, "") else "something else"
    raise InputError(f"{where}: {column} is {shown[:80]!r}, not a hash.", hint="Give 0x and 64 hex digits.")


def _name(where: str, told: Any) -> str:
    if told is not None and not isinstance(told, str):
        raise InputError(f"{where}: its name is not a text.", hint=_HINT)
    return told or ""


def _modality(where: str, told: Any) -> Modality | None:
    if told in (None, ""):
        return None
    name = told.upper() if isinstance(told, str) else ""
    if name not in Modality.__members__:
        known = ", ".join(one.name for one in Modality)
        raise InputError(f"{where}: {str(told)[:40]!r} is not a modality.", hint=f"Known: {known}.")
    return Modality[name]

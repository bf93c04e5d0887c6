"""The history as a Parquet file, for DuckDB, Spark, pandas and their like."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from trust.errors import IndexFault, InputError
from trust.index import Index
from trust.views.usage import Use, use_batches
from trust.views.use_filter import UseFilter

_BATCH = 10_000
_ROWS_A_GROUP = 100_000
_HASHES = ("scene_hash", "output_hash", "prompt_commitment", "model", "tx_hash")
_TIMES = ("used_at", "reported_at")
_NAMES = ("asset_class", "replica_type", "kind")
_OPTIONAL = ("grant_id", "pool_id", "licence_id", "member_id", "output_seconds")


def _field(name: str) -> pa.Field:
    if name in _TIMES:
        return pa.field(name, pa.timestamp("s", tz="UTC"), nullable=False)
    if name in _HASHES:
        return pa.field(name, pa.string(), nullable=False)
    if name in _NAMES:
        return pa.field(name, pa.dictionary(pa.int8(), pa.string()), nullable=False)
    return pa.field(name, pa.int64(), nullable=name in _OPTIONAL)


#: The columns of `Use`. Hashes are text in hex, as in JSON and CSV; times are in UTC; amounts are base units, 64 bits.
SCHEMA = pa.schema([_field(name) for name in Use.__dataclass_fields__])


def write_parquet(
    index: Index,
    path: Path,
    wanted: UseFilter | None = None,
    *,
    newest: bool = False,
    progress: Callable[[int, int], None] = lambda rows, block: None,
) -> int:
    """Write all wanted uses of one state of the index; how many they are. `progress` hears (rows, block).

    The file's metadata `likeness-trust` says what it holds, and of which block. It is written as PATH.part and named
    at the end: an interrupted export leaves nothing else, and what was at PATH stays until then. Raises InputError
    when it can't be written there.
    """
    wanted = wanted or UseFilter()
    with index.reading(), _draft(path) as draft:
        schema = SCHEMA.with_metadata({"likeness-trust": json.dumps(_told(index, wanted))})
        written = 0
        with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
            waiting: list[Use] = []
            for batch in use_batches(index, wanted, newest=newest, size=_BATCH):
                waiting += batch
                written += len(batch)
                if len(waiting) >= _ROWS_A_GROUP:
                    writer.write_batch(_columns(waiting, schema))
                    waiting = []
                progress(written, batch[-1].block_number)
            if waiting:
                writer.write_batch(_columns(waiting, schema))
    return written


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A name beside `path`, which is given to `path` if all goes well."""
    if path.is_dir() or not path.parent.is_dir():
        hint = "Give the name of a file, in a folder that exists."
        raise InputError(f"{path} can't be written.", hint=hint)
    draft = path.with_name(path.name + ".part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _columns(uses: Sequence[Use], schema: pa.Schema) -> pa.RecordBatch:
    try:
        return pa.record_batch([_column(uses, field) for field in schema], schema=schema)
    except (pa.ArrowInvalid, OverflowError) as cause:
        raise IndexFault("An amount is too large for Parquet's 64 bits.", hint="Export as CSV.") from cause


def _column(uses: Sequence[Use], field: pa.Field) -> pa.Array:
    values: list[Any] = [getattr(use, field.name) for use in uses]
    if field.name in _HASHES:
        values = ["0x" + value.hex() for value in values]
    if field.name in _NAMES:
        return pa.array(values, pa.string()).dictionary_encode().cast(field.type)
    return pa.array(values, field.type)


def _told(index: Index, wanted: UseFilter) -> dict[str, Any]:
    status = index.status()
    asked = {name: value for name, value in asdict(wanted).items() if value is not None}
    if wanted.scene is not None:
        asked["scene"] = "0x" + wanted.scene.hex()
    return {
        "chain_id": status.chain_id,
        "usage_ledger": index.deployment.address("UsageLedger"),
        "block": status.block,
        "block_hash": status.block_hash,
        "proven": status.proven,
        "filter": asked,
    }

"""Exporting: final rows only, by event and range of blocks, into files that are never changed afterwards.

    manifest.json
    event_used/blocks=0/000000017-000008214.parquet
    event_used/blocks=50000/...

`blocks` is the first block of an aligned range, so that a reader who wants some months opens only their files, and
an engine sees a partition column. Blocks, not months: which range a row belongs to never depends on a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from trust.errors import IndexFault
from trust.export import manifest as manifests
from trust.export.columns import batch, place_columns
from trust.export.location import Location
from trust.export.manifest import Manifest, Written
from trust.index import Index
from trust.index.store import deployment_digest
from trust.index.tables import Table, event_tables, layout_digest, transfers

#: A week at 12 s a block.
PARTITION_BLOCKS = 50_000
#: A file is made in memory.
FILE_ROWS = 500_000
_PAGE_ROWS = 20_000
_FINAL = """
SELECT number, hash FROM block WHERE number <= :number AND held > 0 ORDER BY number DESC LIMIT 1
"""
_PAGE = """
SELECT {columns}, b.timestamp AS block_time FROM {table} AS t JOIN block AS b ON b.number = t.block_number
WHERE (t.block_number, t.log_index) > (:block, :log) AND t.block_number <= :last
ORDER BY t.block_number, t.log_index LIMIT :limit
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export added; everything up to `block` is at the location, None while nothing is final."""

    block: int | None
    block_hash: str
    files: int
    rows: int
    bytes: int


def export(
    index: Index,
    location: Location,
    *,
    partition_blocks: int = PARTITION_BLOCKS,
    finality_depth: int = 64,
    file_rows: int = FILE_ROWS,
    progress: Callable[[int, int], None] = lambda block, last: None,
) -> Exported:
    """Add what became final since the last export to a location; one export at a time.

    May be interrupted: the manifest is written last, and what it doesn't name is cleared away by the next. Raises
    InputError when the location can't be used, IndexFault when it holds another chain's rows.
    """
    found = manifests.read(location)
    before = found or _empty(index, partition_blocks)
    if found is not None:
        manifests.require_same(found, _empty(index, partition_blocks), location.shown)
        _require_same_chain(index, found, location)
    end = _final(index, finality_depth)
    if end is None or (before.block is not None and end[0] <= before.block):
        return Exported(before.block, before.block_hash, 0, 0, 0)
    _clear(location, before)
    last, block_hash = end
    first = max(0, index.deployment.block - 1) if before.block is None else before.block + 1
    written: list[Written] = []
    for start, stop in _partitions(first, last, partition_blocks):
        for table in _used(index):
            written += _Partition(index, location, table, start, stop, partition_blocks).write(file_rows)
        progress(stop, last)
    _require_all(index, written, first, last)
    if _final(index, finality_depth, at=last) != end or manifests.read(location) != found:
        raise IndexFault("The index or the place changed while it was exported.", hint="Export again.")
    told, files = "0x" + block_hash.hex(), (*before.files, *written)
    manifests.write(location, msgspec.structs.replace(before, block=last, block_hash=told, files=files))
    rows, size = sum(one.rows for one in written), sum(one.bytes for one in written)
    return Exported(last, told, len(written), rows, size)


def _empty(index: Index, partition_blocks: int) -> Manifest:
    deployment = index.deployment
    return Manifest(deployment.chain_id, deployment_digest(deployment), layout_digest(), partition_blocks)


def _final(index: Index, depth: int, at: int | None = None) -> tuple[int, bytes] | None:
    """The last final block with rows; such blocks stay in the index. `at`: the last up to there."""
    reached = index.status().block
    if reached is None:
        return None
    rows = index.rows(_FINAL, {"number": reached - depth if at is None else at})
    return (rows[0]["number"], rows[0]["hash"]) if rows else None


def _require_same_chain(index: Index, found: Manifest, location: Location) -> None:
    reached = index.status().block
    if found.block is None or reached is None or reached < found.block:
        raise IndexFault(
            f"{location.shown} holds rows up to block {found.block}, further than the index.",
            hint="Run `trust index sync` first.",
        )
    rows = index.rows("SELECT hash FROM block WHERE number = :number", {"number": found.block})
    if not rows or "0x" + rows[0]["hash"].hex() != found.block_hash:
        raise IndexFault(
            f"{location.shown} holds another chain up to block {found.block}.",
            hint="Export to an empty place.",
        )


def _clear(location: Location, before: Manifest) -> None:
    """Files of an export that was interrupted: nobody was told of them."""
    known = {one.path for one in before.files} | {manifests.NAME}
    names = {table.name for table in (*event_tables(), transfers)}
    for path in location.names():
        if path not in known and path.split("/")[0] in names:
            location.delete(path)


def _partitions(first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    while first <= last:
        stop = min(last, first - first % size + size - 1)
        yield first, stop
        first = stop + 1


def _used(index: Index) -> list[Table]:
    return [
        table
        for table in (*event_tables(), transfers)
        if index.rows(f"SELECT 1 AS one FROM {table.name} LIMIT 1")
    ]


def _require_all(index: Index, written: list[Written], first: int, last: int) -> None:
    sql = "SELECT coalesce(sum(held), 0) AS held FROM block WHERE number BETWEEN :first AND :last"
    held = index.rows(sql, {"first": first, "last": last})[0]["held"]
    rows = sum(one.rows for one in written)
    if rows != held:
        raise IndexFault(
            f"Blocks {first} to {last} hold {held} rows, but {rows} were read.",
            hint="If it happens again, run `trust index rebuild`.",
        )


class _Partition:
    """Rows of one table in one range of blocks."""

    def __init__(
        self, index: Index, location: Location, table: Table, first: int, last: int, size: int
    ) -> None:
        self._index = index
        self._location = location
        self._table = table
        self._first = first
        self._last = last
        self._folder = f"{table.name}/blocks={first - first % size}"

    def write(self, file_rows: int) -> Iterator[Written]:
        """Files of about `file_rows` rows; a block's rows are in one."""
        first, held, batches = self._first, 0, list[pa.RecordBatch]()
        for rows in self._blocks(min(_PAGE_ROWS, file_rows)):
            if held and held + len(rows) > file_rows:
                last = rows[0]["block_number"] - 1
                yield self._put(first, last, batches)
                first, held, batches = last + 1, 0, []
            batches.append(batch(self._table, rows))
            held += len(rows)
        if held:
            yield self._put(first, self._last, batches)

    def _put(self, first: int, last: int, batches: list[pa.RecordBatch]) -> Written:
        sink = pa.BufferOutputStream()
        rows = pa.Table.from_batches(batches)
        pq.write_table(rows, sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        path = f"{self._folder}/{first:09}-{last:09}.parquet"
        self._location.write(path, content)
        digest = sha256(content).hexdigest()
        return Written(path, self._table.name, first, last, rows.num_rows, len(content), digest)

    def _blocks(self, size: int) -> Iterator[list[Row]]:
        """Pages of rows that end where a block does."""
        kept: list[Row] = []
        for page in self._pages(size):
            kept += page
            open_block = kept[-1]["block_number"]
            whole = [row for row in kept if row["block_number"] < open_block]
            if whole:
                yield whole
                kept = kept[len(whole) :]
        if kept:
            yield kept

    def _pages(self, size: int) -> Iterator[list[Row]]:
        names = [*place_columns(), *(field.column for field in self._table.fields)]
        columns = ", ".join(f't."{name}"' for name in names)
        sql = _PAGE.format(columns=columns, table=self._table.name)
        place = {"block": self._first, "log": -1}
        while rows := self._index.rows(sql, place | {"last": self._last, "limit": size}):
            yield rows
            place = {"block": rows[-1]["block_number"], "log": rows[-1]["log_index"]}

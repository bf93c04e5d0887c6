"""The index's columns as Parquet's.

Hashes are binary, ids and small numbers int64, truths boolean. Amounts and rates are decimal(38, 0), which sums
exactly; what 38 digits can't hold (nonces, bit sets, earnings of a pool's unit in Q64) is text in decimal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from trust.errors import IndexFault
from trust.index.columns import Kind
from trust.index.tables import PLACE, Field, Table, number, transfers

_DIGITS = 38
#: Left out: it is of use beside the index's own bytes alone.
_CHECKSUM = "log_crc"
_TIME = pa.field("block_time", pa.timestamp("s", tz="UTC"), nullable=False)
_BY_KIND = {Kind.INTEGER: pa.int64(), Kind.BLOB: pa.binary(), Kind.TEXT: pa.string()}


def place_columns() -> list[str]:
    """Columns that say where in the chain a row is."""
    return [name for name, _ in PLACE if name != _CHECKSUM]


def schema(table: Table) -> pa.Schema:
    """Columns of a table's files."""
    kinds = dict(PLACE)
    places = [pa.field(name, _BY_KIND[kinds[name]], nullable=False) for name in place_columns()]
    fields = [pa.field(field.column, _type(table, field), nullable=False) for field in table.fields]
    return pa.schema([*places[:2], _TIME, *places[2:], *fields])


def batch(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """Rows of a table. Raises IndexFault when an amount has more than 38 digits."""
    wide = {field.column for field in table.fields if field.kind is Kind.WIDE}
    arrays = []
    for column in schema(table):
        values = [row[column.name] for row in rows]
        if column.name in wide:
            values = [number(value) for value in values]
        arrays.append(_array(table, column, values))
    return pa.RecordBatch.from_arrays(arrays, schema=schema(table))


def _type(table: Table, field: Field) -> pa.DataType:
    if field.abi == "bool":
        return pa.bool_()
    if field.kind is not Kind.WIDE:
        return _BY_KIND[field.kind]
    fits = field.abi == "uint64" or table == transfers
    return pa.decimal128(_DIGITS, 0) if fits else pa.string()


def _array(table: Table, column: pa.Field, values: list[Any]) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return pa.array([bool(value) for value in values], column.type)
    if pa.types.is_string(column.type):
        return pa.array([str(value) for value in values], column.type)
    if not pa.types.is_decimal(column.type):
        return pa.array(values, column.type)
    largest = max(values, default=0)
    if largest < 1 << 63:
        return pa.array(values, pa.int64()).cast(column.type)
    if largest >= 10**_DIGITS:
        raise IndexFault(
            f"{table.name}.{column.name} has {largest}, more than {_DIGITS} digits.",
            hint="No dollar has so many units: look at the token.",
        )
    return pa.array([Decimal(value) for value in values], column.type)

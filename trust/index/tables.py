"""One typed table for each event, made from the contracts' ABI.

A row has its place in the chain, a checksum of the log as it was, and its fields, which say all that the log said:
`codec.encoded` makes the log of them again. Integers below 2^63 are INTEGER (BIGINT) and larger ones 32-byte BLOBs in
SQLite, NUMERIC in PostgreSQL. Hashes are BLOBs, addresses TEXT with their checksum, lists JSON. A struct's fields get
the struct's name as prefix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from trust.chain.abi import interface
from trust.chain.artifacts import CONTRACTS
from trust.index.columns import Kind

INTEGER_LIMIT = 2**63
TRANSFER = "transfer"

#: One material given to one member.
_MATERIAL = ("material_hash", "member_id", "production_id")

#: Indexes that hold all that finding a page of uses, or what was said of a material, asks of these tables.
_PAGED: dict[str, dict[str, tuple[str, ...]]] = {
    "event_scene_granted": {
        "grant_id": ("grant_id", "block_number", "log_index", "licence_id"),
        "licence_id": ("licence_id", "block_number", "log_index", "grant_id"),
        "scene_hash": ("scene_hash", "block_number", "log_index", "grant_id", "licence_id"),
    },
    "event_pool_granted": {"scene_hash": ("scene_hash", "block_number", "log_index", "pool_id")},
    "event_disclosed": {"material_hash": _MATERIAL},
    "event_disclosure_acknowledged": {"material_hash": _MATERIAL},
    "event_disclosure_contested": {"material_hash": _MATERIAL},
    "event_undisclosed_reported": {"material_hash": _MATERIAL},
    "event_report_answered": {"material_hash": _MATERIAL},
}

#: What every row begins with.
PLACE: tuple[tuple[str, Kind], ...] = (
    ("block_number", Kind.INTEGER),
    ("log_index", Kind.INTEGER),
    ("block_hash", Kind.BLOB),
    ("tx_hash", Kind.BLOB),
    ("tx_index", Kind.INTEGER),
    ("contract", Kind.TEXT),
    ("log_crc", Kind.BLOB),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of decoded values. `path` leads to it in the event's arguments, `abi` is its type there."""

    column: str
    path: tuple[str, ...]
    abi: str

    @property
    def kind(self) -> Kind:
        """How it is kept."""
        if self.abi.endswith("]") or self.abi in ("address", "string"):
            return Kind.TEXT
        if self.abi.startswith("bytes"):
            return Kind.BLOB
        numbers_things = self.column.endswith("_id") or self.column == "ref"
        narrow = self.abi == "bool" or int(self.abi.removeprefix("uint")) < 64
        return Kind.INTEGER if narrow or numbers_things else Kind.WIDE

    def stored(self, value: Any) -> Any:
        """A decoded value as it is kept: a whole number, bytes or text."""
        if self.kind is Kind.TEXT:
            return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        return value if self.kind is Kind.BLOB else int(value)

    def decoded(self, kept: Any) -> Any:
        """What `stored` was given."""
        if self.abi.endswith("]"):
            return json.loads(kept)
        if self.kind in (Kind.TEXT, Kind.BLOB):
            return kept
        return bool(kept) if self.abi == "bool" else number(kept)


@dataclass(frozen=True, slots=True)
class Table:
    """The table of an event; contracts that emit the same event share it."""

    name: str
    event: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[tuple[str, Kind], ...]:
        """Names and kinds, the place first."""
        return (*PLACE, *((field.column, field.kind) for field in self.fields))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds alone."""
        return tuple(kind for _, kind in self.columns)

    @property
    def indexes(self) -> tuple[str, ...]:
        """One for each column that names a thing; pages are read in the chain's order."""
        named = [
            field.column for field in self.fields if field.column.endswith("_id") or field.column == "ref"
        ]
        wanted = {column: (column, "block_number", "log_index") for column in named} | _PAGED.get(
            self.name, {}
        )
        return tuple(
            f"CREATE INDEX IF NOT EXISTS {self.name}_by_{name} ON {self.name} ({', '.join(columns)})"
            for name, columns in wanted.items()
        )

    def args(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The event's arguments from a row."""
        args: dict[str, Any] = {}
        for field in self.fields:
            inner = args
            for step in field.path[:-1]:
                inner = inner.setdefault(step, {})
            inner[field.path[-1]] = field.decoded(row[field.column])
        return args


@cache
def tables() -> dict[tuple[str, str], Table]:
    """Tables by contract and event."""
    found: dict[tuple[str, str], Table] = {}
    by_name: dict[str, Table] = {}
    for contract in CONTRACTS:
        for topic, event in interface(contract).topics().items():
            table = _table(event, interface(contract).event_inputs(topic))
            if by_name.setdefault(table.name, table) != table:
                raise AssertionError(f"two events {event} differ in their fields")
            found[contract, event] = table
    return found


@cache
def event_tables() -> tuple[Table, ...]:
    """Every event's table once."""
    return tuple(sorted(set(tables().values()), key=lambda table: table.name))


#: What the token itself says of money that goes into Payroll and out of it.
transfers = Table(
    TRANSFER,
    "Transfer",
    (
        Field("sender", ("sender",), "address"),
        Field("recipient", ("recipient",), "address"),
        Field("amount", ("amount",), "uint256"),
    ),
)


@cache
def layout_digest() -> str:
    """Changes when a typed table does."""
    return sha256(repr((event_tables(), transfers, PLACE)).encode()).hexdigest()


def number(kept: Any) -> int:
    """An integer as a database kept it."""
    return int.from_bytes(kept, "big") if isinstance(kept, bytes) else int(kept)


def as_sqlite(value: int) -> int | bytes:
    """A whole number as SQLite keeps it: 32 bytes from 2^63 on."""
    return value if value < INTEGER_LIMIT else value.to_bytes(32, "big")


def snake(name: str) -> str:
    """camelCase or PascalCase as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _table(event: str, inputs: Sequence[Mapping[str, Any]]) -> Table:
    fields = tuple(field for item in inputs for field in _fields(item, ()))
    return Table(f"event_{snake(event)}", event, fields)


def _fields(item: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[Field]:
    path = (*prefix, item["name"])
    if item["type"] != "tuple":
        yield Field("_".join(snake(part) for part in path), path, item["type"])
        return
    for part in item["components"]:
        yield from _fields(part, path)

"""One typed table for each event, made from the contracts' ABI.

Integers below 2^63 are INTEGER and larger ones 32-byte BLOBs; nonces are always BLOBs. Hashes are BLOBs,
addresses TEXT with their checksum, lists JSON. A struct's fields get the struct's name as prefix.
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

_INTEGER_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class Table:
    """The table of an event; contracts that emit the same event share it."""

    name: str
    columns: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    @property
    def create(self) -> str:
        columns = "".join(f'    "{column}" ANY NOT NULL,\n' for column in self.columns)
        return (
            f"CREATE TABLE {self.name} (\n"
            "    block_number INTEGER NOT NULL,\n    log_index INTEGER NOT NULL,\n"
            "    contract TEXT NOT NULL,\n"
            f"{columns}    PRIMARY KEY (block_number, log_index)\n) STRICT, WITHOUT ROWID;"
        )

    @property
    def indexes(self) -> tuple[str, ...]:
        """One for each column that names a thing."""
        return tuple(
            f"CREATE INDEX {self.name}_by_{column} ON {self.name} ({column});"
            for column in self.columns
            if column.endswith("_id") or column == "ref"
        )

    @property
    def insert(self) -> str:
        places = ", ".join("?" * (len(self.columns) + 3))
        return f"INSERT INTO {self.name} VALUES ({places})"

    def row(
        self, block_number: int, log_index: int, contract: str, args: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        """The event as values for `insert`."""
        values = (stored(path[-1], _at(args, path)) for path in self.paths)
        return (block_number, log_index, contract, *values)


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


def all_tables() -> list[Table]:
    """Every typed table once."""
    return sorted(set(tables().values()), key=lambda table: table.name)


def layout_digest() -> str:
    """Changes when a typed table does."""
    return sha256("\n".join(table.create for table in all_tables()).encode()).hexdigest()


def stored(name: str, value: Any) -> Any:
    """A decoded value as SQLite keeps it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        if name == "nonce" or value >= _INTEGER_LIMIT:
            return value.to_bytes(32, "big")
        return value
    if isinstance(value, list | tuple):
        return json.dumps(value, separators=(",", ":"))
    return value


def number(kept: Any) -> int:
    """An integer as `stored` kept it."""
    return int.from_bytes(kept, "big") if isinstance(kept, bytes) else int(kept)


def snake(name: str) -> str:
    """camelCase or PascalCase as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _table(event: str, inputs: Sequence[Mapping[str, Any]]) -> Table:
    paths = tuple(path for item in inputs for path in _paths(item, ()))
    columns = tuple("_".join(snake(part) for part in path) for path in paths)
    return Table(f"event_{snake(event)}", columns, paths)


def _paths(item: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    path = (*prefix, item["name"])
    if item["type"] != "tuple":
        yield path
        return
    for part in item["components"]:
        yield from _paths(part, path)


def _at(args: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = args
    for step in path:
        value = value[step]
    return value

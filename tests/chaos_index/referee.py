"""Compares an index with the chain itself, and indexes with each other, row for row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from chaos_index.world import World
from trust.chain.rpc import blob, hexed
from trust.index import Index
from trust.index.codec import encoded
from trust.index.columns import Kind
from trust.index.tables import Table, event_tables, number, transfers

_TRANSFER = hexed(keccak(text="Transfer(address,address,uint256)"))
_PLACE = ("block_number", "log_index", "block_hash", "tx_hash", "tx_index")

Row = tuple[Any, ...]
Tables = Mapping[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Logs:
    """All logs up to a block, in the chain's order: ours, and the token's that concern Payroll."""

    cursor: tuple[int, bytes] | None
    events: tuple[Row, ...]
    transfers: tuple[Row, ...]


def held(index: Index) -> Logs:
    """What an index holds, as the logs that its rows were made of."""
    with index.reading():
        cursor = index.rows("SELECT number, hash FROM cursor")
        events = [log for table in event_tables() for log in _logs(index, table)]
        moved = list(_logs(index, transfers))
    return Logs(
        (cursor[0]["number"], cursor[0]["hash"]) if cursor else None,
        tuple(sorted(events)),
        tuple(sorted(moved)),
    )


def said(world: World, up_to: int) -> Logs:
    """What the chain holds up to a block, as anvil itself says."""
    span = {"fromBlock": "0x0", "toBlock": hex(up_to)}
    payroll = "0x" + world.deployment.address("Payroll")[2:].lower().rjust(64, "0")
    token = span | {"address": world.deployment.token}
    own = world.node.call("eth_getLogs", span | {"address": sorted(world.contracts)})
    sent = world.node.call("eth_getLogs", token | {"topics": [_TRANSFER, payroll]})
    received = world.node.call("eth_getLogs", token | {"topics": [_TRANSFER, None, payroll]})
    return Logs(
        (up_to, blob(world.node.block(up_to).hash)),
        tuple(sorted(map(_log, own))),
        tuple(sorted({_log(log) for log in (*sent, *received)})),
    )


def is_on_chain(world: World, cursor: tuple[int, bytes] | None) -> bool:
    """Whether the chain still has the block that an index ends with."""
    if cursor is None or cursor[0] > world.head():
        return False
    return blob(world.node.block(cursor[0]).hash) == cursor[1]


def tables(index: Index) -> Tables:
    """Every row of every table, wide numbers as numbers."""
    found: dict[str, list[Row]] = {}
    for table in (*event_tables(), transfers):
        wide = [kind is Kind.WIDE for kind in table.kinds]
        rows = index.rows(f"SELECT * FROM {table.name} ORDER BY block_number, log_index")
        found[table.name] = [
            tuple(number(value) if is_wide else value for value, is_wide in zip(_row(row), wide, strict=True))
            for row in rows
        ]
    for name in ("meta", "cursor", "block"):
        found[name] = [_row(row) for row in index.rows(f"SELECT * FROM {name} ORDER BY 1")]
    return found


def differences(one: Tables, other: Tables) -> list[str]:
    """What differs, by table."""
    return [
        f"{name}: {told}"
        for name in sorted({*one, *other})
        if (told := difference(one.get(name, ()), other.get(name, ())))
    ]


def difference(one: Sequence[Row], other: Sequence[Row]) -> str:
    """How two lists of rows differ; empty when they don't."""
    if list(one) == list(other):
        return ""
    only, missing = _not_in(one, other), _not_in(other, one)
    return f"{len(only)} rows too many {_first(only)}, {len(missing)} missing {_first(missing)}"


def _not_in(rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    known = set(others)
    return [row for row in rows if row not in known]


def _first(rows: Sequence[Row]) -> str:
    return (
        f"(first {[value.hex() if isinstance(value, bytes) else value for value in rows[0]]})" if rows else ""
    )


def _logs(index: Index, table: Table) -> Iterator[Row]:
    for row in index.rows(f"SELECT * FROM {table.name}"):
        topics, data = encoded(table, row["contract"], table.args(row))
        yield (*(row[name] for name in _PLACE), b"".join(topics), data)


def _row(row: Any) -> Row:
    return tuple(row.values()) if isinstance(row, dict) else tuple(row)


def _log(log: Mapping[str, Any]) -> Row:
    return (
        int(log["blockNumber"], 16),
        int(log["logIndex"], 16),
        blob(log["blockHash"]),
        blob(log["transactionHash"]),
        int(log["transactionIndex"], 16),
        b"".join(map(blob, log["topics"])),
        blob(log["data"]),
    )

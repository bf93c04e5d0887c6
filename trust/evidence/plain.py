"""Rows as plain data, for files and for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from trust.chain.rpc import hexed
from trust.evidence.evidence import Row
from trust.evidence.logs import Event
from trust.index.codec import TOKEN
from trust.index.columns import Kind
from trust.index.tables import Table, tables, transfers


def row_json(line: int, row: Row) -> dict[str, Any]:
    """A row as plain data: amounts and other large numbers as text, so that no reader rounds them."""
    event = row.event
    return {
        "line": line,
        "part": row.part,
        "block": event.block,
        "block_hash": hexed(row.block_hash),
        "time": row.timestamp,
        "transaction": hexed(row.transaction),
        "index": event.tx_index,
        "log": event.log_index,
        "contract": event.contract,
        "event": event.name,
        "fields": fields_json(event),
    }


def fields_json(event: Event) -> dict[str, Any]:
    """An event's fields."""
    shown: dict[str, Any] = {}
    for field in _table(event).fields:
        value = event.fields[field.column]
        if field.abi.endswith("]"):
            shown[field.column] = json.loads(value)
        elif field.abi == "bool":
            shown[field.column] = bool(value)
        elif isinstance(value, bytes):
            shown[field.column] = hexed(value)
        else:
            shown[field.column] = str(value) if field.kind is Kind.WIDE else value
    return shown


def moment(seconds: int) -> str:
    """A time in ISO 8601, or the number itself where that has no form."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _table(event: Event) -> Table:
    return transfers if event.contract == TOKEN else tables()[event.contract, event.name]

"""Whether the rows are the chain's: headers hash and link, logs say what the rows say, other nodes agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trust.audit.ledger import Ledger
from trust.chain.artifacts import CONTRACTS
from trust.chain.node import Node
from trust.chain.rpc import hexed
from trust.errors import ChainError
from trust.index import Index, IndexedEvent, Status
from trust.index.codec import checksum, encoded
from trust.index.tables import Table, event_tables, transfers
from trust.proof import Header
from trust.proof.rlp import Malformed

_PAGE = 10_000


def check_blocks(ledger: Ledger, index: Index, status: Status) -> None:
    """A01, and of A02 the headers."""
    assert status.block is not None
    ledger.look("A01", status.block - status.first_block + 1)
    if status.proven != status.block:
        proven = "no block" if status.proven is None else f"block {status.proven}"
        ledger.find("A01", f"The index stands at block {status.block} and is proven up to {proven}.")
    above = None
    for row in _blocks(index):
        ledger.look("A02")
        if not row["proven"]:
            ledger.find("A01", f"Block {row['number']} was read without its receipts.")
        for what in _header_faults(row, above):
            ledger.find("A02", f"Block {row['number']}: {what}.")
        above = row


def _blocks(index: Index) -> Iterator[Mapping[str, Any]]:
    sql = "SELECT * FROM block WHERE number > :above ORDER BY number LIMIT :page"
    above = -1
    while rows := index.rows(sql, {"above": above, "page": _PAGE}):
        yield from rows
        above = rows[-1]["number"]


def _header_faults(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[str]:
    try:
        header = Header.decode(row["header"])
    except Malformed as cause:
        yield f"its header can't be read ({cause})"
        return
    told = (row["hash"], row["number"], row["parent"], row["timestamp"], row["receipts_root"])
    if told != (header.hash, header.number, header.parent, header.timestamp, header.receipts_root):
        yield "its header says something else than its row"
    if before is not None and before["number"] + 1 == row["number"] and before["hash"] != row["parent"]:
        yield "it does not follow the block before it"


def check_rows(ledger: Ledger, index: Index) -> None:
    """A02: each row's fields are put back into a log, one by one, whose checksum was kept; and none is missing."""
    blocks = {row["number"]: (row["hash"], row["held"]) for row in _blocks(index)}
    held: Counter[int] = Counter()
    for table in (*event_tables(), transfers):
        for row in _rows(index, table):
            ledger.look("A02")
            held[row["block_number"]] += 1
            if blocks.get(row["block_number"], (None,))[0] != row["block_hash"]:
                _at(ledger, table, row, "it names another block than the one of its number")
            if not _stands(table, row):
                _at(ledger, table, row, "its fields are not what its log says")
    for block, (_, rows) in blocks.items():
        if held[block] != rows:
            ledger.find("A02", f"Block {block} has {held[block]} rows, where {rows} were read.")


def _at(ledger: Ledger, table: Table, row: Mapping[str, Any], what: str) -> None:
    event = IndexedEvent(
        row["block_number"], row["log_index"], hexed(row["tx_hash"]), 0, row["contract"], table.event, {}
    )
    ledger.find("A02", f"{table.event}: {what}.", event)


def _rows(index: Index, table: Table) -> Iterator[Mapping[str, Any]]:
    sql = (
        f"SELECT * FROM {table.name} WHERE block_number > :block OR (block_number = :block AND log_index > :log)"
        " ORDER BY block_number, log_index LIMIT :page"
    )
    place = {"block": -1, "log": -1}
    while rows := index.rows(sql, place | {"page": _PAGE}):
        yield from rows
        place = {"block": rows[-1]["block_number"], "log": rows[-1]["log_index"]}


def _stands(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether the log that the row's fields make is the one that was read."""
    if table is not transfers and row["contract"] not in CONTRACTS:
        return False
    try:
        topics, data = encoded(table, row["contract"], table.args(row))
    except (ValueError, OverflowError):
        return False
    return bool(checksum(topics, data) == row["log_crc"])


def check_nodes(ledger: Ledger, nodes: Sequence[Node], status: Status) -> None:
    """A03: asked last, so that a reorganisation meanwhile shows."""
    assert status.block is not None
    for node in nodes:
        ledger.look("A03")
        try:
            found = node.block(status.block).hash
        except ChainError as cause:
            ledger.find("A03", f"{node.shown} gave no block {status.block}: {cause}")
            continue
        if found.lower() != status.block_hash:
            ledger.find(
                "A03",
                f"{node.shown} has block {found} at height {status.block}, the audit {status.block_hash}.",
            )
    if len(nodes) == 1:
        ledger.remark("A03", "one node was asked; name others with --also")

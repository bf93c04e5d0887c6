"""What the index holds, as the auditor reads it: events and the token's transfers, in the chain's order."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from trust.audit.case import MOVED
from trust.chain.rpc import hexed
from trust.index import Index, IndexedEvent
from trust.index.tables import number

_PAGE = 20_000
_TRANSFERS = """
SELECT t.*, b.timestamp FROM transfer t JOIN block b ON b.number = t.block_number
WHERE t.block_number > :block OR (t.block_number = :block AND t.log_index > :log)
ORDER BY t.block_number, t.log_index LIMIT :page
"""


def told(index: Index) -> Iterator[IndexedEvent]:
    """Every event and every transfer of the token in or out of Payroll."""
    return merge(index.events(), transfers(index), key=lambda event: (event.block_number, event.log_index))


def transfers(index: Index) -> Iterator[IndexedEvent]:
    """The token's transfers, as events of the name MOVED."""
    block, log = -1, -1
    while rows := index.rows(_TRANSFERS, {"block": block, "log": log, "page": _PAGE}):
        for row in rows:
            block, log = row["block_number"], row["log_index"]
            yield IndexedEvent(
                block_number=block,
                log_index=log,
                tx_hash=hexed(row["tx_hash"]),
                timestamp=row["timestamp"],
                contract=row["contract"],
                name=MOVED,
                args={
                    "sender": row["sender"],
                    "recipient": row["recipient"],
                    "amount": number(row["amount"]),
                },
            )

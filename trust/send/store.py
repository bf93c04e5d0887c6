"""The outbox's rows in SQLite: short transactions, and one process at a time that steps a sender's rows."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from trust.chain.rpc import Address, TxHash
from trust.errors import OutboxError, WrongChain
from trust.send.model import Attempt, Fees, Intent, Nonce, Reason, Receipt, Row, RowId, State

_SCHEMA_VERSION = 2
_HERE = Path(__file__).parent
_MAY_START_OVER = (Reason.REFUSED, Reason.UNFUNDED, Reason.REJECTED, Reason.WITHDRAWN)


def _named(text: str) -> dict[str, str]:
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


_QUERIES = _named((_HERE / "queries.sql").read_text())


class Store:
    """The rows of one sender on one chain. For one thread."""

    def __init__(
        self,
        path: Path,
        chain_id: int,
        sender: Address,
        *,
        durability: Literal["NORMAL", "FULL"],
        lock_seconds: float,
    ) -> None:
        self.path = path
        self._scope = {"chain_id": chain_id, "sender": sender}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = _open(path, lock_seconds)
        # SQLite does not wait for a lock when it changes to WAL, so two first openings would collide.
        setup = path.with_name(f"{path.name}-setup.lock")
        with closing(_open(setup, lock_seconds)) as lock, _exclusive(lock, "ROLLBACK"):
            self._db.execute("PRAGMA journal_mode = WAL")
            self._create()
        self._db.execute(f"PRAGMA synchronous = {durability}")
        self._db.execute("PRAGMA foreign_keys = ON")
        # Never written to: its lock says who steps this sender's rows, and ends with the process holding it.
        self._turn = _open(path.with_name(f"{path.name}-{chain_id}-{sender.lower()}.lock"), lock_seconds)

    def close(self) -> None:
        self._db.close()
        self._turn.close()

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time."""
        with _exclusive(self._db, "COMMIT"):
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The only stepper of this sender's rows, over all processes."""
        with _exclusive(self._turn, "ROLLBACK"):
            yield

    # Reads

    def row(self, key: str) -> Row | None:
        """The row of `key`, whoever its sender is."""
        return next(iter(self._rows("by_key", key=key)), None)

    def live(self) -> list[Row]:
        """Rows with a nonce that are not settled, by nonce."""
        return self._rows("live")

    def queued(self, limit: int) -> list[Row]:
        """Rows without a nonce, oldest first."""
        return self._rows("queued", limit=limit) if limit > 0 else []

    def unsettled_keys(self) -> list[str]:
        """Keys of the rows that are neither final nor failed, oldest first."""
        return [row["key"] for row in self._run("unsettled_keys")]

    def settled_from(self, nonce: int) -> list[Row]:
        """Settled rows with this nonce or a higher one."""
        return self._rows("settled_from", nonce=nonce)

    def owner(self, nonce: int) -> Row | None:
        """The row that has this nonce."""
        return next(iter(self._rows("by_nonce", nonce=nonce)), None)

    def highest_nonce(self) -> int:
        """The highest nonce any row has, -1 if none."""
        found = self._run("highest_nonce").fetchone()[0]
        return -1 if found is None else int(found)

    # Writes, inside `transaction`

    def require_genesis(self, genesis: str) -> None:
        """Bind this file to the chain with that first block; raises WrongChain if it is bound to another."""
        self._run("remember_genesis", genesis=genesis)
        if self._run("genesis").fetchone()["genesis"] != genesis:
            raise WrongChain(
                f"{self.path} was written for another chain with the id {self._scope['chain_id']}.",
                hint="A local chain that starts anew needs a new outbox file.",
            )

    def enqueue(self, intent: Intent, now: float) -> Row:
        """Add the row, or find the one that the key has. Raises OutboxError if that one is something else."""
        found = self.row(intent.key)
        if found is None or found.reason in _MAY_START_OVER:
            self._run("add_intent" if found is None else "enqueue_again", now=now, **_columns(intent))
        elif not found.intent.same_content(intent):
            raise OutboxError(
                f"The key {intent.key!r} was already used for another transaction.",
                hint="A key names one transaction for good: give the new one another key.",
            )
        elif found.sender != self._scope["sender"]:
            raise OutboxError(f"The intent {intent.key!r} belongs to the sender {found.sender}.")
        else:
            return found
        added = self.row(intent.key)
        assert added is not None
        return added

    def free_nonces(self, pending: Nonce) -> Iterator[Nonce]:
        """Nonces that neither the chain (`pending` is its next) nor a row has, lowest first.

        Usually one after the highest stored nonce, or the chain's next if that is higher; a lower one when a
        stranger's transaction that we had counted on has vanished.
        """
        owned = {row["nonce"] for row in self._run("owned_nonces", nonce=pending)}
        nonce = pending
        while True:
            if nonce not in owned:
                yield nonce
            nonce = Nonce(nonce + 1)

    def reserve(self, row: Row, nonce: Nonce, gas: int) -> Row:
        """Give the row its nonce."""
        self._run("reserve", id=row.id, nonce=nonce, gas=gas)
        return self._again(row)

    def add_attempt(self, row: Row, attempt: Attempt) -> None:
        """Keep a signed transaction, before it leaves."""
        fees = {"max_fee": attempt.fees.max_fee, "priority_fee": attempt.fees.priority_fee}
        values = {"hash": attempt.hash, "nonce": attempt.nonce, "raw": attempt.raw, "now": attempt.offered_at}
        self._run("add_attempt", id=row.id, **values, **fees)
        self._run("set_sent", id=row.id)

    def set_broadcast(self, hash: TxHash, now: float | None, refusal: str | None) -> None:
        """What the node said; `now` None: to be broadcast again."""
        self._run("set_broadcast", hash=hash, now=now, refusal=refusal)

    def settle(self, row: Row, state: State, receipt: Receipt, revert_data: bytes = b"") -> None:
        """The row was mined, and may be final."""
        reason = Reason.REVERTED if state is State.FAILED else None
        answer = json.dumps(receipt.answer(), separators=(",", ":"))
        self._run("settle", id=row.id, state=state, receipt=answer, reason=reason, revert_data=revert_data)

    def reopen(self, row: Row) -> None:
        """The row is no longer mined."""
        self._run("set_sent", id=row.id)

    def give_up_nonce(self, row: Row) -> None:
        """The row goes back to the queue."""
        self._run("give_up_nonce", id=row.id)

    def fail(self, row: Row, reason: Reason, detail: str, revert_data: bytes = b"") -> None:
        """The row fails without having spent a nonce."""
        self._run("fail_without_nonce", id=row.id, reason=reason, detail=detail, revert_data=revert_data)

    # Plumbing

    def _again(self, row: Row) -> Row:
        found = self.row(row.intent.key)
        assert found is not None
        return found

    def _run(self, query: str, **values: Any) -> sqlite3.Cursor:
        return self._db.execute(_QUERIES[query], self._scope | values)

    def _rows(self, query: str, **values: Any) -> list[Row]:
        records = self._run(query, **values).fetchall()
        attempts = self._attempts(record["id"] for record in records)
        return [_row(record, attempts.get(record["id"], ())) for record in records]

    def _attempts(self, ids: Iterable[int]) -> dict[int, Sequence[Attempt]]:
        found: dict[int, list[Attempt]] = {}
        if wanted := list(ids):
            for record in self._run("attempts_of", ids=json.dumps(wanted)):
                found.setdefault(record["intent"], []).append(_attempt(record))
        return dict(found)

    def _create(self) -> None:
        with self.transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in (_HERE / "schema.sql").read_text().split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            elif version != _SCHEMA_VERSION:
                raise OutboxError(
                    f"{self.path} has layout {version}, and this program knows layout {_SCHEMA_VERSION}.",
                    hint="Use the version of this program that wrote it.",
                )


def _open(path: Path, lock_seconds: float) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=lock_seconds)
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise OutboxError(f"The outbox file {path} cannot be opened: {error}.") from error
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def _exclusive(connection: sqlite3.Connection, end: Literal["COMMIT", "ROLLBACK"]) -> Iterator[None]:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise OutboxError(
            "Another process has been using this outbox for too long.", hint="Try again."
        ) from error
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute(end)


def _columns(intent: Intent) -> dict[str, Any]:
    wanted = {"key": intent.key, "recipient": intent.to, "data": intent.data, "value": str(intent.value)}
    return wanted | {"gas_wanted": intent.gas, "gas_spare": intent.spare, "note": intent.note}


def _row(record: sqlite3.Row, attempts: Sequence[Attempt]) -> Row:
    intent = Intent(
        key=record["key"],
        to=record["recipient"],
        data=record["data"],
        value=int(record["value"]),
        gas=record["gas_wanted"],
        note=record["note"],
        spare=record["gas_spare"],
    )
    return Row(
        id=RowId(record["id"]),
        intent=intent,
        state=State(record["state"]),
        sender=Address(record["sender"]),
        nonce=None if record["nonce"] is None else Nonce(record["nonce"]),
        gas=record["gas"],
        attempts=tuple(attempts),
        receipt=Receipt.read(json.loads(record["receipt"])) if record["receipt"] else None,
        reason=Reason(record["reason"]) if record["reason"] else None,
        detail=record["detail"],
        revert_data=record["revert_data"],
    )


def _attempt(record: sqlite3.Row) -> Attempt:
    return Attempt(
        hash=TxHash(record["hash"]),
        nonce=Nonce(record["nonce"]),
        fees=Fees(record["max_fee"], record["priority_fee"]),
        raw=record["raw"],
        offered_at=record["offered_at"],
        broadcast_at=record["broadcast_at"],
        refusal=record["refusal"],
    )

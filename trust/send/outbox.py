"""The outbox: an intent goes in, a receipt comes out, and a crash in between loses and doubles nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, Self

from trust.chain.node import Node
from trust.chain.rpc import Address
from trust.errors import InsufficientFunds, OutboxError, TransactionFailed, TrustError
from trust.send.model import Intent, Reason, Receipt, Reverted, Row, Rules, Signer, State
from trust.send.stepper import Checkpoint, Progress, Stepper
from trust.send.store import Store
from trust.send.view import View

_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 2.0


class Outbox:
    """Sends transactions of one signer on one chain, each once, in the order they were enqueued.

    `path` is an SQLite file, which several processes and senders may share; an Outbox is for one thread.
    `decode_revert` turns revert data into the error that callers see. `durability` FULL also survives a power
    cut, for a disk flush at each of five commits a transaction. `checkpoint` is called after each part of a
    step, for tests of crashes. The chain must have EIP-1559 fees.
    """

    def __init__(
        self,
        path: Path | str,
        node: Node,
        chain_id: int,
        signer: Signer,
        *,
        rules: Rules | None = None,
        decode_revert: Callable[[bytes], TrustError | None] = lambda data: None,
        timeout_seconds: float = 600.0,
        durability: Literal["NORMAL", "FULL"] = "NORMAL",
        lock_seconds: float = 60.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        checkpoint: Callable[[Checkpoint], None] = lambda name: None,
    ) -> None:
        rules = rules or Rules()
        sender = Address(signer.address)
        self._node = node
        self._chain_id = chain_id
        self._decode_revert = decode_revert
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._sleep = sleep
        self._checkpoint = checkpoint
        self._view = View(node, sender, rules)
        self._store = Store(Path(path), chain_id, sender, durability=durability, lock_seconds=lock_seconds)
        self._stepper = Stepper(self._store, node, chain_id, signer, rules, self._view, checkpoint)
        self._chain_checked = False

    def __repr__(self) -> str:
        return f"Outbox({self._store.path}, chain {self._chain_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. The node stays open: it is the caller's."""
        self._store.close()

    def send(self, intent: Intent) -> Receipt:
        """Send it, unless it was sent before, and wait until it is final.

        When it would revert, raises what `decode_revert` makes of it, else Reverted; when ether is short,
        InsufficientFunds: nothing was sent then, and the key may be sent again. When it was mined and
        reverted, Reverted, caused by the decoded error. OutboxError when the key names another transaction,
        or when time is up: the row stays, and the next call goes on with it. Also NodeUnreachable,
        WrongChain, RpcError.
        """
        return self.send_all([intent])[0]

    def send_all(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Send them in order, many at once; wait until all are settled; then raise the first failure.

        Each is simulated on the latest block. One that fails there while others are ahead waits for them; one
        that needs more gas after them should say so in `gas`.
        """
        self._check_chain()
        now = self._clock()
        with self._store.transaction():
            for intent in intents:
                self._store.enqueue(intent, now)
        self._checkpoint("enqueued")
        return [self._outcome(row) for row in self.run_until_final([intent.key for intent in intents])]

    def enqueue(self, intent: Intent) -> Row:
        """Note it durably; a later `step`, of any process, sends it. Raises OutboxError as `send` does."""
        self._check_chain()
        with self._store.transaction():
            row = self._store.enqueue(intent, self._clock())
        self._checkpoint("enqueued")
        return row

    def withdraw(self, key: str) -> bool:
        """Take back an intent that was never signed; whether it could be. The key may be enqueued again."""
        with self._store.turn(), self._store.transaction():
            row = self._store.row(key)
            if row is None or row.state is not State.QUEUED or row.attempts:
                return False
            self._store.fail(row, Reason.WITHDRAWN, "withdrawn")
            return True

    def row(self, key: str) -> Row | None:
        """How far an intent has come."""
        return self._store.row(key)

    def step(self, now: float) -> Progress:
        """Look at the chain once and move every row of this sender that can move. `now` in Unix seconds."""
        self._check_chain()
        return self._stepper.step(now)

    def run_until_final(self, keys: Iterable[str] | None = None) -> list[Row]:
        """Step until the rows of `keys` (None: all unsettled) are final or failed, and return them.

        Raises OutboxError when time is up, InsufficientFunds, NodeUnreachable, WrongChain, RpcError.
        """
        wanted = list(keys) if keys is not None else self._store.unsettled_keys()
        remaining = wanted
        deadline = self._clock() + self._timeout_seconds
        pause = _FIRST_PAUSE_SECONDS
        while remaining := [key for key in remaining if not _is_settled(self._known(key))]:
            now = self._clock()
            progress = self.step(now)
            if progress.moved:
                pause = _FIRST_PAUSE_SECONDS
                continue
            if progress.blocked:
                raise progress.blocked
            if now > deadline:
                raise self._timed_out(remaining, progress)
            self._sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        return [self._known(key) for key in wanted]

    def _check_chain(self) -> None:
        if self._chain_checked:
            return
        self._node.require_chain(self._chain_id)
        if genesis := self._view.genesis():
            with self._store.transaction():
                self._store.require_genesis(genesis)
        self._chain_checked = True

    def _known(self, key: str) -> Row:
        row = self._store.row(key)
        if row is None:
            raise OutboxError(f"The outbox has no intent {key!r}.")
        return row

    def _outcome(self, row: Row) -> Receipt:
        """The receipt of a settled row, or its error."""
        if row.state is State.FINAL and row.receipt is not None:
            return row.receipt
        if row.reason is Reason.UNFUNDED:
            raise InsufficientFunds(
                f"{row.detail}.", hint="Send ether to that address, then send this again."
            )
        if row.reason is Reason.REJECTED:
            raise TransactionFailed(f"{row.intent.key!r} can never be mined: {row.detail}.")
        if row.reason is Reason.WITHDRAWN:
            raise OutboxError(f"{row.intent.key!r} was withdrawn before it was sent.")
        raise self._reverted(row)

    def _reverted(self, row: Row) -> TrustError:
        decoded = self._decode_revert(row.revert_data) if row.revert_data else None
        if row.receipt is None:
            message = f"{row.intent.key!r} would fail, so it was not sent: {row.detail}."
            return decoded or Reverted(message, key=row.intent.key, hash=None, data=row.revert_data)
        said = decoded.message if decoded else f"0x{row.revert_data.hex()}"
        message = f"{row.intent.key!r} was mined and reverted ({row.receipt.hash}): {said}"
        error = Reverted(message, key=row.intent.key, hash=row.receipt.hash, data=row.revert_data)
        error.__cause__ = decoded
        return error

    def _timed_out(self, remaining: Sequence[str], progress: Progress) -> OutboxError:
        why = next((progress.waits[key] for key in remaining if key in progress.waits), None)
        why = why or next(iter(progress.waits.values()), "behind others")
        return OutboxError(
            f"{remaining[0]!r} is not final after {self._timeout_seconds:g} seconds: {why}.",
            hint="Nothing is lost: it stays in the outbox, and sending it again goes on with it.",
        )


def _is_settled(row: Row) -> bool:
    return row.state in (State.FINAL, State.FAILED)

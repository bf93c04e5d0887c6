"""Parties and their connections, shared by tests that put the chain back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from trust.local import Local
from trust.testing import LocalChain


@contextmanager
def put_back(chain: LocalChain, local: Local) -> Iterator[Local]:
    """The same parties, connected as before. What the block does to the chain or sends is undone at its end."""
    snapshot = chain.snapshot()
    shared = replace(local, keys=dict(local.keys), _open=dict(local._open))
    try:
        yield shared
    finally:
        for who in shared._open.keys() - local._open.keys():
            shared._open[who].close()
        chain.revert(snapshot)
        _forget(local)


def connect(local: Local, *names: str) -> None:
    """Connect these parties, for all who share them later."""
    for name in names:
        local.as_(name)


def _forget(local: Local) -> None:
    # An outbox that remembers what was put back would send it again.
    with closing(sqlite3.connect(local.outbox)) as outbox, outbox:
        outbox.execute("DELETE FROM attempt")
        outbox.execute("DELETE FROM intent")

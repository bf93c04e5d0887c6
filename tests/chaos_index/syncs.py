"""One index on one database: opened, closed, synced here, and in a process that is killed."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess

from chaos_index.lies import LAGS
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.errors import TrustError
from trust.index import Index, Synced, pipeline

#: For when a node falls silent: shorter than its silence. Else nothing but a hang may run into it.
IMPATIENT_SECONDS, PATIENT_SECONDS = 0.5, 30.0
_RETRIES = 4
_LONGEST_SECONDS = 60.0


def node(url: str, timeout_seconds: float = PATIENT_SECONDS) -> Node:
    """A node that is asked again at once."""
    return Node(url, retries=_RETRIES, timeout_seconds=timeout_seconds, sleep=lambda seconds: None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync said: what it did, or why it could not."""

    synced: Synced | None
    error: Exception | None = None

    @property
    def said(self) -> str:
        """All of it, as people hear it."""
        if self.synced is None:
            return f"{type(self.error).__name__}: {self.error}"
        return " ".join((*self.synced.incidents, *((LAGS,) if self.synced.lagging else ())))

    @property
    def crashed(self) -> bool:
        """Whether it ended in an error that the index doesn't promise."""
        return self.error is not None and not isinstance(self.error, TrustError)


class Indexed:
    """An index that outlives its connections."""

    def __init__(self, name: str, where: str, deployment: Deployment) -> None:
        self.name = name
        self.where = where
        self._deployment = deployment
        self._nodes: list[Node] = []
        self._index: Index | None = None
        self._asked: tuple[tuple[str, ...], float] = ((), 0.0)

    @property
    def index(self) -> Index:
        """The index as it is open; made at the first `open`."""
        assert self._index is not None
        return self._index

    def open(self, *urls: str, again: bool = False, timeout_seconds: float = PATIENT_SECONDS) -> bool:
        """Ask these nodes from now on; whether it was closed for that."""
        asked = (urls, timeout_seconds)
        if asked == self._asked and not again:
            return False
        self.close()
        self._nodes, self._asked = [node(url, timeout_seconds) for url in urls], asked
        self._index = Index(self.where, self._deployment, self._nodes)
        return True

    def sync(self, verify: bool) -> Outcome:
        """Sync here."""
        try:
            return Outcome(self.index.sync(verify=verify))
        except Exception as error:  # an error of any other kind is what is looked for
            return Outcome(None, error)

    def start(self, url: str, verify: bool, span: int | None) -> BaseProcess:
        """Sync in a process of its own."""
        self.close()
        arguments = (self.where, self._deployment, url, verify, span)
        process = _CONTEXT.Process(target=_sync, args=arguments)
        process.start()
        return process

    def close(self) -> None:
        """Close the database and all connections."""
        if self._index is not None:
            self._index.close()
            self._index = None
        for one in self._nodes:
            one.close()
        self._nodes, self._asked = [], ((), 0.0)


def ended(process: BaseProcess) -> int:
    """The exit code; negative is the signal that ended it."""
    process.join(_LONGEST_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError("a sync did not end")
    code = process.exitcode
    process.close()
    return code


def begin_with(span: int | None) -> None:
    """Have indexes of this process ask for so many blocks at first, and look ahead past that many."""
    pipeline._FEW = span or _FEW
    pipeline.Span = partial(_SPAN, span, 3 * span) if span else _SPAN  # type: ignore[misc, assignment]


def _sync(where: str, deployment: Deployment, url: str, verify: bool, span: int | None) -> None:
    begin_with(span)
    with node(url) as source, Index(where, deployment, source) as index:
        index.sync(verify=verify)


_FEW, _SPAN = pipeline._FEW, pipeline.Span
# Its processes begin with the index imported, and with none of this process's threads.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["chaos_index.syncs", "psycopg"])

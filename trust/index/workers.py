"""Processes that read chunks side by side: in one process, Python would decode one at a time."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from mmap import mmap
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pickle import PickleBuffer
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from trust.errors import ChainError

_T = TypeVar("_T")
_DESK_BYTES = 64 << 20
# Of glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_TRIM_BYTES, _MMAP_BYTES = 256 << 20, 32 << 20  # the second is the most that it takes


def may_fork() -> bool:
    """Whether a copy of this process can go on alone: on Linux, while no other thread may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


@dataclass(frozen=True, slots=True)
class _Worker:
    process: BaseProcess
    questions: Connection
    answers: Connection
    desk: Desk


class Desk:
    """Memory that two processes share: arrays are laid there, and only the rest goes through the pipe."""

    def __init__(self) -> None:
        self._memory = mmap(-1, _DESK_BYTES)  # what isn't used takes no room

    def put(self, value: Any) -> bytes:
        """`value` pickled, its arrays beside it while there is room."""
        ends = [0]

        def lay(buffer: PickleBuffer) -> bool:
            raw = buffer.raw()
            if ends[-1] + raw.nbytes > _DESK_BYTES:
                return True  # goes with the rest
            self._memory[ends[-1] : ends[-1] + raw.nbytes] = raw
            ends.append(ends[-1] + raw.nbytes)
            return False

        rest = pickle.dumps(value, protocol=5, buffer_callback=lay)
        return pickle.dumps((ends, rest))

    def take(self, put: bytes) -> Any:
        """What was put, on its own: the desk is free again."""
        ends, rest = pickle.loads(put)
        return pickle.loads(rest, buffers=[self._memory[begin:end] for begin, end in pairwise(ends)])


class Workers(Generic[_T]):
    """`count` copies of this process; `make` gives each what answers its questions.

    Questions, answers and errors are pickled. Leave the `with` block to end the processes, whatever they do.
    """

    def __init__(self, count: int, make: Callable[[], Callable[..., _T]]) -> None:
        self._workers: list[_Worker] = []
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        try:
            for _ in range(count):
                self._free.put(self._start(make))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def ask(self, *question: Any) -> _T:
        """The answer of a free worker, for any thread. Raises what it raised, or ChainError when it has ended."""
        worker = self._free.get()
        try:
            worker.questions.send(question)
            answer, error = worker.desk.take(worker.answers.recv_bytes())
        except (EOFError, OSError) as cause:
            raise ChainError(
                "A process that reads blocks has ended unexpectedly.",
                hint="Start again: what is stored stays. If it lasts, look for what kills processes here.",
            ) from cause
        finally:
            self._free.put(worker)
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
            worker.questions.close()
            worker.answers.close()
        for worker in self._workers:
            worker.process.join()

    def _start(self, make: Callable[[], Callable[..., _T]]) -> _Worker:
        context = get_context("fork")
        asked, questions = context.Pipe(duplex=False)
        answers, answering = context.Pipe(duplex=False)
        desk = Desk()
        # A copy also has our ends of every pipe so far; were they left open, it would never see us go.
        ours = [questions, answers, *(end for w in self._workers for end in (w.questions, w.answers))]
        process = context.Process(target=_serve, args=(asked, answering, desk, ours, make), daemon=True)
        process.start()
        asked.close()
        answering.close()
        worker = _Worker(process, questions, answers, desk)
        self._workers.append(worker)
        return worker


def _keep_memory() -> None:
    """Let glibc keep what is freed: a process that reads answer after answer needs it again at once.

    Given back and fetched anew, each page is cleared by the kernel: a tenth of a reader's time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)


def _serve(
    asked: Connection,
    answering: Connection,
    desk: Desk,
    others: list[Connection],
    make: Callable[[], Callable[..., Any]],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in others:
        end.close()
    _keep_memory()
    answer = make()
    try:
        while True:
            question = asked.recv()
            reply: tuple[Any, Exception | None]
            try:
                reply = answer(*question), None
            except Exception as error:
                reply = None, error
            answering.send_bytes(desk.put(reply))
    except (EOFError, OSError):
        return  # who asked is gone

"""Processes that read chunks side by side: in one process, Python would decode one at a time."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
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
#: Questions that a process has at once: while one answer is taken, it is at the next.
AT_ONCE = 2
_DESK_BYTES = 64 << 20
# Of glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_TRIM_BYTES, _MMAP_BYTES = 256 << 20, 32 << 20  # the second is the most that it takes


def may_fork() -> bool:
    """Whether a copy of this process can go on alone: on Linux, while no other thread may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where one question at a time is asked of a worker; `sending` guards what its seats share."""

    number: int
    questions: Connection
    sending: threading.Lock
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
        self._processes: list[BaseProcess] = []
        self._seats: list[_Seat] = []
        self._free: SimpleQueue[_Seat] = SimpleQueue()
        try:
            for _ in range(count):
                self._start(make)
            for seat in sorted(
                self._seats, key=lambda seat: seat.number
            ):  # every worker's first before any second
                self._free.put(seat)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def ask(self, *question: Any) -> _T:
        """The answer of a free worker, for any thread. Raises what it raised, or ChainError when it has ended."""
        seat = self._free.get()
        try:
            with seat.sending:
                seat.questions.send((seat.number, question))
            answer, error = seat.desk.take(seat.answers.recv_bytes())
        except (EOFError, OSError) as cause:
            raise ChainError(
                "A process that reads blocks has ended unexpectedly.",
                hint="Start again: what is stored stays. If it lasts, look for what kills processes here.",
            ) from cause
        finally:
            self._free.put(seat)
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for seat in self._seats:  # who still waits for an answer has been told that none comes
            seat.questions.close()
            seat.answers.close()

    def _start(self, make: Callable[[], Callable[..., _T]]) -> None:
        context = get_context("fork")
        asked, questions = context.Pipe(duplex=False)
        sending, seats, places = threading.Lock(), [], []
        for number in range(AT_ONCE):
            answers, answering = context.Pipe(duplex=False)
            seats.append(_Seat(number, questions, sending, answers, Desk()))
            places.append((answering, seats[-1].desk))
        # A copy also has our ends of every pipe so far; were they left open, it would never see us go.
        ours = [end for seat in (*self._seats, *seats) for end in (seat.questions, seat.answers)]
        process = context.Process(target=_serve, args=(asked, places, ours, make), daemon=True)
        process.start()
        self._processes.append(process)
        self._seats += seats
        for end in (asked, *(answering for answering, _ in places)):
            end.close()


def keep_memory() -> None:
    """Let glibc keep what is freed: a process that reads answer after answer needs it again at once.

    Given back and fetched anew, each page is cleared by the kernel: a tenth of a reader's time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)


def give_memory_back() -> None:
    """What is free, after `keep_memory`."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)


def _serve(
    asked: Connection,
    places: Sequence[tuple[Connection, Desk]],
    others: Sequence[Connection],
    make: Callable[[], Callable[..., Any]],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in others:
        end.close()
    keep_memory()
    answer = make()
    try:
        while True:
            number, question = asked.recv()
            answering, desk = places[number]
            reply: tuple[Any, Exception | None]
            try:
                reply = answer(*question), None
            except Exception as error:
                reply = None, error
            answering.send_bytes(desk.put(reply))
    except (EOFError, OSError):
        return  # who asked is gone

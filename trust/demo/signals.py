"""Signals that end a demo, and moments in which none may."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether somebody asked the demo to stop."""

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """Raises KeyboardInterrupt if so: Python drops the one that a signal raises in a finaliser."""
        if self._asked:
            raise KeyboardInterrupt

    def ask(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler."""
        self._asked = True
        raise KeyboardInterrupt


@contextmanager
def ended_by_signals() -> Iterator[Stop]:
    """Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt in the `with` block; in the main thread only."""
    stop = Stop()
    with _handled(_ALL, stop.ask):
        yield stop


@contextmanager
def undisturbed() -> Iterator[None]:
    """No signal interrupts the `with` block, which must be short."""
    with _handled(_ALL, signal.SIG_IGN):
        yield


@contextmanager
def deferred() -> Iterator[None]:
    """Signals that come in the `with` block, which must be short, are handled after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handled(
    numbers: tuple[signal.Signals, ...], handler: Callable[[int, FrameType | None], Any] | signal.Handlers
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What was ignored stays so: nohup means it.
    before = {number: signal.getsignal(number) for number in numbers}
    changed = [number for number, was in before.items() if was is not signal.SIG_IGN]
    for number in changed:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, before[number])

"""Signals that end a demo as Ctrl-C does, and moments in which none may."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt in the `with` block; in the main thread only."""
    with _handled(_LIKE_CTRL_C, _interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """No signal interrupts the `with` block, which must be short."""
    with _handled((signal.SIGINT, *_LIKE_CTRL_C), signal.SIG_IGN):
        yield


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


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt

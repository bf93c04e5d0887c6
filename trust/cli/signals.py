"""Ending a long command between its steps."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType


def stop_on_signals(stop: threading.Event, part: str) -> None:
    """Have SIGTERM and SIGINT set `stop`; the log of `part` (`keeper`, `index`) tells of it."""
    log = logging.getLogger(f"trust.{part}")

    def asked(number: int, frame: FrameType | None) -> None:
        log.info("%s: the step in hand is finished first", signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)

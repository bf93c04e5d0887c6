"""The supervised loop: round after round until told to stop. What fails is told, counted and tried again."""

from __future__ import annotations

import logging
import random
import threading
import time

from trust.errors import ChainError, IndexFault, KeeperError, OutboxError
from trust.keeper.health import Health
from trust.keeper.keeper import Keeper
from trust.keeper.metrics import Metrics
from trust.keeper.model import Round

_LOG = logging.getLogger("trust.keeper")
_SOON_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
_PASSING = (ChainError, OutboxError, IndexFault, KeeperError)


class Loop:
    """Runs a keeper until `stop` is set. `poll` in seconds."""

    def __init__(self, keeper: Keeper, stop: threading.Event, *, poll: float, metrics: Metrics) -> None:
        self._keeper = keeper
        self._stop = stop
        self._poll = poll
        self._metrics = metrics
        now = time.time()
        #: Replaced whole after each round, so that another thread may read it.
        self.health = Health(keeper.owner, started_at=now, good_at=now)
        self.rounds = 0

    def run(self) -> None:
        """Until stopped; then give back the leases. An error that nobody foresaw ends it, and is raised."""
        _LOG.info("keeper %s starts", self._keeper.owner)
        try:
            while not self._stop.is_set():
                self._stop.wait(self._round())
        finally:
            self._release()
        _LOG.info("keeper %s stopped", self._keeper.owner)

    def _round(self) -> float:
        """One round; how many seconds to pause after it."""
        self.rounds += 1
        try:
            done = self._keeper.round()
        except _PASSING as error:
            self.health = self.health.failed(error)
            self._metrics.failed(error)
            pause = self._pause_after_failure()
            _LOG.warning("round failed: %s Again in %.1f s.", error, pause)
            return pause
        self.health = self.health.after(done, time.time())
        self._metrics.good(done)
        return self._pause_after(done)

    def _pause_after(self, done: Round) -> float:
        moved = bool(done.planned or done.runs)
        return min(self._poll, _SOON_SECONDS) if moved else self._poll

    def _pause_after_failure(self) -> float:
        longest = min(_LONGEST_PAUSE_SECONDS, self._poll * 2.0 ** min(self.health.failures, 10))
        # Keepers that failed together must not come back together.
        return random.uniform(min(self._poll, longest) / 2, longest)

    def _release(self) -> None:
        try:
            self._keeper.release()
        except KeeperError as error:
            _LOG.warning("the leases run out by themselves: %s", error)

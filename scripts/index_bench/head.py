"""How soon a mined block's rows can be read by somebody else."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from index_bench.fill import Desk, Load, Progress
from index_bench.ground import Ground
from index_bench.server import serving
from trust.index.database import Database, connect
from trust.index.watch import POLL_SECONDS, websocket_url
from trust.model import GrantId

_SCRIPTS = Path(__file__).resolve().parents[1]
_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.0005
#: One report of a few uses a block.
_LOAD = Load(reports=1, uses=5, grants=5)
SUBSCRIBED, POLLED = 10.0, 150.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from a mined block to its rows, and the most that the median may be."""

    label: str
    target: float
    milliseconds: list[float]

    @property
    def median(self) -> float:
        """Half of the blocks are sooner."""
        return median(self.milliseconds)

    @property
    def p95(self) -> float:
        """One in twenty is later."""
        return quantiles(self.milliseconds, n=20)[-1]

    @property
    def is_met(self) -> bool:
        """Whether the target is."""
        return self.median <= self.target


def measure(ground: Ground, blocks: int, progress: Progress) -> list[Delays]:
    """By subscription and by polling, into both databases."""
    found = []
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        server = stack.enter_context(serving())
        desk = Desk(ground.chain, ground.deployment, [GrantId(n + 1) for n in range(_LOAD.all_grants)], _LOAD)
        for name, where in (("SQLite", f"{folder}/index.db"), ("PostgreSQL", server.new())):
            for way, target in (("subscription", SUBSCRIBED), ("polling", POLLED)):
                label = f"{name}, by {way}"
                with _following(ground, where, subscribed=way == "subscription"):
                    delays = list(_delays(ground, desk, connect(where), blocks, label, progress))
                found.append(Delays(label, target, delays))
    return found


def _delays(
    ground: Ground, desk: Desk, db: Database, blocks: int, label: str, progress: Progress
) -> Iterator[float]:
    # Blocks come at no time that a poll could be in step with.
    moments = random.Random(label)
    for number in range(blocks):
        desk.report()
        time.sleep(moments.uniform(0.5, 1.5) * POLL_SECONDS)
        before = _rows(db)
        ground.chain.mine()
        mined = time.perf_counter()
        while _rows(db) == before:
            if time.perf_counter() - mined > _PATIENCE_SECONDS:
                raise RuntimeError(f"{label}: a block's rows were not there after {_PATIENCE_SECONDS:.0f} s")
            time.sleep(_LOOK_SECONDS)
        yield (time.perf_counter() - mined) * 1_000
        progress(label, number + 1, blocks)
    db.close()


def _rows(db: Database) -> tuple[int, int]:
    (row,) = db.rows("SELECT block_number, log_index FROM event_used ORDER BY 1 DESC, 2 DESC LIMIT 1")
    return row["block_number"], row["log_index"]


@contextmanager
def _following(ground: Ground, where: str, *, subscribed: bool) -> Iterator[None]:
    url = ground.chain.url
    command = [sys.executable, "-m", "index_bench.follow", url, str(ground.deployment_file), where]
    command += [websocket_url(url)] * subscribed
    with subprocess.Popen(command, cwd=_SCRIPTS, stdout=subprocess.PIPE, text=True) as follower:
        try:
            assert follower.stdout is not None
            if follower.stdout.readline().strip() != "following":
                raise RuntimeError("the follower ended before it was at the head")
            yield
        finally:
            follower.terminate()

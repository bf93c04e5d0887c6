"""Whole syncs, each in a fresh process and beside the floor, in rounds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from stat import S_IXOTH
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from time import perf_counter

from index_bench.fill import Progress
from index_bench.ground import Ground
from index_bench.peers import CryoMissingError, cryo_python
from index_bench.runs import Task, Took
from index_bench.server import Server

_SCRIPTS = Path(__file__).resolve().parents[1]
FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Kind:
    """A run and what is asked of it: at most so many times the floor and so many MB."""

    label: str
    run: str
    ratio: float | None = None
    megabytes: float | None = None
    peer: bool = False
    #: One that does less than we do is shown, and decides nothing.
    rival: bool = False


OURS = "sqlite"
KINDS: dict[str, Kind] = {
    FLOOR: Kind("nothing: getLogs and JSON, 4 connections", "floor"),
    OURS: Kind("SQLite, headers linked, indexed", "ours", 2.2, 200),
    "postgres": Kind("PostgreSQL, the same", "ours", 2.2),
    "verified": Kind("SQLite, every receipts root checked", "verified", 3.5),
    "cryo decoded": Kind("cryo, blocks and Used's fields, to Parquet", "cryo decoded", peer=True, rival=True),
    "cryo raw": Kind("cryo, blocks and raw logs, to Parquet", "cryo raw", peer=True),
    "web3": Kind("web3.py, get_logs and process_log", "web3", peer=True, rival=True),
}
#: Too slow to be repeated.
_ONCE = ("web3",)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: what it took, with the start of its process too, and the floor right before it, in seconds."""

    took: Took
    whole: float
    floor: float


@dataclass(slots=True)
class Figure:
    """All runs of one kind; medians."""

    kind: Kind
    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the first question to the last row."""
        return median(sample.took.seconds for sample in self.samples)

    @property
    def whole(self) -> float:
        """With the start of the process."""
        return median(sample.whole for sample in self.samples)

    @property
    def events(self) -> int:
        """Events read."""
        return self.samples[-1].took.events

    @property
    def megabytes(self) -> float:
        """The most memory of the process."""
        return median(sample.took.megabytes for sample in self.samples)

    @property
    def ratio(self) -> float:
        """To the floor measured right before."""
        return median(sample.took.seconds / sample.floor for sample in self.samples)

    def is_met(self, ours: Figure) -> bool | None:
        """Whether the target is met; None without one."""
        if self.kind.rival:
            return ours.seconds < self.seconds
        if self.kind.ratio is None:
            return None
        small = self.kind.megabytes is None or self.megabytes < self.kind.megabytes
        return self.ratio <= self.kind.ratio and small


def measure(
    ground: Ground, rounds: int, wanted: list[str], progress: Progress, told: Callable[[str], None]
) -> dict[str, Figure]:
    """Figures by name. Raises RuntimeError when a run of ours counts other events than the floor."""
    with ExitStack() as stack:
        bench = _Bench(ground, Path(stack.enter_context(TemporaryDirectory(dir=_quiet_place(ground)))))
        bench.folder.chmod(0o711)  # root's server runs as another user, and has its data in there
        if any(name.startswith("cryo") for name in wanted):
            try:
                bench.python = cryo_python()
            except CryoMissingError as missing:
                told(f"cryo can't be installed here ({missing}); its committed figure follows.")
                wanted = [name for name in wanted if not name.startswith("cryo")]
        figures = {name: Figure(KINDS[name]) for name in (FLOOR, *wanted)}
        turns = [(turn, name) for turn in range(rounds) for name in wanted if not (turn and name in _ONCE)]
        for place, (_, name) in enumerate(turns, 1):
            floor = bench.run(FLOOR, 0.0)
            sample = bench.run(name, floor.took.seconds)
            figures[FLOOR].samples.append(floor)
            figures[name].samples.append(sample)
            if not KINDS[name].peer and sample.took.events != floor.took.events:
                raise RuntimeError(f"{name} has {sample.took.events:,} events of {floor.took.events:,}")
            progress("syncs", place, len(turns))
    return figures


def _quiet_place(ground: Ground) -> Path | None:
    """The bench's own folder if any user may enter it: beside what others delete, ext4 is slow to make files."""
    own = ground.deployment_file.parent
    return own if all(folder.stat().st_mode & S_IXOTH for folder in (own, *own.parents)) else None


@dataclass(slots=True)
class _Bench:
    ground: Ground
    folder: Path
    python: str = ""

    def run(self, name: str, floor: float) -> Sample:
        """One run with a database of its own.

        All are deleted in the end: to make files is slow where many were just deleted, and PostgreSQL makes hundreds.
        """
        folder = mkdtemp(dir=self.folder)
        if name != "postgres":
            return self._run(name, folder if name.startswith("cryo") else f"{folder}/index.db", floor)
        server = Server(Path(folder))  # one tidies up after the last run for a minute
        server.start()
        try:
            return self._run(name, server.new(), floor)
        finally:
            server.stop()

    def _run(self, name: str, where: str, floor: float) -> Sample:
        task = Task(
            url=self.ground.chain.url,
            deployment=str(self.ground.deployment_file),
            first=0,
            last=self.ground.head,
            where=where,
            peer=self.python,
        )
        command = [sys.executable, "-m", "index_bench.runs", KINDS[name].run, json.dumps(asdict(task))]
        begun = perf_counter()
        done = subprocess.run(command, cwd=_SCRIPTS, capture_output=True, text=True)
        whole = perf_counter() - begun
        if done.returncode:
            raise RuntimeError(f"{name} failed:\n{done.stderr.strip()}")
        took = Took(**json.loads(done.stdout))
        return Sample(took, took.program or whole, floor or took.seconds)

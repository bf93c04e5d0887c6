"""Pages of a long history: ten million uses, made up and written by the index's own store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from inspect import getsource
from pathlib import Path

import history_bench.fill
import history_bench.union
from history_bench.fill import fill
from history_bench.measure import Figure, figures
from history_bench.union import DEPLOYMENT

import trust.index
from index_bench.fill import Progress
from index_bench.ground import FOLDER, alone
from index_bench.server import serving
from trust.index import Index
from trust.index.tables import layout_digest

P95 = 50.0
_SCHEMA = Path(trust.index.__file__).with_name("schema.sql")
DATABASES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages by one filter, in one database."""

    database: str
    figure: Figure

    @property
    def is_met(self) -> bool:
        """Whether the target is."""
        return self.figure.p95 < P95


def measure(uses: int, databases: list[str], progress: Progress) -> list[Pages]:
    """Of each database; SQLite's is kept for the next time."""
    found = []
    for name in databases:
        filled = _sqlite if name == "SQLite" else _postgres
        with filled(uses, progress) as where, Index(where, DEPLOYMENT) as index:
            found += [Pages(name, figure) for figure in figures(index)]
    return found


@contextmanager
def _sqlite(uses: int, progress: Progress) -> Iterator[Path]:
    told = sha256(f"{uses} {layout_digest()}".encode() + _SCHEMA.read_bytes())
    for source in (history_bench.fill, history_bench.union):
        told.update(getsource(source).encode())
    path = FOLDER / f"pages-{told.hexdigest()[:16]}.db"
    with alone():
        if not path.exists():
            for old in FOLDER.glob("pages-*"):
                old.unlink()
            draft = path.with_suffix(".part")
            _fill(draft, uses, "SQLite", progress)
            draft.replace(path)
        yield path


@contextmanager
def _postgres(uses: int, progress: Progress) -> Iterator[str]:
    with serving() as server:
        url = server.new()
        _fill(url, uses, "PostgreSQL", progress)
        yield url


def _fill(where: str | Path, uses: int, database: str, progress: Progress) -> None:
    fill(where, uses, lambda done, whole: progress(f"uses into {database}", done, whole))

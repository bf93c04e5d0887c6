"""What a run came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.faults import Fault

from chaos_index.lies import Level, Lie
from chaos_index.plan import CATALOGUE, Sky
from chaos_index.world import Blow


@dataclass(slots=True)
class Told:
    """Syncs to which a kind of lie was told, those that named it, those of them that had a truthful node beside, and
    those that stored it."""

    told: int = 0
    caught: int = 0
    beside: int = 0
    stored: int = 0


@dataclass(slots=True)
class Tally:
    """Counts over all seeds. `rows` were compared with clean rebuilds, twice."""

    lies: dict[str, Told] = field(default_factory=lambda: {lie.name: Told() for lie in CATALOGUE})
    syncs: Counter[Sky] = field(default_factory=Counter)
    faults: Counter[Fault] = field(default_factory=Counter)
    blows: Counter[Blow] = field(default_factory=Counter)
    deepest: dict[Blow, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    too_deep: int = 0
    rows: int = 0

    def lie(self, lie: Lie, *, caught: bool, stored: bool, beside: bool) -> None:
        """A lie was told to a sync."""
        count = self.lies[lie.name]
        count.told += 1
        count.caught += caught
        count.beside += caught and beside
        count.stored += stored

    def blow(self, blow: Blow, depth: int) -> None:
        """A reorg, so deep."""
        self.blows[blow] += 1
        self.deepest[blow] = max(depth, self.deepest.get(blow, 0))

    def uncaught(self) -> list[str]:
        """Kinds that no sync has caught."""
        return [name for name, count in self.lies.items() if not count.caught]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "lies": {
                name: {"told": one.told, "caught": one.caught, "beside": one.beside, "stored": one.stored}
                for name, one in self.lies.items()
            },
            "syncs": {sky.value: self.syncs[sky] for sky in Sky},
            "faults": {fault.value: count for fault, count in sorted(self.faults.items())},
            "reorgs": {
                blow.value: {"count": self.blows[blow], "deepest": self.deepest.get(blow, 0)} for blow in Blow
            },
            "kills": dict(sorted(self.kills.items())),
            "restarts": self.restarts,
            "too_deep": self.too_deep,
            "rows": self.rows,
        }

    def lines(self) -> list[str]:
        """For people."""
        kills = ", ".join(f"{count} on {name}" for name, count in sorted(self.kills.items()))
        return [
            *_table(
                ("a lie", "level", "told", "caught", "failed over", "stored"),
                list(map(self._told, CATALOGUE)),
            ),
            "",
            *_table(
                ("a reorg", "times", "deepest"),
                [(b.value, self.blows[b], self.deepest.get(b, 0)) for b in Blow],
            ),
            "",
            *_table(("a sync", "times"), [(sky.value, self.syncs[sky]) for sky in Sky]),
            "",
            *_table(("a fault", "times"), sorted((fault.value, n) for fault, n in self.faults.items())),
            "",
            f"  killed: {kills or 'none'}; opened again {self.restarts} times;"
            f" {self.too_deep} reorgs deeper than finality mended by a rebuild",
            f"  {self.rows:,} rows equal in SQLite, PostgreSQL and a clean rebuild",
        ]

    def _told(self, lie: Lie) -> tuple[Any, ...]:
        count = self.lies[lie.name]
        level = "both" if len(lie.levels) == len(Level) else next(iter(lie.levels)).value
        return (lie.name, level, count.told, count.caught, count.beside, count.stored)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    widths = [max(len(str(row[place])) for row in (head, *rows)) for place in range(len(head))]
    return [
        "  " + "  ".join(_cell(value, width) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def _cell(value: Any, width: int) -> str:
    return f"{value:>{width},}" if isinstance(value, int) else f"{value:<{width}}"

"""The report on quality and cost as a page for people, with charts; one file of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable

from trust.chain.rpc import hexed
from trust.evidence.plain import moment
from trust.lineage.charts import parts, points
from trust.lineage.novelty import SHORTEST
from trust.lineage.page import environment
from trust.lineage.quality import DraftLine, Quality

_MAKERS = ("human", "both", "machine")
_MOST_DEPTHS = 30


def quality_page(found: Quality) -> str:
    """The page of a report."""
    template = environment().get_template("quality.html.jinja")
    each = "a day" if found.period_days == 1 else f"{found.period_days} days"
    drawn = (
        ("Assets by synthetic depth: machine generations on the longest path", _histogram),
        (f"First drafts over time, a column for {each}", _first_drafts),
        ("Words changed against the nearest draft among the parents, over time", _revision),
        ("Novelty against the nearest parent, over time", _novelty),
    )
    return template.render(
        report=found,
        charts=[(title, chart) for title, draw in drawn if (chart := draw(found, title))],
        makers=_MAKERS,
        shortest=SHORTEST,
        hexed=hexed,
    )


def _histogram(found: Quality, title: str) -> str:
    deepest = min(max(found.histogram, default=0), _MOST_DEPTHS)
    rows = [(str(depth), (found.histogram.get(depth, 0),)) for depth in range(deepest + 1)]
    deeper = sum(count for depth, count in found.histogram.items() if depth > deepest)
    rows += [("deeper", (deeper,))] if deeper else []
    rows += [("not proven", (found.unproven,))] if found.unproven else []
    return parts(rows, ("assets",), title)


def _first_drafts(found: Quality, title: str) -> str:
    rows = [
        (moment(period.start)[:10], (period.machine_first, period.first - period.machine_first))
        for period in found.periods
    ]
    return parts(rows, ("by machine for more than half", "others"), title)


def _revision(found: Quality, title: str) -> str:
    return _dots(found, lambda line: line.revision, title)


def _novelty(found: Quality, title: str) -> str:
    return _dots(found, lambda line: line.novelty, title)


def _dots(found: Quality, value: Callable[[DraftLine], int | None], title: str) -> str:
    dots = [
        (line.registered_at, measured, _MAKERS.index(line.by))
        for line in found.drafts
        if (measured := value(line)) is not None
    ]
    times = [time for time, _, _ in dots]
    ends = (moment(min(times))[:10], moment(max(times))[:10]) if times else ("", "")
    return points(dots, tuple(f"by {one}" for one in _MAKERS), title, *ends)

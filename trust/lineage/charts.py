"""Charts of drafts as SVG, in whole numbers only, so that every machine draws the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trust.evidence.charts import FILLS

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 720, 150, 46, 34, 22


def parts(rows: Sequence[tuple[str, Sequence[int]]], names: Sequence[str], title: str) -> str:
    """A column for each row, its counts on top of each other. Empty without anything to draw."""
    largest = max((sum(counts) for _, counts in rows), default=0)
    if largest <= 0:
        return ""
    step = (_WIDTH - _LEFT) // len(rows)
    drawn = [_open(title), _legend(names), _text(_LEFT - 6, _TOP + 10, str(largest), "end")]
    for at, (label, counts) in enumerate(rows):
        done = 0
        for which, count in enumerate(counts):
            below, done = done * _HEIGHT // largest, done + count
            above = done * _HEIGHT // largest
            left, top = _LEFT + at * step, _TOP + _HEIGHT - above
            drawn.append(_box(left, top, max(step - 2, 1), above - below, FILLS[which]))
        if at in (0, len(rows) - 1):
            place = (_LEFT, "start") if at == 0 else (_LEFT + len(rows) * step, "end")
            drawn.append(_text(place[0], _TOP + _HEIGHT + 16, label, place[1]))
    return "".join((*drawn, _base(), "</svg>"))


def points(
    dots: Sequence[tuple[int, int, int]], names: Sequence[str], title: str, first: str, last: str
) -> str:
    """A dot for each (time, parts of 10,000, which name). Empty without anything to draw."""
    if not dots:
        return ""
    start, end = min(time for time, _, _ in dots), max(time for time, _, _ in dots)
    drawn = [_open(title), _legend(names)]
    for tenths in (0, 5, 10):
        height = _TOP + _HEIGHT - tenths * _HEIGHT // 10
        drawn.append(_text(_LEFT - 6, height + 4, f"{tenths * 10} %", "end"))
    for time, value, which in dots:
        across = (time - start) * (_WIDTH - _LEFT - 12) // max(end - start, 1)
        height = _TOP + _HEIGHT - value * _HEIGHT // 10_000
        drawn.append(f'<circle cx="{_LEFT + 6 + across}" cy="{height}" r="4" fill="{FILLS[which]}"/>')
    drawn += [_text(_LEFT, _TOP + _HEIGHT + 16, first), _text(_WIDTH, _TOP + _HEIGHT + 16, last, "end")]
    return "".join((*drawn, _base(), "</svg>"))


def _open(title: str) -> str:
    height = _TOP + _HEIGHT + _FOOT
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}><title>{escape(title)}</title>'


def _legend(names: Sequence[str]) -> str:
    return "".join(
        _box(_LEFT + 220 * at, 4, 12, 12, FILLS[at]) + _text(_LEFT + 220 * at + 17, 14, name)
        for at, name in enumerate(names)
    )


def _base() -> str:
    return f'<path d="M{_LEFT} {_TOP + _HEIGHT}H{_WIDTH}" stroke="#444"/>'


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>'


def _text(x: int, y: int, said: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'

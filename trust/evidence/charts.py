"""Charts as SVG, in whole numbers only, so that every machine draws the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trust.model import shown

#: Fill of each part of a bar, readable in print and by the colour-blind, with a legend beside.
FILLS = ("#1b4f72", "#7fb3d5", "#b9770e", "#7d8a2e")
_WIDTH, _ROW, _LABEL, _BAR = 720, 26, 150, 400
_HEIGHT, _FOOT = 150, 24


def stacked(rows: Sequence[tuple[str, Sequence[int]]], names: Sequence[str]) -> str:
    """A bar for each row, its parts side by side; amounts in base units. Empty without anything to draw."""
    largest = max((sum(parts) for _, parts in rows), default=0)
    if largest <= 0:
        return ""
    height = _ROW * (len(rows) + 1) + 6
    drawn = [_open(height, "Cost by kind")]
    for at, name in enumerate(names):
        drawn.append(_box(_LABEL + 110 * at, 4, 12, 12, FILLS[at]))
        drawn.append(_text(_LABEL + 110 * at + 17, 14, name))
    for number, (label, parts) in enumerate(rows, 1):
        top, left = number * _ROW + 2, _LABEL
        drawn.append(_text(_LABEL - 8, top + 14, label, "end"))
        done = 0
        for at, part in enumerate(parts):
            done += max(part, 0)
            right = _LABEL + min(done, largest) * _BAR // largest
            drawn.append(_box(left, top, right - left, 18, FILLS[at]))
            left = right
        drawn.append(_text(left + 6, top + 14, "$" + shown(sum(parts))))
    return "".join((*drawn, "</svg>"))


def columns(counts: Sequence[int], first: str, last: str, what: str) -> str:
    """A column for each count, from `first` to `last`. Empty without anything to draw."""
    largest = max(counts, default=0)
    if largest <= 0:
        return ""
    step = _WIDTH // len(counts)
    drawn = [_open(_HEIGHT + _FOOT + 16, what), _text(0, 12, f"most: {largest:,}")]
    for at, count in enumerate(counts):
        tall = count * (_HEIGHT - 16) // largest or (1 if count else 0)
        drawn.append(_box(at * step, _HEIGHT + 16 - tall, max(step - 2, 1), tall, FILLS[0]))
    drawn.append(f'<path d="M0 {_HEIGHT + 16}H{_WIDTH}" stroke="#444"/>')
    drawn.append(_text(0, _HEIGHT + 32, first))
    drawn.append(_text(_WIDTH, _HEIGHT + 32, last, "end"))
    return "".join((*drawn, "</svg>"))


def _open(height: int, title: str) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}><title>{escape(title)}</title>'


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>'


def _text(x: int, y: int, words: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'

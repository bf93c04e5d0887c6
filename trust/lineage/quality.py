"""What quality costs: how much of a production's drafts began with machines, was rewritten, and is new.

Of a draft with its own and a parent's text: the revision against the nearest draft among its parents, in words; the
novelty against the nearest parent, and what of it no parent tells, by compression. The rest follows from the chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trust.lineage.novelty import WHOLE, distance, unsaid, unseen
from trust.lineage.revision import MOST_WORDS, revision, words
from trust.lineage.texts import Text, Texts
from trust.views.base import View
from trust.views.drafts import DRAFT, RegisteredAsset

UNPROVEN = 65_535
_HALF = WHOLE // 2
_MOST_PERIODS = 24
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DraftLine(View):
    """A draft. Shares and distances are in parts of 10,000; None was not measured, and `unmeasured` says why.

    `by`: human, machine or both. `first`: no draft is among its ancestors. `parents`, of them `measured` with text.
    """

    id: bytes
    file: str | None
    registered_at: int
    by: str
    first: bool
    machine_bps: int
    depth: int
    since_human: int
    parents: int
    measured: int
    revision: int | None
    novelty: int | None
    unseen: int | None
    unmeasured: str | None


@dataclass(frozen=True, slots=True)
class Period(View):
    """Drafts that were registered from `start` on, up to the next period. Means are in parts of 10,000."""

    start: int
    drafts: int
    first: int
    machine_first: int
    revision: int | None
    novelty: int | None


@dataclass(frozen=True, slots=True)
class Calibration(View):
    """What the measure of novelty gives for one of these texts, of so many bytes, and the same words backwards."""

    bytes: int
    same: int
    backwards: int


@dataclass(frozen=True, slots=True)
class Quality(View):
    """A production's report. `machine_first` of `first` first drafts are by machine for more than half.

    `revision` and `novelty` are means, by who made the draft. `histogram`: assets of each synthetic depth; `unproven`
    are those of maximum depth. `missing` are drafts without a text, `strangers` files without an asset.
    """

    production: int
    assets: int
    drafts: tuple[DraftLine, ...]
    first: int
    machine_first: int
    revision: dict[str, int]
    novelty: dict[str, int]
    histogram: dict[int, int]
    unproven: int
    period_days: int
    periods: tuple[Period, ...]
    missing: tuple[bytes, ...]
    strangers: tuple[str, ...]
    calibration: Calibration | None


def quality(production: int, assets: Sequence[RegisteredAsset], texts: Texts) -> Quality:
    """The report over a production's assets and the texts that are at hand."""
    by_id = {asset.id: asset for asset in assets}
    lines = tuple(_line(asset, by_id, texts.by_asset) for asset in assets if asset.kind == DRAFT)
    proven = [asset.depth for asset in assets if asset.depth != UNPROVEN]
    days, periods = _periods(lines)
    first = [line for line in lines if line.first]
    return Quality(
        production=production,
        assets=len(assets),
        drafts=lines,
        first=len(first),
        machine_first=sum(line.machine_bps > _HALF for line in first),
        revision=_means(lines, lambda line: line.revision),
        novelty=_means(lines, lambda line: line.novelty),
        histogram=dict(sorted(Counter(proven).items())),
        unproven=len(assets) - len(proven),
        period_days=days,
        periods=periods,
        missing=tuple(line.id for line in lines if line.id not in texts.by_asset),
        strangers=texts.strangers,
        calibration=_calibration([texts.by_asset[line.id] for line in lines if line.id in texts.by_asset]),
    )


def _line(
    asset: RegisteredAsset, by_id: Mapping[bytes, RegisteredAsset], texts: Mapping[bytes, Text]
) -> DraftLine:
    text = texts.get(asset.id)
    known = [parent for parent in asset.parents if parent in texts]
    drafts = [texts[parent] for parent in known if by_id[parent].kind == DRAFT]
    parents = [texts[parent] for parent in known]
    revised, new, unheard, why = _measured(text, parents, drafts, bool(asset.parents))
    return DraftLine(
        id=asset.id,
        file=text.name if text else None,
        registered_at=asset.registered_at,
        by="both" if asset.human_bps and asset.machine_bps else "human" if asset.human_bps else "machine",
        first=not _has_draft_before(asset, by_id),
        machine_bps=asset.machine_bps,
        depth=asset.depth,
        since_human=asset.since_human,
        parents=len(asset.parents),
        measured=len(parents),
        revision=revised,
        novelty=new,
        unseen=unheard,
        unmeasured=why,
    )


_Measures = tuple[int | None, int | None, int | None, str | None]


def _measured(
    text: Text | None, parents: Sequence[Text], drafts: Sequence[Text], has_parents: bool
) -> _Measures:
    """Revision, novelty, what is unseen, and why something of it isn't there."""
    if not has_parents:
        return None, None, None, "it has no parents"
    if text is None or not parents:
        return (
            None,
            None,
            None,
            "its own text is missing" if text is None else "its parents' texts are missing",
        )
    told = [one.words for one in parents if one.words is not None]
    if text.words is None or not told:
        return (
            None,
            None,
            None,
            "its file isn't text" if text.words is None else "its parents' files aren't text",
        )
    own, before = words(text.words), [words(one.words) for one in drafts if one.words is not None]
    fit = [one for one in before if len(own) + len(one) <= MOST_WORDS]
    revised = min((revision(one, own) for one in fit), default=None)
    raw, raws = text.words.encode(), [one.encode() for one in told]
    if (why := unsaid([raw, *raws])) is not None:
        return revised, None, None, f"too {why} for a compressor to say anything"
    return revised, min(distance(raw, one) for one in raws), unseen(raw, raws), None


def _has_draft_before(asset: RegisteredAsset, by_id: Mapping[bytes, RegisteredAsset]) -> bool:
    rest, seen = list(asset.parents), set[bytes]()
    while rest:
        one = by_id.get(rest.pop())
        if one is None or one.id in seen:
            continue
        if one.kind == DRAFT:
            return True
        seen.add(one.id)
        rest += one.parents
    return False


def _means(lines: Sequence[DraftLine], value: Callable[[DraftLine], int | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    for by in ("human", "both", "machine"):
        mean = _mean([value(line) for line in lines if line.by == by])
        if mean is not None:
            found[by] = mean
    return found


def _mean(values: Sequence[int | None]) -> int | None:
    """Of those that are there, rounded down."""
    there = [value for value in values if value is not None]
    return sum(there) // len(there) if there else None


def _periods(lines: Sequence[DraftLine]) -> tuple[int, tuple[Period, ...]]:
    """Days of a period, and the periods: single days, or as many as make few enough periods."""
    if not lines:
        return 1, ()
    days = [line.registered_at // _DAY for line in lines]
    first = min(days)
    width = (max(days) - first) // _MOST_PERIODS + 1
    groups: list[list[DraftLine]] = [[] for _ in range((max(days) - first) // width + 1)]
    for day, line in zip(days, lines, strict=True):
        groups[(day - first) // width].append(line)
    return width, tuple(_period((first + at * width) * _DAY, some) for at, some in enumerate(groups))


def _period(start: int, lines: Sequence[DraftLine]) -> Period:
    first = [line for line in lines if line.first]
    return Period(
        start,
        len(lines),
        len(first),
        sum(line.machine_bps > _HALF for line in first),
        _mean([line.revision for line in lines]),
        _mean([line.novelty for line in lines]),
    )


def _calibration(texts: Sequence[Text]) -> Calibration | None:
    """Of the longest text that can be measured."""
    raws = [one.words.encode() for one in texts if one.words is not None]
    fit = [raw for raw in raws if unsaid([raw, raw]) is None]
    if not fit:
        return None
    longest = max(fit, key=lambda raw: (len(raw), raw))
    backwards = b" ".join(reversed(longest.split()))
    return Calibration(len(longest), distance(longest, longest + b" "), distance(longest, backwards))

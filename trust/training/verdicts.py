"""What may be said of a dataset's item: a member's own word, or a right that the member sold, at one time.

Who pooled a record or declared an archive claims its items. Each who claims an item has to allow it, so the worst
verdict counts. Among one member's words the particular goes before the general: a training right signed for this
production before a declaration to everybody, whichever is later; what ends it is its revocation, suspension or end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from trust.model import Modality, modalities_of
from trust.training.manifest import Item
from trust.views.training import Declaration, PooledRecord, TrainingRight, Value


class Verdict(StrEnum):
    """Of one item; each worse than the one before."""

    LICENSED = "LICENSED"
    UNKNOWN = "UNKNOWN"
    CONSTRAINED = "CONSTRAINED"
    EXPIRED = "EXPIRED"
    NOT_ALLOWED = "NOT_ALLOWED"


_WORST = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Judged:
    """An item's verdict and what it rests on. `member`: whose word it is; None when nobody's is known."""

    item: Item
    verdict: Verdict
    why: str
    member: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What an item is judged by: the use, the time, and what is known of members then.

    `closed` says why the production may not train at all. `depth` gives an item's synthetic depth.
    """

    production: int
    use: str
    at: int
    closed: str | None
    rights: dict[int, list[TrainingRight]]
    depth: Callable[[bytes], int]


@dataclass(slots=True)
class Claim:
    """What ties an item to a member."""

    member: int
    records: list[PooledRecord] = field(default_factory=list)
    declared: list[Declaration] = field(default_factory=list)


def judge(item: Item, claims: Sequence[Claim], setting: Setting) -> Judged:
    """The item's verdict: the worst of those of the members who claim it."""
    judged = [_by_member(item, claim, setting) for claim in claims]
    if not judged:
        return Judged(item, Verdict.UNKNOWN, "no member pooled it or declared an archive that holds it")
    return max(judged, key=lambda one: _WORST[one.verdict])


def _by_member(item: Item, claim: Claim, setting: Setting) -> Judged:
    verdict, why = _ruled(item, claim, setting)
    return Judged(item, verdict, why, claim.member)


def _ruled(item: Item, claim: Claim, setting: Setting) -> tuple[Verdict, str]:
    for record in claim.records:
        if record.erased_at is not None:
            return Verdict.NOT_ALLOWED, f"record {record.record_id} was erased on {day(record.erased_at)}"
        if record.production_id not in (0, setting.production):
            scope = f"record {record.record_id} was made for production {record.production_id} only"
            return Verdict.NOT_ALLOWED, scope
    values = {one.values[setting.use] for one in claim.declared}
    if values == {Value.ALLOWED}:
        return Verdict.LICENSED, f"member {claim.member} allows it to everybody"
    rights = setting.rights.get(claim.member, [])
    if rights:
        kinds: set[Modality | None] = {Modality(record.modality) for record in claim.records}
        kinds = kinds or {item.modality}
        ruled = [_by_right(right, kinds, item, setting) for right in rights]
        return min(ruled, key=lambda one: _WORST[one[0]])
    return _without_right(claim, values, setting.use)


def _without_right(claim: Claim, values: set[Value], use: str) -> tuple[Verdict, str]:
    if Value.NOT_ALLOWED in values:
        return Verdict.NOT_ALLOWED, f"member {claim.member} doesn't allow {use}"
    if Value.CONSTRAINED in values:
        bound = [one for one in claim.declared if one.values[use] == Value.CONSTRAINED]
        hashes = sorted({"0x" + one.constraint_hash.hex() for one in bound})
        return (
            Verdict.CONSTRAINED,
            f"member {claim.member} allows {use} on the conditions {', '.join(hashes)}",
        )
    if claim.records:
        return Verdict.NOT_ALLOWED, f"the production has no training right of member {claim.member}"
    return Verdict.UNKNOWN, f"member {claim.member} declared it, but said nothing of {use}"


def _by_right(
    right: TrainingRight, kinds: set[Modality | None], item: Item, setting: Setting
) -> tuple[Verdict, str]:
    """What one right says of an item of these kinds; None among them is a kind that nobody told."""
    if right.ended in ("revoked", "suspended"):
        return Verdict.NOT_ALLOWED, f"{right.named} was {right.ended} on {day(right.ended_at or 0)}"
    if right.ended is not None:
        return Verdict.EXPIRED, f"{right.named} was {right.ended} on {day(right.ended_at or 0)}"
    if right.until <= setting.at:
        return Verdict.EXPIRED, f"{right.named} allowed training until {day(right.until)}"
    if right.starts > setting.at:
        return Verdict.NOT_ALLOWED, f"{right.named} begins on {day(right.starts)}"
    if setting.closed is not None:
        ended = Verdict.EXPIRED if setting.closed == "is cancelled" else Verdict.NOT_ALLOWED
        return ended, f"production {setting.production} {setting.closed}"
    return _within(right, kinds, item, setting)


def _within(
    right: TrainingRight, kinds: set[Modality | None], item: Item, setting: Setting
) -> tuple[Verdict, str]:
    """What a right in force says."""
    covered = modalities_of(right.modalities)
    names = ", ".join(one.name for one in covered)
    outside = [kind.name for kind in kinds if kind is not None and kind not in covered]
    if outside:
        return Verdict.NOT_ALLOWED, f"{right.named} is for {names}, and this is {', '.join(sorted(outside))}"
    if None in kinds and len(covered) < len(Modality):
        return Verdict.CONSTRAINED, f"{right.named} is for {names} only, and nothing says what this is"
    if right.max_depth is not None and (depth := setting.depth(item.item)) > right.max_depth:
        told = "is not proven, which counts as the maximum" if depth == UNPROVEN else f"is {depth}"
        return (
            Verdict.CONSTRAINED,
            f"{right.named} takes synthetic depth up to {right.max_depth}; this one's {told}",
        )
    return Verdict.LICENSED, f"{right.named} allows training until {day(right.until)}"


#: Synthetic depth of what was never registered or proven.
UNPROVEN = 65_535


def day(seconds: int) -> str:
    """A date, UTC."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"

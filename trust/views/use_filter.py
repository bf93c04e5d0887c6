"""Which uses are wanted, and what that means for the tables they are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trust.errors import InputError
from trust.views.base import ASSET_CLASSES

_PASSIVE = 0
_LICENCE_SHIFT = 24


@dataclass(frozen=True, slots=True)
class UseFilter:
    """All that is given must hold; nothing given is every use.

    `scene` is a scene's hash, `asset_class` ACTIVE or PASSIVE. `since` and `until` are Unix seconds of the block that
    the use was reported in, `until` excluded: a time that has passed gets no more uses, whenever they are dated.
    Raises InputError for an unknown asset class, or a time that ends before it begins.
    """

    production: int | None = None
    member: int | None = None
    grant: int | None = None
    pool: int | None = None
    scene: bytes | None = None
    asset_class: str | None = None
    since: int | None = None
    until: int | None = None

    def __post_init__(self) -> None:
        if self.asset_class not in (None, *ASSET_CLASSES):
            raise InputError(
                f"{self.asset_class!r} is not an asset class.", hint=f"Known: {', '.join(ASSET_CLASSES)}."
            )
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise InputError("The time ends before it begins.", hint="Give a later --until.")


@dataclass(frozen=True, slots=True)
class Source:
    """The uses of one kind of grant that a filter lets through.

    `chosen` are the grants (`g`) with the tables that lead to them, `which` the conditions on them. `seat` joins what
    a use (`u`) is held against by `seated`: a crowd's use counts for those who sat then.
    """

    uses: str
    grants: str
    key: str
    details: str
    chosen: str
    which: str
    values: Mapping[str, Any] = field(default_factory=dict)
    item: int | None = None
    seat: str = ""
    seated: str = ""

    @property
    def plain(self) -> bool:
        """Whether it takes every use."""
        return not self.which


def sources(wanted: UseFilter) -> Iterator[Source]:
    """Where the wanted uses can be."""
    if wanted.pool is None:
        yield _members(wanted)
    if wanted.grant is None and wanted.asset_class in (None, ASSET_CLASSES[_PASSIVE]):
        yield _crowds(wanted)


def _members(wanted: UseFilter) -> Source:
    conditions: dict[str, Mapping[str, Any]] = {}
    production, member = wanted.production, wanted.member
    if production is not None and member is not None:
        conditions["g.licence_id = :licence"] = {"licence": production << _LICENCE_SHIFT | member}
    elif production is not None:
        first = production << _LICENCE_SHIFT
        last = first | (1 << _LICENCE_SHIFT) - 1
        conditions["g.licence_id BETWEEN :first AND :last"] = {"first": first, "last": last}
    elif member is not None:
        licences = "SELECT l.licence_id FROM event_licence_granted l WHERE l.member_id = :member"
        conditions[f"g.licence_id IN ({licences})"] = {"member": member}
    if wanted.grant is not None:
        conditions["g.grant_id = :grant"] = {"grant": wanted.grant}
    if wanted.scene is not None:
        conditions["g.scene_hash = :scene"] = {"scene": wanted.scene}
    if wanted.asset_class is not None:
        number = ASSET_CLASSES.index(wanted.asset_class)
        conditions["g.terms_asset_class = :asset_class"] = {"asset_class": number}
    return Source(
        uses="event_used",
        grants="event_scene_granted",
        key="grant_id",
        details="uses_at",
        chosen="event_scene_granted g",
        which=" AND ".join(conditions),
        values=_joined(conditions),
        item=wanted.grant,
    )


def _crowds(wanted: UseFilter) -> Source:
    conditions: dict[str, Mapping[str, Any]] = {}
    chosen, seat, seated = "event_pool_granted g", "", ""
    if wanted.member is not None:
        chosen = "event_pool_consented s JOIN event_pool_granted g ON g.pool_id = s.pool_id"
        conditions["s.member_id = :member"] = {"member": wanted.member}
        seat = "CROSS JOIN event_pool_consented s"
        seated = _SEATED
    if wanted.production is not None:
        conditions["g.production_id = :production"] = {"production": wanted.production}
    if wanted.pool is not None:
        conditions["g.pool_id = :pool"] = {"pool": wanted.pool}
    if wanted.scene is not None:
        conditions["g.scene_hash = :scene"] = {"scene": wanted.scene}
    return Source(
        uses="event_pool_used",
        grants="event_pool_granted",
        key="pool_id",
        details="crowds_uses_at",
        chosen=chosen,
        which=" AND ".join(conditions),
        values=_joined(conditions),
        seat=seat,
        seated=seated,
    )


_SEATED = """s.member_id = :member AND s.pool_id = u.pool_id
    AND (s.block_number, s.log_index) < (u.block_number, u.log_index)
    AND NOT EXISTS (
        SELECT 1 FROM event_pool_consent_revoked r
        WHERE r.member_id = :member AND r.pool_id = u.pool_id
          AND (r.block_number, r.log_index) < (u.block_number, u.log_index)
    )"""


def _joined(conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for values in conditions.values() for name, value in values.items()}

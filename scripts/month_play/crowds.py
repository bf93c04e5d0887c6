"""The month's two pools: a crowd that signs and is used, and an ensemble that its studio seats and re-seats."""

from __future__ import annotations

from eth_utils.crypto import keccak

from month_play.plan import CROWD_USES, Day
from month_play.union import FACE, Move, Union
from trust.consent import Consent, SignedConsent, describe, sign
from trust.model import (
    AssetClass,
    BackgroundTerms,
    MemberId,
    Money,
    PoolId,
    ReplicaType,
    dollars,
)
from trust.nouns.pools import Batch
from trust.pools import Seat
from trust.stage import DAY

_SCENE = 2


def gather_crowd(union: Union, move: Move) -> None:
    """The studio states the terms of one scene; all but the late sign, each for themselves."""
    terms = _terms(union)
    made = union.stage.studio.pool_grants.open(terms, union.tree.proof(_SCENE))
    assert made.id is not None
    union.pools["crowd"] = PoolId(made.id)
    for member in union.plan.units:
        union.consents[member] = _consent(union, member, terms)
        move(1)
    in_time = [signed for member, signed in union.consents.items() if member not in union.plan.late]
    _noted(union, union.stage.studio.pool_grants.sign(union.crowd, in_time))


def sign_late(union: Union) -> None:
    """More signatures have come: all are handed in again, and only the new ones are sent."""
    _noted(union, union.stage.studio.pool_grants.sign(union.crowd, union.consents.values()))


def crowd_day(union: Union, day: Day) -> None:
    """The crowd is used; some revoke, and are paid and gone."""
    if day.crowd_uses:
        output = keccak(text=f"crowd of {union.stage.now()}")
        uses = day.crowd_uses
        union.stage.studio.pool_grants.use(union.crowd, uses, output, keccak(output), keccak(b"model"))
    for member in day.revoked:
        message = {"poolId": union.crowd, "memberId": member}
        player = union.players[member]
        signed = union.stage.sign(player, "PoolRevocation", message, "PoolGrants")
        chunk = union.seats.pop((union.crowd, member))
        union.local.as_("keeper").pool_grants.revoke(chunk, player.id, signed)


def pay_the_crowd_a_bonus(union: Union) -> None:
    """A lump that can't be divided evenly."""
    union.stage.studio.pools.fund(union.crowd, Money(dollars(40) * union.plan.settings.crowd + 1))


def stream_to_the_crowd(union: Union) -> None:
    """A stream over two nights."""
    end = union.stage.now() + 2 * DAY + 3_601
    union.stage.studio.pools.stream(union.crowd, Money(dollars(11) * union.plan.settings.crowd + 3), end)


def close_crowd(union: Union) -> None:
    """The terms have run out: what is reserved is free again."""
    union.local.as_("keeper").pool_grants.close(union.crowd)


def open_ensemble(union: Union) -> None:
    """A pool of the studio's own."""
    made = union.stage.studio.pools.open(union.production)
    assert made.id is not None
    union.pools["ensemble"] = PoolId(made.id)
    _seat(union, union.plan.ensemble)


def fund_ensemble(union: Union) -> None:
    """A lump of no round sum."""
    union.stage.studio.pools.fund(union.ensemble, Money(dollars(48_611) + 999_983))


def stream_to_ensemble(union: Union) -> None:
    """A stream past the month's end."""
    length = (union.plan.settings.days + 12) * DAY
    end = union.stage.now() + length + 12_345
    union.stage.studio.pools.stream(union.ensemble, Money(dollars(730_001) + 7), end)


def stream_to_ensemble_too(union: Union) -> None:
    """Another beside it, from the day after tomorrow on."""
    start = union.stage.now() + 2 * DAY
    union.stage.studio.pools.stream(union.ensemble, Money(dollars(91_000) + 41), start + 5 * DAY + 77, start)


def ensemble_day(union: Union, day: Day) -> None:
    """Some leave, some join; a change of units is both."""
    by_chunk: dict[int, list[MemberId]] = {}
    chunks = {}
    for member in day.left:
        chunk = union.seats.pop((union.ensemble, member))
        chunks[chunk.number] = chunk
        by_chunk.setdefault(chunk.number, []).append(MemberId(member))
    for number, members in by_chunk.items():
        union.stage.studio.pools.unseat(chunks[number], members)
    if day.joined:
        _seat(union, day.joined)
    for member in day.alone:
        union.local.as_("keeper").pools.pay_seats(union.seats[union.ensemble, member], [MemberId(member)])


def _seat(union: Union, units: dict[int, int]) -> None:
    seats = [Seat(MemberId(member), its) for member, its in units.items()]
    _noted(union, union.stage.studio.pools.seat(union.ensemble, seats))


def _noted(union: Union, batch: Batch) -> None:
    for chunk in batch.chunks:
        union.seats |= {(chunk.pool, member): chunk for member in chunk.roster.members}


def _terms(union: Union) -> BackgroundTerms:
    card, now = union.stage.studio.rate_card, union.stage.now()
    version = card.current()
    least = sum(card.scene_fees(version, set(FACE), AssetClass.PASSIVE, ReplicaType.BACKGROUND)[:2])
    return BackgroundTerms(
        production=union.production,
        scene_hash=union.tree.leaves[_SCENE - 1],
        rate_card_version=version,
        description=describe("My replica stands in the crowd of this scene."),
        modalities=FACE,
        price=Money(least + 11),
        max_uses=CROWD_USES,
        not_before=now,
        expires=now + union.plan.last_crowd_day * DAY,
    )


def _consent(union: Union, member: int, terms: BackgroundTerms) -> SignedConsent:
    player = union.players[member]
    message = {
        "poolId": union.crowd,
        "memberId": member,
        "units": union.plan.units[member],
        "terms": terms.as_struct(),
        **union.stage.once(player.id),
    }
    return sign(Consent("BackgroundConsent", message), union.local.deployment, player.key)

"""Writers' pools: shares that all sign, pay to the unit across statements, and what is refused."""

from __future__ import annotations

import pytest
from model import DUES, down
from refusals import refused
from rooms import ASSETS, NO_CHUNK, WritersPool, WritersRoom, open_room, signature, writers
from world import World

from trust.errors import InputError
from trust.nouns.rooms import Statement
from trust.stage import DAY, WEEK, Player


@pytest.fixture
def people(world: World) -> list[Player]:
    return writers(world, 4)


@pytest.fixture
def room(world: World, people: list[Player]) -> WritersRoom:
    """Three of the four write."""
    room = open_room(world)
    for player in people[:3]:
        room.join(player, 0, 20)
    return room


@pytest.fixture
def pool(room: WritersRoom) -> WritersPool:
    return room.pool()


def shared(pool: WritersPool, people: list[Player], *bps: int) -> None:
    pool.share(*zip(people, bps, strict=False))


def test_writers_are_paid_by_their_shares(pool: WritersPool, people: list[Player]) -> None:
    shared(pool, people, 6_250, 3_333, 417)
    assert (pool.state()["units"], pool.state()["manager"]) == (10_000, pool.world.contract("WritersRooms"))
    gross = 100_003
    net = pool.fund(gross)
    assert net == gross - down(gross, DUES)
    pool.push()
    for player, share in zip(people, (6_250, 3_333, 417), strict=False):
        assert pool.paid(player) == net * share // 10_000


def test_new_statement_pays_the_old_shares_first(pool: WritersPool, people: list[Player]) -> None:
    one, two, three, four = people
    shared(pool, people, 5_000, 3_000, 2_000)
    first = pool.fund(1_000_003)
    pool.share((one, 1_000), (two, 0), (three, 2_000), (four, 7_000))
    assert [pool.paid(player) for player in people] == [
        first * 5_000 // 10_000,
        first * 3_000 // 10_000,
        first * 2_000 // 10_000,
        0,
    ]
    second = pool.fund(999_999_937)
    pool.push(pool.chunks[1])
    earned = {player.id: pool.paid(player) for player in people}
    # What the first shares left below a unit went on to who stayed.
    assert first + second - 4 <= sum(earned.values()) <= first + second
    assert earned[two.id] == first * 3_000 // 10_000
    assert earned[four.id] >= second * 7_000 // 10_000
    version = pool.world.read("WritersRooms", "poolOf", pool.pool)
    assert list(version.values()) == [pool.world.production, 2, 1]


def test_stream_goes_on_under_new_shares(pool: WritersPool, people: list[Player]) -> None:
    one, two, three, _ = people
    shared(pool, people, 10_000, 0, 0)
    net = pool.stream(70_000_000, 10 * WEEK)
    pool.world.stage.pass_time(3 * WEEK)
    pool.share((one, 0), (two, 4_000), (three, 6_000))
    before = pool.paid(one)
    assert 0 < before < net
    pool.world.stage.pass_time(9 * WEEK)
    pool.push(pool.chunks[1])
    assert pool.paid(one) == before
    assert net - 3 <= before + pool.paid(two) + pool.paid(three) <= net
    assert pool.state()["units"] == 10_000


def test_every_named_writer_signs(pool: WritersPool, people: list[Player]) -> None:
    one, two, three, _ = people
    statement = pool.statement((one, 5_000), (two, 5_000), (three, 0))
    signed = pool.signed(statement)
    for missing, player in enumerate((one, two, three)):
        some = [part for number, part in enumerate(signed) if number != missing]
        with refused("WritersRooms.SignerMissing", poolId=pool.pool, memberId=player.id):
            pool.hand_in(statement, *some)
    with refused("WritersRooms.SignerMissing", memberId=one.id):
        pool.hand_in(statement)
    pool.hand_in(statement, *signed)


def test_who_had_a_share_signs_it_away(
    world: World, room: WritersRoom, pool: WritersPool, people: list[Player]
) -> None:
    """Nobody off the roll is named by force, but who is in the pool leaves it by their own signature only."""
    one, two, three, four = people
    pool.share((one, 2_000), (two, 2_000), (three, 2_000), (four, 4_000))
    statement = pool.statement((one, 5_000), (two, 5_000), (three, 0))
    assert statement.signers == tuple(player.id for player in people)
    signed = pool.signed(statement)
    with refused("WritersRooms.SignerMissing", memberId=four.id):
        pool.hand_in(statement, *signed[:3])
    pool.hand_in(statement, *signed)
    assert world.read("WritersRooms", "poolOf", pool.pool)["version"] == 2
    assert pool.state()["units"] == 10_000


def test_nobody_on_the_roll_is_left_out(pool: WritersPool, people: list[Player]) -> None:
    one, two, _, four = people
    for shares in (((one, 5_000), (two, 5_000)), ((one, 5_000), (two, 4_000), (four, 1_000))):
        statement = pool.statement(*shares)
        with refused("WritersRooms.WriterLeftOut", poolId=pool.pool, named=2, roll=3):
            pool.hand_in(statement, *pool.signed(statement))


def test_stranger_to_both_statements_does_not_sign(pool: WritersPool, people: list[Player]) -> None:
    one, two, three, four = people
    statement = pool.statement((one, 5_000), (two, 5_000), (three, 0))
    extra = pool.by(four, statement)
    with refused("WritersRooms.NotASigner", poolId=pool.pool, memberId=four.id):
        pool.hand_in(statement, *pool.signed(statement), extra)
    twice = pool.signed(statement)
    with refused("WritersRooms.NotASigner", memberId=one.id):
        pool.hand_in(statement, twice[0], twice[0], *twice[1:])


@pytest.mark.parametrize("bps", [(5_000, 4_999, 0), (5_000, 5_000, 1), (0, 0, 0), (65_535, 0, 0)])
def test_shares_are_the_whole(pool: WritersPool, people: list[Player], bps: tuple[int, ...]) -> None:
    contributions = [
        {"memberId": player.id, "shareBps": share} for player, share in zip(people, bps, strict=False)
    ]
    with pytest.raises(InputError):
        pool.statement(*zip(people, bps, strict=False))
    good = pool.statement(*zip(people, (5_000, 5_000, 0), strict=False))
    with refused("WritersRooms.SharesNotWhole", sumBps=sum(bps)):
        pool.send(good, *pool.signed(good), contributions=contributions)


def test_writers_ascend_each_once(pool: WritersPool, people: list[Player]) -> None:
    good = pool.statement(*zip(people, (5_000, 5_000, 0), strict=False))
    one, two, three = good.contributions
    for contributions in ([two, one, three], [one, one, three]):
        with refused("WritersRooms.MembersNotAscending", position=1):
            pool.send(good, *pool.signed(good), contributions=contributions)


def test_statement_is_about_something(pool: WritersPool, people: list[Player]) -> None:
    statement = pool.statement(*zip(people, (5_000, 5_000, 0), strict=False), assets_root=bytes(32))
    with refused("WritersRooms.NoAssets"):
        pool.hand_in(statement, *pool.signed(statement))


def test_other_shares_than_were_signed_are_refused(pool: WritersPool, people: list[Player]) -> None:
    good = pool.statement(*zip(people, (5_000, 3_000, 2_000), strict=False))
    one, two, three = good.contributions
    swapped = [one, two | {"shareBps": 2_000}, three | {"shareBps": 3_000}]
    with refused("Members.InvalidConsent", memberId=people[0].id):
        pool.send(good, *pool.signed(good), contributions=swapped)


def test_statement_is_not_replayed(pool: WritersPool, people: list[Player]) -> None:
    statement = pool.statement(*zip(people, (5_000, 3_000, 2_000), strict=False))
    signed = pool.signed(statement)
    pool.hand_in(statement, *signed)
    with refused("WritersRooms.WrongVersion", poolId=pool.pool, version=1, next=2):
        pool.send(statement, *signed)
    later = pool.statement(*zip(people, (2_000, 3_000, 5_000), strict=False))
    again = Statement(pool.pool, 2, ASSETS, statement.shares, later.previous)
    with refused("Members.ConsentSpent", memberId=people[0].id):
        pool.send(again, *signed)
    # Signed once more over the first version, and never used.
    fresh = [pool.by(player, statement) for player in people[:3]]
    with refused("Members.InvalidConsent", memberId=people[0].id):
        pool.send(again, *fresh)
    with refused("WritersRooms.WrongVersion", version=3, next=2):
        pool.send(Statement(pool.pool, 3, ASSETS, later.shares, later.previous), *signed)


def test_old_shares_are_not_hidden(room: WritersRoom, pool: WritersPool, people: list[Player]) -> None:
    """Whoever states anew gives the chunk in force, whole: else those in it would be seated twice, or unasked."""
    shared(pool, people, 5_000, 3_000, 2_000)
    statement = pool.statement(*zip(people, (1_000, 4_000, 5_000), strict=False))
    signed = pool.signed(statement)
    chunk = pool.chunks[0].as_struct()
    for hidden in (
        chunk | {"roster": b""},
        chunk | {"roster": chunk["roster"][:14]},
        chunk | {"start": 1},
        chunk | {"number": 1},
        chunk | {"roster": chunk["roster"] + bytes(6)},
        NO_CHUNK,
    ):
        with refused("EnsemblePools.NotThisChunk"):
            pool.send(statement, *signed, chunk=hidden)
    other = room.pool()
    other.share(*zip(people, (5_000, 3_000, 2_000), strict=False))
    # Another pool's chunk, with the same roster: that pool's seats stay where they are.
    with refused("EnsemblePools.NotThisChunk"):
        pool.send(statement, *signed, chunk=other.chunks[0].as_struct() | {"roster": chunk["roster"][:7]})


def test_other_pools_chunk_is_not_emptied(room: WritersRoom, people: list[Player]) -> None:
    one, other = room.pool(), room.pool()
    shares = list(zip(people, (5_000, 3_000, 2_000), strict=False))
    one.share(*shares)
    other.share(*shares)
    statement = one.statement(*zip(people, (1_000, 4_000, 5_000), strict=False))
    with refused("EnsemblePools.NotThisChunk"):
        one.send(statement, *one.signed(statement), chunk=other.chunks[0].as_struct())


def test_only_a_rooms_pool_is_stated(world: World, pool: WritersPool, people: list[Player]) -> None:
    result = world.write("studio", "Payroll", "openPool", world.production, False)
    foreign = result.event("PoolOpened").args["poolId"]
    good = pool.statement(*zip(people, (5_000, 3_000, 2_000), strict=False))
    with refused("WritersRooms.NotARoomsPool", poolId=foreign):
        pool.send(Statement(foreign, 1, ASSETS, good.shares), *pool.signed(good))


def test_studio_does_not_seat_the_writers_pool(world: World, pool: WritersPool, people: list[Player]) -> None:
    shared(pool, people, 5_000, 3_000, 2_000)
    for who in ("studio", "stranger"):
        with refused("EnsemblePools.NotTheManager", poolId=pool.pool, caller=world.address(who)):
            pool.seat((people[3], 100), who=who)
        with refused("EnsemblePools.NotTheManager", poolId=pool.pool, caller=world.address(who)):
            pool.unseat(people[0], who=who)


def test_who_left_the_room_keeps_the_share(
    room: WritersRoom, pool: WritersPool, people: list[Player]
) -> None:
    shared(pool, people, 5_000, 3_000, 2_000)
    room.leave(people[0])
    pool.world.stage.pass_time(2 * WEEK)
    net = pool.fund(10_000_019)
    pool.push()
    assert pool.paid(people[0]) == net // 2


def test_strike_does_not_stop_a_statement(world: World, pool: WritersPool, people: list[Player]) -> None:
    world.write("strike committee", "Productions", "declareStrike", [world.production])
    shared(pool, people, 5_000, 3_000, 2_000)
    assert pool.state()["units"] == 10_000


def test_late_signature_is_refused(world: World, pool: WritersPool, people: list[Player]) -> None:
    statement = pool.statement(*zip(people, (5_000, 3_000, 2_000), strict=False))
    signed = pool.signed(statement)
    consent = statement.consent(people[0].id, world.stage.nonce(people[0].id), world.now() + DAY)
    early = world.stage.sign(people[0], consent.kind, dict(consent.message))
    world.stage.pass_time(2 * DAY)
    with refused("Members.ConsentExpired"):
        pool.hand_in(statement, early, *signed[1:])
    assert signature(early)["memberId"] == people[0].id

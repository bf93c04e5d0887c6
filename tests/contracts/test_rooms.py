"""Writers' rooms: tiers, weeks, leaving, the sole team, and the script work that waits for them."""

from __future__ import annotations

import random

import pytest
from deals import background_terms, open_deal
from rate_cards import publish
from refusals import refused
from rooms import monday, open_room, script_grant, script_licence, writers
from world import World

from trust.model import Modality, mask
from trust.stage import DAY, WEEK

TIERS = [(1, 3), (6, 3), (7, 5), (12, 5), (13, 6), (65_535, 6)]


@pytest.mark.parametrize(("episodes", "needed"), TIERS)
def test_room_has_the_rate_cards_tiers(world: World, episodes: int, needed: int) -> None:
    room = open_room(world, episodes)
    assert room.now == {
        "episodes": episodes,
        "rateCardVersion": 1,
        "writers": 0,
        "needed": needed,
        "roll": 0,
        "team": 0,
    }
    assert world.read("RateCard", "minimumRoom", 1, episodes) == needed


def test_room_keeps_the_rate_card_it_was_opened_under(world: World) -> None:
    room = open_room(world, 6)
    publish(world, roomWriters=[4, 7, 9], roomEpisodes=[5, 10])
    world.stage.pass_time(30 * DAY)
    world.write("studio", "WritersRooms", "setEpisodes", world.production, 13)
    assert (room.now["needed"], room.now["rateCardVersion"]) == (6, 1)
    world.write("studio", "WritersRooms", "setEpisodes", world.production, 2)
    assert room.now["needed"] == 3
    assert world.read("RateCard", "minimumRoom", 2, 6) == 7


def test_terms_of_transparency_are_those_in_effect(world: World) -> None:
    assert list(world.read("RateCard", "transparencyTerms").values()) == [1, 7, 30]
    publish(world, acknowledgeDays=3, challengeDays=11)
    assert list(world.read("RateCard", "transparencyTerms").values()) == [1, 7, 30]
    world.stage.pass_time(30 * DAY)
    assert list(world.read("RateCard", "transparencyTerms").values()) == [2, 3, 11]


def test_writers_count_in_their_weeks_only(world: World) -> None:
    room = open_room(world)
    first, second, third = writers(world, 3)
    room.join(first, 0, 2)
    room.join(second, 1, 3)
    room.join(third, 5, 2)
    room.join(first, 4, 1)
    assert room.counts == [1, 2, 1, 1, 1, 1, 1, 0, 0, 0]
    for ahead, writes in enumerate([True, True, False, False, True]):
        for time in (monday(world, ahead), monday(world, ahead + 1) - 1):
            assert world.read("WritersRooms", "writesAt", world.production, first.id, time) is writes
    assert room.now["roll"] == 3


def test_room_is_short_outside_the_weeks_that_were_joined(world: World) -> None:
    room = open_room(world)
    three = writers(world, 3)
    for player in three:
        room.join(player, 1, 1)
    with refused("WritersRooms.RoomTooShort", productionId=world.production, writers=0, needed=3):
        room.require()
    world.go_to(monday(world, 1))
    room.require()
    world.go_to(monday(world, 1) - 1)
    room.require()
    world.go_to(monday(world, 1))
    with refused("WritersRooms.RoomTooShort", writers=0, needed=3):
        room.require()


def test_script_grant_waits_for_the_room(world: World) -> None:
    three = writers(world, 3)
    script_licence(world, three[0])
    with refused("WritersRooms.NoRoom", productionId=world.production):
        script_grant(world, three[0])
    room = open_room(world)
    for player in three[:2]:
        room.join(player)
    with refused("WritersRooms.RoomTooShort", productionId=world.production, writers=2, needed=3):
        script_grant(world, three[0])
    room.join(three[2])
    assert script_grant(world, three[0])


def test_other_grants_need_no_room(world: World) -> None:
    world.stage.license(world.production, world.ben)
    assert world.stage.grant(world.production, world.ben, world.breakdown, 2)


def test_pool_grant_of_scripts_waits_for_the_room(world: World) -> None:
    terms = background_terms(world, modalities=mask({Modality.FACE, Modality.SCRIPT}), price=10**10)
    with refused("WritersRooms.NoRoom", productionId=world.production):
        open_deal(world, "PoolGrants", terms)
    room = open_room(world)
    for player in writers(world, 3):
        room.join(player)
    assert open_deal(world, "PoolGrants", terms).pool


def test_more_episodes_make_the_room_short_again(world: World) -> None:
    room = open_room(world, 6)
    for player in writers(world, 3):
        room.join(player)
    room.require()
    world.write("studio", "WritersRooms", "setEpisodes", world.production, 7)
    with refused("WritersRooms.RoomTooShort", writers=3, needed=5):
        room.require()


def test_writer_leaves_from_the_next_week_on(world: World) -> None:
    room = open_room(world)
    player = writers(world, 1)[0]
    room.join(player, 0, 6)
    told = room.leave(player)
    assert (told["until"], told["neverWrote"]) == (monday(world, 1), False)
    assert room.counts == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert room.now["roll"] == 1
    room.join(player, 2, 2)
    assert room.counts[:5] == [1, 0, 1, 1, 0]


def test_who_leaves_before_the_first_week_comes_off_the_roll(world: World) -> None:
    room = open_room(world)
    player = writers(world, 1)[0]
    room.join(player, 3, 2)
    room.join(player, 1, 1)
    assert room.leave(player)["neverWrote"] is True
    assert (room.counts, room.now["roll"]) == ([0] * 10, 0)
    assert not world.read("WritersRooms", "writerOf", world.production, player.id)["onRoll"]


def test_delegate_takes_a_writer_out_but_not_in(world: World) -> None:
    room = open_room(world)
    player = writers(world, 1)[0]
    room.join(player)
    delegation = {"memberId": player.id, "delegate": world.address("delegate"), "allowed": True}
    signed = world.stage.sign(player, "Delegation", delegation | world.stage.once(player.id))
    world.local.as_("keeper").members.set_delegate(signed)
    leave = {"productionId": world.production, "memberId": player.id, "nonce": 0, "deadline": 0}
    world.write("delegate", "WritersRooms", "leaveRoom", leave, b"")
    assert room.counts[:2] == [1, 0]


def test_sole_team_is_exempt_until_another_joins(world: World) -> None:
    room = open_room(world, 13)
    one, two, newcomer = writers(world, 3)
    told = room.team(one, two).event("SoleTeamDeclared").args
    assert (told["team"], list(told["writers"])) == (1, [one.id, two.id])
    room.require()
    room.join(one)
    room.require()
    ended = room.join(newcomer, 5, 1).event("SoleTeamEnded").args
    assert (ended["team"], ended["memberId"]) == (1, newcomer.id)
    with refused("WritersRooms.RoomTooShort", writers=1, needed=6):
        room.require()


def test_sole_team_ends_when_one_of_it_leaves(world: World) -> None:
    room = open_room(world)
    one, two = writers(world, 2)
    room.team(one, two)
    room.leave(two)
    with refused("WritersRooms.RoomTooShort", writers=0, needed=3):
        room.require()
    # Who left has written: the other alone isn't sole.
    with refused("WritersRooms.NotSole", productionId=world.production, named=1, roll=2):
        room.team(one)
    room.team(one, two)
    room.require()


def test_newcomer_who_never_wrote_leaves_the_team_as_it_was(world: World) -> None:
    room = open_room(world)
    one, newcomer = writers(world, 2)
    room.team(one)
    room.join(newcomer, 2, 3)
    with refused("WritersRooms.NotSole", named=1, roll=2):
        room.team(one)
    room.leave(newcomer)
    room.team(one)
    room.require()


def test_team_may_grow(world: World) -> None:
    room = open_room(world)
    one, two = writers(world, 2)
    room.team(one)
    room.team(one, two)
    assert (room.now["team"], room.now["roll"]) == (2, 2)
    # The first team's number is no longer anybody's.
    room.leave(one)
    assert room.now["team"] == 0


def test_calendar_equals_a_plain_model(world: World) -> None:
    """Random joins and leaves by seven writers over a year, against sets of weeks."""
    room, people = open_room(world), writers(world, 7)
    model: dict[int, set[int]] = {player.id: set() for player in people}
    fate = random.Random(5)
    for _ in range(60):
        player, today = fate.choice(people), monday(world) // WEEK
        weeks = model[player.id]
        if fate.random() < 0.25:
            if any(week > today for week in weeks):
                room.leave(player)
                model[player.id] = {week for week in weeks if week <= today}
        else:
            ahead, many = fate.randrange(53), fate.randrange(1, 53)
            wanted = {today + ahead + step for step in range(many)}
            if wanted & weeks:
                first = min(wanted & weeks) * WEEK + 4 * DAY
                with refused("WritersRooms.AlreadyInRoom", memberId=player.id, week=first):
                    room.join(player, ahead, many)
            else:
                room.join(player, ahead, many)
                weeks |= wanted
        if fate.random() < 0.2:
            world.stage.pass_time(fate.randrange(3 * WEEK))
    today = monday(world) // WEEK
    for week in range(today - 40, today + 110):
        time = week * WEEK + 4 * DAY + fate.randrange(WEEK)
        count = sum(week in weeks for weeks in model.values())
        assert world.read("WritersRooms", "writersAt", world.production, time) == count

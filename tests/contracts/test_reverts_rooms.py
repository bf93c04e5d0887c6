"""What writers' rooms refuse, with the error and its fields; and who tries to get round them."""

from __future__ import annotations

import pytest
from refusals import refused
from rooms import WritersRoom, monday, open_room, signature, writers
from world import World

from trust.consent import sign
from trust.stage import DAY, WEEK


@pytest.fixture
def room(world: World) -> WritersRoom:
    return open_room(world)


def test_room_is_opened_once_for_some_episodes(world: World) -> None:
    with refused("WritersRooms.NoEpisodes", productionId=world.production):
        open_room(world, 0)
    open_room(world)
    with refused("WritersRooms.RoomIsOpen", productionId=world.production):
        open_room(world)
    with refused("WritersRooms.NoEpisodes", productionId=world.production):
        world.write("studio", "WritersRooms", "setEpisodes", world.production, 0)


@pytest.mark.parametrize("who", ["stranger", "reporter", "rival studio", "keeper"])
def test_only_the_studio_runs_the_room(world: World, who: str) -> None:
    with refused("Productions.NotTheStudio", caller=world.address(who)):
        world.write(who, "WritersRooms", "openRoom", world.production, 6)
    room = open_room(world)
    player = writers(world, 1)[0]
    with refused("Productions.NotTheStudio", caller=world.address(who)):
        world.write(who, "WritersRooms", "setEpisodes", world.production, 1)
    with refused("Productions.NotTheStudio", caller=world.address(who)):
        room.hand_in(room.joining(player), who)
    with refused("Productions.NotTheStudio", caller=world.address(who)):
        room.team(player, who=who)
    with refused("Productions.NotTheStudio", caller=world.address(who)):
        world.write(who, "WritersRooms", "openPool", world.production)


def test_nothing_is_done_without_a_room(world: World) -> None:
    room, player = WritersRoom(world), writers(world, 1)[0]
    for step in (room.require, lambda: room.join(player), lambda: room.team(player), room.pool):
        with refused("WritersRooms.NoRoom", productionId=world.production):
            step()
    with refused("WritersRooms.NoRoom"):
        room.leave(player)
    with refused("WritersRooms.NoRoom"):
        world.write("studio", "WritersRooms", "setEpisodes", world.production, 3)
    with refused("WritersRooms.NoRoom"):
        assert room.now


def test_nobody_joins_a_week_that_is_over(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    for ahead in (-1, -40):
        starts = monday(world, ahead)
        with refused("WritersRooms.PastWeek", starts=starts, thisWeek=monday(world)):
            room.join(player, starts=starts)
    with refused("WritersRooms.PastWeek", starts=0):
        room.join(player, starts=0)
    # Signed for this week, and handed in when it is over.
    signed = room.joining(player)
    world.go_to(monday(world, 1))
    with refused("WritersRooms.PastWeek", thisWeek=monday(world)):
        room.hand_in(signed)


def test_weeks_are_whole_few_and_near(world: World, room: WritersRoom) -> None:
    player, this = writers(world, 1)[0], monday(world)
    for starts, weeks in ((this + 1, 2), (this + DAY, 2), (this, 0), (this, 53), (this + 53 * WEEK, 1)):
        with refused("WritersRooms.BadWeeks", starts=starts, wholeWeeks=weeks):
            room.join(player, weeks=weeks, starts=starts)
    room.join(player, weeks=52)
    room.join(player, ahead=52, weeks=52)


def test_writer_is_in_a_week_once(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    room.join(player, 2, 4)
    for ahead, weeks in ((2, 4), (0, 3), (5, 1), (4, 50)):
        taken = monday(world, max(ahead, 2))
        with refused("WritersRooms.AlreadyInRoom", memberId=player.id, week=taken):
            room.join(player, ahead, weeks)
    assert room.counts == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]


def test_join_is_not_replayed(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    signed = room.joining(player, 1, 2)
    room.hand_in(signed)
    with refused("Members.ConsentSpent", memberId=player.id):
        room.hand_in(signed)
    room.leave(player)
    with refused("Members.ConsentSpent", memberId=player.id):
        room.hand_in(signed)


def test_leave_is_not_replayed_against_who_came_back(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    room.join(player, 1, 2)
    signed = room.leaving(player)
    message = dict(signed.consent.message)
    world.write("keeper", "WritersRooms", "leaveRoom", message, signed.signature)
    room.join(player, 1, 2)
    with refused("Members.ConsentSpent", memberId=player.id):
        world.write("studio", "WritersRooms", "leaveRoom", message, signed.signature)


@pytest.mark.parametrize(
    "changed", [{"wholeWeeks": 5}, {"starts": WEEK}, {"memberId": 3}, {"nonce": 77}, {"deadline": 2**39}]
)
def test_join_says_what_was_signed(world: World, room: WritersRoom, changed: dict[str, int]) -> None:
    player = writers(world, 1)[0]
    signed = room.joining(player)
    if "starts" in changed:
        changed = {"starts": monday(world, 1)}
    with refused("Members.InvalidConsent"):
        room.hand_in(signed, **changed)


def test_join_of_another_production_does_not_serve_here(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    signed = room.joining(player, productionId=99)
    with refused("Members.InvalidConsent", memberId=player.id):
        room.hand_in(signed, productionId=world.production)


def test_nobody_is_taken_out_by_others(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    room.join(player)
    leave = {"productionId": world.production, "memberId": player.id, "nonce": 1, "deadline": 2**40}
    for who in ("studio", "stranger", "ann"):
        with refused("Members.NotTheMember", memberId=player.id, caller=world.address(who)):
            world.write(who, "WritersRooms", "leaveRoom", leave, b"")
    forged = room.leaving(player)
    thief = sign(forged.consent, world.local.deployment, world.keys["thief"])
    with refused("Members.InvalidConsent", memberId=player.id):
        world.write("studio", "WritersRooms", "leaveRoom", dict(forged.consent.message), thief.signature)


def test_who_has_no_later_week_has_nothing_to_leave(world: World, room: WritersRoom) -> None:
    player, other = writers(world, 2)
    room.join(player, 0, 1)
    for one in (player, other):
        with refused("WritersRooms.NotInRoom", productionId=world.production, memberId=one.id):
            room.leave(one)


def test_team_names_each_once_in_order_and_all_sign(world: World, room: WritersRoom) -> None:
    one, two = writers(world, 2)
    with refused("WritersRooms.MembersNotAscending", position=0):
        room.declare()
    with refused("WritersRooms.MembersNotAscending", position=1):
        room.team(two, one)
    with refused("WritersRooms.MembersNotAscending", position=1):
        room.team(one, one)
    # One's signature under both, but not two's: alone it names others than who signed.
    with refused("Members.InvalidConsent", memberId=one.id):
        room.declare(room.agreeing(one, one, two))
    forged = sign(room.agreeing(two, one, two).consent, world.local.deployment, world.keys["thief"])
    with refused("Members.InvalidConsent", memberId=two.id):
        room.declare(room.agreeing(one, one, two), forged)


def test_team_is_not_declared_again_by_old_signatures(world: World, room: WritersRoom) -> None:
    one, newcomer = writers(world, 2)
    signed = room.agreeing(one, one)
    room.declare(signed)
    room.join(newcomer, 2, 1)
    room.leave(newcomer)
    with refused("Members.ConsentSpent", memberId=one.id):
        room.declare(signed)


def test_unnamed_writer_breaks_a_team(world: World, room: WritersRoom) -> None:
    one, two, three = writers(world, 3)
    room.join(three, 0, 1)
    world.go_to(monday(world, 3))
    with refused("WritersRooms.NotSole", productionId=world.production, named=2, roll=3):
        room.team(one, two)


def test_roll_has_room_for_255(world: World, room: WritersRoom) -> None:
    """Seven teams of up to forty, each with everybody before it, would be slow: a written slot is as good."""
    full = 255
    _set_roll(world, full)
    assert room.now["roll"] == full
    with refused("WritersRooms.RoomIsFull", productionId=world.production):
        room.join(writers(world, 1)[0])


def test_cancelled_production_takes_nobody_in(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    room.join(player, 1, 2)
    world.stage.studio.productions.cancel(world.production)
    with refused("Productions.ProductionIsCancelled", productionId=world.production):
        room.join(player, 5, 1)
    assert room.leave(player)["memberId"] == player.id


def test_stranger_is_no_writer(world: World, room: WritersRoom) -> None:
    player = writers(world, 1)[0]
    signed = room.joining(player, memberId=99)
    with refused("Members.UnknownMember", memberId=99):
        room.hand_in(signed)
    assert signature(signed)["memberId"] == 99


def _set_roll(world: World, roll: int) -> None:
    """Write the roll into the room's word, which is the only one that has its episodes, version and need."""
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    node, address = world.chain.node, world.contract("WritersRooms")
    for place in range(8):
        slot = "0x" + keccak(encode(["uint256", "uint256"], [world.production, place])).hex()
        word = int(node.call("eth_getStorageAt", address, slot, "latest"), 16)
        if word == (3 << 32 | 1 << 16 | 6):
            node.call("anvil_setStorageAt", address, slot, f"0x{word | roll << 40:064x}")
            return
    raise AssertionError("the room's word was not found")

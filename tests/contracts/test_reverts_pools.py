"""What ensemble pools refuse, with the error and its fields."""

from __future__ import annotations

from typing import Any

import pytest
from ensembles import Ensemble, module_pool, open_pool
from refusals import refused
from world import World

from trust.chain.abi import interface
from trust.chain.reverts import decode_revert
from trust.chain.rpc import RpcError, hexed
from trust.model import dollars
from trust.stage import WEEK

NO_CHUNK = {"poolId": 9, "number": 0, "start": 0, "roster": bytes(7)}


@pytest.fixture
def pool(world: World) -> Ensemble:
    pool = open_pool(world)
    pool.seat((world.ann, 1), (world.ben, 2))
    return pool


def packed(*seats: tuple[int, int]) -> bytes:
    return b"".join(member.to_bytes(3) + units.to_bytes(4) for member, units in seats)


@pytest.mark.parametrize(
    ("who", "function", "arguments"),
    [
        ("studio", "seat", (9, [packed((1, 1))])),
        ("studio", "unseat", (NO_CHUNK, [0])),
        ("studio", "fundPool", (9, 1)),
        ("studio", "streamToPool", (9, 1, 0, 2**39)),
        ("keeper", "push", (NO_CHUNK,)),
        ("keeper", "paySeats", (NO_CHUNK, [0])),
        ("keeper", "sweepPools", ([9],)),
        ("studio", "reserveForPool", (9, 1, 1)),
        ("studio", "chargePool", (9, 1, 1)),
        ("studio", "releaseFromPool", (9, 1, 1)),
    ],
)
def test_pool_that_was_not_opened_is_refused(
    world: World, who: str, function: str, arguments: tuple[Any, ...]
) -> None:
    with refused("EnsemblePools.NoPool", poolId=9):
        world.write(who, "Payroll", function, *arguments)


def test_only_the_studio_runs_its_pool(pool: Ensemble) -> None:
    world = pool.world
    for who in ("stranger", "ann", "council", "keeper"):
        with refused("Productions.NotTheStudio", caller=world.address(who)):
            world.write(who, "Payroll", "openPool", world.production, False)
        with refused("Productions.NotTheStudio"):
            pool.seat((world.cleo, 1), who=who)
        with refused("Productions.NotTheStudio"):
            pool.unseat(world.ann, who=who)
        with refused("Productions.NotTheStudio"):
            world.write(who, "Payroll", "fundPool", pool.pool, 1)
        with refused("Productions.NotTheStudio"):
            world.write(who, "Payroll", "streamToPool", pool.pool, 1, 0, world.now() + WEEK)


def test_studio_does_not_set_aside_for_its_own_pool(pool: Ensemble) -> None:
    for function in ("reserveForPool", "chargePool", "releaseFromPool"):
        with refused("EnsemblePools.NotTheManager", poolId=pool.pool, caller=pool.world.address("studio")):
            pool.world.write("studio", "Payroll", function, pool.pool, 1, 1)


def test_only_its_module_runs_a_managed_pool(world: World) -> None:
    _, managed = module_pool(world)
    for who in ("studio", "stranger"):
        with refused("EnsemblePools.NotTheManager", poolId=managed.pool, caller=world.address(who)):
            managed.seat((world.ann, 1), who=who)
        with refused("EnsemblePools.NotTheManager"):
            world.write(who, "Payroll", "reserveForPool", managed.pool, 1, 1)


def test_module_opens_no_pool_without_the_studio(world: World) -> None:
    module, _ = module_pool(world)
    world.write("studio", "Payroll", "optIn", world.production, module, False)
    with refused("Productions.NotTheStudio", caller=module):
        world.raw(module, "Payroll", "openPool", world.production, True)


def test_money_needs_somebody_to_divide_it_among(pool: Ensemble) -> None:
    world = pool.world
    pool.unseat(world.ann, world.ben)
    with refused("EnsemblePools.PoolIsEmpty", poolId=pool.pool):
        pool.fund(dollars(1))
    with refused("EnsemblePools.PoolIsEmpty", poolId=pool.pool):
        pool.stream(dollars(1), WEEK)
    module, managed = module_pool(world)
    with refused("EnsemblePools.PoolIsEmpty", poolId=managed.pool):
        world.raw(module, "Payroll", "chargePool", managed.pool, 1, 1)


@pytest.mark.parametrize("length", [0, 6, 8, 401 * 7])
def test_roster_has_one_to_four_hundred_seats(pool: Ensemble, length: int) -> None:
    roster = b"".join(packed((number + 1, 1)) for number in range(-(-length // 7)))[:length]
    with refused("EnsemblePools.BadRoster", length=length):
        pool.world.write("studio", "Payroll", "seat", pool.pool, [packed((1, 1)), roster])


@pytest.mark.parametrize(("seats", "position"), [([(2, 1), (1, 1)], 1), ([(1, 1), (1, 1)], 1), ([(0, 1)], 0)])
def test_members_of_a_roster_ascend(pool: Ensemble, seats: list[tuple[int, int]], position: int) -> None:
    with refused("EnsemblePools.NotAscending", position=position):
        pool.world.write("studio", "Payroll", "seat", pool.pool, [packed(*seats)])


def test_seat_has_units(pool: Ensemble) -> None:
    with refused("EnsemblePools.NoUnits", position=1):
        pool.world.write("studio", "Payroll", "seat", pool.pool, [packed((1, 1), (2, 0))])


def test_only_members_are_seated(pool: Ensemble) -> None:
    next_number = pool.world.read("Members", "memberCount") + 1
    with refused("EnsemblePools.NotAMember", memberId=next_number):
        pool.world.write("studio", "Payroll", "seat", pool.pool, [packed((1, 1), (next_number, 1))])


@pytest.mark.parametrize(
    "change",
    [
        {"number": 1},
        {"start": 1},
        {"roster": packed((1, 1))},
        {"roster": packed((1, 1), (3, 2))},
        {"roster": packed((1, 1), (2, 3))},
    ],
)
def test_chunk_is_the_one_that_was_seated(pool: Ensemble, change: dict[str, Any]) -> None:
    world, forged = pool.world, pool.chunk.as_struct() | change
    number = forged["number"]
    pool.fund(dollars(1))
    with refused("EnsemblePools.NotThisChunk", poolId=pool.pool, chunk=number):
        world.write("keeper", "Payroll", "push", forged)
    with refused("EnsemblePools.NotThisChunk"):
        world.write("keeper", "Payroll", "paySeats", forged, [0])
    with refused("EnsemblePools.NotThisChunk"):
        world.write("studio", "Payroll", "unseat", forged, [0])
    for view in ("chunkDue", "seatDue"):
        with refused("EnsemblePools.NotThisChunk"):
            world.read("Payroll", view, forged, *([0] if view == "seatDue" else []))


def test_chunk_of_another_pool_is_refused(pool: Ensemble) -> None:
    other = open_pool(pool.world)
    with refused("EnsemblePools.NotThisChunk", poolId=other.pool):
        pool.world.write("keeper", "Payroll", "push", pool.chunk.as_struct() | {"poolId": other.pool})


def test_seat_is_there_and_taken(pool: Ensemble) -> None:
    world, chunk = pool.world, pool.chunk.as_struct()
    pool.fund(dollars(1))
    pool.unseat(world.ann)
    for seat in (0, 2):
        with refused("EnsemblePools.NoSuchSeat", seat=seat):
            world.write("keeper", "Payroll", "paySeats", chunk, [seat])
        with refused("EnsemblePools.NoSuchSeat", seat=seat):
            world.write("studio", "Payroll", "unseat", chunk, [seat])
        with refused("EnsemblePools.NoSuchSeat", seat=seat):
            world.read("Payroll", "seatDue", chunk, seat)


def test_paying_or_emptying_no_seat_is_refused(pool: Ensemble) -> None:
    for who, function in (("keeper", "paySeats"), ("studio", "unseat")):
        with refused("EnsemblePools.NoSeats"):
            pool.world.write(who, "Payroll", function, pool.chunk.as_struct(), [])


def test_nobody_leaves_twice(pool: Ensemble) -> None:
    with refused("EnsemblePools.NoSuchSeat", seat=1):
        pool.world.write("studio", "Payroll", "unseat", pool.chunk.as_struct(), [1, 1])


def test_stream_starts_now_or_later_and_lasts(pool: Ensemble) -> None:
    world, now = pool.world, pool.world.now()
    for start, end in ((now - 1, now + WEEK), (now + WEEK, now + WEEK), (0, now)):
        with refused("EnsemblePools.BadStreamTime", start=start, end=end):
            world.write("studio", "Payroll", "streamToPool", pool.pool, dollars(1), start, end)


def test_pool_takes_only_what_the_production_has(pool: Ensemble) -> None:
    world = pool.world
    for function, arguments in (("fundPool", ()), ("streamToPool", (0, world.now() + WEEK))):
        with refused("Payroll.InsufficientBalance", productionId=world.production):
            world.write("studio", "Payroll", function, pool.pool, world.free(), *arguments)
        with refused("Payroll.NothingToMove"):
            world.write("studio", "Payroll", function, pool.pool, 0, *arguments)


def test_pools_code_answers_only_through_payroll(pool: Ensemble) -> None:
    """It holds nothing, and nothing can be put into it."""
    world, node = pool.world, pool.world.chain.node
    code = world.local.deployment.libraries["EnsemblePools"]
    calls = (
        ("openPool", (world.production, False)),
        ("seat", (pool.pool, [packed((1, 1))])),
        ("unseat", (pool.chunk.as_struct(), [0])),
        ("fundPool", (pool.pool, 1)),
        ("streamToPool", (pool.pool, 1, 0, world.now() + WEEK)),
        ("push", (pool.chunk.as_struct(),)),
        ("paySeats", (pool.chunk.as_struct(), [0])),
        ("sweepPools", ([pool.pool],)),
        ("reserveForPool", (pool.pool, 1, 1)),
        ("chargePool", (pool.pool, 1, 1)),
        ("releaseFromPool", (pool.pool, 1, 1)),
    )
    for function, arguments in calls:
        data = interface("Payroll").encode(function, *arguments)
        call = {"from": world.address("studio"), "to": code, "data": hexed(data)}
        with refused("EnsemblePools.OnlyThroughPayroll"):
            try:
                node.call("eth_call", call, "latest")
            except RpcError as error:
                raise decode_revert(error.data) or error from error


def test_module_frees_and_charges_only_what_it_set_aside(world: World) -> None:
    """What grants set aside is theirs: a later module touches no reserve but its own."""
    module, managed = module_pool(world)
    world.raw(module, "Payroll", "seat", managed.pool, [packed((3, 1))])
    reserved = world.read("Payroll", "productionAccount", world.production)["reserved"]
    assert reserved > dollars(100)
    for function in ("chargePool", "releaseFromPool"):
        with refused("EnsemblePools.NotReserved", poolId=managed.pool, reserved=0):
            world.raw(module, "Payroll", function, managed.pool, dollars(50), 1)
    assert world.read("Payroll", "productionAccount", world.production)["reserved"] == reserved

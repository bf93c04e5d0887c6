"""Random stories with pools: in whatever order, the index equals the contracts' views and no unit is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crowds import Crowd, check_pools, crowd
from test_index_story import DOLLAR

from trust.chain.rpc import RpcError
from trust.errors import ContractRefused
from trust.index import Index
from trust.model import MemberId, Money, PoolId, ProductionId
from trust.pools import Chunk
from trust.views import pool_pay, pools, statement

STEPS = 60
SEEDS = (1, 2, 3, 4)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Crowd]:
    """A chain for each story: the studio's outbox would send again what a snapshot takes back."""
    with crowd(tmp_path, 12) as begun:
        for _ in range(2):
            begun.studio.pools.open(ProductionId(1), background=True)
        yield begun


class Player:
    """Does random deeds; many are refused, as they should be."""

    def __init__(self, crowd: Crowd, dice: random.Random) -> None:
        self.crowd, self.dice = crowd, dice
        self.chunks: list[Chunk] = []

    def act(self) -> None:
        dice, pools, now = self.dice, self.crowd.studio.pools, self.crowd.story.now()
        pool = PoolId(dice.randint(1, 2))
        amount = Money(dice.choice((1, 7, dice.randint(1, 99), dice.randint(1, 3_000 * DOLLAR))))
        start = dice.choice((0, 0, now + dice.randint(100, 10**6)))
        chunk = dice.choice(self.chunks) if self.chunks else None
        deeds: list[Callable[[], object]] = [
            lambda: self.seat(pool),
            lambda: pools.fund(pool, amount),
            lambda: pools.stream(pool, amount, max(now, start) + dice.randint(60, 3 * 10**6), start),
            lambda: pools.sweep([PoolId(1), PoolId(2)]),
            lambda: self.crowd.story.remit(),
            lambda: self.crowd.story.payday(*self.crowd.members),
            lambda: self.crowd.block_wallet(dice.choice(self.crowd.members), dice.random() < 0.6),
        ]
        if chunk is not None:
            some = dice.sample(chunk.roster.members, dice.randint(1, len(chunk.roster)))
            deeds += [
                lambda: pools.push(chunk),
                lambda: pools.push(chunk),
                lambda: pools.pay_seats(chunk, some),
                lambda: pools.unseat(chunk, some),
                lambda: pools.unseat(chunk, chunk.roster.members),
            ]
        try:
            dice.choice(deeds)()
        except ContractRefused:
            pass
        except RpcError as refused:
            if not refused.is_revert:
                raise
        if dice.random() < 0.5:
            self.crowd.story.pass_days(dice.choice((0.01, 0.3, 2.5, 6.9, 7, 19)))

    def seat(self, pool: PoolId) -> None:
        chosen = sorted(self.dice.sample(self.crowd.members, self.dice.randint(1, 6)))
        start = self.crowd.members.index(MemberId(chosen[0]))
        seats = self.crowd.seats(lambda _: self.dice.choice((1, 3, 1_000, 2**31 + 5)), start, len(chosen))
        self.chunks += self.crowd.studio.pools.seat(pool, seats).chunks


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_story_of_pools_is_folded_to_the_unit(seed: int, begun: Crowd, tmp_path: Path) -> None:
    player = Player(begun, random.Random(seed))
    with Index(tmp_path / "index.db", begun.story.deployment, begun.story.chain.node) as index:
        for step in range(STEPS):
            player.act()
            if step % 9 == 0:
                index.sync()
                check_pools(index, begun)
        begun.story.pass_days(3.3)
        index.sync()
        check_pools(index, begun)
        balances = begun.balances()
        for member in begun.members:
            seen = statement(index, member)
            seen.check()
            assert seen.paid_out == balances[member]
            assert sum(pay.amount for pay in pool_pay(index, member=member)) == sum(
                seat.paid for seat in seen.seats
            )
        everyone_leaves(index, begun, player)


def everyone_leaves(index: Index, crowd: Crowd, player: Player) -> None:
    """Then nothing is left in any pool once its streams have ended and it was swept."""
    index.sync()
    for chunk in player.chunks:
        vacated = index.books().pools[chunk.pool].chunks[chunk.number].pay.vacated
        left = [member for place, member in enumerate(chunk.roster.members) if place not in vacated]
        if left:
            crowd.studio.pools.unseat(chunk, left)
    crowd.story.pass_days(60)
    crowd.studio.pools.sweep([PoolId(1), PoolId(2)])
    index.sync()
    check_pools(index, crowd)
    for one in pools(index):
        assert (one.due, one.undivided, one.still_to_stream, one.dues_waiting, one.units) == (0, 0, 0, 0, 0)
        assert one.net == one.paid + one.abandoned

"""Pool pay in dollars that misbehave: what can't be sent is owed in the members' accounts, and the books stay whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from crowd import Extra, attempt, enrol_many
from dollars import owing, set_on, top_up, union_on
from hostile import Hostile
from world import World

from trust.model import dollars
from trust.pools import Chunk, Roster, Seat

POOL, LUMP = 1, dollars(4_000)
NET = LUMP * 985 // 1000
CHARGED = LUMP * (100 + 21 + 1) // 100
SHARE = NET // 4


class Pooled:
    """Four seats of equal units, to which a lump is due; the production has nothing else left."""

    def __init__(self, union: Hostile) -> None:
        self.union = union
        self.studio = union.local.as_("studio").handle
        union.fund(CHARGED)
        self.members: list[Extra] = enrol_many(union, 4)
        roster = Roster.of(Seat(member.id, 5) for member in self.members)
        self.chunk = Chunk(POOL, 0, 0, roster).as_struct()
        self.studio.write("Payroll", "openPool", union.production, False)
        self.studio.write("Payroll", "seat", POOL, [roster.packed])
        self.studio.write("Payroll", "fundPool", POOL, LUMP)

    def push(self) -> None:
        attempt(self.union, "push", self.chunk)

    def payday(self) -> None:
        attempt(self.union, "payday", [member.id for member in self.members], 520)

    def wallets(self) -> list[int]:
        return [self.union.balance(member.wallet) for member in self.members]

    def accounts(self) -> list[int]:
        return [int(self.union.stage.studio.payroll.due(member.id)[0]) for member in self.members]

    def owing(self) -> int:
        """All that Payroll owes, the pool's dues and unpaid seats included."""
        pool = self.studio.read("Payroll", "poolOf", POOL)
        unpaid = int(self.studio.read("Payroll", "chunkDue", self.chunk))
        return owing(self.union, self.members) + int(pool["dues"]) + unpaid

    def settle_the_rest(self) -> None:
        """Send benefits, levy and dues."""
        attempt(self.union, "sweepPools", [POOL])
        attempt(self.union, "remit", [self.union.production])


def pooled_on(world: World, kind: str, folder: Path) -> Pooled:
    pooled = Pooled(union_on(world, kind, folder / "union.db"))
    assert pooled.owing() == pooled.union.held() == CHARGED
    return pooled


def test_pool_pay_in_a_dollar_that_shrank_is_held_and_paid_after_a_top_up(
    world: World, tmp_path: Path
) -> None:
    pooled = pooled_on(world, "RebasingDollar", tmp_path)
    set_on(pooled.union, "rebase(uint256)", 5_000)
    pooled.push()
    assert pooled.wallets() == [SHARE, SHARE, 0, 0]
    assert pooled.accounts() == [0, 0, SHARE, SHARE]
    assert pooled.owing() == CHARGED - 2 * SHARE
    top_up(pooled.union, pooled.owing() - pooled.union.held())
    pooled.push()
    pooled.payday()
    pooled.settle_the_rest()
    assert pooled.wallets() == [SHARE] * 4
    assert pooled.owing() == pooled.union.held() == 0


@pytest.mark.parametrize(
    ("kind", "stop", "go"),
    [
        ("PausableDollar", ("setPaused(bool)", True), ("setPaused(bool)", False)),
        (
            "AnsweringDollar",
            ("setAnswer(bool,bytes)", False, bytes(32)),
            ("setAnswer(bool,bytes)", True, b""),
        ),
    ],
)
def test_pool_pay_in_a_stopped_dollar_is_held_and_paid_exactly(
    world: World, tmp_path: Path, kind: str, stop: tuple[object, ...], go: tuple[object, ...]
) -> None:
    pooled = pooled_on(world, kind, tmp_path)
    set_on(pooled.union, *stop)
    pooled.push()
    pooled.settle_the_rest()
    assert pooled.accounts() == [SHARE] * 4
    assert pooled.owing() == pooled.union.held() == CHARGED
    set_on(pooled.union, *go)
    pooled.push()
    assert pooled.wallets() == [0] * 4
    pooled.payday()
    pooled.settle_the_rest()
    assert pooled.wallets() == [SHARE] * 4
    assert pooled.owing() == pooled.union.held() == 0


def test_fee_on_pool_pay_comes_out_of_what_arrives_not_of_the_books(world: World, tmp_path: Path) -> None:
    pooled = pooled_on(world, "FeeDollar", tmp_path)
    set_on(pooled.union, "setFee(uint256,bool)", 10, False)
    pooled.push()
    assert pooled.wallets() == [SHARE - SHARE * 10 // 10_000] * 4
    assert pooled.owing() == pooled.union.held() == CHARGED - NET
    pooled.settle_the_rest()
    assert pooled.owing() == pooled.union.held() == 0

"""Paydays of hundreds in the worst mood, under the gas that a transaction may have (2^24 on osaka)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from crowd import (
    TRANSACTION_GAS,
    Extra,
    attempt,
    dues,
    enrol_many,
    owe,
    paymaster,
    read_many,
    set_moods,
    undone,
)
from hostile import MOODS, Hostile, deploy_with
from refusals import refused
from solidity import create
from world import START, begin

from trust.chain.rpc import RpcError
from trust.errors import ContractRefused
from trust.model import dollars
from trust.testing import LocalChain

GROSS = dollars(100)
#: Moods in which the dollar doesn't move, and in which it does.
HELD = ("REVERTS", "BURNS_GAS", "RETURN_BOMB", "RETURNS_FALSE")
MOVING = ("PLAIN", "RETURNS_NOTHING", "REENTERS")
MOST_CYCLES = 520
#: Members that surely fit one payday, whatever their wallets do; a payday of more may have to be split.
WORST_BATCH = 110


@dataclass
class Batch:
    """Five hundred members, each owed the same."""

    union: Hostile
    members: list[Extra]
    owed: int

    def payday(self, members: list[Extra], gas: int = TRANSACTION_GAS) -> int:
        return attempt(self.union, "payday", [member.id for member in members], MOST_CYCLES, gas=gas)

    def paid(self, members: list[Extra]) -> list[Extra]:
        """Those who were, whole; to each of the others all of it is due still."""
        got = read_many(self.union, "TestDollar", "balanceOf", [member.wallet for member in members])
        found = dict(zip(members, zip(got, dues(self.union, members), strict=True), strict=True))
        assert set(found.values()) <= {(self.owed, 0), (0, self.owed)}
        return [member for member, (amount, _) in found.items() if amount > 0]


@pytest.fixture(scope="module")
def _five_hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    folder = tmp_path_factory.mktemp("batch")
    with LocalChain(hardfork="osaka", timestamp=START, options=("--gas-limit", "60000000")) as chain:
        world = begin(chain, folder / "outbox.db")
        token = create(chain, "HostileDollar", ("uint8",), (6,))
        union = deploy_with(world, token, folder / "hostile.db")
        union.fund(dollars(1_000_000))
        members = enrol_many(union, 500)
        owe(union, paymaster(union), members, GROSS)
        yield Batch(union, members, int(union.stage.studio.payroll.due(members[0].id)[0]))
        union.local.close()


@pytest.fixture
def batch(_five_hundred: Batch) -> Iterator[Batch]:
    with undone(_five_hundred.union.world.chain):
        yield _five_hundred


def in_mood(batch: Batch, members: list[Extra], mood: str) -> None:
    set_moods(batch.union, [member.wallet for member in members], mood)


def split_until_it_fits(batch: Batch, members: list[Extra]) -> int:
    """Pay these in as few paydays as halving finds; how many it took."""
    chain = batch.union.world.chain
    before = chain.node.block().hash
    try:
        batch.payday(members)
    except ContractRefused as refusal:
        if refusal.name != "NotEnoughGas":
            raise
        assert chain.node.block().hash == before
        half = len(members) // 2
        return split_until_it_fits(batch, members[:half]) + split_until_it_fits(batch, members[half:])
    return 1


@pytest.mark.parametrize("mood", MOODS[1:])
def test_batch_of_a_hundred_and_ten_fits_whatever_their_wallets_do(batch: Batch, mood: str) -> None:
    some = batch.members[:WORST_BATCH]
    in_mood(batch, some, mood)
    held = batch.union.held()
    assert batch.payday(some) < TRANSACTION_GAS
    moved = mood in MOVING
    assert batch.paid(some) == (some if moved else [])
    assert batch.union.held() == held - moved * WORST_BATCH * batch.owed


def test_payday_that_is_too_large_is_refused_and_starves_nobody(batch: Batch) -> None:
    in_mood(batch, batch.members[:-1], "BURNS_GAS")
    before = batch.union.held()
    for count in (500, 300, 150):
        with refused("Payroll.NotEnoughGas", needed=180_000):
            batch.payday(batch.members[-count:])
    assert batch.union.held() == before
    assert not batch.paid(batch.members)
    batch.payday(batch.members[-WORST_BATCH:])
    assert batch.paid(batch.members[-1:])
    assert batch.union.held() == before - batch.owed


@pytest.mark.parametrize("first", ["good", "bad"])
def test_splitting_a_batch_pays_everyone_who_can_be_paid(batch: Batch, first: str) -> None:
    moods = ("PLAIN", *HELD) if first == "good" else (*HELD, "PLAIN")
    for number, mood in enumerate(moods):
        in_mood(batch, batch.members[number :: len(moods)], mood)
    good = batch.members[moods.index("PLAIN") :: len(moods)]
    before = batch.union.held()
    assert 1 < split_until_it_fits(batch, batch.members) <= 4
    assert batch.paid(batch.members) == good
    assert batch.union.held() == before - len(good) * batch.owed
    in_mood(batch, batch.members, "PLAIN")
    assert split_until_it_fits(batch, batch.members) <= 2
    assert batch.paid(batch.members) == batch.members
    assert batch.union.held() == before - 500 * batch.owed


def test_whatever_the_gas_all_are_paid_or_nobody(batch: Batch) -> None:
    some = batch.members[:12]
    bad, good = some[::3], [member for member in some if member not in some[::3]]
    in_mood(batch, bad, "BURNS_GAS")
    outcomes = set()
    for gas in range(150_000, 1_500_000, 75_000):
        with undone(batch.union.world.chain):
            try:
                batch.payday(some, gas=gas)
            except (ContractRefused, RpcError):
                outcomes.add(False)
                assert not batch.paid(some)
            else:
                outcomes.add(True)
                assert batch.paid(some) == good
    assert outcomes == {False, True}

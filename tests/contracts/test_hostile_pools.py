"""Pools whose members' wallets can't, or won't, receive: nobody is starved, nothing is lost, nothing paid twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from crowd import TRANSACTION_GAS, Extra, attempt, dues, enrol_many, read_many, set_moods, undone
from hostile import Hostile, deploy_with
from refusals import refused
from sharing import put_back
from solidity import create
from world import START, begin

from trust.chain.rpc import RpcError
from trust.errors import ContractRefused
from trust.model import dollars
from trust.pools import Chunk, Roster, Seat, lifetime
from trust.stage import DAY, WEEK, Stage
from trust.testing import LocalChain

SEATS = 400
LUMP = dollars(50_000)
#: Seats that surely fit one `paySeats`, whatever their wallets do.
WORST_PART = 80
HELD = ("REVERTS", "RETURNS_FALSE", "RETURN_BOMB", "BURNS_GAS")


@dataclass
class Crowd:
    """A pool of 400, of different units, in one chunk."""

    union: Hostile
    members: list[Extra]
    chunk: Chunk

    def act(self, function: str, *arguments: object, gas: int = TRANSACTION_GAS) -> int:
        return attempt(self.union, function, self.chunk.as_struct(), *arguments, gas=gas)

    def fund(self, gross: int = LUMP) -> None:
        self.union.local.as_("studio").handle.write("Payroll", "fundPool", self.chunk.pool, gross)

    def stream(self, gross: int, seconds: int) -> None:
        studio = self.union.local.as_("studio").handle
        studio.write("Payroll", "streamToPool", self.chunk.pool, gross, 0, studio.now() + 100 + seconds)

    def pool(self) -> dict[str, Any]:
        return dict(self.union.local.as_("keeper").handle.read("Payroll", "poolOf", self.chunk.pool))

    def net(self, gross: int) -> int:
        return gross - gross * int(self.pool()["duesBps"]) // 10_000

    def earned(self) -> list[int]:
        """Of each seat, whole, until now."""
        index = int(self.pool()["index"])
        return [lifetime(units, index - self.chunk.start) for units in self.chunk.roster.units]

    def in_wallets(self, first: int = SEATS) -> list[int]:
        wallets = [member.wallet for member in self.members[:first]]
        return read_many(self.union, "TestDollar", "balanceOf", wallets)

    def in_accounts(self, first: int = SEATS) -> list[int]:
        return dues(self.union, self.members[:first])

    def mood(self, which: slice, mood: str) -> None:
        set_moods(self.union, [member.wallet for member in self.members[which]], mood)

    def pay_in_parts(self, size: int = WORST_PART) -> None:
        for start in range(0, SEATS, size):
            self.act("paySeats", list(range(start, start + size)))

    def payday(self) -> None:
        for start in range(0, SEATS, 100):
            some = [member.id for member in self.members[start : start + 100]]
            attempt(self.union, "payday", some, 520)


@pytest.fixture(scope="module")
def _four_hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("pool")
    with LocalChain(hardfork="osaka", timestamp=START, options=("--gas-limit", "60000000")) as chain:
        world = begin(chain, folder / "outbox.db")
        token = create(chain, "HostileDollar", ("uint8",), (6,))
        union = deploy_with(world, token, folder / "hostile.db")
        union.fund(dollars(1_000_000))
        members = enrol_many(union, SEATS)
        roster = Roster.of(Seat(member.id, 3 + member.id * 7919 % 1000) for member in members)
        studio = union.local.as_("studio").handle
        studio.write("Payroll", "openPool", union.production, False)
        studio.write("Payroll", "seat", 1, [roster.packed])
        yield Crowd(union, members, Chunk(1, 0, 0, roster))
        union.local.close()


@pytest.fixture
def crowd(_four_hundred: Crowd) -> Iterator[Crowd]:
    union = _four_hundred.union
    with put_back(union.world.chain, union.local) as local:
        yield replace(_four_hundred, union=replace(union, stage=Stage(local)))


def split(amounts: Sequence[int], which: slice) -> tuple[list[int], list[int]]:
    """The amounts where `which` is, zero elsewhere; and the other way round."""
    inside = [0] * len(amounts)
    inside[which] = amounts[which]
    return inside, [amount - part for amount, part in zip(amounts, inside, strict=True)]


@pytest.mark.parametrize("mood", HELD)
def test_push_pays_the_healthy_and_holds_the_rest_in_their_accounts(crowd: Crowd, mood: str) -> None:
    bad = slice(0, SEATS, 14)
    crowd.fund()
    crowd.mood(bad, mood)
    earned, before = crowd.earned(), crowd.union.held()
    assert crowd.act("push") < TRANSACTION_GAS
    held, paid = split(earned, bad)
    assert (crowd.in_wallets(), crowd.in_accounts()) == (paid, held)
    assert crowd.union.held() == before - sum(paid)
    crowd.act("push")
    crowd.payday()
    assert (crowd.in_wallets(), crowd.in_accounts()) == (paid, held)
    crowd.mood(bad, "PLAIN")
    crowd.act("push")
    assert crowd.in_wallets() == paid
    crowd.payday()
    assert (crowd.in_wallets(), crowd.in_accounts()) == (earned, [0] * SEATS)
    assert crowd.union.held() == before - sum(earned)


@pytest.mark.parametrize("bad", [slice(0, SEATS), slice(0, SEATS, 2)], ids=["all", "every other"])
def test_push_too_large_is_refused_and_done_in_parts(crowd: Crowd, bad: slice) -> None:
    crowd.fund()
    crowd.mood(bad, "BURNS_GAS")
    earned, before = crowd.earned(), crowd.union.held()
    with refused("Payroll.NotEnoughGas", needed=180_000):
        crowd.act("push")
    assert sum(crowd.in_wallets()) + sum(crowd.in_accounts()) == 0
    crowd.pay_in_parts()
    held, paid = split(earned, bad)
    assert (crowd.in_wallets(), crowd.in_accounts()) == (paid, held)
    assert crowd.act("push") < 3_000_000
    assert (crowd.in_wallets(), crowd.in_accounts()) == (paid, held)
    assert crowd.union.held() == before - sum(paid)
    crowd.mood(bad, "PLAIN")
    crowd.payday()
    assert crowd.in_wallets() == earned
    assert crowd.union.held() == before - sum(earned)


def test_streamed_pay_in_parts_at_different_times_is_exact(crowd: Crowd) -> None:
    crowd.fund()
    crowd.stream(dollars(100_000), WEEK)
    bad = slice(0, SEATS, 2)
    crowd.mood(bad, "BURNS_GAS")
    before = crowd.union.held()
    for _ in range(2):
        crowd.union.stage.pass_time(DAY + 7)
        with refused("Payroll.NotEnoughGas"):
            crowd.act("push")
        crowd.pay_in_parts()
    crowd.mood(bad, "PLAIN")
    crowd.union.stage.pass_time(2 * WEEK)
    crowd.act("push")
    crowd.payday()
    earned = crowd.earned()
    assert (crowd.in_wallets(), crowd.in_accounts()) == (earned, [0] * SEATS)
    assert crowd.union.held() == before - sum(earned)
    assert 0 <= crowd.net(LUMP) + crowd.net(dollars(100_000)) - sum(earned) < SEATS


def test_strangers_who_pay_every_seat_alone_make_no_push_too_large(crowd: Crowd) -> None:
    for _ in range(2):
        crowd.fund(dollars(1_000))
        crowd.mood(slice(0, SEATS), "REVERTS")
        crowd.pay_in_parts(50)
    crowd.mood(slice(0, SEATS), "PLAIN")
    crowd.fund()
    earned, held = crowd.earned(), crowd.in_accounts()
    assert crowd.act("push") < TRANSACTION_GAS
    assert crowd.in_wallets() == [e - h for e, h in zip(earned, held, strict=True)]
    crowd.payday()
    assert crowd.in_wallets() == earned


def test_seats_that_leave_are_owed_what_their_wallets_refuse(crowd: Crowd) -> None:
    crowd.fund()
    crowd.mood(slice(0, SEATS), "BURNS_GAS")
    earned, before = crowd.earned(), crowd.union.held()
    studio = crowd.union.local.as_("studio").handle
    for start in range(0, SEATS, WORST_PART):
        leaving = list(range(start, start + WORST_PART))
        result = studio.write("Payroll", "unseat", crowd.chunk.as_struct(), leaving)
    held = crowd.in_accounts()
    # Fractions of those who left before came to those who left later, and what was nobody's at last to the fund.
    assert held[:WORST_PART] == earned[:WORST_PART]
    assert all(h >= e for h, e in zip(held, earned, strict=True))
    assert sum(held) + result.event("PoolSwept").args["abandoned"] == crowd.net(LUMP)
    crowd.mood(slice(0, SEATS), "PLAIN")
    crowd.payday()
    assert crowd.in_wallets() == held
    assert crowd.union.held() == before - sum(held)


def test_whatever_the_gas_all_seats_are_paid_or_none(crowd: Crowd) -> None:
    bad = slice(0, 12, 3)
    crowd.fund()
    crowd.mood(bad, "BURNS_GAS")
    held, paid = split(crowd.earned()[:12], bad)
    outcomes = set()
    for gas in range(150_000, 1_700_000, 75_000):
        with undone(crowd.union.world.chain):
            try:
                crowd.act("paySeats", list(range(12)), gas=gas)
            except (ContractRefused, RpcError):
                outcomes.add(False)
                assert sum(crowd.in_wallets(12)) + sum(crowd.in_accounts(12)) == 0
            else:
                outcomes.add(True)
                assert (crowd.in_wallets(12), crowd.in_accounts(12)) == (paid, held)
    assert outcomes == {False, True}

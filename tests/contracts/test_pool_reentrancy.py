"""A dollar that calls back while a member is paid, with all the rights of the studio, gets nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from crowd import Extra, attempt, enrol_many, undone
from eth_utils.crypto import keccak
from hostile import Hostile, deploy_with
from refusals import refused
from solidity import create, tell
from world import START, World, begin

from trust.chain.abi import interface
from trust.chain.node import Node
from trust.chain.reverts import decode_revert
from trust.chain.rpc import Address, RpcError
from trust.model import dollars
from trust.pools import Chunk, Roster, Seat
from trust.stage import WEEK
from trust.testing import LocalChain

POOL, SEATS = 1, 6
VICTIM = 3
GUARDED = keccak(text="ReentrancyGuardReentrantCall()")[:4]


@dataclass
class Trap:
    """A pool of a production whose studio is the dollar itself, with pay due to every seat."""

    world: World
    union: Hostile
    production: int
    members: list[Extra]
    chunk: dict[str, Any]

    def as_dollar(self, contract: str, function: str, *arguments: Any) -> None:
        self.world.raw(self.union.token, contract, function, *arguments)

    def asked(self, signature: str) -> bytes:
        return self.union.local.node.eth_call(self.union.token, keccak(text=signature)[:4])


@pytest.fixture(scope="module")
def _set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    folder = tmp_path_factory.mktemp("trap")
    with LocalChain(timestamp=START) as chain:
        world = begin(chain, folder / "outbox.db")
        token = create(chain, "HostileDollar", ("uint8",), (6,))
        union = deploy_with(world, token, folder / "hostile.db")
        members = enrol_many(union, SEATS)
        production = _register(union, token)
        roster = Roster.of(Seat(member.id, 10) for member in members)
        trap = Trap(
            replace(world, stage=union.stage),
            union,
            production,
            members,
            Chunk(POOL, 0, 0, roster).as_struct(),
        )
        tell(chain, token, "mint(address,uint256)", token, dollars(10_000))
        trap.as_dollar("TestDollar", "approve", union.payroll, dollars(10_000))
        trap.as_dollar("Payroll", "fund", production, dollars(9_000))
        trap.as_dollar("Payroll", "openPool", production, False)
        trap.as_dollar("Payroll", "seat", POOL, [roster.packed])
        trap.as_dollar("Payroll", "fundPool", POOL, dollars(600))
        yield trap
        union.local.close()


def _register(union: Hostile, studio: str) -> int:
    """A production of any address's."""
    union.local.as_("enroller").productions.admit_studio(studio)
    now = union.stage.now()
    root = union.world.breakdown.root
    register = (keccak(text="a production of the dollar's"), now, now + 50 * WEEK, root, "0x" + "00" * 20)
    replace(union.world, stage=union.stage).raw(studio, "Productions", "register", *register)
    return int(union.local.as_("keeper").handle.read("Productions", "productionCount"))


@pytest.fixture
def trap(_set: Trap) -> Iterator[Trap]:
    with undone(_set.union.world.chain):
        yield _set


#: What the dollar tries while it pays a member: each would succeed at any other time.
INNER: dict[str, Callable[[Trap], tuple[Any, ...]]] = {
    "push": lambda t: (t.chunk,),
    "paySeats": lambda t: (t.chunk, [VICTIM, VICTIM + 1]),
    "unseat": lambda t: (t.chunk, [VICTIM]),
    "fundPool": lambda t: (POOL, dollars(10)),
    "streamToPool": lambda t: (POOL, dollars(10), 0, t.union.stage.now() + WEEK),
    "seat": lambda t: (POOL, [t.chunk["roster"]]),
    "sweepPools": lambda t: ([POOL],),
    "payday": lambda t: ([t.members[VICTIM].id], 520),
    "fund": lambda t: (t.production, 1),
    "takeBack": lambda t: (t.production, 1, t.members[0].wallet),
    "remit": lambda t: ([t.production],),
}
OUTER: dict[str, Callable[[Trap], tuple[Any, ...]]] = {
    "push": lambda t: (t.chunk,),
    "paySeats": lambda t: (t.chunk, list(range(SEATS))),
    "unseat": lambda t: (t.chunk, list(range(SEATS))),
    "payday": lambda t: ([t.members[VICTIM].id], 520),
}


@pytest.mark.parametrize("inner", INNER)
def test_dollar_with_the_studios_rights_may_do_it_at_any_other_time(trap: Trap, inner: str) -> None:
    trap.as_dollar("Payroll", inner, *INNER[inner](trap))


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", OUTER)
def test_no_pay_can_be_entered_again(trap: Trap, outer: str, inner: str) -> None:
    victim, share = trap.members[VICTIM].wallet, dollars(100) * 985 // 1000
    if outer == "payday":
        trap.union.mood(victim, "REVERTS")
        attempt(trap.union, "push", trap.chunk)
    data = interface("Payroll").encode(inner, *INNER[inner](trap))
    tell(trap.union.world.chain, trap.union.token, "setReentrance(address,bytes)", trap.union.payroll, data)
    trap.union.mood(victim, "REENTERS")
    held = trap.union.held()
    trap.as_dollar("Payroll", outer, *OUTER[outer](trap))
    assert trap.asked("refusal()")[:4] == GUARDED
    assert int.from_bytes(trap.asked("reentered()"), "big") == 0
    assert [trap.union.balance(member.wallet) for member in trap.members] == [share] * SEATS
    assert trap.union.held() == held - (share if outer == "payday" else SEATS * share)


#: What the code for pools answers, of the above.
POOL_STEPS = ("push", "paySeats", "unseat", "fundPool", "streamToPool", "seat", "sweepPools")


@pytest.mark.parametrize("step", POOL_STEPS)
def test_code_for_pools_answers_only_through_payroll(trap: Trap, step: str) -> None:
    code = trap.union.local.deployment.libraries["EnsemblePools"]
    data = interface("Payroll").encode(step, *INNER[step](trap))
    with refused("EnsemblePools.OnlyThroughPayroll"):
        straight(trap.union.local.node, trap.union.token, code, data)


def straight(node: Node, sender: str, to: str, data: bytes) -> None:
    """Call an address; refusals as everywhere."""
    try:
        node.eth_call(to, data, sender=Address(sender))
    except RpcError as error:
        raise decode_revert(error.data) or error from error

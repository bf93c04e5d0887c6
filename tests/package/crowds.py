"""A crowd in pools on a local chain, for the tests of index, views and commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from test_index_books import compare
from test_index_story import DOLLAR, Story

from trust import Index, Trust
from trust.chain.abi import interface
from trust.chain.rpc import Call, hexed
from trust.model import MemberId, PoolId
from trust.pools import Chunk, Seat
from trust.testing import LocalChain
from trust.views import pool, pool_chunks, pools, production, totals

NOBODY = "0x" + "0" * 40
FIRST = 3  # the story has two members of its own


def wallet(member: int) -> str:
    """Where a member of the crowd is paid."""
    return "0x" + f"{0xC0FFEE << 64 | member:040x}"


@dataclass(frozen=True)
class Crowd:
    """A story with a crowd of members, and its studio's connection. Production 1 has money."""

    story: Story
    studio: Trust
    members: tuple[MemberId, ...]

    def seats(self, units: Any, start: int = 0, count: int | None = None) -> list[Seat]:
        """Seats of some of them; `units` is a function of the member's number."""
        chosen = self.members[start:] if count is None else self.members[start : start + count]
        return [Seat(member, units(member)) for member in chosen]

    def balances(self) -> dict[int, int]:
        """What each wallet holds, as the token tells."""
        data = [interface("TestDollar").encode("balanceOf", wallet(member)) for member in self.members]
        calls = [
            Call("eth_call", ({"to": self.story.deployment.token, "data": hexed(one)}, "latest"))
            for one in data
        ]
        answers = self.story.chain.node.batch(calls)
        return {member: int(str(a), 16) for member, a in zip(self.members, answers, strict=True)}

    def chunks(self, pool_id: int) -> list[Chunk]:
        """A pool's chunks, as an index made anew has them."""
        with self.index() as index:
            return [one.chunk for one in pool_chunks(index, pool_id)]

    @contextmanager
    def index(self) -> Iterator[Index]:
        with Index(Path(":memory:"), self.story.deployment, self.story.chain.node) as index:
            index.sync()
            yield index

    def block_wallet(self, member: int, blocked: bool) -> None:
        self.story.send(self.story.chain.accounts[0], "TestDollar", "setBlocked", wallet(member), blocked)

    def as_contract(self, contract: str, function: str, *arguments: Any) -> None:
        """A call to payroll that only another of the contracts makes."""
        node, sender = self.story.chain.node, self.story.deployment.contracts[contract]
        node.call("anvil_impersonateAccount", sender)
        self.story.chain.fund(sender, 10**20)
        data = hexed(interface("Payroll").encode(function, *arguments))
        request = {"from": sender, "to": self.story.deployment.contracts["Payroll"], "data": data}
        assert self.story.mined(request | {"gas": hex(5_000_000)})["status"] == "0x1", function


@contextmanager
def crowd(folder: Path, size: int) -> Iterator[Crowd]:
    """A chain on which so many members are enrolled, beside the story's two."""
    with LocalChain() as chain:
        story = Story.deployed(chain, folder)
        story.register()
        story.fund(1, 500_000 * DOLLAR)
        members = tuple(MemberId(number) for number in range(FIRST, FIRST + size))
        _enrol(story, members)
        account = chain.accounts[2]
        with Trust.connect(
            chain.url, deployment=story.deployment, account=account, outbox=folder / "studio.db"
        ) as studio:
            yield Crowd(story, studio, members)


def _enrol(story: Story, members: tuple[MemberId, ...]) -> None:
    node, face = story.chain.node, interface("Members")
    request = {"from": story.union.address, "to": story.deployment.contracts["Members"], "gas": hex(400_000)}
    calls = [
        Call(
            "eth_sendTransaction",
            (request | {"data": hexed(face.encode("enrol", wallet(n + 2**32), wallet(n), 1, NOBODY, 0))},),
        )
        for n in members
    ]
    node.call("evm_setAutomine", False)
    for start in range(0, len(calls), 50):
        for answer in node.batch(calls[start : start + 50]):
            assert isinstance(answer, str), answer
        story.chain.mine()
    node.call("evm_setAutomine", True)
    assert story.view("Members", "memberCount") == members[-1]


def check_pools(index: Index, crowd: Crowd) -> None:
    """The index against the contracts' views and the token, to the unit."""
    story = crowd.story
    books = index.books()
    assert len(books.pools) == crowd.studio.pools.count()
    for one in pools(index):
        one.check()
        seen = crowd.studio.pools.of(PoolId(one.pool_id))
        book = books.pools[one.pool_id].at(one.now, books.clock)
        told: dict[str, Any] = {
            "index": book.unit.index,
            "remainder": book.unit.remainder,
            "units": one.units,
        }
        told |= {"productionId": one.production_id, "manager": one.manager, "chunks": one.chunks}
        told |= {"dues": one.dues_waiting, "duesBps": one.dues_bps}
        told |= {"benefitsBps": one.benefits_bps, "levyBps": one.levy_bps}
        assert {name: seen[name] for name in told} == told
        chunks = pool_chunks(index, one.pool_id)
        assert [crowd.studio.pools.due(chunk.chunk) for chunk in chunks] == [chunk.due for chunk in chunks]
        assert pool(index, one.pool_id) == one
    compare(index.books(), story)
    production(index, 1).check()
    seen_totals = totals(index)
    seen_totals.check()
    assert seen_totals.held.total == story.held()

"""The trust that keepers serve: members, two productions, and income that never stops."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from chaos.books import Books, Pool, premium
from chaos.plan import DEEPEST_REORG
from trust.chain.abi import interface
from trust.chain.rpc import Call, blob, hexed, quantity
from trust.client import Trust
from trust.local import deploy_local
from trust.model import GrantId, Money, PoolId, ProductionId, Savings, licence_id
from trust.nouns.handle import Result
from trust.pools import Chunk, Seat
from trust.screenplay.merkle import tree
from trust.send import Rules
from trust.stage import DAY, FACE_AND_VOICE, Player, Stage
from trust.testing import LocalChain

DOLLAR = 10**6
CYCLE_SECONDS = DAY
#: The keepers' longest back-off, and a cycle.
RETRIED_WITHIN_SECONDS = 8 * DAY
_DEPOSIT = Money(50_000_000 * DOLLAR)
_IDENTIFIERS = ("10.5240/7791-8534-2C23-9030-8610-5", "10.5240/0000-0000-0000-0000-0000-X")
_ITERATIONS = 3_000
#: Above what the floor would stream.
_FIRST_SAVING = 30_000 * DOLLAR
_TRANSFER = keccak(text="Transfer(address,address,uint256)")


Transfer = tuple[str, str, int]  # from, to, amount


@dataclass(frozen=True, slots=True)
class Sight:
    """The chain at one block, at `time` (Unix seconds). By member: what they got, and what could be paid now.

    Of Payroll: what ever `came` in and `went` out, and what it `held` then.
    """

    time: int
    received: dict[int, int]
    due: dict[int, int]
    came: int
    went: int
    held: int


class World:
    """Everything the harness does itself, past the proxy, one transaction a block."""

    def __init__(self, chain: LocalChain, folder: Path, members: int) -> None:
        self.chain = chain
        self.local = deploy_local(chain.url, folder / "world.db", cycle_seconds=CYCLE_SECONDS)
        self.deployment = self.local.deployment
        self.deployment_file = folder / "deployment.json"
        self.deployment.save(self.deployment_file)
        self.stage = Stage(self.local)
        self.books = Books(self.deployment.epoch, CYCLE_SECONDS)
        self.blocked: set[int] = set()
        self._excused: dict[int, int] = {}
        self.members: list[Player] = []
        self._grants: dict[int, tuple[GrantId, int]] = {}  # member -> grant, price of an iteration
        self._saved: dict[int, int] = {}
        self._chunks: list[Chunk] = []
        self._kept: list[Transfer] = []
        self._read_to = -1
        self._begin(members)
        self._studio, self._reporter = self._party("studio", folder), self._party("reporter", folder)

    def _party(self, who: str, folder: Path) -> Trust:
        # A payday that is mined in between empties accounts, and filling them again costs more than was estimated.
        return Trust.connect(
            self.chain.url,
            deployment=self.deployment,
            account=self.local.keys[who],
            outbox=folder / "income.db",
            rules=Rules(gas_multiplier=3.0),
        )

    def close(self) -> None:
        """Close all connections."""
        for trust in (self._studio, self._reporter, self.local):
            trust.close()

    def _begin(self, members: int) -> None:
        scenes = tree([secrets.token_bytes(32)])
        self.productions = [self.stage.register(identifier, scenes.root) for identifier in _IDENTIFIERS]
        for production in self.productions:
            self.stage.fund(production, _DEPOSIT)
        for number in range(members):
            player = self.stage.enrol(f"chaos {number}")
            self.members.append(player)
            self.stage.scan(player)
            self._engage(player, self.productions[number % 2], scenes.leaves[0], scenes.proof(1))
        for production in self.productions:
            self._ensemble(production)

    def _ensemble(self, production: ProductionId) -> None:
        """A pool in which everybody sits, in chunks of which the largest is too much for one call of a keeper's."""
        pools = self.stage.studio.pools
        opened = pools.open(production)
        assert opened.id is not None
        seats = [Seat(player.id, 1 + 37 * player.id % 101) for player in self.members]
        large, middle = len(seats) // 2, len(seats) * 5 // 6
        for some in (seats[:large], seats[large:middle], seats[middle:]):
            self._chunks += pools.seat(PoolId(opened.id), some).chunks
        self.books.pools.append(Pool({int(seat.member): seat.units for seat in seats}))

    def _engage(
        self, player: Player, production: ProductionId, scene: bytes, proof: tuple[bytes, ...]
    ) -> None:
        stage = self.stage
        bought = stage.license(production, player)
        fee, _ = stage.studio.rate_card.licence_fees(1, set(FACE_AND_VOICE), training=False)
        self.books.credit(player.id, fee, self._at(bought))
        ends = stage.studio.licences.get(licence_id(production, player.id))["expires"]
        consent = stage.scene_consent(
            production, player, scene, maxIterations=_ITERATIONS, maxSeconds=100_000, expires=ends
        )
        granted = stage.studio.scenes.grant(stage.sign(player, "SceneConsent", consent), proof)
        assert granted.id is not None
        self.books.credit(player.id, consent["fee"], self._at(granted))
        self._grants[player.id] = (GrantId(granted.id), consent["iterationFee"])

    # Time

    def time(self) -> int:
        """Of the latest block."""
        return self.chain.node.block().timestamp

    def cycle(self) -> int:
        """The present cycle."""
        return self.books.cycle(self.time())

    def next_payday(self, cycles: int = 1) -> None:
        """The next cycle begins, or a later one."""
        begins = self.books.epoch + (self.cycle() + cycles) * CYCLE_SECONDS
        self.stage.pass_time(begins - self.time() + 60)

    def _at(self, result: Result) -> int:
        assert result.receipt is not None
        return self.chain.node.block(result.receipt.block_number).timestamp

    # Income

    def work(self, dice: random.Random) -> None:
        """Some members are used; some of their doubles save something, which streams."""
        uses = {
            player.id: dice.randint(1, 9)
            for player in dice.sample(self.members, dice.randint(1, len(self.members) // 2))
        }
        reported = self._reporter.usage.record_batch(
            [self.stage.use(self._grants[m][0], n) for m, n in uses.items()]
        )
        for member, iterations in uses.items():
            self.books.credit(member, self._grants[member][1], self._at(reported), iterations)
        for player in dice.sample(self.members, dice.randint(0, 3)):
            self._save(player.id, dice)

        if dice.random() < 0.4:
            self._pay_ensemble(dice.randrange(len(self.books.pools)), dice)

    def _pay_ensemble(self, place: int, dice: random.Random) -> None:
        number, pool, gross = PoolId(place + 1), self.books.pools[place], dice.randint(1, 5_000 * DOLLAR)
        if dice.random() < 0.5:
            self.books.fund(pool, gross, self._at(self._studio.pools.fund(number, Money(gross))))
        else:
            end = self.time() + dice.randint(DAY // 10, 10 * DAY)
            start = self._at(self._studio.pools.stream(number, Money(gross), end))
            self.books.stream_to(pool, gross, start, end)

    def _save(self, member: int, dice: random.Random) -> None:
        before = self._saved.get(member, 0)
        saved = (before or _FIRST_SAVING) + dice.randint(1, 3_000 * DOLLAR)
        seconds = dice.randint(1, 30 * DAY)
        grant, _ = self._grants[member]
        savings = Savings(travel=saved)
        start = self._at(self._studio.premiums.file(grant, savings, secrets.token_bytes(32), seconds))
        self.books.stream(member, premium(saved) - premium(before), start, start + seconds)
        self._saved[member] = saved

    def block(self, member: int, blocked: bool) -> None:
        """Put a member's wallet on the dollar's block list, or take it off: a keeper may then wait to try again."""
        self.local.block_wallet(self.members[member - 1].wallet.address, blocked)
        if blocked:
            self.blocked.add(member)
        else:
            self.blocked.discard(member)
            self._excused[member] = self.time() + RETRIED_WITHIN_SECONDS

    def excused(self, member: int) -> bool:
        """Whether a keeper may leave the member unpaid for now."""
        return member in self.blocked or self.time() < self._excused.get(member, 0)

    # What the chain shows

    def look(self) -> Sight:
        """Everything as of one block."""
        block = self.chain.node.block()
        received, came, went = dict.fromkeys((int(player.id) for player in self.members), 0), 0, 0
        payroll = self.deployment.address("Payroll").lower()
        member_of = {player.wallet.address.lower(): int(player.id) for player in self.members}
        for sender, to, amount in self._transfers(block.number):
            came += amount if to == payroll else 0
            went += amount if sender == payroll else 0
            if to in member_of:
                received[member_of[to]] += amount
        return Sight(block.timestamp, received, self._due(block.number), came, went, self._held(block.number))

    def set_aside(self) -> int:
        """What the productions still have, after all that is owed for them was handed on."""
        keeper = self.local.as_("keeper")
        keeper.pools.sweep([PoolId(number + 1) for number in range(len(self.books.pools))])
        keeper.payroll.remit(self.productions)
        accounts = [keeper.payroll.production(production) for production in self.productions]
        return sum(account[part] for account in accounts for part in ("free", "reserved", "benefits", "levy"))

    def _due(self, block: int) -> dict[int, int]:
        """What a payday and pushes would pay each member."""
        asked: list[tuple[str, int, tuple[Any, ...]]]
        asked = [("due", int(player.id), (player.id,)) for player in self.members]
        for chunk in self._chunks:
            of_chunk = enumerate(chunk.roster.members)
            asked += [("seatDue", int(member), (chunk.as_struct(), place)) for place, member in of_chunk]
        answers = self._asked([(function, arguments) for function, _, arguments in asked], block)
        due = dict.fromkeys((int(player.id) for player in self.members), 0)
        for (function, member, _), answer in zip(asked, answers, strict=True):
            due[member] += answer["amount"] if function == "due" else answer
        return due

    def _asked(self, questions: Sequence[tuple[str, tuple[Any, ...]]], block: int) -> list[Any]:
        face, payroll = interface("Payroll"), self.deployment.address("Payroll")
        calls = [{"to": payroll, "data": hexed(face.encode(name, *given))} for name, given in questions]
        answers = self.chain.node.batch([Call("eth_call", (one, hex(block))) for one in calls])
        return [face.decode(name, blob(answer)) for (name, _), answer in zip(questions, answers, strict=True)]

    def _held(self, block: int) -> int:
        face = interface("TestDollar")
        data = face.encode("balanceOf", self.deployment.address("Payroll"))
        answer = self.chain.node.eth_call(self.deployment.token, data, block=block)
        return int(face.decode("balanceOf", answer))

    def _transfers(self, block: int) -> list[Transfer]:
        """Every transfer into or out of Payroll; those too deep for a reorg are read only once."""
        mine = hexed(bytes.fromhex(self.deployment.address("Payroll")[2:]).rjust(32, b"\0"))
        deep = block - DEEPEST_REORG - 1
        found: list[tuple[int, Transfer]] = []
        for topics in ([hexed(_TRANSFER), mine], [hexed(_TRANSFER), None, mine]):
            wanted = {"address": self.deployment.token, "topics": topics}
            blocks = {"fromBlock": hex(self._read_to + 1), "toBlock": hex(block)}
            found += [_transfer(log) for log in self.chain.node.call("eth_getLogs", wanted | blocks)]
        kept = [transfer for number, transfer in found if number <= deep]
        self._kept, self._read_to = self._kept + kept, max(self._read_to, deep)
        return self._kept + [transfer for number, transfer in found if number > deep]


def _transfer(log: dict[str, Any]) -> tuple[int, Transfer]:
    _, sender, to = log["topics"]
    return quantity(log["blockNumber"]), (f"0x{sender[-40:]}", f"0x{to[-40:]}", quantity(log["data"]))

"""What the bench's chain holds: licences and grants by the contracts' own rules, and 200,000 uses of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.rpc import Call, RpcError, hexed
from trust.local import Local, party
from trust.model import GrantId, Money, ProductionId, dollars
from trust.screenplay import EXAMPLE_SECRET, Breakdown, breakdown, read
from trust.stage import Player, Stage
from trust.testing import LocalChain

SCREENPLAY = Path(__file__).resolve().parents[2] / "examples" / "The-Understudy.fountain"
EIDRS = ("10.5240/7791-8534-2C23-9030-8610-5", "10.5240/0000-0000-0000-0000-0000-X")
BLOCK_SECONDS = 12
SCENES = 4
BATCH_GAS = 8_000_000
#: Blocks in one round trip; what is told of progress.
STEP = 20

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Load:
    """So many blocks of so many reports of so many uses, spread over so many grants a report.

    `members` are of each production.
    """

    blocks: int = 2_000
    reports: int = 4
    uses: int = 25
    grants: int = 5
    members: int = 50

    @property
    def all_uses(self) -> int:
        """Uses in the chain."""
        return self.blocks * self.reports * self.uses

    @property
    def all_grants(self) -> int:
        """Grants in the chain, numbered from 1."""
        return len(EIDRS) * self.members * SCENES


def fill(chain: LocalChain, local: Local, load: Load, progress: Progress) -> None:
    """Everything from the first member to the last use."""
    stage = Stage(local)
    tree = breakdown(read(SCREENPLAY), EXAMPLE_SECRET)
    grants = [grant for eidr in EIDRS for grant in _production(stage, eidr, tree, load, progress)]
    _report(chain, local, grants, load, progress)


def _production(
    stage: Stage, eidr: str, tree: Breakdown, load: Load, progress: Progress
) -> Iterator[GrantId]:
    production = stage.register(eidr, tree.root)
    stage.fund(production, Money(dollars(4_000_000_000)))
    for number in range(1, load.members + 1):
        player = stage.enrol(f"{eidr} {number}")
        stage.scan(player)
        stage.license(production, player)
        yield from _grants(stage, production, player, tree, load)
        progress(f"members of production {production}", number, load.members)


def _grants(
    stage: Stage, production: ProductionId, player: Player, tree: Breakdown, load: Load
) -> Iterator[GrantId]:
    most = 2 * load.all_uses // (load.all_grants) + 100
    for scene in range(1, SCENES + 1):
        yield stage.grant(production, player, tree, scene, maxIterations=2 * most, maxSeconds=10 * most)


def _report(chain: LocalChain, local: Local, grants: list[GrantId], load: Load, progress: Progress) -> None:
    desk = Desk(chain, local.deployment, grants, load)
    for block in range(1, load.blocks + 1):
        desk.report()
        chain.mine()
        if block % STEP == 0:
            progress("blocks of uses", block, load.blocks)
    desk.close()


class Desk:
    """Reports uses; blocks are mined by whoever asks for one, so many seconds after the one before."""

    def __init__(self, chain: LocalChain, deployment: Deployment, grants: list[GrantId], load: Load) -> None:
        self._node, self._load = chain.node, load
        self._reporter = party("reporter").address
        self._request = {
            "from": self._reporter,
            "to": deployment.contracts["UsageLedger"],
            "gas": hex(BATCH_GAS),
        }
        self._reports = _Reports(grants, load)
        chain.fund(self._reporter, 10**24)
        self._node.call("anvil_impersonateAccount", self._reporter)
        self._node.call("anvil_setBlockTimestampInterval", BLOCK_SECONDS)
        self._node.call("evm_setAutomine", False)

    def close(self) -> None:
        """Blocks are mined as before."""
        self._node.call("evm_setAutomine", True)
        self._node.call("anvil_removeBlockTimestampInterval")

    def report(self) -> None:
        """Hand in a block's reports; they wait for it."""
        now, nonce = self._node.block().timestamp, self._node.nonce(self._reporter)
        calls = []
        for number in range(self._load.reports):
            data = {"data": hexed(self._reports.next(now)), "nonce": hex(nonce + number)}
            calls.append(Call("eth_sendTransaction", (self._request | data,)))
        for answer in self._node.batch(calls):
            if isinstance(answer, RpcError):
                raise answer


class _Reports:
    """Calldata of one report after another; each is of the next grants in turn."""

    def __init__(self, grants: list[GrantId], load: Load) -> None:
        self._grants = grants
        self._load = load
        self._turn = count()
        self._face = interface("UsageLedger")

    def next(self, now: int) -> bytes:
        """A batch of uses that happened at `now`."""
        turn, load = next(self._turn), self._load
        uses = []
        for number in range(load.uses):
            place = turn * load.grants + number * load.grants // load.uses
            output = keccak(turn.to_bytes(8, "big") + bytes([number]))
            uses.append(
                {
                    "grantId": self._grants[place % len(self._grants)],
                    "kind": number % 3,
                    "usedAt": now,
                    "iterations": 1 + turn % 2,
                    "outputSeconds": number % 10,
                    "outputHash": output,
                    "promptCommitment": keccak(output),
                    "model": keccak(b"model %d" % (turn % 7)),
                }
            )
        return self._face.encode("recordBatch", uses)

"""A chain with a whole deployment on it, to which things happen: uses, money, strangers, reorgs."""

from __future__ import annotations

import random
from enum import StrEnum
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.rpc import Call, RpcError, hexed
from trust.local import deploy_local
from trust.model import Money, licence_id
from trust.screenplay.merkle import tree
from trust.stage import DAY, Stage
from trust.testing import LocalChain

FINALITY = 64
_DOLLAR = 10**6
_DEPOSIT = Money(50_000_000 * _DOLLAR)
_IDENTIFIER = "10.5240/7791-8534-2C23-9030-8610-5"
_MEMBERS = 3
_STRANGER = "0x" + "99" * 20
_GAS = hex(1_500_000)
# Emits Transfer(caller, caller, 1) and ArrearsBegan(1) of ours, from an address that isn't: PUSH1 1, PUSH1 0, MSTORE;
# PUSH1 1, PUSH32 topic, PUSH1 0, PUSH1 0, LOG2.
_MIMIC = "600160005260017f{arrears}60006000a200"

Request = dict[str, Any]


class Blow(StrEnum):
    """How the chain changes what it had said."""

    SAME = "reorg to the same height"
    SHORTER = "reorg to a shorter chain"
    LONGER = "reorg to a longer chain"
    BACK = "rolled back, no new block"
    REVERTED = "put back to a snapshot"


class World:
    """Acts on the chain past every proxy."""

    def __init__(self, chain: LocalChain, folder: Path) -> None:
        self.chain = chain
        self.node = chain.node
        self.local = deploy_local(chain.url, folder / "world.db", cycle_seconds=DAY)
        self.deployment = self.local.deployment
        self.contracts = {address.lower() for address in self.deployment.contracts.values()}
        self._grants: list[int] = []
        self._members: list[int] = []
        self._begin()
        self.local.close()
        self.base = self.highest = self.head()
        self._snapshots: list[tuple[int, str]] = []

    def _begin(self) -> None:
        stage = Stage(self.local)
        scenes = tree([b"\1" * 32])
        production = stage.register(_IDENTIFIER, scenes.root)
        self._production = int(production)
        stage.fund(production, _DEPOSIT)
        for number in range(_MEMBERS):
            player = stage.enrol(f"index {number}")
            stage.scan(player)
            stage.license(production, player)
            ends = stage.studio.licences.get(licence_id(production, player.id))["expires"]
            consent = stage.scene_consent(
                production, player, scenes.leaves[0], maxIterations=100_000, maxSeconds=10**6, expires=ends
            )
            granted = stage.studio.scenes.grant(stage.sign(player, "SceneConsent", consent), scenes.proof(1))
            assert granted.id is not None
            self._grants.append(granted.id)
            self._members.append(int(player.id))
        arrears = next(t for t, name in interface("Payroll").topics().items() if name == "ArrearsBegan")
        self.chain.install(_STRANGER, bytes.fromhex(_MIMIC.format(arrears=arrears.hex())))
        self._approve()
        self.node.call("anvil_setBlockTimestampInterval", 1)
        self.node.call("evm_setAutomine", False)

    def _approve(self) -> None:
        self.node.call("anvil_autoImpersonateAccount", True)
        studio = self.local.keys["studio"].address
        for function, arguments in (
            ("mint", (studio, 10**15)),
            ("approve", (self.deployment.address("Payroll"), 2**256 - 1)),
        ):
            self.node.call("eth_sendTransaction", self._request("studio", "TestDollar", function, *arguments))

    # What is there

    def head(self) -> int:
        """The newest block's number."""
        return self.node.block().number

    def deepest(self) -> int:
        """How many blocks a reorg may replace: none that was final once, none of the deployment."""
        return self.head() - max(self.base, self.highest - FINALITY)

    # What happens

    def act(self, dice: random.Random, blocks: int, empty: int = 0) -> None:
        """So many blocks with something in them, each with a few empty ones before it."""
        for _ in range(blocks):
            if empty:
                self.mine(dice.randint(0, empty))
            results = self.node.batch(
                [Call("eth_sendTransaction", (one,)) for one in self._some(dice, dice.randint(1, 5))]
            )
            refused = [one for one in results if isinstance(one, RpcError)]
            if refused:
                raise refused[0]
            self.mine(1)

    def mine(self, blocks: int) -> None:
        """Mine what waits, or nothing."""
        if blocks:
            self.chain.mine(blocks)
        self.highest = max(self.highest, self.head())

    def keep(self) -> None:
        """A place to which `REVERTED` may put the chain back."""
        self._snapshots.append((self.head(), self.chain.snapshot()))

    def blow(self, blow: Blow, depth: int, dice: random.Random) -> int:
        """Strike, at most so deep; how deep it went."""
        depth = min(depth, self.deepest())
        if depth <= 0:
            return 0
        fork = self.head() - depth
        if blow is Blow.REVERTED and (reverted := self._revert(fork)) is not None:
            return reverted
        self._snapshots = [kept for kept in self._snapshots if kept[0] <= fork]
        if blow is Blow.SAME:
            pairs = [[request, dice.randrange(depth)] for request in self._some(dice, dice.randint(0, 4))]
            self.node.call("anvil_reorg", depth, pairs)
            return depth
        self.node.call("anvil_dropAllTransactions")
        self.node.call("anvil_rollback", depth)
        if blow is Blow.SHORTER:
            self.act(dice, min(depth - 1, dice.randint(1, 3)))
        elif blow is Blow.LONGER:
            self.act(dice, dice.randint(1, 3))
            self.mine(depth + dice.randint(1, 5))
        return depth

    def _revert(self, lowest: int) -> int | None:
        """To the latest snapshot that isn't too deep; how many blocks went."""
        while self._snapshots:
            number, snapshot = self._snapshots.pop()
            if lowest <= number < (head := self.head()):
                self.chain.revert(snapshot)
                return head - number
        return None

    # Transactions

    def _some(self, dice: random.Random, count: int) -> list[Request]:
        kinds = (self._use, self._use, self._uses, self._fund, self._payday, self._gift, self._foreign)
        return [(dice.choice(kinds) if number else self._use)(dice) for number in range(count)]

    def _entry(self, dice: random.Random) -> dict[str, Any]:
        return {
            "grantId": dice.choice(self._grants),
            "kind": dice.randrange(4),
            "usedAt": self.node.block().timestamp,
            "iterations": dice.randint(1, 3),
            "outputSeconds": dice.randint(0, 2),
            "outputHash": dice.randbytes(32),
            "promptCommitment": dice.randbytes(32),
            "model": keccak(text="example model 1"),
        }

    def _use(self, dice: random.Random) -> Request:
        return self._request("reporter", "UsageLedger", "record", self._entry(dice))

    def _uses(self, dice: random.Random) -> Request:
        entries = [self._entry(dice) for _ in range(dice.randint(2, 6))]
        return self._request("reporter", "UsageLedger", "recordBatch", entries)

    def _fund(self, dice: random.Random) -> Request:
        return self._request("studio", "Payroll", "fund", self._production, dice.randint(1, 900) * _DOLLAR)

    def _payday(self, dice: random.Random) -> Request:
        members = dice.sample(self._members, dice.randint(1, _MEMBERS))
        return self._request("keeper", "Payroll", "payday", members, 1_000)

    def _gift(self, dice: random.Random) -> Request:
        """Dollars straight into Payroll: a transfer without an event of ours."""
        payroll = self.deployment.address("Payroll")
        return self._request("studio", "TestDollar", "transfer", payroll, dice.randint(1, 99))

    def _foreign(self, dice: random.Random) -> Request:
        """What is not ours: a stranger's dollars, or a stranger's event that looks like ours."""
        if dice.random() < 0.5:
            return self._request("studio", "TestDollar", "transfer", _STRANGER, dice.randint(1, 99))
        return {"from": self.local.keys["keeper"].address, "to": _STRANGER, "gas": _GAS}

    def _request(self, who: str, contract: str, function: str, *arguments: Any) -> Request:
        token = contract == "TestDollar"
        return {
            "from": self.local.keys[who].address,
            "to": self.deployment.token if token else self.deployment.address(contract),
            "data": hexed(interface(contract).encode(function, *arguments)),
            "gas": _GAS,
        }

"""Sablier Flow: one stream a payment, one withdrawal a stream."""

from __future__ import annotations

from peer_bench.ground import DOLLAR, WEEK, Contract, Ground, batches, mean
from peer_bench.packages import artifact

FLOW = "@sablier/flow"
UTILS = "@sablier/evm-utils"
NOBODY = "0x" + "00" * 20
MEMBERS = 100
STREAMS = 20
#: Flow counts rates with 18 decimals: a thousandth of a dollar a second.
RATE_PER_SECOND = 10**15
DEPOSIT = 20_000 * DOLLAR


def deploy(ground: Ground) -> Contract:
    """Flow behind a comptroller that takes no fee, which is the cheapest for whoever withdraws."""
    comptroller = ground.deploy(artifact(UTILS, "artifacts/SablierComptroller.json"), ground.studio)
    initialize = comptroller.call("initialize", ground.studio, 0, 0, 0, 0, NOBODY)
    proxy = ground.deploy(artifact(UTILS, "artifacts/ERC1967Proxy.json"), comptroller.address, initialize)
    descriptor = ground.deploy(artifact(FLOW, "artifacts/FlowNFTDescriptor.json"))
    return ground.deploy(artifact(FLOW, "artifacts/SablierFlow.json"), proxy.address, descriptor.address)


class FlowBench:
    """100 members with 20 streams each, all of them there: nothing is extrapolated."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.flow = deploy(ground)
        self.members = ground.wallets("flow member", MEMBERS)
        ground.send(ground.dollar, "approve", self.flow.address, 2**256 - 1)

    def run(self) -> dict[str, int]:
        streams = self._open()
        self._pass(streams, members=self.members)  # the first withdrawal of a stream is dearer
        alone, member = self.members[:2]
        self.ground.chain.increase_time(WEEK)
        singles = [
            self.ground.transact(self.flow.address, self._withdrawal(stream, alone), by=self.ground.keeper)
            for stream in streams[alone]
        ]
        batch = self._payday(streams, [member])
        whole = self._pass(streams, members=self.members)
        return {
            "Sablier Flow: createAndDeposit": self._create_alone(),
            "Sablier Flow: withdraw one stream": mean(singles),
            "Sablier Flow: payday a member, 20 streams, 20 transactions": sum(singles),
            "Sablier Flow: payday a member, 20 streams, one batch": batch,
            "Sablier Flow: payday a member, 20 streams each, of 100": whole // MEMBERS,
        }

    def _pass(self, streams: dict[str, list[int]], members: list[str]) -> int:
        """A week, and a payday in batches of five members, which is a hundred withdrawals."""
        self.ground.chain.increase_time(WEEK)
        return sum(self._payday(streams, group) for group in batches(members, 5))

    def _open(self) -> dict[str, list[int]]:
        streams: dict[str, list[int]] = {member: [] for member in self.members}
        number = self.ground.ask(self.flow, "nextStreamId")
        for _ in range(STREAMS):
            for group in batches(self.members, 25):
                self.ground.send(self.flow, "batch", [self._creation(member) for member in group])
                for member in group:
                    streams[member].append(number)
                    number += 1
        return streams

    def _create_alone(self) -> int:
        """To members who have 20 streams already."""
        gas = [
            self.ground.transact(self.flow.address, self._creation(member)) for member in self.members[:20]
        ]
        return mean(gas)

    def _payday(self, streams: dict[str, list[int]], members: list[str]) -> int:
        calls = [self._withdrawal(stream, member) for member in members for stream in streams[member]]
        return self.ground.send(self.flow, "batch", calls, by=self.ground.keeper)

    def _creation(self, member: str) -> bytes:
        terms = (self.ground.studio, member, RATE_PER_SECOND, 0, self.ground.dollar.address, False, DEPOSIT)
        return self.flow.call("createAndDeposit", *terms)

    def _withdrawal(self, stream: int, member: str) -> bytes:
        return self.flow.call("withdrawMax", stream, member)


def measure(ground: Ground) -> dict[str, int]:
    """Operation -> gas of whole transactions."""
    return FlowBench(ground).run()

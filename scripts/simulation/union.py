"""A union on the shipped bytecode: anvil, real transactions, nothing estimated.

What comes before pay (consents, licences, grants) is left out: Payroll is called from the addresses of its modules.
What is measured is the keeper's work, and its transactions are whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.crowds import Pool
from simulation.gas import TRANSACTION_GAS
from simulation.population import WEEK, Population
from trust.chain.abi import interface
from trust.chain.rpc import Call, hexed, quantity
from trust.local import Local, deploy_local
from trust.model import ProductionId, dollars
from trust.stage import Stage
from trust.testing import LocalChain

EPOCH = 2_956 * WEEK
MOST_CYCLES = 520
#: A block's receipts cost anvil time in the square of their number.
_TRANSACTIONS_PER_BLOCK = 100
_ORDERED_AT = 3600
_DEEP_POCKET = dollars(100_000_000_000)
_RATES = {
    "version": 1,
    "premiumShareBps": 1000,
    "benefitsBps": 2100,
    "backgroundBenefitsBps": 2050,
    "duesBps": 150,
    "levyBps": 100,
    "benefitsCeiling": dollars(232_000),
}
_SCENE_FEE = 3
_NOBODY = "0x" + "00" * 20
#: The part of a wallet's address that is its owner's number.
_NUMBER = 2**24 - 1
_OPTIONS = (
    "--auto-impersonate",
    "--order",
    "fifo",
    "--no-request-size-limit",
    "--disable-block-gas-limit",
    "--enable-tx-gas-limit",
    "--block-base-fee-per-gas",
    "0",
    "--gas-price",
    "0",
)


class NotMinedError(Exception):
    """A transaction that had to succeed didn't; the figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Gas of a whole transaction, and who was sent what: members by number, agents by index."""

    gas: int
    paid: dict[int, int]


@contextmanager
def union(population: Population) -> Iterator[Union]:
    """A union with these members enrolled on a chain of its own."""
    chain = LocalChain(hardfork="osaka", timestamp=EPOCH, options=_OPTIONS)
    with chain, tempfile.TemporaryDirectory() as folder:
        # Without a block list, as gas is measured everywhere here.
        local = deploy_local(chain.url, Path(folder) / "outbox.db", block_list=False)
        try:
            yield Union(local, population)
        finally:
            local.close()


class Union:
    """Members are numbered from 0, as in the population."""

    def __init__(self, local: Local, population: Population) -> None:
        self.population = population
        self._local = local
        self._node = local.node
        self._contracts = local.deployment.contracts
        self._face = interface("Payroll")
        self._nonces: dict[str, int] = {}
        self._transfer = next(
            hexed(topic) for topic, name in interface("TestDollar").topics().items() if name == "Transfer"
        )
        if local.deployment.epoch != EPOCH:
            raise NotMinedError(f"cycle 0 starts at {local.deployment.epoch}, not {EPOCH}")
        stage = Stage(local)
        self._production: ProductionId = stage.register("10.5240/7791-8534-2C23-9030-8610-5", b"\x01" * 32)
        stage.fund(self._production, _DEEP_POCKET)
        self._node.call("evm_setAutomine", False)
        self._time = self._node.block().timestamp
        self._licensed: set[int] = set()
        self._enrol()

    def week(self, cycle: int) -> None:
        """Order what the members earn from this week on: licence fees first, then other fees and streams."""
        self._time = EPOCH + cycle * WEEK + _ORDERED_AT
        streams, credits = self.population.streams, self.population.credits
        fees, licences = [], []
        for row in (credits.week == cycle).nonzero()[0]:
            member, gross = int(credits.member[row]), int(credits.gross[row])
            if member in self._licensed:
                fees.append((self._production, member + 1, _SCENE_FEE, 1, gross))
            else:
                self._licensed.add(member)
                licences.append((self._production, member + 1, _RATES, gross, 0))
        self._order("Licences", "openLicence", licences)
        self._order("Licences", "charge", fees)
        orders = [(self._stream(int(row)),) for row in (streams.week == cycle).nonzero()[0]]
        self._order("SubstitutionPremiums", "openStream", orders)

    def open_pool(self, pool: Pool) -> None:
        """Open a crowd's pool, seat the crowd, and start its stream."""
        begins, ends = EPOCH + pool.start, EPOCH + pool.end
        calls = [
            self._face.encode("openPool", self._production, True),
            *(self._face.encode("seat", pool.number, [roster]) for roster in pool.rosters()),
            self._face.encode("streamToPool", pool.number, pool.crowd.gross, begins, ends),
        ]
        self._send(self._local.keys["studio"].address, self._contracts["Payroll"], calls)

    def push(self, pool: Pool) -> tuple[int, list[Receipt]]:
        """Push every chunk of a pool in one block; its time, in seconds from cycle 0, and the receipts."""
        chunks = [
            {"poolId": pool.number, "number": number, "start": 0, "roster": roster}
            for number, roster in enumerate(pool.rosters())
        ]
        receipts = self._keeper([self._face.encode("push", chunk) for chunk in chunks])
        return self._time - EPOCH, [self._receipt(r) for r in receipts]

    def payday(self, batches: Iterable[Iterable[int]], cycle: int) -> list[Receipt]:
        """A keeper's payday, a transaction for each batch, in the first minutes of a cycle."""
        self._time = max(self._time, EPOCH + cycle * WEEK + 60)
        calls = [
            self._face.encode("payday", [int(member) + 1 for member in batch], MOST_CYCLES)
            for batch in batches
        ]
        return [self._receipt(r) for r in self._keeper(calls)]

    def pay_agents(self, batches: Iterable[Iterable[int]]) -> list[Receipt]:
        """Agents, a transaction for each batch."""
        calls = [
            self._face.encode("payAgents", [agent_address(int(agent)) for agent in batch])
            for batch in batches
        ]
        return [self._receipt(r) for r in self._keeper(calls)]

    def balances(self, wallets: Sequence[str]) -> list[int]:
        """What these wallets hold."""
        token, face = self._local.deployment.token, interface("TestDollar")
        calls = [
            Call("eth_call", ({"to": token, "data": hexed(face.encode("balanceOf", wallet))}, "latest"))
            for wallet in wallets
        ]
        return [quantity(answer) for answer in self._node.batch(calls)]

    def _enrol(self) -> None:
        face = interface("Members")
        enroller = self._local.keys["enroller"].address
        members = range(self.population.size)
        self._send(
            enroller,
            self._contracts["Members"],
            [face.encode("enrol", _key(m), wallet_address(m), 0, _NOBODY, 0) for m in members],
        )
        agent, bps = self.population.agent, self.population.agent_bps
        represented = [m for m in members if agent[m] >= 0]
        orders = [(m + 1, agent_address(int(agent[m])), int(bps[m])) for m in represented]
        self._order("Members", "setAgent", orders)
        # Appointments take effect in cycle 1; a payday there promotes them before anything is earned.
        groups = [represented[at : at + 100] for at in range(0, len(represented), 100)]
        self.payday(groups, 1)

    def _stream(self, row: int) -> dict[str, Any]:
        s = self.population.streams
        return {
            "productionId": self._production,
            "memberId": int(s.member[row]) + 1,
            "ref": row + 1,
            "gross": int(s.gross[row]),
            "floorHeld": 0,
            "start": EPOCH + int(s.start[row]),
            "end": EPOCH + int(s.end[row]),
            "background": False,
            "collecting": False,
        }

    def _order(self, module: str, function: str, orders: Sequence[tuple[Any, ...]]) -> None:
        calls = [self._face.encode(function, *order) for order in orders]
        self._send(self._contracts[module], self._contracts["Payroll"], calls)

    def _keeper(self, calls: Sequence[bytes]) -> list[Any]:
        return self._send(self._local.keys["keeper"].address, self._contracts["Payroll"], calls)

    def _send(self, sender: str, to: str, calls: Sequence[bytes]) -> list[Any]:
        """Receipts of these calls, in order."""
        receipts = []
        for at in range(0, len(calls), _TRANSACTIONS_PER_BLOCK):
            receipts.extend(self._block(sender, to, calls[at : at + _TRANSACTIONS_PER_BLOCK]))
        return receipts

    def _block(self, sender: str, to: str, calls: Sequence[bytes]) -> list[Any]:
        # Batched calls are taken up together, so each says its place.
        nonce = self._nonces.get(sender)
        nonce = self._node.nonce(sender) if nonce is None else nonce
        common = {"from": sender, "to": to, "gas": hex(TRANSACTION_GAS), "gasPrice": "0x0"}
        requests = [
            common | {"data": hexed(data), "nonce": hex(nonce + place)} for place, data in enumerate(calls)
        ]
        for answer in self._node.batch([Call("eth_sendTransaction", (r,)) for r in requests]):
            if isinstance(answer, Exception):
                raise NotMinedError("a transaction was refused") from answer
        self._nonces[sender] = nonce + len(calls)
        self._time += 1
        self._node.call("evm_setNextBlockTimestamp", hex(self._time))
        self._node.call("evm_mine")
        receipts: list[Any] = self._node.call("eth_getBlockReceipts", "latest")
        if len(receipts) != len(calls) or any(r["status"] != "0x1" for r in receipts):
            raise NotMinedError(f"{len(calls)} calls to {to}: not all succeeded")
        return receipts

    def _receipt(self, receipt: Any) -> Receipt:
        # Of the dollar's own events: to whom is the third topic, how much the data. Wallets end in their number.
        transfers = [log for log in receipt["logs"] if log["topics"][0] == self._transfer]
        paid = {int(log["topics"][2], 16) & _NUMBER: int(log["data"], 16) for log in transfers}
        return Receipt(quantity(receipt["gasUsed"]), paid)


def wallet_address(member: int) -> str:
    """Where a member is paid."""
    return f"0x{0xA11CE << 100 | member:040x}"


def agent_address(agent: int) -> str:
    """Where an agent is paid."""
    return f"0x{0xA6E27 << 100 | agent:040x}"


def _key(member: int) -> str:
    return f"0x{0xC0DE << 100 | member:040x}"

"""A union with as many payees as wanted, made fast: the modules' own addresses tell a real Payroll what is owed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from trust.chain.abi import interface
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import Call, hexed
from trust.index import Index
from trust.keeper import Keeper, Policy
from trust.keeper.database import connect
from trust.keeper.status import Status, status
from trust.local import Local, deploy_local
from trust.model import ProductionId
from trust.testing import LocalChain

DOLLAR = 10**6
DAY = 86_400
WEEK = 7 * DAY
OTHER = 6  # Charge.OTHER
EIDR = "10.5240/7791-8534-2C23-9030-8610-5"
QUICK = Policy(confirmations=0, lease=60.0)


class Payees:
    """A deployment with one funded production and members 1, 2, ...; member n's wallet is `wallet(n)`."""

    production = ProductionId(1)

    def __init__(self, chain: LocalChain, local: Local, folder: Path) -> None:
        self.chain = chain
        self.local = local
        self.folder = folder
        self.members = 0

    # Acts

    def enrol(self, count: int) -> list[int]:
        """So many more members; their numbers."""
        first = self.members + 1
        numbers = list(range(first, first + count))
        enroller = self.local.keys["enroller"].address
        self._send(enroller, "Members", "enrol", [(key(n), wallet(n), 0, _NOBODY, 0) for n in numbers])
        self.members += count
        return numbers

    def credit(self, members: Sequence[int], gross: int = 100 * DOLLAR) -> None:
        """Owe each of them an amount at once; a little different for each."""
        licences = self.local.deployment.address("Licences")
        orders = [(self.production, n, OTHER, 7, gross + n) for n in members]
        self._send(licences, "Payroll", "charge", orders)

    def stream(self, members: Sequence[int], weeks: int, gross: int = 100 * DOLLAR) -> None:
        """Owe each of them a stream from now on."""
        premiums, now = self.local.deployment.address("SubstitutionPremiums"), self.now()
        fields = {"floorHeld": 0, "start": now, "end": now + weeks * WEEK, "background": False}
        common = {"productionId": self.production, "ref": 7, "collecting": False, **fields}
        self._send(
            premiums,
            "Payroll",
            "openStream",
            [({**common, "memberId": n, "gross": gross + n},) for n in members],
        )

    def appoint(self, members: Sequence[int], agent: str, share_bps: int) -> None:
        """Give them an agent, from the next cycle on."""
        registry = self.local.deployment.address("Members")
        self._send(registry, "Payroll", "setAgent", [(n, agent, share_bps) for n in members])

    def next_cycle(self) -> None:
        """Go to a moment after the next payroll cycle has begun."""
        deployment, now = self.local.deployment, self.now()
        self.chain.increase_time(
            deployment.cycle_seconds - (now - deployment.epoch) % deployment.cycle_seconds + 60
        )

    def block(self, member: int, blocked: bool = True) -> None:
        """Have the dollar refuse a member's wallet."""
        self.local.block_wallet(wallet(member), blocked)

    # What is there

    def now(self) -> int:
        return self.chain.node.block().timestamp

    def received(self) -> list[int]:
        """What is in each member's wallet, by number."""
        return self._asked("TestDollar", "balanceOf", [wallet(n) for n in range(1, self.members + 1)])

    def due(self) -> list[int]:
        """What a payday now would send each member."""
        return [answer["amount"] for answer in self._asked("Payroll", "due", range(1, self.members + 1))]

    def payments(self) -> dict[int, list[int]]:
        """Amounts of each member's Paid events, from the chain."""
        face = interface("Payroll")
        found: dict[int, list[int]] = {n: [] for n in range(1, self.members + 1)}
        query = {"fromBlock": "0x0", "toBlock": "latest", "address": self.local.deployment.address("Payroll")}
        for log in self.chain.node.call("eth_getLogs", query):
            topics, data = (
                [bytes.fromhex(word[2:]) for word in log["topics"]],
                bytes.fromhex(log["data"][2:]),
            )
            event = face.decode_event(topics, data)
            if event is not None and event.name == "Paid":
                found[event.args["memberId"]].append(event.args["amount"])
        return found

    def account(self, name: str) -> LocalAccount:
        """A keeper's key, with ether."""
        account: LocalAccount = Account.from_key(name.encode().rjust(32, b"k"))
        self.chain.fund(account.address, 1_000 * 10**18)
        return account

    @contextmanager
    def keeper(
        self, name: str = "one", *, database: str = "", policy: Policy = QUICK, **more: Any
    ) -> Iterator[Keeper]:
        """A keeper with a key, an outbox and an index of its own, and tables at `database`."""
        where = database or str(self.folder / f"{name}-keeper.db")
        opened = Keeper.open(
            more.pop("rpc", self.chain.url),
            deployment=self.local.deployment,
            account=more.pop("account", None) or self.account(name),
            outbox=more.pop("outbox", self.folder / f"{name}-outbox.db"),
            index=self.folder / f"{name}-index.db",
            database=where,
            owner=name,
            policy=policy,
            **more,
        )
        with opened:
            yield opened

    def status(self, name: str = "one", policy: Policy = QUICK) -> Status:
        database = connect(str(self.folder / f"{name}-keeper.db"))
        with Index(self.folder / f"{name}-index.db", self.local.deployment) as index:
            found = status(database, index, policy)
        database.close()
        return found

    def _asked(self, contract: str, function: str, arguments: Sequence[Any]) -> list[Any]:
        face, to = interface(contract), self.local.as_("studio").handle.address(contract)
        calls = [
            Call("eth_call", ({"to": to, "data": hexed(face.encode(function, one))}, "latest"))
            for one in arguments
        ]
        return [face.decode(function, bytes.fromhex(answer[2:])) for answer in self.chain.node.batch(calls)]

    def _send(self, sender: str, contract: str, function: str, orders: Sequence[tuple[Any, ...]]) -> None:
        node, face = self.chain.node, interface(contract)
        node.call("anvil_impersonateAccount", sender)
        self.chain.fund(sender, 10**24)
        to = self.local.deployment.address(contract)
        requests = [
            {"from": sender, "to": to, "data": hexed(face.encode(function, *order)), "gas": hex(1_000_000)}
            for order in orders
        ]
        first = node.nonce(sender)
        node.call("evm_setAutomine", False)
        hashes = node.batch([Call("eth_sendTransaction", (request,)) for request in requests])
        node.call("evm_setAutomine", True)
        assert all(isinstance(hash_, str) for hash_ in hashes), hashes
        while node.nonce(sender) < first + len(orders):
            self.chain.mine()
        asked = [Call("eth_getTransactionReceipt", (hash_,)) for hash_ in hashes]
        while not all(receipts := node.batch(asked)):  # anvil shows a block before its receipts
            continue
        failed = [n for n, receipt in enumerate(receipts) if receipt["status"] != "0x1"]
        if failed:
            node.call("eth_call", requests[failed[0]], "latest")
            raise AssertionError(f"{function} failed")


_NOBODY = "0x" + "0" * 40


def key(member: int) -> str:
    """A member's consent key; nobody has it."""
    return f"0x{0xC0 << 152 | member:040x}"


def wallet(member: int) -> str:
    """A member's wallet."""
    return f"0x{0xEE << 152 | member:040x}"


@contextmanager
def payees(folder: Path) -> Iterator[Payees]:
    """A union on a chain of its own, at the hardfork that caps a transaction's gas."""
    state, deployment, keys = _beginning()
    kept = folder / "chain.json"
    kept.write_bytes(state)
    with LocalChain(hardfork="osaka", options=("--load-state", str(kept))) as chain:
        # Anvil would go on from this machine's time.
        chain.node.call("evm_setTime", hex(chain.node.block().timestamp))
        local = Local(chain.url, Node(chain.url), deployment, folder / "outbox.db", dict(keys))
        try:
            yield Payees(chain, local, folder)
        finally:
            local.close()


@cache
def _beginning() -> tuple[bytes, Deployment, dict[str, LocalAccount]]:
    """A chain with a funded production, kept: to start from it takes a fifth of the time of deploying."""
    with TemporaryDirectory() as name, LocalChain(hardfork="osaka") as chain:
        local = deploy_local(chain.url, Path(name) / "outbox.db")
        studio, address = local.as_("studio"), local.keys["studio"].address
        starts = chain.node.block().timestamp // DAY * DAY
        made = studio.productions.register(EIDR, starts, starts + 104 * WEEK, b"\x11" * 32, address)
        assert made.id == Payees.production
        local.mint(address, 10_000_000 * DOLLAR)
        studio.payroll.fund(Payees.production, 10_000_000 * DOLLAR)
        packed = bytes.fromhex(chain.node.call("anvil_dumpState")[2:])
        local.close()
        return gzip.decompress(packed), local.deployment, local.keys

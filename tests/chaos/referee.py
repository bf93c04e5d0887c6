"""Who got what, against the harness's own books: doubles, misses, money that went elsewhere, caps exceeded."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from chaos.keepers import MAX_FEE_GWEI
from chaos.world import Sight, World
from trust.chain.rpc import Call, quantity

GWEI = 10**9


@dataclass(slots=True)
class Findings:
    """What is wrong, each in a sentence for people."""

    double: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.double or self.missed or self.other)

    def add(self, more: Findings) -> None:
        self.double += more.double
        self.missed += more.missed
        self.other += more.other


def unpaid(world: World, sight: Sight) -> list[int]:
    """Members who should have been paid by now, and weren't: what the payday owed them is still owed."""
    return [member for member in _short(world, sight) if not world.excused(member)]


def held_back(world: World, sight: Sight) -> set[int]:
    """Members whose wallet is blocked, and whom the payday owed something."""
    return {member for member in _short(world, sight) if member in world.blocked}


def _short(world: World, sight: Sight) -> list[int]:
    return [m for m, got in sight.received.items() if got < world.books.by_payday(m, sight.time)]


def judge(world: World, sight: Sight, number: int) -> Findings:
    """Every member, after a round has settled."""
    found = Findings()
    late = set(unpaid(world, sight))
    for member, got in sight.received.items():
        due, earned = sight.due[member], world.books.total(member, sight.time)
        said = f"round {number}: member {member} got {got} and is owed {due}, of {earned}"
        if got + due > earned:
            found.double.append(said)
        elif got + due < earned or member in late:
            found.missed.append(said)
    if sight.came - sight.went != sight.held:
        said = f"Payroll holds {sight.held}, of {sight.came} that came and {sight.went} that went"
        found.other.append(f"round {number}: {said}")
    return found


def dear(raws: list[str]) -> list[str]:
    """Transactions that keepers offered above their cap."""
    offers = ((raw, TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["maxFeePerGas"]) for raw in raws)
    return [
        f"a keeper offered {fee} wei for gas: {raw[:40]}" for raw, fee in offers if fee > MAX_FEE_GWEI * GWEI
    ]


@dataclass(slots=True)
class Spent:
    """What keepers' transactions on the chain did."""

    sent: int = 0
    wasted: int = 0
    reverted: int = 0
    gas: int = 0
    wasted_gas: int = 0


def spent(world: World, hashes: list[str]) -> Spent:
    """Over the transactions that stayed on the chain; wasted are those that moved no money."""
    total = Spent()
    calls = [Call("eth_getTransactionReceipt", (hash_,)) for hash_ in hashes]
    for receipt in world.chain.node.batch(calls):
        if receipt is None:
            continue
        gas = quantity(receipt["gasUsed"])
        total.sent += 1
        total.gas += gas
        total.reverted += quantity(receipt["status"]) == 0
        if not receipt["logs"]:
            total.wasted += 1
            total.wasted_gas += gas
    return total

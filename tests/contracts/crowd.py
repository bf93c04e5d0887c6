"""Hundreds of members at once, with pay due: what a batch of paydays or a pool's chunk is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hostile import MOODS, Hostile
from solidity import create, mined, tell

from trust.chain.abi import interface
from trust.chain.node import Node
from trust.chain.reverts import decode_revert
from trust.chain.rpc import Call, RpcError, blob, hexed
from trust.model import MemberId
from trust.stage import DAY
from trust.testing import LocalChain

#: Most gas that a transaction may have, from the osaka hardfork on (EIP-7825).
TRANSACTION_GAS = 2**24
OTHER = 6

SOURCE = """
pragma solidity 0.8.37;

interface ICharges {
    function charge(uint24 productionId, uint24 memberId, uint8 kind, uint256 ref, uint64 gross) external;
}

/// A later module of the trust that has a production pay many members the same.
contract Paymaster {
    function pay(address payroll, uint24 productionId, uint24 first, uint24 count, uint64 gross) external {
        for (uint24 i = 0; i < count; i++) ICharges(payroll).charge(productionId, first + i, 6, 1, gross);
    }
}
"""


@dataclass(frozen=True, slots=True)
class Extra:
    """A member who is only ever paid."""

    id: MemberId
    wallet: str


def enrol_many(union: Hostile, count: int, prefix: str = "extra") -> list[Extra]:
    """Enrol members, each with a wallet that nobody has used."""
    node, enroller = union.local.node, union.local.keys["enroller"].address
    members = union.local.deployment.address("Members")
    keys = [_address(f"{prefix} {number}") for number in range(count)]
    wallets = [_address(f"wallet of {prefix} {number}") for number in range(count)]
    nobody = "0x" + "00" * 20
    calls = [
        interface("Members").encode("enrol", key, wallet, 0, nobody, 0)
        for key, wallet in zip(keys, wallets, strict=True)
    ]
    first = MemberId(union.local.as_("keeper").handle.read("Members", "memberCount") + 1)
    send_many(node, enroller, members, calls, 300_000)
    return [Extra(MemberId(first + number), wallet) for number, wallet in enumerate(wallets)]


def paymaster(union: Hostile) -> str:
    """A contract that the union admitted and the studio opted in to."""
    module = create(union.world.chain, "Paymaster", source=SOURCE)
    treasurer = union.local.as_("treasurer").access
    treasurer.schedule("Payees", "admitModule", module)
    union.stage.pass_time(2 * DAY)
    treasurer.execute("Payees", "admitModule", module)
    union.local.as_("studio").handle.write("Payroll", "optIn", union.production, module, True)
    return module


def owe(union: Hostile, module: str, members: list[Extra], gross: int) -> None:
    """Have the production owe each of these, numbered in a row, a gross amount."""
    for start in range(0, len(members), 100):
        some = members[start : start + 100]
        pay = "pay(address,uint24,uint24,uint24,uint64)"
        tell(union.world.chain, module, pay, union.payroll, union.production, some[0].id, len(some), gross)


def set_moods(union: Hostile, wallets: list[str], mood: str) -> None:
    """Tell the dollar how to behave towards these wallets."""
    for start in range(0, len(wallets), 100):
        tell(
            union.world.chain,
            union.token,
            "setMoods(address[],uint8)",
            wallets[start : start + 100],
            MOODS.index(mood),
        )


def send_many(node: Node, sender: str, to: str, calls: list[bytes], gas: int) -> None:
    """Transactions, as anybody; all must succeed."""
    node.call("anvil_impersonateAccount", sender)
    nonce = node.nonce(sender)
    transactions = [
        {"from": sender, "to": to, "gas": hex(gas), "data": hexed(data), "nonce": hex(nonce + number)}
        for number, data in enumerate(calls)
    ]
    sent = node.batch([Call("eth_sendTransaction", (transaction,)) for transaction in transactions])
    for answer in sent:
        if isinstance(answer, RpcError):
            raise answer
    node.call("anvil_mine", "0x1")
    receipts = node.batch([Call("eth_getTransactionReceipt", (found,)) for found in sent])
    assert all(receipt["status"] == "0x1" for receipt in receipts)


def read_many(union: Hostile, contract: str, function: str, arguments: Sequence[object]) -> list[Any]:
    """What a view returns for each argument, asked for at once."""
    face, to = interface(contract), union.local.as_("keeper").handle.address(contract)
    requests = [{"to": to, "data": hexed(face.encode(function, argument))} for argument in arguments]
    answers = union.local.node.batch([Call("eth_call", (request, "latest")) for request in requests])
    return [face.decode(function, blob(answer)) for answer in answers]


def dues(union: Hostile, members: Sequence[Extra]) -> list[int]:
    """What a payday would send each of these."""
    answers = read_many(union, "Payroll", "due", [member.id for member in members])
    return [int(answer["amount"]) for answer in answers]


def attempt(union: Hostile, function: str, *arguments: object, gas: int = TRANSACTION_GAS) -> int:
    """Gas used by a call of Payroll's within this gas limit, as the keeper. Raises what it is refused with."""
    node, keeper = union.local.node, union.local.keys["keeper"].address
    data = hexed(interface("Payroll").encode(function, *arguments))
    transaction = {"from": keeper, "to": union.payroll, "data": data, "gas": hex(gas)}
    try:
        node.call("eth_call", transaction, "latest")
    except RpcError as error:
        raise decode_revert(error.data) or error from error
    node.call("anvil_impersonateAccount", keeper)
    receipt = mined(node, transaction)
    assert receipt["status"] == "0x1"
    return int(receipt["gasUsed"], 16)


@contextmanager
def undone(chain: LocalChain) -> Iterator[None]:
    """Whatever happens to the chain in the block is put back at its end."""
    snapshot = chain.snapshot()
    try:
        yield
    finally:
        # A moment after it was mined a transaction is still in anvil's pool: it would be mined once more.
        chain.node.call("anvil_dropAllTransactions")
        chain.revert(snapshot)


def _address(name: str) -> str:
    return to_checksum_address(keccak(text=f"likeness trust crowd: {name}")[12:])

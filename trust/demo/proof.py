"""The sums that show that nothing was lost: from the books, and again from the token's own logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from eth_utils.crypto import keccak

from trust.audit import Report
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import quantity
from trust.demo.errors import DemoFault
from trust.views import Totals

_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


@dataclass(frozen=True, slots=True)
class Logged:
    """Payroll's money as the node's raw Transfer logs tell it, base units; `balance` as the token does."""

    paid_in: int
    paid: dict[str, int]
    to_wallets: dict[str, int]
    balance: int

    @property
    def held(self) -> int:
        """What came in and didn't go out."""
        return self.paid_in - sum(self.paid.values())


def from_logs(node: Node, deployment: Deployment, payees: Mapping[str, str]) -> Logged:
    """Fetch all Transfer logs from the node and add them up; no index is asked.

    `payees` says what a payment to an address is for; payments to anybody else go to members.
    """
    payroll = deployment.address("Payroll").lower()
    kinds = {address.lower(): kind for address, kind in payees.items()}
    wanted = {"address": deployment.token, "topics": [_TRANSFER], "fromBlock": "0x0", "toBlock": "latest"}
    paid_in, paid = 0, dict.fromkeys(("members", *payees.values()), 0)
    wallets: dict[str, int] = {}
    for log in node.call("eth_getLogs", wanted):
        sender, recipient = ("0x" + topic[-40:].lower() for topic in log["topics"][1:3])
        amount = quantity(log["data"])
        paid_in += amount if recipient == payroll else 0
        if sender == payroll:
            kind = kinds.get(recipient, "members")
            paid[kind] += amount
            if kind == "members":
                wallets[recipient] = wallets.get(recipient, 0) + amount
    # balanceOf(address)
    data = bytes.fromhex("70a08231") + bytes.fromhex(payroll[2:]).rjust(32, b"\0")
    balance = int.from_bytes(node.eth_call(deployment.token, data), "big")
    return Logged(paid_in, paid, wallets, balance)


def by_kind(totals: Totals) -> tuple[dict[str, int], dict[str, int]]:
    """What was paid and what is held, by kind, base units."""
    paid, held = (
        {field.name: getattr(sums, field.name) for field in fields(sums)}
        for sums in (totals.paid_out, totals.held)
    )
    return paid, held


def check(totals: Totals, logged: Logged, wallets: Mapping[str, int]) -> None:
    """Raises DemoFault, naming the sums, unless books, logs and token agree to the unit.

    `wallets` is what each member was paid as the statements have it, by wallet.
    """
    totals.check()
    paid, held = by_kind(totals)
    pairs = {
        "paid in": (totals.paid_in, logged.paid_in),
        "held, and paid in less paid": (sum(held.values()), logged.held),
        "held, and Payroll's balance": (sum(held.values()), logged.balance),
    }
    pairs |= {f"paid to {kind}": (amount, logged.paid.get(kind, 0)) for kind, amount in paid.items()}
    for wallet, amount in wallets.items():
        pairs[f"paid to wallet {wallet}"] = (amount, logged.to_wallets.get(wallet.lower(), 0))
    for what, (books, logs) in pairs.items():
        if books != logs:
            raise DemoFault(f"The sums differ: {what} is {books} in the books and {logs} in the logs.")
    strange = set(logged.to_wallets) - {wallet.lower() for wallet in wallets}
    if strange:
        raise DemoFault(f"Payroll paid {', '.join(sorted(strange))}, which is nobody's wallet.")
    if totals.unasked:
        raise DemoFault(f"{totals.unasked} base units came to Payroll that nobody funded.")


def require_kept(report: Report) -> None:
    """Raises DemoFault, naming what was found, unless every promise was kept."""
    if not report.clean:
        found = [f"{one.id}, {finding.what}" for one in report.checks for finding in one.findings]
        raise DemoFault(f"The audit found broken promises: {'; '.join(found)}.")

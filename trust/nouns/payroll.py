"""Money: funding, paydays, remittances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trust.model import MemberId, Money, ProductionId
from trust.nouns.handle import Handle, Result

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

#: Most cycles that one payday settles for a member; ten years of weeks.
MOST_CYCLES = 520


class Payroll:
    """Production accounts and member accounts."""

    def __init__(self, handle: Handle, account: LocalAccount | None) -> None:
        self._handle = handle
        self._account = account

    def fund(
        self, production: ProductionId, amount: Money, *, key: str | None = None, simulate: bool = False
    ) -> Result:
        """Fund a production from the connection's account with a permit: one transaction, no allowance."""
        if self._account is None:
            raise TypeError("funding needs an account that can sign")
        deadline = self._handle.now() + 3600
        v, r, s = self._permit(amount, deadline)
        return self._handle.write(
            "Payroll",
            "fundWithPermit",
            production,
            amount,
            deadline,
            v,
            r,
            s,
            key=key,
            simulate=simulate,
        )

    def take_back(
        self, production: ProductionId, amount: Money, to: str, *, simulate: bool = False
    ) -> Result:
        """Give the studio back what is neither owed nor reserved."""
        return self._handle.write("Payroll", "takeBack", production, amount, to, simulate=simulate)

    def payday(
        self, members: Sequence[MemberId], *, key: str | None = None, simulate: bool = False
    ) -> Result:
        """Pay these members all that is due. Anyone may."""
        return self._handle.write("Payroll", "payday", list(members), MOST_CYCLES, key=key, simulate=simulate)

    def pay_agents(self, agents: Sequence[str], *, simulate: bool = False) -> Result:
        """Pay agents what accrued to them. Anyone may."""
        return self._handle.write("Payroll", "payAgents", list(agents), simulate=simulate)

    def remit(self, productions: Sequence[ProductionId], *, simulate: bool = False) -> Result:
        """Send benefits, levy and dues where they belong. Anyone may."""
        return self._handle.write("Payroll", "remit", list(productions), simulate=simulate)

    def production(self, production: ProductionId) -> dict[str, Any]:
        """A production's account."""
        return dict(self._handle.read("Payroll", "productionAccount", production))

    def member(self, member: MemberId) -> dict[str, Any]:
        """A member's account, as it was settled last."""
        return dict(self._handle.read("Payroll", "memberAccount", member))

    def due(self, member: MemberId) -> tuple[Money, str]:
        """Net pay a payday now would send, base units, and to which wallet."""
        answer = self._handle.read("Payroll", "due", member)
        return Money(answer["amount"]), str(answer["wallet"])

    def balance(self, wallet: str) -> Money:
        """Dollars in a wallet, base units."""
        return Money(self._handle.read("TestDollar", "balanceOf", wallet))

    def _permit(self, amount: int, deadline: int) -> tuple[int, bytes, bytes]:
        assert self._account is not None
        token = self._handle.deployment.token
        domain = {
            "name": self._handle.read("TestDollar", "name"),
            "version": "1",
            "chainId": self._handle.deployment.chain_id,
            "verifyingContract": token,
        }
        types = {
            "Permit": [
                {"name": "owner", "type": "address"},
                {"name": "spender", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ]
        }
        owner = self._account.address
        message = {
            "owner": owner,
            "spender": self._handle.address("Payroll"),
            "value": amount,
            "nonce": self._handle.read("TestDollar", "nonces", owner),
            "deadline": deadline,
        }
        signed = self._account.sign_typed_data(domain, types, message)
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")

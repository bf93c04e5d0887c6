"""The union's roles: who may call what, and that prices and payees wait for the timelock."""

from __future__ import annotations

from dataclasses import dataclass, field

from trust.audit.ledger import Ledger
from trust.chain.abi import interface
from trust.chain.artifacts import CONTRACTS
from trust.chain.deploy import DELAYED, PERMISSIONS, TIMELOCK_SECONDS, Role
from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.index import IndexedEvent

_ADMIN = 0
_GUARDED = frozenset({_ADMIN, *DELAYED})


@dataclass(slots=True)
class Roles:
    """Roles as the events of TrustAccess tell of them. The deployer gives up the last one at the hand-over."""

    holders: dict[tuple[int, str], IndexedEvent] = field(default_factory=dict)
    functions: dict[tuple[str, bytes], IndexedEvent] = field(default_factory=dict)
    others: list[IndexedEvent] = field(default_factory=list)
    too_soon: list[IndexedEvent] = field(default_factory=list)
    handed_over: bool = False

    def read(self, event: IndexedEvent) -> None:
        """One event more, of any contract."""
        a = event.args
        if event.name == "RoleGranted":
            self.holders[a["roleId"], a["account"]] = event
            if self.handed_over and a["roleId"] in _GUARDED and a["delay"] < TIMELOCK_SECONDS:
                self.too_soon.append(event)
        elif event.name == "RoleRevoked":
            self.holders.pop((a["roleId"], a["account"]), None)
            if a["roleId"] == _ADMIN and not self.handed_over:
                self.handed_over = True
                self.too_soon += self._unguarded()
        elif event.name == "TargetFunctionRoleUpdated":
            self.functions[a["target"], a["selector"]] = event
        elif event.name in ("RoleAdminChanged", "AuthorityUpdated"):
            self.others.append(event)

    def _unguarded(self) -> list[IndexedEvent]:
        return [
            event
            for (role, _), event in self.holders.items()
            if role in _GUARDED and event.args["delay"] < TIMELOCK_SECONDS
        ]

    def check(self, ledger: Ledger, deployment: Deployment) -> None:
        """A07."""
        ledger.look("A07", len(self.holders) + len(self.functions) + len(self.others))
        if not self.handed_over:
            ledger.find("A07", "The deployer never gave up the administration.")
        for event in self.too_soon if self.handed_over else self._unguarded():
            role, account = event.args["roleId"], event.args["account"]
            ledger.find("A07", f"{account} held {_named(role)} without the timelock's delay.", event)
        self._functions(ledger, deployment)
        access = deployment.address("TrustAccess")
        for event in self.others:
            if event.args.get("authority") != access:
                ledger.find("A07", f"{event.contract}.{event.name} changed who administers.", event)

    def _functions(self, ledger: Ledger, deployment: Deployment) -> None:
        right = _meant(deployment)
        for key, event in self.functions.items():
            told = event.args["roleId"]
            wanted = right.pop(key, None)
            if told != (_ADMIN if wanted is None else wanted):
                what = f"{_named(told)} may call {_function(deployment, *key)}"
                meant = "" if wanted is None else f", where {_named(wanted)} was meant to"
                ledger.find("A07", f"{what}{meant}.", event)
        for key, role in right.items():
            ledger.find("A07", f"Nobody let {_named(role)} call {_function(deployment, *key)}.")


def _meant(deployment: Deployment) -> dict[tuple[str, bytes], int]:
    return {
        (deployment.address(contract), interface(contract).selector(function)): int(role)
        for role, targets in PERMISSIONS.items()
        for contract, functions in targets.items()
        for function in functions
    }


def _function(deployment: Deployment, target: str, selector: bytes) -> str:
    contract = next((name for name in CONTRACTS if deployment.address(name) == target), target)
    known = {
        interface(name).selector(function): function
        for targets in PERMISSIONS.values()
        for name, functions in targets.items()
        for function in functions
        if name == contract
    }
    return f"{contract}.{known.get(selector, hexed(selector))}"


def _named(role: int) -> str:
    if role == _ADMIN:
        return "the administrator"
    return Role(role).name if role in set(Role) else f"role {role}"

"""Deploys the contracts, links them, hands the roles to the union and keeps no power.

The contracts know each other by addresses fixed at construction, so the addresses are worked out beforehand from
the deployer's nonce; every one is compared with the receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trust.chain.abi import interface
from trust.chain.artifacts import CONTRACTS, LIBRARIES, TEST_TOKEN, load
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.errors import DeploymentError
from trust.send import Intent, Outbox

#: AccessManager's administration waits this long (ARCHITECTURE.md, Access).
TIMELOCK_SECONDS = 48 * 3600

_ADMIN = 0


class Role(IntEnum):
    """Union roles. The numbers are AccessManager's role ids."""

    ENROLLER = 1
    RATE_SETTER = 2
    STEWARD = 3
    STRIKE_COMMITTEE = 4
    CUSTODIAN = 5
    TREASURER = 6


#: Which functions each role may call.
PERMISSIONS: dict[Role, dict[str, tuple[str, ...]]] = {
    Role.ENROLLER: {
        "Members": ("enrol",),
        "Productions": ("admitStudio",),
        "HumanAuditCredits": ("accredit",),
    },
    Role.RATE_SETTER: {"RateCard": ("publish",)},
    Role.STEWARD: {
        "Members": ("startRecovery",),
        "Licences": ("suspend", "reinstate"),
        "HumanAuditCredits": ("publishRules", "rule", "revoke"),
    },
    Role.STRIKE_COMMITTEE: {"Productions": ("declareStrike", "endStrike")},
    Role.CUSTODIAN: {"Records": ("pool", "giveNotice", "erase")},
    Role.TREASURER: {"Payees": ("setPayees", "admitModule")},
}
#: Roles that move prices or money's destination act only through the timelock.
DELAYED = frozenset({Role.RATE_SETTER, Role.TREASURER})


@dataclass(frozen=True, slots=True)
class Union:
    """Who holds the union's roles, and where benefits, levy and dues go.

    `council` administers the roles, under the timelock. `card` is the first rate card, as `RateCard.publish` takes it.
    """

    council: str
    holders: dict[Role, str]
    benefits_plan: str
    pipeline_fund: str
    dues: str
    card: dict[str, Any]


def contract_address(sender: str, nonce: int) -> str:
    """Address of the contract that `sender` creates with `nonce` (below 2^64)."""
    number = b"" if nonce == 0 else nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    encoded = number if len(number) == 1 and number[0] < 0x80 else bytes([0x80 + len(number)]) + number
    payload = b"\x94" + bytes.fromhex(sender.removeprefix("0x")) + encoded
    return to_checksum_address(keccak(bytes([0xC0 + len(payload)]) + payload)[12:])


def deploy(
    node: Node,
    outbox: Outbox,
    deployer: str,
    union: Union,
    *,
    token: str | None = None,
    block_list: bool = True,
    cycle_seconds: int = 7 * 24 * 3600,
    progress: Callable[[str], None] = lambda step: None,
) -> Deployment:
    """Deploy everything, set the roles, publish the first rate card and renounce.

    `token` None deploys the test dollar, on local chains; `block_list` is the test dollar's. The
    deployer must send nothing else meanwhile. Raises
    DeploymentError when an address comes out other than planned; nothing of such a deployment is usable.
    """
    return _Deployer(node, outbox, deployer, union, cycle_seconds, block_list, progress).run(token)


class _Deployer:
    def __init__(
        self,
        node: Node,
        outbox: Outbox,
        deployer: str,
        union: Union,
        cycle_seconds: int,
        block_list: bool,
        progress: Callable[[str], None],
    ) -> None:
        self._node = node
        self._outbox = outbox
        self._deployer = deployer
        self._union = union
        self._cycle_seconds = cycle_seconds
        self._block_list = block_list
        self._progress = progress
        self._first_nonce = node.nonce(deployer)
        self._steps = 0

    def run(self, token: str | None) -> Deployment:
        names = ([TEST_TOKEN] if token is None else []) + [*LIBRARIES, *CONTRACTS]
        at = {name: contract_address(self._deployer, self._first_nonce + i) for i, name in enumerate(names)}
        token = token or at[TEST_TOKEN]
        libraries = {name: at[name] for name in LIBRARIES}
        arguments = self._arguments(at, token)
        intents = [self._creation(name, libraries, arguments.get(name, ())) for name in names]
        receipts = self._outbox.send_all(intents)
        for name, receipt in zip(names, receipts, strict=True):
            if receipt.contract is None or to_checksum_address(receipt.contract) != at[name]:
                raise DeploymentError(
                    f"{name} came to {receipt.contract}, not {at[name]}.",
                    hint="Deploy again with a key that sends nothing else.",
                )
        self._progress("contracts")
        self._hand_over(at)
        self._progress("roles")
        return Deployment(
            chain_id=self._node.chain_id(),
            block=receipts[0].block_number,
            token=token,
            cycle_seconds=self._cycle_seconds,
            epoch=self._epoch(at["Payroll"]),
            contracts={name: at[name] for name in CONTRACTS},
            libraries=libraries,
        )

    def _creation(self, name: str, libraries: dict[str, str], arguments: tuple[Any, ...]) -> Intent:
        code = load(name).creation_code(libraries) + interface(name).encode_constructor(*arguments)
        return Intent(key=self._key(f"create {name}"), to=None, data=code, note=f"create {name}")

    def _arguments(self, at: dict[str, str], token: str) -> dict[str, tuple[Any, ...]]:
        access = at["TrustAccess"]
        named = {
            "members": at["Members"],
            "records": at["Records"],
            "rateCard": at["RateCard"],
            "productions": at["Productions"],
            "licences": at["Licences"],
            "sceneGrants": at["SceneGrants"],
            "ledger": at["UsageLedger"],
            "payroll": at["Payroll"],
            "premiums": at["SubstitutionPremiums"],
            "payees": at["Payees"],
            "poolGrants": at["PoolGrants"],
            "collectiveLicences": at["CollectiveLicences"],
            "pools": at["Payroll"],
            "writersRooms": at["WritersRooms"],
            "provenance": at["Provenance"],
        }

        def modules(*names: str) -> dict[str, str]:
            return {name: named[name] for name in names}

        pooled = modules("members", "records", "rateCard", "productions", "pools")
        return {
            TEST_TOKEN: (self._block_list,),
            "TrustAccess": (self._deployer,),
            "Payees": (
                access,
                {
                    "benefitsPlan": self._union.benefits_plan,
                    "pipelineFund": self._union.pipeline_fund,
                    "union": self._union.dues,
                },
            ),
            "RateCard": (access,),
            "Members": (
                access,
                modules(
                    "records",
                    "licences",
                    "sceneGrants",
                    "premiums",
                    "poolGrants",
                    "collectiveLicences",
                    "writersRooms",
                    "provenance",
                    "payroll",
                ),
            ),
            "Records": (access, named["members"], named["rateCard"], named["productions"]),
            "Productions": (access, named["rateCard"], named["ledger"], named["payroll"]),
            "Licences": (
                access,
                modules("members", "records", "rateCard", "productions", "ledger", "payroll", "provenance"),
            ),
            "SceneGrants": (
                modules(
                    "members",
                    "rateCard",
                    "productions",
                    "licences",
                    "ledger",
                    "payroll",
                    "premiums",
                    "writersRooms",
                ),
            ),
            "UsageLedger": (named["productions"], named["licences"], named["sceneGrants"], named["payroll"]),
            "EnsemblePools": (
                token,
                self._cycle_seconds,
                modules(
                    "members",
                    "rateCard",
                    "productions",
                    "payees",
                    "poolGrants",
                    "collectiveLicences",
                    "writersRooms",
                ),
            ),
            "Payroll": (
                at["EnsemblePools"],
                modules("members", "productions", "licences", "sceneGrants", "ledger", "premiums", "payees"),
            ),
            "SubstitutionPremiums": (modules("members", "rateCard", "productions", "ledger", "payroll"),),
            "PoolGrants": (pooled, named["writersRooms"]),
            "CollectiveLicences": (pooled,),
            "HumanAuditCredits": (access, modules("members", "rateCard", "productions")),
            "WritersRooms": (modules("members", "rateCard", "productions", "pools"),),
            "Disclosures": (named["members"], named["productions"], named["writersRooms"]),
            "Provenance": (modules("members", "productions", "ledger"),),
        }

    def _hand_over(self, at: dict[str, str]) -> None:
        """Functions to roles, roles to holders, the first card; then the council, and the deployer out."""
        calls: list[tuple[str, str, tuple[Any, ...]]] = []
        for role, targets in PERMISSIONS.items():
            for name, functions in targets.items():
                selectors = [interface(name).selector(function) for function in functions]
                calls.append(("TrustAccess", "setTargetFunctionRole", (at[name], selectors, role)))
        calls.append(("TrustAccess", "grantRole", (Role.RATE_SETTER, self._deployer, 0)))
        calls.append(("RateCard", "publish", (self._union.card,)))
        calls.append(("TrustAccess", "revokeRole", (Role.RATE_SETTER, self._deployer)))
        for role, holder in self._union.holders.items():
            delay = TIMELOCK_SECONDS if role in DELAYED else 0
            calls.append(("TrustAccess", "grantRole", (role, holder, delay)))
        calls.append(("TrustAccess", "grantRole", (_ADMIN, self._union.council, TIMELOCK_SECONDS)))
        calls.append(("TrustAccess", "renounceRole", (_ADMIN, self._deployer)))
        intents = [
            Intent(
                key=self._key(f"{name}.{function}"),
                to=at[name],
                data=interface(name).encode(function, *arguments),
                note=f"{name}.{function}",
            )
            for name, function, arguments in calls
        ]
        # One by one: each is simulated on the state that the one before it leaves.
        for intent in intents:
            self._outbox.send(intent)

    def _epoch(self, payroll: str) -> int:
        answer = self._node.eth_call(payroll, interface("Payroll").encode("EPOCH"))
        return int(interface("Payroll").decode("EPOCH", answer))

    def _key(self, step: str) -> str:
        self._steps += 1
        return f"deploy {self._deployer} {self._first_nonce} {self._steps} {step}"

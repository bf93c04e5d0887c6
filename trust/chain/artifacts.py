"""The contracts as they ship in the package: ABI, bytecode, links, and what each error asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trust.errors import DeploymentError

#: Contracts that hold state and emit events, in the order in which they are deployed.
CONTRACTS = (
    "TrustAccess",
    "Payees",
    "RateCard",
    "Members",
    "Records",
    "Productions",
    "Licences",
    "SceneGrants",
    "UsageLedger",
    "Payroll",
    "SubstitutionPremiums",
    "PoolGrants",
    "CollectiveLicences",
    "WritersRooms",
    "Disclosures",
    "Provenance",
    "HumanAuditCredits",
)

#: Code that other contracts run as their own: deployed before them, holding nothing.
LIBRARIES = ("MemberBooks", "EnsemblePools", "CreditLabel")
TEST_TOKEN = "TestDollar"

_FOLDER = Path(__file__).with_name("artifacts")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract. `links` maps a library to the byte offsets of its address in `bytecode` (hex)."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str
    links: dict[str, tuple[int, ...]]
    errors: dict[str, str]

    def creation_code(self, libraries: dict[str, str]) -> bytes:
        """Bytecode with library addresses filled in. Raises DeploymentError when one is missing."""
        code = self.bytecode
        for library, offsets in self.links.items():
            if library not in libraries:
                raise DeploymentError(f"{self.name} needs the library {library}.", hint="Deploy it first.")
            address = libraries[library].removeprefix("0x").lower()
            for offset in offsets:
                code = code[: offset * 2] + address + code[offset * 2 + 40 :]
        return bytes.fromhex(code)


@cache
def load(name: str) -> Artifact:
    """The artifact of a contract. Raises DeploymentError when the package doesn't ship it."""
    try:
        text = (_FOLDER / f"{name}.json").read_text()
    except FileNotFoundError as cause:
        raise DeploymentError(
            f"This installation has no contract {name}.", hint="Install the package again."
        ) from cause
    raw = json.loads(text)
    links = {library: tuple(offsets) for library, offsets in raw["links"].items()}
    return Artifact(raw["name"], tuple(raw["abi"]), raw["bytecode"], links, raw["errors"])

"""Where the contracts are: a deployment and its file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from trust.chain.artifacts import CONTRACTS
from trust.errors import DeploymentError

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment on one chain.

    `block` is the first block that can hold an event of it, `cycle_seconds` the length of a payroll cycle,
    `epoch` the start of cycle 0 (Unix seconds).
    """

    chain_id: int
    block: int
    token: str
    cycle_seconds: int
    epoch: int
    contracts: dict[str, str]
    libraries: dict[str, str]

    def address(self, name: str) -> str:
        """Address of a contract by its name."""
        return self.contracts[name]

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=2) + "\n")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file. Raises DeploymentError when it is missing, damaged or incomplete."""
        hint = "Give the deployment.json that the deployment wrote."
        try:
            raw: Any = json.loads(path.read_text())
        except FileNotFoundError as cause:
            raise DeploymentError(f"There is no deployment file {path}.", hint=hint) from cause
        except (OSError, ValueError) as cause:
            raise DeploymentError(f"{path} is not a deployment file.", hint=hint) from cause
        if not isinstance(raw, dict) or raw.pop("format", None) != _FORMAT:
            raise DeploymentError(f"{path} is not a deployment file of this version.", hint=hint)
        try:
            deployment = cls(**raw)
        except TypeError as cause:
            raise DeploymentError(f"{path} lacks or has unknown entries.", hint=hint) from cause
        missing = set(CONTRACTS) - set(deployment.contracts)
        if missing:
            raise DeploymentError(f"{path} lacks {', '.join(sorted(missing))}.", hint=hint)
        return deployment

"""An asset as its studio states it: who and what made it, and from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from trust.model import GrantId, MemberId, ProductionId
from trust.provenance.kinds import AssetKind, Form, Role

__all__ = [
    "NOBODY",
    "NO_GRANT",
    "Asset",
    "AssetKind",
    "Contribution",
    "Form",
    "Machine",
    "Role",
    "model_hash",
]

NO_GRANT: Final = GrantId(0)
NOBODY: Final = MemberId(0)

#: `IProvenance.Asset`, as ABI encoding has it.
_TYPE: Final = (
    "(uint24,bytes32,uint8,uint256,uint24,(uint24,uint8,uint16,bytes32)[],(bytes32,uint16)[],bytes32[])"
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """A member's part. `evidence_hash`: salted hash of what shows it, 32 bytes."""

    member: MemberId
    role: Role
    share_bps: int
    evidence_hash: bytes


@dataclass(frozen=True, slots=True)
class Machine:
    """A model's part. `model_hash` names the model and its version, 32 bytes."""

    model_hash: bytes
    share_bps: int


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset. `id` is the salted commitment to its content, 32 bytes; `parents` are ids of what it was made from.

    The contract checks it: shares sum to 10,000, members exist, parents are known and at most 16. The order of
    contributions, machines and parents doesn't matter; the contract's is made here.
    """

    production: ProductionId
    id: bytes
    kind: AssetKind
    contributions: Sequence[Contribution] = ()
    machines: Sequence[Machine] = ()
    parents: Sequence[bytes] = ()
    grant: GrantId = NO_GRANT
    prompt_author: MemberId = NOBODY

    def as_struct(self) -> dict[str, Any]:
        """As the contract takes it."""
        return {
            "productionId": self.production,
            "id": self.id,
            "kind": int(self.kind),
            "grantId": self.grant,
            "promptAuthor": self.prompt_author,
            "contributions": [
                {
                    "memberId": part.member,
                    "role": int(part.role),
                    "shareBps": part.share_bps,
                    "evidenceHash": part.evidence_hash,
                }
                for part in sorted(self.contributions, key=lambda part: (part.member, part.role))
            ],
            "machines": [
                {"modelHash": part.model_hash, "shareBps": part.share_bps}
                for part in sorted(self.machines, key=lambda part: part.model_hash)
            ],
            "parents": sorted(self.parents),
        }

    @property
    def leaf(self) -> bytes:
        """The asset's leaf in a batch: keccak256(keccak256(abi.encode(asset)))."""
        return keccak(keccak(encode([_TYPE], [_values(self.as_struct())])))


def model_hash(name: str) -> bytes:
    """The hash that names a model and its version: keccak256 of the name as it is."""
    return keccak(text=name)


def _values(struct: Any) -> Any:
    """Structs as tuples, which is what the encoder takes."""
    if isinstance(struct, dict):
        return tuple(_values(value) for value in struct.values())
    return [_values(value) for value in struct] if isinstance(struct, list) else struct

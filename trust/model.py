"""Domain types: ids, money, and what studios and reporters hand in. Everything is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, NewType

MemberId = NewType("MemberId", int)
ProductionId = NewType("ProductionId", int)
LicenceId = NewType("LicenceId", int)
GrantId = NewType("GrantId", int)
PoolId = NewType("PoolId", int)
#: Base units of a six-decimal dollar.
Money = NewType("Money", int)

UNITS_PER_DOLLAR = 1_000_000


class Modality(IntEnum):
    """What a record captures."""

    FACE = 0
    BODY = 1
    VOICE = 2
    MOTION = 3
    PERFORMANCE = 4
    SCRIPT = 5


class AssetClass(IntEnum):
    """PASSIVE: touch-up or background placement. ACTIVE: actions or lines that were never recorded."""

    PASSIVE = 0
    ACTIVE = 1


class ReplicaType(IntEnum):
    """How the replica came to be."""

    EMPLOYMENT_BASED = 0
    INDEPENDENT = 1
    BACKGROUND = 2


class UseKind(IntEnum):
    """What a use did; a PASSIVE grant carries the first two only."""

    TOUCH_UP = 0
    PLACEMENT = 1
    NEW_ACTION = 2
    NEW_LINE = 3


class Representation(IntEnum):
    """Who advised the member on a consent."""

    UNION = 0
    COUNSEL = 1


class Craft(IntEnum):
    """What a member does for a living."""

    PERFORMER = 0
    BACKGROUND_PERFORMER = 1
    STUNT_PERFORMER = 2
    VOICE_PERFORMER = 3
    WRITER = 4


class MaterialKind(IntEnum):
    """What machine-made material is to the member who works from it. The first two are script work."""

    BEAT_SHEET = 0
    DRAFT = 1
    STORYBOARD = 2
    DESIGN = 3
    PERFORMANCE_REFERENCE = 4


class Charge(IntEnum):
    """What a charge paid for."""

    LICENCE_FEE = 0
    TRAINING_FEE = 1
    EXTENSION_FEE = 2
    SCENE_FEE = 3
    ITERATION_FEE = 4
    PREMIUM = 5
    OTHER = 6


def mask(modalities: Iterable[Modality]) -> int:
    """The bit mask that contracts use for a set of modalities."""
    bits = 0
    for modality in modalities:
        bits |= 1 << modality
    return bits


def modalities_of(bits: int) -> tuple[Modality, ...]:
    """The modalities of a bit mask."""
    return tuple(modality for modality in Modality if bits & (1 << modality))


def dollars(amount: int) -> Money:
    """Whole dollars in base units."""
    return Money(amount * UNITS_PER_DOLLAR)


def shown(amount: int) -> str:
    """Base units as a person reads them, to the unit: 1,234.50, or 1,234.567891 where cents don't do."""
    whole, units = divmod(abs(amount), UNITS_PER_DOLLAR)
    text = f"{units:06d}"
    return f"{'-' if amount < 0 else ''}{whole:,}.{text[:2] if text[2:] == '0000' else text}"


def licence_id(production: ProductionId, member: MemberId) -> LicenceId:
    """Number of the one licence a production can hold of a member."""
    return LicenceId(production << 24 | member)


def licence_parts(licence: LicenceId) -> tuple[ProductionId, MemberId]:
    """Production and member of a licence's number."""
    return ProductionId(licence >> 24), MemberId(licence & 0xFFFFFF)


#: A synthetic depth that no dataset exceeds: the depth of what isn't proven.
NO_DEPTH_CAP = 0xFFFF


@dataclass(frozen=True, slots=True)
class LicenceOrder:
    """What a studio orders. Times in Unix seconds, fees in base units, `terms_hash` 32 bytes.

    `max_synthetic_depth` caps the datasets of training runs: machine generations on the longest path.
    """

    production: ProductionId
    member: MemberId
    modalities: frozenset[Modality]
    starts: int
    expires: int
    terms_hash: bytes
    rate_card_version: int
    licence_fee: Money
    training_fee: Money = Money(0)
    max_synthetic_depth: int = NO_DEPTH_CAP

    def as_struct(self) -> dict[str, Any]:
        """As the contract takes it."""
        return {
            "productionId": self.production,
            "memberId": self.member,
            "modalities": mask(self.modalities),
            "training": self.training_fee > 0,
            "starts": self.starts,
            "expires": self.expires,
            "termsHash": self.terms_hash,
            "rateCardVersion": self.rate_card_version,
            "licenceFee": self.licence_fee,
            "trainingFee": self.training_fee,
            "maxSyntheticDepth": self.max_synthetic_depth,
        }


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a grant. `used_at` in Unix seconds; hashes of 32 bytes."""

    grant: GrantId
    kind: UseKind
    used_at: int
    iterations: int
    output_seconds: int
    output_hash: bytes
    prompt_commitment: bytes
    model: bytes

    def as_struct(self) -> dict[str, Any]:
        """As the contract takes it."""
        return {
            "grantId": self.grant,
            "kind": self.kind,
            "usedAt": self.used_at,
            "iterations": self.iterations,
            "outputSeconds": self.output_seconds,
            "outputHash": self.output_hash,
            "promptCommitment": self.prompt_commitment,
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Savings:
    """What a double saved in all until now, by category, base units."""

    travel: int = 0
    lodging: int = 0
    insurance: int = 0
    overtime: int = 0
    reshoots: int = 0
    other: int = 0

    def as_struct(self) -> dict[str, int]:
        """As the contract and the typed data take it."""
        return asdict(self)

    @property
    def total(self) -> Money:
        """Sum of the categories."""
        return Money(sum(asdict(self).values()))


@dataclass(frozen=True, slots=True)
class BackgroundTerms:
    """What everyone in a crowd signs. `price` is one use of the scene, gross, a unit."""

    production: ProductionId
    scene_hash: bytes
    rate_card_version: int
    description: str
    modalities: frozenset[Modality]
    price: Money
    max_uses: int
    not_before: int
    expires: int
    representation: Representation = Representation.UNION

    def as_struct(self) -> dict[str, Any]:
        """As the contract and the typed data take it."""
        return {
            "productionId": self.production,
            "sceneHash": self.scene_hash,
            "rateCardVersion": self.rate_card_version,
            "description": self.description,
            "modalities": mask(self.modalities),
            "price": self.price,
            "maxUses": self.max_uses,
            "notBefore": self.not_before,
            "expires": self.expires,
            "representation": int(self.representation),
        }


@dataclass(frozen=True, slots=True)
class CollectiveTerms:
    """What many members sign for one training run. `price` is the run, gross, a unit."""

    production: ProductionId
    rate_card_version: int
    description: str
    modalities: frozenset[Modality]
    price: Money
    not_before: int
    expires: int

    def as_struct(self) -> dict[str, Any]:
        """As the contract and the typed data take it."""
        return {
            "productionId": self.production,
            "rateCardVersion": self.rate_card_version,
            "description": self.description,
            "modalities": mask(self.modalities),
            "price": self.price,
            "notBefore": self.not_before,
            "expires": self.expires,
        }

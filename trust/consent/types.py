"""What members, guardians and studios sign, field by field as the contracts hash it (EIP-712)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trust.errors import ConsentError

Field = tuple[str, str]

_SAVINGS: tuple[Field, ...] = tuple(
    ("uint64", name) for name in ("travel", "lodging", "insurance", "overtime", "reshoots", "other")
)
_ONCE: tuple[Field, ...] = (("uint256", "nonce"), ("uint256", "deadline"))

_BACKGROUND_TERMS: tuple[Field, ...] = (
    ("uint24", "productionId"),
    ("bytes32", "sceneHash"),
    ("uint16", "rateCardVersion"),
    ("string", "description"),
    ("uint8", "modalities"),
    ("uint64", "price"),
    ("uint32", "maxUses"),
    ("uint40", "notBefore"),
    ("uint40", "expires"),
    ("uint8", "representation"),
)
_COLLECTIVE_TERMS: tuple[Field, ...] = (
    ("uint24", "productionId"),
    ("uint16", "rateCardVersion"),
    ("string", "description"),
    ("uint8", "modalities"),
    ("uint64", "price"),
    ("uint40", "notBefore"),
    ("uint40", "expires"),
)

_DEPARTMENTS: tuple[Field, ...] = tuple(
    ("uint32", name)
    for name in ("writing", "performance", "design", "editing", "musicAndSound", "visualEffects")
)

#: One material given to one member. The kind is Disclosures' enum.
_MATERIAL: tuple[Field, ...] = (
    ("uint24", "productionId"),
    ("uint24", "memberId"),
    ("uint8", "kind"),
    ("bytes32", "materialHash"),
)

_CONTRIBUTION: tuple[Field, ...] = (("uint24", "memberId"), ("uint16", "shareBps"))

#: Structs that consents contain.
STRUCTS: dict[str, tuple[Field, ...]] = {
    "Savings": _SAVINGS,
    "BackgroundTerms": _BACKGROUND_TERMS,
    "CollectiveTerms": _COLLECTIVE_TERMS,
    "Contribution": _CONTRIBUTION,
    "Departments": _DEPARTMENTS,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of consent: the contracts that check it, and its fields in the order in which they are hashed.

    `contract` is the one that checks it, empty when there are several and the consent must say which.
    """

    name: str
    contracts: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def contract(self) -> str:
        return self.contracts[0] if len(self.contracts) == 1 else ""


def _kind(name: str, contract: str, *fields: Field) -> tuple[str, Kind]:
    return name, Kind(name, tuple(contract.split()), fields)


def _pooled(name: str, contract: str, terms: str) -> tuple[str, Kind]:
    """A member's signature under terms that are the same for many."""
    own: tuple[Field, ...] = (("uint32", "poolId"), ("uint24", "memberId"), ("uint32", "units"))
    return _kind(name, contract, *own, (terms, "terms"), *_ONCE)


#: Every type of consent by name.
KINDS: dict[str, Kind] = dict(
    (
        _kind(
            "ScanConsent",
            "Records",
            ("uint24", "memberId"),
            ("uint24", "productionId"),
            ("uint8", "modalities"),
            ("string", "description"),
            ("bool", "noticeWaived"),
            ("uint8", "representation"),
            *_ONCE,
        ),
        _kind("Erasure", "Records", ("uint256", "recordId")),
        _kind(
            "TrainingConsent",
            "Licences",
            ("uint24", "productionId"),
            ("uint24", "memberId"),
            ("uint8", "modalities"),
            ("uint40", "expires"),
            ("uint16", "rateCardVersion"),
            ("uint64", "trainingFee"),
            ("uint16", "maxSyntheticDepth"),
            ("string", "description"),
            *_ONCE,
        ),
        _kind(
            "LicenceExtension",
            "Licences",
            ("uint256", "licenceId"),
            ("uint40", "expires"),
            ("uint64", "fee"),
            *_ONCE,
        ),
        _kind("LicenceRevocation", "Licences", ("uint256", "licenceId")),
        _kind(
            "SceneConsent",
            "SceneGrants",
            ("uint256", "licenceId"),
            ("bytes32", "sceneHash"),
            ("uint16", "rateCardVersion"),
            ("string", "description"),
            ("uint8", "assetClass"),
            ("uint8", "replicaType"),
            ("uint32", "maxIterations"),
            ("uint32", "maxSeconds"),
            ("uint64", "maxSpend"),
            ("uint16", "digitalDays"),
            ("uint16", "longestStreamWeeks"),
            ("uint40", "notBefore"),
            ("uint40", "expires"),
            ("uint64", "fee"),
            ("uint64", "iterationFee"),
            ("uint8", "representation"),
            *_ONCE,
        ),
        _kind("GrantRevocation", "SceneGrants", ("uint256", "grantId")),
        _kind("FinalCount", "SceneGrants", ("uint256", "grantId"), ("uint32", "unusedIterations")),
        _kind(
            "Restatement",
            "SubstitutionPremiums",
            ("uint256", "grantId"),
            ("Savings", "savings"),
            ("bytes32", "evidenceHash"),
            *_ONCE,
        ),
        _kind("PayoutChange", "Members", ("uint24", "memberId"), ("address", "wallet"), *_ONCE),
        _kind(
            "PayoutCancellation",
            "Members",
            ("uint24", "memberId"),
            ("address", "wallet"),
            ("uint40", "effectiveAt"),
        ),
        _kind(
            "Delegation",
            "Members",
            ("uint24", "memberId"),
            ("address", "delegate"),
            ("bool", "allowed"),
            *_ONCE,
        ),
        _kind(
            "AgentAppointment",
            "Members",
            ("uint24", "memberId"),
            ("address", "agent"),
            ("uint16", "shareBps"),
            *_ONCE,
        ),
        _kind("RecoveryCancellation", "Members", ("uint24", "memberId"), ("uint40", "payoutFrom")),
        _kind("ConsentCancellation", "Members", ("uint24", "memberId"), ("uint256", "nonce")),
        _pooled("BackgroundConsent", "PoolGrants", "BackgroundTerms"),
        _pooled("CollectiveTrainingConsent", "CollectiveLicences", "CollectiveTerms"),
        _kind(
            "PoolRevocation",
            "PoolGrants CollectiveLicences",
            ("uint32", "poolId"),
            ("uint24", "memberId"),
        ),
        _kind("DisclosureAcknowledgement", "Disclosures", *_MATERIAL, ("uint256", "deadline")),
        _kind(
            "DisclosureContest",
            "Disclosures",
            *_MATERIAL,
            ("bytes32", "reasonHash"),
            ("uint256", "deadline"),
        ),
        _kind("UndisclosedReport", "Disclosures", *_MATERIAL, ("uint256", "deadline")),
        _kind(
            "RoomJoin",
            "WritersRooms",
            ("uint24", "productionId"),
            ("uint24", "memberId"),
            ("uint40", "starts"),
            ("uint16", "wholeWeeks"),
            *_ONCE,
        ),
        _kind("RoomLeave", "WritersRooms", ("uint24", "productionId"), ("uint24", "memberId"), *_ONCE),
        _kind(
            "SoleTeam",
            "WritersRooms",
            ("uint24", "productionId"),
            ("uint24", "memberId"),
            ("uint24[]", "writers"),
            *_ONCE,
        ),
        _kind(
            "ContributionStatement",
            "WritersRooms",
            ("uint32", "poolId"),
            ("uint24", "memberId"),
            ("uint16", "version"),
            ("bytes32", "assetsRoot"),
            ("Contribution[]", "contributions"),
            *_ONCE,
        ),
        _kind(
            "ContributionConfirmation",
            "Provenance",
            ("bytes32", "assetId"),
            ("uint24", "memberId"),
            ("uint8", "role"),
            ("uint16", "shareBps"),
            *_ONCE,
        ),
        _kind(
            "ContributionDispute",
            "Provenance",
            ("bytes32", "assetId"),
            ("uint24", "memberId"),
            ("bytes32", "reasonHash"),
            *_ONCE,
        ),
        _kind(
            "ArchiveDeclaration",
            "Provenance",
            ("uint24", "memberId"),
            ("bytes32", "root"),
            ("uint32", "items"),
            ("uint8", "dataMining"),
            ("uint8", "aiInference"),
            ("uint8", "aiGenerativeTraining"),
            ("uint8", "aiTraining"),
            ("bytes32", "constraintHash"),
            ("string", "description"),
            *_ONCE,
        ),
        _kind(
            "Attestation",
            "HumanAuditCredits",
            ("uint24", "productionId"),
            ("address", "auditor"),
            ("uint16", "rulesVersion"),
            ("uint32", "corrects"),
            ("uint48", "asOfBlock"),
            ("bytes32", "asOfBlockHash"),
            ("Departments", "humanLed"),
            ("Departments", "machineLed"),
            ("bytes32", "evidenceRoot"),
            ("bytes32", "credentialKey"),
            ("uint40", "deadline"),
        ),
        _kind(
            "CreditChallenge",
            "HumanAuditCredits",
            ("uint32", "creditId"),
            ("uint24", "memberId"),
            ("bytes32", "reasonHash"),
        ),
        _kind("CreditRevocation", "HumanAuditCredits", ("uint32", "creditId"), ("bytes32", "reasonHash")),
    )
)

_REFERENCE = re.compile(r" \[ref [0-9a-f]{32}\]$")
_LONGEST_DESCRIPTION = 2_000
#: Most that one consent lists: a writers' room has at most 255.
_LONGEST_LIST = 255


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing to sign. `message` has the kind's fields: integers, bytes32 as bytes, addresses as text.

    `contract` is the name of the contract that checks it. Raises ConsentError when a field is missing, unknown
    or out of range, or when the description can't stand in plain words.
    """

    kind: str
    message: Mapping[str, Any]
    contract: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConsentError(
                f"There is no consent called {self.kind!r}.", hint=f"Known: {', '.join(KINDS)}."
            )
        kind = KINDS[self.kind]
        object.__setattr__(self, "contract", self.contract or kind.contract)
        if self.contract not in kind.contracts:
            raise ConsentError(
                f"A {self.kind} needs the contract that checks it.",
                hint=f"Give {' or '.join(kind.contracts)}.",
            )
        _check_fields(self.kind, kind.fields, self.message)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Type and name of each field, in hashing order."""
        return KINDS[self.kind].fields


def describe(words: str, reference: str | None = None) -> str:
    """Plain words with a random 128-bit reference at the end, so that their hash can't be guessed.

    Words that end in a reference are left as they are.
    """
    if reference is None and _REFERENCE.search(words):
        return words
    text = " ".join(words.split())
    if not text:
        raise ConsentError(
            "A consent needs a description in plain words.", hint="Say what the replica will do."
        )
    return f"{text} [ref {reference or secrets.token_hex(16)}]"


def _check_fields(where: str, fields: tuple[Field, ...], message: Mapping[str, Any]) -> None:
    names = [name for _, name in fields]
    missing, unknown = [n for n in names if n not in message], [n for n in message if n not in names]
    if missing or unknown:
        raise ConsentError(
            f"This {where} "
            + " and ".join(
                part
                for part in (
                    f"lacks {', '.join(missing)}" if missing else "",
                    f"has unknown {', '.join(unknown)}" if unknown else "",
                )
                if part
            )
            + ".",
            hint="Build it with `trust consent new`.",
        )
    for kind, name in fields:
        _check_value(where, kind, name, message[name])


def element(kind: str) -> str | None:
    """What a list is of; None for what is no list."""
    return kind[:-2] if kind.endswith("[]") else None


def _check_value(where: str, kind: str, name: str, value: Any) -> None:
    of = element(kind)
    if of is not None:
        if not isinstance(value, list | tuple) or not 0 < len(value) <= _LONGEST_LIST:
            raise ConsentError(f"{name} of this {where} must list 1 to {_LONGEST_LIST} values.")
        for number, part in enumerate(value):
            _check_value(where, of, f"{name}[{number}]", part)
        return
    if kind in STRUCTS:
        if not isinstance(value, Mapping):
            raise ConsentError(f"{name} of this {where} must hold {', '.join(n for _, n in STRUCTS[kind])}.")
        _check_fields(f"{where}.{name}", STRUCTS[kind], value)
        return
    if kind.startswith("uint"):
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2 ** int(kind[4:])
    elif kind == "bytes32":
        good = isinstance(value, bytes) and len(value) == 32
    elif kind == "address":
        good = isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{40}", value) is not None
    elif kind == "bool":
        good = isinstance(value, bool)
    else:
        good = isinstance(value, str) and 0 < len(value) <= _LONGEST_DESCRIPTION
    if not good:
        raise ConsentError(f"{name} of this {where} must be a {kind}, not {value!r}.")
    if name == "description" and not _REFERENCE.search(value):
        raise ConsentError(
            f"The description of this {where} lacks its random reference.",
            hint="End it with ' [ref ' and 32 hex digits, as `trust consent new` does.",
        )

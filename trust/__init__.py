"""Likeness Trust: licences, streamed pay and audited usage of performers' digital replicas."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trust.chain.deployments import Deployment
    from trust.client import Trust
    from trust.consent import Consent, SignedConsent, describe, sign, verify
    from trust.errors import ContractRefused, TrustError
    from trust.index import Index
    from trust.model import (
        AssetClass,
        Craft,
        LicenceOrder,
        Modality,
        ReplicaType,
        Representation,
        Savings,
        Use,
    )

# Loaded when first used, so that `import trust` stays fast.
_HOMES = {
    "AssetClass": "trust.model",
    "Consent": "trust.consent",
    "ContractRefused": "trust.errors",
    "Craft": "trust.model",
    "Deployment": "trust.chain.deployments",
    "Index": "trust.index",
    "LicenceOrder": "trust.model",
    "Modality": "trust.model",
    "ReplicaType": "trust.model",
    "Representation": "trust.model",
    "Savings": "trust.model",
    "SignedConsent": "trust.consent",
    "Trust": "trust.client",
    "TrustError": "trust.errors",
    "Use": "trust.model",
    "describe": "trust.consent",
    "sign": "trust.consent",
    "verify": "trust.consent",
}

__all__ = [
    "AssetClass",
    "Consent",
    "ContractRefused",
    "Craft",
    "Deployment",
    "Index",
    "LicenceOrder",
    "Modality",
    "ReplicaType",
    "Representation",
    "Savings",
    "SignedConsent",
    "Trust",
    "TrustError",
    "Use",
    "describe",
    "sign",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]

"""Consents: typed data that members sign, offline if they like, and that contracts check."""

from trust.consent.files import load, save
from trust.consent.signing import SignedConsent, digest, sign, signer_of, typed_data, verify
from trust.consent.types import KINDS, Consent, describe

__all__ = [
    "KINDS",
    "Consent",
    "SignedConsent",
    "describe",
    "digest",
    "load",
    "save",
    "sign",
    "signer_of",
    "typed_data",
    "verify",
]

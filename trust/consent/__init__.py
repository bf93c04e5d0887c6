"""Consents: typed data that members sign, offline if they like, and that contracts check."""

from trust.consent.files import load, save
from trust.consent.signing import SignedConsent, digest, sign, signer_of, typed_data, verify
from trust.consent.terms import Terms, load_terms
from trust.consent.types import KINDS, Consent, describe

__all__ = [
    "KINDS",
    "Consent",
    "SignedConsent",
    "Terms",
    "describe",
    "digest",
    "load",
    "load_terms",
    "save",
    "sign",
    "signer_of",
    "typed_data",
    "verify",
]

"""The vectors that Solidity checks too (tests/forge/ConsentVectors.t.sol)."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from trust.consent import KINDS, Consent, SignedConsent, digest, signer_of
from trust.consent.types import STRUCTS, Field, element

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = json.loads((FOLDER / "consents.json").read_text())
EACH = pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["kind"])


def read(fields: tuple[Field, ...], raw: dict[str, Any]) -> dict[str, Any]:
    message = {}
    for kind, name in fields:
        of = element(kind)
        if of in STRUCTS:
            message[name] = [read(STRUCTS[of], part) for part in raw[name]]
        elif kind in STRUCTS:
            message[name] = read(STRUCTS[kind], raw[name])
        else:
            message[name] = bytes.fromhex(raw[name][2:]) if kind == "bytes32" else raw[name]
    return message


@EACH
def test_digest_and_signer_are_the_vectors(vector: dict[str, Any]) -> None:
    message = read(KINDS[vector["kind"]].fields, vector["message"])
    consent = Consent(vector["kind"], message, vector["contract"])
    chain_id, contract = VECTORS["chainId"], vector["verifyingContract"]
    assert digest(consent, chain_id, contract).hex() == vector["digest"][2:]
    signature = bytes.fromhex(vector["signature"][2:])
    signed = SignedConsent(consent, chain_id, contract, VECTORS["signer"], signature)
    assert signer_of(signed) == VECTORS["signer"]
    assert signer_of(SignedConsent(consent, 1, contract, VECTORS["signer"], signature)) != VECTORS["signer"]


@EACH
def test_fields_stand_in_hashing_order(vector: dict[str, Any]) -> None:
    assert vector["fields"] == [f"{kind} {name}" for kind, name in KINDS[vector["kind"]].fields]


def test_every_kind_has_a_vector_and_none_is_stale() -> None:
    assert [vector["kind"] for vector in VECTORS["vectors"]] == list(KINDS)
    assert runpy.run_path(str(FOLDER / "make.py"))["make"]() == VECTORS

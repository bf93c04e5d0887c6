"""A dossier's two files, as evidence makes them: JSON with the facts and their proofs, and a page for people."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from trust.chain.artifacts import CONTRACTS
from trust.chain.deployments import Deployment
from trust.chain.rpc import blob, hexed
from trust.errors import InputError
from trust.evidence.evidence import essential
from trust.evidence.files import PackedDeployment
from trust.evidence.proofs import CarriedBlock, unhexed
from trust.lineage.dossier import Dossier
from trust.lineage.evidence import LineageEvidence
from trust.proof import Header, rlp

FORMAT = 1
_HINT = "Give the .json file that `trust provenance dossier` wrote, unchanged and whole."
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Carried(msgspec.Struct):
    """What a dossier's file carries; its facts follow from it."""

    format: Annotated[int, Meta(ge=0, lt=2**31)]
    asset: Annotated[str, Meta(pattern="^0x[0-9a-f]{64}$")]
    generations: Annotated[int, Meta(ge=0, lt=2**31)] | None
    deployment: PackedDeployment
    facts: dict[str, Any]
    headers: Annotated[list[str], Meta(min_length=1)]
    blocks: list[CarriedBlock]


def json_file(evidence: LineageEvidence, found: Dossier) -> bytes:
    """The file for programs: facts first, then what proves them."""
    deployment = evidence.deployment
    told = {
        "format": FORMAT,
        "asset": hexed(evidence.asset),
        "generations": evidence.generations,
        "deployment": {
            "chain_id": deployment.chain_id,
            "block": deployment.block,
            "token": deployment.token,
            "contracts": deployment.contracts,
        },
        "facts": asdict(found),
        "headers": [hexed(header.raw) for header in evidence.headers],
        "blocks": msgspec.to_builtins(evidence.blocks),
    }
    return json.dumps(told, indent=1).encode() + b"\n"


def read_dossier(file: bytes) -> tuple[LineageEvidence, dict[str, Any]]:
    """The evidence in a dossier's JSON, and the facts it tells. Raises InputError when it can't be read."""
    try:
        told = msgspec.json.decode(file, type=Carried)
    except _UNREADABLE as cause:
        raise InputError(f"This is no dossier: {cause}.", hint=_HINT) from cause
    if told.format != FORMAT:
        hint = "Check it with the release of Likeness Trust that wrote it."
        raise InputError(f"This dossier has format {told.format}; this program reads {FORMAT}.", hint=hint)
    packed = told.deployment
    if set(packed.contracts) != set(CONTRACTS):
        raise InputError("This dossier's deployment has other contracts than this program knows.", hint=_HINT)
    try:
        headers = tuple(Header.decode(unhexed(text)) for text in told.headers)
    except rlp.Malformed as cause:
        raise InputError(f"The headers of this dossier can't be read: {cause}.", hint=_HINT) from cause
    deployment = Deployment(packed.chain_id, packed.block, packed.token, 0, 0, packed.contracts, {})
    evidence = LineageEvidence(
        blob(told.asset), told.generations, essential(deployment), headers, tuple(told.blocks)
    )
    return evidence, told.facts

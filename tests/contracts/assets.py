"""Assets as tests register them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak
from world import World

from trust.consent import SignedConsent, describe
from trust.model import MemberId
from trust.nouns.provenance import Provenance
from trust.provenance.asset import Asset, AssetKind, Contribution, Machine, Role, model_hash

MODEL = model_hash("example model 1")


def named(name: str) -> bytes:
    """An id, or any hash."""
    return keccak(text=name)


def made(
    world: World,
    name: str,
    parents: Sequence[bytes] = (),
    *,
    human: int = 0,
    machine: int = 10_000,
    **fields: Any,
) -> Asset:
    """An asset by a machine, by Ann, or by both; `fields` overrides any field."""
    parts = [Contribution(world.ann.id, Role.AUTHORSHIP, human, named("evidence"))] if human else []
    given: dict[str, Any] = {
        "production": world.production,
        "id": named(name),
        "kind": AssetKind.DRAFT,
        "contributions": parts,
        "machines": [Machine(MODEL, machine)] if machine else [],
        "parents": list(parents),
    }
    return Asset(**(given | fields))


def by_hand(world: World, name: str, parents: Sequence[bytes] = (), **fields: Any) -> Asset:
    """An asset that Ann made alone."""
    return made(world, name, parents, human=10_000, machine=0, **fields)


def hybrid(world: World, name: str, parents: Sequence[bytes] = (), **fields: Any) -> Asset:
    """Three members' and a model's; Ann wrote the prompt."""
    parts = [
        Contribution(world.ann.id, Role.AUTHORSHIP, 3_000, named("outline")),
        Contribution(world.ben.id, Role.SELECTION, 2_000, named("choice")),
        Contribution(world.cleo.id, Role.MODIFICATION, 1_000, named("revision")),
    ]
    given: dict[str, Any] = {"contributions": parts, "prompt_author": world.ann.id, "grant": world.grant}
    return made(world, name, parents, machine=4_000, **(given | fields))


def studio(world: World) -> Provenance:
    return world.stage.studio.provenance


def register(world: World, *assets: Asset) -> list[bytes]:
    """The studio registers them; their ids."""
    for asset in assets:
        studio(world).register(asset)
    return [asset.id for asset in assets]


def confirmation(world: World, asset: bytes, **fields: Any) -> dict[str, Any]:
    """Ann's, of a tenth part's authorship."""
    given = {"assetId": asset, "memberId": world.ann.id, "role": Role.AUTHORSHIP, "shareBps": 1_000}
    return given | world.stage.once(world.ann.id) | fields


def dispute(world: World, asset: bytes, **fields: Any) -> dict[str, Any]:
    """Ben's."""
    given = {"assetId": asset, "memberId": world.ben.id, "reasonHash": named("I wrote it")}
    return given | world.stage.once(world.ben.id) | fields


def declaration(world: World, **fields: Any) -> dict[str, Any]:
    """Ann's archive: mining is allowed, generative training is not, other training on conditions."""
    given: dict[str, Any] = {
        "memberId": world.ann.id,
        "root": named("archive"),
        "items": 12,
        "dataMining": 1,
        "aiInference": 0,
        "aiGenerativeTraining": 2,
        "aiTraining": 3,
        "constraintHash": named("conditions"),
        "description": describe("My songs of twelve years."),
    }
    return given | world.stage.once(MemberId(given["memberId"])) | fields


def as_struct(signed: SignedConsent) -> dict[str, Any]:
    return dict(signed.consent.message)

"""Every kind of consent with a nonce: how it is made, and how it is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import room_consents
from assets import confirmation, declaration, dispute, hybrid, named, register, studio
from deals import KINDS, background_terms, collective_terms, open_deal, submit, terms_hash
from rooms import open_room
from wishes import appointment, delegation, payout_change
from world import EVIDENCE, World

from trust.consent import SignedConsent
from trust.model import dollars
from trust.stage import Player


@dataclass(frozen=True)
class Case:
    """How a kind of consent is made and handed in, and by whom it is signed."""

    message: Callable[[World], dict[str, Any]]
    submit: Callable[[World, SignedConsent], object]
    prepare: Callable[[World], object] = lambda world: None
    who: str = "ann"


def scan_message(world: World) -> dict[str, Any]:
    return {
        "memberId": world.cleo.id,
        "productionId": 0,
        "modalities": 0b000101,
        "description": "My face and voice. [ref 00000000000000000000000000000001]",
        "noticeWaived": True,
        "representation": 0,
        **world.stage.once(world.cleo.id),
    }


def pool(world: World, signed: SignedConsent) -> object:
    deposits = [{"modality": 0, "commitment": EVIDENCE}]
    message = dict(signed.consent.message)
    return world.write("custodian", "Records", "pool", message, deposits, signed.signature)


def training_message(world: World) -> dict[str, Any]:
    return dict(world.training_order(world.ben, max_depth=5)[1].consent.message)


def train(world: World, signed: SignedConsent) -> object:
    message = signed.consent.message
    names = (
        "productionId",
        "memberId",
        "modalities",
        "expires",
        "rateCardVersion",
        "trainingFee",
        "maxSyntheticDepth",
    )
    order = world.order(world.ben, training=True) | {name: message[name] for name in names}
    return world.buy(order, signed)


def grant(world: World, signed: SignedConsent) -> object:
    return world.stage.studio.scenes.grant(signed, world.breakdown.proof(2))


def restate(world: World, signed: SignedConsent) -> object:
    return world.stage.studio.premiums.restate(signed, world.streams)


def signed_terms(contract: str) -> Case:
    """Terms that Ben signs for himself, with seven units."""

    def message(world: World) -> dict[str, Any]:
        make = background_terms if contract == "PoolGrants" else collective_terms
        deal = open_deal(world, contract, make(world))
        return deal.message(world.ben, 7)

    def hand_in(world: World, signed: SignedConsent) -> object:
        """To terms as the message has them: those he saw, else others that the studio opened."""
        pool, terms = signed.consent.message["poolId"], signed.consent.message["terms"]
        opened = world.read(contract, "dealOf", pool)
        if opened["expires"] and opened["termsHash"] != terms_hash(contract, terms):
            pool = open_deal(world, contract, terms).pool
        return submit(world, pool, contract, signed)

    return Case(message, hand_in, who="ben")


def relay(function: str) -> Callable[[World, SignedConsent], object]:
    def submit(world: World, signed: SignedConsent) -> object:
        return world.write("keeper", "Members", function, dict(signed.consent.message), signed.signature)

    return submit


CASES = {
    "ScanConsent": Case(scan_message, pool, who="cleo"),
    "TrainingConsent": Case(training_message, train, who="ben"),
    "SceneConsent": Case(lambda world: world.scene(world.ann, maxSpend=10**12), grant),
    "LicenceExtension": Case(
        lambda world: dict(world.extension(world.ann).consent.message),
        lambda world, signed: world.stage.studio.licences.extend(signed),
        prepare=lambda world: world.later_schedule(),
    ),
    "Restatement": Case(
        lambda world: dict(world.restatement(world.ann, dollars(50_000)).consent.message),
        restate,
        prepare=lambda world: world.file(dollars(100_000)),
    ),
    "PayoutChange": Case(
        lambda world: payout_change(world, world.address("heir")), relay("requestPayoutChange")
    ),
    "Delegation": Case(delegation, relay("setDelegate")),
    "AgentAppointment": Case(lambda world: appointment(world, 700), relay("appointAgent")),
    **{kind: signed_terms(contract) for contract, kind in KINDS.items()},
    "ContributionConfirmation": Case(
        lambda world: confirmation(world, named("draft")),
        lambda world, signed: studio(world).confirm(signed),
        prepare=lambda world: register(world, hybrid(world, "draft")),
    ),
    "ContributionDispute": Case(
        lambda world: dispute(world, named("draft")),
        lambda world, signed: studio(world).dispute(signed),
        prepare=lambda world: register(world, hybrid(world, "draft")),
        who="ben",
    ),
    "ArchiveDeclaration": Case(declaration, lambda world, signed: studio(world).declare(signed)),
    "RoomJoin": Case(room_consents.next_monday, room_consents.join, prepare=open_room),
    "RoomLeave": Case(room_consents.leaving, room_consents.leave, prepare=room_consents.with_ann),
    "SoleTeam": Case(room_consents.alone, room_consents.declare, prepare=open_room),
    "ContributionStatement": Case(
        room_consents.all_of_it, room_consents.state, prepare=room_consents.with_pool
    ),
}
KIND = pytest.mark.parametrize("kind", CASES)


def made(world: World, kind: str) -> tuple[Player, SignedConsent]:
    """Who signs, and the consent as they signed it."""
    case = CASES[kind]
    case.prepare(world)
    player = {"ann": world.ann, "ben": world.ben, "cleo": world.cleo}[case.who]
    return player, world.stage.sign(player, kind, case.message(world))


def with_signature(signed: SignedConsent, signature: bytes) -> SignedConsent:
    return replace(signed, signature=signature)


def once(signed: SignedConsent) -> dict[str, Any]:
    return {name: signed.consent.message[name] for name in ("nonce", "deadline")}

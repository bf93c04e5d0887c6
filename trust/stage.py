"""Builders for a local chain: members with keys who sign what they are asked, studios that buy it.

Every step goes through the package's public services; nothing here reaches round them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from trust.consent import Consent, SignedConsent, describe, sign
from trust.local import Local, party
from trust.model import (
    NO_DEPTH_CAP,
    AssetClass,
    Craft,
    GrantId,
    LicenceOrder,
    MemberId,
    Modality,
    Money,
    ProductionId,
    ReplicaType,
    Representation,
    Use,
    UseKind,
    licence_id,
    mask,
)
from trust.nouns.handle import Result
from trust.screenplay import Breakdown

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

WEEK = 7 * 24 * 3600
DAY = 24 * 3600
FOREVER = 2**40
POOL = ProductionId(0)

FACE_AND_VOICE = frozenset({Modality.FACE, Modality.VOICE})


@dataclass(frozen=True, slots=True)
class Player:
    """A member with their keys. `wallet` is where they are paid."""

    id: MemberId
    name: str
    key: LocalAccount
    wallet: LocalAccount


class Stage:
    """Acts on a local chain for everybody. `studio` is the party whose productions are played."""

    def __init__(self, local: Local, studio: str = "studio") -> None:
        self.local = local
        self.studio = local.as_(studio)
        self._nonces: dict[MemberId, int] = {}

    def now(self) -> int:
        """Time of the latest block."""
        return self.studio.handle.now()

    def pass_time(self, seconds: int) -> None:
        """Let time pass on the chain."""
        self.local.node.call("evm_increaseTime", hex(seconds))
        self.local.node.call("anvil_mine", "0x1")

    def enrol(self, name: str, craft: Craft = Craft.PERFORMER) -> Player:
        """Enrol a member with a key and a wallet of their own."""
        key, wallet = party(f"member {name}"), party(f"wallet of {name}")
        result = self.local.as_("enroller").members.enrol(key.address, wallet.address, craft)
        assert result.id is not None
        return Player(MemberId(result.id), name, key, wallet)

    def sign(self, player: Player, kind: str, message: dict[str, Any], contract: str = "") -> SignedConsent:
        """Have a member sign."""
        return sign(Consent(kind, message, contract), self.local.deployment, player.key)

    def nonce(self, member: MemberId) -> int:
        """A nonce the member hasn't used."""
        self._nonces[member] = self._nonces.get(member, 0) + 1
        return self._nonces[member]

    def once(self, member: MemberId) -> dict[str, int]:
        """A fresh nonce, and a deadline that doesn't matter."""
        return {"nonce": self.nonce(member), "deadline": FOREVER}

    def scan(
        self,
        player: Player,
        modalities: Iterable[Modality] = FACE_AND_VOICE,
        production: ProductionId = POOL,
        *,
        notice_waived: bool = True,
    ) -> Result:
        """First opt-in, and one record of each modality."""
        wanted = set(modalities)
        words = "Scans of my " + ", ".join(m.name.lower() for m in sorted(wanted)) + " for the union's vault."
        consent = {
            "memberId": player.id,
            "productionId": production,
            "modalities": mask(wanted),
            "description": describe(words),
            "noticeWaived": notice_waived,
            "representation": Representation.UNION,
            **self.once(player.id),
        }
        commitments = {m: keccak(secrets.token_bytes(32)) for m in sorted(wanted)}
        return self.local.as_("custodian").records.pool(
            self.sign(player, "ScanConsent", consent), commitments
        )

    def register(
        self, identifier: str, root: bytes, *, starts: int | None = None, weeks: int = 104
    ) -> ProductionId:
        """Register a production whose schedule runs from today for so many weeks."""
        first = starts if starts is not None else self.now() // DAY * DAY
        reporter = self.local.keys["reporter"].address
        result = self.studio.productions.register(identifier, first, first + weeks * WEEK, root, reporter)
        assert result.id is not None
        return ProductionId(result.id)

    def fund(self, production: ProductionId, amount: Money) -> Result:
        """Give the studio dollars and have it fund the production."""
        assert self.studio.account is not None
        self.local.mint(self.studio.account.address, amount)
        return self.studio.payroll.fund(production, amount)

    def license(
        self,
        production: ProductionId,
        player: Player,
        modalities: frozenset[Modality] = FACE_AND_VOICE,
        *,
        training: bool = False,
        expires: int | None = None,
        max_synthetic_depth: int = NO_DEPTH_CAP,
    ) -> Result:
        """Buy a licence at the rate card's prices, with a training right if asked for."""
        terms = self.studio.productions.get(production)
        version = self.studio.rate_card.current()
        fee, training_fee = self.studio.rate_card.licence_fees(version, set(modalities), training=training)
        order = LicenceOrder(
            production=production,
            member=player.id,
            modalities=modalities,
            starts=terms["starts"],
            expires=expires or terms["ends"],
            terms_hash=keccak(text=f"terms of licence {production}/{player.id}"),
            rate_card_version=version,
            licence_fee=Money(fee),
            training_fee=Money(training_fee),
            max_synthetic_depth=max_synthetic_depth,
        )
        return self.studio.licences.buy(order, self.training_consent(player, order) if training else None)

    def training_consent(self, player: Player, order: LicenceOrder) -> SignedConsent:
        """A member's consent to train on what the order names."""
        consent = {
            "productionId": order.production,
            "memberId": order.member,
            "modalities": mask(order.modalities),
            "expires": order.expires,
            "rateCardVersion": order.rate_card_version,
            "trainingFee": order.training_fee,
            "maxSyntheticDepth": order.max_synthetic_depth,
            "description": describe("One model, trained on my records for this production, then retired."),
            **self.once(player.id),
        }
        return self.sign(player, "TrainingConsent", consent)

    def scene_consent(
        self, production: ProductionId, player: Player, scene_hash: bytes, **terms: Any
    ) -> dict[str, Any]:
        """Terms of a grant at the rate card's prices; `terms` overrides any field."""
        licence = self.studio.licences.get(licence_id(production, player.id))
        asset_class = terms.get("assetClass", AssetClass.ACTIVE)
        replica_type = terms.get("replicaType", ReplicaType.EMPLOYMENT_BASED)
        modalities = {m for m in Modality if licence["modalities"] & (1 << m)}
        fee, iteration, _ = self.studio.rate_card.scene_fees(
            licence["rateCardVersion"], modalities, asset_class, replica_type
        )
        iterations = terms.get("maxIterations", 100)
        start = self.now() // DAY * DAY
        start = max(start, licence["starts"])
        fee, iteration = terms.get("fee", fee), terms.get("iterationFee", iteration)
        return {
            "licenceId": licence_id(production, player.id),
            "rateCardVersion": licence["rateCardVersion"],
            "sceneHash": scene_hash,
            "description": describe("My double says and does what this scene of the script shows."),
            "assetClass": asset_class,
            "replicaType": replica_type,
            "maxIterations": iterations,
            "maxSeconds": 600,
            "maxSpend": fee + iteration * iterations,
            "digitalDays": 2,
            "longestStreamWeeks": 52,
            "notBefore": start,
            "expires": min(start + 8 * WEEK, licence["expires"]),
            "fee": fee,
            "iterationFee": iteration,
            "representation": Representation.UNION,
            **self.once(player.id),
        } | terms

    def grant(
        self, production: ProductionId, player: Player, breakdown: Breakdown, scene: int, **terms: Any
    ) -> GrantId:
        """Second opt-in and grant for a scene, by number."""
        consent = self.scene_consent(production, player, breakdown.leaves[scene - 1], **terms)
        signed = self.sign(player, "SceneConsent", consent)
        result = self.studio.scenes.grant(signed, breakdown.proof(scene))
        assert result.id is not None
        return GrantId(result.id)

    def use(self, grant: GrantId, iterations: int = 1, **fields: Any) -> Use:
        """A use of a grant now; `fields` overrides any field."""
        output = keccak(text=f"output of grant {grant} {secrets.token_hex(8)}")
        defaults: dict[str, Any] = {
            "kind": UseKind.TOUCH_UP,
            "used_at": self.now(),
            "output_seconds": 2,
            "output_hash": output,
            "prompt_commitment": keccak(output),
            "model": keccak(text="example model 1"),
        }
        return Use(grant=grant, iterations=iterations, **(defaults | fields))

    def report(self, *uses: Use) -> Result:
        """Report uses as the production's reporter."""
        usage = self.local.as_("reporter").usage
        return usage.record(uses[0]) if len(uses) == 1 else usage.record_batch(uses)

    def revoke(self, player: Player, grant: GrantId) -> Result:
        """A member revokes a grant; the keeper relays it."""
        signed = self.sign(player, "GrantRevocation", {"grantId": grant})
        return self.local.as_("keeper").scenes.revoke(grant, signed)

    def payday(self, players: Sequence[Player]) -> Result:
        """The keeper pays these members."""
        return self.local.as_("keeper").payroll.payday([player.id for player in players])

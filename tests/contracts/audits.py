"""Auditors, their attestations, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from world import EVIDENCE, World

from trust.consent import Consent, SignedConsent, sign
from trust.local import party
from trust.model import MemberId
from trust.nouns.credits import STUDIO
from trust.nouns.handle import Result
from trust.stage import DAY

STATES = ("NONE", "ATTESTED", "CHALLENGED", "ISSUED", "SUPERSEDED", "REVOKED")
DEPARTMENTS = ("writing", "performance", "design", "editing", "musicAndSound", "visualEffects")
RULES = keccak(text="the rules, version 1")
REASON = keccak(text="why, and a salt")
KEY = keccak(text="the credential's key")
URI = "https://union.example/credit/rules/v1"
CHALLENGE_DAYS = 30


def departments(*counts: int) -> dict[str, int]:
    return dict(zip(DEPARTMENTS, counts, strict=True))


@dataclass
class Audit:
    """An accredited auditor at work under version 1 of the rules."""

    world: World

    def fields(self, **changed: Any) -> dict[str, Any]:
        """An attestation as of the block before the latest."""
        block = self.world.chain.node.block(self.world.chain.node.block().number - 1)
        return {
            "productionId": self.world.production,
            "auditor": self.world.address("auditor"),
            "rulesVersion": 1,
            "corrects": self.world.read("HumanAuditCredits", "latestOf", self.world.production),
            "asOfBlock": block.number,
            "asOfBlockHash": bytes.fromhex(block.hash.removeprefix("0x")),
            "humanLed": departments(12, 40, 7, 3, 5, 2),
            "machineLed": departments(1, 4, 2, 0, 0, 9),
            "evidenceRoot": EVIDENCE,
            "credentialKey": KEY,
            "deadline": self.world.now() + DAY,
        } | changed

    def signed(self, who: str = "auditor", **changed: Any) -> SignedConsent:
        consent = Consent("Attestation", self.fields(**changed))
        return sign(consent, self.world.local.deployment, self.world.keys[who])

    def attest(self, who: str = "auditor", **changed: Any) -> int:
        """The credit's number. The keeper hands it in."""
        return self.hand_in(self.signed(who, **changed))

    def hand_in(self, signed: SignedConsent) -> int:
        result = self.world.local.as_("keeper").credits.attest(signed)
        assert result.id is not None
        return result.id

    def challenge(self, credit: int, who: str = "ann", reason: bytes = REASON, **changed: Any) -> Result:
        """A member's challenge, relayed."""
        player = getattr(self.world, who)
        message = {"creditId": credit, "memberId": player.id, "reasonHash": reason}
        signed = self.world.stage.sign(player, "CreditChallenge", message | changed)
        return self.world.local.as_("keeper").credits.challenge(credit, player.id, reason, signed)

    def challenge_as_studio(self, credit: int, who: str = "studio") -> Result:
        return self.world.local.as_(who).credits.challenge(credit, STUDIO, REASON)

    def rule(self, credit: int, member: MemberId, upheld: bool, who: str = "steward") -> Result:
        return self.world.local.as_(who).credits.rule(credit, member, upheld, REASON)

    def wait(self) -> None:
        """Until the latest credit can be issued."""
        latest = self.world.read("HumanAuditCredits", "latestOf", self.world.production)
        self.world.go_to(self.credit(latest)["challengeUntil"])

    def issue(self, who: str = "stranger") -> Result:
        return self.world.local.as_(who).credits.issue(self.world.production)

    def issued(self, **changed: Any) -> int:
        """A credit that has been attested and issued."""
        credit = self.attest(**changed)
        self.wait()
        self.issue()
        return credit

    def revocation(self, credit: int, who: str = "auditor", reason: bytes = REASON) -> SignedConsent:
        consent = Consent("CreditRevocation", {"creditId": credit, "reasonHash": reason})
        return sign(consent, self.world.local.deployment, self.world.keys[who])

    def credit(self, credit: int) -> dict[str, Any]:
        return dict(self.world.read("HumanAuditCredits", "creditOf", credit))

    def state(self, credit: int) -> str:
        return STATES[self.credit(credit)["state"]]

    def label(self, credit: int) -> str:
        return str(self.world.read("HumanAuditCredits", "labelOf", credit))


def begin_audit(world: World, uri: str = URI) -> Audit:
    """Rules published, an auditor accredited."""
    for name in ("auditor", "other auditor"):
        world.keys[name] = party(name)
    world.local.as_("steward").credits.publish_rules(RULES, uri)
    world.local.as_("enroller").credits.accredit(world.address("auditor"))
    return Audit(world)

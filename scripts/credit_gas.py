"""Gas of human-audit credits: a production's first, and the correction of an issued one."""

from __future__ import annotations

from collections.abc import Callable

from trust.consent import Consent, SignedConsent, sign
from trust.consent.types import STRUCTS
from trust.local import party
from trust.model import ProductionId
from trust.nouns.handle import Result
from trust.stage import DAY, FOREVER, Player, Stage

HASH = b"\x03" * 32
CHALLENGE_DAYS = 30


class CreditMeter:
    """Plays an audit and notes what each operation costs."""

    def __init__(
        self, stage: Stage, production: ProductionId, players: list[Player], note: Callable[..., Result]
    ) -> None:
        self.stage = stage
        self.production = production
        self.players = players
        self.note = note
        self.auditor = party("gas auditor")
        self.steward, self.enroller, self.keeper = (
            stage.local.as_(who).credits for who in ("steward", "enroller", "keeper")
        )

    def run(self) -> None:
        self.note("publish the credit's rules", self.steward.publish_rules(HASH, "https://x.example/v1"))
        self.note("accredit an auditor", self.enroller.accredit(self.auditor.address))
        self.note("attest a human-audit credit", self.attest())
        self.stage.pass_time(CHALLENGE_DAYS * DAY)
        self.note("issue a human-audit credit", self.keeper.issue(self.production))
        correction = self.note("attest a correction of an issued credit", self.attest())
        assert correction.id is not None
        for player in self.players[:2]:
            challenged = self.keeper.challenge(
                correction.id, player.id, HASH, self.challenge(correction.id, player)
            )
            self.note("challenge a credit, relayed", challenged)
            ruled = self.steward.rule(correction.id, player.id, False, HASH)
        self.note("rule on a challenge", ruled)
        self.stage.pass_time(CHALLENGE_DAYS * DAY)
        self.note("issue a correction", self.keeper.issue(self.production))
        self.note("revoke a credit", self.steward.revoke(correction.id, HASH))

    def attest(self) -> Result:
        block = self.stage.local.node.block()
        counts = {name: 5 for _, name in STRUCTS["Departments"]}
        message = {
            "productionId": self.production,
            "auditor": self.auditor.address,
            "rulesVersion": self.keeper.rules_version(),
            "corrects": self.keeper.latest(self.production),
            "asOfBlock": block.number,
            "asOfBlockHash": bytes.fromhex(block.hash.removeprefix("0x")),
            "humanLed": counts,
            "machineLed": counts,
            "evidenceRoot": HASH,
            "credentialKey": HASH,
            "deadline": FOREVER - 1,
        }
        return self.keeper.attest(
            sign(Consent("Attestation", message), self.stage.local.deployment, self.auditor)
        )

    def challenge(self, credit: int, player: Player) -> SignedConsent:
        message = {"creditId": credit, "memberId": player.id, "reasonHash": HASH}
        return self.stage.sign(player, "CreditChallenge", message)

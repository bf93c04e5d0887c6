"""Machine-made material of the world's production, as its studio and members deal with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from world import World

from trust.consent import SignedConsent
from trust.model import MaterialKind, MemberId
from trust.nouns.handle import Result
from trust.stage import DAY, FOREVER, Player

MODEL = keccak(text="a model of scripts")
REASON = keccak(text="a salted reason")
NOTHING = b"\x00" * 32


@dataclass
class Material:
    """One material. `hash` stands for its salted commitment."""

    world: World
    kind: MaterialKind = MaterialKind.STORYBOARD
    hash: bytes = keccak(text="a salted storyboard")

    def disclose(self, *players: Player, who: str = "studio", **fields: Any) -> Result:
        """To these, for work that starts in three days."""
        disclosure = {
            "productionId": self.world.production,
            "kind": self.kind,
            "workStarts": self.world.now() + 3 * DAY,
            "materialHash": self.hash,
            "modelHash": MODEL,
        }
        members = [player.id for player in players]
        return self.world.write(who, "Disclosures", "disclose", disclosure | fields, members)

    def says(self, player: Player, kind: str, **fields: Any) -> SignedConsent:
        """A member's statement."""
        message = {
            "productionId": self.world.production,
            "memberId": player.id,
            "kind": self.kind,
            "materialHash": self.hash,
            "deadline": FOREVER,
        }
        if kind == "DisclosureContest":
            message["reasonHash"] = REASON
        return self.world.stage.sign(player, kind, message | fields)

    def acknowledge(self, player: Player, **fields: Any) -> Result:
        return self.hand_in(self.says(player, "DisclosureAcknowledgement", **fields))

    def contest(self, player: Player, **fields: Any) -> Result:
        return self.hand_in(self.says(player, "DisclosureContest", **fields))

    def report(self, player: Player, **fields: Any) -> Result:
        return self.hand_in(self.says(player, "UndisclosedReport", **fields))

    def answer(self, player: Player, who: str = "studio", evidence: bytes = REASON) -> Result:
        return self.world.write(
            who, "Disclosures", "answerReport", self.world.production, player.id, self.hash, evidence
        )

    def hand_in(self, signed: SignedConsent, **changed: Any) -> Result:
        """A statement, for exactly what was signed or for something else; a stranger relays it."""
        function = {
            "DisclosureAcknowledgement": "acknowledge",
            "DisclosureContest": "contest",
            "UndisclosedReport": "reportUndisclosed",
        }[signed.consent.kind]
        message = dict(signed.consent.message) | changed
        return self.world.write("stranger", "Disclosures", function, message, signed.signature)

    def state(self, member: MemberId) -> dict[str, Any]:
        return self.world.stage.studio.disclosures.state(self.world.production, member, self.hash)

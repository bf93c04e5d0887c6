"""Gas of disclosures, at a production that disclosed before, with the smallest writers' room that is large enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eth_utils.crypto import keccak

from trust.consent import SignedConsent
from trust.model import Craft, MaterialKind, MemberId, ProductionId
from trust.nouns.handle import Result
from trust.stage import DAY, FOREVER, WEEK, Player, Stage

WRITERS = 3
MODEL = keccak(text="a model")
REASON = keccak(text="a reason")


class DisclosureMeter:
    """Discloses to a room's writers, has them reply, and notes what each costs."""

    def __init__(self, stage: Stage, production: ProductionId, note: Callable[..., Result]) -> None:
        self.stage = stage
        self.production = production
        self.note = note
        self.studio = stage.local.as_("studio")
        self.keeper = stage.local.as_("keeper").disclosures
        self.players = [stage.enrol(f"gas recipient {number}", Craft.WRITER) for number in range(WRITERS)]

    def run(self) -> None:
        self.fill_room()
        one = self.players[:1]
        self.disclose("a storyboard", one, MaterialKind.STORYBOARD)
        disclosed = self.disclose("a design", one, MaterialKind.DESIGN)
        self.note("disclose a design", disclosed)
        self.note("disclose a draft, which asks for the room", self.disclose("a draft", one))
        disclosed = self.disclose("another design", one, MaterialKind.DESIGN, who="reporter")
        self.note("disclose a design, by a reporter", disclosed)
        disclosed = self.disclose("another draft", one, who="reporter")
        self.note("disclose a draft, by a reporter", disclosed)
        disclosed = self.disclose("a draft for all", self.players, who="reporter")
        self.note("disclose a draft to three, by a reporter, a writer", disclosed, WRITERS)
        acknowledged = self.keeper.acknowledge(self.says("DisclosureAcknowledgement", "a draft"))
        self.note("acknowledge a disclosure, relayed", acknowledged)
        contested = self.keeper.contest(self.says("DisclosureContest", "another draft", reasonHash=REASON))
        self.note("contest a disclosure, relayed", contested)
        reports = [self.keeper.report(self.says("UndisclosedReport", name)) for name in ("a find", "a leak")]
        self.note("report what was not disclosed, relayed", reports[0])
        self.note("disclose what was reported", self.disclose("a find", one))
        member = MemberId(self.players[0].id)
        answered = self.studio.disclosures.answer(self.production, member, keccak(text="a leak"), REASON)
        self.note("answer a report with evidence", answered)

    def fill_room(self) -> None:
        monday = (self.stage.now() + 3 * DAY) // WEEK * WEEK - 3 * DAY
        self.studio.rooms.open(self.production, 6)
        for player in self.players:
            joining = {
                "productionId": self.production,
                "memberId": player.id,
                "starts": monday,
                "wholeWeeks": 10,
                **self.stage.once(player.id),
            }
            self.studio.rooms.join(self.stage.sign(player, "RoomJoin", joining))

    def disclose(
        self,
        name: str,
        players: Sequence[Player],
        kind: MaterialKind = MaterialKind.DRAFT,
        who: str = "studio",
    ) -> Result:
        members = [MemberId(player.id) for player in players]
        starts = self.stage.now() + 3 * DAY
        service = self.stage.local.as_(who).disclosures
        return service.disclose(self.production, members, kind, keccak(text=name), MODEL, starts)

    def says(self, what: str, name: str, **fields: Any) -> SignedConsent:
        message = {
            "productionId": self.production,
            "memberId": self.players[0].id,
            "kind": MaterialKind.DRAFT,
            "materialHash": keccak(text=name),
            "deadline": FOREVER,
        }
        return self.stage.sign(self.players[0], what, message | fields)

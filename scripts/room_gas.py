"""Gas of writers' rooms, in a room of six writers who have written for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trust.consent import SignedConsent
from trust.model import Craft, MemberId, Modality, ProductionId
from trust.nouns.handle import Result
from trust.nouns.pools import seated
from trust.nouns.rooms import Statement
from trust.pools import Chunk
from trust.screenplay import Breakdown
from trust.stage import DAY, WEEK, Player, Stage

WRITERS = 6
SCRIPT = frozenset({Modality.SCRIPT})
ASSETS = b"\x02" * 32


class RoomMeter:
    """Opens a production's room and notes what each operation costs."""

    def __init__(
        self, stage: Stage, production: ProductionId, breakdown: Breakdown, note: Callable[..., Result]
    ) -> None:
        self.stage = stage
        self.production = production
        self.breakdown = breakdown
        self.note = note
        self.studio = stage.local.as_("studio").rooms
        self.keeper = stage.local.as_("keeper").rooms
        self.players = [stage.enrol(f"gas writer {number}", Craft.WRITER) for number in range(WRITERS)]

    def run(self) -> None:
        self.note("open a writers' room", self.studio.open(self.production, 13))
        for player in self.players:
            self.note("join a writers' room for ten weeks", self.studio.join(self.joining(player, 0)))
        self.note("join a writers' room again", self.studio.join(self.joining(self.players[0], 12)))
        self.script_grant()
        self.pool()
        player = self.players[0]
        leaving = self.keeper.leave(self.production, player.id, self.signed(player, "RoomLeave"))
        self.note("leave a writers' room, relayed", leaving)
        team = [self.signed(one, "SoleTeam", writers=[p.id for p in self.players]) for one in self.players]
        self.note("declare a sole team, a writer of six", self.studio.declare_team(team), WRITERS)

    def joining(self, player: Player, ahead: int) -> SignedConsent:
        monday = (self.stage.now() + 3 * DAY) // WEEK * WEEK - 3 * DAY
        return self.signed(player, "RoomJoin", starts=monday + ahead * WEEK, wholeWeeks=10)

    def signed(self, player: Player, kind: str, **fields: Any) -> SignedConsent:
        own = {"productionId": self.production, "memberId": player.id}
        return self.stage.sign(player, kind, {**own, **fields, **self.stage.once(player.id)})

    def script_grant(self) -> None:
        player = self.players[0]
        self.stage.scan(player, SCRIPT)
        self.stage.license(self.production, player, SCRIPT)
        self.stage.grant(self.production, player, self.breakdown, 1)
        consent = self.stage.scene_consent(self.production, player, self.breakdown.leaves[1])
        signed = self.stage.sign(player, "SceneConsent", consent)
        granted = self.stage.studio.scenes.grant(signed, self.breakdown.proof(2))
        self.note("scene grant of a script, which asks for the room", granted)

    def pool(self) -> None:
        opened = self.note("open a writers' pool", self.studio.open_pool(self.production))
        pool = opened.event("RoomPoolOpened").args["poolId"]
        previous: Chunk | None = None
        for version, shares in (
            (1, (5_000, 1_000, 1_000, 1_000, 1_000, 1_000)),
            (2, (4_000, 2_000, 1_000, 1_000, 1_000, 1_000)),
        ):
            by_member = {player.id: share for player, share in zip(self.players, shares, strict=True)}
            statement = Statement(pool, version, ASSETS, by_member, previous)
            stated = self.keeper.contribute(self.consents(statement), previous)
            first = ", the first" if previous is None else ""
            self.note(f"share a writers' pool, a writer of six{first}", stated, WRITERS)
            previous = seated(stated.event("PoolSeated"))

    def consents(self, statement: Statement) -> list[SignedConsent]:
        players = {player.id: player for player in self.players}
        found = []
        for member in statement.signers:
            once = self.stage.once(MemberId(member))
            consent = statement.consent(member, once["nonce"], once["deadline"])
            found.append(self.stage.sign(players[member], consent.kind, dict(consent.message)))
        return found

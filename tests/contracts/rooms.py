"""A writers' room of the world's production, as its studio and writers deal with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ensembles import Ensemble
from eth_utils.crypto import keccak
from world import World

from trust.consent import SignedConsent
from trust.model import Craft, GrantId, Modality, PoolId
from trust.nouns.handle import Result
from trust.nouns.pools import seated
from trust.nouns.rooms import Statement
from trust.pools import Chunk
from trust.stage import DAY, WEEK, Player

ASSETS = keccak(text="the first season's scripts")
SCRIPT = frozenset({Modality.SCRIPT})


def monday(world: World, ahead: int = 0) -> int:
    """Monday 00:00 UTC of this week, or of one so many weeks ahead."""
    return (world.now() + 3 * DAY) // WEEK * WEEK - 3 * DAY + ahead * WEEK


@dataclass
class WritersRoom:
    """An open room."""

    world: World

    @property
    def now(self) -> dict[str, Any]:
        return dict(self.world.read("WritersRooms", "roomOf", self.world.production))

    @property
    def counts(self) -> list[int]:
        """Writers of this week and the nine after it."""
        return [
            int(
                self.world.read("WritersRooms", "writersAt", self.world.production, monday(self.world, ahead))
            )
            for ahead in range(10)
        ]

    def joining(self, player: Player, ahead: int = 0, weeks: int = 4, **fields: Any) -> SignedConsent:
        message = {
            "productionId": self.world.production,
            "memberId": player.id,
            "starts": monday(self.world, ahead),
            "wholeWeeks": weeks,
            **self.world.stage.once(player.id),
        }
        return self.world.stage.sign(player, "RoomJoin", message | fields)

    def join(self, player: Player, ahead: int = 0, weeks: int = 4, **fields: Any) -> Result:
        return self.hand_in(self.joining(player, ahead, weeks, **fields))

    def hand_in(self, signed: SignedConsent, who: str = "studio", **changed: Any) -> Result:
        """The signature, for exactly what was signed or for something else."""
        message = dict(signed.consent.message) | changed
        return self.world.write(who, "WritersRooms", "joinRoom", message, signed.signature)

    def leaving(self, player: Player) -> SignedConsent:
        message = {"productionId": self.world.production, "memberId": player.id}
        return self.world.stage.sign(player, "RoomLeave", message | self.world.stage.once(player.id))

    def leave(self, player: Player, who: str = "keeper") -> dict[str, Any]:
        """Relayed; what was told of it."""
        signed = self.leaving(player)
        message = dict(signed.consent.message)
        result = self.world.write(who, "WritersRooms", "leaveRoom", message, signed.signature)
        return dict(result.event("WriterLeft").args)

    def team(self, *players: Player, who: str = "studio") -> Result:
        return self.declare(*(self.agreeing(player, *players) for player in players), who=who)

    def agreeing(self, player: Player, *players: Player) -> SignedConsent:
        """One writer's signature under a sole team."""
        message = {
            "productionId": self.world.production,
            "memberId": player.id,
            "writers": [one.id for one in players],
            **self.world.stage.once(player.id),
        }
        return self.world.stage.sign(player, "SoleTeam", message)

    def declare(self, *consents: SignedConsent, who: str = "studio") -> Result:
        signatures = [signature(signed) for signed in consents]
        return self.world.write(who, "WritersRooms", "declareTeam", self.world.production, signatures)

    def require(self) -> None:
        self.world.read("WritersRooms", "requireRoom", self.world.production)

    def pool(self) -> WritersPool:
        result = self.world.write("studio", "WritersRooms", "openPool", self.world.production)
        return WritersPool(self.world, PoolId(result.event("RoomPoolOpened").args["poolId"]))


@dataclass
class WritersPool(Ensemble):
    """The writers' pool, seated by their statements."""

    players: dict[int, Player] = field(default_factory=dict)

    def statement(self, *shares: tuple[Player, int], **fields: Any) -> Statement:
        """The next statement over these shares."""
        self.players |= {player.id: player for player, _ in shares}
        previous = self.chunks[-1] if self.chunks else None
        return Statement(
            self.pool,
            fields.get("version", len(self.chunks) + 1),
            fields.get("assets_root", ASSETS),
            {player.id: share for player, share in shares},
            previous,
        )

    def signed(self, statement: Statement) -> list[SignedConsent]:
        """By everybody who has to."""
        return [self.by(self.players[member], statement) for member in statement.signers]

    def by(self, player: Player, statement: Statement) -> SignedConsent:
        consent = statement.consent(player.id, *self.world.stage.once(player.id).values())
        return self.world.stage.sign(player, consent.kind, dict(consent.message))

    def share(self, *shares: tuple[Player, int]) -> Chunk:
        """State the next shares, by everybody's signature."""
        statement = self.statement(*shares)
        return self.hand_in(statement, *self.signed(statement))

    def hand_in(self, statement: Statement, *consents: SignedConsent, who: str = "stranger") -> Chunk:
        result = self.send(statement, *consents, who=who)
        self.chunks.append(seated(result.event("PoolSeated")))
        return self.chunks[-1]

    def send(
        self,
        statement: Statement,
        *consents: SignedConsent,
        who: str = "stranger",
        chunk: Mapping[str, Any] | None = None,
        contributions: list[dict[str, int]] | None = None,
    ) -> Result:
        """As it is, or with another chunk or other contributions than were signed."""
        previous = statement.previous.as_struct() if statement.previous else NO_CHUNK
        return self.world.write(
            who,
            "WritersRooms",
            "stateContributions",
            {
                "poolId": statement.pool,
                "version": statement.version,
                "assetsRoot": statement.assets_root,
                "contributions": statement.contributions if contributions is None else contributions,
            },
            chunk or previous,
            [signature(signed) for signed in consents],
        )


NO_CHUNK: Mapping[str, Any] = {"poolId": 0, "number": 0, "start": 0, "roster": b""}


def signature(signed: SignedConsent) -> dict[str, Any]:
    message = signed.consent.message
    own = {name: message[name] for name in ("memberId", "nonce", "deadline")}
    return own | {"signature": signed.signature}


def open_room(world: World, episodes: int = 6) -> WritersRoom:
    world.write("studio", "WritersRooms", "openRoom", world.production, episodes)
    return WritersRoom(world)


def writers(world: World, count: int) -> list[Player]:
    """So many members who write; their keys are known by name."""
    found = [world.stage.enrol(f"writer {number}", Craft.WRITER) for number in range(1, count + 1)]
    for player in found:
        world.local.keys[player.name] = player.key
    return found


def script_licence(world: World, player: Player) -> None:
    """Ready for a grant over what the player wrote."""
    world.stage.scan(player, SCRIPT)
    world.stage.license(world.production, player, SCRIPT)


def script_grant(world: World, player: Player) -> GrantId:
    return world.stage.grant(world.production, player, world.breakdown, 2)

"""Writers' rooms: who writes when, the sole team, and the writers' pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trust.consent import Consent, SignedConsent
from trust.errors import InputError
from trust.model import MemberId, PoolId, ProductionId
from trust.nouns.handle import Handle, Result, made
from trust.pools import Chunk, spare_for_seats

WHOLE_BPS = 10_000
_ONCE = ("memberId", "nonce", "deadline")
_NO_CHUNK = {"poolId": 0, "number": 0, "start": 0, "roster": b""}


@dataclass(frozen=True, slots=True)
class Room:
    """A room now. `writers` write this week, `roll` ever did; `team` is the exempt sole team's number or 0."""

    episodes: int
    rate_card_version: int
    writers: int
    needed: int
    roll: int
    team: int

    @property
    def exempt(self) -> bool:
        """Whether a sole writer or team writes every episode."""
        return self.team > 0

    @property
    def short(self) -> bool:
        """Whether script work with AI is refused."""
        return not self.exempt and self.writers < self.needed


@dataclass(frozen=True, slots=True)
class Statement:
    """Shares of a writers' pool, in basis points by member. `previous` is the chunk of the statement in force."""

    pool: PoolId
    version: int
    assets_root: bytes
    shares: Mapping[MemberId, int]
    previous: Chunk | None = None

    def __post_init__(self) -> None:
        total = sum(self.shares.values())
        if total != WHOLE_BPS or any(share < 0 for share in self.shares.values()):
            raise InputError(
                f"The shares sum to {total / 100:g} %.", hint="Give shares that sum to exactly 100 %."
            )

    @property
    def signers(self) -> tuple[MemberId, ...]:
        """Who has to sign: everybody named, and everybody with a share until now."""
        before = self.previous.roster.members if self.previous else ()
        return tuple(sorted({*self.shares, *before}))

    @property
    def contributions(self) -> list[dict[str, int]]:
        """As the contract and the consents have them."""
        return [{"memberId": member, "shareBps": self.shares[member]} for member in sorted(self.shares)]

    def consent(self, member: MemberId, nonce: int, deadline: int) -> Consent:
        """What one of the signers signs."""
        return Consent(
            "ContributionStatement",
            {
                "poolId": self.pool,
                "memberId": member,
                "version": self.version,
                "assetsRoot": self.assets_root,
                "contributions": self.contributions,
                "nonce": nonce,
                "deadline": deadline,
            },
        )


class WritersRooms:
    """Rooms of the studio that this connection sends for. Anyone may hand in a statement, or a writer's leave."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    # The studio's

    def open(self, production: ProductionId, episodes: int, *, simulate: bool = False) -> Result:
        """Open a production's room at today's rate card."""
        return self._write("openRoom", production, episodes, simulate=simulate)

    def set_episodes(self, production: ProductionId, episodes: int, *, simulate: bool = False) -> Result:
        """Change how many episodes there are."""
        return self._write("setEpisodes", production, episodes, simulate=simulate)

    def join(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Take a writer in for the weeks of their RoomJoin."""
        return self._write("joinRoom", dict(signed.consent.message), signed.signature, simulate=simulate)

    def declare_team(self, consents: Iterable[SignedConsent], *, simulate: bool = False) -> Result:
        """Declare a sole writer or team by the SoleTeam of each. Raises InputError when the consents differ."""
        ordered = _agreed(consents, ("productionId", "writers"))
        production = ordered[0].consent.message["productionId"]
        return self._write("declareTeam", production, _signatures(ordered), simulate=simulate)

    def open_pool(self, production: ProductionId, *, simulate: bool = False) -> Result:
        """Open the pool that the room's writers share; `id` is its number."""
        return made(self._write("openPool", production, simulate=simulate), "RoomPoolOpened", "poolId")

    # Anybody's

    def leave(
        self,
        production: ProductionId,
        member: MemberId,
        signed: SignedConsent | None = None,
        *,
        simulate: bool = False,
    ) -> Result:
        """Take a writer out from next week on: the writer's right, also relayed with a RoomLeave."""
        message = {"productionId": production, "memberId": member, "nonce": 0, "deadline": 0}
        if signed is not None:
            if (signed.consent.message["productionId"], signed.consent.message["memberId"]) != (
                production,
                member,
            ):
                raise InputError(
                    f"This RoomLeave is not member {member}'s of production {production}.",
                    hint="Give the consent of this writer and production.",
                )
            message = dict(signed.consent.message)
        signature = signed.signature if signed else b""
        return self._write("leaveRoom", message, signature, simulate=simulate)

    def contribute(
        self,
        consents: Iterable[SignedConsent],
        previous: Chunk | None = None,
        *,
        simulate: bool = False,
    ) -> Result:
        """Seat a writers' pool by the ContributionStatement of each; `previous` is the chunk in force until now.

        Raises InputError when the consents differ.
        """
        ordered = _agreed(consents, ("poolId", "version", "assetsRoot", "contributions"))
        message = ordered[0].consent.message
        statement = {name: message[name] for name in ("poolId", "version", "assetsRoot", "contributions")}
        # Everybody of the previous statement is paid by what it said.
        chunk, spare = (
            (previous.as_struct(), spare_for_seats(len(previous.roster))) if previous else (_NO_CHUNK, 0)
        )
        given = statement, chunk, _signatures(ordered)
        return self._write("stateContributions", *given, simulate=simulate, spare=spare)

    # Answers

    def of(self, production: ProductionId) -> Room:
        """A production's room now. Raises ContractRefused (NoRoom) when there is none."""
        found = self._handle.read("WritersRooms", "roomOf", production)
        return Room(
            episodes=found["episodes"],
            rate_card_version=found["rateCardVersion"],
            writers=found["writers"],
            needed=found["needed"],
            roll=found["roll"],
            team=found["team"],
        )

    def require(self, production: ProductionId) -> None:
        """Raises ContractRefused (NoRoom, RoomTooShort) while script work with AI is refused."""
        self._handle.read("WritersRooms", "requireRoom", production)

    def writes(self, production: ProductionId, member: MemberId, time: int) -> bool:
        """Whether a member writes for a production in the week of a time (seconds)."""
        return bool(self._handle.read("WritersRooms", "writesAt", production, member, time))

    def pool(self, pool: PoolId) -> tuple[ProductionId, int, int]:
        """A writers' pool: its production, and version and chunk of the statement in force. Raises InputError."""
        found = self._handle.read("WritersRooms", "poolOf", pool)
        production, version, chunk = found.values()
        if not production:
            raise InputError(f"Pool {pool} is no writers' room's.", hint="`trust room pool` opens one.")
        return ProductionId(production), int(version), int(chunk)

    def _write(self, function: str, *arguments: Any, simulate: bool, spare: int = 0) -> Result:
        return self._handle.write("WritersRooms", function, *arguments, simulate=simulate, spare=spare)


def _agreed(consents: Iterable[SignedConsent], names: tuple[str, ...]) -> list[SignedConsent]:
    """The consents by member, when all are to the same."""
    ordered = sorted(consents, key=lambda signed: int(signed.consent.message["memberId"]))
    if not ordered:
        raise InputError("Nobody signed.", hint="Give the consent of everybody who has to sign.")
    first = ordered[0].consent.message
    for signed in ordered:
        differs = [name for name in names if signed.consent.message[name] != first[name]]
        if differs:
            raise InputError(
                f"Member {signed.consent.message['memberId']} signed another {differs[0]} than"
                f" member {first['memberId']}.",
                hint="Have all sign the same.",
            )
    return ordered


def _signatures(consents: Sequence[SignedConsent]) -> list[dict[str, Any]]:
    return [
        {name: signed.consent.message[name] for name in _ONCE} | {"signature": signed.signature}
        for signed in consents
    ]

"""Rosters: who sits in a chunk of a pool, with how many units, as contracts/interfaces/IEnsemblePools.sol has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from trust.errors import InputError
from trust.model import MemberId, PoolId

#: Most seats of a chunk: a push to 400 new wallets still fits in one transaction.
MOST_SEATS = 400
MEMBER_BYTES = 3
UNITS_BYTES = 4
SEAT_BYTES = MEMBER_BYTES + UNITS_BYTES
MOST_UNITS = 2 ** (8 * UNITS_BYTES) - 1
#: Units of a whole pool are 40 bits.
MOST_POOL_UNITS = 2**40 - 1


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A member's place in a pool."""

    member: MemberId
    units: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The seats of a chunk by position: members ascending, each once. `members` and `units` run side by side."""

    members: tuple[MemberId, ...]
    units: tuple[int, ...]

    @classmethod
    def of(cls, seats: Iterable[Seat]) -> Self:
        """From seats in any order. Raises InputError for what no roster can hold."""
        ordered = sorted(seats)
        if not 1 <= len(ordered) <= MOST_SEATS:
            raise InputError(
                f"A roster has 1 to {MOST_SEATS} seats, not {len(ordered)}.", hint="Split it into several."
            )
        _check(ordered)
        return cls(tuple(seat.member for seat in ordered), tuple(seat.units for seat in ordered))

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """From the bytes of a roster. Raises InputError when they can't be one."""
        if not packed or len(packed) % SEAT_BYTES or len(packed) > MOST_SEATS * SEAT_BYTES:
            raise InputError(
                f"{len(packed)} bytes are no roster.",
                hint=f"A seat has {SEAT_BYTES} bytes, and a roster 1 to {MOST_SEATS} seats.",
            )
        words = [packed[start : start + SEAT_BYTES] for start in range(0, len(packed), SEAT_BYTES)]
        members = tuple(MemberId(int.from_bytes(word[:MEMBER_BYTES])) for word in words)
        units = tuple(int.from_bytes(word[MEMBER_BYTES:]) for word in words)
        if 0 in units or any(before >= after for before, after in pairwise(members)):
            raise InputError(
                "These bytes are no roster.", hint="Members ascend, each once, with at least one unit."
            )
        return cls(members, units)

    @property
    def packed(self) -> bytes:
        """As contracts take it: 7 bytes a seat."""
        return b"".join(
            member.to_bytes(MEMBER_BYTES) + units.to_bytes(UNITS_BYTES)
            for member, units in zip(self.members, self.units, strict=True)
        )

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Seat]:
        return (Seat(*pair) for pair in zip(self.members, self.units, strict=True))

    def position(self, member: MemberId) -> int:
        """Where a member sits. Raises InputError when not here."""
        if member not in self.members:
            raise InputError(f"Member {member} does not sit in this chunk.", hint="Check the number.")
        return self.members.index(member)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk to act on, as `PoolSeated` told of it: `start` is the pool's index when it was seated."""

    pool: PoolId
    number: int
    start: int
    roster: Roster

    def as_struct(self) -> dict[str, Any]:
        """As the contract takes it."""
        return {
            "poolId": self.pool,
            "number": self.number,
            "start": self.start,
            "roster": self.roster.packed,
        }


def split(seats: Iterable[Seat]) -> list[Roster]:
    """Rosters of at most `MOST_SEATS`, about equally long. Raises InputError for what can't be seated."""
    ordered = sorted(seats)
    if not ordered:
        raise InputError("There is nobody to seat.", hint="Give at least one member with units.")
    _check(ordered)
    total = sum(seat.units for seat in ordered)
    if total > MOST_POOL_UNITS:
        raise InputError(
            f"{total:,} units are more than a pool holds ({MOST_POOL_UNITS:,}).",
            hint="Divide all units by the same number.",
        )
    count = -(-len(ordered) // MOST_SEATS)
    cuts = [len(ordered) * part // count for part in range(count + 1)]
    return [Roster.of(ordered[start:end]) for start, end in pairwise(cuts)]


def _check(ordered: Sequence[Seat]) -> None:
    for seat in ordered:
        if not 0 < seat.member < 2 ** (8 * MEMBER_BYTES):
            raise InputError(f"{seat.member} is not the number of a member.", hint="Members run from 1.")
        if not 0 < seat.units <= MOST_UNITS:
            raise InputError(
                f"Member {seat.member} has {seat.units} units.", hint=f"Give 1 to {MOST_UNITS:,} units."
            )
    for before, after in pairwise(ordered):
        if before.member == after.member:
            raise InputError(
                f"Member {after.member} is there twice.", hint="Give each member once, with all units."
            )

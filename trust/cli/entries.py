"""A member's statement as lines of one table: what was earned, and what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trust.views import PoolPay, SeatLine, Statement
    from trust.views.statements import Line, PaydayLine


@dataclass(frozen=True, slots=True)
class _Entry:
    """`entry` is EARNED, POOL or PAID; amounts are base units, and what doesn't apply is empty.

    A pool's line has no date: it is all that a seat earned until now. `held`: the wallet could not receive.
    """

    entry: str
    at: int | None = None
    production_id: int | None = None
    pool_id: int | None = None
    kind: str | None = None
    gross: int | None = None
    dues: int | None = None
    net: int | None = None
    benefits: int | None = None
    paid: int | None = None
    held: int | None = None
    agent_share: int | None = None
    wallet: str | None = None
    tx_hash: str | None = None


ENTRIES = tuple(field.name for field in fields(_Entry))


def entries(found: Statement) -> Iterator[dict[str, Any]]:
    """What was earned, then what was paid, each oldest first."""
    pay: list[PaydayLine | PoolPay] = [*found.paydays, *found.pool_pay]
    paid = sorted(pay, key=lambda one: one.at)
    made = [*map(_earned, found.lines), *map(_seat, found.seats), *map(_paid, paid)]
    for entry in made:
        yield {name: getattr(entry, name) for name in ENTRIES}


def _earned(line: Line) -> _Entry:
    return _Entry(
        entry="EARNED",
        at=line.at,
        production_id=line.production_id,
        kind=line.kind,
        gross=line.gross,
        dues=line.dues,
        net=line.net,
        benefits=line.benefits,
        tx_hash="0x" + line.tx_hash.hex(),
    )


def _seat(seat: SeatLine) -> _Entry:
    return _Entry(entry="POOL", production_id=seat.production_id, pool_id=seat.pool_id, net=seat.earned)


def _paid(pay: PaydayLine | PoolPay) -> _Entry:
    return _Entry(
        entry="PAID",
        at=pay.at,
        production_id=getattr(pay, "production_id", None),
        pool_id=getattr(pay, "pool_id", None),
        paid=0 if pay.held else pay.amount,
        held=pay.amount if pay.held else 0,
        agent_share=getattr(pay, "agent_share", None),
        wallet=pay.wallet,
        tx_hash="0x" + pay.tx_hash.hex(),
    )

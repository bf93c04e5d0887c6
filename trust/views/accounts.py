"""All the money that ever came in, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

from trust.errors import IndexFault
from trust.index import Books, Index
from trust.views.base import QUERIES, View, moment


@dataclass(frozen=True, slots=True)
class PaidOut(View):
    """What left Payroll, in base units; `benefits` to the plan, `levy` to the fund, `dues` to the union.

    `members` is what paydays and pools sent to members' wallets.
    """

    members: int
    agents: int
    benefits: int
    levy: int
    dues: int
    taken_back: int

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Held(View):
    """What Payroll holds, in base units, and whose it is.

    The sums at productions are not yet swept; `benefits`, `levy` and `dues` wait for the next remittance,
    with what streamed until now. `members` and `agents` are due; `streaming_` is for cycles not yet over.
    `pools` is what ensemble pools have until now, for those who sit there, and `streaming_pools` what streams
    into them later; their dues wait to be swept.
    """

    productions_free: int
    productions_reserved: int
    productions_benefits: int
    productions_levy: int
    members: int
    members_dues: int
    pools: int
    pools_dues: int
    agents: int
    benefits: int
    levy: int
    dues: int
    streaming_members: int
    streaming_pools: int
    streaming_benefits: int
    streaming_levy: int
    streaming_dues: int

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Totals(View):
    """paid_in = paid_out + held, exactly.

    The token's own transfers say the same; `unasked` was sent to Payroll outside of `fund`, and stays there.
    """

    now: int
    paid_in: int
    paid_out: PaidOut
    held: Held
    transfers_in: int
    transfers_out: int
    unasked: int

    def check(self) -> None:
        """Raises IndexFault unless the sums agree with each other and with the token's transfers."""
        if self.paid_in != self.paid_out.total + self.held.total:
            raise IndexFault(
                f"{self.paid_in} came in, but {self.paid_out.total} was paid and {self.held.total} is held."
            )
        if self.transfers_out != self.paid_out.total or self.unasked < 0:
            raise IndexFault(
                f"The token moved {self.transfers_in} in and {self.transfers_out} out, "
                f"but {self.paid_in} was funded and {self.paid_out.total} paid."
            )


def totals(index: Index, now: int | None = None) -> Totals:
    """All sums at `now` (Unix seconds; None is the index's last block)."""
    with index.reading():
        now = moment(index, now)
        books = index.books()
        (paid,) = index.rows(QUERIES["paid_sums"])
        moved_in, moved_out = _transfers(index)
        return Totals(
            now=now,
            paid_in=paid["funded"],
            paid_out=PaidOut(
                members=paid["members"] + sum(pool.paid - pool.held for pool in books.pools.values()),
                agents=paid["agents"],
                benefits=paid["benefits"],
                levy=paid["levy"],
                dues=paid["dues"],
                taken_back=paid["taken_back"],
            ),
            held=_held(books, now),
            transfers_in=moved_in,
            transfers_out=moved_out,
            unasked=moved_in - paid["funded"],
        )


def _held(books: Books, now: int) -> Held:
    today = books.clock.cycle_at(now)
    productions = books.productions.values()
    pools = books.pools.values()
    pools_streaming = sum(pool.to_come(now, books.clock) for pool in pools)
    members = [member.at(today) for member in books.members.values()]
    side = books.side
    former_agents = sum(settled[1] for _, settled in members if settled)
    return Held(
        productions_free=sum(account.free for account in productions),
        productions_reserved=sum(account.reserved for account in productions),
        productions_benefits=sum(account.benefits for account in productions),
        productions_levy=sum(account.levy for account in productions),
        members=sum(member.owed for member, _ in members),
        members_dues=sum(member.dues for member, _ in members),
        pools=sum(pool.net - pool.paid - pool.abandoned for pool in pools) - pools_streaming,
        pools_dues=sum(pool.dues for pool in pools),
        agents=sum(books.agents.values()) + sum(member.agent_owed for member, _ in members) + former_agents,
        benefits=side.settled("benefits", today),
        levy=side.settled("levy", today),
        dues=side.settled("dues", today),
        streaming_members=sum(member.track.remaining(today) for member, _ in members),
        streaming_pools=pools_streaming,
        streaming_benefits=side.tracks["benefits"].remaining(today),
        streaming_levy=side.tracks["levy"].remaining(today),
        streaming_dues=side.tracks["dues"].remaining(today),
    )


def _transfers(index: Index) -> tuple[int, int]:
    payroll = index.deployment.contracts["Payroll"].lower()
    moved_in = moved_out = 0
    for row in index.rows(QUERIES["transfers"]):
        raw = row["amount"]
        amount = int.from_bytes(raw, "big") if isinstance(raw, bytes) else raw
        moved_in += amount if row["recipient"].lower() == payroll else 0
        moved_out += amount if row["sender"].lower() == payroll else 0
    return moved_in, moved_out

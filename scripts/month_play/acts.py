"""A day's work of the principals, and what members change about their pay."""

from __future__ import annotations

from itertools import islice

from eth_utils.crypto import keccak

from month_play.plan import Day
from month_play.union import AGENTS, Union
from trust.local import party
from trust.model import Money, dollars

_BATCH = 100
_WHOLE_BPS = 10_000


def work(union: Union, day: Day) -> None:
    """The reporter's batches, and the studio's savings statements."""
    uses = []
    for member, place, iterations in day.uses:
        grant, price = union.grants[member, place]
        uses.append(union.stage.use(grant, iterations))
        union.ordered[member, "ITERATION_FEE"] += price * iterations
    waiting = iter(uses)
    while some := list(islice(waiting, _BATCH)):
        union.stage.report(*some)
    share_bps = union.stage.studio.rate_card.card(1)["premiumShareBps"] if day.savings else 0
    for member, savings, seconds in day.savings:
        grant, _ = union.grants[member, 0]
        evidence = keccak(text=f"evidence of {savings.total} saved by {member}")
        union.stage.studio.premiums.file(grant, savings, evidence, seconds)
        # A statement tells all until then; its share is rounded up.
        union.ordered[member, "PREMIUM"] = -(-savings.total * share_bps // _WHOLE_BPS)


def change(union: Union, day: Day) -> None:
    """Agents, payout wallets, and what the dollar's issuer blocks."""
    relay = union.local.as_("keeper").members
    for member, which, bps in day.agents:
        agent = party(AGENTS[which]).address
        message = {"memberId": member, "agent": agent, "shareBps": bps}
        player = union.players[member]
        relay.appoint_agent(
            union.stage.sign(player, "AgentAppointment", message | union.stage.once(player.id))
        )
    for member in day.wallets:
        player = union.players[member]
        message = {"memberId": member, "wallet": union.another_wallet(member, "new")}
        relay.change_payout(union.stage.sign(player, "PayoutChange", message | union.stage.once(player.id)))
    for member in day.blocked:
        union.blocked[member] = union.wallets[member][-1]
        union.local.block_wallet(union.blocked[member], True)
    for member in day.healed:
        union.local.block_wallet(union.blocked.pop(member), False)


def start_recovery(union: Union) -> None:
    """A member has lost the key: the steward starts what takes thirty days."""
    member = union.players[union.plan.recovering].id
    wallet = union.another_wallet(member, "recovered")
    evidence = keccak(text=f"evidence that member {member} lost the key")
    union.local.as_("steward").members.start_recovery(member, wallet, None, evidence)


def finish_recovery(union: Union) -> None:
    """The payout moves; anybody may ask for it."""
    union.local.as_("keeper").members.finish_recovery(union.players[union.plan.recovering].id)


def take_back(union: Union) -> None:
    """The studio takes back some of what it doesn't owe."""
    studio = union.stage.studio
    free = studio.payroll.production(union.production)["free"]
    assert studio.account is not None
    studio.payroll.take_back(union.production, Money(free // 3 + dollars(1) + 7), studio.account.address)

"""Money in and out of Payroll: each of the token's transfers has its event, and went where it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from trust.audit.case import MOVED, Case, Rules
from trust.audit.facts import Facts
from trust.audit.ledger import Ledger
from trust.index import IndexedEvent
from trust.model import shown

_POOL_PAY = ("PoolPushed", "SeatsPaid", "SeatsVacated")

# A51: where it goes


def paid_to_own_wallet(case: Case) -> Iterator[str]:
    a = case.args
    wallet = case.facts.member(a["memberId"]).wallet
    if a["wallet"] != wallet:
        yield f"{shown(a['amount'])} went to {a['wallet']}, where member {a['memberId']} is paid at {wallet}"


def wallet_was_named(case: Case) -> Iterator[str]:
    a = case.args
    member = case.facts.member(a["memberId"])
    pending = member.pending
    if pending is not None and pending[0] == a["wallet"] and pending[1] <= case.now:
        return
    if case.before("MemberEnrolled", memberId=a["memberId"], wallet=a["wallet"]):
        return
    if not case.before("PayoutRecovered", memberId=a["memberId"], wallet=a["wallet"]):
        yield f"the payout of member {a['memberId']} moved to {a['wallet']}, which nobody had asked for in time"


def wish_was_told(case: Case) -> Iterator[str]:
    a = case.args
    if not case.before("PayoutChangeRequested", memberId=a["memberId"], wallet=a["wallet"]):
        yield f"member {a['memberId']} had not asked for {a['wallet']}"


def remitted_to_payee(case: Case) -> Iterator[str]:
    a, payees = case.args, case.facts.payees
    for lane, role in (("benefits", "benefitsPlan"), ("levy", "pipelineFund"), ("dues", "union")):
        if a[lane] and a["payee"] != payees.get(role):
            yield f"{lane} of {shown(a[lane])} went to {a['payee']}, where {payees.get(role)} was named"


RULES: Rules = (
    ("A51", ("Paid",), paid_to_own_wallet),
    ("A51", ("WalletSet",), wallet_was_named),
    ("A51", ("WalletPending",), wish_was_told),
    ("A51", ("Remitted",), remitted_to_payee),
)


# A50: whole transactions


def check_transfers(ledger: Ledger, facts: Facts, tx: Sequence[IndexedEvent], payroll: str) -> None:
    """Hold a transaction's transfers of the token against what its events say was moved; `facts` are those after it.

    A transfer of nothing says nothing: anybody can make the token tell one.
    """
    moved = [event for event in tx if event.name == MOVED and event.args["amount"]]
    ledger.look("A50", len(moved))
    came = [event for event in moved if event.args["recipient"] == payroll]
    went = [event for event in moved if event.args["sender"] == payroll]
    _deposits(ledger, tx, came)
    _payments(ledger, facts, tx, went)


def _deposits(ledger: Ledger, tx: Sequence[IndexedEvent], came: Sequence[IndexedEvent]) -> None:
    """What came without a deposit is nobody's, and stays: anybody can send it."""
    left = Counter((event.args["sender"], event.args["amount"]) for event in came)
    for event in tx:
        if event.name == "Funded":
            key = (event.args["from"], event.args["amount"])
            if not left[key]:
                ledger.find("A50", f"Funded: {shown(key[1])} is told, and did not come from {key[0]}.", event)
            left[key] -= 1


def _payments(ledger: Ledger, facts: Facts, tx: Sequence[IndexedEvent], went: Sequence[IndexedEvent]) -> None:
    left = list(went)
    for event in tx:
        for recipient, amount in _told(event):
            match = next(
                (e for e in left if (e.args["recipient"], e.args["amount"]) == (recipient, amount)), None
            )
            if match is None:
                what = f"{event.name}: {shown(amount)} is told, and did not go to {recipient}."
                ledger.find("A50", what, event)
            else:
                left.remove(match)
    _pool_payments(ledger, facts, tx, left)


def _told(event: IndexedEvent) -> Iterator[tuple[str, int]]:
    a = event.args
    if event.name == "Paid" and a["amount"]:
        yield a["wallet"], a["amount"]
    elif event.name == "AgentPaid":
        yield a["agent"], a["amount"]
    elif event.name == "Remitted":
        yield a["payee"], a["benefits"] + a["levy"] + a["dues"]
    elif event.name == "TakenBack":
        yield a["to"], a["amount"]


def _pool_payments(
    ledger: Ledger, facts: Facts, tx: Sequence[IndexedEvent], left: Sequence[IndexedEvent]
) -> None:
    """What is left paid seats: as much as the pools' events tell, to nobody but those who sit there."""
    pays = [event for event in tx if event.name in _POOL_PAY]
    held = sum(event.args["amount"] for event in tx if event.name == "PoolPayHeld")
    told = sum(event.args["paid"] for event in pays) - held
    sent = sum(event.args["amount"] for event in left)
    if told != sent:
        where = left[0] if left else pays[0]
        ledger.find(
            "A50", f"{shown(sent)} left without a payment of its own, where pools paid {shown(told)}.", where
        )
    wallets = _wallets(facts, pays)
    for event in left:
        if event.args["recipient"] not in wallets:
            what = (
                f"{shown(event.args['amount'])} went to {event.args['recipient']}, to whom nothing is told."
            )
            ledger.find("A50", what, event)


def _wallets(facts: Facts, pays: Sequence[IndexedEvent]) -> set[str]:
    """Where those are paid who sat in these chunks, also if they have left."""
    pools = ((facts.pools.get(event.args["poolId"]), event.args["chunk"]) for event in pays)
    members = {member for pool, chunk in pools if pool for member, _ in pool.rosters.get(chunk, ())}
    return {facts.members[member].wallet for member in members if member in facts.members}

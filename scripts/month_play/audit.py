"""The end of the month: statements against raw transfers, the chain's own accounts, and a second set of books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from month_play.ledger import Ledger
from month_play.raw import Transfer, asked, logs, times, transfers
from month_play.union import Union
from trust.errors import IndexFault
from trust.index import Index
from trust.views import Statement, Totals, pool_chunks, statement, totals

#: Kinds whose lines the month ordered one by one; premiums stream, and are compared by what the streams are in all.
_KINDS = ("LICENCE_FEE", "TRAINING_FEE", "SCENE_FEE", "ITERATION_FEE")
_ACCOUNT = {"owed": "owed", "dues": "dues", "agentOwed": "agent_owed", "rate": "rate", "paidTo": "paid_to"}
_ACCOUNT |= {"agentBps": "agent_bps", "agentRemainder": "agent_remainder"}


@dataclass(slots=True)
class Facts:
    """What the chain itself says: dollars out of Payroll by wallet, accounts, what is due, and the second books."""

    paid_out: Counter[str]
    paid_in: int
    balance: int
    due: dict[int, tuple[int, str]]
    accounts: dict[int, Mapping[str, Any]]
    seats: Counter[int]  # due to a member's seats
    chunks: list[tuple[int, int, int]]  # due by the chain, by its seats, by the index
    production: Mapping[str, int]
    agents: dict[str, int]
    ledger: Ledger
    pooled: Counter[int]


@dataclass(slots=True)
class Findings:
    """What was compared, and every difference in words. `sums` are base units."""

    compared: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)

    def same(self, what: str, *values: object) -> None:
        """Notes a comparison; all values must be equal."""
        self.compared[what.split(":")[0]] += 1
        if any(value != values[0] for value in values):
            self.differences.append(f"{what}: {' / '.join(map(str, values))}")


def facts(union: Union, index: Index) -> Facts:
    """Ask the chain everything, on its last block."""
    local, node = union.local, union.local.node
    payroll, first = local.deployment.address("Payroll"), local.deployment.block
    moved = list(transfers(node, local.deployment.token, first))
    members = [(member,) for member in union.players]
    due = asked(node, payroll, "Payroll", "due", members)
    accounts = asked(node, payroll, "Payroll", "memberAccount", members)
    seats, chunks = _seats(union, index)
    found = logs(node, payroll, first)
    ledger = Ledger(local.deployment.epoch, local.deployment.cycle_seconds, union.stage.now())
    ledger.read(found, times(node, (log.block for log in found)))
    agents = union.agents()
    owed = asked(node, payroll, "Payroll", "agentOwed", [(agent,) for agent in agents])
    return Facts(
        paid_out=_sums(moved, payroll.lower()),
        paid_in=sum(one.amount for one in moved if one.recipient == payroll.lower()),
        balance=union.stage.studio.payroll.balance(payroll),
        due={m: (answer["amount"], answer["wallet"]) for m, answer in zip(union.players, due, strict=True)},
        accounts=dict(zip(union.players, accounts, strict=True)),
        seats=seats,
        chunks=chunks,
        production=union.stage.studio.payroll.production(union.production),
        agents=dict(zip((agent.lower() for agent in agents), owed, strict=True)),
        ledger=ledger,
        pooled=ledger.pooled(),
    )


def check(union: Union, index: Index, known: Facts, move: Callable[[int], None]) -> Findings:
    """Every statement, then all of them together."""
    findings = Findings()
    net = Counter[str]()
    for member in union.players:
        seen = statement(index, member)
        try:
            seen.check()
        except IndexFault as fault:
            findings.differences.append(fault.message)
        findings.compared["statement adds up in itself"] += 1
        _member(union, index, known, findings, seen)
        net.update(
            net=seen.net,
            paid_out=seen.paid_out,
            agents=seen.agent_share,
            owed=seen.owed_now,
            pools_due=seen.pools_due,
        )
        move(1)
    for at_chain, by_seats, by_index in known.chunks:
        findings.same("chunk: due by chain, seats and index", at_chain, by_seats, by_index)
    _all(union, index, known, findings, net)
    return findings


def _member(union: Union, index: Index, known: Facts, findings: Findings, seen: Statement) -> None:
    member, ledger = seen.member_id, known.ledger
    sent = {wallet: known.paid_out[wallet.lower()] for wallet in union.wallets[member]}
    told = Counter[str]()
    for payday in seen.paydays:
        told[payday.wallet] += 0 if payday.held else payday.amount
    for pay in seen.pool_pay:
        told[pay.wallet] += 0 if pay.held else pay.amount
    amount, wallet = known.due[member]
    findings.same(f"paid out = transfers: member {member}", seen.paid_out, sum(sent.values()))
    findings.same(f"each wallet's lines = its transfers: member {member}", +told, +Counter(sent))
    findings.same(
        f"owed and wallet = the chain's due: member {member}", (seen.owed_now, seen.wallet), (amount, wallet)
    )
    findings.same(f"due from pools = the chain's seats: member {member}", seen.pools_due, known.seats[member])
    book = index.books().members[member]
    books = {name: getattr(book, attribute) for name, attribute in _ACCOUNT.items()}
    account = {name: known.accounts[member][name] for name in _ACCOUNT}
    findings.same(f"account = the chain's memberAccount: member {member}", books, account)
    net, share = ledger.earned(member) + known.pooled[member], ledger.agents_share(member)
    findings.same(f"net = second books: member {member}", seen.net, net)
    findings.same(f"agent's share = second books: member {member}", seen.agent_share, share)
    # Without the index: earned by the second books, received by the token, still due by Payroll.
    received = sum(sent.values()) + share + amount + known.seats[member]
    findings.same(f"earned = received and due, without the index: member {member}", net, received)
    _ordered(union, findings, seen)


def _ordered(union: Union, findings: Findings, seen: Statement) -> None:
    member = seen.member_id
    gross = {kind.kind: kind.gross for kind in seen.totals if kind.kind in _KINDS}
    ordered = {kind: union.ordered[member, kind] for kind in _KINDS if union.ordered[member, kind]}
    findings.same(f"gross by kind = what was ordered: member {member}", gross, ordered)
    streams = sum(stream.gross for stream in seen.streams)
    findings.same(f"streams = premiums ordered: member {member}", streams, union.ordered[member, "PREMIUM"])


def _all(union: Union, index: Index, known: Facts, findings: Findings, net: Counter[str]) -> None:
    seen, ledger, out = totals(index), known.ledger, known.paid_out.total()
    try:
        seen.check()
    except IndexFault as fault:
        findings.differences.append(fault.message)
    names = ("benefits plan", "pipeline fund", "union", "studio")
    payees = {name: known.paid_out[union.local.keys[name].address.lower()] for name in names}
    agents = sum(known.paid_out[agent] for agent in known.agents)
    members = sum(known.paid_out[wallet.lower()] for wallets in union.wallets.values() for wallet in wallets)
    paid = seen.paid_out
    findings.same("total: in by events, transfers and view", ledger.funded, known.paid_in, seen.paid_in)
    findings.same("total: in = out + held", known.paid_in, out + known.balance)
    findings.same("total: held by token and view", known.balance, seen.held.total)
    findings.same("total: out by transfers and view", out, paid.total)
    findings.same("total: nobody else was paid", out, members + agents + sum(payees.values()))
    findings.same("total: members by transfers, statements and view", members, net["paid_out"], paid.members)
    findings.same("total: agents by transfers and view", agents, paid.agents)
    told = {
        "benefits plan": paid.benefits,
        "pipeline fund": paid.levy,
        "union": paid.dues,
        "studio": paid.taken_back,
    }
    findings.same("total: plan, fund, union and studio by transfers and view", payees, told)
    findings.same("total: taken back by events and transfers", ledger.taken_back, payees["studio"])
    left = known.production["free"] + known.production["reserved"] + ledger.taken_back
    spent = ledger.spent["gross"] + ledger.spent["benefits"] + ledger.spent["levy"]
    findings.same("total: in = spent, free, reserved and taken back", ledger.funded, spent + left)
    owing = known.agents.values()
    shares = agents + sum(owing) + sum(account["agentOwed"] for account in known.accounts.values())
    findings.same(
        "total: agents' shares = received and owed", net["agents"] - _accruing(union, index), shares
    )
    findings.sums = _figures(union, seen, known, net, members, agents, payees)


def _accruing(union: Union, index: Index) -> int:
    """Agents' shares of cycles that are over and not settled by a payday yet."""
    books = index.books()
    today = books.clock.cycle_at(union.stage.now())
    return sum(book.at(today)[0].agent_share - book.agent_share for book in books.members.values())


def _elsewhere(union: Union, known: Facts) -> int:
    return sum(known.paid_out[new.lower()] for _, *later in union.wallets.values() for new in later)


def _figures(
    union: Union,
    seen: Totals,
    known: Facts,
    net: Counter[str],
    members: int,
    agents: int,
    payees: Mapping[str, int],
) -> dict[str, int]:
    return {
        "paid in": known.paid_in,
        "gross to members and pools": known.ledger.spent["gross"],
        "members' net, earned": net["net"],
        "of it in pools": known.pooled.total(),
        "sent to members": members,
        "of it to wallets they changed to": _elsewhere(union, known),
        "owed to members": net["owed"],
        "due from pools": net["pools_due"],
        "sent to agents": agents,
        "benefits, sent": payees["benefits plan"],
        "levy, sent": payees["pipeline fund"],
        "dues, sent": payees["union"],
        "taken back by the studio": payees["studio"],
        "held by Payroll": known.balance,
        "of it still to stream": seen.held.streaming_members + seen.held.streaming_pools,
    }


def _sums(moved: list[Transfer], payroll: str) -> Counter[str]:
    sent: Counter[str] = Counter()
    for one in moved:
        if one.sender == payroll:
            sent[one.recipient] += one.amount
    return sent


def _seats(union: Union, index: Index) -> tuple[Counter[int], list[tuple[int, int, int]]]:
    """What the chain says that each seat is due; the index only names the chunks, and the chain refuses wrong ones."""
    node, payroll = union.local.node, union.local.deployment.address("Payroll")
    due: Counter[int] = Counter()
    chunks = []
    for one in pool_chunks(index):
        taken = [place for place in range(len(one.chunk.roster)) if place not in one.vacated]
        struct = one.chunk.as_struct()
        answers = asked(node, payroll, "Payroll", "seatDue", [(struct, place) for place in taken])
        for place, amount in zip(taken, answers, strict=True):
            due[one.chunk.roster.members[place]] += amount
        (whole,) = asked(node, payroll, "Payroll", "chunkDue", [(struct,)])
        chunks.append((whole, sum(answers), one.due))
    return due, chunks

"""trust payroll: paydays and remittances. Anyone may run them; they pay only what is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from trust.cli import parse
from trust.cli.command import READ, WRITE, argument, command, group, option
from trust.cli.session import Session, in_chunks
from trust.cli.show import Answer, Table, dollars, facts, short, write_result
from trust.errors import InputError
from trust.model import MemberId, Money, ProductionId

if TYPE_CHECKING:
    from trust.client import Trust

app = group("Payroll: what is due, paydays, and what goes to agents, benefits and dues.")

Members = Annotated[list[MemberId] | None, argument("MEMBER", "Numbers; else all.", parse.member)]
# 22,500 gas a member with 20 streams; ten idle years cost more.
_BATCH = 100


@command(app, "due", example="trust payroll due 7 8", options=READ)
def due(session: Session, members: Members = None) -> Answer:
    """Show what a payday now would send, and to which wallets."""
    rows = _due(session, session.reader, members)
    total = sum(amount for _, amount, _ in rows)
    data = {"due": [{"member": m, "amount": a, "wallet": w} for m, a, w in rows], "total": total}
    table = Table(
        ("Member", "Due", "Wallet"),
        [(str(m), dollars(a), short(w)) for m, a, w in rows],
        frozenset({0, 1}),
    )
    return Answer(data, [table, f"In all {dollars(total)}."])


@command(app, "payday", example="trust payroll payday 7 8", options=WRITE)
def payday(session: Session, members: Members = None) -> Answer:
    """Pay these members, or all, what is due to them."""
    trust = session.sender
    chosen = [member for member, amount, _ in _due(session, trust, members) if amount]
    sent, paid = [], 0
    with session.progress() as bar:
        task = bar.add_task("Paying", total=len(chosen))
        for chunk in in_chunks(chosen, _BATCH):
            result = trust.payroll.payday(chunk, simulate=session.simulate)
            amounts = [e.args["amount"] for e in result.events if e.name == "Paid"]
            paid += sum(amounts)
            if result.receipt is not None:
                sent.append(
                    {"transaction": result.receipt.hash, "gas_used": result.gas_used, "paid": len(amounts)}
                )
            bar.advance(task, len(chunk))
    data = {"simulated": session.simulate, "members": chosen, "paid": paid, "transactions": sent}
    if session.simulate:
        return Answer(data, [f"Simulated, nothing sent. A payday for {len(chosen)} members would succeed."])
    count = sum(int(one["paid"] or 0) for one in sent)
    lines = [f"Paid {dollars(paid)} to {count} member{'' if count == 1 else 's'}."]
    if count < len(chosen):
        lines.append(
            f"{len(chosen) - count} wallets could not receive; their pay stays owed and is tried again."
        )
    return Answer(data, [*lines, *(f"Transaction {one['transaction']}." for one in sent)])


@command(app, "agents", example="trust payroll agents 0x...", options=WRITE)
def agents(
    session: Session,
    agents: Annotated[list[str], argument("ADDRESS", "The agents' addresses.", parse.address)],
) -> Answer:
    """Pay agents what accrued to them."""
    result = session.sender.payroll.pay_agents(agents, simulate=session.simulate)
    return write_result(result, f"{len(agents)} agents paid what was due to them.", session.simulate)


@command(app, "remit", example="trust payroll remit 1 2", options=WRITE)
def remit(
    session: Session,
    productions: Annotated[list[ProductionId], argument("PRODUCTION", "Numbers.", parse.production)],
) -> Answer:
    """Send these productions' benefits and levy, and the dues, where they belong."""
    result = session.sender.payroll.remit(productions, simulate=session.simulate)
    return write_result(result, "Benefits, levy and dues remitted.", session.simulate)


@command(app, "show", example="trust payroll show --member 7", options=READ)
def show(
    session: Session,
    member: Annotated[
        MemberId | None, option("--member", "NUMBER", "A member's account.", parse.member)
    ] = None,
    production: Annotated[
        ProductionId | None, option("--production", "NUMBER", "A production's account.", parse.production)
    ] = None,
) -> Answer:
    """Show a payroll account as it was settled last."""
    if (member is None) == (production is None):
        raise InputError("Whose account?", hint="Give either --member or --production.")
    payroll = session.reader.payroll
    if production is not None:
        account = payroll.production(production)
        parts = ("free", "reserved", "benefits", "levy")
        lines = facts({part.capitalize(): dollars(account[part]) for part in parts})
        return Answer({"production": production, **account}, [f"Production {production}", *lines])
    assert member is not None
    account = payroll.member(member)
    amount, wallet = payroll.due(member)
    lines = facts(
        {
            "Due now": dollars(amount),
            "To": wallet,
            "Owed at the last settlement": dollars(account["owed"]),
            "Streams, each cycle": dollars(account["rate"]),
            "Agent's part": dollars(account["agentOwed"]),
        }
    )
    return Answer(
        {"member": member, "due": amount, "wallet": wallet, **account}, [f"Member {member}", *lines]
    )


def _due(
    session: Session, trust: Trust, members: Sequence[MemberId] | None
) -> list[tuple[MemberId, Money, str]]:
    """Member, amount and wallet; of every member when none is named."""
    wanted = list(members or [])
    if not wanted:
        wanted = [MemberId(n) for n in range(1, trust.handle.read("Members", "memberCount") + 1)]
    with session.progress() as bar:
        steps = bar.track(wanted, description="Looking up what is due")
        return [(member, *trust.payroll.due(member)) for member in steps]

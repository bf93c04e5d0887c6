"""The demo's last word: three tables, and the sums that show that nothing was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trust.demo.proof import by_kind
from trust.demo.result import DemoResult, Findings
from trust.demo.show import Show, many, money
from trust.index import Index
from trust.model import UNITS_PER_DOLLAR
from trust.views import Production, Statement, Use, usage_history

_MOST_USES = 25
_WIDEST = 110


def show_all(show: Show, index: Index, found: Findings) -> None:
    """Print them."""
    console = show.tell.console
    lead = show.players[show.cast.lead]
    (earned,) = (statement for statement in found.statements if statement.member_id == lead.id)
    _studio(console, found)
    _statement(console, lead.name, earned)
    _history(console, show, index)
    _proof(console, found)


def farewell(console: Console, folder: Path, result: DemoResult) -> None:
    """Where things are now, and how to look further."""
    console.print()
    names = "index.db, deployment.json, outbox.db and result.json"
    _line(console, f"{names} are in {folder}; it took {sum(result.seconds.values()):.1f} seconds.")
    if result.rpc_url is None:
        return
    _line(console, f"The chain still runs at {result.rpc_url}. Look around with:")
    files = f"--deployment {folder / 'deployment.json'} --index {folder / 'index.db'}"
    command = f"  trust history --production {result.production} {files} --rpc {result.rpc_url}"
    console.print(command, markup=False, highlight=False, soft_wrap=True)
    _line(console, f"Stop it with: kill {result.pid}")


def _studio(console: Console, found: Findings) -> None:
    _heading(
        console,
        "What the studio spent and owes",
        "Every dollar the studio put in. Members get their pay; benefits (pension and health) and the levy for"
        " entry-level jobs are paid by the studio on top.",
    )
    account = found.production
    table = _table("", "pay", "benefits on top", "levy on top", "in all")
    spent = account.spent
    rows = [(_kind(s.kind), (s.gross, s.benefits, s.levy, s.gross + s.benefits + s.levy)) for s in spent]
    sums = tuple(sum(amounts[i] for _, amounts in rows) for i in range(4))
    rest = (
        ("Set aside for grants still open", account.reserved),
        ("Taken back by the studio", account.taken_back),
        ("Free, and the studio's to take back", account.free),
    )
    everything = [*(amounts for _, amounts in rows), sums]
    columns = [_aligned([amounts[i] for amounts in everything]) for i in range(3)]
    totals = [*(amounts[3] for amounts in everything), *(amount for _, amount in rest), account.funded]
    shown = _aligned(totals)
    for number, (name, _) in enumerate(rows):
        table.add_row(name, *(column[number] for column in columns), shown[number])
    table.add_section()
    table.add_row("Spent", *(column[-1] for column in columns), shown[len(rows)], style="bold")
    for offset, (name, _) in enumerate(rest, start=1):
        table.add_row(name, "", "", "", shown[len(rows) + offset])
    table.add_section()
    table.add_row("Paid in", "", "", "", shown[-1], style="bold")
    console.print(table)
    _line(console, _obligations(account, found))


def _obligations(account: Production, found: Findings) -> str:
    runs = [run for licence in found.licences for run in licence.runs]
    retired = sum(run.retired_at is not None for run in runs)
    active = sum(line.state == "ACTIVE" for line in account.licences)
    over = sum(line.closed or line.revoked or line.expires <= account.now for line in account.grants)
    return (
        f"Still binding: {many(active, 'licence')}, {many(len(account.grants) - over, 'open grant')} of"
        f" {len(account.grants)}, {money(account.still_to_stream)} of premium still to stream."
        f" Models trained: {len(runs)}, retired: {retired}."
    )


def _statement(console: Console, name: str, earned: Statement) -> None:
    _heading(
        console,
        f"Statement of earnings of {name}",
        "What this member earned, line by line, and what arrived in their wallet. Dues go to the union out of"
        " the pay; benefits were paid by the studio on top.",
    )
    table = _table("date", "for", "pay", "dues", "net pay", "benefits", left=2)
    lines = earned.lines
    columns = [
        _aligned([*(getattr(line, what) for line in lines), getattr(earned, what)])
        for what in ("gross", "dues", "benefits")
    ]
    paid = [payday for payday in earned.paydays if payday.amount]
    net = _aligned(
        [
            *(line.net for line in lines),
            earned.net,
            *(-payday.amount for payday in paid),
            earned.owed_now,
        ]
    )
    for number, line in enumerate(lines):
        pay, dues, benefits = (column[number] for column in columns)
        table.add_row(_day(line.at), _earning(line), pay, dues, net[number], benefits)
    table.add_section()
    pay, dues, benefits = (column[-1] for column in columns)
    table.add_row("", "Earned", pay, dues, net[len(lines)], benefits, style="bold")
    for amount, payday in zip(net[len(lines) + 1 :], paid, strict=False):
        if payday.held:
            table.add_row(_day(payday.at), "Wallet can't receive", "", "", "held".ljust(len("held")), "")
        else:
            table.add_row(_day(payday.at), f"Payday, to {payday.wallet[:6]}..{payday.wallet[-4:]}", "", "", amount, "")
    table.add_section()
    table.add_row("", "Due at the next payday", "", "", net[-1], "", style="bold")
    console.print(table)
    _line(console, f"Still to come from the premium: {money(earned.still_to_come)}, week by week.")


def _history(console: Console, show: Show, index: Index) -> None:
    _heading(
        console,
        "The auditor's history of every use",
        "Each time a double was used, as anybody can read it without asking studio or union. Members are"
        " numbers and scenes are fingerprints: who shows the script can prove which is which.",
    )
    page = usage_history(index, production=show.production, limit=_MOST_USES)
    table = _table("date and time", "member", "scene", "class", "what", "iterations", "seconds", "pay", "output", left=5)
    pay = _aligned([use.gross for use in page.uses])
    for use, amount in zip(page.uses, pay, strict=True):
        table.add_row(*_use(use), amount, _short(use.output_hash))
    console.print(table)
    more = show.uses - len(page.uses)
    rest = f" The table shows the first {len(page.uses)}." if more else ""
    _line(console, f"{many(show.uses, 'use')} in all.{rest} Each was paid when it was recorded.")


def _use(use: Use) -> Sequence[str]:
    when = datetime.fromtimestamp(use.used_at, UTC).strftime("%Y-%m-%d %H:%M")
    what = use.kind.lower().replace("_", " ")
    return (when, str(use.member_id), _short(use.scene_hash), use.asset_class, what, str(use.iterations), str(use.output_seconds))


def _proof(console: Console, found: Findings) -> None:
    _heading(
        console,
        "Nothing was lost",
        "All money that came in was paid or is still there. The left column adds up the contracts' own books;"
        " the right one only counts transfers of dollars, as the token logged them.",
    )
    paid, held = by_kind(found.totals)
    logged = found.logged
    rows = [("Paid in", found.totals.paid_in, logged.paid_in)]
    rows += [(_PAID[kind], amount, logged.paid.get(kind, 0)) for kind, amount in paid.items() if amount]
    inside = [(name, sum(held[kind] for kind in kinds)) for name, kinds in _HELD]
    books = _aligned([*(row[1] for row in rows), *(amount for _, amount in inside), sum(held.values())])
    logs = _aligned([*(row[2] for row in rows), logged.held, logged.balance])
    table = _table("", "books", "token's log")
    for number, (name, _, _) in enumerate(rows):
        table.add_row(name, books[number], logs[number], style="bold" if number == 0 else "")
        if number == 0:
            table.add_section()
    table.add_section()
    for number, (name, amount) in enumerate(inside, start=len(rows)):
        if amount:
            table.add_row(name, books[number], "")
    table.add_row("Held in all", books[-1], logs[-2], style="bold")
    table.add_row("Payroll's balance, as the token has it", "", logs[-1])
    console.print(table)
    _line(console, "Paid in = paid + held, to the last unit, in both columns.", "bold green")


_PAID = {
    "members": "Paid to members",
    "agents": "Paid to agents",
    "benefits": "Paid to the benefits plan",
    "levy": "Paid to the pipeline fund",
    "dues": "Paid to the union as dues",
    "taken_back": "Taken back by the studio",
}
_HELD = (
    ("Held: due to members", ("members",)),
    ("Held: streaming to members", ("streaming_members",)),
    ("Held: for agents", ("agents",)),
    ("Held: benefits", ("benefits", "productions_benefits", "streaming_benefits")),
    ("Held: levy", ("levy", "productions_levy", "streaming_levy")),
    ("Held: dues", ("dues", "members_dues", "streaming_dues")),
    ("Held: set aside for open grants", ("productions_reserved",)),
    ("Held: the studio's to take back", ("productions_free",)),
)


def _table(*headings: str, left: int = 1) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        # Only words may wrap; a number that doesn't fit is no number.
        table.add_column(heading, justify="left" if number < left else "right", no_wrap=number >= 1)
    return table


def _aligned(amounts: Iterable[int]) -> list[str]:
    """Amounts of one column with their points in line, whichever need fractions of a cent."""
    given = list(amounts)
    fine = any(amount % (UNITS_PER_DOLLAR // 100) for amount in given)
    return [f"{money(amount)}{'    ' if fine and amount % (UNITS_PER_DOLLAR // 100) == 0 else ''}" for amount in given]


def _heading(console: Console, title: str, words: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    _line(console, words)


def _line(console: Console, words: str, style: str = "") -> None:
    console.print(Text(words, style=style), width=min(console.width, _WIDEST))


def _kind(name: str) -> str:
    return {"PREMIUM": "Substitution premium"}.get(name, name.replace("_", " ").capitalize())


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _short(value: bytes) -> str:
    return f"0x{value.hex()[:8]}"

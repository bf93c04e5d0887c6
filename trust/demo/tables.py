"""The demo's last word: what was paid, used, made, and the sums that show that nothing was lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from rich.console import Console
from rich.text import Text

from trust.demo.folder import ANCHORS, CREDENTIAL, DEPLOYMENT, INDEX, OUTBOX, RESULT, STAMPED
from trust.demo.layout import aligned, day, heading, minute, prose, put, short, table
from trust.demo.proof import by_kind
from trust.demo.result import DemoResult, Findings
from trust.demo.show import Show, many, money
from trust.demo.tables_made import show_made
from trust.views import Production, Statement, usage_history
from trust.views.statements import Line, PaydayLine

_MOST_USES = 25
_PAID = {
    "members": "Paid to members",
    "agents": "Paid to agents",
    "benefits": "Paid to the benefits plan",
    "levy": "Paid to the pipeline fund",
    "dues": "Paid to the union as dues",
    "taken_back": "Taken back by the studio",
}
_HELD = {
    "Held: due to members": ("members",),
    "Held: streaming to members": ("streaming_members",),
    "Held: for agents": ("agents",),
    "Held: for the benefits plan": ("benefits", "productions_benefits", "streaming_benefits"),
    "Held: for the pipeline fund": ("levy", "productions_levy", "streaming_levy"),
    "Held: for the union": ("dues", "members_dues", "streaming_dues"),
    "Held: set aside for open grants": ("productions_reserved",),
    "Held: the studio's to take back": ("productions_free",),
}
_NAMES = {"PREMIUM": "Premium", "ITERATION_FEE": "Iterations"}
_OF_LICENCES = ("LICENCE_FEE", "TRAINING_FEE", "EXTENSION_FEE")


def show_all(show: Show, found: Findings) -> None:
    """Print them."""
    console = show.tell.console
    lead = show.players[show.cast.lead]
    (earned,) = (statement for statement in found.statements if statement.member_id == lead.id)
    _studio(console, found.production)
    console.print()
    prose(console, _obligations(found))
    _statement(console, lead.name, earned)
    _history(console, show)
    show_made(console, show, found)
    _proof(console, found)


def farewell(console: Console, folder: Path, result: DemoResult) -> None:
    """Where things are now, and how to look further."""
    console.print()
    seconds = sum(result.seconds.values())
    files = f"{INDEX}, {DEPLOYMENT}, {OUTBOX} and {RESULT} are in {folder}"
    prose(console, f"{files}. It took {seconds:.1f} seconds.")
    place = f"--deployment {quote(str(folder / DEPLOYMENT))} --index {quote(str(folder / INDEX))}"
    prose(console, "Look around in them, also without the chain; check the picture and the credential:")
    _command(console, f"trust history --production {result.production} {place}")
    picture, trusted = (quote(str(folder / name)) for name in (STAMPED, ANCHORS))
    _command(console, f"trust provenance check {picture} --trust {trusted} {place}")
    paper, by = quote(str(folder / CREDENTIAL)), f"--deployment {quote(str(folder / DEPLOYMENT))}"
    _command(console, f"trust credit check {paper} --block-hash {result.credit['block_hash']} {by}")
    if result.rpc_url is None:
        return
    prose(console, f"The chain still runs at {result.rpc_url}. After more has happened on it:")
    _command(console, f"trust index sync --rpc {result.rpc_url} {place}")
    prose(console, "Don't believe any of this; check every promise from the chain alone:")
    _command(console, f"trust audit --rpc {result.rpc_url} {by}")
    prose(console, "Stop it with:")
    _command(console, f"kill {result.pid}")


def _command(console: Console, command: str) -> None:
    """A command to copy, so on one line."""
    console.print(Text(f"  {command}"), soft_wrap=True)


def _studio(console: Console, account: Production) -> None:
    heading(
        console,
        "What the studio spent and owes",
        "Every dollar the studio put in. The members get their pay; benefits (health and pension) and the"
        " levy for entry-level jobs are paid by the studio on top of it.",
    )
    spent = {_kind(s.kind): (s.gross, s.benefits, s.levy) for s in account.spent}
    spent["Spent"] = _summed(spent.values())
    rest = {
        "Set aside for grants still open": account.reserved,
        "Taken back by the studio": account.taken_back,
        "Free, the studio's to take back": account.free,
        "Paid in": account.funded,
    }
    parts = [aligned(row[i] for row in spent.values()) for i in range(3)]
    in_all = aligned([*(sum(row) for row in spent.values()), *rest.values()])
    made = table("", "pay", "benefits", "levy", "in all")
    for number, name in enumerate([*spent, *rest]):
        cells = [column[number] for column in parts] if number < len(spent) else [""] * 3
        style = "bold" if name in ("Spent", "Paid in") else ""
        if style:
            made.add_section()
        made.add_row(name, *cells, in_all[number], style=style)
    put(console, made)


def _summed(rows: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    pay, benefits, levy = (sum(column) for column in zip(*rows, strict=True))
    return pay, benefits, levy


def _obligations(found: Findings) -> str:
    account = found.production
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
    heading(
        console,
        f"Statement of earnings of {name}",
        "What this member earned, line by line, and what arrived in their wallet. Dues go to the union out of"
        " the pay; the studio paid benefits on top. The premium counts with what has streamed until now.",
    )
    lines = earned.lines
    paydays = [payday for payday in earned.paydays if payday.amount]
    pay, dues, benefits = (
        aligned([*(getattr(line, what) for line in lines), getattr(earned, what)])
        for what in ("gross", "dues", "benefits")
    )
    moved = [*(line.net for line in lines), earned.net, *(-payday.amount for payday in paydays)]
    net = aligned([*moved, earned.owed_now])
    made = table("date", "for", "pay", "dues", "net pay", "benefits", left=2)
    for number, line in enumerate(lines):
        made.add_row(day(line.at), _earning(line), pay[number], dues[number], net[number], benefits[number])
    made.add_section()
    made.add_row("", "Earned", pay[-1], dues[-1], net[len(lines)], benefits[-1], style="bold")
    for payday, amount in zip(paydays, net[len(lines) + 1 : -1], strict=True):
        made.add_row(day(payday.at), _arrival(payday), "", "", "held" if payday.held else amount, "")
    made.add_section()
    made.add_row("", "Due at the next payday", "", "", net[-1], "", style="bold")
    put(console, made)
    console.print()
    prose(console, f"Still to come from the premium: {money(earned.still_to_come)}, week by week.")


def _earning(line: Line) -> str:
    return _kind(line.kind) if line.kind in _OF_LICENCES else f"{_kind(line.kind)}, grant {line.ref!s}"


def _arrival(payday: PaydayLine) -> str:
    return f"Payday, {payday.wallet[:6]}..{payday.wallet[-4:]}"


def _history(console: Console, show: Show) -> None:
    heading(
        console,
        "The auditor's history of every use",
        "Each time a double was used, as anybody can read it without asking studio or union. Members are"
        " numbers and scenes are fingerprints: who is shown the script can check which is which.",
    )
    uses = usage_history(show.index, production=show.production, limit=_MOST_USES).uses
    made = table(
        "when (UTC)", "scene", "class", "what", "output", "member", "iterations", "seconds", "pay", left=5
    )
    for use, pay in zip(uses, aligned(use.gross for use in uses), strict=True):
        what = use.kind.lower().replace("_", " ")
        words = (minute(use.used_at), short(use.scene_hash), use.asset_class, what, short(use.output_hash))
        made.add_row(*words, str(use.member_id), str(use.iterations), str(use.output_seconds), pay)
    put(console, made)
    rest = f" The table shows the first {len(uses)}." if show.uses > len(uses) else ""
    prose(console, f"{many(show.uses, 'use')} in all, each paid for when it was recorded.{rest}")


def _proof(console: Console, found: Findings) -> None:
    heading(
        console,
        "Nothing was lost",
        "All money that came in was paid or is still there. The left column adds up the contracts' own books;"
        " the right one only counts transfers of dollars, as the token itself logged them.",
    )
    paid, held = by_kind(found.totals)
    logged = found.logged
    out = {_PAID[kind]: (amount, logged.paid.get(kind, 0)) for kind, amount in paid.items() if amount}
    inside = {name: sum(held[kind] for kind in kinds) for name, kinds in _HELD.items()}
    inside = {name: amount for name, amount in inside.items() if amount}
    books = aligned(
        [found.totals.paid_in, *(b for b, _ in out.values()), *inside.values(), sum(held.values())]
    )
    logs = aligned([logged.paid_in, *(amount for _, amount in out.values()), logged.held, logged.balance])
    made = table("", "books", "token's log")
    made.add_row("Paid in", books[0], logs[0], style="bold")
    made.add_section()
    for number, name in enumerate(out, start=1):
        made.add_row(name, books[number], logs[number])
    for number, name in enumerate(inside, start=1 + len(out)):
        made.add_row(name, books[number], "")
    made.add_section()
    made.add_row("Held in all", books[-1], logs[-2], style="bold")
    made.add_row("Held, as the token has it", "", logs[-1], style="bold")
    put(console, made)
    console.print()
    prose(console, "Paid in = paid + held, to the last unit, both ways.", "bold green")


def _kind(name: str) -> str:
    return _NAMES.get(name, name.replace("_", " ").capitalize())

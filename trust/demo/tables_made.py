"""The tables of transparency: who and what made each work, who was told, and the credit's numbers."""

from __future__ import annotations

from rich.console import Console

from trust.credit import DEPARTMENTS
from trust.demo.layout import heading, percent, prose, put, short, table
from trust.demo.made import Work
from trust.demo.props import MODEL
from trust.demo.result import Findings
from trust.demo.show import Show, many


def show_made(console: Console, show: Show, found: Findings) -> None:
    """Print them."""
    _lineage(console, show, found)
    _credit(console, show)


def _lineage(console: Console, show: Show, found: Findings) -> None:
    heading(
        console,
        "Who and what made it",
        "Each work with its makers and what it was made from. Depth: machine generations on the longest path;"
        " no human's pass takes one away. Since human: generations since somebody contributed.",
    )
    made = table("work", "fingerprint", "made from", "by", "depth", "since human", left=4)
    names = {work.asset.id: work.name for work in show.works}
    for work in show.works:
        origin = ", ".join(names[parent] for parent in work.asset.parents)
        for line, maker in enumerate(_makers(show, work)):
            depth, since = work.numbers
            first = (work.name, short(work.asset.id), origin)
            cells = (*first, maker, str(depth), str(since)) if line == 0 else ("", "", "", maker, "", "")
            made.add_row(*cells)
    put(console, made)
    console.print()
    told = sum(one.reply == "ACKNOWLEDGED" for one in found.disclosures)
    overdue = sum(one.overdue for one in found.disclosures)
    prose(
        console,
        f"The machine's draft was disclosed to {many(len(found.disclosures), 'writer')}, before the work;"
        f" {told} acknowledged it, {overdue} overdue.",
    )


def _makers(show: Show, work: Work) -> list[str]:
    people = [
        f"{show.name_of(part.member)}, {part.role.name.lower()} {percent(part.share_bps)}"
        for part in work.asset.contributions
    ]
    return people + [f"{MODEL} {percent(part.share_bps)}" for part in work.asset.machines]


def _credit(console: Console, show: Show) -> None:
    papers = show.papers
    heading(
        console,
        f"Human-audit credit {papers.credit}",
        "Works by department, counted by published rules that anybody can run again, attested by an accredited"
        " auditor. Numbers, and no percentage.",
    )
    people, machines = (papers.counted.counted(human_led=led) for led in (True, False))
    made = table("", "led by people", "led by machines")
    for name in DEPARTMENTS:
        made.add_row(name.replace("_", " ").capitalize(), str(people[name]), str(machines[name]))
    put(console, made)

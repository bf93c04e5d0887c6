"""A chain on which everything has happened once, for the tests of the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from test_index_story import DAY, DOLLAR, Story, long_story
from test_pools_deals import play
from transparency_story import transparency_story

from trust.audit import Report
from trust.cli import app
from trust.consent.types import describe
from trust.model import PoolId
from trust.pools import Chunk, Roster, Seat
from trust.testing import LocalChain

FIRST = 1 << 24 | 1  # licence of production 1 and member 1
NOBODY = "0x" + "0" * 40


def full_story(story: Story) -> None:
    """Payroll in all its parts, crowds, and what the long story leaves out."""
    long_story(story)
    story.fund(1, 100_000 * DOLLAR)
    play(story)
    transparency_story(story)
    _scan_after_notice(story)
    _extend(story)
    _strike(story)
    _studio_pool(story)


def _scan_after_notice(story: Story) -> None:
    story.send(story.union, "Records", "giveNotice", 1, 0, 2)
    story.pass_days(2.1)
    fields, signature = story.signed(
        1,
        "ScanConsent",
        "Records",
        memberId=1,
        productionId=0,
        modalities=2,
        description=describe("Body scan"),
        noticeWaived=False,
        representation=1,
    )
    deposit = {"modality": 1, "commitment": keccak(b"body")}
    story.send(story.union, "Records", "pool", fields, [deposit], signature)


def _extend(story: Story) -> None:
    fields, signature = story.signed(
        1,
        "LicenceExtension",
        "Licences",
        licenceId=FIRST,
        expires=story.starts + 650 * DAY,
        fee=100 * DOLLAR + 7,
    )
    story.send(story.studio, "Licences", "extend", fields, signature)


def _strike(story: Story) -> None:
    """Uses before it may still be reported while it lasts."""
    grant = story.grant(FIRST, days=30)
    story.send(story.union, "Productions", "declareStrike", [1])
    story.pass_days(1)
    story.send(story.union, "Productions", "endStrike", [1])
    story.use((grant, 2), (grant, 1))


def _studio_pool(story: Story) -> None:
    """A pool that the studio runs itself: a lump, a stream, pushes, one who leaves, a wallet that refuses."""
    story.send(story.studio, "Payroll", "openPool", 1, False)
    number = story.view("Payroll", "poolCount")
    roster = Roster.of([Seat(1, 5), Seat(2, 2)])  # type: ignore[arg-type]
    story.send(story.studio, "Payroll", "seat", number, [roster.packed])
    story.send(story.studio, "Payroll", "fundPool", number, 1_234 * DOLLAR + 5)
    story.send(story.studio, "Payroll", "streamToPool", number, 777 * DOLLAR, 0, story.now() + 20 * DAY)
    story.pass_days(9)
    chunk = Chunk(PoolId(number), 0, 0, roster).as_struct()
    story.block_wallet(1, True)
    story.send(story.union, "Payroll", "push", chunk)
    story.block_wallet(1, False)
    story.send(story.union, "Payroll", "paySeats", chunk, [0])
    story.send(story.studio, "Payroll", "unseat", chunk, [1])
    story.send(story.union, "Payroll", "sweepPools", [number])
    story.payday(1, 2)


@contextmanager
def tampered(story: Story) -> Iterator[LocalChain]:
    """The chain, put back afterwards."""
    snapshot = story.chain.snapshot()
    try:
        yield story.chain
    finally:
        story.chain.revert(snapshot)


def broken(report: Report) -> set[str]:
    return {check.id for check in report.checks if not check.kept}


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, int]:
    import typer.main

    with pytest.raises(SystemExit) as ended:
        typer.main.get_command(app).main(list(words), prog_name="trust")
    assert isinstance(ended.value.code, int)
    return capsys.readouterr().out, ended.value.code


@contextmanager
def audited(folder: Path) -> Iterator[Story]:
    """The story, on a chain of its own."""
    with LocalChain() as chain:
        story = Story.deployed(chain, folder)
        full_story(story)
        yield story

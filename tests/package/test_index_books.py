"""What the index makes of a long story, against the contracts' own views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_index_story import Story, long_story, played

from trust.index import Books, Index, fold


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), long_story) as story:
        yield story


@pytest.fixture(scope="module")
def index(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("index") / "index.db"
    with Index(path, story.deployment, story.chain.node) as index:
        index.sync()
        yield index


def compare(books: Books, story: Story) -> None:
    """Every view of the contracts against the books, to the unit."""
    today = story.view("Payroll", "cycleAt", story.now())
    assert today == books.clock.cycle_at(story.now())
    for number, production in books.productions.items():
        account = story.view("Payroll", "productionAccount", number)
        for name in ("free", "reserved", "benefits", "levy"):
            assert account[name] == getattr(production, name), (number, name)
        assert account["inArrears"] == production.in_arrears
        assert story.view("SubstitutionPremiums", "arrearsOf", number) == production.arrears
        seen = story.view("Productions", "productionOf", number)
        assert (seen["studio"], seen["starts"], seen["ends"]) == (
            production.studio,
            production.starts,
            production.ends,
        )
        assert story.view("Productions", "breakdownOf", number) == production.root
    compare_members(books, story, today)
    compare_grants(books, story)
    side = story.view("Payroll", "sideOwed")
    assert side == {name: books.side.settled(name, today) for name in ("dues", "benefits", "levy")}
    assert all(story.view("Payroll", "agentOwed", agent) == owed for agent, owed in books.agents.items())
    for number, record in books.records.items():
        seen = story.view("Records", "recordOf", number)
        assert list(seen.values()) == [record.member_id, record.production_id, record.modality, record.erased]


def compare_members(books: Books, story: Story, today: int) -> None:
    for number, member in books.members.items():
        account = story.view("Payroll", "memberAccount", number)
        assert account["paidTo"] >= member.paid_to
        # A payday that finds nothing due leaves no event, but it settles and lets the next agent in.
        if not account["agentPending"]:
            member.promote_agent(today)
        member.accrue_to(account["paidTo"])
        for name, value in (
            ("owed", member.owed),
            ("dues", member.dues),
            ("agentOwed", member.agent_owed),
            ("rate", member.rate),
            ("agentBps", member.agent_bps),
            ("agentRemainder", member.agent_remainder),
            ("agentPending", member.next_agent is not None),
        ):
            assert account[name] == value, (number, name)
        pending, due = member.pending_wallet, 0 < member.pending_from <= story.now()
        assert story.view("Payroll", "due", number) == {
            "amount": member.at(today)[0].owed,
            "wallet": pending if due else member.wallet,
        }


def compare_grants(books: Books, story: Story) -> None:
    for number, grant in books.grants.items():
        seen = story.view("UsageLedger", "grantOf", number)
        assert seen["productionId"] == grant.production_id
        assert seen["memberId"] == grant.member_id
        assert seen["iterationsLeft"] == grant.iterations_left
        assert seen["secondsLeft"] == grant.seconds_left
        assert seen["countedLeft"] == grant.counted_left
        assert (seen["revoked"], seen["closed"], seen["used"]) == (grant.revoked, grant.closed, grant.used)
        assert seen["expires"] == grant.expires
        assert story.view("SubstitutionPremiums", "premiumOf", number) == grant.premium
    for number, licence in books.licences.items():
        account = story.view("Payroll", "licenceAccount", *divmod(number, 1 << 24))
        assert account["counted"] == licence.counted
        assert account["ceiling"] == licence.ceiling
        assert account["version"] == licence.version
        seen = story.view("Licences", "licenceOf", number)
        assert (seen["expires"], seen["trainingRuns"]) == (licence.expires, len(licence.runs))
        assert (seen["suspendedAt"], seen["revokedAt"]) == (licence.suspended_at, licence.revoked_at)


def test_books_equal_the_contracts_views_to_the_unit(index: Index, story: Story) -> None:
    compare(fold(index.events(), index.clock), story)


def test_folding_on_from_a_prefix_gives_the_same_books(story: Story, tmp_path: Path) -> None:
    with Index(tmp_path / "index.db", story.deployment, story.chain.node) as index:
        index.sync()
        assert index.books() is index.books()
        assert repr(index.books()) == repr(fold(index.events(), index.clock))

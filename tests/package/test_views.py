"""The views over a story played on a real chain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres
from test_index_story import CARD, DAY, DOLLAR, EVIDENCE, SCENE, Story, long_story, played

from trust.errors import IndexFault, InputError
from trust.index import Index
from trust.views import licence, production, statement, totals, usage_history

STATES = ("NONE", "ACTIVE", "NOT_YET", "EXPIRED", "SUSPENDED", "REVOKED", "PRODUCTION_CANCELLED")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), long_story) as story:
        yield story


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def where(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Path | str:
    return tmp_path_factory.mktemp("index") / "i.db" if request.param == "sqlite" else postgres.new()


@pytest.fixture(scope="module")
def index(story: Story, where: Path | str) -> Iterator[Index]:
    with Index(where, story.deployment, story.chain.node) as index:
        index.sync()
        yield index


def test_the_story_has_every_money_event(index: Index) -> None:
    """Else the tests below would show less than they seem to."""
    seen = {row["name"] for row in index.rows("SELECT DISTINCT name FROM event WHERE contract = 'Payroll'")}
    assert seen >= {
        *(
            "Funded",
            "TakenBack",
            "Charged",
            "IterationsCharged",
            "Reserved",
            "Released",
            "StreamOpened",
            "StreamCut",
        ),
        *("ArrearsBegan", "ArrearsEnded", "Paid", "PayHeld", "WalletSet", "WalletPending"),
        *(
            "WalletChangeDropped",
            "AgentAppointed",
            "AgentPaid",
            "ProductionSwept",
            "Remitted",
            "RemittanceHeld",
        ),
    }
    premiums = {
        row["name"] for row in index.rows("SELECT name FROM event WHERE contract = 'SubstitutionPremiums'")
    }
    assert premiums >= {
        "SavingsStated",
        "SavingsRestated",
        "FloorStarted",
        "ArrearsForgiven",
        "ArrearsCollected",
    }


# Statements


def test_statement_adds_up_to_the_unit_at_any_time(index: Index, story: Story) -> None:
    for days in (0, 1, 8, 30, 400):
        for member in (1, 2):
            now = story.now() + days * DAY
            seen = statement(index, member, now)
            seen.check()
            assert seen.now == now
            assert seen.net == sum(line.gross - line.dues for line in seen.lines)


def test_statement_owes_what_payroll_would_pay(index: Index, story: Story) -> None:
    for member in (1, 2):
        seen, due = statement(index, member), story.view("Payroll", "due", member)
        assert (seen.owed_now, seen.wallet) == (due["amount"], due["wallet"])
        received = index.rows(
            "SELECT sum(amount) AS paid FROM event_paid WHERE member_id = :member", {"member": member}
        )[0]["paid"]
        assert seen.paid_out == received


def test_statement_shows_held_pay_and_the_agents_share(index: Index, story: Story) -> None:
    seen = statement(index, 1)
    held = [payday for payday in seen.paydays if payday.held]
    assert [payday.wallet for payday in held] == [story.keys[0].address]
    assert seen.agent_share > 0
    assert seen.agent == story.keys[3].address  # the next agent's first cycle has not begun
    later = statement(index, 1, story.now() + 8 * DAY)
    assert (later.agent, later.agent_bps) == (story.agent.address, 501)


def test_statement_lines_say_what_was_earned(index: Index) -> None:
    seen = statement(index, 1)
    kinds = Counter(line.kind for line in seen.lines)
    assert kinds["LICENCE_FEE"] == 2
    assert {line.kind for line in seen.lines} == {total.kind for total in seen.totals}
    fee = seen.lines[0]
    assert (fee.kind, fee.gross, fee.dues) == ("LICENCE_FEE", 100 * DOLLAR + 7, 1_580_000)
    assert fee.benefits == 23_500_002
    assert seen.lines == tuple(sorted(seen.lines, key=lambda line: (line.block_number, line.log_index)))


def test_what_streams_becomes_owed_and_nothing_else(index: Index, story: Story) -> None:
    now = statement(index, 1)
    assert now.still_to_come > now.streaming_now > 0
    end = statement(index, 1, story.now() + 4_000 * DAY)
    assert (end.still_to_come, end.streaming_now) == (0, 0)
    assert end.net - now.net == now.still_to_come
    assert sum(line.returned for line in end.streams) > 0


@pytest.mark.parametrize(
    "part", ["gross", "dues", "net", "benefits", "paid_out", "owed_now", "still_to_come"]
)
def test_a_statement_that_is_a_unit_off_is_found(index: Index, part: str) -> None:
    seen = statement(index, 1)
    with pytest.raises(IndexFault, match="member 1 doesn't add up"):
        replace(seen, **{part: getattr(seen, part) + 1}).check()


# Totals


def test_totals_hold_at_any_time_and_equal_the_balance(index: Index, story: Story) -> None:
    for days in (0, 1, 8, 30, 4_000):
        totals(index, story.now() + days * DAY).check()
    seen = totals(index)
    assert seen.held.total == story.held()
    assert seen.transfers_in == seen.paid_in
    assert seen.unasked == 0
    assert min(seen.paid_out.members, seen.paid_out.agents, seen.paid_out.benefits, seen.paid_out.levy) > 0
    last = totals(index, story.now() + 4_000 * DAY).held
    assert (
        last.streaming_members == last.streaming_benefits == last.streaming_levy == last.streaming_dues == 0
    )


@pytest.mark.parametrize("part", ["paid_in", "transfers_out"])
def test_totals_that_are_a_unit_off_are_found(index: Index, part: str) -> None:
    seen = totals(index)
    with pytest.raises(IndexFault, match=r"came in|The token moved"):
        replace(seen, **{part: getattr(seen, part) + 1}).check()


def test_money_sent_to_payroll_outside_of_fund_is_shown(story: Story, tmp_path: Path) -> None:
    snapshot = story.chain.snapshot()
    story.send(story.studio, "TestDollar", "transfer", story.deployment.contracts["Payroll"], 42)
    with Index(tmp_path / "i.db", story.deployment, story.chain.node) as index:
        index.sync()
        seen = totals(index)
        seen.check()
        assert seen.unasked == 42
        assert seen.held.total + 42 == story.held()
    story.chain.revert(snapshot)


# Productions


def test_production_balances_and_says_what_it_owes(index: Index, story: Story) -> None:
    for number in (1, 2):
        seen = production(index, number)
        seen.check()
        account = story.view("Payroll", "productionAccount", number)
        assert (seen.free, seen.reserved) == (account["free"], account["reserved"])
        assert (seen.benefits, seen.levy) == (account["benefits"], account["levy"])
        with pytest.raises(IndexFault, match=f"production {number} don't balance"):
            replace(seen, free=seen.free + 1).check()
    first, second = production(index, 1), production(index, 2)
    assert (first.cancelled_at is None, second.cancelled_at is None) == (True, False)
    assert first.taken_back == 33 * DOLLAR
    assert {spent.kind for spent in first.spent} == {
        *("LICENCE_FEE", "TRAINING_FEE", "SCENE_FEE", "ITERATION_FEE", "PREMIUM")
    }
    fees = next(spent for spent in first.spent if spent.kind == "LICENCE_FEE")
    assert fees.gross == 2 * CARD["licenceFees"][0]
    assert [line.licence_id & 0xFFFFFF for line in first.licences] == [1, 2]
    assert (first.uses, first.iterations) == (6, 14)
    assert first.still_to_stream > first.streaming_now > 0


# Licences


def test_licence_tells_its_history(index: Index, story: Story) -> None:
    seen = licence(index, 1 << 24 | 2)
    assert [change.what for change in seen.history] == [
        *("LicenceGranted", "LicenceSuspended", "LicenceReinstated")
    ]
    assert seen.history[1].reason_hash == EVIDENCE
    assert seen.history[0].expires == seen.expires
    (run,) = seen.runs
    assert (run.run, run.model_hash, run.evidence_hash) == (1, EVIDENCE, EVIDENCE)
    assert run.retired_at is not None
    assert [fee.kind for fee in seen.fees] == ["LICENCE_FEE", "TRAINING_FEE"]
    assert seen.fees_gross == 150 * DOLLAR + 7
    assert seen.modalities == ("FACE",)
    assert [change.what for change in licence(index, 2 << 24 | 1).history][-1] == "ProductionCancelled"


def test_licence_state_is_the_contracts(index: Index, story: Story) -> None:
    for number in index.books().licences:
        assert licence(index, number).state == STATES[story.view("Licences", "stateOf", number)]
    assert licence(index, 1 << 24 | 1, story.now() + 4_000 * DAY).state == "EXPIRED"


# Usage


def test_usage_pages_hold_every_use_once(index: Index) -> None:
    whole = usage_history(index)
    assert whole.next is None
    assert len(whole.uses) == 7
    for limit in (1, 2, 3, 7):
        pages, after = [], None
        while True:
            page = usage_history(index, limit=limit, after=after)
            pages += page.uses
            after = page.next
            if after is None:
                break
        assert tuple(pages) == whole.uses
    use = whole.uses[0]
    assert (use.kind, use.asset_class, use.replica_type) == ("TOUCH_UP", "ACTIVE", "EMPLOYMENT_BASED")
    assert (use.iterations, use.price, use.gross) == (3, 2 * DOLLAR + 7, 6 * DOLLAR + 21)
    assert use.scene_hash == SCENE


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"production": 1}, 6),
        ({"production": 2}, 1),
        ({"member": 1}, 5),
        ({"member": 2}, 2),
        ({"grant": 1}, 4),
        ({"production": 2, "member": 2}, 0),
    ],
)
def test_usage_is_found_by_production_member_and_grant(
    index: Index, wanted: dict[str, Any], count: int
) -> None:
    uses = usage_history(index, **wanted).uses
    assert len(uses) == count
    names = {"production": "production_id", "member": "member_id", "grant": "grant_id"}
    assert all(getattr(use, names[name]) == value for use in uses for name, value in wanted.items())


def test_uses_cost_what_was_charged_for_iterations(index: Index) -> None:
    for number in (1, 2):
        spent = {line.kind: line.gross for line in production(index, number).spent}
        assert (
            sum(use.gross for use in usage_history(index, production=number).uses) == spent["ITERATION_FEE"]
        )


# All of them


def test_every_view_is_json(index: Index) -> None:
    views = (
        statement(index, 1),
        production(index, 1),
        licence(index, 1 << 24 | 2),
        usage_history(index),
        totals(index),
    )
    for view in views:
        text = json.dumps(view.as_json())
        assert json.loads(text).keys() == set(type(view).__dataclass_fields__)


@pytest.mark.parametrize("view", [statement, production, licence])
def test_what_does_not_exist_is_an_input_error(index: Index, view: Any) -> None:
    with pytest.raises(InputError, match="There is no"):
        view(index, 99)


def test_a_page_has_a_limit(index: Index) -> None:
    with pytest.raises(InputError, match="1 to 10,000"):
        usage_history(index, limit=0)


def test_an_empty_index_says_so(story: Story, tmp_path: Path) -> None:
    with Index(tmp_path / "i.db", story.deployment) as index, pytest.raises(IndexFault, match="empty"):
        totals(index)


def test_views_read_without_a_node_and_see_one_state(index: Index, where: Path | str, story: Story) -> None:
    with Index(where, story.deployment) as reader:
        assert statement(reader, 1) == statement(index, 1)
        assert statement(reader, 1, now=0).now == story.now()

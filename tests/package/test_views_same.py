"""SQLite and PostgreSQL answer the same: every view of a payroll's and a crowd's story, to the last field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from postgres import Postgres
from test_index_story import DAY, DOLLAR, Story, long_story, played
from test_pools_deals import play as play_deals

from trust import views
from trust.index import Index
from trust.views.owed import owed

Pair = tuple[Index, Index]


def everything(story: Story) -> None:
    """A payroll, and a crowd that is used."""
    long_story(story)
    story.fund(1, 100_000 * DOLLAR)
    play_deals(story)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), everything) as story:
        yield story


@pytest.fixture(scope="module")
def both(story: Story, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Pair]:
    path = tmp_path_factory.mktemp("index") / "i.db"
    node = story.chain.node
    with Index(path, story.deployment, node) as one, Index(postgres.new(), story.deployment, node) as other:
        one.sync()
        other.sync()
        assert one.status() == other.status()
        yield one, other


def everything_told(index: Index, now: int | None) -> dict[str, Any]:
    """All that views say at a moment."""
    told: dict[str, Any] = {"totals": views.totals(index, now), "owed": owed(index, now)}
    told |= {f"statement {n}": views.statement(index, n, now) for n in index.books().members}
    told |= {f"production {n}": views.production(index, n, now) for n in index.books().productions}
    told |= {f"licence {n}": views.licence(index, n, now) for n in index.books().licences}
    told |= {f"pool {n}": views.pool(index, n, now) for n in index.books().pools}
    told |= {"pools": views.pools(index, now=now), "chunks": views.pool_chunks(index, now=now)}
    for member in index.books().members:
        told[f"seats {member}"] = views.seats_of(index, member, now)
        told[f"pool pay {member}"] = views.pool_pay(index, member=member)
        wallet = views.statement(index, member).wallet
        told[f"pool pay of {member}'s wallet"] = views.pool_pay(index, wallet=wallet)
    return told | {"uses": views.usage_history(index), "newest": views.usage_history(index, newest=True)}


@pytest.mark.parametrize("days", [None, 1, 400])
def test_every_view_is_the_same_on_both(both: Pair, story: Story, days: int | None) -> None:
    now = None if days is None else story.now() + days * DAY
    one, other = (everything_told(index, now) for index in both)
    assert one.keys() == other.keys()
    for name in one:
        assert _plain(one[name]) == _plain(other[name]), name


def test_the_story_fills_the_views(both: Pair) -> None:
    """Else the test above would compare nothing."""
    told = everything_told(both[0], None)
    assert told["owed"].members
    assert told["seats 1"]
    assert told["pool pay 1"]
    assert told["licence 16777218"].runs
    assert {use.pool_id for use in told["uses"].uses} == {None, 1}


def test_both_have_one_digest(both: Pair) -> None:
    assert both[0].digest() == both[1].digest()


def _plain(view: Any) -> Any:
    return [one.as_json() for one in view] if isinstance(view, tuple) else view.as_json()

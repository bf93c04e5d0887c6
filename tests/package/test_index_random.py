"""Random stories: in whatever order, books equal the contracts' views and no unit is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_index_books import compare
from test_index_story import DAY, DOLLAR, Story, played

from trust.chain.rpc import RpcError
from trust.index import Index, fold
from trust.views import production, statement, totals

STEPS = 45
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    def begin(story: Story) -> None:
        story.register()
        for number in (1, 2):
            story.fund(number, 15_000 * DOLLAR)

    with played(tmp_path_factory.mktemp("story"), begin) as story:
        yield story


def act(story: Story, dice: random.Random) -> None:
    """One random deed; many are refused, as they should be."""
    last = story.view("SceneGrants", "lastGrantId")
    grant, member, number = dice.randint(1, max(1, last)), dice.randint(1, 2), dice.randint(1, 2)
    agent = story.chain.accounts[dice.choice((3, 8, 9))].address
    studio, wallet = story.studio, story.keys[member - 1]
    deeds = (
        lambda: story.license(number, member, training=dice.random() < 0.5),
        lambda: story.grant(number << 24 | member, dice.randint(0, 2), dice.randint(1, 40)),
        lambda: story.use((grant, dice.randint(1, 5)), (dice.randint(1, max(1, last)), 1)),
        lambda: story.file(grant, dice.randint(0, 30_000) * DOLLAR + dice.randint(0, 99), dice.randint(1, 8)),
        lambda: story.restate(grant, member, dice.randint(0, 20_000) * DOLLAR),
        lambda: story.fund(number, dice.randint(1, 8_000) * DOLLAR + dice.randint(0, 99)),
        lambda: story.send(studio, "Payroll", "takeBack", number, dice.randint(1, 10**9), studio.address),
        lambda: story.appoint(member, agent, dice.randint(0, 1_000)),
        lambda: story.payday(*dice.sample((1, 2), dice.randint(1, 2)), cycles=dice.choice((0, 1, 3, 99))),
        lambda: story.send(studio, "Payroll", "payAgents", [agent]),
        lambda: story.remit(),
        lambda: story.block_wallet(member, dice.random() < 0.5),
        lambda: story.send(wallet, "SceneGrants", "revoke", grant, b""),
        lambda: story.send(studio, "SubstitutionPremiums", "startFloor", grant),
        lambda: story.send(studio, "SubstitutionPremiums", "collectArrears", number, dice.randint(1, 3)),
        lambda: story.close(grant),
        lambda: story.change_wallet(member),
    )
    try:
        dice.choice(deeds)()
    except RpcError as refused:
        if not refused.is_revert:
            raise
    if dice.random() < 0.4:
        story.pass_days(dice.choice((0.1, 1, 3, 7, 11, 35)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_story_is_folded_to_the_unit(seed: int, begun: Story, tmp_path: Path) -> None:
    snapshot = begun.chain.snapshot()
    dice = random.Random(seed)
    with Index(tmp_path / "index.db", begun.deployment, begun.chain.node) as index:
        for number in (1, 2):
            for member in (1, 2):
                begun.grant(begun.license(number, member), dice.randint(0, 2), 30)
        for step in range(STEPS):
            act(begun, dice)
            if step % 7 == 0:
                index.sync()
                index.books()
        begun.pass_days(dice.choice((0, 5, 100)))
        index.sync()
        check_views(index, begun, dice)
        compare(fold(index.events(), index.clock), begun)
        compare(index.books(), begun)
    begun.chain.revert(snapshot)


def check_views(index: Index, story: Story, dice: random.Random) -> None:
    for days in (0, dice.random() * 20, 30, 3_000):
        now = story.now() + int(days * DAY)
        for number in (1, 2):
            statement(index, number, now).check()
            production(index, number, now).check()
        totals(index, now).check()
    seen = totals(index)
    assert seen.unasked == 0
    assert seen.held.total == story.held()

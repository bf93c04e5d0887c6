"""What is remembered of a history's sources: it stands, is gone on with, or is found anew."""

from __future__ import annotations

from indexing import Open
from test_index_story import DOLLAR, Story

from trust.views.use_facts import Facts
from trust.views.use_filter import UseFilter, sources


def test_a_fact_is_gone_on_with_while_its_block_stands(story: Story, open_index: Open) -> None:
    index = open_index()
    one, other = (next(sources(UseFilter(production=number))) for number in (1, 2))

    def fact(source: object = one, what: str = "fact") -> str:
        now = f"at {index.status().block}"
        return Facts(index).of(source, what, lambda: now, lambda block, was: f"{was}, {now} since {block}")  # type: ignore[arg-type]

    assert fact() == "at None"
    index.sync()
    first = index.status().block
    assert fact() == fact() == f"at {first}"
    fork = story.chain.snapshot()
    story.fund(1, 5 * DOLLAR)
    index.sync()
    second = index.status().block
    assert fact() == fact() == f"at {first}, at {second} since {first}"
    assert fact(other) == fact(one, "another fact") == f"at {second}"
    story.chain.revert(fork)
    story.chain.mine(4)
    story.fund(1, 6 * DOLLAR)
    index.sync()
    assert fact() == f"at {index.status().block}"

"""The outbox before a node that is sometimes wrong about the sender's nonce."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from relay import Relay

from trust.chain.node import Node
from trust.send import Intent, Outbox, State
from trust.testing import LocalChain

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from conftest import Machine


@pytest.fixture
def relay(chain: LocalChain) -> Iterator[Relay]:
    relay = Relay(chain)
    relay.open()
    yield relay
    relay.shut()


def test_one_slip_of_the_node_leaves_no_gap(
    tmp_path: Path, relay: Relay, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    slips = iter([7])

    def lie(request: dict[str, Any], result: Any) -> Any:
        if request["method"] == "eth_getTransactionCount" and request["params"][1] == "pending":
            return hex(int(result, 16) + next(slips, 0))
        return result

    relay.lie = lie
    with Node(relay.url) as node, Outbox(tmp_path / "outbox.db", node, chain.chain_id, sender) as outbox:
        outbox.send(Intent("count", machine.address, machine.COUNT))
        row = outbox.row("count")
    assert next(slips, None) is None
    assert row is not None
    assert row.nonce == 0
    assert machine.count() == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_node_that_is_often_wrong_about_nonces_delays_and_doubles_nothing(
    tmp_path: Path, relay: Relay, chain: LocalChain, sender: LocalAccount, machine: Machine, seed: int
) -> None:
    chance = random.Random(seed)

    def lie(request: dict[str, Any], result: Any) -> Any:
        if request["method"] == "eth_getTransactionCount" and chance.random() < 0.25:
            return hex(max(0, int(result, 16) + chance.randint(-4, 4)))
        return result

    relay.lie = lie
    intents = [Intent(f"{n}", machine.address, machine.COUNT) for n in range(12)]
    with Node(relay.url) as node, Outbox(tmp_path / "outbox.db", node, chain.chain_id, sender) as outbox:
        for intent in intents:
            outbox.enqueue(intent)
        rows = outbox.run_until_final([intent.key for intent in intents])
    assert {row.state for row in rows} == {State.FINAL}
    assert machine.count() == 12

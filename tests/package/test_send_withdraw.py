"""Taking an intent back: only what was never signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trust.errors import OutboxError
from trust.send import Intent, Outbox, Reason, Rules, State
from trust.testing import LocalChain

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from conftest import Machine

TOO_DEAR = Rules(max_fee_cap=1)


@pytest.fixture
def outbox(tmp_path: Path, chain: LocalChain, sender: LocalAccount) -> Iterator[Outbox]:
    """One that finds gas too dear, always."""
    with Outbox(tmp_path / "outbox.db", chain.node, chain.chain_id, sender, rules=TOO_DEAR) as outbox:
        yield outbox


def test_what_waits_for_cheaper_gas_can_be_withdrawn_and_is_never_sent(
    tmp_path: Path, outbox: Outbox, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    intent = Intent("count", machine.address, machine.COUNT)
    outbox.enqueue(intent)
    outbox.step(0.0)
    assert outbox.withdraw("count")
    row = outbox.row("count")
    assert row is not None
    assert (row.state, row.reason) == (State.FAILED, Reason.WITHDRAWN)
    with Outbox(tmp_path / "outbox.db", chain.node, chain.chain_id, sender) as able:
        able.step(0.0)
        assert machine.count() == 0
        able.send(intent)  # the key is free again
    assert machine.count() == 1


def test_what_was_signed_cannot_be_withdrawn(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    with Outbox(tmp_path / "outbox.db", chain.node, chain.chain_id, sender) as outbox:
        outbox.enqueue(Intent("count", machine.address, machine.COUNT))
        outbox.step(0.0)
        assert not outbox.withdraw("count")
        (row,) = outbox.run_until_final(["count"])
        assert row.state is State.FINAL
        assert not outbox.withdraw("count")
        assert not outbox.withdraw("nothing")
    assert machine.count() == 1


def test_who_waits_for_a_withdrawn_intent_hears_of_it(outbox: Outbox, machine: Machine) -> None:
    intent = Intent("count", machine.address, machine.COUNT)

    def withdrawn(seconds: float) -> None:
        outbox.withdraw("count")

    outbox._sleep = withdrawn
    with pytest.raises(OutboxError, match="'count' was withdrawn before it was sent"):
        outbox.send(intent)

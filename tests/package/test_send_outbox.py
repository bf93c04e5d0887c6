"""The outbox against a real chain: what is sent once, refused, failed, and paid for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eth_account import Account

from trust.chain.node import Node
from trust.errors import (
    ContractRefused,
    InputError,
    InsufficientFunds,
    NodeUnreachable,
    OutboxError,
    TrustError,
    WrongChain,
)
from trust.send import Intent, Outbox, Reason, Reverted, Rules, State
from trust.testing import LocalChain

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from conftest import Machine

ETHER = 10**18
STRANGER = "0x" + "57" * 20


def opened(folder: Path, chain: LocalChain, signer: LocalAccount, **options: Any) -> Outbox:
    return Outbox(folder / "outbox.db", chain.node, chain.chain_id, signer, **options)


def decoded(data: bytes) -> TrustError | None:
    return ContractRefused("Dead", {"data": data.hex()}, "The contract is dead.")


def test_a_sent_intent_gives_the_receipt_of_what_happened(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    with opened(tmp_path, chain, sender) as outbox:
        receipt = outbox.send(Intent("count", machine.address, machine.COUNT, note="a test"))
        row = outbox.row("count")
    assert receipt.succeeded
    assert machine.count() == 1
    assert row is not None
    assert row.state is State.FINAL
    assert row.receipt == receipt
    assert receipt.block_hash == chain.node.block(receipt.block_number).hash
    assert receipt.gas_used > 21_000
    assert receipt.effective_gas_price > 0


def test_the_same_key_is_sent_once_and_answers_with_the_same_receipt(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    intent = Intent("count", machine.address, machine.COUNT)
    with opened(tmp_path, chain, sender) as outbox:
        first = outbox.send(intent)
        assert outbox.send(intent) == first
    with opened(tmp_path, chain, sender) as outbox:
        assert outbox.send(intent) == first
    assert machine.count() == 1
    assert chain.node.nonce(sender.address) == 1


@pytest.mark.parametrize("change", [{"data": b"\x01"}, {"value": 1}, {"to": STRANGER}])
def test_a_key_cannot_name_a_second_transaction(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine, change: dict[str, Any]
) -> None:
    content: dict[str, Any] = {"to": machine.address, "data": machine.COUNT, "value": 0}
    with opened(tmp_path, chain, sender) as outbox:
        outbox.send(Intent("key", **content))
        with pytest.raises(OutboxError, match="already used"):
            outbox.send(Intent("key", **(content | change)))


def test_a_key_belongs_to_one_sender(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    intent = Intent("count", machine.address, machine.COUNT)
    with opened(tmp_path, chain, sender) as outbox:
        outbox.send(intent)
    with opened(tmp_path, chain, chain.accounts[3]) as other, pytest.raises(OutboxError, match="belongs"):
        other.send(intent)


def test_a_contract_can_be_created(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    size = len(machine.CODE)
    code = bytes.fromhex(f"60{size:02x}600c60003960{size:02x}6000f3") + machine.CODE
    with opened(tmp_path, chain, sender) as outbox:
        receipt = outbox.send(Intent("deploy", None, code))
    assert receipt.contract is not None
    assert chain.node.code(receipt.contract) == machine.CODE


@pytest.mark.parametrize("gas", [None, 100_000])
def test_a_certain_revert_is_refused_before_a_nonce_is_spent(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine, gas: int | None
) -> None:
    with opened(tmp_path, chain, sender, decode_revert=decoded) as outbox:
        with pytest.raises(ContractRefused) as refused:
            outbox.send(Intent("refuse", machine.address, machine.REFUSE, gas=gas))
        row = outbox.row("refuse")
    assert refused.value.fields == {"data": machine.REVERT_DATA.hex()}
    assert row is not None
    assert (row.state, row.reason) == (State.FAILED, Reason.REFUSED)
    assert row.nonce is None
    assert not row.attempts
    assert chain.node.nonce(sender.address, "pending") == 0


def test_a_refusal_without_a_decoder_carries_the_revert_data(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    with opened(tmp_path, chain, sender) as outbox, pytest.raises(Reverted, match="not sent") as refused:
        outbox.send(Intent("refuse", machine.address, machine.REFUSE))
    assert refused.value.data == machine.REVERT_DATA
    assert refused.value.hash is None


def test_a_refused_key_may_be_sent_again(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    later = Intent("later", machine.address, machine.COUNT_IF_LATER)
    with opened(tmp_path, chain, sender) as outbox:
        with pytest.raises(Reverted):
            outbox.send(later)
        outbox.send(Intent("first", machine.address, machine.COUNT))
        assert outbox.send(later).succeeded
    assert machine.count() == 2


def test_a_mined_revert_carries_hash_data_and_decoded_error_now_and_on_every_later_send(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    rules = Rules(gas_multiplier=1.5)
    first, second = (Intent(f"{n}", machine.address, machine.COUNT_IF_FIRST) for n in (1, 2))
    with opened(tmp_path, chain, sender, decode_revert=decoded, rules=rules) as outbox:
        outbox.enqueue(first)
        outbox.enqueue(second)  # both succeed on the latest block, only one on top of the other
        states = [row.state for row in outbox.run_until_final()]
        for _ in range(2):
            with pytest.raises(Reverted, match=r"reverted.*The contract is dead") as failed:
                outbox.send(second)
            assert failed.value.data == machine.REVERT_DATA
            assert isinstance(failed.value.__cause__, ContractRefused)
            answer = chain.node.call("eth_getTransactionReceipt", failed.value.hash)
            assert answer["status"] == "0x0"
    assert states == [State.FINAL, State.FAILED]
    assert machine.count() == 1
    assert chain.node.nonce(sender.address) == 2


def test_many_intents_go_in_order_and_one_that_needs_another_waits_for_it(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    intents = [Intent("0", machine.address, machine.COUNT_IF_FIRST)]
    intents += [Intent(f"{n}", machine.address, machine.COUNT_IF_LATER) for n in range(1, 100)]
    with opened(tmp_path, chain, sender, rules=Rules(batch=16)) as outbox:
        receipts = outbox.send_all(intents)
        nonces = [row.nonce for intent in intents if (row := outbox.row(intent.key))]
    assert machine.count() == 100
    assert nonces == list(range(100))
    assert [receipt.succeeded for receipt in receipts] == [True] * 100
    blocks = [receipt.block_number for receipt in receipts]
    assert blocks == sorted(blocks)


def test_missing_ether_names_the_address_what_it_needs_and_what_it_has(
    tmp_path: Path, chain: LocalChain
) -> None:
    poor: LocalAccount = Account.create()
    intent = Intent("pay", STRANGER, value=ETHER)
    with opened(tmp_path, chain, poor) as outbox:
        chain.fund(poor.address, 12_345)
        with pytest.raises(InsufficientFunds) as short:
            outbox.send(intent)
        assert f"{poor.address} needs 1000" in short.value.message
        assert "has 12345 wei" in short.value.message
        assert chain.node.nonce(poor.address, "pending") == 0
        chain.fund(poor.address, 2 * ETHER)
        assert outbox.send(intent).succeeded


def test_a_failed_intent_does_not_hold_up_the_next(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount, machine: Machine
) -> None:
    with opened(tmp_path, chain, sender) as outbox:
        with pytest.raises(InsufficientFunds):
            outbox.send(Intent("rich", STRANGER, value=10**30))
        with pytest.raises(Reverted):
            outbox.send(Intent("refuse", machine.address, machine.REFUSE))
        assert outbox.send(Intent("count", machine.address, machine.COUNT)).succeeded


def test_an_outbox_refuses_another_chain(tmp_path: Path, chain: LocalChain, sender: LocalAccount) -> None:
    with Outbox(tmp_path / "a.db", chain.node, 1, sender) as outbox, pytest.raises(WrongChain, match="not 1"):
        outbox.send(Intent("key", STRANGER))


def test_an_outbox_file_refuses_another_chain_with_the_same_id(
    tmp_path: Path, chain: LocalChain, sender: LocalAccount
) -> None:
    with opened(tmp_path, chain, sender) as outbox:
        outbox.send(Intent("key", STRANGER))
    with (
        LocalChain(timestamp=1_000_000_000) as anew,
        opened(tmp_path, anew, sender) as outbox,
        pytest.raises(WrongChain, match="another chain"),
    ):
        outbox.send(Intent("key", STRANGER))


def test_an_unreachable_node_loses_nothing(tmp_path: Path, chain: LocalChain, sender: LocalAccount) -> None:
    intent = Intent("key", STRANGER, value=5)
    with opened(tmp_path, chain, sender) as outbox:
        outbox.enqueue(intent)
    dead = Node("http://127.0.0.1:9", retries=0)
    with (
        Outbox(tmp_path / "outbox.db", dead, chain.chain_id, sender) as outbox,
        pytest.raises(NodeUnreachable),
    ):
        outbox.send(intent)
    with opened(tmp_path, chain, sender) as outbox:
        assert outbox.send(intent).succeeded
    assert chain.node.nonce(sender.address) == 1


def test_the_key_is_never_shown_or_stored(tmp_path: Path, chain: LocalChain, sender: LocalAccount) -> None:
    with opened(tmp_path, chain, sender) as outbox:
        outbox.send(Intent("key", STRANGER))
        shown = repr(outbox) + repr(outbox.row("key"))
        stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert sender.key.hex() not in shown
    assert bytes(sender.key) not in stored
    assert sender.key.hex().encode() not in stored


@pytest.mark.parametrize("wrong", [{"key": ""}, {"to": "0x12"}, {"to": "member.eth"}, {"value": -1}])
def test_an_intent_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Intent(**({"key": "key", "to": STRANGER} | wrong))


def test_importing_the_outbox_imports_no_web3() -> None:
    code = (
        "import sys, trust.send, trust.testing; print({'web3', 'eth_account', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

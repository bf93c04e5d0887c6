"""Headers of real blocks of every fork: hashed as the node does, and refused when they can't be headers."""

from __future__ import annotations

import random
from typing import Any

import pytest
import rlp as reference
from eth_bloom import BloomFilter
from eth_utils.crypto import keccak

from trust.proof import Header, rlp
from trust.proof.headers import bloom_bits
from trust.testing import LocalChain

# One for each form of the header: before London, London, Shanghai, Cancun, Prague and what came after.
FORKS = ("frontier", "berlin", "london", "paris", "shanghai", "cancun", "prague", "osaka")


def blocks(chain: LocalChain) -> list[dict[str, Any]]:
    head = chain.node.block().number
    return [chain.node.call("eth_getBlockByNumber", hex(n), False) for n in range(head + 1)]


@pytest.mark.parametrize("fork", FORKS)
def test_headers_of_every_fork_hash_to_what_the_node_says(fork: Any) -> None:
    with LocalChain(hardfork=fork) as chain:
        sender, other = chain.accounts[:2]
        transfer = {"from": sender.address, "to": other.address, "value": "0x1", "gasPrice": hex(10**10)}
        chain.node.call("eth_sendTransaction", transfer)
        chain.mine(2)
        answers = blocks(chain)
    assert len(answers) >= 3
    for number, answer in enumerate(answers):
        header = Header.read(answer)
        assert (header.number, "0x" + header.hash.hex()) == (number, answer["hash"])
        assert header == Header.decode(header.raw)
        assert "0x" + header.parent.hex() == answer["parentHash"]
        assert "0x" + header.receipts_root.hex() == answer["receiptsRoot"]
        assert "0x" + header.transactions_root.hex() == answer["transactionsRoot"]
        assert (header.timestamp, header.bloom) == (
            int(answer["timestamp"], 16),
            int(answer["logsBloom"], 16),
        )


@pytest.fixture(scope="module")
def answer(chain: LocalChain) -> dict[str, Any]:
    chain.mine()
    found: dict[str, Any] = chain.node.call("eth_getBlockByNumber", "latest", False)
    return found


def test_every_field_of_a_header_is_in_its_hash(answer: dict[str, Any]) -> None:
    known = Header.read(answer).hash
    besides = ("hash", "totalDifficulty", "size", "uncles", "transactions", "withdrawals")
    fields = [name for name in answer if name not in besides]
    assert len(fields) == 21
    for name in fields:
        digit = "1" if answer[name][-1] != "1" else "2"
        changed = answer[name][:-1] + digit if len(answer[name]) > 2 else "0x" + digit * 2
        assert Header.read(answer | {name: changed}).hash != known, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parentHash", None),
        ("parentHash", "0x"),
        ("parentHash", "00" * 32),
        ("parentHash", "0x" + "00" * 31),
        ("receiptsRoot", "0x" + "00" * 33),
        ("receiptsRoot", "0x" + "zz" * 32),
        ("transactionsRoot", 5),
        ("logsBloom", "0x" + "00" * 255),
        ("number", "five"),
        ("number", "-0x1"),
        ("number", 5),
        ("number", hex(2**64)),
        ("timestamp", {}),
        ("timestamp", hex(2**63)),
        ("baseFeePerGas", "0xzz"),
        ("withdrawalsRoot", []),
        ("extraData", None),
    ],
)
def test_a_header_without_a_usable_field_is_refused(answer: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(rlp.Malformed):
        Header.read(answer | {name: value})


def test_a_header_without_one_of_its_first_fields_is_refused(answer: dict[str, Any]) -> None:
    for name in ("parentHash", "logsBloom", "number", "extraData", "nonce"):
        with pytest.raises(rlp.Malformed):
            Header.read({key: given for key, given in answer.items() if key != name})


def test_bytes_that_are_no_header_are_refused(answer: dict[str, Any]) -> None:
    raw = Header.read(answer).raw
    fields = list(reference.decode(raw))
    for other in (fields[:14], [*fields, b"", b""], [], [b""] * 15, [*fields[:6], [fields[6]], *fields[7:]]):
        with pytest.raises(rlp.Malformed):
            Header.decode(reference.encode(other))
    for cut in (raw[:-1], raw + b"\0", b""):
        with pytest.raises(rlp.Malformed):
            Header.decode(cut)


def test_a_bloom_has_every_part_that_was_put_in_and_seldom_another(answer: dict[str, Any]) -> None:
    dice = random.Random(1)
    parts = [dice.randbytes(dice.choice((20, 32))) for _ in range(40)]
    theirs = BloomFilter()
    theirs.extend(parts)
    assert bloom_bits(parts) == int(theirs)
    header = Header.read(answer | {"logsBloom": f"0x{int(theirs):0512x}"})
    assert all(header.may_hold(bloom_bits([part])) for part in parts)
    assert header.may_hold(bloom_bits(parts))
    strangers = [keccak(bytes([n])) for n in range(200)]
    assert sum(header.may_hold(bloom_bits([stranger])) for stranger in strangers) < 10

"""Receipts of real blocks reproduce the header's root, whatever is in them; changed ones never do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import rlp as reference
from eth_utils.address import to_checksum_address

from trust.chain.rpc import Call, blob, hexed
from trust.chain.wire import WireLog, WireReceipt
from trust.proof import Header, Receipt, encode_receipts, prove, rlp, root_of, verify
from trust.testing import LocalChain

DATA_SIZES = (0, 1, 2, 31, 32, 55, 56, 57, 255, 256, 65_535, 65_536, 70_000)
MANY = 300


def emits(topics: int, times: int = 1, end: str = "00") -> bytes:
    """Code that logs its call data under so many topics, so many times, and ends with an opcode."""
    log = "6007" * topics + f"366000a{topics}"
    return bytes.fromhex(
        "366000600037" + log * times + end
    )  # CALLDATACOPY to 0; each log: topics, size, 0, LOG


@dataclass(frozen=True)
class Mined:
    """A block and its receipts."""

    header: Header
    receipts: list[WireReceipt]


class Sending:
    """Sends transactions of every type and mines them into one block."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self.sender = chain.accounts[0]
        self.nonce = 0

    def contract(self, number: int, code: bytes) -> str:
        address = to_checksum_address(number.to_bytes(20, "big"))
        self.chain.install(address, code)
        return address

    def send(self, to: str, data: bytes = b"", kind: int = 2, gas: int = 200_000, **fields: Any) -> None:
        request: dict[str, Any] = {
            "chainId": self.chain.chain_id, "nonce": self.nonce, "to": to, "data": data, "gas": gas, "value": 0,
        }  # fmt: skip
        price = {"gasPrice": 10**10} if kind < 2 else {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1}
        request |= price | fields | ({"type": kind} if kind else {})
        self.nonce += 1
        signed = self.sender.sign_transaction(request)
        (answer,) = self.chain.node.submit([signed.raw_transaction])
        assert isinstance(answer, str), answer

    def mined(self) -> Mined:
        self.chain.mine()
        node = self.chain.node
        header = Header.read(node.call("eth_getBlockByNumber", "latest", False))
        ((receipts,),) = node.bulk([Call("eth_getBlockReceipts", (hex(header.number),))], list[WireReceipt])
        assert isinstance(receipts, list)
        return Mined(header, receipts)


@pytest.fixture(scope="module")
def sending() -> Iterator[Sending]:
    with LocalChain(options=("--gas-limit", "300000000")) as chain:
        chain.node.call("evm_setAutomine", False)
        yield Sending(chain)


@pytest.fixture(scope="module")
def mixed(sending: Sending) -> Mined:
    """One block: all types of transactions, failed ones, and logs of every shape."""
    loggers = [sending.contract(0xA0 + topics, emits(topics)) for topics in range(5)]
    for kind in (0, 1, 2):
        sending.send(loggers[1], b"a use", kind)
    authority = sending.chain.accounts[1].sign_authorization(
        {"chainId": sending.chain.chain_id, "address": loggers[0], "nonce": 0}
    )
    sending.send(loggers[2], b"delegated", 4, authorizationList=[authority])
    for logger in loggers:  # LOG0 is anonymous
        sending.send(logger, b"\x01")
    for last in (0x00, 0x7F, 0x80, 0xFF):
        sending.send(loggers[3], bytes([last]))
    sending.send(sending.contract(0xB0, emits(1, times=3, end="fe")), b"lost")  # fails: no logs
    sending.send(sending.contract(0xB1, emits(1, times=2, end="60006000fd")), b"lost", 0)  # REVERT
    sending.send(sending.contract(0xB2, emits(2, times=MANY)), b"many", gas=2_000_000)
    sending.send(sending.chain.accounts[2].address)  # no logs
    for size in DATA_SIZES:
        sending.send(loggers[1], b"\x05" * size, gas=5_000_000)
    return sending.mined()


def test_the_block_holds_what_it_should(mixed: Mined) -> None:
    receipts = mixed.receipts
    assert {receipt.type for receipt in receipts} == {"0x0", "0x1", "0x2", "0x4"}
    assert [receipt.status for receipt in receipts].count("0x0") == 2
    logs = [log for receipt in receipts for log in receipt.logs]
    assert {len(log.topics) for log in logs} == {0, 1, 2, 3, 4}
    assert set(DATA_SIZES) <= {len(blob(log.data)) for log in logs}
    assert max(len(receipt.logs) for receipt in receipts) == MANY


def test_receipts_reproduce_the_headers_root(mixed: Mined) -> None:
    assert root_of(encode_receipts(mixed.receipts)) == mixed.header.receipts_root


def test_every_receipt_is_proven_and_read_back(mixed: Mined) -> None:
    encoded = encode_receipts(mixed.receipts)
    for place, receipt in enumerate(mixed.receipts):
        value = verify(mixed.header.receipts_root, place, prove(encoded, place))
        assert value == encoded[place]
        read = Receipt.decode(value)
        assert read.kind == int(str(receipt.type), 16)
        assert read.succeeded == (receipt.status == "0x1")
        assert [
            (hexed(log.address), [hexed(topic) for topic in log.topics], hexed(log.data)) for log in read.logs
        ] == [(log.address, log.topics, log.data) for log in receipt.logs]


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129])
def test_blocks_of_many_sizes_have_their_roots(sending: Sending, count: int) -> None:
    logger = sending.contract(0xA1, emits(1))
    for number in range(count):
        sending.send(logger, bytes(number), kind=0 if number % 3 else 2)
    mined = sending.mined()
    assert len(mined.receipts) == count
    assert root_of(encode_receipts(mined.receipts)) == mined.header.receipts_root


def test_a_receipt_from_before_byzantium_has_its_state_root() -> None:
    bloom, root = bytes(256), b"\x11" * 32
    receipt = WireReceipt("0x", "0x1", "0x", "0x0", "0x5208", hexed(bloom), [], root=hexed(root))
    (encoded,) = encode_receipts([receipt])
    assert encoded == reference.encode([root, 0x5208, bloom, []])
    assert not Receipt.decode(encoded).succeeded


def changes(receipts: list[WireReceipt]) -> Iterator[tuple[str, list[WireReceipt]]]:
    """Every kind of lie about one block's receipts."""

    def with_log(**fields: Any) -> list[WireReceipt]:
        first = next(place for place, receipt in enumerate(receipts) if receipt.logs)
        log = msgspec.structs.replace(receipts[first].logs[0], **fields)
        logs = [log, *receipts[first].logs[1:]]
        return [
            *receipts[:first],
            msgspec.structs.replace(receipts[first], logs=logs),
            *receipts[first + 1 :],
        ]

    def with_receipt(**fields: Any) -> list[WireReceipt]:
        return [msgspec.structs.replace(receipts[0], **fields), *receipts[1:]]

    log: WireLog = receipts[0].logs[0]
    yield "a receipt left out", receipts[1:]
    yield "the last left out", receipts[:-1]
    yield "a receipt twice", [receipts[0], *receipts]
    yield "another order", [receipts[1], receipts[0], *receipts[2:]]
    yield "another address", with_log(address="0x" + "99" * 20)
    yield "another topic", with_log(topics=["0x" + "99" * 32])
    yield "no topic", with_log(topics=[])
    yield "another amount", with_log(data=log.data[:-1] + ("0" if log.data[-1] != "0" else "1"))
    yield "more data", with_log(data=log.data + "00")
    yield "less data", with_log(data=log.data[:-2])
    yield "half a byte less", with_log(data=log.data[:-1])
    yield "no logs", with_receipt(logs=[])
    yield "a log twice", with_receipt(logs=[log, log])
    yield "a failure", with_receipt(status="0x0")
    yield "other gas", with_receipt(cumulative_gas_used="0x1")
    yield "another bloom", with_receipt(logs_bloom="0x" + "00" * 256)
    yield "another type", with_receipt(type="0x1")


def test_no_other_receipts_have_the_root(mixed: Mined) -> None:
    for what, receipts in changes(mixed.receipts):
        try:
            root = root_of(encode_receipts(receipts))
        except rlp.Malformed:
            continue
        assert root != mixed.header.receipts_root, what


PREFIXES = ("0X", "zz", "  ", "1x")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("field", ["address", "topics", "data"])
def test_what_stands_before_the_digits_is_checked(mixed: Mined, field: str, prefix: str) -> None:
    """The root can't tell: a log of ours with another prefix would pass for somebody else's."""
    receipt = mixed.receipts[0]
    given = getattr(receipt.logs[0], field)
    changed = prefix + given[2:] if field != "topics" else [prefix + topic[2:] for topic in given]
    log = msgspec.structs.replace(receipt.logs[0], **{field: changed})
    with pytest.raises(rlp.Malformed, match="0x"):
        encode_receipts([msgspec.structs.replace(receipt, logs=[log])])


def test_digits_in_upper_case_are_refused(mixed: Mined) -> None:
    log = msgspec.structs.replace(mixed.receipts[0].logs[0], topics=["0x" + "AB" * 32])
    with pytest.raises(rlp.Malformed, match="upper case"):
        encode_receipts([msgspec.structs.replace(mixed.receipts[0], logs=[log])])


@pytest.mark.parametrize(
    "fields",
    [
        {"status": None},
        {"status": "yes"},
        {"type": "0x100"},
        {"type": "-0x1"},
        {"cumulative_gas_used": "-0x1"},
        {"cumulative_gas_used": ""},
        {"logs_bloom": "0x0"},
        {"logs_bloom": "0x" + "zz" * 256},
    ],
)
def test_a_receipt_without_a_usable_field_is_refused(mixed: Mined, fields: dict[str, Any]) -> None:
    with pytest.raises(rlp.Malformed):
        encode_receipts([msgspec.structs.replace(mixed.receipts[0], **fields)])


def test_bytes_that_are_no_receipt_are_refused(mixed: Mined) -> None:
    (raw,) = encode_receipts(mixed.receipts[:1])  # of type 0: without a byte before it
    fields = list(reference.decode(raw))
    address, topics, data = fields[3][0]
    for other in (
        fields[:3],
        [*fields, b""],
        [*fields[:2], bytes(255), fields[3]],
        [*fields[:3], [[address[1:], topics, data]]],
        [*fields[:3], [[address, [b"\x01" * 31], data]]],
        [*fields[:3], [[address, topics]]],
    ):
        with pytest.raises(rlp.Malformed):
            Receipt.decode(reference.encode(other))
    for cut in (b"", raw[:-1], raw + b"\0", b"\x02", b"\x02" + raw[:-1]):
        with pytest.raises(rlp.Malformed):
            Receipt.decode(cut)

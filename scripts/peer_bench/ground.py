"""Where peers are measured: a local chain, the test dollar, and whole-transaction gas from receipts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Self, TypeVar

from eth_abi.abi import decode, encode
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from peer_bench.packages import PeerArtifact, linked
from trust.chain import artifacts
from trust.chain.rpc import Call, RpcError, hexed, quantity
from trust.testing import LocalChain

#: The most gas that one transaction may use (EIP-7825), and the most for a peer's one-off deployment.
TRANSACTION_GAS = 2**24
DEPLOYMENT_GAS = 30_000_000
#: For a transfer to a member: a hundred of them fit in a block.
PREPARATION_GAS = 250_000
ETHER = 10**18
DOLLAR = 10**6
BLOCK_SECONDS = 12
WEEK = 7 * 24 * 3600
T = TypeVar("T")


class PeerRevertedError(Exception):
    """A peer's contract refused; the figures would mean nothing."""


class Contract:
    """A contract of a peer: encodes calls by function name and number of arguments."""

    def __init__(self, address: str, abi: Iterable[dict[str, Any]]) -> None:
        self.address = address
        self._functions = [entry for entry in abi if entry["type"] == "function"]

    def call(self, function: str, *arguments: Any) -> bytes:
        """Calldata. Structs are tuples."""
        entry = self._entry(function, len(arguments))
        types = [collapse_if_tuple(item) for item in entry["inputs"]]
        return function_abi_to_4byte_selector(entry) + encode(types, arguments)  # type: ignore[arg-type]

    def answer(self, function: str, count: int, data: bytes) -> tuple[Any, ...]:
        """The outputs of a call with `count` arguments."""
        outputs = self._entry(function, count)["outputs"]
        return decode([collapse_if_tuple(item) for item in outputs], data)

    def _entry(self, function: str, count: int) -> dict[str, Any]:
        found = [entry for entry in self._functions if entry["name"] == function]
        return next(entry for entry in found if len(entry["inputs"]) == count)


class Ground:
    """A local chain with a studio that has all the dollars it wants.

    While the `with` block lasts every block comes twelve seconds after the one before, so that figures repeat.
    """

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self.node = chain.node
        self.studio: str = chain.accounts[0].address
        self.keeper: str = chain.accounts[1].address
        dollar = artifacts.load("TestDollar")
        self.dollar = Contract(self._create(dollar.creation_code({}) + bytes(32)), list(dollar.abi))
        self.mint(self.studio, 1_000_000_000 * DOLLAR)

    def __enter__(self) -> Self:
        self.node.call("anvil_setBlockTimestampInterval", BLOCK_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.node.call("anvil_removeBlockTimestampInterval")

    def mint(self, wallet: str, amount: int) -> None:
        """Make dollars."""
        self.send(self.dollar, "mint", wallet, amount)

    def deploy(
        self, peer: PeerArtifact, *arguments: Any, libraries: dict[str, str] | None = None
    ) -> Contract:
        """Deploy a peer's creation code from the studio."""
        inputs: list[dict[str, Any]] = next(
            (entry["inputs"] for entry in peer.abi if entry["type"] == "constructor"), []
        )
        types = [collapse_if_tuple(item) for item in inputs]
        code = linked(peer.creation, peer.links, libraries or {})
        return Contract(self._create(code + encode(types, arguments)), peer.abi)

    def install(self, peer: PeerArtifact, libraries: dict[str, str] | None = None) -> Contract:
        """Put run-time code in place: for test deployers that are longer than EIP-170 lets one deploy."""
        address = to_checksum_address(keccak(text=f"peer {peer.name}")[-20:])
        self.chain.install(address, linked(peer.run_time, peer.run_links, libraries or {}))
        return Contract(address, peer.abi)

    def send(self, to: Contract, function: str, *arguments: Any, by: str | None = None) -> int:
        """Gas of one whole transaction. Raises PeerRevertedError."""
        return self.transact(to.address, to.call(function, *arguments), by=by)

    def transact(self, to: str, data: bytes, *, by: str | None = None, gas: int = TRANSACTION_GAS) -> int:
        """Gas of one whole transaction with this calldata. Raises PeerRevertedError."""
        receipt = self._mined(self._request(to, data, by=by, gas=gas))
        return quantity(receipt["gasUsed"])

    def ask(self, to: Contract, function: str, *arguments: Any, by: str | None = None) -> Any:
        """What a call returns: one value, or a tuple."""
        data = self.node.call(
            "eth_call",
            {"from": by or self.studio, "to": to.address, "data": hexed(to.call(function, *arguments))},
            "latest",
        )
        values = to.answer(function, len(arguments), bytes.fromhex(data[2:]))
        return values[0] if len(values) == 1 else values

    def impersonate(self, wallet: str) -> None:
        """Let a wallet without a key send transactions."""
        self.chain.fund(wallet, ETHER)
        self.node.call("anvil_impersonateAccount", wallet)

    def wallets(self, name: str, count: int) -> list[str]:
        """Members' wallets, which hold some dollars already."""
        found: list[str] = [
            to_checksum_address(keccak(text=f"{name} {index}")[-20:]) for index in range(count)
        ]
        self.give(self.dollar, "mint", found, DOLLAR)
        return found

    def give(self, token: Contract, function: str, wallets: Sequence[str], amount: int) -> None:
        """Prepare many wallets at once; `function` takes the wallet and the amount."""
        for group in batches(wallets, 100):
            self.node.call("evm_setAutomine", False)
            nonce = self.node.nonce(self.studio)
            calls = []
            for place, wallet in enumerate(group):
                request = self._request(
                    token.address, token.call(function, wallet, amount), gas=PREPARATION_GAS
                )
                calls.append(Call("eth_sendTransaction", (request | {"nonce": hex(nonce + place)},)))
            sent = self.node.batch(calls)
            self.chain.mine()
            self.node.call("evm_setAutomine", True)
            for receipt in self.node.batch([Call("eth_getTransactionReceipt", (one,)) for one in sent]):
                _succeeded(receipt, function)

    def _create(self, code: bytes) -> str:
        request = {"from": self.studio, "data": hexed(code), "gas": hex(DEPLOYMENT_GAS)}
        return to_checksum_address(self._mined(request)["contractAddress"])

    def _request(
        self, to: str, data: bytes, *, by: str | None = None, gas: int = TRANSACTION_GAS
    ) -> dict[str, str]:
        return {"from": by or self.studio, "to": to, "data": hexed(data), "gas": hex(gas)}

    def _mined(self, request: dict[str, str]) -> dict[str, Any]:
        receipt = self.node.call("eth_sendTransactionSync", request)
        return _succeeded(receipt, f"{request.get('to', 'a deployment')}, {request['data'][:10]}")


def _succeeded(receipt: Any, what: str) -> dict[str, Any]:
    if isinstance(receipt, RpcError):
        raise receipt
    if receipt is None or quantity(receipt["status"]) != 1:
        raise PeerRevertedError(f"{what}: {'not mined' if receipt is None else 'reverted'}")
    found: dict[str, Any] = receipt
    return found


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """`items` in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def mean(figures: Sequence[int]) -> int:
    """Rounded down: in the peer's favour."""
    return sum(figures) // len(figures)

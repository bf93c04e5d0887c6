"""For tests and demos: a local chain."""

from __future__ import annotations

import socket
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from trust.chain.node import Node, find_anvil
from trust.chain.rpc import quantity
from trust.errors import NodeUnreachable, SetupError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_MNEMONIC = "test test test test test test test test test test test junk"
_START_SECONDS = 20.0


class LocalChain:
    """An anvil of one's own while the `with` block lasts: chain id 31337, ten accounts of 10,000 ether.

    `block_time` in seconds, None mines each transaction at once; `state` is a file that the chain is loaded
    from and saved to; `timestamp` is the genesis block's, in Unix seconds; `options` go to anvil as they are.
    """

    chain_id = 31337

    def __init__(
        self,
        port: int | None = None,
        hardfork: Literal["prague", "osaka"] = "prague",
        block_time: float | None = None,
        state: Path | None = None,
        timestamp: int | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.node = Node(self.url)
        self._arguments = ["--port", str(self.port), "--hardfork", hardfork, "--chain-id", str(self.chain_id)]
        # States of old blocks stay in memory only: on disk they grow by gigabytes a run.
        self._arguments += ["--mnemonic", _MNEMONIC, "--silent", "--prune-history", "400", *options]
        if block_time is not None:
            self._arguments += ["--block-time", str(block_time)]
        if state is not None:
            self._arguments += ["--state", str(state), "--state-interval", "1"]
        if timestamp is not None:
            self._arguments += ["--timestamp", str(timestamp)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [str(find_anvil()), *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.node.close()
        if self._process is None:
            return
        self._process.terminate()  # anvil saves its state on the way out
        try:
            self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._process = None

    @cached_property
    def accounts(self) -> tuple[LocalAccount, ...]:
        """Anvil's ten well-known accounts. Everyone has their keys."""
        from eth_account import Account

        Account.enable_unaudited_hdwallet_features()
        return tuple(
            Account.from_mnemonic(_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}") for index in range(10)
        )

    def fund(self, address: str, wei: int) -> None:
        """Set the ether that `address` holds."""
        self.node.call("anvil_setBalance", address, hex(wei))

    def install(self, address: str, code: bytes) -> None:
        """Put a contract's run-time code at `address`."""
        self.node.call("anvil_setCode", address, "0x" + code.hex())

    def mine(self, blocks: int = 1) -> None:
        """Mine `blocks` blocks."""
        self.node.call("anvil_mine", hex(blocks))

    def increase_time(self, seconds: int) -> None:
        """Let `seconds` pass and mine a block."""
        self.node.call("evm_increaseTime", hex(seconds))
        self.mine()

    def snapshot(self) -> str:
        """An id to `revert` to, once. What has seen later blocks (an outbox, an index) will notice."""
        return str(self.node.call("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Put the chain back to `snapshot`."""
        # For a moment after mining a transaction still waits in the pool, and would be mined again.
        self.node.call("anvil_dropAllTransactions")
        if not self.node.call("evm_revert", snapshot):
            raise ValueError(f"no snapshot {snapshot}")

    def reorg(self, depth: int) -> None:
        """Replace the last `depth` blocks by empty ones; their transactions are lost."""
        self.node.call("anvil_reorg", depth, [])

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        probe = Node(self.url, retries=0, timeout_seconds=5.0)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                _, printed = process.communicate()
                raise SetupError(f"anvil did not start: {printed.decode(errors='replace').strip()[:500]}")
            try:
                quantity(probe.call("eth_chainId"))
            except NodeUnreachable:
                time.sleep(0.02)
            else:
                probe.close()
                return
        raise SetupError(f"anvil did not answer within {_START_SECONDS:.0f} seconds on port {self.port}.")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

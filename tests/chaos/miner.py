"""Who makes blocks, dear or cheap, and takes them back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from trust.chain.node import Node

GWEI = 10**9
USUAL_PRICE = 10 * GWEI
_PAUSE_SECONDS = 0.1


class Miner:
    """Mines a block every tenth of a second on a thread of its own, while the `with` block lasts."""

    def __init__(self, url: str) -> None:
        self._node = Node(url)
        self._lock = threading.Lock()
        self._price = USUAL_PRICE
        self._stopped = threading.Event()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=20)
        self._node.close()
        if self._failed is not None:
            raise self._failed

    @property
    def price(self) -> int:
        """What gas costs in the blocks to come, wei."""
        return self._price

    @price.setter
    def price(self, wei: int) -> None:
        self._price = wei

    def reorganise(self, depth: int) -> None:
        """Other, empty blocks take the place of the last ones; their transactions are lost."""
        with self._lock:
            self._node.call("anvil_reorg", depth, [])

    def roll_back(self, depth: int) -> None:
        """The last blocks vanish, and as many are mined anew of what the node holds."""
        with self._lock:
            self._node.call("anvil_rollback", depth)
            for _ in range(depth):
                self._mine()

    def forget(self) -> None:
        """The node forgets the transactions that wait."""
        with self._lock:
            self._node.call("anvil_dropAllTransactions")

    def mine(self, blocks: int) -> None:
        """So many blocks at once."""
        with self._lock:
            for _ in range(blocks):
                self._mine()

    @contextmanager
    def still(self) -> Iterator[None]:
        """No block is made meanwhile: anvil may answer a call about its last block from the one in the making."""
        with self._lock:
            yield

    def _mine(self) -> None:
        self._node.call("anvil_setNextBlockBaseFeePerGas", hex(self._price))
        self._node.call("evm_mine")

    def _run(self) -> None:
        while not self._stopped.wait(_PAUSE_SECONDS):
            try:
                self.mine(1)
            except Exception as error:  # raised where the `with` block ends
                self._failed = error
                return

"""Shared by the package's tests: an anvil for all that only send to it, a contract that needs no compiler."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
import typer.testing
from eth_account import Account
from eth_account.signers.local import LocalAccount
from indexing import fresh, new_where, one_postgres, open_index, opened, played_story, story, where
from media import filmed, stamped, studio, synced
from postgres import postgres
from softhsm import token

from trust.testing import LocalChain

__all__ = [
    "filmed",
    "fresh",
    "new_where",
    "one_postgres",
    "open_index",
    "opened",
    "played_story",
    "postgres",
    "stamped",
    "story",
    "studio",
    "synced",
    "token",
    "where",
]


class Machine:
    """A contract with one counter. The first byte of call data says what to do; the default is to count."""

    COUNT = b""
    COUNT_IF_FIRST = b"\x02"  # reverts unless the counter is 0
    COUNT_IF_LATER = b"\x03"  # reverts if the counter is 0
    REFUSE = b"\xff"  # reverts
    REVERT_DATA = bytes.fromhex("deadbeef")

    CODE = bytes.fromhex(
        "60003560f81c8060ff1460365780600214602557600314602f57"  # 0xff -> 36, 2 -> 25, 3 -> 2f
        "5b600054600101600055005b600054603657601a565b600054601a57"  # 1a: count; 25: if first; 2f: if later
        "5b63deadbeef6000526004601cfd"  # 36: revert
    )

    def __init__(self, chain: LocalChain, address: str) -> None:
        self.address = address
        self._chain = chain
        chain.install(address, self.CODE)

    def count(self) -> int:
        """How often it counted."""
        return int(self._chain.node.call("eth_getStorageAt", self.address, "0x0", "latest"), 16)


@pytest.fixture(scope="session", autouse=True)
def _commands_made_once() -> Iterator[None]:
    """Typer would make the whole tree of commands anew for every call: that takes longer than most commands do."""
    made = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", made)
        patch.setattr(typer.testing, "_get_command", made)
        yield


@pytest.fixture(scope="session")
def chain() -> Iterator[LocalChain]:
    """A chain that mines each transaction at once. Tests that stop mining or reorg start their own."""
    with LocalChain() as chain:
        yield chain


@pytest.fixture
def sender(chain: LocalChain) -> LocalAccount:
    """A new account with ether on `chain`."""
    account: LocalAccount = Account.create()
    chain.fund(account.address, 100 * 10**18)
    return account


@pytest.fixture(scope="session")
def new_machine() -> type[Machine]:
    """For tests that start their own chain."""
    return Machine


@pytest.fixture
def machine(chain: LocalChain) -> Machine:
    """A new counter on `chain`."""
    return Machine(chain, Account.create().address)

"""An EVM in this process: a local chain's contracts, a thousand times faster than through its node."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyrevm

from trust.chain.abi import Event, interface
from trust.chain.deployments import Deployment
from trust.chain.reverts import decode_revert
from trust.testing import LocalChain

#: No transaction may use more gas than this from osaka on (EIP-7825), so no call here may either.
MOST_GAS = 2**24
_READER = "0x" + "11" * 20
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")


class CallError(Exception):
    """A call ended in something other than a revert that a contract declares: out of gas, or an assertion."""


@dataclass(frozen=True, slots=True)
class Image:
    """A chain's whole state at one moment, to start any number of EVMs from."""

    deployment: Deployment
    accounts: tuple[tuple[str, int, bytes, tuple[tuple[int, int], ...]], ...]
    timestamp: int

    @classmethod
    def of(cls, chain: LocalChain, deployment: Deployment) -> Image:
        """Of the chain as it is now."""
        dump = bytes.fromhex(chain.node.call("anvil_dumpState").removeprefix("0x"))
        accounts = tuple(
            (
                address,
                int(account["nonce"]),
                bytes.fromhex(account["code"].removeprefix("0x")),
                tuple((int(slot, 16), int(value, 16)) for slot, value in account["storage"].items()),
            )
            for address, account in json.loads(gzip.decompress(dump))["accounts"].items()
        )
        return cls(deployment, accounts, chain.node.block().timestamp)


class Evm:
    """Runs calls at the moment it is told; every write is a transaction of its own."""

    def __init__(self, image: Image) -> None:
        self.now = image.timestamp
        self.deployment = image.deployment
        self._evm = pyrevm.EVM(spec_id="PRAGUE", env=_environment(image.deployment.chain_id))
        for address, nonce, code, storage in image.accounts:
            info = pyrevm.AccountInfo(nonce=nonce, code=code) if code else pyrevm.AccountInfo(nonce=nonce)
            self._evm.insert_account_info(address, info)
            for slot, value in storage:
                self._evm.insert_account_storage(address, slot, value)
        at = {**image.deployment.contracts, "TestDollar": image.deployment.token}
        self._at = at
        self._names = {address.lower(): name for name, address in at.items()}
        self.pass_time(0)

    def pass_time(self, seconds: int) -> None:
        """Later calls happen so many seconds later."""
        self.now += seconds
        self._evm.set_block_env(
            pyrevm.BlockEnv(timestamp=self.now, number=self.now // 12, gas_limit=2**32, basefee=0)
        )

    def address(self, contract: str) -> str:
        return self._at[contract]

    def write(self, sender: str, contract: str, function: str, *arguments: Any) -> Any:
        """What the function returned. Raises ContractRefused as the package does, CallError on anything worse."""
        face = interface(contract)
        answer = self._call(sender, contract, face.encode(function, *arguments), is_static=False)
        return face.decode(function, answer) if answer else None

    def events(self) -> list[Event]:
        """What our contracts told in the latest write, in order."""
        found = []
        for log in self._evm.result.logs:
            name = self._names.get(log.address.lower())
            topics, data = log.data
            event = interface(name).decode_event(topics, data) if name else None
            if event is not None:
                found.append(event)
        return found

    def read(self, contract: str, function: str, *arguments: Any) -> Any:
        face = interface(contract)
        return face.decode(function, self._view(contract, face.encode(function, *arguments)))

    def words(self, contract: str, function: str, *numbers: int) -> list[int]:
        """The words that a view of numbers returns, undecoded: quicker."""
        data = selector(contract, function) + b"".join(number.to_bytes(32, "big") for number in numbers)
        answer = self._view(contract, data)
        return [int.from_bytes(answer[at : at + 32], "big") for at in range(0, len(answer), 32)]

    def balance(self, wallet: str) -> int:
        """Dollars in a wallet, base units."""
        return self.words("TestDollar", "balanceOf", int(wallet, 16))[0]

    def _view(self, contract: str, data: bytes) -> bytes:
        return self._call(_READER, contract, data, is_static=True)

    def _call(self, sender: str, contract: str, data: bytes, *, is_static: bool) -> bytes:
        try:
            answer: bytes = self._evm.message_call(
                sender, self._at[contract], data, gas=MOST_GAS, is_static=is_static
            )
        except RuntimeError as error:
            output = _OUTPUT.search(str(error))
            refused = decode_revert(bytes.fromhex(output[1])) if output else None
            if refused is None:
                raise CallError(f"{contract}: {error}") from error
            raise refused from error
        finally:
            # A transaction's transient storage ends with it.
            self._evm.reset_transient_storage()
        return answer


@cache
def selector(contract: str, function: str) -> bytes:
    return interface(contract).selector(function)


def _environment(chain_id: int) -> pyrevm.Env:
    return pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id))

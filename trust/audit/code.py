"""Whether the contracts on the chain are this package's, linked to each other as they must be.

What a constructor fixes for good lies in the code, in places that the compiler leaves as zeros. All else must be the
artifact's, byte by byte. For those places our own creation code is run, with the deployment's addresses as its
arguments and as a question (nothing is sent): what it puts there is right, except where it means its own address,
which is another then, and the epoch, which is of its own day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from trust.audit.ledger import Ledger
from trust.chain.abi import interface
from trust.chain.artifacts import CONTRACTS, LIBRARIES, TEST_TOKEN, load
from trust.chain.deploy import contract_address
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import blob, hexed
from trust.errors import ChainError

_PUSH1, _PUSH32 = 0x60, 0x7F
_WORD = 32
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
#: Whoever asks; nobody has its key, and it has never sent anything.
_NOBODY = "0x" + "01" * 20
#: Names of constructor arguments, and the contracts they are.
_NAMED = {
    "access": "TrustAccess",
    "ledger": "UsageLedger",
    "premiums": "SubstitutionPremiums",
    "pools": "Payroll",
    "rooms": "WritersRooms",
}


@dataclass(frozen=True, slots=True)
class Codes:
    """Compares code at one block."""

    node: Node
    deployment: Deployment
    block: int
    timestamp: int

    def check(self, ledger: Ledger, others: list[Node]) -> None:
        """A05, with the code that further nodes show, and A06."""
        for name in (*LIBRARIES, *CONTRACTS):
            address = self._address(name)
            ledger.look("A05")
            try:
                code = self.node.code(address, self.block)
                for what in self._faults(name, code):
                    ledger.find("A05", f"{name} at {address}: {what}.")
                for node in others:
                    if node.code(address, self.block) != code:
                        ledger.find("A05", f"{name} at {address}: {node.shown} shows other code.")
            except ChainError as cause:
                ledger.find("A05", f"{name} at {address}: its code could not be compared. {cause}")
        self._token(ledger)

    def _address(self, name: str) -> str:
        return self.deployment.libraries.get(name) or self.deployment.address(name)

    def _faults(self, name: str, code: bytes) -> Iterator[str]:
        creation = load(name).creation_code(self.deployment.libraries)
        made = self._made(name, creation)
        ours = _runtime(creation, made)
        if not code:
            yield "there is no code"
        elif ours is None:
            yield "our constructor made something else than our code"
        elif code != self._filled(name, ours, made):
            differing = sum(a != b for a, b in zip(code, ours, strict=False))
            yield f"it is not ours ({len(code)} bytes, ours has {len(ours)}; {differing} differ before linking)"

    def _made(self, name: str, creation: bytes) -> bytes:
        """What our constructor makes, run as a question."""
        data = creation + interface(name).encode_constructor(*self._arguments(name))
        answer = self.node.call("eth_call", {"from": _NOBODY, "data": hexed(data)}, hex(self.block))
        return blob(answer)

    def _arguments(self, name: str) -> list[Any]:
        constructors = [entry["inputs"] for entry in load(name).abi if entry["type"] == "constructor"]
        return [self._argument(name, item) for inputs in constructors for item in inputs]

    def _argument(self, contract: str, item: Mapping[str, Any]) -> Any:
        if item["type"] == "tuple":
            return {part["name"]: self._argument(contract, part) for part in item["components"]}
        if item["name"] == "token":
            return self.deployment.token
        if item["name"] == "cycleSeconds":
            return self.deployment.cycle_seconds
        if contract == "Payroll" and item["name"] == "pools":
            return self.deployment.libraries["EnsemblePools"]
        name = _NAMED.get(item["name"]) or item["name"][0].upper() + item["name"][1:]
        # Payees and the first administrator are kept in storage: any address makes the same code.
        return self.deployment.contracts.get(name, _NOBODY)

    def _filled(self, name: str, ours: bytes, made: bytes) -> bytes:
        """Our code with what belongs into its empty places."""
        then = contract_address(_NOBODY, self.node.nonce(_NOBODY, self.block))
        here, seconds = self._address(name), self.deployment.cycle_seconds
        means = {
            _word(then): _word(here),
            self._domain(then): self._domain(here),
            _number(self.timestamp // seconds * seconds): _number(self.deployment.epoch),
        }
        filled = bytearray(ours)
        for at in _empty_places(ours):
            value = made[at : at + _WORD]
            filled[at : at + _WORD] = means.get(value, value)
        return bytes(filled)

    def _domain(self, address: str) -> bytes:
        """The EIP-712 domain separator of a contract."""
        words = (keccak(text=_DOMAIN), keccak(text="Likeness Trust"), keccak(text="1"))
        return keccak(b"".join(words) + _number(self.deployment.chain_id) + _word(address))

    def _token(self, ledger: Ledger) -> None:
        payroll, deployment = self.deployment.address("Payroll"), self.deployment
        for contract, to, function, expected in (
            ("Payroll", payroll, "TOKEN", deployment.token),
            ("Payroll", payroll, "CYCLE_SECONDS", deployment.cycle_seconds),
            ("Payroll", payroll, "EPOCH", deployment.epoch),
            (TEST_TOKEN, deployment.token, "decimals", 6),
        ):
            ledger.look("A06")
            try:
                answer = self.node.eth_call(to, interface(contract).encode(function), block=self.block)
                told = interface(contract).decode(function, answer)
            except Exception as cause:  # a node's error, or one of eth-abi's unrelated types
                ledger.find("A06", f"{function} of {to} gave no answer ({type(cause).__name__}).")
                continue
            if told != expected:
                ledger.find("A06", f"{function} of {to} is {told}, not {expected}.")


def _runtime(creation: bytes, made: bytes) -> bytes | None:
    """The run-time code within creation code, with its places still empty: where `made` differs there are zeros."""
    for start in range(len(creation) - len(made), -1, -1):
        ours = creation[start : start + len(made)]
        if all(a == b or not a for a, b in zip(ours, made, strict=True)):
            return ours
    return None


def _empty_places(code: bytes) -> Iterator[int]:
    """Where the compiler left a word for the constructor to fill."""
    at = 0
    while at < len(code):
        width = code[at] - _PUSH1 + 1 if _PUSH1 <= code[at] <= _PUSH32 else 0
        if width == _WORD and not any(code[at + 1 : at + 1 + _WORD]):
            yield at + 1
        at += 1 + width


def _word(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address.removeprefix("0x"))


def _number(value: int) -> bytes:
    return value.to_bytes(_WORD)

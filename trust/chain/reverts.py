"""Revert data to typed errors: the contract's own name and fields, and what to do about it."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_utils.abi import abi_to_signature, collapse_if_tuple, function_abi_to_4byte_selector

from trust.chain.artifacts import CONTRACTS, LIBRARIES, TEST_TOKEN, load
from trust.errors import ContractRefused, TrustError

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


@cache
def error_types() -> dict[bytes, tuple[type[ContractRefused], dict[str, Any], str]]:
    """By selector: a class named like the contract's error, the error's ABI entry, and what it asks for."""
    found: dict[bytes, tuple[type[ContractRefused], dict[str, Any], str]] = {}
    for name in (*CONTRACTS, *LIBRARIES, TEST_TOKEN):
        artifact = load(name)
        for entry in artifact.abi:
            if entry["type"] != "error":
                continue
            selector = function_abi_to_4byte_selector(entry)  # type: ignore[arg-type]
            notice = artifact.errors.get(abi_to_signature(entry), "")  # type: ignore[arg-type]
            if selector not in found or (notice and not found[selector][2]):
                kind = type(entry["name"], (ContractRefused,), {"__doc__": notice, "__module__": __name__})
                found[selector] = (kind, entry, notice)
    return found


def decode_revert(data: bytes) -> TrustError | None:
    """The typed error of revert data, None when there is none to tell."""
    if len(data) < 4:
        return None
    selector, body = data[:4], data[4:]
    if selector == _ERROR_STRING:
        text = abi_decode(["string"], body)[0]
        return ContractRefused("Error", {"message": text}, f"A contract refused: {text}.")
    if selector == _PANIC:
        code = abi_decode(["uint256"], body)[0]
        return ContractRefused("Panic", {"code": code}, f"A contract stopped on panic {code:#x}.")
    if selector not in error_types():
        return None
    kind, entry, notice = error_types()[selector]
    types = [collapse_if_tuple(item) for item in entry["inputs"]]
    values = abi_decode(types, body)
    fields = {item["name"]: value for item, value in zip(entry["inputs"], values, strict=True)}
    told = ", ".join(f"{key} {_shown(value)}" for key, value in fields.items())
    return kind(entry["name"], fields, f"{entry['name']}({told}).", hint=notice)


def _shown(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)

"""Writes consents.json: one signed consent of each kind, which Python and Solidity must hash alike.

python tests/vectors/make.py           write tests/vectors/consents.json
python tests/vectors/make.py --check   fail if it is stale
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from trust.chain.deploy import contract_address
from trust.chain.deployments import Deployment
from trust.consent import KINDS, Consent, digest, sign
from trust.consent.types import STRUCTS, Field, element

FILE = Path(__file__).with_name("consents.json")
CHAIN_ID = 31337
KEY = keccak(text="likeness trust consent vectors")
DESCRIPTION = "My double crosses the stage and says: I am here. [ref 0123456789abcdef0123456789abcdef]"


def value(kind: str, name: str, number: int) -> Any:
    """A value of its own for every field, so that two fields can't change places."""
    of = element(kind)
    if of is not None:
        return [value(of, name, number), value(of, name, number + 1)]
    if kind in STRUCTS:
        return {
            inner: value(part, inner, 100 + 8 * number + i) for i, (part, inner) in enumerate(STRUCTS[kind])
        }
    if kind == "string":
        return DESCRIPTION
    if kind == "bytes32":
        return keccak(text=name)
    if kind == "address":
        return str(Account.from_key(keccak(text=name)).address)
    if kind == "bool":
        return True
    if name in ("assetClass", "representation"):
        return 1
    return min(1000 + number, 2 ** int(kind[4:]) - 1 - number)


def message(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {name: value(kind, name, number) for number, (kind, name) in enumerate(fields)}


def plain(anything: Any) -> Any:
    if isinstance(anything, bytes):
        return "0x" + anything.hex()
    if isinstance(anything, list):
        return [plain(part) for part in anything]
    return {name: plain(part) for name, part in anything.items()} if isinstance(anything, dict) else anything


def make() -> dict[str, Any]:
    signer = Account.from_key(KEY)
    names = sorted({name for kind in KINDS.values() for name in kind.contracts})
    contracts = {name: contract_address(signer.address, number) for number, name in enumerate(names)}
    deployment = Deployment(CHAIN_ID, 1, signer.address, 604_800, 0, contracts, {})
    vectors = []
    for kind in KINDS.values():
        contract = kind.contracts[0]
        consent = Consent(kind.name, message(kind.fields), contract)
        signed = sign(consent, deployment, signer)
        vectors.append(
            {
                "kind": kind.name,
                "contract": contract,
                "verifyingContract": contracts[contract],
                "fields": [f"{part} {name}" for part, name in kind.fields],
                "message": plain(consent.message),
                "digest": plain(digest(consent, CHAIN_ID, contracts[contract])),
                "signature": plain(signed.signature),
            }
        )
    return {"chainId": CHAIN_ID, "signer": signer.address, "vectors": vectors}


def main() -> int:
    text = json.dumps(make(), indent=1) + "\n"
    if "--check" in sys.argv[1:]:
        if FILE.read_text() != text:
            print("tests/vectors/consents.json is stale: run python tests/vectors/make.py", file=sys.stderr)
            return 1
        return 0
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

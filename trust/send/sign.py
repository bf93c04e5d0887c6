"""An intent at a nonce, as a signed type 2 transaction."""

from __future__ import annotations

from typing import Any

from trust.chain.rpc import TxHash, hexed
from trust.send.model import Attempt, Fees, Row, Signer


def signed(row: Row, fees: Fees, chain_id: int, signer: Signer, now: float) -> Attempt:
    """The row's transaction at its nonce, not yet broadcast. The same fees give the same bytes (RFC 6979)."""
    assert row.nonce is not None
    assert row.gas is not None
    transaction: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": row.nonce,
        "value": row.intent.value,
        "data": row.intent.data,
        "gas": row.gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
    }
    if row.intent.to is not None:
        transaction["to"] = bytes.fromhex(row.intent.to[2:])
    result = signer.sign_transaction(transaction)
    return Attempt(
        hash=TxHash(hexed(bytes(result.hash))),
        nonce=row.nonce,
        fees=fees,
        raw=bytes(result.raw_transaction),
        offered_at=now,
    )

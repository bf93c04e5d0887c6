"""Answers of a node that come in bulk, typed: parsed once, straight from the response's bytes."""

from __future__ import annotations

import msgspec


class WireLog(msgspec.Struct, rename="camel", gc=False):
    """One log as JSON-RPC gives it: everything is text."""

    address: str
    topics: list[str]
    data: str
    block_hash: str
    block_number: str
    transaction_hash: str
    transaction_index: str
    log_index: str
    removed: bool = False


class WireReceipt(msgspec.Struct, rename="camel"):
    """One receipt of eth_getBlockReceipts."""

    block_hash: str
    block_number: str
    transaction_hash: str
    transaction_index: str
    cumulative_gas_used: str
    logs_bloom: str
    logs: list[WireLog]
    status: str | None = None
    root: str | None = None
    type: str | None = None

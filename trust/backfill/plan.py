"""Planning: the final part of the chain, cut into ranges that are tied to each other by hashes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from trust.backfill.model import RANGE_BLOCKS, Plan, Range
from trust.backfill.tables import Home, Tables
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import RpcError
from trust.errors import IndexFault, InputError
from trust.index.found import Shifted, Untrue
from trust.index.reader import Reader
from trust.index.store import Store
from trust.proof import Header


def plan(
    url: str,
    deployment: Deployment,
    node: Node,
    *,
    verify: bool,
    range_blocks: int = RANGE_BLOCKS,
    finality_depth: int = 64,
) -> Plan:
    """Queue the whole chain up to `finality_depth` below its head, for workers to read into an empty index.

    Raises InputError when there is a backfill or an index already, or nothing is final yet; IndexFault; ChainError.
    """
    node.require_chain(deployment.chain_id)
    home = Home(url)
    if home.planned():
        raise InputError(
            f"There is a backfill for {home.shown} already.",
            hint="`trust index backfill status` shows it; `trust index backfill drop` forgets it.",
        )
    _require_empty(home, deployment)
    first = max(0, deployment.block - 1)
    last = node.block("latest").number - finality_depth
    if last < first:
        raise InputError(
            f"No block of the deployment is {finality_depth} blocks deep yet.", hint="Run `trust index sync`."
        )
    made, ranges = _cut(deployment, node, first, last, range_blocks, verify)
    home.prepare()
    tables = Tables(home, deployment)
    try:
        tables.add(made, ranges)
    finally:
        tables.close()
    return made


def _require_empty(home: Home, deployment: Deployment) -> None:
    store = Store(home.url, deployment)
    try:
        store.make()
        cursor = store.cursor()
    finally:
        store.close()
    if cursor is not None:
        raise InputError(
            f"{home.shown} has been read up to block {cursor.number}; a backfill fills an empty index.",
            hint="Run `trust index sync`, or name an empty database.",
        )


def _cut(
    deployment: Deployment, node: Node, first: int, last: int, size: int, verify: bool
) -> tuple[Plan, list[Range]]:
    ends = [*range(first + size - 1, last, size), last]
    try:
        (begin, _), *found = Reader(deployment).headers(node, [first, *ends])
    except Untrue as cause:
        raise IndexFault(f"The node at {node.shown} {cause}.", hint="Use another node.") from cause
    except (Shifted, RpcError) as cause:
        raise IndexFault(
            f"The node at {node.shown} does not have all blocks up to {last}.", hint="Use another node."
        ) from cause
    headers = [header for header, _ in found]
    end = headers[-1]
    return (
        Plan(first, last, end.hash, end.timestamp, verify),
        list(_ranges(begin, headers)),
    )


def _ranges(begin: Header, ends: list[Header]) -> Iterator[Range]:
    yield Range(begin.number, ends[0].number, begin.parent, ends[0].hash)
    for before, end in pairwise(ends):
        yield Range(before.number + 1, end.number, before.hash, end.hash)

"""Make a pack: gather, prove to oneself what was gathered, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import hexed
from trust.errors import ChainError
from trust.evidence.container import packed
from trust.evidence.evidence import Fault, prove_rows
from trust.evidence.files import files_of
from trust.evidence.gather import Gatherer


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack's bytes, and what is in it. `compare`: the (block, hash) that its checker needs from elsewhere."""

    file: bytes
    first: int
    last: int
    rows: int
    blocks: int
    compare: tuple[tuple[int, str], ...]


def pack(
    node: Node,
    deployment: Deployment,
    production: int,
    *,
    since: int | None = None,
    until: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Packed:
    """Pack the evidence of a production, from block `since` (the deployment's) to `until` (the newest).

    `progress` hears (headers read, headers to read). Raises InputError for an unknown production or range, or
    when the pack grows too large, WrongChain, NodeUnreachable and ChainError.
    """
    heard = progress or (lambda done, of: None)
    evidence = Gatherer(node, deployment, production).gather(since, until, heard)
    faults: list[Fault] = []
    proven = prove_rows(evidence, faults.append)
    if faults:
        raise ChainError(
            f"What the node at {node.shown} gave proves nothing: {faults[0].where}: {faults[0].what}.",
            hint="Ask another node: give another --rpc.",
        )
    return Packed(
        file=packed(files_of(evidence, proven)),
        first=evidence.first,
        last=evidence.last,
        rows=len(proven.rows),
        blocks=len(evidence.blocks),
        compare=tuple((anchor.number, hexed(anchor.hash)) for anchor in proven.anchors),
    )

"""A lineage's evidence from a node: its events by their ids, then the headers and blocks that prove them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import blob, hexed
from trust.errors import ChainError, InputError
from trust.evidence.blocks import Blocks
from trust.evidence.evidence import Fault, essential
from trust.evidence.logs import Decoder, Event, Placed
from trust.evidence.proofs import carry, logs_of
from trust.index.found import Shifted, Untrue
from trust.lineage.evidence import IdSieve, LineageEvidence, ProvenLineage, prove_lineage, transactions_of
from trust.lineage.family import CONTRACT, Relative, family
from trust.proof import Header, rlp
from trust.proof.receipts import ProvenLog

MOST_RELATIVES = 5_000
_IDS_A_TIME = 200

Progress = Callable[[int, int], None]


def gather_lineage(
    node: Node,
    deployment: Deployment,
    asset: bytes,
    *,
    until: int | None = None,
    generations: int | None = None,
    sparse: bool = False,
    progress: Progress = lambda done, of: None,
) -> tuple[LineageEvidence, ProvenLineage]:
    """Evidence of an asset's lineage up to block `until` (the newest), and what it proves.

    `sparse` leaves out the headers between. `progress` hears (headers read, headers to read). Raises InputError for an
    unknown asset, a block out of range or too large a lineage, ChainError when the node's answers can't be true.
    """
    node.require_chain(deployment.chain_id)
    head = node.block("latest").number
    end = head if until is None else until
    if not deployment.block <= end <= head:
        raise InputError(
            f"There is no block {end} to end with.",
            hint=f"The deployment begins at block {deployment.block}; the chain is at block {head}.",
        )
    try:
        evidence = _Gatherer(node, deployment, asset, end, generations).evidence(sparse, progress)
    except Shifted as cause:
        raise ChainError("The chain changed while the dossier was made.", hint="Try again.") from cause
    except (Untrue, rlp.Malformed) as cause:
        raise ChainError(
            f"The node at {node.shown} gave what can't be true: {cause}.", hint="Ask another node."
        ) from cause
    faults: list[Fault] = []
    proven = prove_lineage(evidence, faults.append)
    if faults:
        raise ChainError(
            f"What the node at {node.shown} gave proves nothing: {faults[0].where}: {faults[0].what}.",
            hint="Ask another node: give another --rpc.",
        )
    return evidence, proven


class _Gatherer:
    def __init__(
        self, node: Node, deployment: Deployment, asset: bytes, end: int, generations: int | None
    ) -> None:
        self._node = node
        self._deployment = essential(deployment)
        self._asset = asset
        self._end = end
        self._generations = generations
        self._blocks = Blocks(node, deployment)
        self._decoder = Decoder(deployment)

    def evidence(self, sparse: bool, progress: Progress) -> LineageEvidence:
        relatives, hashes = self._family()
        if relatives[self._asset].asset is None:
            raise InputError(
                f"There is no asset {hexed(self._asset)} up to block {self._end}.",
                hint="Give an asset's id; bundles and unproven leaves of batches have no dossier.",
            )
        if sparse:
            headers = tuple(self._blocks.header(hashes[number]) for number in sorted(hashes))
        else:
            headers = self._range(min(hashes), progress)
        sieve = IdSieve(self._deployment, relatives)
        wanted = [header for header in headers if header.number in hashes or sieve.may_hold(header)]
        return self._carried(headers, wanted)

    def _family(self) -> tuple[dict[bytes, Relative], dict[int, bytes]]:
        """The family as the node's logs tell of it, and the hashes of the blocks that they are in."""
        asked: set[bytes] = set()
        events: list[Event] = []
        hashes: dict[int, bytes] = {}
        wanted = {self._asset}
        while wanted:
            asked |= wanted
            events += self._events(sorted(wanted), hashes)
            found = family(self._asset, events, self._generations)
            if len(found) > MOST_RELATIVES:
                raise InputError(
                    f"This lineage has more than {MOST_RELATIVES:,} ancestors.",
                    hint="Take fewer generations, with --generations.",
                )
            wanted = set(found) - asked
        return found, hashes

    def _events(self, ids: Sequence[bytes], hashes: dict[int, bytes]) -> list[Event]:
        placed: list[Placed] = []
        rest = iter(ids)
        while part := list(islice(rest, _IDS_A_TIME)):
            asked = {
                "address": self._deployment.contracts[CONTRACT],
                "fromBlock": hex(self._deployment.block),
                "toBlock": hex(self._end),
                "topics": [None, [*map(hexed, part)]],
            }
            for log in self._node.call("eth_getLogs", asked):
                raw = ProvenLog(blob(log["address"]), tuple(map(blob, log["topics"])), blob(log["data"]))
                number = int(log["blockNumber"], 16)
                hashes[number] = blob(log["blockHash"])
                placed.append(Placed(number, int(log["transactionIndex"], 16), int(log["logIndex"], 16), raw))
        return self._decoder.events(placed)

    def _range(self, first: int, progress: Progress) -> tuple[Header, ...]:
        found: list[Header] = []
        for part in self._blocks.headers(first, self._end):
            found += part
            progress(len(found), self._end - first + 1)
        return tuple(found)

    def _carried(self, headers: tuple[Header, ...], wanted: Sequence[Header]) -> LineageEvidence:
        receipts = {header.number: encoded for header, encoded in self._blocks.receipts(wanted)}
        events = self._decoder.events(
            log for number, encoded in receipts.items() for log in logs_of(number, encoded)
        )
        needed = _by_block(transactions_of(family(self._asset, events, self._generations)))
        blocks = tuple(
            carry(
                header,
                receipts[header.number],
                self._blocks.transactions(header) if header.number in needed else (),
                needed.get(header.number, set()),
            )
            for header in wanted
        )
        return LineageEvidence(self._asset, self._generations, self._deployment, headers, blocks)


def _by_block(transactions: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for number, index in transactions:
        found.setdefault(number, set()).add(index)
    return found

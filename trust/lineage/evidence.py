"""Evidence of a lineage: headers and blocks, and what they prove of an asset and its ancestors.

An event of an id carries it as a topic, so a header whose bloom lacks it proves that its block has no event of it.
Headers come in runs, each header the parent of the next: within a run nothing is left out. One run from the first
ancestor on shows everything; a sparse dossier has a run for each of its blocks, and can't show what came between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from eth_utils.crypto import keccak

from trust.chain.deployments import Deployment
from trust.chain.rpc import blob, hexed
from trust.errors import IndexFault
from trust.evidence.evidence import Fault
from trust.evidence.logs import Decoder, Event
from trust.evidence.proofs import CarriedBlock, Opened, open_block
from trust.evidence.transactions import chain_of
from trust.lineage.family import CONTRACT, Relative, family
from trust.proof import Header, rlp
from trust.proof.headers import bloom_bits


@dataclass(frozen=True, slots=True)
class LineageEvidence:
    """What is carried. `generations`: how many generations of ancestors, None for all."""

    asset: bytes
    generations: int | None
    deployment: Deployment
    headers: tuple[Header, ...]
    blocks: tuple[CarriedBlock, ...]


@dataclass(frozen=True, slots=True)
class ProvenLineage:
    """What evidence proves. `anchors` are the last headers of each run, whose hashes it rests on."""

    family: dict[bytes, Relative]
    anchors: tuple[Header, ...]
    times: dict[int, int]
    hashes: dict[tuple[int, int], bytes]
    blocks: dict[int, bytes]

    @property
    def whole(self) -> bool:
        """Whether nothing between the first ancestor and the last block can be missing."""
        return len(self.anchors) == 1


class IdSieve:
    """Which blocks can hold an event of Provenance about one of these ids."""

    def __init__(self, deployment: Deployment, ids: Iterable[bytes]) -> None:
        self._contract = bloom_bits([blob(deployment.contracts[CONTRACT])])
        self._ids = [bloom_bits([one]) for one in ids]

    def may_hold(self, header: Header) -> bool:
        """False is proof that the block has none."""
        return header.may_hold(self._contract) and any(map(header.may_hold, self._ids))


def prove_lineage(evidence: LineageEvidence, fault: Callable[[Fault], None]) -> ProvenLineage:
    """The family, decoded anew from what is carried. All that doesn't hold goes to `fault`."""
    anchors = _anchors(evidence, fault)
    opened = _opened(evidence, fault)
    try:
        logs = [log for block in opened.values() for log in block.logs]
        events = Decoder(evidence.deployment).events(logs)
    except IndexFault as cause:
        fault(Fault("blocks", str(cause)))
        events = []
    found = family(evidence.asset, events, evidence.generations)
    _check_complete(evidence, found, fault)
    hashes = _hashes(evidence, found, opened, fault)
    return ProvenLineage(
        found,
        anchors,
        {number: block.header.timestamp for number, block in opened.items()},
        hashes,
        {number: block.header.hash for number, block in opened.items()},
    )


def events_of(found: dict[bytes, Relative]) -> list[Event]:
    """All events of a family, in the chain's order."""
    return sorted((e for one in found.values() for e in one.events), key=lambda event: event.place)


def _anchors(evidence: LineageEvidence, fault: Callable[[Fault], None]) -> tuple[Header, ...]:
    ends: list[Header] = []
    for header in evidence.headers:
        last = ends[-1] if ends else None
        if last is not None and header.number <= last.number:
            fault(Fault(f"block {header.number}", "its header is out of its place"))
        if last is not None and header.number == last.number + 1:
            if header.parent != last.hash:
                fault(Fault(f"block {header.number}", "its header doesn't follow the one before"))
            ends[-1] = header
        else:
            ends.append(header)
    return tuple(ends)


def _opened(evidence: LineageEvidence, fault: Callable[[Fault], None]) -> dict[int, Opened]:
    headers = {header.number: header for header in evidence.headers}
    found: dict[int, Opened] = {}
    for block in evidence.blocks:
        try:
            if block.number not in headers or block.header is not None or block.number in found:
                raise rlp.Malformed("it has no header, or is there twice")
            found[block.number] = open_block(headers[block.number], block)
        except rlp.Malformed as cause:
            fault(Fault(f"block {block.number}", f"its proofs don't hold: {cause}"))
    return found


def _check_complete(
    evidence: LineageEvidence, found: dict[bytes, Relative], fault: Callable[[Fault], None]
) -> None:
    carried = {block.number for block in evidence.blocks}
    sieve = IdSieve(evidence.deployment, found)
    for header in evidence.headers:
        if header.number not in carried and sieve.may_hold(header):
            what = "it may hold events of the lineage and is left out, by its header's bloom"
            fault(Fault(f"block {header.number}", what))
    for one in found.values():
        if not one.founding:
            fault(Fault(hexed(one.id), "nothing shows where this comes from"))


def _hashes(
    evidence: LineageEvidence,
    found: dict[bytes, Relative],
    opened: dict[int, Opened],
    fault: Callable[[Fault], None],
) -> dict[tuple[int, int], bytes]:
    """Hashes of the transactions that the family's events are of."""
    hashes: dict[tuple[int, int], bytes] = {}
    for number, index in transactions_of(found):
        raw = opened[number].transactions.get(index)
        if raw is None:
            fault(Fault(f"block {number}", f"nothing proves its transaction {index}"))
            continue
        hashes[number, index] = keccak(raw)
        try:
            chain = chain_of(raw)
        except rlp.Malformed as cause:
            fault(Fault(f"block {number}", f"transaction {index} can't be read: {cause}"))
            continue
        if chain not in (None, evidence.deployment.chain_id):
            fault(Fault(f"block {number}", f"transaction {index} was signed for chain {chain}"))
    return hashes


def transactions_of(found: dict[bytes, Relative]) -> Collection[tuple[int, int]]:
    """Block and index of the transactions of a family's events, in order."""
    return dict.fromkeys(event.transaction for event in events_of(found))

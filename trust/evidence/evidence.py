"""Evidence of one production over a range of blocks: what a pack carries, and the rows that it proves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trust.chain.artifacts import CONTRACTS
from trust.chain.deployments import Deployment
from trust.errors import IndexFault
from trust.evidence.logs import Decoder, Event
from trust.evidence.proofs import CarriedBlock, Opened, open_block, unhexed
from trust.evidence.scope import PRODUCTION, Scope, Sieve
from trust.evidence.transactions import chain_of
from trust.evidence.transfers import told_by
from trust.proof import Header, rlp

FOUNDING = "founding"
_FOUNDING = frozenset({"LicenceGranted", "SceneGranted", "PoolOpened"})
_SHARED = "SavingsShared"


@dataclass(frozen=True, slots=True)
class Row:
    """An event of the production, or of its members or the trust, proven to be in the chain.

    `part` says why it is here: scope's PRODUCTION, MEMBER and TRUST, or FOUNDING for what was granted before the
    range.
    """

    event: Event
    part: str
    transaction: bytes
    block_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is carried: the headers of the range, each the parent of the next, and what else proves the rows.

    `deployment` is `essential`: chain, first block, token and contracts.
    """

    production: int
    deployment: Deployment
    headers: tuple[Header, ...]
    blocks: tuple[CarriedBlock, ...]

    @property
    def first(self) -> int:
        """First block of the range."""
        return self.headers[0].number

    @property
    def last(self) -> int:
        """Last block of the range."""
        return self.headers[-1].number

    @property
    def whole(self) -> bool:
        """Whether the range begins where the deployment does."""
        return self.first == self.deployment.block


def essential(deployment: Deployment) -> Deployment:
    """Of a deployment, what evidence rests on, written in one way."""
    contracts = {name: str(to_checksum_address(deployment.contracts[name])) for name in CONTRACTS}
    token = to_checksum_address(deployment.token)
    return Deployment(deployment.chain_id, deployment.block, token, 0, 0, contracts, {})


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the evidence doesn't prove, or that it denies. `where` names a block, file or line."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What evidence proves: `rows` in the chain's order, and `anchors`, the blocks whose hashes it rests on."""

    rows: tuple[Row, ...]
    anchors: tuple[Header, ...]
    opened: dict[int, Opened]


def prove_rows(evidence: Evidence, fault: Callable[[Fault], None]) -> Proven:
    """The rows, decoded anew from what is carried. All that doesn't hold goes to `fault`."""
    _check_links(evidence, fault)
    opened = _opened(evidence, fault)
    events = _decoded(evidence.deployment, opened, fault)
    scope = Scope.of(evidence.production, events)
    _check_completeness(evidence, scope, events, fault)
    rows = _rows(chosen(evidence.first, scope, events), opened, fault)
    _check_transactions(evidence, events, rows, opened, fault)
    before = tuple(opened[number].header for number in sorted(opened) if number < evidence.first)
    return Proven(rows, (*before, evidence.headers[-1]), opened)


def chosen(first: int, scope: Scope, events: Sequence[Event]) -> list[tuple[Event, str]]:
    """The events that become rows, in order, each with why. Of those before block `first`, what founds later ones."""
    early = (event for event in events if event.block < first and event.name in _FOUNDING)
    founded = [(event, FOUNDING) for event in early if scope.part(event)]
    return founded + _parts(scope, [event for event in events if event.block >= first])


def _parts(scope: Scope, events: Sequence[Event]) -> list[tuple[Event, str]]:
    found = {event.place: (event, part) for event in events if (part := scope.part(event))}
    transactions = {event.transaction for event, _ in found.values()}
    near = [event for event in events if event.transaction in transactions]
    stated = {
        (event.transaction, event.fields["evidence_hash"])
        for event, _ in found.values()
        if event.name == "SavingsStated"
    }
    for event in near:
        if event.name == _SHARED and (event.transaction, event.fields["evidence_hash"]) in stated:
            found[event.place] = (event, PRODUCTION)
    for transfer, teller in told_by(near):
        if teller.place in found:
            found[transfer.place] = (transfer, found[teller.place][1])
    return [found[place] for place in sorted(found)]


def unknown_ids(scope: Scope, events: Sequence[Event]) -> list[tuple[str, int, int]]:
    """Grants, pools and the production's licences that events name and none founds: name, number, block."""
    known = {("licence", number) for number in scope.licences}
    known |= {("grant", event.fields["grant_id"]) for event in events if event.name == "SceneGranted"}
    known |= {("pool", event.fields["pool_id"]) for event in events if event.name == "PoolOpened"}
    missing: dict[tuple[str, int], int] = {}
    for event in events:
        for named in _named(scope, event):
            if named not in known:
                missing.setdefault(named, event.block)
    return [(name, number, block) for (name, number), block in missing.items()]


def _named(scope: Scope, event: Event) -> Iterator[tuple[str, int]]:
    """What the event names and doesn't say whose it is."""
    licence, production, member = (event.get(f"{name}_id") for name in ("licence", "production", "member"))
    if event.contract == "Payroll" and production is not None and member is not None:
        licence = production << 24 | member
    if licence is not None and licence >> 24 == scope.production and not scope.modules:
        yield "licence", licence
    for name in ("grant", "pool"):
        if production is None and (number := event.get(f"{name}_id")) is not None:
            yield name, number


def _check_links(evidence: Evidence, fault: Callable[[Fault], None]) -> None:
    for earlier, later in pairwise(evidence.headers):
        if later.parent != earlier.hash or later.number != earlier.number + 1:
            fault(Fault(f"block {later.number}", f"its header doesn't follow that of block {earlier.number}"))
            return


def _opened(evidence: Evidence, fault: Callable[[Fault], None]) -> dict[int, Opened]:
    headers = {header.number: header for header in evidence.headers}
    found: dict[int, Opened] = {}
    before = -1
    for block in evidence.blocks:
        where = f"block {block.number}"
        try:
            header = headers.get(block.number)
            if block.header is not None:
                header = Header.decode(unhexed(block.header))
            known = header is not None and header.number == block.number and block.number > before
            if header is None or not known or (block.header is None) != (block.number >= evidence.first):
                raise rlp.Malformed("it is out of its place, or has no header")
            found[block.number] = open_block(header, block)
        except rlp.Malformed as cause:
            fault(Fault(where, f"its proofs don't hold: {cause}"))
        before = max(before, block.number)
    return found


def _decoded(
    deployment: Deployment, opened: dict[int, Opened], fault: Callable[[Fault], None]
) -> list[Event]:
    logs = [log for number in sorted(opened) for log in opened[number].logs]
    try:
        return Decoder(deployment).events(logs)
    except IndexFault as cause:
        fault(Fault("proofs.json", str(cause)))
        return []


def _check_completeness(
    evidence: Evidence, scope: Scope, events: Sequence[Event], fault: Callable[[Fault], None]
) -> None:
    sieve = Sieve(evidence.deployment, scope, wide=not evidence.whole)
    carried = {block.number for block in evidence.blocks}
    for header in evidence.headers:
        if sieve.may_hold(header) != (header.number in carried):
            what = "is carried without need" if header.number in carried else "may hold rows and is left out"
            fault(Fault(f"block {header.number}", f"it {what}, by its header's bloom"))
    if not evidence.whole:
        for name, number, block in unknown_ids(scope, events):
            fault(Fault(f"block {block}", f"nothing shows whose {name} {number} is"))


def _rows(
    listed: Sequence[tuple[Event, str]], opened: dict[int, Opened], fault: Callable[[Fault], None]
) -> tuple[Row, ...]:
    hashes = {
        (number, index): keccak(raw)
        for number, block in opened.items()
        for index, raw in block.transactions.items()
    }
    for number, index in sorted({event.transaction for event, _ in listed} - set(hashes)):
        fault(Fault(f"block {number}", f"nothing proves its transaction {index}, which has rows"))
    return tuple(
        Row(event, part, hashes[event.transaction], header.hash, header.timestamp)
        for event, part, header in ((event, part, opened[event.block].header) for event, part in listed)
        if event.transaction in hashes
    )


def _check_transactions(
    evidence: Evidence,
    events: Sequence[Event],
    rows: Sequence[Row],
    opened: dict[int, Opened],
    fault: Callable[[Fault], None],
) -> None:
    needed = {row.event.transaction for row in rows} | founding(evidence, events)
    for number, block in opened.items():
        for index, raw in block.transactions.items():
            where = f"block {number}"
            if (number, index) not in needed:
                fault(Fault(where, f"transaction {index} is carried without need"))
            try:
                chain = chain_of(raw)
            except rlp.Malformed as cause:
                fault(Fault(where, f"transaction {index} can't be read: {cause}"))
                continue
            if chain not in (None, evidence.deployment.chain_id):
                fault(Fault(where, f"transaction {index} was signed for chain {chain}"))


def founding(evidence: Evidence, events: Iterable[Event]) -> set[tuple[int, int]]:
    """Transactions before the range that say whose a licence, grant or pool is."""
    return {event.transaction for event in events if event.block < evidence.first and event.name in _FOUNDING}

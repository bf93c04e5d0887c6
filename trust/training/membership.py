"""That an item went into a training run: Merkle proof to its dataset root, and the run's log to a block header."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from trust.chain.artifacts import CONTRACTS
from trust.chain.deployments import Deployment
from trust.chain.node import Node
from trust.chain.rpc import blob, hexed
from trust.errors import ChainError, IndexFault, InputError
from trust.evidence.alone import Alone, OpenedAlone, carry_alone, open_alone
from trust.evidence.blocks import Blocks
from trust.evidence.check import Verdict
from trust.evidence.evidence import essential
from trust.evidence.files import PackedDeployment
from trust.evidence.gather import topic_of
from trust.evidence.logs import Decoder, Event, Placed
from trust.evidence.transactions import chain_of
from trust.index.found import Shifted, Untrue
from trust.proof import rlp
from trust.proof.receipts import ProvenLog
from trust.training.manifest import Item
from trust.training.tree import MOST_STAGES, bundled, holds_in_stages

FORMAT = 1
_HINT = "Give the file that `trust training prove` wrote, unchanged and whole."
_Hash = Annotated[str, Meta(pattern="^0x[0-9a-f]{64}$")]
_RUNS = {
    "licence_id": ("Licences", "TrainingRunRecorded"),
    "pool_id": ("CollectiveLicences", "CollectiveRunRecorded"),
}


class Membership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written: an item, its way to the dataset's root, and the transaction that recorded a run on it.

    `proof` has a stage for each bundle on the way, most often one.
    Of `licence_id` and `pool_id` one is there; `run` is 1 for a collective licence.
    """

    format: Annotated[int, Meta(ge=0, lt=2**31)]
    deployment: PackedDeployment
    item: _Hash
    proof: Annotated[list[Annotated[list[_Hash], Meta(max_length=64)]], Meta(max_length=MOST_STAGES)]
    dataset_root: _Hash
    licence_id: Annotated[int, Meta(ge=0, lt=2**48)] | None
    pool_id: Annotated[int, Meta(ge=0, lt=2**32)] | None
    run: Annotated[int, Meta(ge=0, lt=2**16)]
    recorded: Alone


@dataclass(frozen=True, slots=True)
class MembershipChecked:
    """What came out. `compare`: block and hash that are still to be compared with a source of one's own."""

    verdict: Verdict
    item: bytes
    licence_id: int | None
    pool_id: int | None
    run: int
    model_hash: bytes | None
    transaction: bytes | None
    recorded_at: int | None
    compare: tuple[int, str] | None
    deployment: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunOf:
    """Whose run is meant: a licence's (`number` None is its latest on this dataset), or a collective licence's."""

    licence_id: int | None = None
    pool_id: int | None = None
    number: int | None = None


def prove_membership(
    node: Node,
    deployment: Deployment,
    items: Sequence[Item],
    item: bytes,
    of: RunOf,
    bundle_size: int | None = None,
) -> Membership:
    """Prove that `item` of a dataset went into a run; `bundle_size` as `bundled` has it.

    Raises InputError when it isn't in it or no run was on it.
    """
    listed = [one.item for one in items]
    if item not in listed:
        raise InputError(
            f"The dataset has no item {hexed(item)}.", hint="Give the commitment of one of its items."
        )
    tree = bundled(listed, bundle_size)
    node.require_chain(deployment.chain_id)
    try:
        log, event = _recorded(node, deployment, tree.root, of)
        alone = carry_alone(
            Blocks(node, deployment), blob(log["blockHash"]), int(log["transactionIndex"], 16)
        )
    except Shifted as cause:
        raise ChainError("The chain changed while the proof was made.", hint="Try again.") from cause
    except (Untrue, rlp.Malformed) as cause:
        raise ChainError(
            f"The node at {node.shown} gave what can't be true: {cause}.", hint="Ask another node."
        ) from cause
    return Membership(
        FORMAT,
        _packed(essential(deployment)),
        hexed(item),
        [[*map(hexed, stage)] for stage in tree.stages(item)],
        hexed(tree.root),
        of.licence_id,
        of.pool_id,
        event.fields.get("run", 1),
        alone,
    )


def _packed(whole: Deployment) -> PackedDeployment:
    return PackedDeployment(whole.chain_id, whole.block, whole.token, dict(whole.contracts))


def read_membership(file: bytes) -> Membership:
    """A proof out of its file. Raises InputError when it isn't one."""
    try:
        told = msgspec.json.decode(file, type=Membership)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise InputError(f"This is no proof of membership: {cause}.", hint=_HINT) from cause
    if told.format != FORMAT:
        hint = "Check it with the release of Likeness Trust that wrote it."
        raise InputError(f"This proof has format {told.format}; this program reads {FORMAT}.", hint=hint)
    if (told.licence_id is None) == (told.pool_id is None):
        raise InputError("This proof names no run, or two.", hint=_HINT)
    if set(told.deployment.contracts) != set(CONTRACTS):
        raise InputError("This proof's deployment has other contracts than this program knows.", hint=_HINT)
    return told


def check_membership(
    told: Membership, trusted: Collection[bytes] = (), deployment: Deployment | None = None
) -> MembershipChecked:
    """Check a proof without a node, against trusted block hashes and the auditor's own deployment."""
    faults: list[str] = []
    stages = tuple(tuple(map(blob, stage)) for stage in told.proof)
    if not holds_in_stages(blob(told.dataset_root), blob(told.item), stages):
        faults.append("the item's proof doesn't lead to the dataset's root")
    packed = told.deployment
    carried = Deployment(packed.chain_id, packed.block, packed.token, 0, 0, packed.contracts, {})
    opened, event = _opened(told, carried, faults.append)
    anchor = opened.header.hash if opened else None
    faults += [f"{hexed(given)} was given, and the proof rests on another block" for given in trusted
               if given != anchor]  # fmt: skip
    if deployment is not None and essential(deployment) != carried:
        faults.append("it is of another deployment than the one given")
    compare = (opened.header.number, hexed(opened.header.hash)) if opened and not trusted else None
    anchored = compare is None and deployment is not None
    verdict = Verdict.FALSE if faults else Verdict.PROVEN if anchored else Verdict.CONSISTENT
    return MembershipChecked(
        verdict,
        blob(told.item),
        told.licence_id,
        told.pool_id,
        told.run,
        event.fields["model_hash"] if event else None,
        opened.hash if opened else None,
        opened.header.timestamp if opened else None,
        compare,
        deployment is not None,
        tuple(faults),
    )


def _opened(
    told: Membership, deployment: Deployment, fault: Callable[[str], None]
) -> tuple[OpenedAlone | None, Event | None]:
    try:
        opened = open_alone(told.recorded)
        events = Decoder(deployment).events(opened.logs)
        if chain_of(opened.transaction) not in (None, deployment.chain_id):
            fault("its transaction was signed for another chain")
    except (rlp.Malformed, IndexFault, KeyError) as cause:
        fault(f"its transaction isn't proven: {cause}")
        return None, None
    of = RunOf(told.licence_id, told.pool_id, told.run)
    found = [event for event in events if _is_run(event, blob(told.dataset_root), of)]
    if not found:
        fault("its transaction didn't record this run on this dataset")
    return opened, found[-1] if found else None


def _is_run(event: Event, root: bytes, of: RunOf) -> bool:
    column = "licence_id" if of.pool_id is None else "pool_id"
    return (
        (event.contract, event.name) == _RUNS[column]
        and event.fields[column] == getattr(of, column)
        and event.fields["dataset_root"] == root
        and of.number in (None, event.fields.get("run", 1))
    )


def _recorded(node: Node, deployment: Deployment, root: bytes, of: RunOf) -> tuple[dict[str, Any], Event]:
    """The log of the latest run that is meant, and its event."""
    column = "licence_id" if of.pool_id is None else "pool_id"
    contract, name = _RUNS[column]
    number: int = getattr(of, column)
    asked = {
        "address": deployment.contracts[contract],
        "fromBlock": hex(deployment.block),
        "toBlock": "latest",
        "topics": [hexed(topic_of(contract, name)), hexed(number.to_bytes(32, "big"))],
    }
    decoder = Decoder(deployment)
    for log in reversed(node.call("eth_getLogs", asked)):
        raw = ProvenLog(blob(log["address"]), tuple(map(blob, log["topics"])), blob(log["data"]))
        (event,) = decoder.events([Placed(0, 0, 0, raw)])
        if _is_run(event, root, of):
            return log, event
    raise InputError(
        f"No such run was recorded on the dataset with the root {hexed(root)}.",
        hint="Give the manifest as it was when the run was recorded, items in the same order, and the run's licence.",
    )

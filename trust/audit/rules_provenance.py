"""Provenance: whole shares of known members, depths that follow from the parents, and training within its cap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from eth_utils.crypto import keccak

from trust.audit.card import WHOLE_BPS
from trust.audit.case import Case, Rules
from trust.audit.facts import Facts, parts_of
from trust.audit.ledger import Ledger
from trust.audit.transparency import UNPROVEN, Entry, Form
from trust.index import IndexedEvent

_MOST_PARENTS = 16
_CONSTRAINED = 3
_USES = ("dataMining", "aiInference", "aiGenerativeTraining", "aiTraining")
_WHOLE_ASSETS = ("AssetRegistered", "BatchCommitted", "Bundled")


# A70: who made it


def shares_in_order(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    humans, machines = _told(case, "Contributed"), _told(case, "MachineContributed")
    for one in humans:
        facts.member(one["memberId"])
    shares = [one["shareBps"] for one in (*humans, *machines)]
    if sum(shares) != WHOLE_BPS or 0 in shares:
        yield f"its shares sum to {sum(shares)} basis points, or one is nothing"
    places = [(one["memberId"], one["role"]) for one in humans]
    models = [one["modelHash"] for one in machines]
    if places != sorted(set(places)) or models != sorted(set(models)):
        yield "somebody, or a model, is named twice or out of order"
    if not all(any(one["evidenceHash"]) for one in humans) or not all(any(model) for model in models):
        yield "a contribution has no evidence, or a machine no model"
    if a["promptAuthor"]:
        facts.member(a["promptAuthor"])
    facts.production(a["productionId"])
    if a["grantId"] and parts_of(facts.grant(a["grantId"]).licence_id)[0] != a["productionId"]:
        yield f"grant {a['grantId']} is another production's"


def part_of_asset(case: Case) -> Iterator[str]:
    """Contributions are told with their asset, and with nothing else."""
    if not _goes_on(case, case.args["assetId"], "AssetRegistered", "Contributed", "MachineContributed"):
        yield "its asset was not registered with it"


def _told(case: Case, name: str, whose: str = "assetId") -> list[dict[str, Any]]:
    """What follows an asset or a bundle about it, up to the next."""
    found = case.after(name, until=_WHOLE_ASSETS, **{whose: _id(case.event)})
    return [dict(event.args) for event in found]


def _goes_on(case: Case, id: bytes, *names: str) -> bool:
    """Whether the event right before tells of the same id: back to its first, without looking at thousands again."""
    before = case.tx[case.at - 1] if case.at else None
    if before is None or before.name not in names:
        return False
    return id in (before.args.get("assetId"), before.args.get("childId"), before.args.get("bundleId"))


def _id(event: IndexedEvent) -> bytes:
    id: bytes = event.args.get("assetId") or event.args.get("bundleId") or event.args["batchId"]
    return id


# A71: what it was made from


def depth_in_order(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    parents = [one["parentId"] for one in _told(case, "Derived", "childId")]
    yield from _new_id(case, parents)
    if len(parents) > _MOST_PARENTS:
        yield f"it has {len(parents)} parents"
    depth, since_human = _highest([told.entry(parent) for parent in parents])
    if _told(case, "MachineContributed"):
        depth = min(depth + 1, UNPROVEN)
    since_human = 0 if _told(case, "Contributed") else min(since_human + 1, UNPROVEN)
    yield from _numbers(case, depth, since_human)
    if any(a["batchId"]):
        batch = told.entry(a["batchId"])
        if (batch.form, batch.production_id) != (Form.BATCH, a["productionId"]):
            yield "it was proven from what is no batch of its production"


def bundle_in_order(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    children = [one["parentId"] for one in _told(case, "Derived", "childId")]
    yield from _new_id(case, children)
    if not children or len(children) != a["children"]:
        yield f"it tells {a['children']} children, and {len(children)} follow"
    elif _root(children) != a["bundleId"]:
        yield "it is not the root of its children"
    yield from _numbers(case, *_highest([told.entry(child) for child in children]))


def batch_in_order(case: Case) -> Iterator[str]:
    yield from _new_id(case, [])
    case.facts.production(case.args["productionId"])
    if not case.args["assets"]:
        yield "it holds nothing"


def derived_with_child(case: Case) -> Iterator[str]:
    names = ("AssetRegistered", "Contributed", "MachineContributed", "Bundled", "Derived")
    if not _goes_on(case, case.args["childId"], *names):
        yield "what was made from it was not registered with it"


def _new_id(case: Case, ids: Sequence[bytes]) -> Iterator[str]:
    id = _id(case.event)
    if not any(id) or id in case.facts.transparency.entries:
        yield f"0x{id.hex()} is no new id"
    if list(ids) != sorted(set(ids)):
        yield "its parents or children don't ascend"


def _highest(entries: Sequence[Entry]) -> tuple[int, int]:
    return (
        max((entry.depth for entry in entries), default=0),
        max((entry.since_human for entry in entries), default=0),
    )


def _numbers(case: Case, depth: int, since_human: int) -> Iterator[str]:
    a = case.args
    if (a["depth"], a["sinceHuman"]) != (depth, since_human):
        told = f"depth {a['depth']} and {a['sinceHuman']} since a human"
        yield f"it tells {told}, where {depth} and {since_human} follow from what it was made from"


def _root(ids: Sequence[bytes]) -> bytes:
    """OpenZeppelin's tree: leaves hashed twice, pairs sorted, an odd node goes up as it is."""
    layer = [keccak(keccak(id)) for id in ids]
    while len(layer) > 1:
        pairs = zip(layer[::2], layer[1::2], strict=False)
        layer = [keccak(b"".join(sorted(pair))) for pair in pairs] + layer[len(layer) & ~1 :]
    return layer[0]


# A72: what members say of it


def said_of_asset(case: Case) -> Iterator[str]:
    a, facts = case.args, case.facts
    facts.member(a["memberId"])
    if facts.transparency.entry(a["assetId"]).form is not Form.ASSET:
        yield "it is about no asset"
    if "reasonHash" in a and not any(a["reasonHash"]):
        yield "it gives no reason"


def note_confirmations(ledger: Ledger, facts: Facts) -> None:
    """A member may confirm what the record doesn't say. It confirms nothing then, and is named."""
    idle = 0
    for event in facts.transparency.confirmations:
        a = event.args
        entry = facts.transparency.entries.get(a["assetId"])
        if entry is not None and entry.parts.get((a["memberId"], a["role"])) != a["shareBps"]:
            idle += 1
            what = f"Member {a['memberId']} confirmed {a['shareBps']} basis points of 0x{a['assetId'].hex()}"
            ledger.note("A72", f"{what}, which its record doesn't say: it confirms nothing.", event)
    if idle:
        ledger.remark("A72", f"{idle:,} confirm what no record says")


# A73: the cap


def run_within_cap(case: Case) -> Iterator[str]:
    a, told = case.args, case.facts.transparency
    cap = told.caps.get(a["licenceId"], UNPROVEN)
    depth = told.dataset_depth(a["datasetRoot"])
    if cap < UNPROVEN and depth > cap:
        yield f"its dataset is {depth} deep, where licence {a['licenceId']} allows {cap}"


def cap_with_licence(case: Case) -> Iterator[str]:
    a = case.args
    if not case.before("LicenceGranted", licenceId=a["licenceId"], training=True):
        yield "no licence with a training right was bought with it"
    if a["maxSyntheticDepth"] >= UNPROVEN:
        yield "it is no cap"


# A74: archives


def archive_in_order(case: Case) -> Iterator[str]:
    a = case.args
    case.facts.member(a["memberId"])
    uses = [a[name] for name in _USES]
    if not any(uses) or max(uses) > _CONSTRAINED:
        yield "it says nothing, or what has no meaning"
    if (_CONSTRAINED in uses) != any(a["constraintHash"]):
        yield "its conditions are missing, or there for nothing"
    if not any(a["root"]) or not a["items"]:
        yield "it is about nothing"


RULES: Rules = (
    ("A70", ("AssetRegistered",), shares_in_order),
    ("A70", ("Contributed", "MachineContributed"), part_of_asset),
    ("A71", ("AssetRegistered",), depth_in_order),
    ("A71", ("Bundled",), bundle_in_order),
    ("A71", ("BatchCommitted",), batch_in_order),
    ("A71", ("Derived",), derived_with_child),
    ("A72", ("ContributionConfirmed", "ContributionDisputed"), said_of_asset),
    ("A73", ("TrainingRunRecorded",), run_within_cap),
    ("A73", ("SyntheticDepthCapped",), cap_with_licence),
    ("A74", ("ArchiveDeclared",), archive_in_order),
)

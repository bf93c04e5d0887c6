"""Is a dossier what the chain says? Without a node: its facts are worked out anew from its proofs, and compared."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.evidence.check import Verdict
from trust.evidence.evidence import Fault, essential
from trust.lineage.dossier import Dossier, dossier
from trust.lineage.evidence import LineageEvidence, ProvenLineage, prove_lineage
from trust.lineage.files import json_file, read_dossier
from trust.lineage.page import page

_MOST_FAULTS = 50
_SHOWN = 90


@dataclass(frozen=True, slots=True)
class DossierChecked:
    """What came out. `found` is what the proofs say, None when they don't hold; `compare` as evidence packs have it.

    `whole`: nothing between the first ancestor and the last block can be missing.
    """

    verdict: Verdict
    asset: bytes
    found: Dossier | None
    whole: bool
    compare: tuple[tuple[int, str], ...]
    deployment: bool
    faults: tuple[Fault, ...]


def check_dossier(
    file: bytes,
    html: bytes | None = None,
    trusted: Collection[bytes] = (),
    deployment: Deployment | None = None,
) -> DossierChecked:
    """Check a dossier's JSON, and its page if given, against trusted block hashes and the auditor's own deployment.

    Raises InputError when it isn't a dossier at all.
    """
    evidence, told = read_dossier(file)
    faults: list[Fault] = []
    proven = prove_lineage(evidence, faults.append)
    found = None
    if not faults and proven.family[evidence.asset].asset is None:
        faults.append(Fault(hexed(evidence.asset), "this is no asset"))
    if not faults:
        found = dossier(evidence, proven)
        faults += _differences(file, told, html, evidence, found)
    faults += _strangers(evidence, proven, trusted, deployment)
    left = tuple((one.number, hexed(one.hash)) for one in proven.anchors if one.hash not in trusted)
    anchored = not left and deployment is not None
    return DossierChecked(
        Verdict.FALSE if faults else Verdict.PROVEN if anchored else Verdict.CONSISTENT,
        evidence.asset,
        found,
        proven.whole,
        left,
        deployment is not None,
        tuple(faults[:_MOST_FAULTS]),
    )


def _differences(
    file: bytes, told: dict[str, Any], html: bytes | None, evidence: LineageEvidence, found: Dossier
) -> Iterator[Fault]:
    right = json.loads(json.dumps(asdict(found)))
    apart = list(_apart("facts", told, right))
    yield from apart
    if not apart and file != json_file(evidence, found):
        yield Fault("the file", "it isn't written as a dossier is written")
    if html is not None and html != page(evidence, found).encode():
        yield Fault("the page", "it isn't the one that these facts make")


def _apart(where: str, told: Any, right: Any) -> Iterator[Fault]:
    """Where two plain values differ."""
    if isinstance(told, dict) and isinstance(right, dict):
        for key in sorted(set(told) | set(right)):
            yield from _apart(f"{where}.{key}", told.get(key), right.get(key))
    elif isinstance(told, list) and isinstance(right, list) and len(told) == len(right):
        for place, (one, other) in enumerate(zip(told, right, strict=True), 1):
            yield from _apart(f"{where}[{place}]", one, other)
    elif told != right or type(told) is not type(right):
        yield Fault(where[:_SHOWN], f"it says {_shown(told)}; the chain says {_shown(right)}")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _strangers(
    evidence: LineageEvidence,
    proven: ProvenLineage,
    trusted: Collection[bytes],
    deployment: Deployment | None,
) -> Iterator[Fault]:
    anchors = {anchor.hash for anchor in proven.anchors}
    for given in trusted:
        if given not in anchors:
            yield Fault("the headers", f"{hexed(given)} was given, and the dossier rests on no such block")
    if deployment is not None and essential(deployment) != evidence.deployment:
        yield Fault("the deployment", "it is another one than the one given")

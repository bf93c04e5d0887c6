"""Is a pack what the chain says? Without a node: everything in it is worked out anew and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, zip_longest

import msgspec

from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.evidence.container import packed, unpacked
from trust.evidence.evidence import Evidence, Fault, Proven, essential, prove_rows
from trust.evidence.files import files_of, read_evidence

_MOST_FAULTS = 50
_BEFORE, _SHOWN = 40, 90


class Verdict(StrEnum):
    """FALSE: something doesn't hold. CONSISTENT: all holds, but not all of what it rests on was given to compare."""

    PROVEN = "proven"
    CONSISTENT = "consistent"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out. `compare` are the (block, hash) that are still to be compared with a source of one's own.

    `deployment`: whether the auditor's deployment was there to compare, and was the same.
    """

    verdict: Verdict
    production: int
    first: int
    last: int
    rows: int
    compare: tuple[tuple[int, str], ...]
    deployment: bool
    faults: tuple[Fault, ...]


def check(file: bytes, trusted: Collection[bytes] = (), deployment: Deployment | None = None) -> Checked:
    """Check a pack's bytes against trusted block hashes and the auditor's own deployment.

    Raises InputError when it isn't a pack at all.
    """
    files = unpacked(file)
    evidence = read_evidence(files)
    faults: list[Fault] = []
    proven = prove_rows(evidence, faults.append)
    if not faults:
        faults += _differences(file, files, evidence, proven)
    else:
        faults = _with_lines(files["rows.json"], faults)
    faults += _strangers(evidence, proven, trusted, deployment)
    left = tuple((a.number, hexed(a.hash)) for a in proven.anchors if a.hash not in trusted)
    anchored = not left and deployment is not None
    return Checked(
        verdict=Verdict.FALSE if faults else Verdict.PROVEN if anchored else Verdict.CONSISTENT,
        production=evidence.production,
        first=evidence.first,
        last=evidence.last,
        rows=len(proven.rows),
        compare=left,
        deployment=deployment is not None,
        faults=tuple(faults[:_MOST_FAULTS]),
    )


class _Place(msgspec.Struct):
    line: int
    block: int


def _with_lines(rows: bytes, faults: Sequence[Fault]) -> list[Fault]:
    """The faults of blocks, with the lines that claim to be from there."""
    try:
        places = msgspec.json.decode(rows, type=list[_Place])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [*faults, Fault("rows.json", "it can't be read")]
    lines: dict[str, list[int]] = {}
    for place in places:
        lines.setdefault(f"block {place.block}", []).append(place.line)
    return [
        Fault(f"{fault.where} ({_span(lines[fault.where])})", fault.what) if fault.where in lines else fault
        for fault in faults
    ]


def _span(lines: Sequence[int]) -> str:
    return f"line {lines[0]}" if len(lines) == 1 else f"lines {min(lines)} to {max(lines)}"


def _strangers(
    evidence: Evidence, proven: Proven, trusted: Collection[bytes], deployment: Deployment | None
) -> Iterator[Fault]:
    """What the auditor gave and the evidence doesn't rest on."""
    anchors = {anchor.hash for anchor in proven.anchors}
    for given in trusted:
        if given not in anchors:
            told = hexed(proven.anchors[-1].hash)
            yield Fault(f"block {evidence.last}", f"its hash is {told} in the pack; {hexed(given)} was given")
    if deployment is not None and essential(deployment) != evidence.deployment:
        yield Fault("pack.json", "it is of another deployment than the one given")


def _differences(
    file: bytes, files: Mapping[str, bytes], evidence: Evidence, proven: Proven
) -> Iterator[Fault]:
    expected = files_of(evidence, proven)
    same = True
    for name, told in files.items():
        if told != expected[name]:
            same = False
            yield from islice(_lines(name, told, expected[name]), _MOST_FAULTS)
    if same and file != packed(expected):
        yield Fault("the file", "its directory, checksums or end aren't those of its entries")


def _lines(name: str, told: bytes, expected: bytes) -> Iterator[Fault]:
    if name == "headers.rlp":
        yield Fault(name, "it isn't written as a pack writes it")
        return
    # The rows' files begin with a line of their own: a row's number is one less than its line's.
    unit, less = ("row", 1) if name.startswith("rows.") else ("line", 0)
    pairs = zip_longest(told.split(b"\n"), expected.split(b"\n"))
    for line, (given, right) in enumerate(pairs, 1):
        if given != right:
            says, chain = _apart(given, right)
            yield Fault(f"{name}, {unit} {line - less}", f"it says {says}; the chain says {chain}")


def _apart(given: bytes | None, right: bytes | None) -> tuple[str, str]:
    """Both, from a little before where they begin to differ."""
    if given is None or right is None:
        return _shown(given or b"", 0), _shown(right or b"", 0)
    begin = next((at for at, (one, two) in enumerate(zip(given, right, strict=False)) if one != two), 0)
    return _shown(given, begin), _shown(right, begin)


def _shown(line: bytes, begin: int) -> str:
    start = max(begin - _BEFORE, 0)
    text = line[start : start + _SHOWN].decode(errors="replace")
    return f"{'...' * (start > 0)}{text}{'...' * (len(line) > start + _SHOWN)}" or "nothing"

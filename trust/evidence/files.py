"""A pack's files, as evidence and its rows make them: to write a pack, and to compare with one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from trust.chain.artifacts import CONTRACTS
from trust.chain.deployments import Deployment
from trust.chain.rpc import hexed
from trust.errors import InputError
from trust.evidence.evidence import Evidence, Proven, essential
from trust.evidence.plain import moment, row_json
from trust.evidence.proofs import CarriedBlock
from trust.evidence.report import report
from trust.evidence.totals import totals
from trust.proof import Header, rlp

FORMAT = 1
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_IDS = ("production_id", "licence_id", "member_id", "grant_id", "pool_id")
_AMOUNTS = ("gross", "dues", "benefits", "levy", "amount", "paid")
COLUMNS = (
    "line",
    "part",
    "block",
    "log",
    "time",
    "transaction",
    "contract",
    "event",
    *_IDS,
    *_AMOUNTS,
    "fields",
)
_HINT = "Give the file that `trust audit pack` wrote, unchanged and whole."


class PackedDeployment(msgspec.Struct, forbid_unknown_fields=True):
    """Of a deployment, what the evidence rests on."""

    chain_id: Annotated[int, Meta(ge=0, lt=2**62)]
    block: Annotated[int, Meta(ge=0, lt=2**62)]
    token: Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$")]
    contracts: dict[str, Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$")]]


class Manifest(msgspec.Struct):
    """What of pack.json says what the rest is about; all else in it follows."""

    format: Annotated[int, Meta(ge=0, lt=2**31)]
    production: Annotated[int, Meta(gt=0, lt=2**24)]
    deployment: PackedDeployment


def files_of(evidence: Evidence, proven: Proven) -> dict[str, bytes]:
    """All files of the pack."""
    rows = [row_json(line, row) for line, row in enumerate(proven.rows, 1)]
    files = {
        "rows.json": b"[\n" + b",\n".join(map(_compact, rows)) + b"\n]\n",
        "rows.csv": _csv(rows),
        "report.html": report(evidence, proven).encode(),
        "headers.rlp": rlp.encode_list(header.raw for header in evidence.headers),
        "proofs.json": b"[\n" + b",\n".join(map(msgspec.json.encode, evidence.blocks)) + b"\n]\n",
    }
    return {"pack.json": _manifest(evidence, proven, files)} | files


def read_evidence(files: Mapping[str, bytes]) -> Evidence:
    """The evidence in a pack's files; rows and report aren't looked at. Raises InputError when it can't be read."""
    try:
        manifest = msgspec.json.decode(files["pack.json"], type=Manifest)
        blocks = msgspec.json.decode(files["proofs.json"], type=list[CarriedBlock])
    except _UNREADABLE as cause:
        raise InputError(f"This pack can't be read: {cause}.", hint=_HINT) from cause
    if manifest.format != FORMAT:
        raise InputError(
            f"This pack has format {manifest.format}; this program reads format {FORMAT}.",
            hint="Check it with the release of Likeness Trust that wrote it.",
        )
    try:
        headers = tuple(map(Header.decode, rlp.decode_list(files["headers.rlp"])))
    except rlp.Malformed as cause:
        raise InputError(f"The headers of this pack can't be read: {cause}.", hint=_HINT) from cause
    if not headers:
        raise InputError("This pack has no headers.", hint=_HINT)
    told = manifest.deployment
    if set(told.contracts) != set(CONTRACTS):
        raise InputError("This pack's deployment has other contracts than this program knows.", hint=_HINT)
    deployment = Deployment(told.chain_id, told.block, told.token, 0, 0, told.contracts, {})
    return Evidence(manifest.production, essential(deployment), headers, tuple(blocks))


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        fields = row["fields"]
        named = {name: _amount(fields, name) for name in (*_IDS, *_AMOUNTS)}
        values = {**row, **named} | {"time": moment(row["time"]), "fields": _compact(fields).decode()}
        writer.writerow([values[column] for column in COLUMNS])
    return out.getvalue().encode()


def _amount(fields: Mapping[str, Any], name: str) -> Any:
    places = (name, f"parts_{name}", f"stream_{name}")
    return next((fields[place] for place in places if place in fields), "")


def _manifest(evidence: Evidence, proven: Proven, files: Mapping[str, bytes]) -> bytes:
    deployment = evidence.deployment
    told = {
        "format": FORMAT,
        "production": evidence.production,
        "deployment": {
            "chain_id": deployment.chain_id,
            "block": deployment.block,
            "token": deployment.token,
            "contracts": deployment.contracts,
        },
        "first_block": evidence.first,
        "last_block": evidence.last,
        "whole": evidence.whole,
        "compare": [{"block": anchor.number, "hash": hexed(anchor.hash)} for anchor in proven.anchors],
        "rows": len(proven.rows),
        "totals": _text_amounts(asdict(totals(proven.rows))),
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name, data in files.items()
        },
    }
    return json.dumps(told, indent=2).encode() + b"\n"


def _text_amounts(told: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: str(told[name]) for name in ("funded", "taken_back", "paid")}
    spent = {
        kind: {name: str(units) for name, units in parts.items()} for kind, parts in told["spent"].items()
    }
    return told | amounts | {"spent": spent}


def _compact(value: Any) -> bytes:
    return msgspec.json.encode(value)

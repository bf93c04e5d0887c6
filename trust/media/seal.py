"""A file's stamp as it is, before any chain is asked: what it says, who signed it, and whether anything was changed."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from trust.media.carriers import Carrier, Damaged, Format
from trust.media.carriers.carrier import keccak_of
from trust.media.cose import Signature
from trust.media.jumbf import Signed, account
from trust.media.manifest import MINING_LABEL, context
from trust.media.statement import LABEL, GrantStatement, NotAStatement

_HARD_BINDINGS = ("assertion.dataHash.match", "assertion.bmffHash.match")
_CREDENTIAL = "signingCredential."
_ELSEWHERE = "Remote:"  # what c2pa says of a file that only points to its credentials
_WORDS = {
    "assertion.dataHash.mismatch": "The picture or sound was changed after it was stamped.",
    "assertion.bmffHash.mismatch": "The picture or sound was changed after it was stamped.",
    "assertion.hashedURI.mismatch": "A statement inside the stamp was changed.",
    "assertion.missing": "A statement is missing from the stamp.",
    "claim.missing": "The stamp's signed list of statements is missing.",
    "claimSignature.missing": "The stamp's signature is missing.",
    "claimSignature.mismatch": "The signature doesn't fit what it signs.",
    "signingCredential.untrusted": "The certificate isn't vouched for by the trust list.",
    "signingCredential.expired": "The certificate is out of date, and no time stamp shows that it wasn't then.",
    "signingCredential.invalid": "The certificate isn't one that may sign credentials.",
}


@dataclass(frozen=True, slots=True)
class SealSigner:
    """Whose certificate signed, in the certificate's own words."""

    name: str
    organisation: str
    serial: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Seal:
    """`faults` say what was changed, `distrust` why the signer isn't trusted; both in plain words.

    `statement` is None when the credentials are somebody else's, or can't be read. `whole` says that the file without
    its stamp is the one that was stamped.
    """

    stamped: bool
    faults: tuple[str, ...] = ()
    distrust: tuple[str, ...] = ()
    statement: GrantStatement | None = None
    signer: SealSigner | None = None
    source: str = ""
    mining: tuple[tuple[str, str], ...] = ()


def read_seal(path: Path, format: Format, size: int, anchors: str | None) -> Seal:
    """The stamp of a file. `anchors` are the trusted certificates, PEM."""
    with path.open("rb") as file:
        try:
            carrier = format.find(file, size)
            told = _told(file, format, anchors)
        except Damaged as damage:
            return Seal(True, faults=(str(damage),))
        if told is None and carrier is None:
            return Seal(False)
        if told is None or carrier is None:
            return Seal(True, faults=("The stamp isn't where a stamp is.",))
        return _judged(file, carrier, *told)


def _told(
    file: BinaryIO, format: Format, anchors: str | None
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """What c2pa reads, in short and in detail; None without credentials in it. Raises Damaged when it can't.

    A file may point to credentials on a server of its maker's choice: that is nowhere to go.
    """
    import c2pa

    file.seek(0)
    try:
        with context(anchors) as settings:
            reader = c2pa.Reader.try_create(format.mime, file, context=settings)
            if reader is None:
                return None
            with reader:
                return json.loads(reader.json()), json.loads(reader.detailed_json())
    except (c2pa.C2paError, ValueError) as cause:
        if str(cause).startswith(_ELSEWHERE):
            return None
        raise Damaged(f"The file or its stamp can't be read: {_clean(str(cause))}.") from cause


def _judged(file: BinaryIO, carrier: Carrier, told: dict[str, Any], detail: dict[str, Any]) -> Seal:
    manifest = told["manifests"].get(told.get("active_manifest"))
    if manifest is None:
        return Seal(True, faults=("The stamp has no manifest that counts.",))
    faults, distrust = _failures(told)
    statement, unread = _statement(manifest)
    if statement is not None:
        faults += _unaccounted(carrier, told, detail) or _not_the_original(file, carrier, statement)
    return Seal(
        stamped=True,
        faults=tuple(dict.fromkeys(faults + unread)),
        distrust=tuple(dict.fromkeys(distrust)),
        statement=statement,
        signer=_signer(manifest.get("signature_info") or {}),
        source=_source(manifest),
        mining=_mining(manifest),
    )


def _failures(told: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What c2pa found wrong with the file, and with the certificate."""
    active = told.get("validation_results", {}).get("activeManifest", {})
    failures = active.get("failure", ())
    faults = [_in_words(one) for one in failures if not one["code"].startswith(_CREDENTIAL)]
    distrust = [_in_words(one) for one in failures if one["code"].startswith(_CREDENTIAL)]
    done = {one["code"] for one in active.get("success", ())}
    if not faults and not ("claimSignature.validated" in done and done & set(_HARD_BINDINGS)):
        faults.append("The signature or what it binds to the file couldn't be verified.")
    if not distrust and "signingCredential.trusted" not in done:
        distrust.append(_WORDS["signingCredential.untrusted"])
    return faults, distrust


def _in_words(failure: dict[str, Any]) -> str:
    code = failure["code"]
    return _WORDS.get(code) or f"{_clean(failure.get('explanation', ''))} ({code})."


def _unaccounted(carrier: Carrier, told: dict[str, Any], detail: dict[str, Any]) -> list[str]:
    """Changes that neither signature nor hashes see."""
    label = told["active_manifest"]
    if len(told["manifests"]) != 1:
        return ["Other manifests were put beside the stamp's."]
    try:
        claim = detail["manifests"][label]["claim"]
        named = [*claim.get("created_assertions", ()), *claim.get("gathered_assertions", ())]
        if claim["signature"] != f"self#jumbf=/c2pa/{label}/c2pa.signature":
            raise Damaged("The stamp has another name than the one it was signed under.")
        algorithm = told["manifests"][label]["signature_info"]["alg"].lower()
        signed = Signed(label, {one["url"].rpartition("/")[2]: b64decode(one["hash"]) for one in named})
        account(carrier.store, signed, Signature(ecdsa=algorithm.startswith("es")))
    except Damaged as damage:
        return [str(damage)]
    except KeyError as cause:
        return [f"The stamp lacks {cause}."]
    return []


def _not_the_original(file: BinaryIO, carrier: Carrier, statement: GrantStatement) -> list[str]:
    original = "0x" + keccak_of(carrier.original(file)).hex()
    if original == statement.output_hash:
        return []
    return ["The file without its stamp isn't the file that was stamped."]


def _statement(manifest: dict[str, Any]) -> tuple[GrantStatement | None, list[str]]:
    found = _assertions(manifest, LABEL)
    try:
        return (GrantStatement.read(found[0]) if found else None), []
    except NotAStatement:
        return None, [
            "The statement of the grant can't be read: it isn't what `trust provenance stamp` writes."
        ]


def _assertions(manifest: dict[str, Any], label: str) -> list[dict[str, Any]]:
    return [_object(one.get("data")) for one in manifest.get("assertions", ()) if one.get("label") == label]


def _source(manifest: dict[str, Any]) -> str:
    for data in _assertions(manifest, "c2pa.actions.v2"):
        for action in map(_object, data.get("actions", ())):
            if action.get("action") == "c2pa.created":
                return str(action.get("digitalSourceType", "")).rpartition("/")[2]
    return ""


def _mining(manifest: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    for data in _assertions(manifest, MINING_LABEL):
        entries = [(str(name), _object(one)) for name, one in _object(data.get("entries")).items()]
        return tuple((name.removeprefix("cawg."), _value(one)) for name, one in sorted(entries, key=str))
    return ()


def _value(entry: dict[str, Any]) -> str:
    return ": ".join(str(entry[name]) for name in ("use", "constraint_info") if entry.get(name))


def _object(value: Any) -> dict[str, Any]:
    """What should be an object; whoever signed may have written anything."""
    return value if isinstance(value, dict) else {}


def _signer(info: dict[str, Any]) -> SealSigner:
    return SealSigner(
        name=str(info.get("common_name", "")),
        organisation=str(info.get("issuer", "")),
        serial=str(info.get("cert_serial_number", "")),
        algorithm=str(info.get("alg", "")),
    )


def _clean(text: str) -> str:
    return " ".join(text.split()).rstrip(".")

"""Every byte of a credentials' store accounted for.

C2PA's signature and hashes leave out what holds them together: box headers, labels, padding. And its reader hashes what
it made of the bytes, not the bytes. A change there may pass. So this allows exactly one way to write the frame, and
hashes what is in it as it stands:

    store ( manifest ( assertions ( assertion... ), claim, signature ) )
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from trust.media.carriers.carrier import Damaged
from trust.media.cose import Signature

_UUID_TAIL = bytes.fromhex("00110010800000aa00389b71")
_LABELLED = 0x03  # may be asked for, has a label


@dataclass(frozen=True, slots=True)
class Signed:
    """What the claim names: the manifest's label, and the assertions' labels with their SHA-256."""

    manifest: str
    assertions: Mapping[str, bytes]


Box = tuple[bytes, bytes]  # type, content


def account(store: bytes, signed: Signed, signature: Signature) -> None:
    """Raises Damaged where a byte of the store is neither signed nor hashed nor the only one there can be."""
    (manifest,) = _exactly(_inside(_only(store, "store"), b"c2pa", "c2pa"), 1, "manifests")
    assertions, claim, seal = _exactly(_inside(manifest, b"c2ma", signed.manifest), 3, "parts of a manifest")
    _account_assertions(_inside(assertions, b"c2as", "c2pa.assertions"), signed.assertions)
    _cbor(_exactly(_inside(claim, b"c2cl", "c2pa.claim.v2"), 1, "parts of a claim")[0])
    (seal,) = _exactly(_inside(seal, b"c2cs", "c2pa.signature"), 1, "parts of a signature")
    signature.account(_cbor(seal))


def _account_assertions(boxes: Sequence[Box], named: Mapping[str, bytes]) -> None:
    if sorted(_label(box) for box in boxes) != sorted(named):
        raise Damaged("The store holds other assertions than the claim names.")
    for box in boxes:
        if sha256(box[1]).digest() != named[_label(box)]:
            raise Damaged("A statement inside the stamp was changed.")


def _boxes(content: bytes) -> Iterator[Box]:
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if length < 8 or at + length > len(content):
            raise Damaged("The boxes of the credentials don't fill their place.")
        yield content[at + 4 : at + 8], content[at + 8 : at + length]
        at += length


def _only(content: bytes, what: str) -> Box:
    return _exactly(list(_boxes(content)), 1, what)[0]


def _exactly(boxes: Sequence[Box], count: int, what: str) -> Sequence[Box]:
    if len(boxes) != count:
        raise Damaged(f"The credentials have {len(boxes)} {what}, not {count}.")
    return boxes


def _inside(box: Box, kind: bytes, label: str) -> list[Box]:
    """What a superbox holds behind its description, which can be only one."""
    description, *rest = _described(box)
    if description[1] != kind + _UUID_TAIL + bytes([_LABELLED]) + label.encode() + b"\0":
        raise Damaged(f"The part {label} of the credentials isn't described as it was written.")
    return rest


def _label(box: Box) -> str:
    """An assertion's. Its description is hashed with it, so it may say more."""
    description = _described(box)[0][1]
    label, end, _ = description[17:].partition(b"\0")
    if not end:
        raise Damaged("An assertion has no label.")
    return label.decode("utf-8", "replace")


def _described(box: Box) -> list[Box]:
    kind, content = box
    boxes = list(_boxes(content)) if kind == b"jumb" else []
    if not boxes or boxes[0][0] != b"jumd":
        raise Damaged("A part of the credentials has no description.")
    return boxes


def _cbor(box: Box) -> bytes:
    kind, content = box
    if kind != b"cbor":
        raise Damaged("A part of the credentials isn't CBOR.")
    return content

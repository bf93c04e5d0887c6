"""The signature's envelope (COSE_Sign1), of which only one part is signed: the rest can be written in one way only."""

from __future__ import annotations

from dataclasses import dataclass

from trust.media.carriers.carrier import Damaged

_SIGN1 = b"\xd2\x84"  # the tag, and an array of four
_BYTES, _TEXT = 2, 3  # CBOR's major types
_NO_PAYLOAD = b"\xf6"
_PADDINGS = ({b"pad"}, {b"pad", b"pad2"}, set[bytes]())

#: Orders of the curves that ECDSA signs on, by the length of one number of a signature. Each signature (r, s) has a
#: twin (r, order - s) that is as good; only the one with the smaller s is written, and taken.
ORDERS = {
    32: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    48: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}


@dataclass(frozen=True, slots=True)
class Signature:
    """How it was made: `ecdsa` on a curve, else something without twins."""

    ecdsa: bool

    def account(self, envelope: bytes) -> None:
        """Raises Damaged unless all beside the signed header is as only it can be."""
        if not envelope.startswith(_SIGN1):
            raise Damaged("The signature isn't in the envelope it was written in.")
        _, at = _string(envelope, len(_SIGN1), _BYTES)  # the signed header
        at = _padding(envelope, at)
        if envelope[at : at + 1] != _NO_PAYLOAD:
            raise Damaged("The signature's envelope holds more than a signature.")
        signature, at = _string(envelope, at + 1, _BYTES)
        if at != len(envelope):
            raise Damaged("Something follows the signature.")
        if self.ecdsa and is_high(signature):
            raise Damaged("The signature was exchanged for its twin.")


def is_high(signature: bytes) -> bool:
    """Whether an ECDSA signature is the one of the twins that is never written."""
    width = len(signature) // 2
    return width not in ORDERS or int.from_bytes(signature[width:], "big") > ORDERS[width] // 2


def low(signature: bytes) -> bytes:
    """The twin that is written."""
    width = len(signature) // 2
    if not is_high(signature):
        return signature
    s = ORDERS[width] - int.from_bytes(signature[width:], "big")
    return signature[:width] + s.to_bytes(width, "big")


def _padding(envelope: bytes, at: int) -> int:
    """The end of the header that isn't signed, which holds nothing but zeros."""
    head = envelope[at : at + 1]
    if not head or head[0] >> 5 != 5 or head[0] & 31 > 2:
        raise Damaged("The signature's envelope has a header it can't have.")
    names = set()
    at += 1
    for _ in range(head[0] & 31):
        name, at = _string(envelope, at, _TEXT)
        zeros, at = _string(envelope, at, _BYTES)
        names.add(name)
        if any(zeros):
            raise Damaged("The padding of the signature isn't empty.")
    if names not in _PADDINGS:
        raise Damaged("The signature's envelope has a header it can't have.")
    return at


def _string(data: bytes, at: int, major: int) -> tuple[bytes, int]:
    """A CBOR string and where it ends; its length is written in the shortest way."""
    if at >= len(data) or data[at] >> 5 != major:
        raise Damaged("The signature's envelope is broken.")
    short, at = data[at] & 31, at + 1
    width = {24: 1, 25: 2, 26: 4}.get(short, 0)
    length = int.from_bytes(data[at : at + width], "big") if width else short
    shortest = {0: 0, 1: 24, 2: 1 << 8, 4: 1 << 16}[width]
    at += width
    if (not width and short > 23) or length < shortest or at + length > len(data):
        raise Damaged("The signature's envelope is broken.")
    return data[at : at + length], at + length

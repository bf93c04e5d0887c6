"""Whatever is changed in a stamped file is found, also where C2PA's signature and hashes don't look."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from media import SUFFIXES, Studio, read_by_c2pa

from trust.errors import InputError
from trust.index import Index
from trust.media import Verdict, check
from trust.media.carriers import detect
from trust.media.cose import ORDERS

CAUGHT = {Verdict.TAMPERED, Verdict.UNSTAMPED, None}
Edit = Callable[[bytes, random.Random], bytes]


def verdict(studio: Studio, index: Index, path: Path, content: bytes) -> Verdict | None:
    """None when its first bytes are no longer those of its format."""
    path.write_bytes(content)
    try:
        detect(path)
    except InputError:
        return None
    return check(index, path, studio.signer.root).verdict


def store_of(path: Path) -> tuple[bytes, int]:
    """The credentials of a stamped file, and where they begin in it."""
    format, size = detect(path)
    with path.open("rb") as file:
        carrier = format.find(file, size)
    assert carrier is not None
    return carrier.store, path.read_bytes().index(carrier.store)


# Random edits


def flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def cut_end(content: bytes, chance: random.Random) -> bytes:
    return content[: -chance.randint(1, len(content) - 20)]


def cut_out(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) - 1)
    return content[:at] + content[at + chance.randint(1, 200) :]


def append(content: bytes, chance: random.Random) -> bytes:
    return content + chance.randbytes(chance.randint(1, 50))


def insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.randint(1, 50)) + content[at:]


def exchange(content: bytes, chance: random.Random) -> bytes:
    """Two different bytes change places."""
    while True:
        one, other = sorted(chance.sample(range(len(content)), 2))
        if content[one] != content[other]:
            break
    parts = (content[:one], content[other : other + 1], content[one + 1 : other], content[one : one + 1])
    return b"".join(parts) + content[other + 1 :]


EDITS: tuple[Edit, ...] = (flip, flip, cut_end, cut_out, append, insert, exchange)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_random_edits_are_all_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    """A hundred and more, over the formats."""
    chance, content = random.Random(suffix), stamped[suffix].read_bytes()
    for number in range(35):
        edit = EDITS[number % len(EDITS)]
        found = verdict(filmed, synced, tmp_path / f"edited{suffix}", edit(content, chance))
        assert found in CAUGHT, (edit.__name__, number)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_flips_in_the_frame_of_the_credentials_are_all_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    """Where signature and hashes end: around each box, each label, and both ends of the padding."""
    store, begins = store_of(stamped[suffix])
    content, chance = stamped[suffix].read_bytes(), random.Random(suffix)
    boxes = [at for kind in (b"jumb", b"jumd", b"cbor") for at in every(store, kind)]
    padding = store.index(bytes(1_000))
    places = {begins + at + by for at in boxes for by in chance.sample(range(-4, 24), 2)}
    places |= {begins - 2, begins + padding, begins + padding + 900, begins + len(store) - 1}
    for at in sorted(places):
        edited = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        edited = checksummed(edited, begins, len(store)) if suffix == ".png" else edited
        assert verdict(filmed, synced, tmp_path / f"edited{suffix}", edited) in CAUGHT, at - begins


def checksummed(content: bytes, begins: int, length: int) -> bytes:
    """A PNG whose chunk of credentials has the checksum of what is in it now."""
    end = begins + length
    return content[:end] + zlib.crc32(content[begins - 4 : end]).to_bytes(4, "big") + content[end + 4 :]


def every(store: bytes, word: bytes) -> list[int]:
    return [at for at in range(len(store)) if store.startswith(word, at)]


# Edits that a C2PA reader passes over


def passes_c2pa(studio: Studio, path: Path) -> bool:
    return read_by_c2pa(path, studio.signer.root)["validation_state"] == "Trusted"


def test_a_toggle_that_c2pa_does_not_hash_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "edited.wav"
    content = bytearray(stamped[".wav"].read_bytes())
    content[content.index(b"\x13trust.likeness.grant")] |= 0x80
    assert verdict(filmed, synced, path, bytes(content)) is Verdict.TAMPERED
    assert passes_c2pa(filmed, path)


def test_a_free_box_that_c2pa_leaves_out_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "edited.mp4"
    content = stamped[".mp4"].read_bytes()
    for edited in (
        content + struct.pack(">I4s", 16, b"free") + b"a secret",
        content.replace(b"isom", b"isoz", 1),
    ):
        assert verdict(filmed, synced, path, edited) is Verdict.TAMPERED
        assert passes_c2pa(filmed, path)


def test_padding_of_the_signature_is_empty(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "edited.wav"
    store, begins = store_of(stamped[".wav"])
    content = bytearray(stamped[".wav"].read_bytes())
    content[begins + store.index(bytes(1_000)) + 500] = 1
    assert verdict(filmed, synced, path, bytes(content)) is Verdict.TAMPERED
    assert passes_c2pa(filmed, path)


def test_the_signatures_twin_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    """(r, order - s) verifies wherever (r, s) does."""
    path = tmp_path / "edited.wav"
    store, begins = store_of(stamped[".wav"])
    content, end = bytearray(stamped[".wav"].read_bytes()), begins + len(store)
    twin = ORDERS[32] - int.from_bytes(content[end - 32 : end], "big")
    content[end - 32 : end] = twin.to_bytes(32, "big")
    assert verdict(filmed, synced, path, bytes(content)) is Verdict.TAMPERED
    assert passes_c2pa(filmed, path)


def test_a_wrong_checksum_of_the_credentials_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    store, begins = store_of(stamped[".png"])
    content = bytearray(stamped[".png"].read_bytes())
    content[begins + len(store)] ^= 1
    assert verdict(filmed, synced, tmp_path / "edited.png", bytes(content)) is Verdict.TAMPERED


# Stamps moved, doubled and taken out


def chunk_of(content: bytes) -> tuple[int, int]:
    """A PNG's chunk of credentials."""
    at = content.index(b"caBX") - 4
    return at, at + 12 + int.from_bytes(content[at : at + 4], "big")


def with_chunks(original: bytes, *chunks: bytes) -> bytes:
    """A PNG with chunks behind its header."""
    return original[:33] + b"".join(chunks) + original[33:]


def test_a_stamp_moved_to_another_file_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    content = stamped[".png"].read_bytes()
    start, end = chunk_of(content)
    moved = with_chunks(filmed.others[".png"].read_bytes(), content[start:end])
    assert verdict(filmed, synced, tmp_path / "moved.png", moved) is Verdict.TAMPERED


def test_stamps_of_two_files_exchanged_are_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    """In every format, the credentials of one put in the place of the other's, which has the same length."""
    for suffix in SUFFIXES:
        other = tmp_path / f"other{suffix}"
        filmed.stamp(synced, filmed.others[suffix], other, 2)
        (store, _), (foreign, begins) = store_of(stamped[suffix]), store_of(other)
        content = other.read_bytes()
        assert len(store) == len(foreign)
        swapped = content[:begins] + store + content[begins + len(store) :]
        swapped = checksummed(swapped, begins, len(store)) if suffix == ".png" else swapped
        assert verdict(filmed, synced, tmp_path / f"swapped{suffix}", swapped) is Verdict.TAMPERED
        assert verdict(filmed, synced, tmp_path / f"as-it-was{suffix}", content) is Verdict.VALID


def test_two_stamps_are_one_too_many(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    content = stamped[".png"].read_bytes()
    start, end = chunk_of(content)
    doubled = with_chunks(content, content[start:end])
    assert verdict(filmed, synced, tmp_path / "doubled.png", doubled) is Verdict.TAMPERED


def test_a_stamp_taken_out_is_missed(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    content = stamped[".png"].read_bytes()
    start, end = chunk_of(content)
    stripped = content[:start] + content[end:]
    assert stripped == filmed.takes[".png"].read_bytes()
    assert verdict(filmed, synced, tmp_path / "stripped.png", stripped) is Verdict.UNSTAMPED


def test_a_chunk_beside_the_stamp_is_caught(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path
) -> None:
    words = b"tEXtComment\0put in later"
    chunk = (len(words) - 4).to_bytes(4, "big") + words + zlib.crc32(words).to_bytes(4, "big")
    edited = with_chunks(stamped[".png"].read_bytes(), chunk)
    assert verdict(filmed, synced, tmp_path / "edited.png", edited) is Verdict.TAMPERED


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_nothing_but_parts_ends(filmed: Studio, synced: Index, tmp_path: Path, suffix: str) -> None:
    """Made to keep a reader busy: as many empty parts as a few megabytes hold."""
    part = {
        ".jpg": b"\xff\xfe\x00\x02",
        ".png": bytes(4) + b"tEXt" + zlib.crc32(b"tEXt").to_bytes(4, "big"),
        ".wav": b"junk" + bytes(4),
        ".mp4": struct.pack(">I4s", 8, b"free"),
    }[suffix]
    head = {".jpg": 2, ".png": 33, ".wav": 36, ".mp4": 28}[suffix]
    content = filmed.takes[suffix].read_bytes()
    made = content[:head] + part * 250_000 + content[head:]
    assert verdict(filmed, synced, tmp_path / f"parts{suffix}", made) is Verdict.TAMPERED

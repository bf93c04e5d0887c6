"""A stamp is what other readers read, changes nothing that is seen or heard, and is written whole or not at all."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import c2pa
import pytest
from media import (
    MIMES,
    SUFFIXES,
    Studio,
    played_back,
    read_by_c2pa,
    signed_elsewhere,
    write_film,
)
from PIL import Image

from trust.errors import InputError
from trust.index import Index
from trust.media import Mining, SigningKey, Verdict, check, stamp

TOUCH_UP = 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_c2pas_own_reader_finds_the_stamp_sound_and_trusted(
    filmed: Studio, stamped: dict[str, Path], suffix: str
) -> None:
    told = read_by_c2pa(stamped[suffix], filmed.signer.root)
    assert told["validation_state"] == "Trusted"
    (manifest,) = told["manifests"].values()
    assertions = {one["label"]: one["data"] for one in manifest["assertions"]}
    (action,) = assertions["c2pa.actions.v2"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/digitalsourcetype/trainedAlgorithmicMedia")
    assert {
        use for entry in assertions["cawg.training-mining"]["entries"].values() for use in entry.values()
    } == {"notAllowed"}
    said = assertions["trust.likeness.grant"]
    assert (said["grant_id"], said["production_id"]) == (1, 1)
    assert said["contract"] == filmed.story.deployment.address("UsageLedger")
    assert said["usage_transaction"] == filmed.uses[filmed.takes[suffix]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_stamped_file_shows_and_sounds_the_same(
    filmed: Studio, stamped: dict[str, Path], suffix: str
) -> None:
    assert stamped[suffix].read_bytes() != filmed.takes[suffix].read_bytes()
    assert played_back(stamped[suffix]) == played_back(filmed.takes[suffix])


def test_film_whose_index_comes_first_is_stamped(studio: Studio, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    write_film(film, 9, movflags="faststart")
    studio.report(film)
    with studio.index() as index:
        studio.stamp(index, film, out)
        assert check(index, out, studio.signer.root).verdict is Verdict.VALID
    assert played_back(out) == played_back(film)


def test_film_with_places_of_eight_bytes_is_stamped(studio: Studio, tmp_path: Path) -> None:
    """As films of over four gigabytes have them."""
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    film.write_bytes(with_wide_places(studio.takes[".mp4"].read_bytes()))
    assert played_back(film) == played_back(studio.takes[".mp4"])
    studio.report(film)
    with studio.index() as index:
        studio.stamp(index, film, out)
        assert check(index, out, studio.signer.root).verdict is Verdict.VALID
    assert played_back(out) == played_back(film)


def with_wide_places(content: bytes) -> bytes:
    """A film, its media before its index, with `co64` in place of `stco`; the boxes around grow."""
    at = content.index(b"stco") - 4
    (length, count), places = struct.unpack_from(">I8xI", content, at), at + 16
    wide = [place.to_bytes(8, "big") for (place,) in struct.iter_unpack(">I", content[places : at + length])]
    box = struct.pack(">I4sII", 16 + 8 * count, b"co64", 0, count) + b"".join(wide)
    edited = bytearray(content[:at] + box + content[at + length :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        head = content.index(kind) - 4
        struct.pack_into(">I", edited, head, struct.unpack_from(">I", content, head)[0] + len(box) - length)
    return bytes(edited)


def test_film_that_could_not_be_checked_byte_for_byte_is_refused(studio: Studio, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, 9, movflags="frag_keyframe+empty_moov")
    studio.report(film)
    with studio.index() as index:
        refused(studio, index, film, tmp_path / "out.mp4", "wouldn't stand its own check")


def test_a_touch_up_is_a_composite_and_mining_is_what_was_said(studio: Studio, tmp_path: Path) -> None:
    picture = tmp_path / "touched.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    studio.report(picture, kind=TOUCH_UP)
    mining = (Mining("data_mining", "allowed"), Mining("ai_training", "constrained", "ask the union"))
    with studio.index() as index:
        made = studio.stamp(index, picture, tmp_path / "out.png", mining=mining)
        found = check(index, made.path, studio.signer.root)
    assert found.source == made.source == "compositeWithTrainedAlgorithmicMedia"
    assert dict(found.mining) == {
        "data_mining": "allowed",
        "ai_training": "constrained: ask the union",
        "ai_inference": "notAllowed",
        "ai_generative_training": "notAllowed",
    }


@pytest.mark.parametrize(
    ("entry", "value", "constraints"),
    [("mining", "allowed", ""), ("data_mining", "maybe", ""), ("data_mining", "constrained", ""),
     ("data_mining", "allowed", "ask"), ("data_mining", "constrained", "x" * 1_001)],
)  # fmt: skip
def test_mining_that_cawg_does_not_know_is_refused(entry: str, value: str, constraints: str) -> None:
    with pytest.raises(InputError):
        Mining(entry, value, constraints)


# What is refused leaves nothing behind.


def refused(studio: Studio, index: Index, path: Path, out: Path, says: str, grant: int = 1) -> None:
    before = set(out.parent.iterdir())
    with pytest.raises(InputError, match=says):
        studio.stamp(index, path, out, grant)
    assert set(out.parent.iterdir()) == before


def test_a_file_that_no_use_reports_is_not_stamped(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    unknown = tmp_path / "unknown.png"
    Image.new("RGB", (8, 8), "blue").save(unknown)
    refused(filmed, synced, unknown, tmp_path / "out.png", "no use of grant 1 whose output is")
    refused(filmed, synced, filmed.takes[".png"], tmp_path / "out.png", "no use of grant 2", grant=2)


def test_a_use_of_another_transaction_is_not_taken(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    other = bytes.fromhex(filmed.uses[filmed.takes[".jpg"]][2:])
    with pytest.raises(InputError, match=f"Transaction 0x{other.hex()} has no use of grant 1"):
        filmed.stamp(synced, filmed.takes[".png"], tmp_path / "out.png", usage=other)


def test_of_several_uses_one_is_chosen(studio: Studio, tmp_path: Path) -> None:
    take, first = studio.takes[".png"], studio.uses[studio.takes[".png"]]
    second = studio.report(take)
    with studio.index() as index:
        refused(studio, index, take, tmp_path / "out.png", "Choose one with --usage")
        made = studio.stamp(index, take, tmp_path / "out.png", usage=bytes.fromhex(second[2:]))
    assert made.statement.usage_transaction == second != first


def test_nothing_is_overwritten(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_text("something else")
    refused(filmed, synced, filmed.takes[".png"], out, "There is a file")
    assert out.read_text() == "something else"
    dangling = tmp_path / "link.png"
    dangling.symlink_to(tmp_path / "nowhere.png")
    refused(filmed, synced, filmed.takes[".png"], dangling, "There is a file")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_stamp_is_not_put_on_a_stamp(
    filmed: Studio, synced: Index, stamped: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    refused(filmed, synced, stamped[suffix], tmp_path / f"out{suffix}", "carries credentials already")


def test_foreign_credentials_are_not_thrown_away(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.png"
    manifest = {"claim_generator_info": [{"name": "another", "version": "1"}], "assertions": []}
    signed_elsewhere(filmed.takes[".png"], foreign, filmed.signer, manifest)
    refused(filmed, synced, foreign, tmp_path / "out.png", "carries credentials already")


@pytest.mark.parametrize("failure", [InputError("The token was pulled out."), KeyboardInterrupt()])
def test_signing_that_fails_leaves_nothing(
    filmed: Studio, synced: Index, tmp_path: Path, failure: BaseException
) -> None:
    def sign(data: bytes) -> bytes:
        raise failure

    with pytest.raises(type(failure)):
        stamp(synced, filmed.takes[".png"], tmp_path / "out.png", 1, SigningKey(sign), filmed.signer.chain)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_hard_links_is_written_to(
    filmed: Studio, synced: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    made = filmed.stamp(synced, filmed.takes[".png"], tmp_path / "out.png")
    assert check(synced, made.path, filmed.signer.root).verdict is Verdict.VALID
    assert list(tmp_path.iterdir()) == [made.path]


def test_a_folder_that_is_not_there_is_named(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written: No such file"):
        filmed.stamp(synced, filmed.takes[".png"], tmp_path / "nowhere" / "out.png")


# Files that can't be stamped or checked


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_gigabytes_are_refused_before_they_are_read(
    filmed: Studio, synced: Index, tmp_path: Path, suffix: str
) -> None:
    large = tmp_path / f"large{suffix}"
    large.write_bytes(filmed.takes[suffix].read_bytes())
    with large.open("r+b") as file:
        file.truncate(2 << 30)  # sparse: it takes no room
    refused(filmed, synced, large, tmp_path / f"out{suffix}", "at most (256|512) MiB")
    with pytest.raises(InputError, match="2,147,483,648 bytes"):
        check(synced, large, filmed.signer.root)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.gif", b"GIF89a" + bytes(20), "no known format, by its name"),
        ("a.txt", b"words", "no known format, by its name"),
        ("a.png", b"words", "no known format, by its first bytes"),
        ("a.png", b"", "no known format, by its first bytes"),
        ("a.png", b"\xff\xd8\xff" + bytes(20), "is named PNG, but is JPEG"),
        ("a.avi", b"RIFF\x10\x00\x00\x00AVI " + bytes(20), "no known format, by its name"),
        ("a.wav", b"RIFF\x10\x00\x00\x00AVI " + bytes(20), "no known format, by its first bytes"),
    ],
)
def test_other_formats_are_refused(
    filmed: Studio, synced: Index, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused(filmed, synced, path, tmp_path / "out.png", says)
    with pytest.raises(InputError, match=says):
        check(synced, path, filmed.signer.root)


def test_a_file_that_is_not_there_is_refused(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    refused(filmed, synced, tmp_path / "none.png", tmp_path / "out.png", "can't be read: No such file")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    refused(filmed, synced, tmp_path / "pipe.png", tmp_path / "out.png", "is not a file")
    refused(filmed, synced, tmp_path / "folder.png", tmp_path / "out.png", "is not a file")


def test_a_copy_has_the_formats_own_ending(filmed: Studio, synced: Index, tmp_path: Path) -> None:
    refused(filmed, synced, filmed.takes[".png"], tmp_path / "out.jpg", "is to be written as")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_broken_file_is_refused(studio: Studio, tmp_path: Path, suffix: str) -> None:
    broken = tmp_path / f"broken{suffix}"
    broken.write_bytes(studio.takes[suffix].read_bytes()[:20])
    studio.report(broken)
    with studio.index() as index:
        refused(
            studio, index, broken, tmp_path / f"out{suffix}", "can't be stamped|wouldn't stand its own check"
        )


def test_each_format_has_a_mime() -> None:
    assert set(MIMES.values()) <= set(c2pa.Builder.get_supported_mime_types())

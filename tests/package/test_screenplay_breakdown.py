"""The breakdown: what a leaf holds, what a proof shows, and what a salt hides.

The verifier and encoder here share no code with the package: they follow OpenZeppelin's MerkleProof and
Solidity's ABI as documented, with pycryptodome's Keccak.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from Crypto.Hash import keccak as pycryptodome
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.errors import ScreenplayError
from trust.screenplay import (
    EXAMPLE_SECRET,
    Breakdown,
    Scene,
    Screenplay,
    as_json,
    breakdown,
    leaf,
    load_secret,
    read,
    require_private,
    salt,
    salts,
    verifies,
)
from trust.screenplay.canonical import canonical, speaker
from trust.screenplay.merkle import tree

EXAMPLE = Path(__file__).parents[2] / "examples/The-Understudy.fountain"
SECRET = bytes(range(32))
OTHER = bytes(range(1, 33))

names = st.text("ABCÉЖ12'-., ", min_size=1, max_size=12).filter(lambda text: any(c.isupper() for c in text))
scenes = st.builds(
    Scene, st.integers(1, 2**64), st.text(max_size=30), st.lists(st.text(max_size=8), max_size=4).map(tuple)
)


def keccak256(data: bytes) -> bytes:
    return pycryptodome.new(digest_bits=256, data=data).digest()


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def abi_string(text: str) -> bytes:
    data = text.encode()
    return word(len(data)) + data + bytes(-len(data) % 32)


def abi_array(texts: tuple[str, ...]) -> bytes:
    tails = [abi_string(text) for text in texts]
    heads = [word(32 * len(texts) + sum(map(len, tails[:index]))) for index in range(len(texts))]
    return word(len(texts)) + b"".join(heads + tails)


def abi_payload(scene: Scene, scene_salt: bytes) -> bytes:
    """abi.encode(bytes32, bytes32, uint256, string, string[])"""
    heading = abi_string(scene.heading)
    head = keccak256(b"LikenessTrust.Scene.v1") + scene_salt + word(scene.number)
    return head + word(160) + word(160 + len(heading)) + heading + abi_array(scene.characters)


def open_zeppelin_verify(proof: tuple[bytes, ...], root: bytes, node: bytes) -> bool:
    for sibling in proof:
        node = keccak256(node + sibling if node < sibling else sibling + node)
    return node == root


@settings(deadline=None)
@given(scenes, st.binary(min_size=32, max_size=32))
def test_a_leaf_is_the_double_hash_of_the_abi_encoding(scene: Scene, scene_salt: bytes) -> None:
    assert leaf(scene, scene_salt) == keccak256(keccak256(abi_payload(scene, scene_salt)))


@settings(deadline=None)
@given(st.integers(1, 70))
def test_every_leaf_is_proven_and_by_no_other_proof(count: int) -> None:
    leaves = [keccak256(word(number)) for number in range(count)]
    whole = tree(leaves)
    for number, node in enumerate(leaves, start=1):
        proof = whole.proof(number)
        assert open_zeppelin_verify(proof, whole.root, node)
        assert verifies(proof, whole.root, node)
        assert not open_zeppelin_verify(proof, whole.root, keccak256(node))
        assert not verifies(proof, whole.root, keccak256(node))
        assert len(proof) <= (count - 1).bit_length()


def test_every_scene_of_the_example_is_proven() -> None:
    screenplay = read(EXAMPLE)
    whole = breakdown(screenplay, SECRET)
    for scene, scene_salt in zip(screenplay.scenes, salts(screenplay, SECRET), strict=True):
        assert open_zeppelin_verify(whole.proof(scene.number), whole.root, leaf(scene, scene_salt))


def test_the_root_of_one_scene_is_its_leaf() -> None:
    one = breakdown(read(b"INT. A\n"), SECRET)
    assert one.root == one.leaves[0]
    assert one.proof(1) == ()


def test_an_odd_node_goes_up_as_it_is() -> None:
    a, b, c = (keccak256(letter) for letter in (b"a", b"b", b"c"))
    assert tree([a, b, c]).proof(3) == (keccak256(min(a, b) + max(a, b)),)


@pytest.mark.parametrize("number", [-1, 0, 9])
def test_a_scene_that_is_not_there_has_no_proof(number: int) -> None:
    with pytest.raises(ScreenplayError, match="scenes 1 to 8"):
        breakdown(read(EXAMPLE), SECRET).proof(number)


def test_a_breakdown_needs_a_scene_and_a_leaf_a_whole_salt() -> None:
    with pytest.raises(ScreenplayError, match="at least one scene"):
        tree([])
    with pytest.raises(ScreenplayError, match="32 bytes, not 31"):
        leaf(Scene(1, "INT. A", ()), bytes(31))


@settings(deadline=None)
@given(st.data())
def test_changing_any_content_changes_the_root(data: st.DataObject) -> None:
    screenplay = read(EXAMPLE)
    index = data.draw(st.integers(0, 7))
    scene = screenplay.scenes[index]
    changed = data.draw(
        st.sampled_from(
            [
                replace(scene, number=scene.number + 1),
                replace(scene, heading=scene.heading + " "),
                replace(scene, heading=scene.heading[1:]),
                replace(scene, characters=(*scene.characters, "X")),
                replace(scene, characters=("", *scene.characters)),
                replace(scene, characters=("".join(scene.characters), "")),
            ]
        )
    )
    assert root_with(screenplay, index, changed) != breakdown(screenplay, SECRET).root
    assert breakdown(screenplay, OTHER).root != breakdown(screenplay, SECRET).root


def root_with(screenplay: Screenplay, index: int, scene: Scene) -> bytes:
    leaves = list(breakdown(screenplay, SECRET).leaves)
    leaves[index] = leaf(scene, salt(SECRET, index + 1))
    return tree(leaves).root


def test_information_does_not_change_the_root() -> None:
    screenplay = read(EXAMPLE)
    scenes = tuple(replace(scene, length_eighths=99, label="99Z") for scene in screenplay.scenes)
    other = replace(screenplay, scenes=scenes, title="Other", sha256="", characters=())
    assert breakdown(other, SECRET) == breakdown(screenplay, SECRET)


@settings(deadline=None)
@given(scenes, scenes)
def test_two_scenes_never_share_a_leaf(one: Scene, two: Scene) -> None:
    assert (leaf(one, SECRET) == leaf(two, SECRET)) == (one == two)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_canonical_spelling_is_settled(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert speaker(speaker(text)) == speaker(text)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, str]:
    """One script in both forms: headings forced or not, numbered or not; speeches plain, extended or dual."""
    plain, xml = [], []
    for _ in range(draw(st.integers(1, 5))):
        heading = draw(st.sampled_from(["INT. ", "Ext. ", "I/E ", "."])) + "X" + draw(names)
        label = draw(st.sampled_from(["", "1", "12A", "A-3"]))
        plain.append(heading + (f" #{label}#" if label else ""))
        xml.append(element("Scene Heading", heading.removeprefix("."), label))
        plain.append(draw(st.sampled_from(["Some words.", "Some words.\n/* INT. B */\nAnd [[BOB]] more."])))
        xml.append(element("Action", "Some words."))
        for _ in range(draw(st.integers(0, 3))):
            name = "N" + draw(names).strip()
            extension = draw(st.sampled_from(["", " (V.O.)", " (CONT'D)", " (O.S.) (CONT'D)"]))
            mark = draw(st.sampled_from(["", " ^"]))
            plain.append(f"\t{name}{extension}{mark}\nInt. is a word.\n(aside)\n.45 too.")
            speech = element("Character", name + extension) + element("Dialogue", "Int. is a word.")
            xml.append(f"<Paragraph><DualDialogue>{speech}</DualDialogue></Paragraph>" if mark else speech)
    return "\n\n".join(plain), f"<FinalDraft><Content>{''.join(xml)}</Content></FinalDraft>"


def element(kind: str, text: str, label: str = "") -> str:
    number = f' Number="{label}"' if label else ""
    runs = "".join(f"<Text>{escape(part)}</Text>" for part in (text[:3], text[3:]))
    return f'<Paragraph Type="{kind}"{number}>{runs}</Paragraph>'


@settings(deadline=None)
@given(scripts())
def test_any_script_has_the_same_root_in_both_forms(forms: tuple[str, str]) -> None:
    plain, xml = (read(form.encode()) for form in forms)
    assert [(s.heading, s.characters, s.label) for s in plain.scenes] == [
        (s.heading, s.characters, s.label) for s in xml.scenes
    ]
    assert plain.characters == xml.characters
    assert breakdown(plain, SECRET).root == breakdown(xml, SECRET).root


def test_a_salt_is_the_hmac_of_the_scene_number() -> None:
    expected = hmac.new(SECRET, (3).to_bytes(32, "big"), hashlib.sha256).digest()
    assert salt(SECRET, 3) == salts(read(EXAMPLE), SECRET)[2] == expected
    with pytest.raises(ScreenplayError, match="31 bytes"):
        salt(bytes(31), 1)


def test_json_shows_the_breakdown_and_no_secret() -> None:
    screenplay = read(EXAMPLE)
    whole: Breakdown = breakdown(screenplay, SECRET)
    shown = json.loads(json.dumps(as_json(screenplay, whole)))
    assert set(shown) == {"title", "format", "sha256", "root", "scenes", "characters"}
    assert (shown["format"], shown["root"]) == ("fountain", "0x" + whole.root.hex())
    assert shown["scenes"][4] == {
        "number": 5,
        "heading": "THE STAIRCASE, AS VERA REMEMBERS IT",
        "characters": [],
        "length": 2,
        "label": "4A",
        "leaf": "0x" + whole.leaves[4].hex(),
    }
    assert not any(part.hex() in json.dumps(shown) for part in (SECRET, *salts(screenplay, SECRET)))


@pytest.mark.parametrize(
    "data",
    [
        SECRET,
        SECRET.hex().encode(),
        b"0x" + SECRET.hex().encode() + b"\n",
        b" " + SECRET.hex().upper().encode(),
    ],
)
def test_a_salt_file_is_raw_or_hex(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "production.salt"
    file.write_bytes(data)
    assert load_secret(file) == load_secret(str(file)) == SECRET
    assert require_private(load_secret(file)) == SECRET


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds 0 bytes"),
        (SECRET[:31], "holds 31 bytes"),
        (SECRET.hex().encode()[:-2], "holds 31 bytes"),
        (SECRET.hex().encode()[:-1], "odd number"),
        (b"ab" * 16, "holds 16 bytes"),
        (bytes(64), "not random"),
        (b"x" * 5000, "larger than"),
    ],
)
def test_a_poor_salt_file_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "production.salt"
    file.write_bytes(data)
    with pytest.raises(ScreenplayError, match=message) as caught:
        load_secret(file)
    assert "openssl rand" in caught.value.hint


def test_a_salt_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScreenplayError, match="cannot be read"):
        load_secret(tmp_path / "none")
    with pytest.raises(ScreenplayError, match="not an ordinary file"):
        load_secret(tmp_path)


@pytest.mark.parametrize("secret", [EXAMPLE_SECRET, EXAMPLE_SECRET + b"\n"])
def test_the_example_secret_is_never_private(secret: bytes) -> None:
    with pytest.raises(ScreenplayError, match="public"):
        require_private(secret)


def test_a_short_secret_is_never_private() -> None:
    with pytest.raises(ScreenplayError, match="5 bytes"):
        require_private(b"short")

"""Distances between texts, commitments to them, and charts: what holds whatever is measured."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import SCRIPT, SECRET, revised, scripts

from trust.errors import InputError
from trust.lineage.charts import parts, points
from trust.lineage.novelty import LONGEST, SHORTEST, WHOLE, Unsaid, distance, unsaid, unseen
from trust.lineage.revision import revision, words
from trust.lineage.texts import read_texts, text_of
from trust.provenance.commitment import commitment, committed, content_salt

TEXTS = st.one_of(
    st.binary(max_size=3_000),
    st.text(max_size=1_000).map(str.encode),
    st.sampled_from([*map(str.encode, scripts())]),
)
WORDS = st.lists(st.sampled_from(["a", "b", "c", "dusk", "."]), max_size=40)


@given(TEXTS, TEXTS)
@settings(max_examples=40, deadline=None)
def test_novelty_is_the_same_both_ways_within_bounds_and_nothing_for_the_same(
    one: bytes, other: bytes
) -> None:
    there, back = distance(one, other), distance(other, one)
    assert there == back
    assert 0 <= there <= WHOLE
    assert distance(one, one) == 0
    assert 0 <= unseen(one, [other]) <= WHOLE


@given(WORDS, WORDS)
def test_revision_is_the_same_both_ways_and_within_bounds(one: list[str], two: list[str]) -> None:
    assert revision(one, two) == revision(two, one)
    assert 0 <= revision(one, two) <= WHOLE
    assert (revision(one, two) == 0) == (one == two)


def test_revision_counts_words_as_a_matrix_does() -> None:
    before, after = words("INT. ROOM - DAY. She waits."), words("INT. HALL - NIGHT. She waits, then goes.")
    table = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for row in range(len(before) + 1):
        for column in range(len(after) + 1):
            if not row or not column:
                table[row][column] = row + column
                continue
            replaced = table[row - 1][column - 1] + (before[row - 1] != after[column - 1])
            table[row][column] = min(replaced, table[row - 1][column] + 1, table[row][column - 1] + 1)
    assert revision(before, after) == table[-1][-1] * WHOLE // max(len(before), len(after))


def test_layout_and_composed_letters_are_no_revision() -> None:
    assert words("Zoe\u0308  waits.\n") == words("Zo\u00eb\nwaits .")


@pytest.mark.parametrize("script", scripts(), ids=range(len(scripts())))
def test_a_rewritten_script_lies_between_itself_and_another(script: str) -> None:
    raw = script.encode()
    light, heavy = revised(script, 20).encode(), revised(script, 3).encode()
    backwards = b" ".join(reversed(raw.split()))
    assert 0 < distance(raw, light) < distance(raw, heavy) < distance(raw, backwards)
    assert unseen(light, [raw]) < unseen(heavy, [raw])


def test_an_excerpt_is_far_from_its_parent_and_has_nothing_unseen() -> None:
    long = "".join(scripts()).encode()
    excerpt = long[: len(long) // 8]
    assert distance(excerpt, long) > 7_000
    assert unseen(excerpt, [long]) < 300


def test_a_merger_has_little_that_no_parent_tells() -> None:
    half = len(SCRIPT) // 2
    merged, one, two = (part.encode() for part in (SCRIPT, SCRIPT[:half], SCRIPT[half:]))
    assert min(distance(merged, one), distance(merged, two)) > 4_000
    assert unseen(merged, [one, two]) < 500


def test_equal_scripts_longer_than_zlibs_window_are_near_here_and_far_there() -> None:
    """Why it isn't zlib: the measured reason in docs/lineage.md."""
    text = "\n".join(
        f"Line {n} of {n * 7919 % 10_007}: {n * 104_729 % 999_983}." for n in range(2_500)
    ).encode()
    assert len(text) > 50_000
    alone, twice = len(zlib.compress(text, 9)), len(zlib.compress(text + b" " + text, 9))
    assert (twice - alone) * WHOLE // alone > 9_000
    assert distance(text, text + b" ") < 200


def test_what_is_too_short_or_too_long_is_not_measured() -> None:
    assert unsaid([b"x" * SHORTEST, b"y" * (SHORTEST - 1)]) is Unsaid.SHORT
    assert unsaid([b"x" * SHORTEST] * 2) is None
    assert unsaid([b"x" * LONGEST, b"y" * SHORTEST]) is Unsaid.LONG


def test_one_word_weighs_more_in_a_text_that_is_too_short_than_in_any_that_is_measured() -> None:
    def one_word(size: int) -> int:
        said = SCRIPT[:size].split(" ")
        said[len(said) // 2] = "rewritten"
        return distance(SCRIPT[:size].encode(), " ".join(said).encode())

    assert one_word(125) > 900
    assert one_word(SHORTEST) < 400


def test_a_commitment_hides_the_text_and_binds_it() -> None:
    one, other = SCRIPT.encode(), SCRIPT.encode() + b"\n"
    ids = {committed(SECRET, one), committed(SECRET, other), committed(SECRET[::-1], one)}
    assert len(ids) == 3
    assert commitment(content_salt(SECRET, one), one) == committed(SECRET, one)
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", one)


def test_a_final_draft_file_says_the_words_of_its_fountain_form() -> None:
    folder = Path(__file__).parents[2] / "examples"
    told = text_of("a.FDX", (folder / "The-Understudy.fdx").read_bytes())
    assert told is not None
    fountain = words((folder / "The-Understudy.fountain").read_text())
    # Title page and scene numbers stand apart in Fountain.
    assert revision(words(told), fountain) < 1_500


@pytest.mark.parametrize(
    "bad", [b"\xff\xfe\x00", b"a\0b", b"<!DOCTYPE x [<!ENTITY a 'b'>]><FinalDraft>&a;</FinalDraft>"]
)
def test_what_is_no_text_is_none(bad: bytes) -> None:
    assert text_of("draft.fdx", bad) is None
    assert bad.startswith(b"<!") or text_of("draft.txt", bad) is None


def test_texts_are_found_by_commitment_whatever_they_are_called(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "any name").write_text(SCRIPT)
    (tmp_path / "other.txt").write_text("other")
    wanted = committed(SECRET, SCRIPT.encode())
    found = read_texts(tmp_path, SECRET, {wanted, bytes(32)})
    assert (list(found.by_asset), found.by_asset[wanted].name) == ([wanted], "deep/any name")
    assert found.strangers == ("other.txt",)
    with pytest.raises(InputError, match="no folder"):
        read_texts(tmp_path / "none", SECRET, set())


def test_charts_escape_every_word_and_draw_nothing_out_of_nothing() -> None:
    assert parts([], ("a",), "t") == points([], ("a",), "t", "", "") == ""
    hostile = "</svg><script>alert(1)</script>"
    for drawn in (
        parts([(hostile, (1,))], (hostile,), hostile),
        points([(1, 5, 0)], (hostile,), hostile, hostile, hostile),
    ):
        assert "<script>" not in drawn
        assert drawn.count("</svg>") == 1

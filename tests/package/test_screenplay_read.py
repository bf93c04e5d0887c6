"""Reading Fountain and Final Draft: what counts as a scene, a speaker and a name, in both forms alike."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from trust.screenplay import EXAMPLE_SECRET, Format, Scene, Screenplay, breakdown, read

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARED = Path(__file__).parents[2].parent / "shared/data/screenplays"
PAIRS = [
    pytest.param(path, path.with_suffix(".fdx"), id=path.stem)
    for folder in (EXAMPLES, SHARED)
    for path in sorted(folder.glob("*.fountain"))
]


def fountain(text: str) -> Screenplay:
    return read(text.encode(), "script.fountain")


def fdx(*paragraphs: str, front: str = "") -> Screenplay:
    body = "".join(paragraphs)
    return read(f"<FinalDraft><Content>{body}</Content>{front}</FinalDraft>".encode(), "script.fdx")


def paragraph(kind: str, text: str, attributes: str = "") -> str:
    return f'<Paragraph Type="{kind}" {attributes}><Text>{text}</Text></Paragraph>'


def says(name: str) -> str:
    return paragraph("Character", name) + paragraph("Dialogue", "Hello.")


def headings(screenplay: Screenplay) -> list[str]:
    return [scene.heading for scene in screenplay.scenes]


def content(screenplay: Screenplay) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(scene.number, scene.heading, scene.characters) for scene in screenplay.scenes]


KITCHEN = paragraph("Scene Heading", "INT. KITCHEN - DAY")


@pytest.mark.parametrize(("plain", "xml"), PAIRS)
def test_both_forms_of_a_script_give_the_same_scenes_and_root(plain: Path, xml: Path) -> None:
    first, second = read(plain), read(xml)
    assert (first.format, second.format) == (Format.FOUNTAIN, Format.FDX)
    assert content(first) == content(second)
    assert first.characters == second.characters
    assert breakdown(first, EXAMPLE_SECRET).root == breakdown(second, EXAMPLE_SECRET).root


def test_the_example_has_the_scenes_its_readers_are_told_of() -> None:
    screenplay = read(EXAMPLES / "The-Understudy.fountain")
    assert screenplay.title == "The Understudy"
    assert screenplay.characters == ("JONAH", "VERA", "IRIS", "HALLAM", "DOUBLE")
    assert [scene.label for scene in screenplay.scenes] == ["1", "2", "3", "4", "4A", "5", "6", "7"]
    assert screenplay.scenes[5].characters == ("HALLAM", "JONAH", "VERA")
    root = "e0b36ccab41dd83f039636bec8d2ac1a6ba3a2ba22220794bd52aaaee1a7d040"
    assert breakdown(screenplay, EXAMPLE_SECRET).root.hex() == root


def test_the_file_is_known_by_the_sha256_of_its_bytes() -> None:
    path = EXAMPLES / "The-Understudy.fdx"
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read(str(path)) == read(path) == read(path.read_bytes(), path.name)


def test_numbers_are_ordinal_and_written_numbers_are_labels() -> None:
    plain = fountain("INT. A #12A#\n\nINT. B\n\n.C #13-1.#\n")
    xml = fdx(
        paragraph("Scene Heading", "INT. A", 'Number="12A"'),
        paragraph("Scene Heading", "INT. B"),
        paragraph("Scene Heading", "C", 'Number="13-1."'),
    )
    for screenplay in (plain, xml):
        assert [(s.number, s.heading, s.label) for s in screenplay.scenes] == [
            (1, "INT. A", "12A"),
            (2, "INT. B", ""),
            (3, "C", "13-1."),
        ]
    assert plain.scene(3) == plain.scenes[2]
    assert plain.scene(0) is plain.scene(4) is None


@pytest.mark.parametrize(
    "heading",
    ["INT. A", "ext. a", "EST. A", "INT./EXT. A", "INT/EXT. A", "I/E. A", "INT A", ".A", ".ÉCOLE", ".Дом"],
)
def test_headings_are_the_ones_the_syntax_knows(heading: str) -> None:
    assert len(fountain(f"Some words.\n\n{heading}\n\nMore.\n").scenes) == 1


@pytest.mark.parametrize(
    "line",
    ["FADE IN:", "INTERIOR A", "...and then", "A. INT. B", "> FADE IN:", "# INT. A", "= INT. A", "!INT. A"],
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert headings(fountain(f"INT. KITCHEN\n\n{line}\n\nMore.\n")) == ["INT. KITCHEN"]


@pytest.mark.parametrize(
    "line", ["Int. is what they print.", ".45 calibre.", "@home, she says.", "EXT. HALL", "FADE IN: no"]
)
def test_a_line_within_a_paragraph_starts_no_scene_and_no_speech(line: str) -> None:
    for before in ("Words.", "BOB\nWords.", "@Bob\nWords."):
        screenplay = fountain(f"INT. A\n\n{before}\n{line}\nmore.\n")
        assert headings(screenplay) == ["INT. A"]
        assert set(screenplay.characters) <= {"BOB"}


def test_a_heading_may_follow_a_section_or_transition_directly() -> None:
    assert headings(fountain("# Act\n= Synopsis\nINT. A\n\n> CUT TO:\n.B\n")) == ["INT. A", "B"]


@pytest.mark.parametrize(
    "written",
    ["INT.\tKITCHEN  -  DAY ", "int. kitchen - day", "INT. KITCHEN \u2014 DAY", "INT. KITCHEN -- DAY",
     "INT. **KITCHEN** - _DAY_", "INT. KITCHEN\u00a0- DAY", "INT. KIT\u200bCHEN - DAY",
     "INT. KITCHEN[[x]] - DAY"],
)  # fmt: skip
def test_a_heading_has_one_spelling(written: str) -> None:
    assert headings(fountain(written + "\n")) == ["INT. KITCHEN - DAY"]


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert headings(fountain("INT. CAFE\u0301\n\nRENE\u0301E\nOui.\n")) == headings(fountain("INT. café\n"))
    assert (
        fountain("INT. A\n\nRENE\u0301E\nOui.\n").characters == fountain("INT. A\n\nRENÉE\nOui.\n").characters
    )


@pytest.mark.parametrize(
    "cue",
    ["BOB", "\t\t\tBOB", "BOB (V.O.)", "BOB (CONT'D)", "BOB (CONT\u2019D)", "BOB (V.O.) (CONT'D)",
     "BOB(O.S.)", "BOB ^", "BOB (on the radio) ^", "@Bob", "@bob (V.O.)", "BOB (ON PHONE (V.O.))",
     "BOB (V.O.", "BOB [[new]]", "BOB /* was ANN */"],
)  # fmt: skip
def test_a_cue_names_its_speaker_without_extensions(cue: str) -> None:
    assert fountain(f"INT. A\n\n{cue}\nHello.\n").characters == ("BOB",)


@pytest.mark.parametrize(
    "cue", ["Bob", "BOB", "BOB (V.O.)", "BOB (V.O.) (CONT'D)", "BOB (CONT\u2019D)", " BOB ", "B<!-- -->OB"]
)
def test_final_draft_cues_follow_the_same_rule(cue: str) -> None:
    assert fdx(KITCHEN, says(cue)).characters == ("BOB",)


@pytest.mark.parametrize(
    "name", ["ÉLODIE", "2ND GUARD", "R2D2", "MR. O'NEIL", '"DOC" HALL', "ИВАН", "MAN #2", "CUT"]
)
def test_any_upper_case_name_speaks_in_both_forms(name: str) -> None:
    plain = fountain(f"INT. KITCHEN - DAY\n\n{name}\nHello.\n")
    assert content(plain) == content(fdx(KITCHEN, says(name)))
    assert plain.characters == (name,)


@pytest.mark.parametrize(
    "words",
    [
        "BOOM!\n\nHe falls.",
        "CUT TO:\n\n",
        "1996\nA year.",
        "A Man\nsits.",
        "\u4e2d\u6587\nwords",
        "!BOB\nHi.",
        "A WORD " * 50 + "\nmore.",
    ],
)
def test_action_in_capitals_is_no_speech(words: str) -> None:
    assert fountain(f"INT. A\n\n{words}\n").characters == ()


def test_characters_are_sorted_in_a_scene_and_by_appearance_in_the_script() -> None:
    screenplay = fountain(
        "ZED\nToo soon.\n\nINT. A\n\nBOB\nHi.\n\nANN\nHi.\n\nBOB\nHi.\n\nINT. B\n\nANN\nHi.\n"
    )
    assert [scene.characters for scene in screenplay.scenes] == [("ANN", "BOB"), ("ANN",)]
    assert screenplay.characters == ("BOB", "ANN")


def test_comments_and_notes_are_not_the_script() -> None:
    text = (
        "INT. A\n\n/* INT. B\n\nBOB\nHi. */\n\n[[INT. C\nANN]]\n\nEVE\n[[aside]]\n/* cut */\nHi. [[INT. D]]\n"
    )
    assert content(fountain(text)) == [(1, "INT. A", ("EVE",))]


def test_a_note_that_meets_a_blank_line_hides_nothing() -> None:
    assert headings(fountain("INT. A\n\n[[ not closed here\n\nINT. B\n\n]]\n\nINT. C [[\n")) == [
        "INT. A",
        "INT. B",
        "INT. C [",
    ]


def test_comment_marks_left_by_removal_open_no_comment() -> None:
    assert headings(fountain("INT. A\n\n/[[x]]* [/**/[\n\nINT. B\n")) == ["INT. A", "INT. B"]


def test_final_draft_runs_are_joined_and_notes_within_left_out() -> None:
    heading = (
        '<Paragraph Type="Scene Heading">'
        "<SceneProperties><Summary><Paragraph><Text>no</Text></Paragraph></Summary></SceneProperties>"
        "<Text>INT. </Text><Text Style='Bold'>KIT</Text><Text>CHEN</Text></Paragraph>"
    )
    assert headings(fdx(heading)) == ["INT. KITCHEN"]


def test_final_draft_dual_dialogue_is_heard() -> None:
    dual = f"<Paragraph><DualDialogue>{says('ANN')}{says('BOB')}</DualDialogue></Paragraph>"
    assert fdx(KITCHEN, dual).characters == ("ANN", "BOB")


def test_a_shot_is_no_scene_and_an_empty_heading_neither() -> None:
    xml = fdx(
        KITCHEN,
        paragraph("Shot", "CLOSE ON"),
        paragraph("Scene Heading", " "),
        paragraph("Scene Heading", "*"),
    )
    assert headings(xml) == ["INT. KITCHEN - DAY"]


def test_a_final_draft_cue_without_words_is_not_speech() -> None:
    silent = paragraph("Character", "BOB")
    assert fdx(KITCHEN, silent, paragraph("Action", "He leaves."), silent).characters == ()


def test_the_title_comes_from_the_title_page_or_the_name() -> None:
    page = f"<TitlePage><Content>{paragraph('Action', 'A Title')}</Content></TitlePage>"
    assert fdx(KITCHEN, front=page).title == "A Title"
    assert fountain("Title: _**A\tTitle**_\nAuthor: B\n\nINT. A\n").title == "A Title"
    assert fountain("\n\nAuthor: B\ntitle:\n\tA\n    Title\n\nINT. A\n").title == "A Title"
    assert fountain("INT A: B\n").title == "script"
    assert read(b"INT. A\n").title == ""


def test_a_heading_right_under_the_title_page_is_a_scene() -> None:
    assert headings(fountain("FADE IN:\nINT. A\n")) == ["INT. A"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_utf_8_and_marked_utf_16_are_read(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert headings(read(mark + "INT. CAFÉ\n".encode(encoding))) == ["INT. CAFÉ"]
    xml = '<?xml version="1.0" encoding="UTF-16"?><FinalDraft><Content>' + KITCHEN + "</Content></FinalDraft>"
    assert headings(read(mark + xml.encode(encoding))) == ["INT. KITCHEN - DAY"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_do_not_matter(ending: str) -> None:
    text = ending.join(["INT. A", "", "BOB", "Hi.", "", "INT. B"])
    assert content(read(text.encode())) == [(1, "INT. A", ("BOB",)), (2, "INT. B", ())]


def test_the_content_decides_the_form_not_the_suffix(tmp_path: Path) -> None:
    wrong = tmp_path / "script.fdx"
    wrong.write_text("INT. A\n")
    assert read(wrong).format is Format.FOUNTAIN
    wrong = tmp_path / "script.fountain"
    wrong.write_bytes((EXAMPLES / "The-Understudy.fdx").read_bytes())
    assert read(wrong).format is Format.FDX


def test_length_is_estimated_in_eighths_of_a_page() -> None:
    page = "INT. A\n\n" + "Words.\n\n" * 27
    assert fountain(page).scenes[0].length_eighths == 9
    assert fountain("INT. A\n").scenes == (Scene(1, "INT. A", (), 1, ""),)

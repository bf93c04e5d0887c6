"""Screenplays that cannot be used: each ends in a ScreenplayError that says what to do, and soon."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.errors import ScreenplayError
from trust.screenplay import EXAMPLE_SECRET, Screenplay, breakdown, read
from trust.screenplay.model import MAX_BYTES, MAX_LINES

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE F [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    "<FinalDraft><Content><Paragraph><Text>&c;</Text></Paragraph></Content></FinalDraft>"
)
EXTERNAL = '<!DOCTYPE F [<!ENTITY x SYSTEM "file:///etc/hostname">]><FinalDraft>&x;</FinalDraft>'
REFUSED = {
    "nothing": (b"", "empty"),
    "white space": (b" \n\t\r\n", "empty"),
    "a lone mark": (b"\xef\xbb\xbf", "no scenes"),
    "prose": (b"It was a dark and stormy night.\n\nBOB\nHello.\n", "no scenes"),
    "random bytes": (bytes(range(254, 127, -1)), "not UTF-8"),
    "binary": (b"INT. A\n\x00\x01\x02", "binary"),
    "UTF-16 without a mark": ("INT. A".encode("utf-16-le"), "byte order mark"),
    "odd UTF-16": (b"\xff\xfeI\x00N", "not UTF-16"),
    "UTF-32": ("INT. A".encode("utf-32"), "binary"),
    "Latin-1": (
        "\nINT. CAFÉ\n".encode("latin-1"),
        r"not UTF-8 text \(byte 0xc9 in line 2\). Save it as UTF-8",
    ),
    "cp1252": ("INT. BRICK\u2019S\n".encode("cp1252"), "Save it as UTF-8"),
    "PDF": (b"%PDF-1.7\n", "a PDF"),
    "ZIP": (b"PK\x03\x04rest", "ZIP"),
    "RTF": (rb"{\rtf1 INT. A}", "RTF"),
    "an unclosed comment": (b"INT. A\n\n/* INT. B\n\nINT. C\n", "line 3 is never closed"),
    "an entity bomb": (BOMB.encode(), "entities"),
    "an external entity": (EXTERNAL.encode(), "entities"),
    "a document type": (b"<!DOCTYPE FinalDraft><FinalDraft/>", "document type"),
    "a UTF-16 bomb": (BOMB.encode("utf-16"), "entities"),
    "another root": (b"<html><body>INT. A</body></html>", "root element is <html>"),
    "a namespaced root": (b'<f:FinalDraft xmlns:f="urn:x"/>', "root element"),
    "cut XML": (b"<FinalDraft><Content>", "not well-formed"),
    "junk after XML": (b"<FinalDraft/><FinalDraft/>", "not well-formed"),
    "an unknown entity": (b"<FinalDraft>&nbsp;</FinalDraft>", "not well-formed"),
    "no content": (b"<FinalDraft/>", "no scenes"),
    "deep nesting": (b"<FinalDraft>" + b"<a>" * 200_000, "nested"),
    "a heading without end": (b"INT. " + b"A" * 100_000, "A heading has at most"),
    "a name without end": (
        b'<FinalDraft><Content><Paragraph Type="Scene Heading"><Text>A</Text></Paragraph>'
        b'<Paragraph Type="Character"><Text>' + b"B(" * 100_000 + b"</Text></Paragraph>"
        b'<Paragraph Type="Dialogue"><Text>C</Text></Paragraph></Content></FinalDraft>',
        "A name has at most",
    ),
    "too many scenes": (b"INT. A\n\n" * 10_001, "more than 10000 scenes"),
    "too many lines": (b"\n" * (MAX_LINES + 1) + b"INT. A", "more than the limit"),
    "too many bytes": (b"a" * (MAX_BYTES + 1), "larger than 20 MB"),
}


@pytest.mark.parametrize(
    ("data", "message"), [pytest.param(*value, id=name) for name, value in REFUSED.items()]
)
def test_what_is_no_screenplay_is_refused_with_advice(data: bytes, message: str) -> None:
    with pytest.raises(ScreenplayError, match=message) as caught:
        read(data, "script")
    assert caught.value.hint
    assert "script" in caught.value.message


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refusals: dict[Path | str, str] = {
        tmp_path: "directory",
        tmp_path / "none": "no file",
        pipe: "ordinary file",
        "a\0b": "cannot be read",
    }
    for path, message in refusals.items():
        with pytest.raises(ScreenplayError, match=message) as caught:
            read(path)
        assert caught.value.hint
    with pytest.raises(ScreenplayError, match="cannot be read"):
        read("x" * 10_000)


SLOW = {
    "one line of words": "WORD " * 400_000,
    "spaces": "INT." + " " * 2_000_000 + "x",
    "brackets": "A" + "(" * 2_000_000 + "\nwords",
    "lines of brackets": ("A" + "(" * 190 + "\nwords\n\n") * 10_000,
    "lines of closed brackets": ("A" + "()" * 95 + "\nwords\n\n") * 10_000,
    "unclosed notes": "[[" * 1_000_000,
    "notes before a blank line": "[[\n\n" * 50_000 + "]]",
    "notes": "[[a]]" * 400_000,
    "one comment": "/*" + "a\n" * 1_000_000 + "*/",
    "combining marks": ("A" + "\u0301\u0316" * 95 + "\nwords\n\n") * 2_000,
    "one paragraph": "some words of action\n" * 50_000,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SLOW.items()])
def test_no_input_takes_more_than_linear_time(text: str) -> None:
    start = time.process_time()
    read(f"Title{' ' * 100_000}: x\n\nINT. A\n\n{text}\n".encode())
    # About a second on a slow machine; quadratic reading would take minutes.
    assert time.process_time() - start < 10


FRAGMENTS = st.sampled_from(
    ["INT. A", ".", "@", "!", "#", "=", ">", "<", "~", "^", "(", ")", "/*", "*/", "[[", "]]", "\n", "\n\n",
     "BOB", "(V.O.)", "Title:", "FADE IN:", " TO:", "\t", "  ", "É", "\u0301", "\u2028", "\x1c", "\x00",
     "#1#", "words"]
)  # fmt: skip
XML = st.sampled_from(
    ["<Paragraph>", '<Paragraph Type="Scene Heading">', '<Paragraph Type="Character">', "</Paragraph>",
     "<Text>", "</Text>", "<DualDialogue>", "</DualDialogue>", "INT. A", "BOB (V.O.)", "&amp;", "&x;", "&#0;",
     "<", ">", "É"]
)  # fmt: skip


def read_or_refuse(data: bytes) -> None:
    screenplay: Screenplay | ScreenplayError
    try:
        screenplay = read(data)
    except ScreenplayError as error:
        screenplay = error
    if isinstance(screenplay, ScreenplayError):
        assert screenplay.hint
        return
    assert [scene.number for scene in screenplay.scenes] == list(range(1, len(screenplay.scenes) + 1))
    assert {name for scene in screenplay.scenes for name in scene.characters} == set(screenplay.characters)
    assert breakdown(screenplay, EXAMPLE_SECRET).leaves


@settings(deadline=None)
@given(st.text() | st.lists(FRAGMENTS, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(("INT. A\n\n" + text).encode("utf-8", "surrogatepass"))
    read_or_refuse(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)
    read_or_refuse(b"\xff\xfe" + data)


@settings(deadline=None)
@given(st.lists(XML, max_size=30).map("".join))
def test_any_xml_is_read_or_refused(body: str) -> None:
    read_or_refuse(f"<FinalDraft><Content>{body}</Content></FinalDraft>".encode())

"""Fountain (https://fountain.io/syntax), read by `screenplay-tools` behind a guard.

screenplay-tools 0.0.10 needs one. It takes "FADE IN:" for a scene; accepts headings and @cues in the middle
of a paragraph (dialogue starting "Int. " or ".45"); knows only ASCII letters (a line that starts with an
accented capital is neither cue nor forced heading); loses cues with two bracketed parts; hides the rest of
the file after an unclosed /*; and is quadratic in long lines, runs of spaces, notes and boneyards. So
comments and title page are taken off here, spaces are collapsed, and a line it would misread is marked with
the syntax's own forcing characters: `!` action, `@` cue, `.` heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from screenplay_tools.fountain.parser import Parser
from screenplay_tools.screenplay import ElementType

from trust.errors import ScreenplayError
from trust.screenplay.canonical import INVISIBLE, plain, speaker_as_written
from trust.screenplay.model import MAX_LINES, MAX_NAME
from trust.screenplay.parts import Kind, Part

_HEADING: Final = re.compile(r"(?:INT|EXT|EST|INT\./EXT|INT/EXT|I/E)[. ]", re.IGNORECASE)
_FADE_IN: Final = re.compile(r"FADE IN:", re.IGNORECASE)
_SIMPLE_CUE: Final = re.compile(r"[A-Z][^a-z()^]*(?:\([^()]*\))? ?\^?")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ]{0,39}")
_QUOTES: Final = tuple("\"'\u2018\u2019\u201c\u201d")
_OPENS_NOTE: Final = re.compile(r"\[{2,}")
_TITLE_LINES: Final = 8
_REMOVED: Final = "\x00"  # cannot be in the text: it is refused as binary
_LETTER: Final = "X\u2060"  # an ASCII letter for the parser to see; the word joiner is never in cleaned text
_KINDS: Final = {
    ElementType.HEADING: Kind.HEADING,
    ElementType.CHARACTER: Kind.CUE,
    ElementType.DIALOGUE: Kind.SPEECH,
    ElementType.PARENTHETICAL: Kind.SPEECH,
    ElementType.LYRIC: Kind.SPEECH,
    ElementType.ACTION: Kind.ACTION,
    ElementType.TRANSITION: Kind.ACTION,
}


def parse(text: str, name: str) -> tuple[str, list[Part]]:
    """The title ("" if none) and the parts of a Fountain script. Raises ScreenplayError."""
    lines = _without_notes(_without_boneyards(_clean(text), name)).split("\n")
    if len(lines) > MAX_LINES:
        raise ScreenplayError(
            f"{name} has {len(lines)} lines, more than the limit of {MAX_LINES}.",
            hint="A feature has about 6,000: split the file, or check that it is a screenplay.",
        )
    title, body = _title_page([line.replace(_REMOVED, "") for line in lines if not _is_emptied(line)])
    parser = Parser()
    # Merging copies the whole paragraph for each line added.
    parser.mergeActions = parser.mergeDialogue = False
    try:
        parser.add_lines(_guarded([_collapsed(line) for line in body]))
    except Exception as error:
        raise ScreenplayError(
            f"{name} cannot be read as Fountain: {error}.", hint="Check the file in a Fountain editor."
        ) from error
    parts = (_part(element) for element in parser.script.elements if element.type in _KINDS)
    return title, [part for part in parts if part.text]


def _part(element: Any) -> Part:
    kind = _KINDS[element.type]
    if kind is Kind.CUE:
        return Part(kind, element.name)
    if kind is Kind.HEADING:
        return Part(kind, element.text_raw.removeprefix(_LETTER), element.scene_number or "")
    return Part(kind, element.text_raw)


def _clean(text: str) -> str:
    return INVISIBLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _without_boneyards(text: str, name: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        if end < 0:
            line = text.count("\n", 0, start) + 1
            raise ScreenplayError(
                f"{name}: the comment opened with /* in line {line} is never closed.",
                hint="Close it with */, or everything after it would be left out.",
            )
        kept += text[at:start], _REMOVED
        at = end + 2
    return "".join(kept) + text[at:]


def _without_notes(text: str) -> str:
    """Without [[notes]]. One that meets a blank line before its end is text, as the syntax says."""
    kept: list[str] = []
    at = 0
    end = blank = -1
    while (start := text.find("[[", at)) >= 0:
        # Each search goes on from the last, or many unclosed notes would be quadratic.
        end = end if end >= start + 2 else text.find("]]", start + 2)
        if end < 0:
            break
        blank = blank if blank >= start or blank == len(text) else _found(text, "\n\n", start)
        if blank < end:
            kept.append(text[at : start + 2])
            at = start + 2
        else:
            kept += text[at:start], _REMOVED
            at = end + 2
    return "".join(kept) + text[at:]


def _found(text: str, what: str, start: int) -> int:
    at = text.find(what, start)
    return len(text) if at < 0 else at


def _is_emptied(line: str) -> bool:
    # A line that held only a comment is no blank line: it must not end a speech.
    return _REMOVED in line and not line.replace(_REMOVED, "").strip()


def _title_page(lines: list[str]) -> tuple[str, list[str]]:
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    title: list[str] = []
    key = ""
    at = first
    for at in range(first, len(lines)):
        line = lines[at]
        head, colon, value = line.partition(":")
        if key and line.startswith(("\t", "   ")) and line.strip():
            value = line
        elif colon and _KEY.fullmatch(head.strip()) and not _HEADING.match(line):
            key = head.strip().lower()
        else:
            break
        if key == "title" and len(title) < _TITLE_LINES:
            title.append(value[:MAX_NAME])
    else:
        at = len(lines)
    return plain(" ".join(title))[:MAX_NAME], lines[at:]


def _collapsed(line: str) -> str:
    """On single spaces, with no comment mark left for the parser to open."""
    return " ".join(_OPENS_NOTE.sub("[", line).replace("/*", "/ *").split())


def _guarded(lines: list[str]) -> Iterator[str]:
    yield ""  # ends the parser's own title page
    after_blank = opens = True
    for line, following in pairwise([*lines, ""]):
        heading = _is_heading(line)
        if heading:
            yield _forced_heading(line) if opens else "!" + line
        elif after_blank:
            yield _paragraph(line, bool(following))
        else:
            yield "!" + line if line[:1] == "@" or _FADE_IN.match(line) else line
        # Sections, synopses, page breaks and forced transitions are no prose that a heading could interrupt.
        opens = not line or line[0] in "#=>" or (heading and opens)
        after_blank = not line


def _is_heading(line: str) -> bool:
    return bool(_HEADING.match(line)) or (line[:1] == "." and line[1:2].isalnum())


def _forced_heading(line: str) -> str:
    return "." + _LETTER + line[1:] if line[0] == "." and not line[1].isascii() else line


def _paragraph(line: str, followed: bool) -> str:
    """A paragraph's first line: a cue if it can be one, else action unless it is marked as something else."""
    forced = line[:1] == "@"
    if not forced and not (line[:1].isalnum() or line[:1] in _QUOTES):
        return line
    if len(line) > MAX_NAME or not followed:
        return "!" + line
    name = speaker_as_written(line[1:] if forced else line)
    if not (name if forced else name.isupper()):
        return "!" + line
    return line if _SIMPLE_CUE.fullmatch(line) else "@" + name

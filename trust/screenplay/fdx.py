"""Final Draft (.fdx), read by `screenplay-tools` behind a guard.

screenplay-tools 0.0.10 needs one. It parses with the standard library, which expands entity bombs; reads only
the first styled run of a paragraph; drops dual dialogue, scene numbers and the title page; takes shots for
scenes; and keeps the first of two extensions in a name. So defusedxml reads the file here, bounded, and the
parser is given a plain copy: one run for each paragraph, no nesting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from screenplay_tools.fdx.parser import Parser
from screenplay_tools.screenplay import ElementType

from trust.errors import ScreenplayError
from trust.screenplay.canonical import plain, speaker_as_written
from trust.screenplay.model import MAX_LINES, MAX_NAME
from trust.screenplay.parts import Kind, Part

_MAX_DEPTH: Final = 100
_MAX_ELEMENTS: Final = 1_000_000
_HEADING: Final = "Scene Heading"
_CUE: Final = "Character"
_SPEECH: Final = ("Dialogue", "Parenthetical", "Lyrics", "Singing")
# A shot is a view within a scene, as Final Draft counts scenes; Fountain has no such element.
_NOT_SPEECH: Final = (_HEADING, _CUE, "Action", "General", "Shot", "Transition", "New Act", "End of Act")
_KINDS: Final = {
    ElementType.HEADING: Kind.HEADING,
    ElementType.CHARACTER: Kind.CUE,
    ElementType.DIALOGUE: Kind.SPEECH,
    ElementType.ACTION: Kind.ACTION,
}
_EXPORT: Final = "Export it from Final Draft again, as .fdx, or as Fountain."


@dataclass(frozen=True, slots=True)
class _Paragraph:
    kind: str
    text: str
    label: str


class _TooBigError(Exception):
    pass


class _BoundedTree(TreeBuilder):
    """A tree builder that stops at documents no script program writes."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > _MAX_DEPTH:
            raise _TooBigError(f"elements nested more than {_MAX_DEPTH} deep")
        if self._count > _MAX_ELEMENTS:
            raise _TooBigError(f"more than {_MAX_ELEMENTS} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(text: str, name: str) -> tuple[str, list[Part]]:
    """The title ("" if none) and the parts of a Final Draft script. Raises ScreenplayError."""
    root = _root(text, name)
    paragraphs = list(_spoken(_paragraphs(root.find("Content"))))
    if len(paragraphs) > MAX_LINES:
        raise ScreenplayError(
            f"{name} has {len(paragraphs)} paragraphs, more than the limit of {MAX_LINES}.",
            hint="A feature has about 3,000: split the file, or check that it is a screenplay.",
        )
    labels = iter([paragraph.label for paragraph in paragraphs if paragraph.kind == _HEADING])
    try:
        script = Parser().parse(tostring(_plain_copy(paragraphs), encoding="unicode"))
    except Exception as error:
        raise ScreenplayError(f"{name} cannot be read as Final Draft: {error}.", hint=_EXPORT) from error
    return _title(root), [_part(element, labels) for element in script.elements]


def _root(text: str, name: str) -> Element:
    parser = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise ScreenplayError(
            f"{name} declares a document type or entities, which Final Draft never does.",
            hint=f"It may be made to do harm, so it is not read. {_EXPORT}",
        ) from error
    except _TooBigError as error:
        raise ScreenplayError(f"{name} has {error}.", hint=_EXPORT) from error
    except (ParseError, ValueError, LookupError) as error:
        raise ScreenplayError(f"{name} is not well-formed XML: {error}.", hint=_EXPORT) from error
    if root.tag != "FinalDraft":
        raise ScreenplayError(
            f"{name} is XML, but its root element is <{root.tag[:40]}>, not <FinalDraft>.", hint=_EXPORT
        )
    return root


def _paragraphs(content: Element | None) -> Iterator[_Paragraph]:
    """Paragraphs with text, dual dialogue in reading order. Notes and summaries in them are left out."""
    for element in content if content is not None else ():
        if element.tag == "Paragraph":
            text = "".join("".join(run.itertext()) for run in element.findall("Text"))
            if text.strip():
                yield _Paragraph(element.get("Type", "Action"), text, element.get("Number", ""))
        duals = [element] if element.tag == "DualDialogue" else element.findall("DualDialogue")
        for dual in duals:
            yield from _paragraphs(dual)


def _spoken(paragraphs: Iterator[_Paragraph]) -> Iterator[_Paragraph]:
    """A cue with nothing to say is action, as it is in Fountain."""
    nothing = _Paragraph("Action", "", "")
    for paragraph, following in pairwise([*paragraphs, nothing]):
        silent = paragraph.kind == _CUE and following.kind in _NOT_SPEECH
        yield _Paragraph("Action", paragraph.text, "") if silent else paragraph


def _plain_copy(paragraphs: list[_Paragraph]) -> Element:
    root = Element("FinalDraft")
    content = SubElement(root, "Content")
    for paragraph in paragraphs:
        kind, text = paragraph.kind, paragraph.text
        if kind == _CUE and len(text) <= MAX_NAME:
            text = speaker_as_written(text)
        elif kind not in (_HEADING, _CUE):
            kind = "Dialogue" if kind in _SPEECH else "Action"
        SubElement(SubElement(content, "Paragraph", Type=kind), "Text").text = text
    return root


def _part(element: Any, labels: Iterator[str]) -> Part:
    kind = _KINDS[element.type]
    text = element.name if kind is Kind.CUE else element.text_raw
    return Part(kind, text, next(labels) if kind is Kind.HEADING else "")


def _title(root: Element) -> str:
    content = root.find("TitlePage/Content")
    first = next(_paragraphs(content), None)
    return plain(first.text[:MAX_NAME]) if first else ""

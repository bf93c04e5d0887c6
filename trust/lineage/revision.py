"""How much of a draft was rewritten: the edit distance between two texts, in words."""

from __future__ import annotations

import re
import unicodedata

from trust.lineage.novelty import WHOLE

_WORD = re.compile(r"\w+|[^\w\s]")

#: Words of both texts together, above which nothing is said.
MOST_WORDS = 400_000


def words(text: str) -> list[str]:
    """A text's words and signs, in order. Layout, and how a letter is composed, don't count."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def revision(before: list[str], after: list[str]) -> int:
    """Words put in, left out or replaced, as parts (of WHOLE) of the longer text. The same both ways."""
    from rapidfuzz.distance import Levenshtein

    longest = max(len(before), len(after))
    return int(Levenshtein.distance(before, after)) * WHOLE // longest if longest else 0

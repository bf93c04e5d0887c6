"""How new a text is against its parents, by compression; and how far that can be trusted.

Normalised compression distance (Cilibrasi and Vitanyi 2005): what a compressor saves when it sees two texts at once.

    NCD(x, y) = (C(xy) - min(C(x), C(y))) / max(C(x), C(y))

C is LZMA2 with a dictionary as long as the input, and the shorter of C(xy) and C(yx) counts, so that the distance is
the same both ways. zlib won't do: it sees 32 KiB back, so two equal scripts of 50 kB are 0.91 apart, and bzip2 puts any
text 0.1 to 0.4 from itself. docs/lineage.md has what was measured.
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from enum import StrEnum

#: The whole, of which distances are parts.
WHOLE = 10_000
#: Below this many bytes, texts that have nothing in common come out nearly as close as revisions do.
SHORTEST = 1_000
#: Above this, two texts at once no longer fit the dictionary, and nothing is said.
LONGEST = 32 * 2**20

_LEAST_DICTIONARY = 2**16


class Unsaid(StrEnum):
    """Why there is no distance."""

    SHORT = "short"
    LONG = "long"


def distance(one: bytes, other: bytes) -> int:
    """NCD in parts of WHOLE: 0 is the same, WHOLE has nothing in common. The same both ways."""
    if one == other:
        return 0
    first, second = _size(one), _size(other)
    both = min(_size(one + other), _size(other + one))
    return _share(both - min(first, second), max(first, second))


def unseen(text: bytes, parents: Sequence[bytes]) -> int:
    """What of the text no parent tells, in parts of WHOLE: (C(parents, text) - C(parents)) / C(text).

    Unlike the distance it takes all parents at once, and an excerpt of a long parent has nothing unseen.
    """
    before = b"".join(parents)
    return _share(_size(before + text) - _size(before), _size(text))


def unsaid(texts: Sequence[bytes]) -> Unsaid | None:
    """Why nothing can be said of these texts together; None when it can."""
    if min(map(len, texts)) < SHORTEST:
        return Unsaid.SHORT
    return Unsaid.LONG if sum(map(len, texts)) > LONGEST else None


def _share(part: int, whole: int) -> int:
    """Between 0 and WHOLE: compressors miss the theory's bounds by a few bytes."""
    return min(max(part, 0) * WHOLE // whole, WHOLE) if whole else 0


def _size(text: bytes) -> int:
    dictionary = max(_LEAST_DICTIONARY, len(text))
    chain = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": dictionary}]
    return len(lzma.compress(text, format=lzma.FORMAT_RAW, filters=chain))

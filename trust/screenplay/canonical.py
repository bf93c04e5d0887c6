"""The one spelling of a heading or a name, whichever program wrote it.

Final Draft curls quotes and styles text in runs; Fountain keeps straight quotes and marks emphasis with `*`,
`_` and `\\`. None of that is content, so none of it reaches a leaf: two files of one script give one root.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Controls and format characters nobody can see on the page. ZWJ and ZWNJ stay: some scripts spell with them.
INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_EMPHASIS: Final = re.compile(r"[*_\\]")
_EXTENSION: Final = re.compile(r"\([^()]*\)")
_DASHES: Final = re.compile(r"-{2,}")
_TYPOGRAPHY: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)


def plain(text: str) -> str:
    """`text` on one line, without emphasis marks or invisible characters; case and letters as written."""
    return " ".join(_EMPHASIS.sub("", INVISIBLE.sub("", text)).split())


def canonical(text: str) -> str:
    """The spelling a leaf holds: NFC, upper case, straight quotes, single hyphens and single spaces.

    Give it bounded text only: Unicode normalisation is quadratic in a run of combining marks.
    """
    upper = unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain(text)).upper())
    return " ".join(_DASHES.sub("-", upper.translate(_TYPOGRAPHY)).split())


def speaker(cue: str) -> str:
    """The name in a character cue as a leaf holds it: no extensions such as (V.O.), no dual mark `^`."""
    return canonical(speaker_as_written(cue))


def speaker_as_written(cue: str) -> str:
    """The name in a character cue, in its own case. An extension that is never closed still ends the name."""
    # Twice, because an extension may hold one of its own: BOB (ON PHONE (V.O.)).
    name = _EXTENSION.sub(" ", _EXTENSION.sub(" ", cue))
    return " ".join(name.partition("(")[0].replace("^", " ").split())

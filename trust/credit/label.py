"""The credit's label for the end credits: the chain's own SVG, and a PNG of it."""

from __future__ import annotations

import tempfile
from io import BytesIO

from trust.errors import InputError

_WIDEST = 8_192
_FAMILY = "Aileron"


def png(svg: str, width: int = 960) -> bytes:
    """The label as a PNG, `width` pixels wide; the same bytes on every machine, whatever fonts it has.

    Raises InputError for a width that no picture has, or what isn't an SVG.
    """
    from resvg_py import svg_to_bytes

    if not 16 <= width <= _WIDEST:
        raise InputError(f"A label isn't {width} pixels wide.", hint=f"Give 16 to {_WIDEST}.")
    with tempfile.NamedTemporaryFile(suffix=".ttf") as font:
        font.write(_font())
        font.flush()
        try:
            return bytes(
                svg_to_bytes(
                    svg_string=svg,
                    width=width,
                    skip_system_fonts=True,
                    font_files=[font.name],
                    font_family=_FAMILY,
                    sans_serif_family=_FAMILY,
                )
            )
        except ValueError as cause:
            raise InputError("The label is not an SVG image.", hint="Ask another node for it.") from cause


def _font() -> bytes:
    """The font that Pillow carries (Aileron, public domain)."""
    from PIL import ImageFont

    found = ImageFont.load_default(size=16)
    source = getattr(found, "path", None)
    if not isinstance(source, BytesIO):
        # Pillow without FreeType has only a bitmap font.
        raise InputError("This Pillow has no font.", hint="Install Pillow with FreeType.")
    return source.getvalue()

"""What the demo shows for want of a model: a prompt, a draft and a picture. No model is called. Pure."""

from __future__ import annotations

from io import BytesIO

from trust.screenplay import Screenplay

MODEL = "example model 1"

_SIZE = (640, 360)
_STAGE, _LIGHT = (18, 16, 28), (250, 214, 150)
_QUALITY = 85


def prompt(screenplay: Screenplay) -> bytes:
    """What a writer asks a model for."""
    names = ", ".join(screenplay.characters)
    return f"Outline {_title(screenplay)} in {len(screenplay.scenes)} scenes, with {names}.\n".encode()


def machine_draft(screenplay: Screenplay) -> bytes:
    """What the model makes of it, in Fountain: where each scene is and who is there. Nobody says a word yet."""
    scenes = (
        f".{scene.heading}\n\n{' and '.join(scene.characters) or 'Nobody'} in this scene. Something changes.\n"
        for scene in screenplay.scenes
    )
    return f"Title: {_title(screenplay)}\n\n{chr(10).join(scenes)}".encode()


def still() -> bytes:
    """A picture of the lead's double, JPEG: somebody in a spotlight."""
    from PIL import Image, ImageDraw, ImageFilter

    width, height = _SIZE
    light = Image.new("L", _SIZE)
    beam = ImageDraw.Draw(light)
    beam.polygon(((width // 2, -40), (width // 4, height), (width * 3 // 4, height)), fill=120)
    beam.ellipse((width // 4, height - 70, width * 3 // 4, height + 20), fill=230)
    picture = Image.composite(
        Image.new("RGB", _SIZE, _LIGHT),
        Image.new("RGB", _SIZE, _STAGE),
        light.filter(ImageFilter.GaussianBlur(14)),
    )
    figure = ImageDraw.Draw(picture)
    middle = width // 2
    figure.ellipse((middle - 18, 150, middle + 18, 190), fill=_STAGE)
    figure.rounded_rectangle((middle - 28, 194, middle + 28, height - 30), 24, fill=_STAGE)
    made = BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def with_a_bit_changed(picture: bytes) -> bytes:
    """The same JPEG but for one bit of the picture itself, which the eye doesn't see; no marker comes or goes."""
    place = len(picture) - len(picture) // 10  # behind all tables, and the stamp
    while {0xFE, 0xFF} & set(picture[place - 1 : place + 2]):
        place += 1
    return picture[:place] + bytes([picture[place] ^ 1]) + picture[place + 1 :]


def _title(screenplay: Screenplay) -> str:
    return screenplay.title or "an untitled film"

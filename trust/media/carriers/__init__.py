"""Where each format keeps its credentials, and the file as it was without them."""

from trust.media.carriers.carrier import Carrier, Damaged
from trust.media.carriers.formats import Format, detect

__all__ = ["Carrier", "Damaged", "Format", "detect"]

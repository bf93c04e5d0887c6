"""What assets are, what humans do to them, and what an id stands for."""

from __future__ import annotations

from enum import IntEnum


# In the order of contracts/interfaces/IProvenance.sol.
class AssetKind(IntEnum):
    """What an asset is."""

    PROMPT = 0
    DRAFT = 1
    IMAGE = 2
    AUDIO = 3
    VIDEO = 4
    MODEL_OUTPUT = 5
    DATASET = 6
    STORYBOARD = 7
    DESIGN = 8
    PERFORMANCE = 9
    EDIT = 10
    MUSIC = 11
    EFFECT = 12


class Role(IntEnum):
    """What a human did, in the terms of copyright. Writing a prompt is none of these."""

    AUTHORSHIP = 0
    SELECTION = 1
    ARRANGEMENT = 2
    MODIFICATION = 3


class Form(IntEnum):
    """What an id stands for: an asset, a batch of what isn't proven yet, or a bundle of known ids of any form."""

    NONE = 0
    ASSET = 1
    BATCH = 2
    BUNDLE = 3

"""Screenplays: Fountain and Final Draft files into scenes, and scenes into the root a contract stores.

screenplay = read("script.fountain")
tree = breakdown(screenplay, load_secret("production.salt"))
tree.root, tree.proof(3)
"""

from trust.screenplay.merkle import DOMAIN, Breakdown, breakdown, leaf, salts, verifies
from trust.screenplay.model import Format, Scene, Screenplay
from trust.screenplay.report import SceneJson, ScreenplayJson, as_json
from trust.screenplay.secret import EXAMPLE_SECRET, load_secret, require_private, salt
from trust.screenplay.source import read

__all__ = [
    "DOMAIN",
    "EXAMPLE_SECRET",
    "Breakdown",
    "Format",
    "Scene",
    "SceneJson",
    "Screenplay",
    "ScreenplayJson",
    "as_json",
    "breakdown",
    "leaf",
    "load_secret",
    "read",
    "require_private",
    "salt",
    "salts",
    "verifies",
]

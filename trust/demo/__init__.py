"""The whole story on a local chain: one production, from a screenplay to four paydays."""

from trust.demo.errors import DemoFault, DemoStopped, FolderError
from trust.demo.play import DEFAULT_FOLDER, example_screenplay, play
from trust.demo.result import DemoResult

__all__ = [
    "DEFAULT_FOLDER",
    "DemoFault",
    "DemoResult",
    "DemoStopped",
    "FolderError",
    "example_screenplay",
    "play",
]

"""The HTTP API over an index: read-only, the same answers as the command line's."""

from trust.api.app import create_app
from trust.api.options import Options

__all__ = ["Options", "create_app"]

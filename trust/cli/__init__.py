"""The command line: one module for each noun."""

from trust.cli.app import app, main

__all__ = ["app", "main"]

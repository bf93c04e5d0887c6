"""What can end a demo early."""

from __future__ import annotations

from trust.errors import InputError, TrustError


class DemoFault(TrustError):  # noqa: N818 - named as IndexFault is
    """The demo saw something that the contracts rule out, or sums that differ."""


class DemoStopped(TrustError):  # noqa: N818 - to stop it is no error
    """Ctrl-C or a signal ended the demo."""

    exit_code = 130


class FolderError(InputError):
    """The demo won't write to that folder."""

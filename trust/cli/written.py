"""Files that commands read and write: whole, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from trust.errors import InputError

_MOST_BYTES = 2**30


def read_file(path: Path) -> bytes:
    """A file's bytes. Raises InputError when it can't be read or is too large for what is read whole."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(
                f"{path} is larger than {_MOST_BYTES >> 20:,} MiB.",
                hint="Give the file that was written here.",
            )
        return path.read_bytes()
    except OSError as cause:
        raise InputError(
            f"{path} can't be read: {cause.strerror}.", hint="Give the path of a file."
        ) from cause


def require_free(*paths: Path, force: bool) -> None:
    """Raises InputError when there is such a file already, unless it may be replaced, or a folder."""
    for path in paths:
        if path.is_dir():
            raise InputError(f"{path} is a folder.", hint="Give the path of a file as --out.")
        if path.exists() and not force:
            raise InputError(f"There is a file {path} already.", hint="Give another --out, or --force.")
    if len(set(paths)) < len(paths):
        raise InputError(f"{paths[0]} would be written twice.", hint="Give an --out that ends in .json.")


def write_whole(path: Path, content: bytes | str, *, force: bool = False) -> None:
    """Write a file beside its place, then move it there. Raises InputError when one is there, or it can't be."""
    write_together({path: content}, force=force)


def write_together(files: Mapping[Path, bytes | str], *, force: bool = False) -> None:
    """As `write_whole`, all of these or none."""
    require_free(*files, force=force)
    drafts = {path: path.with_name(path.name + ".part") for path in files}
    try:
        for path, content in files.items():
            drafts[path].write_bytes(content.encode() if isinstance(content, str) else content)
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as cause:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink()
        raise InputError(f"{path} can't be written: {cause.strerror}.", hint="Give another --out.") from cause

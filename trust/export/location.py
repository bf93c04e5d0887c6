"""Where Parquet files go: a folder, or whatever pyarrow knows by URL (s3://, gs://, abfss://, hdfs://, file://)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow import ArrowException, fs

from trust.errors import InputError

_HINT = "Give a folder, or a URL like s3://bucket/folder or gs://bucket/folder, and check its credentials."


class Location:
    """A folder, local or in an object store. A file is there whole or not at all."""

    def __init__(self, where: str) -> None:
        self._given = where
        self.shown = re.sub(r"//[^/@]*@", "//", where.split("?")[0])  # for people and logs: without keys
        with self._faults():
            if "://" in where:
                self._files, self._path = fs.FileSystem.from_uri(where)
            else:
                self._files, self._path = fs.LocalFileSystem(), str(Path(where).resolve())

    def read(self, name: str) -> bytes | None:
        """A file's content, None when there is none."""
        path = f"{self._path}/{name}"
        with self._faults():
            if self._files.get_file_info(path).type == fs.FileType.NotFound:
                return None
            with self._files.open_input_stream(path) as source:
                return bytes(source.read())

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, instead of what is there by that name."""
        path = f"{self._path}/{name}"
        with self._faults():
            if isinstance(self._files, fs.LocalFileSystem):
                _write_locally(Path(path), content)
                return
            # An object appears when its stream is closed, with all of it.
            with self._files.open_output_stream(path) as sink:
                sink.write(content)

    def names(self) -> list[str]:
        """Files below, by their path from here."""
        selector = fs.FileSelector(self._path, allow_not_found=True, recursive=True)
        with self._faults():
            found = self._files.get_file_info(selector)
        start = len(self._path.rstrip("/")) + 1
        return sorted(one.path[start:] for one in found if one.type == fs.FileType.File)

    def delete(self, name: str) -> None:
        """Remove a file."""
        with self._faults():
            self._files.delete_file(f"{self._path}/{name}")

    def _scrubbed(self, text: str) -> str:
        parts = urlsplit(self._given)
        for secret in (self._given, parts.password, parts.username, parts.query):
            text = text.replace(secret, "...") if secret else text
        return text

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ArrowException) as cause:
            said = self._scrubbed(str(cause)).splitlines() or [type(cause).__name__]
            # Not chained: pyarrow writes the URL, and with it any key, into its errors.
            raise InputError(f"{self.shown} can't be used: {said[0].rstrip('.')}.", hint=_HINT) from None


def _write_locally(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    with half.open("wb") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())
    half.replace(path)

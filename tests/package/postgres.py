"""A PostgreSQL of the tests' own, started as an ordinary user."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

_DEBIAN = Path("/usr/lib/postgresql")
_NUMBERS = count()


def programs() -> Path:
    """The folder with initdb and pg_ctl: Debian's newest, else where `initdb` on PATH is."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql, or put its initdb on PATH")
    return found[-1].parent if found else Path(str(on_path)).parent


class Postgres:
    """A server in `folder`, listening on this machine only; it forgets everything in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = listener.getsockname()[1]
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", self._data, "-U", "trust", "-A", "trust", "--no-sync", "-E", "UTF8",
                  "--locale=C.UTF-8")  # fmt: skip

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -p {self._port} -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-w", "-o", options, "start")

    def stop(self) -> None:
        """End it and all connections."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def new(self) -> str:
        """URL of a new, empty database."""
        name = f"keepers_{next(_NUMBERS)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", self._port, "-U", "trust", name)
        return f"postgresql://trust@127.0.0.1:{self._port}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(programs() / program), *map(str, arguments)]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd=self._folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)  # fmt: skip


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders can't be entered by another user
        server = Postgres(Path(name))
        server.start()
        yield server
        server.stop()

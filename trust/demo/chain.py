"""The demo's chain: an anvil in a session of its own, found again by a token when the demo was killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from json import loads
from pathlib import Path

from trust.chain.node import Node, find_anvil
from trust.demo.folder import CHAIN, CHAIN_LOG, write_json
from trust.demo.signals import deferred
from trust.errors import NodeUnreachable, SetupError

CHAIN_ID = 31337
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_TOKEN_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Chain:
    """A running anvil; `pid` is what to kill to stop it."""

    url: str
    pid: int


def start(folder: Path) -> Chain:
    """Start anvil and wait until it answers.

    A token in its command line tells it from whatever else may have its number later. The token is in the
    folder before anvil starts, so that a kill at any moment leaves no anvil that nobody finds.
    """
    token = str(secrets.randbelow(2**63 - 10**18) + 10**18)
    program, port = find_anvil(), _free_port()
    noted = {"token": token, "url": f"http://127.0.0.1:{port}"}
    write_json(folder / CHAIN, noted)
    pid = 0
    try:
        with deferred():
            pid = _spawn([str(program), *_arguments(port, token)], folder / CHAIN_LOG)
            write_json(folder / CHAIN, noted | {"pid": pid})
        chain = Chain(noted["url"], pid)
        _wait_until_it_answers(chain, folder / CHAIN_LOG)
    except BaseException:
        stop(folder, pid)
        raise
    return chain


def stop(folder: Path, child: int = 0) -> bool:
    """Stop the anvil that a demo in this folder started; true if there was one.

    `child` is its number when it was started just now: in its first moment it has no command line yet.
    """
    token = _token(folder)
    found = left = _running(token, child)
    number = signal.SIGTERM
    deadline = time.monotonic() + _STOP_SECONDS
    while left:
        for pid in left:
            _signal(pid, number)
        time.sleep(0.01)
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        left = _running(token, child)
    for pid in found:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
    return bool(found)


def _token(folder: Path) -> str:
    try:
        token = loads((folder / CHAIN).read_text())["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    good = isinstance(token, str) and len(token) == _TOKEN_DIGITS and token.isdigit()
    return token if good else ""


def _running(token: str, child: int) -> set[int]:
    found = set(_processes(token)) if token else set()
    return found | {child} if child and _is_our_living_child(child) else found


def _is_our_living_child(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def _spawn(command: list[str], log: Path) -> int:
    """Start a program in a session of its own, where Ctrl-C doesn't reach it, and return its number."""
    # Not a Popen: Python warns of those that outlive it, as a kept chain is meant to.
    files = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    )
    return os.posix_spawn(command[0], command, os.environ, file_actions=files, setsid=True, setsigmask=())


def _arguments(port: int, token: str) -> list[str]:
    # The seed only makes accounts that nobody uses here: it is the token's place.
    settings = ["--port", str(port), "--chain-id", str(CHAIN_ID), "--hardfork", "prague", "--silent"]
    return [*settings, "--mnemonic-seed-unsafe", token]


def _wait_until_it_answers(chain: Chain, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with Node(chain.url, retries=0, timeout_seconds=5.0) as probe:
        while time.monotonic() < deadline:
            if not _is_our_living_child(chain.pid):
                printed = log.read_text(errors="replace").strip()[:500]
                raise SetupError(f"anvil did not start: {printed}")
            try:
                probe.require_chain(CHAIN_ID)
            except NodeUnreachable:
                time.sleep(0.02)
            else:
                return
    raise SetupError(f"anvil did not answer within {_START_SECONDS:.0f} seconds at {chain.url}.")


def _processes(token: str) -> Iterator[int]:
    """Running processes that were started with the token."""
    wanted = f"--mnemonic-seed-unsafe {token}"
    for pid, command in _command_lines():
        if wanted in command:
            yield pid


def _command_lines() -> Iterator[tuple[int, str]]:
    proc = Path("/proc")
    if not (proc / "self" / "cmdline").exists():
        listed = subprocess.run(
            ["ps", "-Aww", "-o", "pid=,args="], capture_output=True, text=True, check=False
        )
        for line in listed.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            yield int(pid), command
        return
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:  # it has ended meanwhile
                continue
            yield int(entry.name), words.replace(b"\0", b" ").decode(errors="replace")


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

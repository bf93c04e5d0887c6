"""What every command has, found by walking the tree of commands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from trust.cli import app


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that is no group."""
    if hasattr(node, "commands"):
        for name, child in node.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield path


# Made once: CliRunner would make the whole tree anew for every call.
TREE = typer.main.get_command(app)
COMMANDS = sorted(commands(TREE))


def run(path: tuple[str, ...], option: str) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        TREE.main([*path, option], prog_name="trust")
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_walk_finds_the_commands() -> None:
    assert len(COMMANDS) > 60
    assert ("member", "recovery", "start") in COMMANDS


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_json_and_an_example(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path, "--help") == 0
    told, example = capsys.readouterr().out.split("Example:")
    assert "--json" in told
    assert f"trust {' '.join(path)}" in example
    used = {word for word in example.split() if word.startswith("--")}
    assert all(f"  {option} " in told for option in used), used


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_refuses_an_unknown_option_in_one_line(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path, "--no-such-option") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert f"trust {' '.join(path)} --help" in said.err


def test_help_starts_fast_and_loads_no_slow_module() -> None:
    code = (
        "import sys; sys.argv = ['trust', '--help']\n"
        "from trust.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'eth_account', 'eth_abi', 'web3', 'requests', 'rich.console'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert time.perf_counter() - started < 2.0  # 0.3 s on an idle machine


def test_importing_the_package_loads_none_of_its_parts() -> None:
    code = "import sys, trust; print([m for m in sys.modules if m.startswith(('trust.', 'eth_', 'web3'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_public_names_are_found_when_asked_for() -> None:
    import trust

    assert all(getattr(trust, name) is not None for name in trust.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = trust.no_such_name

"""Every error that the interfaces declare is asserted by some test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
INTERFACES = sorted((ROOT / "contracts" / "interfaces").glob("I*.sol"))


def declared() -> set[str]:
    """`Interface.Error`, without the interface's I."""
    found = set()
    for path in INTERFACES:
        for name in re.findall(r"^\s*error (\w+)\(", path.read_text(), re.M):
            found.add(f"{path.stem[1:]}.{name}")
    return found


def asserted() -> set[str]:
    """First arguments of `refused` in the bodies of tests."""
    found = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            for call in ast.walk(function):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == "refused"
                ):
                    error = call.args[0]
                    assert isinstance(error, ast.Constant), (
                        f"{path.name}: refused needs the error's name as it is"
                    )
                    found.add(error.value)
    return found


def test_every_declared_error_has_a_test() -> None:
    assert len(declared()) > 80
    missing = declared() - asserted()
    assert not missing, f"no test asserts: {', '.join(sorted(missing))}"


def test_no_test_asserts_an_error_that_its_interface_lacks() -> None:
    ours = {path.stem[1:] for path in INTERFACES}
    unknown = {error for error in asserted() if error.split(".")[0] in ours} - declared()
    assert not unknown, f"not declared: {', '.join(sorted(unknown))}"

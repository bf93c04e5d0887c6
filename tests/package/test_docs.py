"""The documents name only what exists, and show only what was measured."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path
    for path in sorted((ROOT / "contracts").rglob("*.sol"))
    if ".cache" not in path.relative_to(ROOT).parts
]
NAMED = re.compile(r"`(tests/[\w/.]+)::(\w+)`")
HEAD = re.compile(r"^(\d+)\. ", re.M)


@cache
def existing(path: Path) -> set[str]:
    word = "def" if path.suffix == ".py" else "function"
    return set(re.findall(rf"^\s*{word} (test\w*)\(", path.read_text(), re.M))


def budgets() -> dict[str, tuple[int, str]]:
    """`BUDGETS` of scripts/gas.py, without running it."""
    for node in ast.parse((ROOT / "scripts" / "gas.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BUDGETS":
            found: dict[str, tuple[int, str]] = ast.literal_eval(node.value)
            return found
    raise AssertionError("scripts/gas.py has no BUDGETS")


def gas_rows(document: Path) -> dict[str, list[str]]:
    """Rows of the table whose second column is gas, by operation."""
    table = document.read_text().split("| operation | gas | budget |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def row(name: str) -> list[str]:
    gas = json.loads((ROOT / "tests" / "gas.json").read_text())
    figures = json.loads((ROOT / "tools" / "peers" / "figures.json").read_text())
    peers = {**figures["measured"], **figures["cited"]}
    budget, peer = budgets().get(name, (None, ""))
    told = f"{peer} ({peers[peer]['gas']:,})" if peer in peers else peer
    return [f"{gas[name]:,}", f"{budget:,}" if budget else "", told]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    for file, test in NAMED.findall(path.read_text()):
        assert (ROOT / file).is_file(), f"{path.name} names {file}"
        assert test in existing(ROOT / file), f"{path.name} names {file}::{test}"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_invariants_are_numbered_and_each_is_shown_by_a_test() -> None:
    text = (ROOT / "docs" / "invariants.md").read_text()
    numbers = [int(number) for number in HEAD.findall(text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20
    for number, invariant in zip(numbers, HEAD.split(text)[2::2], strict=True):
        assert NAMED.search(invariant), f"invariant {number} names no test"


def test_every_rule_is_shown_or_says_why_not() -> None:
    lines = (ROOT / "docs" / "rules.md").read_text().splitlines()
    rules = [line for line in lines if line.startswith("| ") and not re.match(r"\| (#|rule) \|", line)]
    assert len(rules) > 40
    for rule in rules:
        assert NAMED.search(rule) or re.search(r"[Ii]ssue (\d|\()|[Nn]o issue yet", rule), rule


def test_every_contract_error_says_what_to_do() -> None:
    errors = 0
    for path in SOURCES:
        lines = path.read_text().splitlines()
        for before, line in pairwise(lines):
            if re.match(r"\s*error \w+\(", line):
                errors += 1
                assert before.strip().startswith("///"), f"{path.name}: {line.strip()}"
    assert errors > 80


def test_gas_document_shows_the_snapshot() -> None:
    gas = json.loads((ROOT / "tests" / "gas.json").read_text())
    assert gas_rows(ROOT / "docs" / "gas.md") == {name: row(name) for name in gas}


def test_readme_shows_the_snapshot_of_every_budget() -> None:
    assert gas_rows(ROOT / "README.md") == {name: row(name) for name in budgets()}

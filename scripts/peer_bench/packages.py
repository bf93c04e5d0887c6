"""The peers' packages as npm installs them into tools/peers: versions, and ready bytecode with its links."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "peers"


class PeersMissingError(Exception):
    """The peers' packages are not installed in the pinned versions."""


def pinned() -> dict[str, str]:
    """Package -> the exact version that tools/peers asks for."""
    manifest = json.loads((FOLDER / "package.json").read_text())
    versions: dict[str, str] = manifest["dependencies"]
    return versions


def missing() -> list[str]:
    """Packages that are not installed in the pinned version."""
    return [f"{package}@{version}" for package, version in pinned().items() if _found(package) != version]


def installed() -> bool:
    """Whether every peer can be run."""
    return not missing()


def require_installed() -> None:
    """Raises PeersMissingError, which says what to run."""
    if absent := missing():
        raise PeersMissingError(f"not installed: {', '.join(absent)}. Run tools/peers/install")


def _found(package: str) -> str | None:
    manifest = FOLDER / "node_modules" / package / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.is_file() else None


@dataclass(frozen=True, slots=True)
class PeerArtifact:
    """One contract of a peer. `links` and `run_links` map a library to byte offsets of its address."""

    name: str
    abi: list[dict[str, Any]] = field(repr=False)
    creation: str = field(repr=False)
    run_time: str = field(repr=False)
    links: dict[str, tuple[int, ...]]
    run_links: dict[str, tuple[int, ...]]


def read(package: str, path: str) -> Any:
    """A JSON file of an installed package."""
    return json.loads((FOLDER / "node_modules" / package / path).read_text())


@cache
def artifact(package: str, path: str) -> PeerArtifact:
    """An artifact file of an installed package, as forge or hardhat writes it."""
    entry = read(package, path)
    creation, links = _code(entry["bytecode"], entry.get("linkReferences"))
    run_time, run_links = _code(entry.get("deployedBytecode", ""), entry.get("deployedLinkReferences"))
    return PeerArtifact(Path(path).stem, entry["abi"], creation, run_time, links, run_links)


def linked(code: str, links: dict[str, tuple[int, ...]], libraries: dict[str, str]) -> bytes:
    """Bytecode (hex) with the libraries' addresses filled in."""
    for library, offsets in links.items():
        address = libraries[library].removeprefix("0x").lower()
        for offset in offsets:
            code = code[: offset * 2] + address + code[offset * 2 + 40 :]
    return bytes.fromhex(code)


def _code(code: Any, references: Any) -> tuple[str, dict[str, tuple[int, ...]]]:
    if isinstance(code, dict):  # forge nests both
        code, references = code["object"], code.get("linkReferences")
    links = {
        library: tuple(place["start"] for place in places)
        for libraries in (references or {}).values()
        for library, places in libraries.items()
    }
    return code.removeprefix("0x"), links

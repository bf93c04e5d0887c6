"""Files of assets and of openings, as JSON that a person can write and read.

    {"format": "likeness-trust/assets/1", "production": 1, "assets": [
      {"id": "@draft-2.fountain", "kind": "draft", "grant": 3, "prompt_author": 7,
       "contributions": [{"member": 7, "role": "authorship", "share": "60%", "evidence": "@notes.pdf"}],
       "machines": [{"model": "example 1", "share": "40%"}],
       "parents": ["0x..."]}]}

A hash is 0x and 64 hex digits, or @FILE for the salted commitment to a file beside it. A share is a percentage or basis
points. `grant`, `prompt_author`, `contributions`, `machines` and `parents` may be left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from trust.errors import InputError
from trust.model import GrantId, MemberId, ProductionId
from trust.provenance.asset import NO_GRANT, NOBODY, Asset, AssetKind, Contribution, Machine, Role, model_hash
from trust.provenance.batch import Opening
from trust.provenance.commitment import committed, read_content

E = TypeVar("E", bound=IntEnum)

ASSETS: Final = "likeness-trust/assets/1"
OPENING: Final = "likeness-trust/opening/1"
_SHAPE: Final = 'See `trust provenance register --help`, or docs/provenance.md, "Files of assets".'
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%")
_MOST_BYTES: Final = 2**28

_ASSET_KEYS: Final = {"id", "kind", "grant", "prompt_author", "contributions", "machines", "parents"}


def read_assets(path: Path, secret: bytes | None = None) -> tuple[Asset, ...]:
    """The assets of a file, in its order. `secret` salts the commitments of files it names with @.

    Raises InputError, which says where the file is wrong.
    """
    raw = _read(path, ASSETS)
    _known(raw, {"format", "production", "assets"}, str(path))
    production = ProductionId(_number(raw.get("production"), "production", 2**24))
    listed = raw.get("assets")
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{path} lists no assets.", hint=_SHAPE)
    reader = _Reader(path.parent, secret)
    return tuple(reader.asset(production, item, f"asset {number}") for number, item in enumerate(listed, 1))


def read_opening(path: Path) -> Opening:
    """An asset with its proof, as `opening_file` wrote it. Raises InputError."""
    raw = _read(path, OPENING)
    _known(raw, {"format", "production", "root", "asset", "proof"}, str(path))
    production = ProductionId(_number(raw.get("production"), "production", 2**24))
    reader = _Reader(path.parent, None)
    proof = raw.get("proof")
    if not isinstance(proof, list) or len(proof) > 64:
        raise InputError(f"{path} has no proof.", hint=_SHAPE)
    asset = reader.asset(production, raw.get("asset"), "the asset")
    return Opening(reader.hash(raw.get("root"), "root"), asset, tuple(reader.hash(p, "proof") for p in proof))


def opening_file(opening: Opening) -> str:
    """An opening as a file. It shows the asset's record: who holds it can show it on chain."""
    content = {
        "format": OPENING,
        "production": opening.asset.production,
        "root": _hex(opening.root),
        "asset": _plain(opening.asset),
        "proof": [_hex(node) for node in opening.proof],
    }
    return json.dumps(content, indent=2) + "\n"


def assets_file(assets: Sequence[Asset]) -> str:
    """Assets of one production as a file that `read_assets` reads; hashes in place of files."""
    content = {
        "format": ASSETS,
        "production": assets[0].production,
        "assets": [_plain(asset) for asset in assets],
    }
    return json.dumps(content, indent=2) + "\n"


class _Reader:
    """Reads one file's parts; `folder` is where its @FILEs are."""

    def __init__(self, folder: Path, secret: bytes | None) -> None:
        self._folder = folder
        self._secret = secret

    def asset(self, production: ProductionId, raw: Any, where: str) -> Asset:
        if not isinstance(raw, dict):
            raise InputError(f"{where} is no object.", hint=_SHAPE)
        _known(raw, _ASSET_KEYS, where)
        return Asset(
            production,
            self.hash(raw.get("id"), f"id of {where}"),
            _one_of(AssetKind, raw.get("kind"), f"kind of {where}"),
            _each(raw, "contributions", where, self._contribution),
            _each(raw, "machines", where, self._machine),
            _each(raw, "parents", where, self.hash),
            GrantId(_number(raw["grant"], f"grant of {where}", 2**64)) if raw.get("grant") else NO_GRANT,
            MemberId(_number(raw["prompt_author"], f"prompt author of {where}", 2**24))
            if raw.get("prompt_author")
            else NOBODY,
        )

    def _contribution(self, raw: Any, where: str) -> Contribution:
        _known(raw, {"member", "role", "share", "evidence"}, where)
        return Contribution(
            MemberId(_number(raw.get("member"), f"member of {where}", 2**24)),
            _one_of(Role, raw.get("role"), f"role of {where}"),
            _share(raw.get("share"), where),
            self.hash(raw.get("evidence"), f"evidence of {where}"),
        )

    def _machine(self, raw: Any, where: str) -> Machine:
        _known(raw, {"model", "share"}, where)
        model = raw.get("model")
        if not isinstance(model, str) or not model:
            raise InputError(f"{where} has no model.", hint="Give its name and version, or 0x and its hash.")
        named = bytes.fromhex(model[2:]) if _HASH.fullmatch(model) else model_hash(model)
        return Machine(named, _share(raw.get("share"), where))

    def hash(self, raw: Any, where: str) -> bytes:
        if isinstance(raw, str) and _HASH.fullmatch(raw):
            return bytes.fromhex(raw[2:])
        if not isinstance(raw, str) or not raw.startswith("@"):
            raise InputError(
                f"The {where} is not a hash: {raw!r}.", hint="Give 0x and 64 hex digits, or @FILE."
            )
        if self._secret is None:
            raise InputError(
                f"The {where} is a file, which needs the production's secret.",
                hint="Give --salt-file: an unsalted hash could be guessed.",
            )
        return committed(self._secret, read_content(self._folder / raw[1:]))


def _plain(asset: Asset) -> dict[str, Any]:
    return {
        "id": _hex(asset.id),
        "kind": asset.kind.name.lower(),
        "grant": asset.grant,
        "prompt_author": asset.prompt_author,
        "contributions": [
            {
                "member": part.member,
                "role": part.role.name.lower(),
                "share": part.share_bps,
                "evidence": _hex(part.evidence_hash),
            }
            for part in asset.contributions
        ],
        "machines": [{"model": _hex(part.model_hash), "share": part.share_bps} for part in asset.machines],
        "parents": [_hex(parent) for parent in asset.parents],
    }


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _read(path: Path, format: str) -> dict[str, Any]:
    try:
        raw = json.loads(read_content(path, _MOST_BYTES))
    except (ValueError, RecursionError) as cause:
        raise InputError(f"{path} is not JSON: {cause}.", hint=_SHAPE) from cause
    if not isinstance(raw, dict) or raw.get("format") != format:
        raise InputError(f"{path} is not a file of the format {format}.", hint=_SHAPE)
    return raw


def _known(raw: Any, names: set[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise InputError(f"{where} is no object.", hint=_SHAPE)
    if unknown := sorted(set(raw) - names):
        raise InputError(
            f"{where} has unknown {', '.join(unknown)}.", hint=f"Known: {', '.join(sorted(names))}."
        )


def _each(raw: Mapping[str, Any], name: str, where: str, read: Callable[[Any, str], Any]) -> tuple[Any, ...]:
    listed = raw.get(name, [])
    if not isinstance(listed, list):
        raise InputError(f"The {name} of {where} are no list.", hint=_SHAPE)
    return tuple(read(item, f"{name[:-1]} {number} of {where}") for number, item in enumerate(listed, 1))


def _number(raw: Any, where: str, below: int) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 < raw < below:
        raise InputError(f"The {where} is not a number: {raw!r}.", hint="Numbers run from 1.")
    return raw


def _share(raw: Any, where: str) -> int:
    match = _PERCENT.fullmatch(raw) if isinstance(raw, str) else None
    points = int(Decimal(match[1]) * 100) if match else raw
    if not isinstance(points, int) or isinstance(points, bool) or not 0 < points <= 10_000:
        raise InputError(
            f"{where} has no share: {raw!r}.", hint="Give a percentage like 62.5%, or basis points."
        )
    return points


def _one_of(kind: type[E], raw: Any, where: str) -> E:
    name = raw.upper().replace("-", "_").replace(" ", "_") if isinstance(raw, str) else ""
    if name not in kind.__members__:
        known = ", ".join(one.name.lower() for one in kind)
        raise InputError(f"There is no {where} {raw!r}.", hint=f"Known: {known}.")
    return kind[name]

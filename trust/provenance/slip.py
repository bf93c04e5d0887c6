"""What a studio hands over with machine-made material: all that its recipient needs to check it against the chain.

The slip has the material's own salt, which opens nothing else of the production. Who has slip and material can show
that they belong together; who has neither learns nothing from the hash on chain.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trust.errors import InputError
from trust.model import MaterialKind, ProductionId
from trust.provenance.commitment import commitment

FORMAT: Final = "likeness-trust/material/1"
_MOST_BYTES: Final = 16 * 1024
_HINT: Final = "Ask the studio for the slip again; `trust disclosure disclose --slip FILE` writes it."


@dataclass(frozen=True, slots=True)
class Slip:
    """A disclosed material. `material` is its commitment under `salt`; times in Unix seconds, hashes of 32 bytes."""

    chain_id: int
    contract: str
    production: ProductionId
    kind: MaterialKind
    material: bytes
    salt: bytes
    model: bytes
    work_starts: int

    def fits(self, content: bytes) -> bool:
        """Whether this is the material that the slip is about."""
        return hmac.compare_digest(commitment(self.salt, content), self.material)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        draft = path.with_name(path.name + ".part")
        try:
            draft.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
            draft.replace(path)
        except OSError as cause:
            draft.unlink(missing_ok=True)
            raise InputError(
                f"{path} can't be written: {cause}.", hint="Give a file in a folder that exists."
            ) from cause

    def as_json(self) -> dict[str, Any]:
        """The file's content."""
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "contract": self.contract,
            "production": self.production,
            "kind": self.kind.name,
            "materialHash": _hex(self.material),
            "salt": _hex(self.salt),
            "modelHash": _hex(self.model),
            "workStarts": self.work_starts,
        }


def load_slip(path: Path) -> Slip:
    """A slip's file. Raises InputError when it can't be used; says nothing of any material yet."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is too large for a slip.", hint=_HINT)
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise InputError(f"There is no file {path}.", hint=_HINT) from cause
    except (OSError, ValueError, RecursionError) as cause:
        raise InputError(f"{path} is not a slip.", hint=_HINT) from cause
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise InputError(f"{path} is not a slip of this version.", hint=_HINT)
    try:
        return Slip(
            chain_id=_number(raw["chainId"], 2**64),
            contract=str(raw["contract"]),
            production=ProductionId(_number(raw["production"], 2**24)),
            kind=MaterialKind[raw["kind"]],
            material=_hash(raw["materialHash"]),
            salt=_hash(raw["salt"]),
            model=_hash(raw["modelHash"]),
            work_starts=_number(raw["workStarts"], 2**40),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise InputError(f"{path} is damaged: {cause}.", hint=_HINT) from cause


def _number(value: Any, below: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
        raise ValueError(f"{value!r} is no number that fits")
    return value


def _hash(value: Any) -> bytes:
    found = bytes.fromhex(value.removeprefix("0x"))
    if len(found) != 32:
        raise ValueError(f"a hash has 32 bytes, not {len(found)}")
    return found


def _hex(value: bytes) -> str:
    return "0x" + value.hex()

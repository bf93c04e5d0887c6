"""Terms that many sign, as JSON files: what a studio states, and everybody's consent then contains word for word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trust.consent.files import from_json, to_json
from trust.consent.types import STRUCTS, Consent
from trust.errors import ConsentError
from trust.model import MemberId, PoolId

_FORMAT = "likeness-trust/terms/1"
#: The consent to each kind of terms.
_CONSENTS = {"BackgroundTerms": "BackgroundConsent", "CollectiveTerms": "CollectiveTrainingConsent"}


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of a kind (BackgroundTerms, CollectiveTerms). `pool` is their number, None until they are stated."""

    kind: str
    fields: Mapping[str, Any]
    pool: PoolId | None = None

    def consent(self, member: MemberId, units: int, nonce: int, deadline: int) -> Consent:
        """What a member signs. Raises ConsentError before the terms are stated."""
        if self.pool is None:
            raise ConsentError(
                "These terms have no number yet.", hint="State them first; `open` writes the number."
            )
        own = {"poolId": self.pool, "memberId": member, "units": units}
        once = {"nonce": nonce, "deadline": deadline}
        return Consent(_CONSENTS[self.kind], {**own, "terms": dict(self.fields), **once})

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        content = {
            "format": _FORMAT,
            "kind": self.kind,
            "pool": self.pool,
            "terms": to_json(dict(self.fields)),
        }
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(content, indent=2) + "\n")
        draft.replace(path)


def load_terms(path: Path, kind: str) -> Terms:
    """Read a file of terms of this kind. Raises ConsentError when it can't be used."""
    hint = "Give the file that `open` wrote."
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != _FORMAT or raw["kind"] != kind:
            raise ConsentError(f"{path} has no {kind}.", hint=hint)
        names = {name for _, name in STRUCTS[kind]}
        if set(raw["terms"]) != names:
            raise ConsentError(f"{path} has other fields than a {kind}.", hint=hint)
        pool = raw["pool"]
        return Terms(kind, from_json(kind, raw["terms"]), None if pool is None else PoolId(int(pool)))
    except FileNotFoundError as cause:
        raise ConsentError(f"There is no file {path}.", hint=hint) from cause
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise ConsentError(f"{path} is not a file of terms.", hint=hint) from cause

"""Disclosures, writers' rooms, provenance and credits: events into one hash.

No book is kept of them: views read their rows. So that the digest of two indexes that hold different rows of them
differs, all that they told goes into a chain of hashes, in the chain's order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from trust.index.books import Books
from trust.index.events import IndexedEvent

Handler = Callable[[Books, IndexedEvent], None]

_TOLD = (
    *("Disclosed", "DisclosureAcknowledged", "DisclosureContested", "ReportAnswered", "UndisclosedReported"),
    *("RoomOpened", "RoomResized", "RoomPoolOpened", "ContributionsStated"),
    *("WriterJoined", "WriterLeft", "SoleTeamDeclared", "SoleTeamEnded"),
    *("AssetRegistered", "Contributed", "MachineContributed", "Derived", "Bundled", "BatchCommitted"),
    *("ContributionConfirmed", "ContributionDisputed", "ArchiveDeclared", "SyntheticDepthCapped"),
    *("AuditorAccredited", "CreditRulesPublished", "CreditAttested", "CreditChallenged", "ChallengeRuled"),
    *("CreditIssued", "CreditSuperseded", "CreditRevoked"),
)


def _told(books: Books, event: IndexedEvent) -> None:
    told = [event.name, event.timestamp, event.args]
    text = json.dumps(told, default=_plain, sort_keys=True, separators=(",", ":"))
    books.transparency = sha256(books.transparency + text.encode()).digest()


def _plain(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"an event's field is {type(value).__name__}")
    return value.hex()


HANDLERS: dict[str, Handler] = dict.fromkeys(_TOLD, _told)

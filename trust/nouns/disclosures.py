"""Disclosures: machine-made material given to members, what they say to it, and what nobody disclosed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trust.consent import SignedConsent
from trust.errors import InputError
from trust.model import MaterialKind, MemberId, ProductionId
from trust.nouns.handle import Handle, Result

#: Recipients of one transaction: each takes 26,000 of the 16.7 million gas it may use.
MOST_RECIPIENTS = 500


class Disclosures:
    """What studios say of material, and members of what they were given. Members' statements are relayed."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def disclose(
        self,
        production: ProductionId,
        members: Sequence[MemberId],
        kind: MaterialKind,
        material: bytes,
        model: bytes,
        work_starts: int,
        *,
        key: str | None = None,
        simulate: bool = False,
    ) -> Result:
        """Disclose a material to these members; as the studio or a reporter. `work_starts` in Unix seconds.

        `material` is its salted commitment and `model` the model's hash, 32 bytes each. Raises InputError for more
        members than one transaction holds.
        """
        if len(members) > MOST_RECIPIENTS:
            raise InputError(
                f"One disclosure is to at most {MOST_RECIPIENTS} members, not {len(members)}.",
                hint="Disclose it to the rest in another.",
            )
        disclosure = {
            "productionId": production,
            "kind": kind,
            "workStarts": work_starts,
            "materialHash": material,
            "modelHash": model,
        }
        return self._handle.write(
            "Disclosures", "disclose", disclosure, list(members), key=key, simulate=simulate
        )

    def acknowledge(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a DisclosureAcknowledgement."""
        return self._relay("acknowledge", signed, simulate)

    def contest(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay a DisclosureContest."""
        return self._relay("contest", signed, simulate)

    def report(self, signed: SignedConsent, *, simulate: bool = False) -> Result:
        """Relay an UndisclosedReport."""
        return self._relay("reportUndisclosed", signed, simulate)

    def answer(
        self,
        production: ProductionId,
        member: MemberId,
        material: bytes,
        evidence: bytes,
        *,
        simulate: bool = False,
    ) -> Result:
        """Answer a report with the hash of evidence; as the studio or a reporter. Hashes of 32 bytes."""
        return self._handle.write(
            "Disclosures", "answerReport", production, member, material, evidence, simulate=simulate
        )

    def state(self, production: ProductionId, member: MemberId, material: bytes) -> dict[str, Any]:
        """What the contract knows of one material given to one member; a time that is 0 has not come."""
        return dict(self._handle.read("Disclosures", "stateOf", production, member, material))

    def _relay(self, function: str, signed: SignedConsent, simulate: bool) -> Result:
        message = dict(signed.consent.message)
        return self._handle.write("Disclosures", function, message, signed.signature, simulate=simulate)

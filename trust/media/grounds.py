"""What a stamp says, held against the chain: the use, the grant, the scene, and when the grant was in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from trust.index import Index
from trust.media.findings import Findings
from trust.media.statement import GrantStatement
from trust.media.verdict import Verdict
from trust.screenplay.merkle import verifies
from trust.views.base import moment
from trust.views.grant_facts import GrantFacts, GrantState, GrantUse, grant_facts, uses_in

_VERDICTS = {
    GrantState.IN_FORCE: Verdict.VALID,
    GrantState.REVOKED: Verdict.REVOKED,
    GrantState.EXPIRED: Verdict.EXPIRED,
    GrantState.CANCELLED: Verdict.EXPIRED,
    GrantState.SUSPENDED: Verdict.NO_LICENCE,
    GrantState.STRUCK: Verdict.NO_LICENCE,
    GrantState.NOT_YET: Verdict.NO_LICENCE,
}
_WORDS = {
    GrantState.IN_FORCE: "the grant {was} in force",
    GrantState.REVOKED: "the grant or its licence {was} revoked",
    GrantState.EXPIRED: "the grant or its licence {had} ended",
    GrantState.CANCELLED: "the production {was} cancelled, and its licences ended with it",
    GrantState.SUSPENDED: "the union's steward {had} suspended the licence",
    GrantState.STRUCK: "the union {was} on strike at this production",
    GrantState.NOT_YET: "the grant {had} not begun",
}
_THEN, _TODAY = {"was": "was", "had": "had"}, {"was": "is", "had": "has"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the grant stood at a moment (Unix seconds), and since when it was over, if it was."""

    at: int
    state: GrantState
    since: int | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the chain says: the use, and how the grant stood then and stands now."""

    use: GrantUse | None = None
    at_use: Standing | None = None
    now: Standing | None = None


def examine(
    index: Index,
    statement: GrantStatement,
    found: Findings,
    *,
    now: int | None,
    only_use: bool,
    scene: bytes | None,
    proof: tuple[bytes, ...] | None,
) -> Grounds:
    """Hold a statement against the chain, and add to the findings."""
    today = moment(index, now)
    facts = _grant(index, statement, found)
    if facts is None:
        return Grounds()
    use = _use(index, statement, found)
    _scene(facts, statement, scene, found)
    if use is None:
        return Grounds(now=_standing(facts, today))
    _breakdown(facts, use, proof, found)
    then = grant_facts(index, use.grant_id, before=use.place)
    assert then is not None, "the contracts record uses of grants only"
    grounds = Grounds(use, _standing(then, use.used_at), _standing(facts, today))
    _judge(grounds, found, only_use=only_use)
    return grounds


def _grant(index: Index, statement: GrantStatement, found: Findings) -> GrantFacts | None:
    deployment = index.deployment
    if statement.chain_id != deployment.chain_id:
        found.add(
            Verdict.NO_LICENCE,
            f"The stamp names a grant on chain {statement.chain_id}; this trust is on chain {deployment.chain_id}.",
        )
        return None
    if statement.contract.lower() != deployment.address("UsageLedger").lower():
        found.add(Verdict.NO_LICENCE, f"The stamp names another trust's ledger, {statement.contract}.")
        return None
    facts = grant_facts(index, statement.grant_id)
    if facts is None:
        found.add(
            Verdict.NO_LICENCE,
            f"There is no grant {statement.grant_id} on the chain up to block {index.status().block}.",
        )
        return None
    if facts.production_id != statement.production_id:
        found.add(
            Verdict.NO_LICENCE,
            f"Grant {facts.grant_id} is production {facts.production_id}'s; the stamp says {statement.production_id}.",
        )
    return facts


def _use(index: Index, statement: GrantStatement, found: Findings) -> GrantUse | None:
    tx, output = (bytes.fromhex(word[2:]) for word in (statement.usage_transaction, statement.output_hash))
    reported = uses_in(index, tx)
    of_grant = [use for use in reported if use.grant_id == statement.grant_id]
    use = next((use for use in of_grant if use.output_hash == output), None)
    if use is not None:
        found.note(
            f"Transaction {statement.usage_transaction} reports this very file as the output of a use of grant"
            f" {use.grant_id}, on {_day(use.used_at)}."
        )
        return use
    if of_grant:
        what = "reports a use of the grant, but with another output than this file"
    elif reported:
        others = ", ".join(str(number) for number in sorted({use.grant_id for use in reported}))
        what = f"reports uses of grant {others}, not of {statement.grant_id}"
    else:
        what = f"reports no use, up to block {index.status().block}"
    found.add(Verdict.NO_LICENCE, f"Transaction {statement.usage_transaction} {what}.")
    return None


def _scene(facts: GrantFacts, statement: GrantStatement, wanted: bytes | None, found: Findings) -> None:
    granted = "0x" + facts.scene_hash.hex()
    if statement.scene_hash != granted:
        found.add(
            Verdict.WRONG_SCENE,
            f"The stamp says scene {statement.scene_hash}; the member granted scene {granted}.",
        )
    if wanted is not None and wanted != facts.scene_hash:
        found.add(
            Verdict.WRONG_SCENE, f"The grant is for scene {granted}, not for the scene it was held against."
        )


def _breakdown(facts: GrantFacts, use: GrantUse, proof: tuple[bytes, ...] | None, found: Findings) -> None:
    """The contract asked for a proof when the grant was bought. Here one is asked for only where it tells more."""
    roots = facts.roots(facts.granted_at, use.used_at)
    if any(verifies(proof or (), root, facts.scene_hash) for root in roots):
        found.note("The grant's scene is in the production's breakdown.")
    elif proof is not None:
        found.add(
            Verdict.WRONG_SCENE,
            "The proof doesn't lead from the grant's scene to the production's breakdown.",
        )
    elif len(roots) > 1:
        found.note(
            "The breakdown changed between grant and use. The contract found the scene in it when the grant was"
            " bought; give the scene's proof to see whether it stayed."
        )
    else:
        found.note("The contract found the scene in the production's breakdown when the grant was bought.")


def _judge(grounds: Grounds, found: Findings, *, only_use: bool) -> None:
    assert grounds.at_use is not None
    assert grounds.now is not None
    then, today = grounds.at_use.state, grounds.now.state
    words = f"At the time of the use, {_day(grounds.at_use.at)}, {_WORDS[then].format_map(_THEN)}."
    found.add(_VERDICTS[then], words)
    since = f", since {_day(grounds.now.since)}" if grounds.now.since is not None else ""
    words = f"Now, {_day(grounds.now.at)}, {_WORDS[today].format_map(_TODAY)}{since}."
    if today is not GrantState.IN_FORCE and then is GrantState.IN_FORCE:
        words += " What was made before stays licensed; nothing new may be made."
    found.add(Verdict.VALID if only_use else _VERDICTS[today], words)


def _standing(facts: GrantFacts, at: int) -> Standing:
    return Standing(at, facts.state(at), facts.ended_at(at))


def _day(seconds: int) -> str:
    """A moment, UTC. The chain's times are 40 bits, which is past what a calendar here shows."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"

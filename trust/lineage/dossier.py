"""A copyright dossier: what the chain records of who made an asset, arranged by what copyright asks.

By the US Copyright Office (Copyright and Artificial Intelligence, Part 2: Copyrightability, January 2025) prompts alone
are not authorship; what a human authored and can be perceived in the output, and the human selection, arrangement and
modification of it, can be. So the prompt's author stands apart, and each role by itself. A dossier decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from trust.chain.rpc import hexed
from trust.evidence.logs import Event
from trust.lineage.evidence import LineageEvidence, ProvenLineage
from trust.lineage.family import BATCH, BUNDLE, CONFIRMED, DISPUTED, Relative
from trust.provenance.asset import AssetKind, Role

SOURCE = "US Copyright Office, Copyright and Artificial Intelligence, Part 2: Copyrightability (January 2025)"


_SIZES = {BUNDLE: "children", BATCH: "assets"}


class Answer(StrEnum):
    """What the member last said of the record."""

    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    UNANSWERED = "UNANSWERED"


@dataclass(frozen=True, slots=True)
class Fact:
    """Where in the chain a statement was recorded, and when (Unix seconds)."""

    block: int
    block_hash: str
    log: int
    transaction: str
    time: int


@dataclass(frozen=True, slots=True)
class HumanPart:
    """A member's contribution as the studio recorded it, and the member's answers to exactly that."""

    member: int
    role: str
    share_bps: int
    evidence_hash: str
    answer: Answer
    recorded: Fact
    answers: tuple[tuple[str, Fact], ...]


@dataclass(frozen=True, slots=True)
class MachinePart:
    """A model's part."""

    model_hash: str
    share_bps: int
    recorded: Fact


@dataclass(frozen=True, slots=True)
class Dispute:
    """A member says that the record is wrong about them, or leaves them out."""

    member: int
    reason_hash: str
    recorded: Fact


@dataclass(frozen=True, slots=True)
class Work:
    """An asset of the lineage. `generation` 0 is the dossier's own, `batched` when its batch was committed."""

    id: str
    generation: int
    kind: str
    production: int
    grant: int | None
    prompt_author: int | None
    depth: int
    since_human: int
    human_bps: int
    machine_bps: int
    parents: tuple[str, ...]
    recorded: Fact
    batched: Fact | None
    humans: tuple[HumanPart, ...]
    machines: tuple[MachinePart, ...]
    disputes: tuple[Dispute, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """Many assets under one root. BUNDLE: all known, `children` says which. BATCH: not proven when they were used."""

    id: str
    generation: int
    form: str
    size: int
    children: tuple[str, ...]
    recorded: Fact


@dataclass(frozen=True, slots=True)
class Dossier:
    """All facts, the asset first and then its ancestors by generation. `findings` say what they come to."""

    source: str
    chain_id: int
    generations: int | None
    first_block: int
    last_block: int
    last_time: int
    whole: bool
    works: tuple[Work, ...]
    roots: tuple[Root, ...]
    findings: tuple[str, ...]

    @property
    def work(self) -> Work:
        """The asset whose dossier this is."""
        return self.works[0]


def dossier(evidence: LineageEvidence, proven: ProvenLineage) -> Dossier:
    """The facts that evidence proves of its asset."""
    relatives = sorted(proven.family.values(), key=lambda one: (one.generation, one.id))
    works = tuple(_work(one, one.asset, proven) for one in relatives if one.asset is not None)
    roots = tuple(
        _root(one, event, proven) for one in relatives for event in one.founding if event.name in _SIZES
    )
    last = evidence.headers[-1]
    return Dossier(
        source=SOURCE,
        chain_id=evidence.deployment.chain_id,
        generations=evidence.generations,
        first_block=evidence.headers[0].number,
        last_block=last.number,
        last_time=last.timestamp,
        whole=proven.whole,
        works=works,
        roots=roots,
        findings=_findings(works),
    )


def _root(one: Relative, event: Event, proven: ProvenLineage) -> Root:
    return Root(
        id=hexed(one.id),
        generation=one.generation,
        form="BUNDLE" if event.name == BUNDLE else "BATCH",
        size=event.fields[_SIZES[event.name]],
        children=tuple(map(hexed, one.parents)),
        recorded=_fact(event, proven),
    )


def _work(one: Relative, asset: Event, proven: ProvenLineage) -> Work:
    fields = asset.fields
    humans = [_human(event, one.answers, proven) for event in one.contributions]
    machines = [
        MachinePart(hexed(event.fields["model_hash"]), event.fields["share_bps"], _fact(event, proven))
        for event in one.machines
    ]
    batch = proven.family.get(fields["batch_id"])
    committed = [event for event in batch.founding if event.name == BATCH] if batch else []
    return Work(
        id=hexed(one.id),
        generation=one.generation,
        kind=_name(AssetKind, fields["kind"]),
        production=fields["production_id"],
        grant=fields["grant_id"] or None,
        prompt_author=fields["prompt_author"] or None,
        depth=fields["depth"],
        since_human=fields["since_human"],
        human_bps=sum(part.share_bps for part in humans),
        machine_bps=sum(part.share_bps for part in machines),
        parents=tuple(map(hexed, one.parents)),
        recorded=_fact(asset, proven),
        batched=_fact(committed[0], proven) if committed else None,
        humans=tuple(humans),
        machines=tuple(machines),
        disputes=tuple(
            Dispute(event.fields["member_id"], hexed(event.fields["reason_hash"]), _fact(event, proven))
            for event in one.answers
            if event.name == DISPUTED
        ),
    )


def _human(event: Event, answers: Sequence[Event], proven: ProvenLineage) -> HumanPart:
    fields = event.fields
    own = [answer for answer in answers if _answers(answer, event)]
    last = own[-1].name if own else None
    said = {CONFIRMED: Answer.CONFIRMED, DISPUTED: Answer.DISPUTED, None: Answer.UNANSWERED}[last]
    return HumanPart(
        member=fields["member_id"],
        role=_name(Role, fields["role"]),
        share_bps=fields["share_bps"],
        evidence_hash=hexed(fields["evidence_hash"]),
        answer=said,
        recorded=_fact(event, proven),
        answers=tuple(
            (str(Answer.CONFIRMED if one.name == CONFIRMED else Answer.DISPUTED), _fact(one, proven))
            for one in own
        ),
    )


def _answers(answer: Event, event: Event) -> bool:
    """Whether a member's word is about this contribution: a confirmation names role and share, a dispute neither."""
    if answer.fields["member_id"] != event.fields["member_id"]:
        return False
    terms = ("role", "share_bps")
    return answer.name == DISPUTED or all(answer.fields[name] == event.fields[name] for name in terms)


def _fact(event: Event, proven: ProvenLineage) -> Fact:
    return Fact(
        event.block,
        hexed(proven.blocks[event.block]),
        event.log_index,
        hexed(proven.hashes[event.transaction]),
        proven.times[event.block],
    )


def _findings(works: Sequence[Work]) -> tuple[str, ...]:
    own = works[0]
    return (*_of_humans(own), *_of_machines(own, works), *_of_answers(own))


def _of_humans(own: Work) -> list[str]:
    if own.humans:
        roles = [role.name for role in Role if any(part.role == role.name for part in own.humans)]
        members = len({part.member for part in own.humans})
        said = (
            f"{_count(members, 'member')} recorded for {', '.join(roles).lower()}: {percent(own.human_bps)} of the "
            "work as recorded. Whether each is perceptible in the work is for its evidence to show."
        )
    else:
        said = "No human authorship, selection, arrangement or modification of this asset is recorded."
    found = [said]
    if own.prompt_author is not None:
        found.append(
            f"Member {own.prompt_author} wrote the prompt. Prompts alone are not authorship; this is recorded beside "
            "the contributions and adds nothing to them."
        )
    return found


def _of_machines(own: Work, works: Sequence[Work]) -> list[str]:
    if own.machines:
        made = (
            f"Machines made {percent(own.machine_bps)} as recorded, with {_count(len(own.machines), 'model')}"
        )
        found = [f"{made}: more than a minimal part made by a machine is to be disclosed in an application."]
    else:
        found = ["No machine took part in this asset itself, as recorded."]
    earlier = [work for work in works[1:] if work.machines]
    if earlier:
        found.append(
            f"{len(earlier)} of its {_count(len(works) - 1, 'recorded ancestor')} have machine parts; its synthetic "
            f"depth is {_number(own.depth)}, and generations since a human contributed are {_number(own.since_human)}."
        )
    return found


def _of_answers(own: Work) -> list[str]:
    confirmed = sum(part.answer is Answer.CONFIRMED for part in own.humans)
    found = []
    if own.humans:
        rest = "; the others rest on the studio's word." if confirmed < len(own.humans) else "."
        found.append(
            f"{confirmed} of {_count(len(own.humans), 'contribution')} confirmed by the member's own signature{rest}"
        )
    if own.disputes:
        found.append(f"{_count(len(own.disputes), 'dispute')} by members of this record: see below.")
    return found


def _name(kind: type[IntEnum], number: int) -> str:
    return next((one.name for one in kind if one == number), str(number))


def percent(bps: int) -> str:
    """Basis points as a percentage, exactly."""
    whole, part = divmod(bps, 100)
    return f"{whole}.{part:02d} %" if part else f"{whole} %"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _number(value: int) -> str:
    return "not proven" if value == 65_535 else str(value)

"""What is due, pure: claims in, jobs out. The same claims give the same jobs, so a repeat is harmless."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from trust.keeper.model import Job, Kind, Policy, Trouble
from trust.views.owed import Claim, Owed

T = TypeVar("T")

Items = frozenset[tuple[Kind, str]]


#: What must be done with before what follows: agents, plan, fund and union get all of a cycle in one transfer.
_STAGES: tuple[tuple[Kind, ...], ...] = (
    (Kind.PAYDAY, Kind.PUSH, Kind.SEATS),
    (Kind.SWEEP,),
    (Kind.AGENTS, Kind.REMIT),
)


def due(
    owed: Owed,
    policy: Policy,
    sizes: Mapping[Kind, int],
    busy: Items = frozenset(),
    troubles: Iterable[Trouble] = (),
    *,
    at_once: Collection[Kind] = (),
) -> Iterator[Job]:
    """Jobs for all that is due now, at most `sizes` items each.

    Pay is due once in a cycle, of the kinds `at_once` whenever there is any; what a wallet could not receive is
    due when its back-off has passed. `busy` items are in a job already.
    """
    troubled = {(one.kind, one.item): one for one in troubles}
    busy_kinds = {kind for kind, _ in busy}
    for stage in _STAGES:
        jobs = 0
        for kind in stage:
            chosen = [
                claim
                for claim in _claims(owed, kind)
                if _is_due(claim, owed, policy, kind in at_once)
                and (kind, claim.item) not in busy
                and _may_try(troubled.get((kind, claim.item)), owed, policy)
            ]
            for batch in batched(chosen, sizes[kind]):
                items = tuple(claim.item for claim in batch)
                yield Job(f"{kind}:{owed.cycle}:{digest(batch)}", kind, owed.cycle, items)
                jobs += 1
        if jobs or busy_kinds & set(stage):
            return


def _claims(owed: Owed, kind: Kind) -> Iterable[Claim]:
    by_kind = {
        Kind.PAYDAY: owed.members,
        Kind.PUSH: owed.chunks,
        Kind.SWEEP: owed.pools,
        Kind.AGENTS: owed.agents,
        Kind.REMIT: owed.productions,
    }
    return by_kind.get(kind, ())


def retry_at(tries: int, tried_at: int, policy: Policy) -> int:
    """When to try again after `tries` failures, the last at `tried_at` (Unix seconds)."""
    # Beyond 32 doublings the longest wait has long been reached.
    return tried_at + min(policy.retry_first << min(tries - 1, 32), policy.retry_most) if tries else tried_at


def digest(claims: Sequence[Claim]) -> str:
    """Names claims: another one each time that they were paid or tried since."""
    text = "\n".join(f"{claim.item} {claim.paid_in} {claim.tried_at}" for claim in claims)
    return sha256(text.encode()).hexdigest()[:32]


def halves(job: Job) -> tuple[Job, ...]:
    """The job as two; itself alone when it has one item."""
    return pieces(job, 2)


def pieces(job: Job, count: int) -> tuple[Job, ...]:
    """The job as `count` jobs, or as many as it has items."""
    size = -(-len(job.items) // count)
    return tuple(with_items(job, part) for part in batched(job.items, size))


def with_items(job: Job, items: Sequence[str]) -> Job:
    """The job for some of its items."""
    if tuple(items) == job.items:
        return job
    mark = sha256(" ".join((job.key, *items)).encode()).hexdigest()[:32]
    return Job(f"{job.kind}:{job.cycle}:{mark}", job.kind, job.cycle, tuple(items))


def later(job: Job, cycle: int) -> Job:
    """The job as one of a later cycle."""
    mark = sha256(f"{job.key} {cycle}".encode()).hexdigest()[:32]
    return Job(f"{job.kind}:{cycle}:{mark}", job.kind, cycle, job.items)


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Tuples of at most `size`."""
    iterator = iter(items)
    while batch := tuple(islice(iterator, size)):
        yield batch


def _is_due(claim: Claim, owed: Owed, policy: Policy, at_once: bool) -> bool:
    if claim.held:
        return owed.now >= retry_at(claim.tries, claim.tried_at, policy)
    return at_once or claim.paid_in < owed.cycle


def _may_try(trouble: Trouble | None, owed: Owed, policy: Policy) -> bool:
    if trouble is None:
        return True
    if trouble.kind is Kind.PUSH:  # its seats were paid instead, which is enough for that cycle
        return trouble.tried_at < owed.began
    return owed.now >= retry_at(trouble.tries, trouble.tried_at, policy)

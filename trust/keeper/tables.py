"""The keeper's rows: jobs under lease, runs, troubles. Every change of a job checks its lease and fence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from trust.keeper.database import Database, Row, packed
from trust.keeper.due import Items
from trust.keeper.model import Job, Kind, Run, Trouble, Work

_PLAN = "plan"
_FORGET_SECONDS = 7 * 24 * 3600


class LeaseLost(Exception):  # noqa: N818 - not an error: another keeper goes on with it
    """The lease ran out, or another keeper has it."""


class Tables:
    """The rows of one deployment, as one keeper, `owner`, may change them. `lease` in seconds."""

    def __init__(self, database: Database, scope: str, owner: str, lease: float) -> None:
        self._database = database
        self._scope = scope
        self._owner = owner
        self._lease = lease

    # Planning

    @contextmanager
    def planning(self) -> Iterator[Callable[[Callable[[Items], Iterable[Job]]], int] | None]:
        """The right to plan, while inside; None when another keeper has it.

        Planning takes what is busy and gives jobs; their number comes back. Raises LeaseLost if it took too long.
        """
        with self._database.transaction():
            taken = self._run("take_lease", name=_PLAN)
        if not taken:
            yield None
            return
        fence = taken[0]["fence"]

        def plan(make: Callable[[Items], Iterable[Job]]) -> int:
            with self._database.transaction():
                if not self._run("hold_lease", name=_PLAN, fence=fence):
                    raise LeaseLost
                jobs = list(make(busy_items(self.open())))
                for job in jobs:
                    self._add(job)
            return len(jobs)

        try:
            yield plan
        finally:
            self._run("drop_lease", name=_PLAN)

    def weight(self, kind: Kind) -> int | None:
        """The most gas an item took in the latest runs of a kind; None before the first."""
        (row,) = self._run("heaviest", kind=kind)
        return None if row["per_item"] is None else int(row["per_item"])

    def troubles(self) -> list[Trouble]:
        """Items that no call can include."""
        return [
            Trouble(Kind(row["kind"]), row["item"], row["tries"], row["tried_at"], row["why"])
            for row in self._run("troubles")
        ]

    # Work

    def open(self) -> list[Work]:
        """All jobs that are not final, whoever has them."""
        return [_work(row) for row in self._run("open_work")]

    def mine(self) -> list[Work]:
        """Jobs under this keeper's lease, the oldest first."""
        return [_work(row) for row in self._run("mine")]

    def beat(self) -> None:
        """Lengthen the leases of this keeper's jobs."""
        self._run("beat")

    def claim(self, limit: int) -> list[Work]:
        """Take up to `limit` jobs that nobody has."""
        with self._database.transaction():
            keys = [row["key"] for row in self._run("free_work", limit=limit)]
            for key in keys:
                self._run("claim", key=key)
            return [work for work in self.mine() if work.job.key in keys]

    def note(self, work: Work, intent: str, hashes: Sequence[str]) -> Work:
        """Keep how the job is sent, before it is. Raises LeaseLost."""
        with self._held(work):
            self._run("note_intent", key=work.job.key, intent=intent, hashes=packed(hashes))
        return Work(work.job, work.fence, intent, tuple(hashes))

    def replace(self, work: Work, jobs: Sequence[Job]) -> None:
        """Put others in a job's place, for whoever claims them. Raises LeaseLost."""
        with self._held(work):
            self._run("drop_work", key=work.job.key)
            for job in jobs:
                self._add(job)

    def finish(self, work: Work, run: Run) -> None:
        """Keep what a final job did. Raises LeaseLost."""
        job = work.job
        with self._held(work):
            values = {name: getattr(run, name) for name in Run.__slots__ if name not in ("items", "fee_wei")}
            self._run("add_run", items=len(job.items), fee_wei=str(run.fee_wei), **values)
            self._run("drop_work", key=job.key)
            for trouble in self.troubles():
                if trouble.kind is job.kind and trouble.item in job.items:
                    self._run("end_trouble", kind=trouble.kind, item=trouble.item)

    def set_aside(
        self, work: Work, item: str, why: str, chain_time: int, instead: Sequence[Job] = ()
    ) -> None:
        """Give up a job of one item, until its back-off has passed; plan `instead`. Raises LeaseLost."""
        with self._held(work):
            self._run("drop_work", key=work.job.key)
            self._run("add_trouble", kind=work.job.kind, item=item, tried_at=chain_time, why=why)
            for job in instead:
                self._add(job)

    def release(self) -> None:
        """Give back all leases and leave."""
        with self._database.transaction():
            self._run("release_work")
            self._run("drop_lease", name=_PLAN)
            self._run("gone", before=self._database.now() - _FORGET_SECONDS)

    def seen(self, head: int, waits: Sequence[str]) -> None:
        """Leave a sign of life, for `status`."""
        self._run("seen", head=head, waits=packed(waits))

    @contextmanager
    def _held(self, work: Work) -> Iterator[None]:
        """A transaction in which the lease is certain."""
        with self._database.transaction():
            if not self._run("hold_work", key=work.job.key, fence=work.fence):
                raise LeaseLost
            yield

    def _add(self, job: Job) -> None:
        self._run("add_work", key=job.key, kind=job.kind, cycle=job.cycle, items=packed(job.items))

    def _run(self, query: str, **values: Any) -> list[Row]:
        now = self._database.now()
        common = {"scope": self._scope, "owner": self._owner, "now": now, "until": now + self._lease}
        return self._database.run(query, **common, **values)


def busy_items(open_work: Iterable[Work]) -> Items:
    """Items of jobs that are not final."""
    return frozenset((work.job.kind, item) for work in open_work for item in work.job.items)


def _work(row: Row) -> Work:
    job = Job(row["key"], Kind(row["kind"]), int(row["cycle"]), tuple(json.loads(row["items"])))
    return Work(job, int(row["fence"]), row["intent"], tuple(json.loads(row["hashes"])))

"""A dataset against the chain: each item's verdict, the dataset's root, and the runs that were recorded on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trust.errors import IndexFault, InputError
from trust.index import Index
from trust.training.manifest import Item
from trust.training.tree import bundled, dataset, holds
from trust.training.verdicts import UNPROVEN, Claim, Judged, Setting, Verdict, judge
from trust.views.training import (
    USES,
    DatasetRun,
    Declaration,
    PooledRecord,
    dataset_runs,
    declarations,
    depths,
    pooled_records,
    production_closed,
    training_rights,
)

#: What a run is asked for unless it says otherwise.
GENERATIVE = "cawg.ai_generative_training"


@dataclass(frozen=True, slots=True)
class Checked:
    """A dataset, judged. `root` is that of its items in their order, `runs` those recorded on it by the last block."""

    production: int
    use: str
    at: int
    root: bytes
    items: tuple[Judged, ...]
    runs: tuple[DatasetRun, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many of each."""
        counted = Counter(one.verdict for one in self.items)
        return {verdict: counted[verdict] for verdict in Verdict}

    @property
    def licensed(self) -> bool:
        """Whether all of it is."""
        return all(one.verdict is Verdict.LICENSED for one in self.items)


def check(
    index: Index,
    items: Sequence[Item],
    production: int,
    *,
    use: str = GENERATIVE,
    at: int | None = None,
    archives: Iterable[Sequence[Item]] = (),
    bundle_size: int | None = None,
) -> Checked:
    """Judge items for a production's training run at `at` (Unix seconds; None is the index's last block).

    `archives` are lists of the items of declared archives: an item in one counts as declared, whatever the manifest
    says. `bundle_size`: as `bundled` has it. Raises InputError for an unknown production, use or archive, IndexFault
    for an empty index.
    """
    if use not in USES:
        raise InputError(f"{use!r} is not a use.", hint=f"Known: {', '.join(USES)}.")
    with index.reading():
        latest = index.latest()
        if latest is None:
            raise IndexFault("The index is empty.", hint="Sync it first.")
        time = latest if at is None else at
        closed = production_closed(index, production, time)
        rights = training_rights(index, production, time)
        declared = declarations(index, time)
        listed = _listed(archives, declared)
        wanted = {one.item for one in items}
        records = pooled_records(index, wanted, time)
        capped = any(right.max_depth is not None for some in rights.values() for right in some)
        known = depths(index, wanted, time) if capped else {}
        root = bundled([one.item for one in items], bundle_size).root
        runs = dataset_runs(index, root)
    setting = Setting(production, use, time, closed, rights, lambda one: known.get(one, UNPROVEN))
    judged = tuple(_judged(one, records, declared, listed, setting) for one in items)
    return Checked(production, use, time, root, judged, runs)


def _listed(
    archives: Iterable[Sequence[Item]], declared: Mapping[bytes, list[Declaration]]
) -> dict[bytes, list[Declaration]]:
    """By item, the declarations of the archives that list it."""
    found: dict[bytes, list[Declaration]] = {}
    for archive in archives:
        root = dataset(one.item for one in archive).root
        if root not in declared:
            raise InputError(
                f"No member had declared the archive that begins at {archive[0].where}: its root is 0x{root.hex()}.",
                hint="Give the list as it was declared, items in their order, or an earlier or later --at.",
            )
        for one in archive:
            found.setdefault(one.item, []).extend(declared[root])
    return found


def _judged(
    item: Item,
    records: Mapping[bytes, list[PooledRecord]],
    declared: Mapping[bytes, list[Declaration]],
    listed: Mapping[bytes, list[Declaration]],
    setting: Setting,
) -> Judged:
    words = list(listed.get(item.item, ()))
    if item.archive is not None:
        shown = "0x" + item.archive.hex()
        if not holds(item.archive, item.item, item.proof):
            return Judged(item, Verdict.UNKNOWN, f"its proof doesn't lead to the archive {shown}")
        words += [one for one in declared.get(item.archive, ()) if one not in words]
    claims: dict[int, Claim] = {}
    for record in records.get(item.item, ()):
        claims.setdefault(record.member_id, Claim(record.member_id)).records.append(record)
    for word in words:
        claims.setdefault(word.member_id, Claim(word.member_id)).declared.append(word)
    return judge(item, list(claims.values()), setting)

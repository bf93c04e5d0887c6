"""The end of a backfill: the rows beside the index become the index, in one transaction."""

from __future__ import annotations

from trust.backfill.tables import Tables
from trust.errors import IndexFault
from trust.index.store import Counts, Cursor

# Any number: whoever puts rows in their place takes this lock first.
_PLACE_LOCK = 7_051_989


def put_in_place(tables: Tables) -> bool:
    """Index the rows, set the cursor, and move all into the index. False when another worker is at it.

    Raises IndexFault when the index isn't empty any more.
    """
    db = tables.db
    values = {"lock": _PLACE_LOCK, "schema": tables.home.aside}
    if not db.rows("SELECT pg_try_advisory_lock(:lock, hashtext(:schema)) AS held", values)[0]["held"]:
        return False
    unlinked = tables.unlinked()
    if unlinked is not None:
        raise IndexFault(
            f"The range from block {unlinked} does not follow the one before it.",
            hint="Drop the backfill and plan it again.",
        )
    tables.store.build_indexes()
    db.change("ANALYZE")
    with db.writing():
        _set_cursor(tables)
        _move(tables)
    return True


def _set_cursor(tables: Tables) -> None:
    found = tables.progress()
    plan = found.plan
    tables.store.place(
        Cursor(plan.last, plan.last_hash, plan.last_time),
        Counts(found.events, found.transfers, plan.last if plan.proven else plan.first - 1),
    )


def _move(tables: Tables) -> None:
    db, home = tables.db, tables.home
    cursor = f'"{home.schema}".cursor'
    db.change(f"LOCK TABLE {cursor} IN ACCESS EXCLUSIVE MODE")
    if reached := db.rows(f"SELECT number FROM {cursor}"):
        raise IndexFault(
            f"{home.shown} was read up to block {reached[0]['number']} while the backfill ran.",
            hint="`trust index sync` goes on from there; `trust index backfill drop` forgets the backfill.",
        )
    there, ours = tables.relations(home.schema), tables.relations(home.aside)
    for kind in ("VIEW", "BASE TABLE"):
        replaced = [f'"{home.schema}"."{name}"' for name in ours if there.get(name) == kind]
        if replaced:
            db.change(f"DROP {kind.removeprefix('BASE ')} {', '.join(replaced)}")
    for name, kind in ours.items():
        what = kind.removeprefix("BASE ")
        db.change(f'ALTER {what} "{home.aside}"."{name}" SET SCHEMA "{home.schema}"')
    db.change(f'DROP SCHEMA "{home.aside}" CASCADE')

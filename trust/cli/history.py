"""trust history: every use of a replica, as tables, JSON, CSV or Parquet."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust.cli import parse
from trust.cli.command import option
from trust.cli.screenplay import private_breakdown
from trust.cli.session import Session
from trust.cli.show import Answer, Table, dollars, moment, short
from trust.errors import InputError
from trust.model import AssetClass, GrantId, MemberId, PoolId, ProductionId

if TYPE_CHECKING:
    from trust.views import Use, UseFilter

_LIMIT = 100
_COLUMNS = ("Used", "Licence", "Grant", "Kind", "Iterations", "Seconds", "Paid", "Output")


def history(
    session: Session,
    production: Annotated[
        ProductionId | None, option("--production", "NUMBER", "Only this one's.", parse.production)
    ] = None,
    member: Annotated[MemberId | None, option("--member", "NUMBER", "Only this one's.", parse.member)] = None,
    grant: Annotated[GrantId | None, option("--grant", "NUMBER", "Only this one's.", parse.grant)] = None,
    pool: Annotated[PoolId | None, option("--pool", "NUMBER", "Only this crowd's.", parse.pool)] = None,
    scene: Annotated[
        str | None, option("--scene", "HASH-OR-NUMBER", "Only this scene's; a number needs the two below.")
    ] = None,
    screenplay: Annotated[
        Path | None, option("--screenplay", "FILE", "The script, .fountain or .fdx...")
    ] = None,
    salt_file: Annotated[Path | None, option("--salt-file", "FILE", "...and the production secret.")] = None,
    asset_class: Annotated[
        AssetClass | None,
        option("--asset-class", "CLASS", "Only active, or only passive.", parse.choice(AssetClass)),
    ] = None,
    since: Annotated[int | None, option("--since", "TIME", "Reported then or later.", parse.when)] = None,
    until: Annotated[int | None, option("--until", "TIME", "Reported before then.", parse.when)] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Most uses to show; else 100.", show_default=False)
    ] = None,
    after: Annotated[
        str | None, option("--after", "BLOCK:LOG", "Go on after this use, as the page before said.")
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma separated values; amounts in base units.")
    ] = False,
    parquet: Annotated[
        Path | None, option("--parquet", "FILE", "All of them into a Parquet file; amounts in base units.")
    ] = None,
) -> Answer | None:
    """Show uses of replicas, oldest first. Filters add up: a use is shown if all hold.

    Times are of the block that a use was reported in, so that a month that is over gets no more uses. When a use
    took place is in its own column, at most the rate card's days to report earlier.
    """
    from trust.views import UseFilter

    _one_output(session, as_csv, parquet, whole=limit is None and after is None)
    wanted = UseFilter(
        production=production,
        member=member,
        grant=grant,
        pool=pool,
        scene=_scene(scene, screenplay, salt_file),
        asset_class=None if asset_class is None else asset_class.name,
        since=since,
        until=until,
    )
    if parquet is not None:
        return _export(session, wanted, parquet, newest)
    return _page(session, wanted, newest, limit or _LIMIT, place_after(after), as_csv)


def write_csv(names: Iterable[str], rows: Iterable[dict[str, Any]]) -> None:
    """Rows on standard output, under their names."""
    writer = csv.DictWriter(sys.stdout, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _one_output(session: Session, as_csv: bool, parquet: Path | None, *, whole: bool) -> None:
    if as_csv and (session.as_json or parquet):
        raise InputError(
            "One output can't be CSV and something else.", hint="Give --csv, --json or --parquet."
        )
    if parquet is not None and not whole:
        hint = "Leave out --limit and --after; --since and --until cut it by time."
        raise InputError("A Parquet file holds all uses that match.", hint=hint)


def _page(
    session: Session, wanted: UseFilter, newest: bool, limit: int, after: tuple[int, int] | None, as_csv: bool
) -> Answer | None:
    from trust.views import Use, usage_page

    page = usage_page(session.index, wanted, newest=newest, limit=limit, after=after)
    data = page.as_json()
    following = f"{page.next[0]}:{page.next[1]}" if page.next else None
    if as_csv:
        write_csv(Use.__dataclass_fields__, data["uses"])
        if following:
            session.say(f"There is more: --after {following}")
        return None
    more = [f"There is more: --after {following}"] if following else []
    shown = _table(page.uses) if page.uses else "No uses."
    return Answer(data | {"after": following}, [shown, *more])


def _export(session: Session, wanted: UseFilter, path: Path, newest: bool) -> Answer:
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from trust.views.export import write_parquet

    columns = (
        TextColumn("Writing uses"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,}"),
        TimeRemainingColumn(),
    )
    index = session.index
    first, last = index.deployment.block, index.status().block or index.deployment.block
    with session.progress(*columns) as bar:
        task = bar.add_task("", total=last - first + 1, rows=0)

        def tell(rows: int, block: int) -> None:
            bar.update(task, completed=last - block + 1 if newest else block - first + 1, rows=rows)

        rows = write_parquet(index, path, wanted, newest=newest, progress=tell)
    return Answer({"file": path, "rows": rows}, [f"{rows:,} uses written to {path}."])


def _table(uses: Sequence[Use]) -> Table:
    rows = [
        (moment(use.used_at), *_used(use), use.kind.lower().replace("_", " "), str(use.iterations),
         "" if use.output_seconds is None else str(use.output_seconds), dollars(use.gross), short(use.output_hash))
        for use in uses
    ]  # fmt: skip
    return Table(_COLUMNS, rows, frozenset({4, 5, 6}))


def _used(use: Use) -> tuple[str, str]:
    """Whose replica, and by which grant."""
    if use.pool_id is not None:
        return f"{use.production_id}/{use.units:,} units", f"pool {use.pool_id}"
    return f"{use.production_id}/{use.member_id}", str(use.grant_id)


def _scene(text: str | None, screenplay: Path | None, salt_file: Path | None) -> bytes | None:
    """A scene's hash, as given or from the script."""
    if text is None or not re.fullmatch(r"[0-9]{1,6}", text):
        if screenplay is not None or salt_file is not None:
            raise InputError("Which scene of the script?", hint="Give --scene NUMBER.")
        return None if text is None else parse.hash32(text)
    if screenplay is None or salt_file is None:
        hint = "Give --screenplay FILE and --salt-file FILE, or the scene's hash."
        raise InputError(f"Scene {text} of which script?", hint=hint)
    script, tree = private_breakdown(screenplay, salt_file)
    if not 1 <= int(text) <= len(tree.leaves):
        raise InputError(
            f"{screenplay} has no scene {text}.", hint=f"Its scenes are numbered 1 to {len(script.scenes)}."
        )
    return tree.leaves[int(text) - 1]


def place_after(after: str | None) -> tuple[int, int] | None:
    """Where the page before ended, as it said."""
    if after is None:
        return None
    match = re.fullmatch(r"([0-9]{1,12}):([0-9]{1,9})", after)
    if not match:
        raise InputError(
            f"{after!r} is no place in the history.", hint="Give BLOCK:LOG as the page before said."
        )
    return int(match[1]), int(match[2])

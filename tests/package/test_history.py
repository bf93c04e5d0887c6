"""The history under every filter, page by page, against a filter of all uses one by one; and as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import Postgres
from test_index_story import DOLLAR, SCENE, Story, played
from test_views_same import everything

from trust.errors import InputError
from trust.index import Index
from trust.views import Use, UseFilter, export, production, usage_history, usage_page, use_places
from trust.views.export import write_parquet

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
from history_bench.fill import fill, opened

MADE_UP = 4_000
Seats = dict[tuple[int, int], tuple[tuple[int, int], tuple[int, int]]]
FOREVER = (2**62, 0)
_MOST_PAGES = 8


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("story"), everything) as story:
        yield story


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def where(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Callable[[], Path | str]:
    """Makes a new place each time."""
    if request.param == "postgres":
        return postgres.new
    return lambda: tmp_path_factory.mktemp("index") / "i.db"


@pytest.fixture(scope="module")
def index(story: Story, where: Callable[[], Path | str]) -> Iterator[Index]:
    with Index(where(), story.deployment, story.chain.node) as index:
        index.sync()
        yield index


@pytest.fixture(scope="module")
def years(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, where: Callable[[], Path | str]
) -> Iterator[Index]:
    """Made-up years of many productions and crowds, on the same kind of database."""
    place = where()
    fill(place, MADE_UP)
    with opened(place) as index:
        yield index


@pytest.fixture(params=["by grant", "walking", "walking on"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small data would only ever be searched in one way. A walk ends early, and the rest is found by grant."""
    if request.param != "by grant":
        walk(monkeypatch, short=1 if request.param == "walking" else 40)


def walk(monkeypatch: pytest.MonkeyPatch, short: int) -> None:
    """Search as among millions: what is longer than `short` uses is not walked through."""
    monkeypatch.setattr(use_places, "_FEW", 0)
    monkeypatch.setattr(use_places, "_LEAST", 1)
    monkeypatch.setattr(use_places, "_PAGES", (1, 3))
    monkeypatch.setattr(use_places, "_SHORT", short)
    monkeypatch.setattr(use_places, "_END", 3)


class Whole:
    """All uses of an index, and who sat where, read without any filter."""

    def __init__(self, index: Index) -> None:
        self.index = index
        uses, after = [], None
        while True:
            page = usage_history(index, limit=10_000, after=after)
            uses += page.uses
            after = page.next
            if after is None:
                break
        self.uses = uses
        left = {
            (row["pool_id"], row["member_id"]): (row["block_number"], row["log_index"])
            for row in index.rows("SELECT * FROM event_pool_consent_revoked")
        }
        self.seats: Seats = {
            (row["pool_id"], row["member_id"]): (
                (row["block_number"], row["log_index"]),
                left.get((row["pool_id"], row["member_id"]), FOREVER),
            )
            for row in index.rows("SELECT * FROM event_pool_consented")
        }

    def wanted(self, wanted: UseFilter, newest: bool) -> list[Use]:
        found = [use for use in self.uses if self._fits(use, wanted)]
        return found[::-1] if newest else found

    def _fits(self, use: Use, wanted: UseFilter) -> bool:
        return (
            wanted.production in (None, use.production_id)
            and (wanted.member is None or self._of(use, wanted.member))
            and wanted.grant in (None, use.grant_id)
            and wanted.pool in (None, use.pool_id)
            and wanted.scene in (None, use.scene_hash)
            and wanted.asset_class in (None, use.asset_class)
            and (wanted.since is None or use.reported_at >= wanted.since)
            and (wanted.until is None or use.reported_at < wanted.until)
        )

    def _of(self, use: Use, member: int) -> bool:
        if use.pool_id is None:
            return use.member_id == member
        came, went = self.seats.get((use.pool_id, member), (FOREVER, FOREVER))
        return came < place(use) < went


@pytest.fixture(scope="module")
def told(index: Index) -> Whole:
    return Whole(index)


@pytest.fixture(scope="module")
def lived(years: Index) -> Whole:
    return Whole(years)


NAMES = ("production", "member", "grant", "pool", "scene", "asset_class", "since", "until")


def filters(whole: Whole, data: st.DataObject) -> UseFilter:
    """Up to three conditions that a certain use fulfils, and now and then one that it doesn't."""
    use, other = data.draw(st.sampled_from(whole.uses)), data.draw(st.sampled_from(whole.uses))
    names = data.draw(st.sets(st.sampled_from(NAMES), max_size=3))
    foreign = data.draw(st.sampled_from([None, None, None, *NAMES]))
    values = {
        name: _value(whole, name, other if name == foreign else use, data) for name in NAMES if name in names
    }
    if {"since", "until"} <= names and values["since"] >= values["until"]:
        del values["until"]
    return UseFilter(**values)


def place(use: Use) -> tuple[int, int]:
    return use.block_number, use.log_index


def _value(whole: Whole, name: str, use: Use, data: st.DataObject) -> Any:
    if name == "member" and use.pool_id is not None:
        return data.draw(st.sampled_from([member for pool, member in whole.seats if pool == use.pool_id]))
    if name in ("since", "until"):
        return use.reported_at + (name == "until")
    return getattr(use, {"scene": "scene_hash", "asset_class": "asset_class"}.get(name, f"{name}_id"))


def check(whole: Whole, data: st.DataObject, limits: tuple[int, ...]) -> None:
    wanted = filters(whole, data)
    newest = data.draw(st.booleans())
    limit = data.draw(st.sampled_from(limits))
    expected = whole.wanted(wanted, newest)
    found: list[Use] = []
    after = data.draw(st.none() | st.sampled_from([place(use) for use in whole.uses]))
    if after is not None:
        expected = [use for use in expected if (place(use) < after if newest else place(use) > after)]
    for _ in range(_MOST_PAGES):
        page = usage_page(whole.index, wanted, newest=newest, limit=limit, after=after)
        found += page.uses
        after = page.next
        if after is None:
            break
        assert len(page.uses) == limit
    assert found == (expected if after is None else expected[: len(found)])


SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(data=st.data())
def test_pages_of_any_filter_hold_what_fits_and_nothing_else(
    told: Whole, way: None, data: st.DataObject
) -> None:
    check(told, data, (1, 2, 3, 100))


@SLOW
@given(data=st.data())
def test_pages_among_many_productions_hold_what_fits(lived: Whole, way: None, data: st.DataObject) -> None:
    check(lived, data, (3, 7, 100, 10_000))


@pytest.mark.parametrize("newest", [False, True], ids=["oldest first", "newest first"])
def test_uses_are_found_from_far_before_and_far_behind_them(lived: Whole, way: None, newest: bool) -> None:
    """Where a walk finds none: before the first grant, between, and behind the last use."""
    places = [place(use) for use in lived.uses]
    for number in range(1, 8):
        wanted = UseFilter(production=number)
        uses = lived.wanted(wanted, newest)
        for after in (places[0], places[-1], places[len(places) // 3], places[-len(places) // 3]):
            expected = [use for use in uses if (place(use) < after if newest else place(use) > after)]
            page = usage_page(lived.index, wanted, newest=newest, limit=2, after=after)
            assert list(page.uses) == expected[:2]


def test_the_made_up_years_have_what_filters_look_for(lived: Whole) -> None:
    """Else the test above would show less than it seems to."""
    assert len(lived.uses) > MADE_UP
    assert {use.asset_class for use in lived.uses} == {"ACTIVE", "PASSIVE"}
    assert len({use.pool_id for use in lived.uses}) > 2
    assert len(lived.wanted(UseFilter(production=1), False)) > 100


def test_a_page_goes_on_where_it_was_when_uses_are_added(
    story: Story, where: Callable[[], Path | str]
) -> None:
    snapshot = story.chain.snapshot()
    with Index(where(), story.deployment, story.chain.node) as index:
        index.sync()
        before = usage_history(index, production=1).uses
        first, last = (usage_history(index, production=1, newest=newest, limit=3) for newest in (False, True))
        story.use((4, 2), (4, 1))
        index.sync()
        rest = usage_history(index, production=1, after=first.next).uses
        assert first.uses + rest == before + usage_history(index, production=1).uses[-2:]
        assert (
            last.uses + usage_history(index, production=1, newest=True, after=last.next).uses == before[::-1]
        )
    story.chain.revert(snapshot)


@pytest.mark.parametrize("newest", [False, True], ids=["oldest first", "newest first"])
def test_the_last_use_is_looked_for_once(
    years: Index, lived: Whole, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    walk(monkeypatch, short=1)
    years.remembered.clear()
    lately = {use.production_id for use in lived.uses[-10:]}
    number = next(use.production_id for use in lived.uses if use.production_id not in lately)
    wanted = UseFilter(production=number)
    uses = lived.wanted(wanted, newest)
    behind = None if newest else place(uses[-1])
    heard: list[str] = []
    rows = years.rows
    monkeypatch.setattr(years, "rows", lambda sql, values=None: heard.append(sql) or rows(sql, values))
    for times in (1, 0, 0):
        assert usage_page(years, wanted, newest=newest, limit=1, after=behind).uses == tuple(
            uses[:1] if newest else ()
        )
        assert sum("WITH next" in sql and "event_used" in sql for sql in heard) == times
        heard.clear()


@pytest.mark.parametrize("short", [1, 1_000])
def test_the_last_use_is_looked_for_again_when_there_are_others(
    story: Story, where: Callable[[], Path | str], monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    walk(monkeypatch, short)
    snapshot = story.chain.snapshot()
    wanted = [UseFilter(production=1), UseFilter(production=2), UseFilter(asset_class="ACTIVE")]
    with Index(where(), story.deployment, story.chain.node) as index:

        def check_pages() -> int:
            index.sync()
            whole = Whole(index)
            for one in wanted * 2:
                for newest in (False, True):
                    uses = whole.wanted(one, newest)
                    for begin in range(len(uses)):
                        after = place(uses[begin - 1]) if begin else None
                        page = usage_page(index, one, newest=newest, limit=2, after=after)
                        assert list(page.uses) == uses[begin : begin + 2]
                    assert not usage_page(index, one, newest=newest, after=place(uses[-1])).uses
            return len(whole.uses)

        before = check_pages()
        fork = story.chain.snapshot()
        story.use((4, 2), (4, 1))
        assert check_pages() == before + 2
        story.fund(1, 5 * DOLLAR)
        assert check_pages() == before + 2
        story.chain.revert(fork)
        assert check_pages() == before
        story.use((4, 1))
        story.chain.mine(3)
        assert check_pages() == before + 1
        story.use((4, 1))
        assert check_pages() == before + 2
    story.chain.revert(snapshot)


def test_a_time_that_is_over_gets_no_more_uses(index: Index) -> None:
    uses = usage_history(index).uses
    at = sorted({use.reported_at for use in uses})[2]
    before = tuple(use for use in uses if use.reported_at < at)
    assert 0 < len(before) < len(uses)
    assert usage_history(index, until=at).uses == before
    assert usage_history(index, since=at).uses == uses[len(before) :]
    assert usage_history(index, since=at + 10**9).uses == ()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"asset_class": "IDLE"}, "'IDLE' is not an asset class"),
        ({"since": 5, "until": 5}, "ends before it begins"),
        ({"limit": 10_001}, "1 to 10,000"),
    ],
)
def test_a_filter_that_makes_no_sense_is_an_input_error(
    index: Index, wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        usage_history(index, **wanted)


# Parquet


def test_parquet_holds_the_history_to_the_unit(index: Index, told: Whole, tmp_path: Path) -> None:
    path, heard = tmp_path / "uses.parquet", []
    rows = write_parquet(index, path, progress=lambda rows, block: heard.append((rows, block)))
    assert rows == len(told.uses) == heard[-1][0]
    with duckdb.connect() as db:
        columns = ", ".join(
            f"epoch({name})::BIGINT" if name.endswith("_at") else name for name in Use.__dataclass_fields__
        )
        found = db.execute(f"SELECT {columns} FROM '{path}'").fetchall()
        assert found == [tuple(use.as_json().values()) for use in told.uses]
        sums = db.execute(
            f"SELECT production_id, sum(gross)::BIGINT FROM '{path}' WHERE kind <> 'CROWD' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    spent = {
        number: {line.kind: line.gross for line in production(index, number).spent}["ITERATION_FEE"]
        for number in (1, 2)
    }
    assert dict(sums) == spent


def test_parquet_says_what_it_holds(index: Index, tmp_path: Path) -> None:
    wanted = UseFilter(production=1, scene=SCENE, asset_class="ACTIVE")
    assert write_parquet(index, tmp_path / "uses.parquet", wanted) == len(usage_page(index, wanted).uses)
    (said,) = pq.read_schema(tmp_path / "uses.parquet").metadata.values()
    found = json.loads(said)
    status = index.status()
    assert (found["block"], found["block_hash"]) == (status.block, status.block_hash)
    assert found["filter"] == {"production": 1, "scene": "0x" + SCENE.hex(), "asset_class": "ACTIVE"}


def test_an_empty_export_is_a_file_with_the_columns(index: Index, tmp_path: Path) -> None:
    assert write_parquet(index, tmp_path / "none.parquet", UseFilter(production=99)) == 0
    assert pq.read_table(tmp_path / "none.parquet").column_names == list(Use.__dataclass_fields__)


def test_batches_of_an_export_join_without_a_seam(
    index: Index, told: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_BATCH", 2)
    monkeypatch.setattr(export, "_ROWS_A_GROUP", 3)
    assert write_parquet(index, tmp_path / "uses.parquet", newest=True) == len(told.uses)
    rows = pq.read_table(tmp_path / "uses.parquet", columns=["block_number", "log_index"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [place(use) for use in reversed(told.uses)]


def test_an_interrupted_export_leaves_what_was_there(index: Index, tmp_path: Path) -> None:
    def interrupt(rows: int, block: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "uses.parquet"
    path.write_text("an older one")
    with pytest.raises(KeyboardInterrupt):
        write_parquet(index, path, progress=interrupt)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("uses.parquet", "an older one")]


@pytest.mark.parametrize("name", ["nowhere/uses.parquet", "."])
def test_an_export_to_no_place_is_an_input_error(index: Index, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="can't be written"):
        write_parquet(index, tmp_path / name)

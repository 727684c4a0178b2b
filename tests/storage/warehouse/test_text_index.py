"""The index of texts is made for a day when enough of it lacks one, and search is right with and without it."""

import threading
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from trimtab.base import ids
from trimtab.storage.warehouse.port import Warehouse
from trimtab.storage.warehouse.text_index import TextIndex, is_due

_DAY = "20210304"
"""A day of which no other test has spans."""
_PATIENCE_S = 30


@pytest.mark.parametrize(
    ("without", "rows", "due"),
    [
        (0, 0, False),
        (49_999, 49_999, False),
        (50_000, 50_000, True),
        (50_000, 1_000_000, False),
        (250_000, 10**6, True),
    ],
)
def test_a_day_is_due_when_many_rows_lack_the_index_and_they_are_a_good_part_of_it(
    without: int, rows: int, *, due: bool
) -> None:
    assert is_due(without, rows) is due


@pytest.fixture
def project(store: Warehouse) -> str:
    made = ids.new("prj")
    store.command(
        f"INSERT INTO spans (project_id, span_id, started_at, search_text) SELECT '{made}', hex(number), "  # noqa: S608
        "toDateTime64('2021-03-04 05:06:07', 9, 'UTC'), concat('the number ', toString(number), ' of nine thousand ', "
        "hex(sipHash128(number))) FROM numbers(9000) "
        "SETTINGS exclude_materialize_skip_indexes_on_insert = 'search_text_ngrams'"
    )
    return made


def _found(store: Warehouse, project: str) -> int:
    (row,) = store.query(
        "SELECT count() AS found FROM spans FINAL WHERE project_id = {project:String} AND toDate(started_at) = "
        "'2021-03-04' AND search_text LIKE '%number 4711 of%'",
        {"project": project},
    )
    return int(row["found"])


def _wait_until_made(store: Warehouse) -> None:
    waiting = threading.Event()
    for _ in range(_PATIENCE_S * 20):
        (row,) = store.query("SELECT count() AS under_way FROM system.mutations WHERE table = 'spans' AND NOT is_done")
        if not row["under_way"]:
            return
        waiting.wait(0.05)
    pytest.fail("the index was not made in time")


def test_search_is_right_before_and_after_and_an_indexed_day_is_left_alone(store: Warehouse, project: str) -> None:
    assert _found(store, project) == 1
    _wait_until_made(store)  # what other tests have begun in the shared store is not looked through
    index = TextIndex(store, is_busy=lambda: False, due=lambda without, _rows: without > 0)
    assert _DAY in index.keep_up()
    # Another server, which looks at the same time, leaves it to the first.
    assert _DAY not in TextIndex(store, is_busy=lambda: False, due=lambda without, _rows: without > 0).keep_up()
    _wait_until_made(store)
    assert _found(store, project) == 1
    assert _DAY not in index.keep_up()
    _wait_until_made(store)
    # A process that starts later sees by its size that the index is there.
    assert _DAY not in TextIndex(store, is_busy=lambda: False, due=lambda without, _rows: without > 0).keep_up()
    _wait_until_made(store)


def test_an_insert_leaves_the_index_to_the_background(store: Warehouse) -> None:
    project, count = ids.new("prj"), 5_000
    at_ns = int(datetime(2021, 3, 5, 6, 7, 8, tzinfo=UTC).timestamp()) * 10**9
    texts = [f"the number {number} of five thousand {number * 7919:x}" for number in range(count)]
    rows = pa.table(
        {
            "project_id": [project] * count,
            "span_id": [ids.new_span_id() for _ in texts],
            "started_at": pa.array([at_ns] * count, pa.timestamp("ns", "UTC")),
            "search_text": texts,
        }
    )
    store.insert("spans", rows, token=project)
    _wait_until_made(store)
    assert "20210305" in TextIndex(store, is_busy=lambda: False, due=lambda without, _rows: without > 0).keep_up()
    _wait_until_made(store)


def test_nothing_is_begun_while_many_rows_come(store: Warehouse, project: str) -> None:
    assert TextIndex(store, is_busy=lambda: True, due=lambda _without, _rows: True).keep_up() == []
    assert _found(store, project) == 1

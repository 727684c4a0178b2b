"""What every warehouse keeps, embedded or over HTTP."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from trimtab.base import ids
from trimtab.base.errors import InvalidInput, TooLarge, Unavailable
from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import DEFAULT_LIMITS, Limits, Warehouse

_MIDNIGHT_NS = int(datetime(2026, 11, 3, tzinfo=UTC).timestamp()) * 10**9
_TEXTS = (
    "project_id",
    "trace_id",
    "span_id",
    "call_span_id",
    "request_id",
    "service_tier",
    "environment",
    "key_id",
    "feature",
    "user_id",
    "session_id",
    "team",
    "prompt_name",
    "release_id",
    "arm",
    "provider",
    "provider_kind",
    "model",
    "response_model",
    "outcome",
    "usage_source",
    "price_source",
    "price_version",
    "price_lines",
    "formula",
)


def _ledger(project: str, times_ns: Sequence[int], **columns: Sequence[Any]) -> pa.Table:
    count = len(times_ns)
    times = pa.array(times_ns, pa.timestamp("ns", "UTC"))
    table: dict[str, Any] = {name: pa.array([""] * count) for name in _TEXTS}
    table |= {name: pa.array([0] * count, pa.uint64()) for name in BUCKETS}
    table |= {
        "project_id": pa.array([project] * count),
        "span_id": pa.array([ids.new_span_id() for _ in times_ns]),
        "called_at": times,
        "at": times,
        "prompt_version": pa.array([0] * count, pa.uint32()),
        "status_code": pa.array([200] * count, pa.uint16()),
        "is_sample": pa.array([False] * count),
        "cost_usd": pa.array([Decimal("0.000000000001")] * count, pa.decimal128(38, 12)),
    }
    return pa.table(table | columns)


def _count(store: Warehouse, project: str, table: str = "ledger FINAL") -> int:
    sql = f"SELECT count() AS rows FROM {table} WHERE project_id = {{p:String}}"  # noqa: S608 - the table is ours
    rows = store.query(sql, {"p": project})
    return int(rows[0]["rows"])


@pytest.fixture
def project() -> str:
    return ids.new("prj")


def test_rows_come_back_as_they_went_in(store: Warehouse, project: str) -> None:
    cost = pa.array([Decimal("12345678901234567890.123456789012"), None], pa.decimal128(38, 12))
    text = pa.array(["tab\t, quote ' and \\ back", "日本語 🚀\n\0"])
    store.insert(
        "ledger",
        _ledger(project, [_MIDNIGHT_NS + 123_456_789, _MIDNIGHT_NS + 2], cost_usd=cost, formula=text),
        token="a",
    )
    rows = store.query(
        "SELECT toUnixTimestamp64Nano(at) AS at, cost_usd, formula FROM ledger "
        "WHERE project_id = {p:String} ORDER BY at",
        {"p": project},
    )
    assert rows == [
        {"at": _MIDNIGHT_NS + 2, "cost_usd": None, "formula": "日本語 🚀\n\0"},
        {
            "at": _MIDNIGHT_NS + 123_456_789,
            "cost_usd": Decimal("12345678901234567890.123456789012"),
            "formula": "tab\t, quote ' and \\ back",
        },
    ]


@pytest.mark.parametrize(
    "value", ["plain", "it's", "a\\b", "x\ty\nz\r", "nul\0", "{x:String}", "' OR 1 = 1 --", "漢é🚀", ""]
)
def test_bound_text_is_a_value_whatever_it_holds(store: Warehouse, value: str) -> None:
    rows = store.query("SELECT {v:String} AS one, {l:Array(String)} AS many", {"v": value, "l": [value, "other"]})
    assert rows == [{"one": value, "many": [value, "other"]}]


def test_bound_number_keeps_its_nanoseconds(store: Warehouse) -> None:
    at = 1_795_515_887_697_956_988
    rows = store.query("SELECT toUnixTimestamp64Nano(fromUnixTimestamp64Nano({at:Int64})) AS at", {"at": at})
    assert rows == [{"at": at}]


def test_repeated_batch_is_stored_once(store: Warehouse, project: str) -> None:
    rows = _ledger(project, [_MIDNIGHT_NS] * 3)
    store.insert("ledger", rows, token=project)
    store.insert("ledger", rows, token=project)
    assert _count(store, project, "ledger") == 3


def test_same_rows_in_another_batch_are_read_once(store: Warehouse, project: str) -> None:
    rows = _ledger(project, [_MIDNIGHT_NS] * 3)
    store.insert("ledger", rows, token=f"{project}-1")
    store.insert("ledger", rows, token=f"{project}-2")
    assert _count(store, project) == 3


def test_batch_over_midnight_lands_on_both_days(store: Warehouse, project: str) -> None:
    rows = _ledger(project, [_MIDNIGHT_NS - 1, _MIDNIGHT_NS, _MIDNIGHT_NS + 1])
    store.insert("ledger", rows, token=project)
    store.insert("ledger", rows, token=project)
    days = store.query(
        "SELECT toString(toDate(called_at)) AS day, count() AS rows FROM ledger WHERE project_id = {p:String} "
        "GROUP BY day ORDER BY day",
        {"p": project},
    )
    assert days == [{"day": "2026-11-02", "rows": 1}, {"day": "2026-11-03", "rows": 2}]


def test_time_that_is_not_nanoseconds_is_refused_before_it_is_misread(store: Warehouse, project: str) -> None:
    bare = pa.array([_MIDNIGHT_NS], pa.int64())
    with pytest.raises(InvalidInput, match=r"called_at must be timestamp\('ns', 'UTC'\), found int64"):
        store.insert("ledger", _ledger(project, [_MIDNIGHT_NS], called_at=bare), token=project)
    assert _count(store, project) == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows.rename_columns(
            [name if name != "formula" else "no_such_column" for name in rows.column_names]
        ),
        lambda rows: rows.drop(["status_code"]).append_column("status_code", pa.array(["not a number"])),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_stored(
    store: Warehouse, project: str, spoil: Callable[[pa.Table], pa.Table]
) -> None:
    with pytest.raises(InvalidInput):
        store.insert("ledger", spoil(_ledger(project, [_MIDNIGHT_NS])), token=project)
    assert _count(store, project) == 0


def test_unknown_table_is_refused_with_the_names_that_there_are(store: Warehouse, project: str) -> None:
    with pytest.raises(InvalidInput, match="'nothing'; there are: spans, ledger"):
        store.insert("nothing", _ledger(project, [_MIDNIGHT_NS]), token=project)


def test_query_that_would_eat_memory_is_refused_and_the_next_one_works(
    opened: Callable[[Limits], Warehouse],
) -> None:
    store = opened(Limits(memory_bytes=64 * 1024 * 1024))
    with pytest.raises(TooLarge, match="64 MiB") as refusal:
        store.query("SELECT length(groupArray(number)) AS n FROM numbers(100000000)")
    assert refusal.value.exact_code == "query_too_large"
    assert "shorter time range" in refusal.value.hint
    assert store.query("SELECT 1 AS one") == [{"one": 1}]


def test_query_that_takes_too_long_is_stopped(opened: Callable[[Limits], Warehouse]) -> None:
    store = opened(Limits(time_s=0.5))
    with pytest.raises(TooLarge, match=r"0\.5 s"):
        store.query("SELECT sum(sipHash64(number, number)) AS n FROM numbers(100000000000)")


def test_threads_write_and_read_at_the_same_time(store: Warehouse, project: str) -> None:
    failures: list[Exception] = []

    def work(place: int) -> None:
        try:
            store.insert("ledger", _ledger(project, [_MIDNIGHT_NS + place] * 20), token=f"{project}-{place}")
            assert _count(store, project) >= 20
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert _count(store, project) == 160


def test_embedded_engine_at_its_limit_says_that_it_is_busy(warehouse: Warehouse) -> None:
    folder = warehouse._folder  # type: ignore[attr-defined]
    store = open_warehouse("", folder, Limits(busy_wait_s=0.0))
    slow = [threading.Thread(target=store.query, args=("SELECT sleep(1) AS slept",)) for _ in range(8)]
    for thread in slow:
        thread.start()
    answers: list[str] = []
    while any(thread.is_alive() for thread in slow) and "warehouse_busy" not in answers:
        try:
            store.query("SELECT 1 AS one")
        except Unavailable as error:
            answers.append(error.exact_code)
    for thread in slow:
        thread.join()
    assert "warehouse_busy" in answers
    assert store.query("SELECT 1 AS one") == [{"one": 1}]
    store.close()


def test_closing_twice_is_harmless(opened: Callable[[Limits], Warehouse]) -> None:
    store = opened(DEFAULT_LIMITS)
    store.close()
    store.close()

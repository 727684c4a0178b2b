"""The schema moves forward and back, on an engine of its own each time."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trimtab.base.errors import BadSetting
from trimtab.storage.warehouse import migrate, open_warehouse, tables
from trimtab.storage.warehouse.migrations import MIGRATIONS
from trimtab.storage.warehouse.migrations.m0001_spans_and_ledger import LEDGER, SPANS
from trimtab.storage.warehouse.migrations.m0002_telemetry import LOG_RECORDS, SCORES, SIDE_SPANS
from trimtab.storage.warehouse.migrations.m0004_scores import LANGFUSE_EVENTS
from trimtab.storage.warehouse.migrations.m0005_annotations import ANNOTATIONS
from trimtab.storage.warehouse.port import Warehouse

_SCHEMA_FILE = Path(migrate.__file__).with_name("schema.sql")
_NUMBERS = [step.number for step in MIGRATIONS]


def _tables(store: Warehouse) -> set[str]:
    rows = store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    return {row["name"] for row in rows}


def _walk(url: str, folder: str) -> list[Any]:
    store = open_warehouse(url, Path(folder))
    try:
        return [
            _tables(store),
            store.migrate(),
            store.migrate(0),
            _tables(store),
            migrate.applied_steps(store),
            store.migrate(),
            _tables(store),
            migrate.applied_steps(store),
        ]
    finally:
        store.close()


def _check(walk: list[Any]) -> None:
    full = {
        "spans",
        "ledger",
        "log_records",
        "scores",
        "side_spans",
        "ingest_counts",
        "langfuse_events",
        "annotations",
        "schema_steps",
    }
    assert walk == [full, [], _NUMBERS[::-1], {"schema_steps"}, [], _NUMBERS, full, _NUMBERS]


def test_migrations_run_forward_back_and_forward_over_http(front_url: str) -> None:
    _check(_walk(f"{front_url}/walked", ""))


def test_migrations_run_forward_back_and_forward_embedded(tmp_path: Path) -> None:
    # A process of its own: this one has its embedded store open already.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        _check(pool.apply(_walk, ("", str(tmp_path))))


def test_the_schema_file_equals_all_migrations(front_url: str) -> None:
    store = open_warehouse(f"{front_url}/written_down", Path())
    try:
        assert _SCHEMA_FILE.read_text(encoding="utf-8") == migrate.schema(store)
    finally:
        store.close()


def test_store_of_a_newer_trimtab_is_refused(front_url: str) -> None:
    url = f"{front_url}/newer"
    store = open_warehouse(url, Path())
    store.command("INSERT INTO schema_steps (number, name, direction) VALUES (999, 'from_the_future', 1)")
    store.close()
    with pytest.raises(BadSetting, match=r"step 999, this Trimtab knows steps up to \d"):
        open_warehouse(url, Path())


def test_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(BadSetting, match=r"warehouse folder .* cannot be opened"):
        open_warehouse("", blocked / "warehouse")


def test_server_that_does_not_answer_is_one_clear_line() -> None:
    with pytest.raises(BadSetting, match=r"127\.0\.0\.1:9 cannot be used"):
        open_warehouse("http://127.0.0.1:9/trimtab", Path())


@pytest.mark.parametrize(
    "table",
    [SPANS, LEDGER, LOG_RECORDS, SCORES, SIDE_SPANS, LANGFUSE_EVENTS, ANNOTATIONS],
    ids=lambda table: table.name,
)
def test_a_cluster_differs_in_its_clauses_only(table: tables.Table) -> None:
    alone = tables.create(table, tables.Layout())
    spread = tables.create(table, tables.Layout(cluster="main"))
    assert len(alone) == 1
    assert f"ENGINE = ReplacingMergeTree({table.version})" in alone[0]
    assert f"{table.name}_local ON CLUSTER 'main'" in spread[0]
    assert "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/" in spread[0]
    assert f"Distributed('main', currentDatabase(), {table.name}_local, cityHash64(trace_id))" in spread[1]
    assert table.columns in alone[0]
    assert table.columns in spread[0]


def test_the_engine_accepts_the_tables_of_a_cluster(tmp_path: Path) -> None:
    script = Path(__file__).with_name("cluster_ddl.py")
    command = [sys.executable, str(script), str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.splitlines() == [f'"{name}",0' for name in tables.PARTITION_COLUMN]

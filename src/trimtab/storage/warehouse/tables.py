"""Where one machine and a cluster differ: the clauses of DDL, all made here. And how a batch splits into days.

On one machine a table is one MergeTree. In a cluster the same name is a Distributed table over replicated local ones,
so that every query and every insert reads the same on both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.base.errors import InvalidInput

PARTITION_COLUMN = {
    "spans": "started_at",
    "ledger": "called_at",
    "log_records": "at",
    "scores": "at",
    "side_spans": "started_at",
    "ingest_counts": "at",
    "langfuse_events": "received_at",
    "annotations": "at",
}
"""The column whose day is the table's partition."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where tables live: on one machine when `cluster` is empty, else on the cluster of that name."""

    cluster: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose newest row for a key wins, as data."""

    name: str
    columns: str
    """Columns and indexes, the text between the parentheses."""
    order_by: str
    partition_by: str
    version: str
    """The column by which the newest row is told."""
    shard_by: str
    """An expression; rows of one value live on one shard."""
    expires: str = ""
    """An expression: the moment from which the engine may forget a row. Empty: never."""


_SETTINGS = "non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1"
_REPLICATED_SETTINGS = "replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1"


def engine_clause(table: Table, layout: Layout) -> str:
    """Return `ENGINE = … SETTINGS …` of the table that holds the rows."""
    if layout.cluster:
        engine = (
            f"ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/{{database}}/{table.name}', '{{replica}}', "
            f"{table.version})"
        )
        settings = _REPLICATED_SETTINGS
    else:
        engine = f"ReplacingMergeTree({table.version})"
        settings = _SETTINGS
    kept = f" TTL {table.expires}" if table.expires else ""
    return f"ENGINE = {engine} PARTITION BY {table.partition_by} ORDER BY {table.order_by}{kept} SETTINGS {settings}"


def create(table: Table, layout: Layout) -> list[str]:
    """Return the statements that make the table if it is not there."""
    engine = engine_clause(table, layout)
    if not layout.cluster:
        return [f"CREATE TABLE IF NOT EXISTS {table.name} ({table.columns}) {engine}"]
    local, everywhere = f"{table.name}_local", f"ON CLUSTER '{layout.cluster}'"
    return [
        f"CREATE TABLE IF NOT EXISTS {local} {everywhere} ({table.columns}) {engine}",
        (
            f"CREATE TABLE IF NOT EXISTS {table.name} {everywhere} AS {local} "
            f"ENGINE = Distributed('{layout.cluster}', currentDatabase(), {local}, {table.shard_by})"
        ),
    ]


def add_columns(name: str, columns: Mapping[str, str], layout: Layout) -> list[str]:
    """Return the statements that give the table these columns, by name and type; old rows get the default."""
    clauses = ", ".join(f"ADD COLUMN IF NOT EXISTS {column} {kind}" for column, kind in columns.items())
    return _alter(name, clauses, layout)


def drop_columns(name: str, columns: Sequence[str], layout: Layout) -> list[str]:
    """Return the statements that take these columns away."""
    return _alter(name, ", ".join(f"DROP COLUMN IF EXISTS {column}" for column in columns), layout)


def add_indexes(name: str, indexes: Mapping[str, str], layout: Layout) -> list[str]:
    """Return the statements that give the table these indexes, by name and definition; new rows alone are in them."""
    return _alter_local(
        name, ", ".join(f"ADD INDEX IF NOT EXISTS {index} {kind}" for index, kind in indexes.items()), layout
    )


def drop_indexes(name: str, indexes: Sequence[str], layout: Layout) -> list[str]:
    """Return the statements that take these indexes away."""
    return _alter_local(name, ", ".join(f"DROP INDEX IF EXISTS {index}" for index in indexes), layout)


def alter_settings(name: str, settings: Mapping[str, str], layout: Layout) -> list[str]:
    """Return the statements that give the table that holds the rows these settings, by name and literal."""
    return _alter_local(
        name, "MODIFY SETTING " + ", ".join(f"{key} = {value}" for key, value in settings.items()), layout
    )


def reset_settings(name: str, settings: Sequence[str], layout: Layout) -> list[str]:
    """Return the statements that give these settings the engine's defaults again."""
    return _alter_local(name, "RESET SETTING " + ", ".join(settings), layout)


def _alter_local(name: str, clause: str, layout: Layout) -> list[str]:
    """Change the tables that hold rows; a Distributed one has neither indexes nor such settings."""
    if not layout.cluster:
        return [f"ALTER TABLE {name} {clause}"]
    return [f"ALTER TABLE {name}_local ON CLUSTER '{layout.cluster}' {clause}"]


def _alter(name: str, clauses: str, layout: Layout) -> list[str]:
    if not layout.cluster:
        return [f"ALTER TABLE {name} {clauses}"]
    everywhere = f"ON CLUSTER '{layout.cluster}'"
    return [f"ALTER TABLE {part} {everywhere} {clauses}" for part in (f"{name}_local", name)]


def drop(name: str, layout: Layout) -> list[str]:
    """Return the statements that remove the table with its rows."""
    if not layout.cluster:
        return [f"DROP TABLE IF EXISTS {name} SYNC"]
    everywhere = f"ON CLUSTER '{layout.cluster}'"
    return [f"DROP TABLE IF EXISTS {part} {everywhere} SYNC" for part in (name, f"{name}_local")]


_DAY = pa.date32()


def split_by_day(table: str, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield each day, as `YYYY-MM-DD` in UTC, with the rows of its partition; a torn insert is then no half batch.

    Raises:
        InvalidInput: the table is not known, or its time column is not `timestamp('ns', 'UTC')`, which the engine would
            read as seconds and clamp without an error.
    """
    column = PARTITION_COLUMN.get(table)
    if column is None:
        raise InvalidInput(f"there is no warehouse table {table!r}; there are: {', '.join(PARTITION_COLUMN)}")
    times = rows.column(column)
    if times.type != pa.timestamp("ns", "UTC"):
        raise InvalidInput(f"{table}.{column} must be timestamp('ns', 'UTC'), found {times.type}")
    bounds = pc.min_max(times)
    if rows.num_rows and bounds["min"].cast(_DAY) == bounds["max"].cast(_DAY):
        yield str(bounds["min"].cast(_DAY)), rows
        return
    days = pc.strftime(times, format="%Y-%m-%d")
    for day in sorted(pc.unique(days).to_pylist()):
        yield day, rows.filter(pc.equal(days, day))

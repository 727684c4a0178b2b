"""The statements that remove rows from the warehouse, and count what is left.

Which tables hold what is asked of the engine itself, so that a table that comes later is not forgotten. Rows go by
mutations, which write the parts they touch anew: when a mutation is done, and the old parts are gone from the disk,
nothing is left anywhere. Whole days that nobody needs are dropped as partitions.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from trimtab.storage.batches import batches
from trimtab.storage.warehouse.port import Parameter, Warehouse
from trimtab.storage.warehouse.tables import PARTITION_COLUMN

LEDGER: Final = "ledger"
_AT_ONCE: Final = 2_000
"""Traces in one statement, which the engine limits to 256 KiB."""
_SYNCED: Final = "min_rows_to_fsync_after_merge"
_NO_DAY: Final = "1970-01-02"
"""A day on which nothing happened that is stored."""
_SPREAD: Final = re.compile(r"Distributed\('([^']+)'")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\t": "\\t"})

CONTENT_COLUMNS: Final[Mapping[str, str]] = {
    "input_messages": "''",
    "output_messages": "''",
    "parameters": "''",
    "variables": "''",
    "input_preview": "''",
    "output_preview": "''",
    "search_text": "''",
    "status_message": "''",
    "events": "'[]'",
}
"""The columns of a span that hold content, and what stands in them without it."""

_HAS_CONTENT: Final = " OR ".join(f"{column} != {empty}" for column, empty in CONTENT_COLUMNS.items())


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what rows belong to. Any of these is enough."""

    project_id: str
    user_ids: tuple[str, ...] = ()
    """The id, and the name by which redaction stores it."""
    session_ids: tuple[str, ...] = ()
    trace_ids: tuple[str, ...] = ()
    trace_names: tuple[str, ...] = field(default=())
    """How Langfuse's older clients call these traces."""
    entities: tuple[str, ...] = field(default=())
    """The observations in these traces of which some of their events do not say the trace."""


@dataclass(frozen=True, slots=True)
class Held:
    """A table that holds rows of projects. `cluster` is that over which it spreads, empty on one machine."""

    name: str
    columns: frozenset[str]
    cluster: str = ""

    @property
    def rows(self) -> str:
        """What a statement that alters rows names: in a cluster, the tables beneath, on all machines."""
        return f"{self.name}_local ON CLUSTER '{self.cluster}'" if self.cluster else self.name


def tables(warehouse: Warehouse) -> dict[str, Held]:
    """Return the tables that hold rows of projects, by name."""
    found = warehouse.query(
        """
        SELECT c.table AS name, groupArray(c.name) AS columns, any(t.engine_full) AS engine
        FROM system.columns AS c INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
        WHERE c.database = currentDatabase() AND NOT endsWith(c.table, '_local') AND t.engine NOT LIKE '%View%'
        GROUP BY name HAVING has(columns, 'project_id') ORDER BY name
        """
    )
    held = {}
    for row in found:
        spread = _SPREAD.match(row["engine"])
        held[row["name"]] = Held(row["name"], frozenset(row["columns"]), spread[1] if spread else "")
    return held


def traces_of(warehouse: Warehouse, subject: Subject, limit: int) -> list[str]:
    """Return the ids of all traces in which a user or a session appears, whatever their time: all of it must go."""
    found: dict[str, None] = dict.fromkeys(subject.trace_ids)
    known = tables(warehouse)
    for table in known.values():
        condition = _of_owner(subject, table.columns)
        if condition is None or "trace_id" not in table.columns:
            continue
        sql, values = condition
        rows = warehouse.query(
            f"""
            SELECT DISTINCT trace_id FROM {table.name}
            WHERE project_id = {{project:String}} AND trace_id != '' AND ({sql}) LIMIT {limit + 1}
            """,  # noqa: S608 - names are the engine's, values are bound
            {"project": subject.project_id, **values},
        )
        found |= dict.fromkeys(row["trace_id"] for row in rows)
    return list(found)


def trace_names(warehouse: Warehouse, project_id: str) -> list[str]:
    """Return the names that Langfuse's older clients gave to traces of the project."""
    rows = warehouse.query(
        "SELECT DISTINCT trace_id FROM langfuse_events WHERE project_id = {project:String}", {"project": project_id}
    )
    return [row["trace_id"] for row in rows]


def entities_without_trace(warehouse: Warehouse, project_id: str) -> dict[str, list[str]]:
    """Return what events of Langfuse's older clients are about that do not say their trace, with the traces of each.

    Those that its other events say: none for an observation that is a trace of its own.
    """
    rows = warehouse.query(
        """
        SELECT entity_id, arrayFilter(name -> name != '', groupUniqArray(trace_id)) AS names, min(trace_id) AS first
        FROM langfuse_events WHERE project_id = {project:String} GROUP BY entity_id HAVING first = ''
        """,
        {"project": project_id},
    )
    return {row["entity_id"]: list(row["names"]) for row in rows}


def count(warehouse: Warehouse, table: Held, subject: Subject) -> int:
    """Return how many rows of a table belong to the subject, older versions of a row included."""
    total = 0
    for sql in _conditions(warehouse, table, subject):
        found = warehouse.query(f"SELECT count() AS n FROM {table.name} WHERE {sql}")  # noqa: S608 - escaped
        total += int(found[0]["n"])
    return total


def remove(warehouse: Warehouse, table: Held, subject: Subject) -> None:
    """Remove the subject's rows from a table; returns when the parts that held them are written anew."""
    _mutate(warehouse, table, [f"DELETE WHERE {sql}" for sql in _conditions(warehouse, table, subject)])


def remove_span(warehouse: Warehouse, project_id: str, span_id: str, started_ns: int) -> None:
    """Remove one span that started at an instant, and its entry in the ledger; other reports of it stay."""
    day = datetime.fromtimestamp(started_ns // 1_000_000_000, UTC).date().isoformat()
    known = tables(warehouse)
    for name in ("spans", LEDGER):
        sql = f"project_id = {_text(project_id)} AND span_id = {_text(span_id)}"
        at = f"{PARTITION_COLUMN[name]} = fromUnixTimestamp64Nano({started_ns})"
        warehouse.command(_mutation(known[name], f"DELETE IN PARTITION {_text(day)} WHERE {sql} AND {at}"))


def anonymise(warehouse: Warehouse, table: Held, subject: Subject) -> None:
    """Take the names out of the subject's rows of a table and leave its numbers."""
    names = [name for name in ("user_id", "session_id", "trace_id", "request_id") if name in table.columns]
    emptied = ", ".join(f"{name} = ''" for name in names)
    _mutate(warehouse, table, [f"UPDATE {emptied} WHERE {sql}" for sql in _conditions(warehouse, table, subject)])


def mutations_under_way(warehouse: Warehouse, held: Sequence[Held]) -> int:
    """Return how many mutations of these tables are not done yet, on any machine."""
    return _sum_of(warehouse, held, "system.mutations", "NOT is_done AND NOT is_killed")


def old_parts(warehouse: Warehouse, held: Sequence[Held], until: str) -> int:
    """Return how many parts that went out of use until an instant, in the engine's time, still lie on a disk."""
    return _sum_of(warehouse, held, "system.parts", f"NOT active AND remove_time <= toDateTime({_text(until)}, 'UTC')")


def drop_old_parts(warehouse: Warehouse, held: Sequence[Held]) -> None:
    """Have the parts that are out of use leave the disk now, those that nobody reads any more.

    On one machine, whose engine looks after them by itself every half to five minutes. It does so as well whenever a
    partition is dropped, be it one that never was.
    """
    for table in held:
        if not table.cluster:
            warehouse.command(f"ALTER TABLE {table.name} DROP PARTITION {_text(_NO_DAY)}")


def engine_time(warehouse: Warehouse) -> str:
    """Return what the time is for the engine, in UTC."""
    return str(warehouse.query("SELECT toString(now('UTC')) AS at")[0]["at"])


def _sum_of(warehouse: Warehouse, held: Sequence[Held], source: str, condition: str) -> int:
    names = [name for table in held for name in (table.name, f"{table.name}_local")]
    cluster = next((table.cluster for table in held if table.cluster), "")
    where = f"clusterAllReplicas('{cluster}', {source})" if cluster else source
    found = warehouse.query(
        f"SELECT count() AS n FROM {where} WHERE database = currentDatabase() AND {condition} "  # noqa: S608 - ours
        f"AND table IN {{tables:Array(String)}}",
        {"tables": names},
    )
    return int(found[0]["n"])


def projects_by_day(warehouse: Warehouse, table: str, before: str) -> dict[str, list[str]]:
    """Return, for each day of a table that ends before `before`, the projects that have rows in it."""
    column = PARTITION_COLUMN[table]
    rows = warehouse.query(
        f"""
        SELECT toString(toDate({column})) AS day, groupUniqArray(project_id) AS projects FROM {table}
        WHERE {column} < toDateTime64({{before:String}}, 9, 'UTC') GROUP BY day ORDER BY day
        """,  # noqa: S608 - names are ours, values are bound
        {"before": f"{before} 00:00:00"},
    )
    return {row["day"]: list(row["projects"]) for row in rows}


def rows_of_day(warehouse: Warehouse, table: str, project_id: str, day: str) -> int:
    """Return how many rows a project has in a day of a table."""
    column = PARTITION_COLUMN[table]
    found = warehouse.query(
        f"SELECT count() AS n FROM {table} WHERE project_id = {{project:String}} "  # noqa: S608 - names are ours
        f"AND toDate({column}) = toDate({{day:String}})",
        {"project": project_id, "day": day},
    )
    return int(found[0]["n"])


def drop_day(warehouse: Warehouse, table: Held, day: str) -> None:
    """Remove a whole day of a table, of all projects, at once."""
    warehouse.command(f"ALTER TABLE {table.rows} DROP PARTITION {_text(day)}")


def remove_day(warehouse: Warehouse, table: Held, project_id: str, day: str) -> None:
    """Remove one project's rows of a day from a table."""
    sql = f"project_id = {_text(project_id)} AND toDate({PARTITION_COLUMN[table.name]}) = toDate({_text(day)})"
    warehouse.command(_mutation(table, f"DELETE IN PARTITION {_text(day)} WHERE {sql}"))


def content_of_day(warehouse: Warehouse, project_id: str, day: str, keep: str) -> int:
    """Return how many spans of a project's day hold content; `keep` is the expression for attributes that may stay."""
    found = warehouse.query(
        f"SELECT count() AS n FROM spans WHERE project_id = {{project:String}} "  # noqa: S608 - `keep` is ours
        f"AND toDate(started_at) = toDate({{day:String}}) "
        f"AND ({_HAS_CONTENT} OR length(mapFilter((k, v) -> NOT {keep}, attributes)) > 0)",
        {"project": project_id, "day": day},
    )
    return int(found[0]["n"])


def traces_of_day(warehouse: Warehouse, project_id: str, day: str) -> list[str]:
    """Return the ids of the traces that a project's spans of a day belong to."""
    found = warehouse.query(
        "SELECT DISTINCT trace_id FROM spans WHERE project_id = {project:String} "
        "AND toDate(started_at) = toDate({day:String})",
        {"project": project_id, "day": day},
    )
    return [row["trace_id"] for row in found]


def strip_day(warehouse: Warehouse, spans: Held, project_id: str, day: str, keep: str) -> None:
    """Take the content out of a project's spans of a day."""
    emptied = ", ".join(f"{column} = {value}" for column, value in CONTENT_COLUMNS.items())
    kept = f"attributes = mapFilter((k, v) -> {keep}, attributes)"
    sql = f"project_id = {_text(project_id)} AND toDate(started_at) = toDate({_text(day)})"
    warehouse.command(_mutation(spans, f"UPDATE {emptied}, {kept} IN PARTITION {_text(day)} WHERE {sql}"))


def plain_attributes(names: Sequence[str], beginnings: Sequence[str], never: Sequence[str], longest: int) -> str:
    """Return the expression, over `k` and `v` of an attribute, that says whether it holds no content.

    A name says so for values of up to `longest` characters.
    """
    known = f"k IN ({', '.join(map(_text, names))})"
    begins = " OR ".join(f"startsWith(k, {_text(each)})" for each in beginnings)
    not_these = " AND ".join(f"NOT startsWith(k, {_text(each)})" for each in never)
    short = f"(({known} OR (({begins}) AND {not_these})) AND lengthUTF8(v) <= {longest})"
    return f"({short} OR match(v, '^-?[0-9.eE+-]{{1,40}}$') OR v IN ('', 'true', 'false'))"


def _conditions(warehouse: Warehouse, table: Held, subject: Subject) -> list[str]:
    """Return the conditions for the subject's rows, one statement's worth each; no row fits two.

    The engine keeps the text of its last hundred mutations on disk, so nobody may be named in one.
    """
    project = f"project_id = {_text(subject.project_id)}"
    found = []
    owner = [
        f"sipHash64Keyed({key}, {column}) IN ({', '.join(map(str, hashes))})"
        for column, values in (("user_id", subject.user_ids), ("session_id", subject.session_ids))
        if values and column in table.columns
        for key, hashes in [_hashes(warehouse, values)]
    ]
    if owner:
        found.append(f"{project} AND ({' OR '.join(owner)})")
    others = f" AND NOT ({' OR '.join(owner)})" if owner else ""
    if "entity_id" in table.columns:
        # Before the events that say the trace: whoever breaks off in between knows by those what these belong to.
        unsaid = f"{project} AND trace_id = ''"
        found += [f"{unsaid} AND entity_id IN ({some})" for some in _texts(subject.entities)]
    traces = subject.trace_names if table.name == "langfuse_events" else subject.trace_ids
    if "trace_id" in table.columns:
        found += [f"{project} AND trace_id IN ({some}){others}" for some in _texts(traces)]
    return found


def _texts(values: Sequence[str]) -> list[str]:
    """Return lists of values as they are written in SQL, one statement's worth each."""
    return [", ".join(map(_text, some)) for some in batches(values, _AT_ONCE)]


def _hashes(warehouse: Warehouse, values: Sequence[str]) -> tuple[str, list[int]]:
    """Return a key made for this occasion, and the hashes of values under it."""
    key = f"({secrets.randbits(63)}::UInt64, {secrets.randbits(63)}::UInt64)"
    found = warehouse.query(
        f"SELECT sipHash64Keyed({key}, arrayJoin({{values:Array(String)}})) AS hash",
        {"values": list(values)},
    )
    return key, [int(row["hash"]) for row in found]


def _of_owner(subject: Subject, columns: frozenset[str]) -> tuple[str, dict[str, Parameter]] | None:
    parts = []
    values: dict[str, Parameter] = {}
    for column, wanted in (("user_id", subject.user_ids), ("session_id", subject.session_ids)):
        if wanted and column in columns:
            parts.append(f"{column} IN {{{column}:Array(String)}}")
            values[column] = list(wanted)
    return (" OR ".join(parts), values) if parts else None


def _mutate(warehouse: Warehouse, table: Held, statements: Sequence[str]) -> None:
    """Alter rows. On one machine what is written anew is safe on the disk before what it replaces may go."""
    if statements and not table.cluster:
        warehouse.command(f"ALTER TABLE {table.name} MODIFY SETTING {_SYNCED} = 1")
    try:
        for statement in statements:
            warehouse.command(_mutation(table, statement))
    finally:
        if statements and not table.cluster:
            warehouse.command(f"ALTER TABLE {table.name} RESET SETTING {_SYNCED}")


def _mutation(table: Held, what: str) -> str:
    return f"ALTER TABLE {table.rows} {what} SETTINGS mutations_sync = 2"


def _text(value: str) -> str:
    """Return a text as it is written in SQL: commands take no parameters."""
    return f"'{value.translate(_ESCAPES)}'"

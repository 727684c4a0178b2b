"""Keeps the events of the older API for as long as another one may change what they say, and finds them again."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec
import pyarrow as pa

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.langfuse.event import Event
from trimtab.traces.langfuse.spans import SCOPE
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.condition import Condition

KEPT_NS: Final = 90 * 86_400_000_000_000
"""How long after its first event something can still be changed."""
MOST_EVENTS: Final = 200_000
"""Of the traces of one batch, that are read at once."""

_TIME: Final = pa.timestamp("ns", "UTC")
_TEXTS: Final = ("project_id", "trace_id", "entity_id", "event_id", "kind", "key_id", "environment", "body")


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is stored. `trace_id` is the client's own name, empty when the event does not say it."""

    project_id: str
    trace_id: str
    entity_id: str
    event_id: str
    kind: str
    at_ns: int
    received_ns: int
    key_id: str
    environment: str
    body: str

    @property
    def event(self) -> Event:
        """The event as it came."""
        return Event(id=self.event_id, kind=self.kind, at_ns=self.at_ns, body=msgspec.json.decode(self.body))


def insert(warehouse: Warehouse, rows: Sequence[EventRow]) -> None:
    """Append events; one that comes again is one."""
    if not rows:
        return
    columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in _TEXTS} | {
        "at": pa.array([row.at_ns for row in rows], _TIME),
        "received_at": pa.array([row.received_ns for row in rows], _TIME),
    }
    warehouse.insert("langfuse_events", pa.table(columns), token=_token(rows))


def of_entities(warehouse: Warehouse, project_id: str, entity_ids: Iterable[str], during: TimeRange) -> list[EventRow]:
    """Return the events of these traces and observations."""
    return _found(warehouse, project_id, "entity_id", list(entity_ids), during)


def of_traces(warehouse: Warehouse, project_id: str, trace_ids: Iterable[str], during: TimeRange) -> list[EventRow]:
    """Return the events of these traces, and of all that is in them, by the client's own names."""
    return _found(warehouse, project_id, "trace_id", list(trace_ids), during)


def _found(warehouse: Warehouse, project_id: str, column: str, ids: list[str], during: TimeRange) -> list[EventRow]:
    if not ids:
        return []
    where = condition.within(project_id, during, "received_at")
    where.add(f"{column} IN {{ids:Array(String)}}", ids=ids)
    rows = warehouse.query(
        f"""
        SELECT project_id, trace_id, entity_id, event_id, kind, toUnixTimestamp64Nano(at) AS at_ns,
               toUnixTimestamp64Nano(received_at) AS received_ns, key_id, environment, body
        FROM langfuse_events FINAL WHERE {where.sql} LIMIT {MOST_EVENTS}
        """,  # noqa: S608 - the column is ours, values are bound
        where.values,
    )
    return [EventRow(**row) for row in rows]


def ends(
    warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], roots: Sequence[str], during: TimeRange
) -> dict[str, int]:
    """Return when the last of the stored spans of each trace has ended, its root left out."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    where.add("span_id NOT IN {roots:Array(String)}", roots=list(roots))
    rows = warehouse.query(
        f"""
        SELECT trace_id, max(toUnixTimestamp64Nano(started_at) + toInt64(duration_ns)) AS ended_ns
        FROM spans WHERE {where.sql} GROUP BY trace_id
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )
    return {row["trace_id"]: row["ended_ns"] for row in rows}


def roots_of_others(
    warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], scope: str, during: TimeRange
) -> list[Row]:
    """Return the roots of traces that came another way than by `scope`, with all their columns."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    where.add("is_root AND scope != {scope:String}", scope=scope)
    return warehouse.query(
        f"""
        SELECT * EXCEPT (started_at, ingested_at), toUnixTimestamp64Nano(started_at) AS started_ns
        FROM spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


_SHOWN: Final = f"""
    trace_id, span_id, parent_span_id, name, role, toUnixTimestamp64Nano(started_at) AS started_ns, duration_ns,
    ttft_ns, status, status_message, model, {", ".join(BUCKETS)}, usage_source, cost_usd, attributes, input_messages,
    output_messages, parameters, prompt_name, prompt_version, user_id, session_id, environment, scope, is_root
"""
"""What the shapes of Langfuse are made from."""

_ASKED: Final = {
    "user": "user_id",
    "session": "session_id",
    "environment": "environment",
    "name": "name",
    "parent": "parent_span_id",
    "trace": "trace_id",
    "span": "span_id",
    "role": "role",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFilter:
    """Which spans; empty fields ask for nothing."""

    roots_only: bool = False
    user: str = ""
    session: str = ""
    environment: str = ""
    name: str = ""
    parent: str = ""
    trace: str = ""
    span: str = ""
    role: str = ""
    tags: Sequence[str] = ()


def spans(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: SpanFilter, *, limit: int, offset: int = 0
) -> list[Row]:
    """Return spans that fit, the newest first."""
    where = _fitting(project_id, during, wanted)
    return warehouse.query(
        f"""
        SELECT {_SHOWN} FROM spans FINAL WHERE {where.sql}
        ORDER BY started_at DESC, span_id LIMIT {limit} OFFSET {offset}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )


def count(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: SpanFilter) -> int:
    """Return how many spans fit."""
    where = _fitting(project_id, during, wanted)
    (row,) = warehouse.query(f"SELECT count() AS spans FROM spans FINAL WHERE {where.sql}", where.values)  # noqa: S608 - conditions are ours
    return int(row["spans"])


def costs(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> dict[str, Decimal]:
    """Return what is known of the cost of each of these traces."""
    where = condition.within(project_id, during, "called_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    rows = warehouse.query(
        f"SELECT trace_id, sum(cost_usd) AS cost FROM ledger FINAL WHERE {where.sql} GROUP BY trace_id",  # noqa: S608 - conditions are ours
        where.values,
    )
    return {row["trace_id"]: row["cost"] for row in rows if row["cost"] is not None}


def _fitting(project_id: str, during: TimeRange, wanted: SpanFilter) -> Condition:
    where = condition.within(project_id, during, "started_at")
    if wanted.roots_only:
        where.add("is_root")
    # The span that stands for a trace of the older API is no observation of it.
    else:
        where.add("NOT (scope = {scope:String} AND parent_span_id = '')", scope=SCOPE)
    for name, column in _ASKED.items():
        if value := getattr(wanted, name):
            where.add(f"{column} = {{{name}:String}}", **{name: value})
    for place, tag in enumerate(wanted.tags):
        where.add(
            f"has(JSONExtract(attributes['langfuse.trace.tags'], 'Array(String)'), {{tag{place}:String}})",
            **{f"tag{place}": tag},
        )
    return where


def _token(rows: Sequence[EventRow]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.project_id}/{row.entity_id}/{row.event_id}/{row.body}\n".encode())
    return digest.hexdigest()

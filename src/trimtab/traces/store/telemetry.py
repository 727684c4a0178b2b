"""Writes log records, scores and spans put aside, and reads what is joined later."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import pyarrow as pa

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.grouped import Inserts
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.otlp import value as otlp
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

_TIME: Final = pa.timestamp("ns", "UTC")
_ATTRIBUTES: Final = pa.map_(pa.string(), pa.string())


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One log record as it is stored; `record_id` is made from all of it, so that one sent twice is one."""

    project_id: str
    trace_id: str
    span_id: str
    record_id: str
    at_ns: int
    event_name: str
    severity: str
    body: str
    attributes: dict[str, str]


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement as it is stored."""

    project_id: str
    score_id: str
    trace_id: str
    span_id: str
    response_id: str
    session_id: str
    at_ns: int
    name: str
    value: float | None
    label: str
    explanation: str
    source: str
    error_type: str


_LOG_TEXTS: Final = ("project_id", "trace_id", "span_id", "record_id", "event_name", "severity", "body")
_SCORE_TEXTS: Final = (
    "project_id",
    "score_id",
    "trace_id",
    "span_id",
    "response_id",
    "session_id",
    "name",
    "label",
    "explanation",
    "source",
    "error_type",
)


def insert_logs(warehouse: Inserts, rows: Sequence[LogRow]) -> None:
    """Append log records; the same ones again change nothing."""
    if not rows:
        return
    columns = _texts(rows, _LOG_TEXTS) | {
        "at": pa.array([row.at_ns for row in rows], _TIME),
        "attributes": pa.array([list(row.attributes.items()) for row in rows], _ATTRIBUTES),
    }
    warehouse.insert("log_records", pa.table(columns), token=_token(row.record_id for row in rows))


def insert_scores(warehouse: Inserts, rows: Sequence[ScoreRow]) -> None:
    """Append scores; the same ones again change nothing."""
    if not rows:
        return
    columns = _texts(rows, _SCORE_TEXTS) | {
        "at": pa.array([row.at_ns for row in rows], _TIME),
        "value": pa.array([row.value for row in rows], pa.float64()),
    }
    warehouse.insert("scores", pa.table(columns), token=_token(row.score_id + row.span_id for row in rows))


def scores_without_span(warehouse: Warehouse, during: TimeRange, limit: int) -> list[ScoreRow]:
    """Return scores in every project that name a response and no span: for what a new process must remember."""
    found = warehouse.query(
        f"""
        SELECT {", ".join(_SCORE_TEXTS)}, value, toUnixTimestamp64Nano(at) AS at_ns FROM scores FINAL
        WHERE at >= fromUnixTimestamp64Nano({{first:Int64}}) AND at < fromUnixTimestamp64Nano({{last:Int64}})
          AND response_id != '' AND span_id = '' AND source = 'otlp' AND NOT is_deleted
        ORDER BY at DESC LIMIT {limit}
        """,  # noqa: S608 - columns are ours, values are bound
        {"first": during.from_ns, "last": during.to_ns},
    )
    return [ScoreRow(**row) for row in found]


def insert_side_spans(warehouse: Inserts, project_id: str, spans: Sequence[otlp.Span]) -> None:
    """Append spans that nobody needs so far, whole, so that they can come back."""
    if not spans:
        return
    columns = {
        "project_id": pa.array([project_id] * len(spans), pa.string()),
        "trace_id": pa.array([span.trace_id for span in spans], pa.string()),
        "span_id": pa.array([span.span_id for span in spans], pa.string()),
        "parent_span_id": pa.array([span.parent_span_id for span in spans], pa.string()),
        "name": pa.array([span.name for span in spans], pa.string()),
        "payload": pa.array([payload_of(span).decode() for span in spans], pa.string()),
        "started_at": pa.array([span.start_ns for span in spans], _TIME),
    }
    warehouse.insert("side_spans", pa.table(columns), token=_token(span.span_id for span in spans))


def payload_of(item: otlp.Span | otlp.LogRecord) -> bytes:
    """Return an item whole, as JSON."""
    return msgspec.json.encode(item)


def read_payload(payload: str) -> otlp.Span:
    """Return a span that was put aside."""
    return msgspec.json.decode(payload, type=otlp.Span)


def spans_to_join(warehouse: Warehouse, project_id: str, span_ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return stored spans with all their columns, times in nanoseconds."""
    where = condition.within(project_id, during, "started_at")
    where.add("span_id IN {ids:Array(String)}", ids=list(span_ids))
    return warehouse.query(
        f"""
        SELECT * EXCEPT (started_at, ingested_at), toUnixTimestamp64Nano(started_at) AS started_ns
        FROM spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def rewrite_spans(warehouse: Warehouse, rows: Sequence[Row], *, token: str) -> None:
    """Write stored spans again with what was changed in them."""
    if not rows:
        return
    columns = {
        name: pa.array([_cell(row[name]) for row in rows], _TYPES.get(name, pa.string()))
        for name in rows[0]
        if name != "started_ns"
    }
    columns["started_at"] = pa.array([row["started_ns"] for row in rows], _TIME)
    warehouse.insert("spans", pa.table(columns), token=token)


def _cell(value: object) -> object:
    return list(value.items()) if isinstance(value, dict) else value


_TYPES: Final = {
    "duration_ns": pa.uint64(),
    "ttft_ns": pa.uint64(),
    "stream": pa.bool_(),
    "is_root": pa.bool_(),
    "is_call": pa.bool_(),
    "is_sample": pa.bool_(),
    "prompt_version": pa.uint32(),
    "status_code": pa.uint16(),
    "cost_usd": pa.decimal128(38, 12),
    "attributes": _ATTRIBUTES,
} | dict.fromkeys(BUCKETS, pa.uint64())


def recent_logs(warehouse: Warehouse, during: TimeRange, events: Sequence[str], limit: int) -> list[Row]:
    """Return log records of these events in every project, newest first: for what a new process must remember."""
    return warehouse.query(
        f"""
        SELECT project_id, trace_id, span_id, event_name, body, attributes, toUnixTimestamp64Nano(at) AS at_ns
        FROM log_records FINAL
        WHERE at >= fromUnixTimestamp64Nano({{first:Int64}}) AND at < fromUnixTimestamp64Nano({{last:Int64}})
          AND event_name IN {{events:Array(String)}}
        ORDER BY at DESC LIMIT {limit}
        """,  # noqa: S608 - values are bound
        {"first": during.from_ns, "last": during.to_ns, "events": list(events)},
    )


def _texts(rows: Sequence[msgspec.Struct], names: Sequence[str]) -> dict[str, pa.Array]:
    return {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in names}


def _token(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()

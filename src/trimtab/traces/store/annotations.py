"""The rows of comments, tags and corrections. Of one id the newest counts; what was deleted is a row that says so.

`at` is the start of the trace, so that those of a range of traces lie in the same range.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from trimtab.storage.warehouse.grouped import Inserts
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.annotation import Annotation, Kind
from trimtab.traces.range import TimeRange, from_ns_since_epoch, to_ns_since_epoch
from trimtab.traces.store import condition

_TIME: Final = pa.timestamp("ns", "UTC")
_HOUR_NS: Final = 3_600_000_000_000
_COLUMNS: Final = """
    annotation_id, kind, trace_id, span_id, text, author_id, author, toUnixTimestamp64Nano(at) AS at_ns,
    toUnixTimestamp64Nano(created_at) AS created_ns, toUnixTimestamp64Nano(revised_at) AS revised_ns
"""


def write(warehouse: Inserts, project_id: str, annotation: Annotation, *, is_deleted: bool = False) -> None:
    """Store an annotation as it is now, or that it is gone."""
    insert(warehouse, project_id, [annotation], is_deleted=is_deleted)


def insert(warehouse: Inserts, project_id: str, annotations: Sequence[Annotation], *, is_deleted: bool = False) -> None:
    """Store annotations as they are now, or that they are gone; none is no insert."""
    if not annotations:
        return
    columns: dict[str, list[str]] = {
        "project_id": [project_id] * len(annotations),
        "annotation_id": [each.id for each in annotations],
        "trace_id": [each.trace_id for each in annotations],
        "span_id": [each.span_id for each in annotations],
        "kind": [each.kind.value for each in annotations],
        "text": ["" if is_deleted else each.text for each in annotations],
        "author_id": [each.author_id for each in annotations],
        "author": [each.author for each in annotations],
    }
    times = {
        "at": [each.at_ns for each in annotations],
        "created_at": [to_ns_since_epoch(each.created_at) for each in annotations],
        "revised_at": [to_ns_since_epoch(each.revised_at) for each in annotations],
    }
    table = {
        **{name: pa.array(values, pa.string()) for name, values in columns.items()},
        **{name: pa.array(values, _TIME) for name, values in times.items()},
        "is_deleted": pa.array([is_deleted] * len(annotations), pa.bool_()),
    }
    digest = hashlib.sha256(repr((columns, times, is_deleted)).encode()).hexdigest()
    warehouse.insert("annotations", pa.table(table), token=digest)


def known(warehouse: Warehouse, project_id: str, ids: Sequence[str], during: TimeRange) -> set[str]:
    """Return which of these annotations were there once, taken away or not; `during` is when their traces started."""
    where = condition.within(project_id, during, "at")
    where.add("annotation_id IN {ids:Array(String)}", ids=list(ids))
    found = warehouse.query(
        f"SELECT DISTINCT annotation_id FROM annotations WHERE {where.sql}",  # noqa: S608 - conditions are ours
        where.values,
    )
    return {row["annotation_id"] for row in found}


def start_of(warehouse: Warehouse, project_id: str, trace_id: str, span_id: str, ever: TimeRange) -> int | None:
    """Return when the trace started; None when there is no such trace, or it has no such span."""
    where = condition.within(project_id, ever, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    (found,) = warehouse.query(
        f"""
        SELECT count() AS rows, min(toUnixTimestamp64Nano(started_at)) AS start_ns,
               countIf(span_id = {{span_id:String}}) AS spans
        FROM spans WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values | {"span_id": span_id},
    )
    return int(found["start_ns"]) if found["rows"] and (found["spans"] or not span_id) else None


def of_traces(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> list[Annotation]:
    """Return what is said about the traces and their spans, the oldest first; `during` is when the traces started."""
    where = condition.within(project_id, TimeRange(during.from_ns - _HOUR_NS, during.to_ns + _HOUR_NS), "at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    found = warehouse.query(
        f"""
        SELECT {_COLUMNS} FROM annotations FINAL WHERE {where.sql} AND NOT is_deleted
        ORDER BY created_at, annotation_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    return [_annotation(row) for row in found]


def tags(warehouse: Warehouse, project_id: str, during: TimeRange, limit: int) -> list[Row]:
    """Return rows of `tag, traces` of the traces that started in the range, the most frequent first."""
    where = condition.within(project_id, during, "at")
    return warehouse.query(
        f"""
        SELECT text AS tag, uniqExact(trace_id) AS traces FROM annotations FINAL
        WHERE {where.sql} AND kind = 'tag' AND NOT is_deleted
        GROUP BY tag ORDER BY traces DESC, tag LIMIT {limit}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def _annotation(row: Row) -> Annotation:
    return Annotation(
        id=row["annotation_id"],
        kind=Kind(row["kind"]),
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        text=row["text"],
        author_id=row["author_id"],
        author=row["author"],
        at_ns=row["at_ns"],
        created_at=from_ns_since_epoch(row["created_ns"]),
        revised_at=from_ns_since_epoch(row["revised_ns"]),
    )

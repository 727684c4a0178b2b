"""What is said about the traces of a list: their tags, how many comments, whether corrected, and their scores."""

from collections.abc import Sequence
from typing import Final

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

_HOUR_NS: Final = 3_600_000_000_000
_DAY_NS: Final = 24 * _HOUR_NS
_SCORED_LATER_NS: Final = 30 * _DAY_NS
"""Judgements that come later than this are found on the trace's own page."""
_NOTHING: Final[Row] = {"tags": [], "comment_count": 0, "is_corrected": False, "scores": []}


def of_traces(warehouse: Warehouse, project_id: str, rows: Sequence[Row]) -> dict[str, Row]:
    """Return `tags`, `comment_count`, `is_corrected` and `scores` by the id of those traces that have any."""
    if not rows:
        return {}
    ids = sorted({row["trace_id"] for row in rows})
    times = [row["started_ns"] for row in rows]
    during = TimeRange(min(times) - _HOUR_NS, max(times) + _HOUR_NS)
    found: dict[str, Row] = {row.pop("trace_id"): _NOTHING | row for row in _said(warehouse, project_id, ids, during)}
    until = TimeRange(during.from_ns, during.to_ns + _SCORED_LATER_NS)
    for row in _scores(warehouse, project_id, ids, until):
        trace_id = row.pop("trace_id")
        known = found.setdefault(trace_id, dict(_NOTHING))
        known["scores"] = [*known["scores"], row]
    return found


def _said(warehouse: Warehouse, project_id: str, ids: Sequence[str], during: TimeRange) -> list[Row]:
    where = condition.within(project_id, during, "at")
    where.add("trace_id IN {traces:Array(String)}", traces=ids)
    return warehouse.query(
        f"""
        SELECT trace_id, arraySort(groupUniqArrayIf(text, kind = 'tag')) AS tags,
               countIf(kind = 'comment') AS comment_count, countIf(kind = 'correction') > 0 AS is_corrected
        FROM annotations FINAL WHERE {where.sql} AND NOT is_deleted GROUP BY trace_id
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def _scores(warehouse: Warehouse, project_id: str, ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return `trace_id, name, value, label`: the newest of each name, whichever part of the trace it judges."""
    where = condition.within(project_id, during, "at")
    where.add("trace_id IN {traces:Array(String)}", traces=ids)
    return warehouse.query(
        f"""
        SELECT trace_id, toString(name) AS name, value, toString(label) AS label
        FROM scores FINAL WHERE {where.sql} AND NOT is_deleted
        ORDER BY trace_id, name, at DESC LIMIT 1 BY trace_id, name
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )

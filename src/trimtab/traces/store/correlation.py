"""What the store knows of traces that memory has lost, and changes to rows that later spans proved wrong.

A row is changed by writing it again with another value: the newer one wins wherever rows are read.
"""

from collections.abc import Sequence
from typing import Final

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

_BUCKETS: Final = ", ".join(BUCKETS)
_NO_TOKENS: Final = ", ".join(f"0 AS {bucket}" for bucket in BUCKETS)


def spans_of(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return what tells spans of these traces apart, without their content."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    return warehouse.query(
        f"""
        SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(started_at) AS started_ns, duration_ns, source,
               kind, status, role, response_id, is_root, is_call, cost_source, {_BUCKETS}, usage_source
        FROM spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )


def calls_of_responses(
    warehouse: Warehouse, project_id: str, response_ids: Sequence[str], during: TimeRange
) -> list[Row]:
    """Return the calls that had these responses; of several reports of one call, the one that counts comes first."""
    where = condition.within(project_id, during, "started_at")
    where.add("response_id IN {responses:Array(String)}", responses=list(response_ids))
    return warehouse.query(
        f"""
        SELECT response_id, trace_id, span_id, toUnixTimestamp64Nano(started_at) AS started_ns
        FROM spans FINAL WHERE {where.sql} ORDER BY is_call DESC, started_at
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def side_spans_of(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return the spans of these traces that were put aside, without their content."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    return warehouse.query(
        f"""
        SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(started_at) AS started_ns
        FROM side_spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def payloads(warehouse: Warehouse, project_id: str, span_ids: Sequence[str], during: TimeRange) -> list[str]:
    """Return spans that were put aside, as they were sent."""
    where = condition.within(project_id, during, "started_at")
    where.add("span_id IN {ids:Array(String)}", ids=list(span_ids))
    found = warehouse.query(
        f"SELECT payload FROM side_spans FINAL WHERE {where.sql}",  # noqa: S608 - conditions are ours
        where.values,
    )
    return [row["payload"] for row in found]


def write_roots(warehouse: Warehouse, project_id: str, span_ids: Sequence[str], during: TimeRange, *, to: bool) -> None:
    """Say of these spans whether they stand for their trace."""
    warehouse.command(
        f"""
        INSERT INTO spans SELECT * REPLACE ({str(to).lower()} AS is_root, now64(3) AS ingested_at)
        FROM spans FINAL WHERE {_where(project_id, span_ids, during, "started_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )


def write_counted_elsewhere(
    warehouse: Warehouse,
    project_id: str,
    span_id: str,
    during: TimeRange,
    *,
    source: str,
    version: str,
    formula: str,
) -> None:
    """Take a span's cost away, because another span carries it."""
    warehouse.command(
        f"""
        INSERT INTO ledger SELECT * REPLACE ({_NO_TOKENS}, toDecimal128(0, 12) AS cost_usd, '{source}' AS price_source,
            '{version}' AS price_version, '[]' AS price_lines, '{formula}' AS formula, now64(3) AS ingested_at)
        FROM ledger FINAL WHERE {_where(project_id, [span_id], during, "called_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )
    warehouse.command(
        f"""
        INSERT INTO spans SELECT * REPLACE (false AS is_call, toDecimal128(0, 12) AS cost_usd,
            '{source}' AS cost_source, now64(3) AS ingested_at)
        FROM spans FINAL WHERE {_where(project_id, [span_id], during, "started_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )


def _where(project_id: str, span_ids: Sequence[str], during: TimeRange, column: str) -> str:
    ids = ", ".join(f"'{span_id}'" for span_id in span_ids)
    return (
        f"project_id = '{project_id}' AND {column} >= fromUnixTimestamp64Nano({during.from_ns}) "
        f"AND {column} < fromUnixTimestamp64Nano({during.to_ns}) AND span_id IN ({ids})"
    )

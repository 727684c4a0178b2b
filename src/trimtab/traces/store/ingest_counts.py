"""What became of telemetry by the minute, and what came from whom."""

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from trimtab.query.expression import Expression
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import Matching


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many items one server has seen in a minute that had this outcome for this reason; a later row replaces it."""

    project_id: str
    at_ns: int
    outcome: str
    reason: str
    writer: str
    count: int


def insert(warehouse: Warehouse, rows: Sequence[CountRow], *, token: str) -> None:
    """Write counts of minutes, in place of those that the same writer wrote for them before."""
    if not rows:
        return
    texts = ("project_id", "outcome", "reason", "writer")
    columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in texts}
    columns["at"] = pa.array([row.at_ns for row in rows], pa.timestamp("ns", "UTC"))
    columns["count"] = pa.array([row.count for row in rows], pa.uint64())
    warehouse.insert("ingest_counts", pa.table(columns), token=token)


def by_reason(warehouse: Warehouse, project_id: str, during: TimeRange) -> list[Row]:
    """Return how many items had which outcome for which reason, and when last, the most frequent first."""
    where = condition.within(project_id, during, "at")
    return warehouse.query(
        f"""
        SELECT outcome, reason, sum(count) AS items, max(toUnixTimestamp64Nano(at)) AS last_ns
        FROM ingest_counts FINAL WHERE {where.sql} GROUP BY outcome, reason ORDER BY items DESC, outcome, reason
        LIMIT 500
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def over_time(warehouse: Warehouse, project_id: str, during: TimeRange, step_ns: int) -> list[Row]:
    """Return how many items had which outcome in each step of the range, oldest first; steps without any are absent."""
    where = condition.within(project_id, during, "at")
    where.add("1", step_ns=step_ns)
    return warehouse.query(
        f"""
        SELECT intDiv(toUnixTimestamp64Nano(at), {{step_ns:Int64}}) * {{step_ns:Int64}} AS at_ns, outcome,
               sum(count) AS items
        FROM ingest_counts FINAL WHERE {where.sql} GROUP BY at_ns, outcome ORDER BY at_ns, outcome
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def senders(warehouse: Warehouse, project_id: str, during: TimeRange, lately_ns: int) -> list[Row]:
    """Return who reported spans: vocabulary and library, with how many, how many since `lately_ns`, and when last."""
    where = condition.within(project_id, during, "started_at")
    where.add("1", lately_ns=lately_ns)
    return warehouse.query(
        f"""
        SELECT source, dialect, scope, anyLast(attributes['otel.scope.version']) AS version, uniq(span_id) AS spans,
               uniqIf(span_id, is_call) AS calls, uniqIf(span_id, cost_source = 'counted_elsewhere') AS duplicates,
               uniqIf(span_id, ingested_at >= fromUnixTimestamp64Milli(intDiv({{lately_ns:Int64}}, 1000000))) AS lately,
               toUnixTimestamp64Milli(max(ingested_at)) AS last_ms,
               topK(3)(attributes['resource.service.name']) AS services
        FROM spans WHERE {where.sql} GROUP BY source, dialect, scope ORDER BY spans DESC, source, dialect, scope
        LIMIT 200
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def newest_spans(
    warehouse: Warehouse, project_id: str, during: TimeRange, rules: Sequence[Expression], limit: int
) -> list[Row]:
    """Return applications' spans, newest first, with the place of the first rule that each fits, from 1, or 0."""
    where = condition.within(project_id, during, "started_at")
    where.add("source = 'otlp'")
    matching = Matching(during)
    arms = "".join(f"{matching.sql(rule)}, {place}, " for place, rule in enumerate(rules, start=1))
    rule = f"multiIf({arms}0)" if arms else "0"
    return warehouse.query(
        f"""
        SELECT trace_id, span_id, parent_span_id, role, is_call, cost_usd, {rule} AS rule
        FROM spans WHERE {where.sql} ORDER BY started_at DESC, ingested_at DESC LIMIT 1 BY span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values | matching.values,
    )


def newest_side_payloads(warehouse: Warehouse, project_id: str, during: TimeRange, limit: int) -> list[str]:
    """Return the newest spans that were put aside, as they were sent."""
    where = condition.within(project_id, during, "started_at")
    found = warehouse.query(
        f"SELECT payload FROM side_spans WHERE {where.sql} ORDER BY started_at DESC LIMIT 1 BY span_id LIMIT {limit}",  # noqa: S608 - conditions are ours
        where.values,
    )
    return [row["payload"] for row in found]


def totals(warehouse: Warehouse, project_id: str, during: TimeRange) -> int:
    """Return how many spans of applications the range holds, stored or put aside."""
    where = condition.within(project_id, during, "started_at")
    found = warehouse.query(
        f"""
        SELECT (SELECT uniq(span_id) FROM spans WHERE {where.sql} AND source = 'otlp')
             + (SELECT uniq(span_id) FROM side_spans WHERE {where.sql}) AS spans
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )
    return int(found[0]["spans"])

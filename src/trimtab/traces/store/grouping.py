"""What the traces that fit used and cost, group by group.

The traces are those of the list, so that the numbers beside it are about the same ones. A trace's requests, tokens and
money are those of its calls: a call through the gateway is its own root, any other root has those of its whole trace.
"""

from collections.abc import Sequence
from typing import Final

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import INPUT, OUTPUT

TRACE: Final = "reinterpretAsUInt128(unhex(trace_id))"
"""A trace's id as a number: grouping and joining by it takes a third of the time that text takes."""

TRACES: Final = f"""
    countIf(is_root AND source = 'gateway') + uniqExactIf({TRACE}, NOT (is_root AND source = 'gateway'))
"""
"""How many lines of the list spans belong to: a call through the gateway is a line of its own."""

_DURATIONS: Final = """
    quantiles(0.5, 0.95)(duration_ns)[1] AS p50_ns, quantiles(0.5, 0.95)(duration_ns)[2] AS p95_ns
"""


def by_root(warehouse: Warehouse, roots: condition.Condition, during: TimeRange, *, key: str, limit: int) -> list[Row]:
    """Return a row for each value of `key` among the roots that fit, the most frequent first."""
    counted = warehouse.query(
        f"""
        SELECT {key} AS key, count() AS traces FROM spans FINAL WHERE {roots.sql}
        GROUP BY key ORDER BY traces DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        roots.values,
    )
    if len(counted) == limit:
        # Of very many values, as of users, the rest is read for those alone that are shown.
        roots.add(f"{key} IN {{keys:Array(String)}}", keys=[str(row["key"]) for row in counted])
    nearby = condition.nearby(during)
    return warehouse.query(
        f"""
        SELECT key, sum(own) AS traces, traces AS counted, countIf(has_failed) AS errors,
               quantilesIf(0.5, 0.95)(duration_ns, own)[1] AS p50_ns,
               quantilesIf(0.5, 0.95)(duration_ns, own)[2] AS p95_ns,
               sum(calls) AS requests, sum(input) AS input_tokens, sum(output) AS output_tokens,
               sum(usd) AS priced_usd, sum(priced_calls) AS priced, requests - priced AS unpriced
        FROM (
            SELECT {key} AS key, 1 AS own, status = 'error' AS has_failed, duration_ns, toUInt64(is_call) AS calls,
                   if(is_call, {INPUT}, 0) AS input, if(is_call, {OUTPUT}, 0) AS output,
                   if(is_call, ifNull(cost_usd, 0), 0) AS usd,
                   toUInt64(is_call AND cost_usd IS NOT NULL) AS priced_calls
            FROM spans FINAL WHERE {roots.sql}
            UNION ALL
            SELECT of_trace.key AS key, 0 AS own, 0 AS has_failed, 0 AS duration_ns, count() AS calls,
                   sum({INPUT}) AS input, sum({OUTPUT}) AS output, sum(ifNull(cost_usd, 0)) AS usd,
                   count(cost_usd) AS priced_calls
            FROM (
                SELECT {TRACE} AS trace, * FROM spans FINAL
                WHERE project_id = {{project:String}} AND {nearby.sql} AND is_call AND NOT is_root
            ) AS inner
            INNER JOIN (
                SELECT {TRACE} AS trace, any({key}) AS key FROM spans FINAL
                WHERE {roots.sql} AND source != 'gateway' GROUP BY trace
            ) AS of_trace ON inner.trace = of_trace.trace
            GROUP BY key
        )
        GROUP BY key ORDER BY traces DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        roots.values | nearby.values,
    )


def of_traces(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> dict[str, Row]:
    """Return what the calls beneath the roots of these traces used and cost, by trace; absent where there are none."""
    if not trace_ids:
        return {}
    where = condition.nearby(during)
    where.add("project_id = {project:String}", project=project_id)
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    rows = warehouse.query(
        f"""
        SELECT trace_id, count() AS requests, sum({INPUT}) AS input_tokens, sum({OUTPUT}) AS output_tokens,
               sum(cost_usd) AS priced_usd, count(cost_usd) AS priced
        FROM spans FINAL WHERE {where.sql} AND is_call AND NOT is_root GROUP BY trace_id
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )
    return {row["trace_id"]: row for row in rows}


def by_call(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    *,
    key: str,
    limit: int,
) -> list[Row]:
    """Return a row for each value of `key` among the calls of the traces that fit, the most frequent first."""
    where = calls_of(project_id, during, wanted)
    return warehouse.query(
        f"""
        SELECT {key} AS key, {TRACES} AS traces, countIf(status = 'error') AS errors, {_DURATIONS},
               count() AS requests, requests AS counted, sum({INPUT}) AS input_tokens, sum({OUTPUT}) AS output_tokens,
               sum(cost_usd) AS priced_usd, count(cost_usd) AS priced, requests - priced AS unpriced
        FROM spans FINAL WHERE {where.sql} AND is_call GROUP BY key ORDER BY requests DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def calls_of(project_id: str, during: TimeRange, wanted: CallFilter | None) -> condition.Condition:
    """Return the condition for all spans of the traces that fit."""
    if wanted is None or wanted == CallFilter():
        return condition.within(project_id, during, "started_at")
    roots = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    spans = condition.nearby(during)
    spans.values |= roots.values
    spans.add("project_id = {project:String}")
    fitting = f"SELECT {TRACE} FROM spans FINAL WHERE {roots.sql}"  # noqa: S608 - conditions are ours, values are bound
    spans.add(f"{TRACE} GLOBAL IN ({fitting})")
    return spans

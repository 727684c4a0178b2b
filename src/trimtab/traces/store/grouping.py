"""What the traces that fit used and cost, group by group.

The traces are those of the list, so that the numbers beside it are about the same ones. A trace's requests, tokens and
money are those of its calls: a call through the gateway is its own root, any other root has those of its whole trace.
"""

from typing import Final

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

INPUT: Final = "(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image)"
OUTPUT: Final = "(output_text + reasoning + output_audio)"

TRACE: Final = "reinterpretAsUInt128(unhex(trace_id))"
"""A trace's id as a number: grouping and joining by it takes a third of the time that text takes."""

_DURATIONS: Final = """
    quantiles(0.5, 0.95)(duration_ns)[1] AS p50_ns, quantiles(0.5, 0.95)(duration_ns)[2] AS p95_ns
"""


def by_root(
    warehouse: Warehouse,
    roots: condition.Condition,
    during: TimeRange,
    *,
    key: str,
    limit: int,
    narrow: bool,
) -> list[Row]:
    """Return a row for each value of `key` among the roots that fit, the most frequent first.

    `narrow` says that they are few, and that the calls of other traces are better left out early.
    """
    nearby = condition.nearby(during)
    if narrow:
        fitting = f"SELECT {TRACE} FROM spans FINAL WHERE {roots.sql}"  # noqa: S608 - conditions are ours
        nearby.add(f"{TRACE} GLOBAL IN ({fitting})")
    return warehouse.query(
        f"""
        SELECT key, count() AS traces, traces AS counted, countIf(has_failed) AS errors, {_DURATIONS},
               min(started_ns) AS first_ns, max(started_ns) AS last_ns,
               sum(own.requests + inner.requests) AS requests,
               sum(own.input_tokens + inner.input_tokens) AS input_tokens,
               sum(own.output_tokens + inner.output_tokens) AS output_tokens,
               sum(own.priced_usd + inner.priced_usd) AS priced_usd, sum(own.priced + inner.priced) AS priced,
               requests - priced AS unpriced
        FROM (
            SELECT {key} AS key, if(source = 'gateway', 0, {TRACE}) AS trace, status = 'error' AS has_failed,
                   toUnixTimestamp64Nano(started_at) AS started_ns, duration_ns, toUInt64(is_call) AS requests,
                   if(is_call, {INPUT}, 0) AS input_tokens, if(is_call, {OUTPUT}, 0) AS output_tokens,
                   if(is_call, ifNull(cost_usd, 0), 0) AS priced_usd,
                   toUInt64(is_call AND cost_usd IS NOT NULL) AS priced
            FROM spans FINAL WHERE {roots.sql}
        ) AS own
        LEFT JOIN (
            SELECT {TRACE} AS trace, count() AS requests, sum({INPUT}) AS input_tokens, sum({OUTPUT}) AS output_tokens,
                   sum(ifNull(cost_usd, 0)) AS priced_usd, count(cost_usd) AS priced
            FROM spans FINAL WHERE project_id = {{project:String}} AND {nearby.sql} AND is_call AND NOT is_root
            GROUP BY trace
        ) AS inner ON own.trace = inner.trace
        GROUP BY key ORDER BY traces DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        roots.values | nearby.values,
    )


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
        SELECT {key} AS key, uniqExact({TRACE}) AS traces, countIf(status = 'error') AS errors, {_DURATIONS},
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

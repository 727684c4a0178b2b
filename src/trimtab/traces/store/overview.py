"""Numbers over a range: requests and latencies from the root spans of calls, tokens and money from the ledger.

Money has one source, so that it is the same sum wherever it is shown. Both tables are cut by the start of the call, so
that a call's tokens fall into the same step as the call. `FINAL` counts a row that was stored twice once.
"""

from typing import Final, Literal

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

By = Literal["prompt", "model", "feature", "environment"]

_KEY: Final[dict[By, str]] = {
    "prompt": "toString(prompt_name)",
    "model": "if(model = '', '', concat(provider, '/', model))",
    "feature": "toString(feature)",
    "environment": "toString(environment)",
}

_CALLS: Final = """
    count() AS requests, countIf(status = 'error') AS errors,
    if(requests = 0, NULL, quantiles(0.5, 0.95)(duration_ns)[1]) AS p50_ns,
    if(requests = 0, NULL, quantiles(0.5, 0.95)(duration_ns)[2]) AS p95_ns,
    quantilesIf(0.5, 0.95)(assumeNotNull(ttft_ns), ttft_ns IS NOT NULL)[1] AS ttft_p50,
    quantilesIf(0.5, 0.95)(assumeNotNull(ttft_ns), ttft_ns IS NOT NULL)[2] AS ttft_p95,
    if(isNaN(ttft_p50), NULL, ttft_p50) AS ttft_p50_ns, if(isNaN(ttft_p95), NULL, ttft_p95) AS ttft_p95_ns
"""

_MONEY: Final = """
    sum(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image) AS input_tokens,
    sum(output_text + reasoning + output_audio) AS output_tokens,
    sum(cost_usd) AS priced_usd, count(cost_usd) AS priced_rows,
    uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced_requests
"""

_MOST_KEYS: Final = 200


def totals(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter | None = None
) -> tuple[list[Row], list[Row]]:
    """Return rows of calls and of the ledger with `is_current`, for this range and for the one before it."""
    both = TimeRange(during.before.from_ns, during.to_ns)
    boundary = {"boundary_ns": during.from_ns}

    def grouped(table: str, columns: str, where: condition.Condition, time: str) -> list[Row]:
        return warehouse.query(
            f"""
            SELECT {time} >= fromUnixTimestamp64Nano({{boundary_ns:Int64}}) AS is_current, {columns}
            FROM {table} FINAL WHERE {where.sql} GROUP BY is_current
            """,  # noqa: S608 - all names are ours, values are bound
            where.values | boundary,
        )

    return (
        grouped("spans", _CALLS, condition.calls(project_id, both, wanted), "started_at"),
        grouped("ledger", _MONEY, condition.entries(project_id, both, wanted), "called_at"),
    )


def series(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter | None = None
) -> tuple[list[Row], list[Row]]:
    """Return rows of calls and of the ledger with `step`, the start of the step in seconds; empty steps are absent."""

    def stepped(table: str, columns: str, where: condition.Condition, time: str) -> list[Row]:
        return warehouse.query(
            f"""
            SELECT intDiv(toUnixTimestamp({time}), {during.step_s}) * {during.step_s} AS step, {columns}
            FROM {table} FINAL WHERE {where.sql} GROUP BY step
            """,  # noqa: S608 - all names are ours, values are bound
            where.values,
        )

    return (
        stepped("spans", _CALLS, condition.calls(project_id, during, wanted), "started_at"),
        stepped("ledger", _MONEY, condition.entries(project_id, during, wanted), "called_at"),
    )


def breakdown(
    warehouse: Warehouse, project_id: str, during: TimeRange, by: By, wanted: CallFilter | None = None
) -> tuple[list[Row], list[Row]]:
    """Return rows of calls and of the ledger with `key`, the greatest first.

    With very many keys: those with the most calls and those with the most money, each with both its numbers.
    """
    calls, entries = condition.calls(project_id, during, wanted), condition.entries(project_id, during, wanted)

    def keyed(table: str, columns: str, where: condition.Condition, order: str, most: int) -> list[Row]:
        return warehouse.query(
            f"""
            SELECT {_KEY[by]} AS key, {columns} FROM {table} FINAL WHERE {where.sql}
            GROUP BY key ORDER BY {order} DESC, key LIMIT {most}
            """,  # noqa: S608 - all names are ours, values are bound
            where.values,
        )

    def both(most: int) -> tuple[list[Row], list[Row]]:
        return (
            keyed("spans", _CALLS, calls, "requests", most),
            keyed("ledger", _MONEY, entries, "priced_usd", most),
        )

    by_calls, by_money = both(_MOST_KEYS)
    if max(len(by_calls), len(by_money)) < _MOST_KEYS:
        return by_calls, by_money
    # The two halves were cut at different keys, and a key in one half alone would show a false zero in the other.
    keys = sorted({str(row["key"]) for row in [*by_calls, *by_money]})
    for where in (calls, entries):
        where.add(f"{_KEY[by]} IN {{keys:Array(String)}}", keys=keys)
    return both(len(keys))

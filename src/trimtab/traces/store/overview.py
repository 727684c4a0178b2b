"""Numbers over a range: requests and latencies from the root spans of calls, tokens and money from the ledger.

Money has one source, so that it is the same sum wherever it is shown. Both tables are cut by the start of the call, so
that a call's tokens fall into the same step as the call. `FINAL` counts a row that was stored twice once.
"""

from dataclasses import dataclass
from typing import Final, Literal

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import INPUT, OUTPUT

By = Literal["prompt", "model", "feature", "environment"]

_KEY: Final[dict[By, str]] = {
    "prompt": "toString(prompt_name)",
    "model": "if(model = '' OR provider = '', toString(model), concat(provider, '/', model))",
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

_MONEY: Final = f"""
    sum({INPUT}) AS input_tokens,
    sum({OUTPUT}) AS output_tokens,
    sum(cost_usd) AS priced_usd, count(cost_usd) AS priced_rows,
    uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced_requests
"""

_MOST_KEYS: Final = 200
"""More than a series has steps."""


@dataclass(frozen=True, slots=True)
class _Half:
    """A table, what is read of it, and by which of that a key is great."""

    table: str
    time: str
    columns: str
    greatest: str


_SPANS: Final = _Half("spans", "started_at", _CALLS, "requests")
_LEDGER: Final = _Half("ledger", "called_at", _MONEY, "priced_usd")


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


@dataclass(frozen=True, slots=True)
class Cuts:
    """Rows of calls and of the ledger, over time by `step`, its start in seconds, and by `key`, the greatest first."""

    series: tuple[list[Row], list[Row]]
    breakdown: tuple[list[Row], list[Row]]


def cuts(warehouse: Warehouse, project_id: str, during: TimeRange, by: By, wanted: CallFilter | None = None) -> Cuts:
    """Return the numbers over time, empty steps absent, and by key, both from one reading of each table.

    With very many keys: those with the most calls and those with the most money, each with both its numbers.
    """
    calls, entries = condition.calls(project_id, during, wanted), condition.entries(project_id, during, wanted)
    step = f"intDiv(toUnixTimestamp({{time}}), {during.step_s}) * {during.step_s}"

    def cut(most: int) -> tuple[list[Row], list[Row]]:
        first, second = (
            warehouse.query(
                f"""
                SELECT {step.format(time=of.time)} AS step, {_KEY[by]} AS key, grouping(key) = 0 AS is_of_key,
                       {of.columns}
                FROM {of.table} FINAL WHERE {where.sql} GROUP BY GROUPING SETS ((step), (key))
                ORDER BY is_of_key, {of.greatest} DESC, key LIMIT {most} BY is_of_key
                """,  # noqa: S608 - all names are ours, values are bound
                where.values,
            )
            for of, where in ((_SPANS, calls), (_LEDGER, entries))
        )
        return first, second

    found = cut(_MOST_KEYS)
    series = _where(found, is_of_key=False)
    breakdown = _where(found, is_of_key=True)
    if max(map(len, breakdown)) == _MOST_KEYS:
        # The two halves were cut at different keys, and a key in one half alone would show a false zero in the other.
        keys = sorted({str(row["key"]) for rows in breakdown for row in rows})
        for where in (calls, entries):
            where.add(f"{_KEY[by]} IN {{keys:Array(String)}}", keys=keys)
        breakdown = _where(cut(len(keys)), is_of_key=True)
    return Cuts(series, breakdown)


def _where(halves: tuple[list[Row], list[Row]], *, is_of_key: bool) -> tuple[list[Row], list[Row]]:
    first, second = ([row for row in rows if row["is_of_key"] == is_of_key] for rows in halves)
    return first, second

"""Puts the numbers of calls and of the ledger together, step by step and key by key. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from trimtab.base import money
from trimtab.storage.warehouse.port import Row
from trimtab.traces.range import TimeRange, from_ns_since_epoch
from trimtab.traces.show import milliseconds
from trimtab.traces.views import BreakdownRow, Overview, SeriesPoint, Totals

Halves = tuple[Sequence[Row], Sequence[Row]]
"""Rows of calls, and rows of the ledger for the same keys."""

_NO_CALLS: Row = {
    "requests": 0,
    "errors": 0,
    "p50_ns": None,
    "p95_ns": None,
    "ttft_p50_ns": None,
    "ttft_p95_ns": None,
}
_NO_MONEY: Row = {
    "input_tokens": 0,
    "output_tokens": 0,
    "priced_usd": None,
    "priced_rows": 0,
    "unpriced_requests": 0,
}


def build(during: TimeRange, *, totals: Halves, series: Halves, breakdown: Halves) -> Overview:
    """Return the overview of a range; steps without calls are there with zeros, so that lines do not jump over them."""
    by_period = _merge(totals, "is_current")
    by_step = _merge(series, "step")
    return Overview(
        totals=_totals(by_period.get(1, _NO_CALLS | _NO_MONEY)),
        previous=_totals(by_period.get(0, _NO_CALLS | _NO_MONEY)),
        step_s=during.step_s,
        series=[_point(step, by_step.get(step, _NO_CALLS | _NO_MONEY)) for step in during.steps()],
        breakdown=[_breakdown_row(str(key), row) for key, row in _merge(breakdown, "key").items()],
    )


def _merge(halves: Halves, key: str) -> dict[str | int, Row]:
    merged: dict[str | int, Row] = {}
    for row in halves[0]:
        merged[row[key]] = _NO_MONEY | row
    for row in halves[1]:
        merged[row[key]] = merged.get(row[key], _NO_CALLS) | row
    return merged


def _cost(row: Row) -> Decimal | None:
    """Return the sum of what is priced: zero when there was nothing to price, None when nothing had a price."""
    if row["priced_rows"]:
        return Decimal(row["priced_usd"])
    return None if row["unpriced_requests"] else money.ZERO


def _totals(row: Row) -> Totals:
    requests = row["requests"]
    return Totals(
        requests=requests,
        errors=row["errors"],
        error_rate=row["errors"] / requests if requests else 0.0,
        p50_ms=milliseconds(row["p50_ns"]),
        p95_ms=milliseconds(row["p95_ns"]),
        ttft_p50_ms=milliseconds(row["ttft_p50_ns"]),
        ttft_p95_ms=milliseconds(row["ttft_p95_ns"]),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=_cost(row),
        unpriced_requests=row["unpriced_requests"],
    )


def _point(step: int, row: Row) -> SeriesPoint:
    return SeriesPoint(
        at=from_ns_since_epoch(step * 1_000_000_000),
        requests=row["requests"],
        errors=row["errors"],
        p50_ms=milliseconds(row["p50_ns"]),
        p95_ms=milliseconds(row["p95_ns"]),
        ttft_p50_ms=milliseconds(row["ttft_p50_ns"]),
        tokens=row["input_tokens"] + row["output_tokens"],
        cost_usd=_cost(row),
    )


def _breakdown_row(key: str, row: Row) -> BreakdownRow:
    return BreakdownRow(
        key=key,
        requests=row["requests"],
        errors=row["errors"],
        p50_ms=milliseconds(row["p50_ns"]),
        p95_ms=milliseconds(row["p95_ns"]),
        ttft_p50_ms=milliseconds(row["ttft_p50_ns"]),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=_cost(row),
        unpriced_requests=row["unpriced_requests"],
    )

"""Questions to the ledger in the warehouse, and new versions of its rows. The newer row of a key wins in every read.

A price stands in two tables: on the ledger's row, which every sum is made of, and on the spans, which lists show. Both
get the new one, ledger first; doing it again does no harm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pyarrow as pa

from trimtab.base import money
from trimtab.costs import price_lines
from trimtab.costs.repricing import Change, Entry, cost_of_call
from trimtab.llm.usage import BUCKETS, Usage
from trimtab.storage.warehouse.port import Parameter, Row, Warehouse

PAGE: Final = 1_000
_NS_PER_S: Final = 1_000_000_000
_PART: Final = 400
"""Spans in one statement, whose text the engine bounds."""

_BUCKETS: Final = ", ".join(BUCKETS)
_TOKENS: Final = (
    "sum(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image) AS input_tokens, "
    "sum(output_text + reasoning + output_audio) AS output_tokens"
)

_TIME: Final = pa.timestamp("ns", "UTC")
# What a row carries beside its price; the same names in the table, in the question and in the batch.
_COPIED: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys(
        (
            *("project_id", "trace_id", "span_id", "call_span_id", "request_id", "service_tier", "environment"),
            *("key_id", "feature", "user_id", "session_id", "team", "prompt_name", "release_id", "arm", "provider"),
            *("provider_kind", "model", "response_model", "outcome", "usage_source"),
        ),
        pa.string(),
    ),
    "prompt_version": pa.uint32(),
    "status_code": pa.uint16(),
    "is_sample": pa.bool_(),
    **dict.fromkeys(BUCKETS, pa.uint64()),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in whole nanoseconds since the Unix epoch; the end is not included."""

    from_ns: int
    to_ns: int

    def days(self) -> Iterator["Span"]:
        """Yield the parts within each day in UTC: a day is a partition, and a batch must not cross one."""
        start = self.from_ns
        while start < self.to_ns:
            end = min(self.to_ns, (start // (86_400 * _NS_PER_S) + 1) * 86_400 * _NS_PER_S)
            yield Span(start, end)
            start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of a project: a model as `provider/model` or alone, only those without a price."""

    model: str = ""
    only_unpriced: bool = False


def _where(project_id: str, during: Span, wanted: Wanted | None = None) -> tuple[str, dict[str, Parameter]]:
    parts = [
        "project_id = {project:String}",
        "called_at >= fromUnixTimestamp64Nano({from_ns:Int64})",
        "called_at < fromUnixTimestamp64Nano({to_ns:Int64})",
    ]
    values: dict[str, Parameter] = {"project": project_id, "from_ns": during.from_ns, "to_ns": during.to_ns}
    if wanted is not None and wanted.model:
        parts.append(
            "{model:String} IN (model, response_model, concat(provider, '/', model), "
            "concat(provider, '/', response_model))"
        )
        values["model"] = wanted.model
    if wanted is not None and wanted.only_unpriced:
        parts.append("cost_usd IS NULL")
    return " AND ".join(parts), values


def unpriced(warehouse: Warehouse, project_id: str, during: Span, limit: int) -> list[Row]:
    """Return what has no price, by model, with counts and the reason, the most frequent first."""
    where, values = _where(project_id, during, Wanted(only_unpriced=True))
    return warehouse.query(
        f"""
        SELECT provider, provider_kind, model, response_model, service_tier, uniqExact(call_span_id) AS requests,
               count() AS attempts, {_TOKENS}, anyLast(formula) AS reason,
               countIf(usage_source = 'none') AS without_usage,
               toUnixTimestamp64Nano(min(called_at)) AS first_ns, toUnixTimestamp64Nano(max(called_at)) AS last_ns
        FROM ledger FINAL WHERE {where}
        GROUP BY provider, provider_kind, model, response_model, service_tier
        ORDER BY requests DESC, provider, model, response_model, service_tier LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        values,
    )


def by_day_and_model(
    warehouse: Warehouse, project_id: str, during: Span, *, provider_kind: str, provider: str
) -> list[Row]:
    """Return sums of tokens and money for each day in UTC and each model that answered, of one provider or kind."""
    where, values = _where(project_id, during)
    if provider:
        where += " AND provider = {provider:String}"
        values["provider"] = provider
    if provider_kind:
        where += " AND provider_kind = {provider_kind:String}"
        values["provider_kind"] = provider_kind
    return warehouse.query(
        f"""
        SELECT toString(toDate(called_at)) AS day, if(response_model = '', model, response_model) AS answered,
               {_TOKENS}, sum(cost_usd) AS priced_usd, count(cost_usd) AS priced, countIf(cost_usd IS NULL) AS unpriced
        FROM ledger FINAL WHERE {where} GROUP BY day, answered ORDER BY day, answered
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        values,
    )


def count(warehouse: Warehouse, project_id: str, during: Span, wanted: Wanted) -> int:
    """Return how many rows there are."""
    where, values = _where(project_id, during, wanted)
    found = warehouse.query(f"SELECT count() AS rows FROM ledger FINAL WHERE {where}", values)  # noqa: S608 - ours
    return int(found[0]["rows"])


def pages(
    warehouse: Warehouse, project_id: str, during: Span, wanted: Wanted, *, size: int = PAGE
) -> Iterator[list[Row]]:
    """Yield whole rows in the order of their calls, `size` at a time, none across the end of a day."""
    columns = f"{', '.join(_COPIED)}, cost_usd, price_source, price_version, price_lines, formula"
    for day in during.days():
        after: dict[str, Parameter] = {"after_ns": day.from_ns - 1, "after_span": ""}
        while True:
            where, values = _where(project_id, day, wanted)
            found = warehouse.query(
                f"""
                SELECT {columns}, toUnixTimestamp64Nano(called_at) AS called_ns, toUnixTimestamp64Nano(at) AS at_ns,
                       toUnixTimestamp64Milli(ingested_at) AS ingested_ms
                FROM ledger FINAL WHERE {where}
                  AND (toUnixTimestamp64Nano(called_at), span_id) > ({{after_ns:Int64}}, {{after_span:String}})
                ORDER BY called_at, span_id LIMIT {size}
                """,  # noqa: S608 - columns and conditions are ours, values are bound
                values | after,
            )
            if found:
                yield found
            if len(found) < size:
                break
            after = {"after_ns": found[-1]["called_ns"], "after_span": found[-1]["span_id"]}


def entry(row: Row) -> Entry:
    """Return what a row's price depends on."""
    return Entry(
        span_id=row["span_id"],
        call_span_id=row["call_span_id"],
        called_ns=row["called_ns"],
        at=datetime.fromtimestamp(row["at_ns"] // _NS_PER_S, UTC),
        provider=row["provider"],
        provider_kind=row["provider_kind"],
        model=row["model"],
        response_model=row["response_model"],
        service_tier=row["service_tier"],
        usage=Usage(**{bucket: row[bucket] for bucket in BUCKETS}),
        usage_source=row["usage_source"],
        cost_usd=row["cost_usd"],
        price_source=row["price_source"],
        formula=row["formula"],
    )


def write(warehouse: Warehouse, rows: Sequence[Row], changes: Sequence[Change], now: datetime, *, token: str) -> None:
    """Give rows of one page, which are of one project and day, their new prices, and then the spans that show them."""
    quotes = {change.entry.span_id: change.quote for change in changes}
    changed = [row for row in rows if row["span_id"] in quotes]
    if not changed:
        return
    now_ms = int(now.timestamp() * 1000)
    # Later than the row that it takes the place of, also when this clock is behind.
    ingested = [max(now_ms, row["ingested_ms"] + 1) for row in changed]
    priced = [quotes[row["span_id"]] for row in changed]
    columns = {name: pa.array([row[name] for row in changed], kind) for name, kind in _COPIED.items()}
    columns |= {
        "called_at": pa.array([row["called_ns"] for row in changed], _TIME),
        "at": pa.array([row["at_ns"] for row in changed], _TIME),
        "cost_usd": pa.array([quote.cost_usd for quote in priced], pa.decimal128(38, money.PLACES)),
        "price_source": pa.array([quote.source.value for quote in priced], pa.string()),
        "price_version": pa.array([quote.version for quote in priced], pa.string()),
        "price_lines": pa.array([price_lines.encode(quote.lines) for quote in priced], pa.string()),
        "formula": pa.array([quote.formula for quote in priced], pa.string()),
        "ingested_at": pa.array(ingested, pa.timestamp("ms", "UTC")),
    }
    warehouse.insert("ledger", pa.table(columns), token=token)
    _write_spans(warehouse, changed)


def _write_spans(warehouse: Warehouse, changed: Sequence[Row]) -> None:
    """Let the spans of these attempts, and of the calls above them, show what the ledger says now."""
    project_id = changed[0]["project_id"]
    times = [row["called_ns"] for row in changed]
    found = warehouse.query(
        """
        SELECT span_id, call_span_id, cost_usd, price_source FROM ledger FINAL
        WHERE project_id = {project:String} AND call_span_id IN {calls:Array(String)}
          AND called_at >= fromUnixTimestamp64Nano({from_ns:Int64})
          AND called_at <= fromUnixTimestamp64Nano({to_ns:Int64})
        """,
        {
            "project": project_id,
            "calls": sorted({row["call_span_id"] for row in changed}),
            "from_ns": min(times),
            "to_ns": max(times),
        },
    )
    by_call: dict[str, list[Row]] = {}
    for row in found:
        by_call.setdefault(row["call_span_id"], []).append(row)
    shown = {
        call: cost_of_call([row["cost_usd"] for row in rows], [row["price_source"] for row in rows])
        for call, rows in by_call.items()
    }
    shown |= {row["span_id"]: (row["cost_usd"], row["price_source"]) for row in found}
    ids = sorted(span_id for span_id in shown if _is_span_id(span_id))
    latest_ns = max(*(row["at_ns"] for row in changed), *times)
    for start in range(0, len(ids), _PART):
        part = {span_id: shown[span_id] for span_id in ids[start : start + _PART]}
        _write_span_costs(warehouse, project_id, part, Span(min(times), latest_ns + 1))


def _write_span_costs(
    warehouse: Warehouse, project_id: str, costs: dict[str, tuple[Decimal | None, str]], during: Span
) -> None:
    ids = ", ".join(f"'{span_id}'" for span_id in costs)
    usd = ", ".join(f"'{money.text(cost) or ''}'" for cost, _ in costs.values())
    sources = ", ".join(f"'{source}'" for _, source in costs.values())
    warehouse.command(
        f"""
        INSERT INTO spans SELECT * REPLACE (
            toDecimal128OrNull(transform(span_id, [{ids}], [{usd}], ''), {money.PLACES}) AS cost_usd,
            transform(span_id, [{ids}], [{sources}], '') AS cost_source,
            greatest(now64(3), ingested_at + INTERVAL 1 MILLISECOND) AS ingested_at)
        FROM spans FINAL WHERE project_id = '{_literal(project_id)}' AND span_id IN ({ids})
          AND started_at >= fromUnixTimestamp64Nano({during.from_ns})
          AND started_at < fromUnixTimestamp64Nano({during.to_ns})
        """  # noqa: S608 - ids are hex, amounts are digits, sources are ours
    )


def _is_span_id(text: str) -> bool:
    return len(text) == 16 and all(digit in "0123456789abcdef" for digit in text)  # noqa: PLR2004 - W3C's length


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")

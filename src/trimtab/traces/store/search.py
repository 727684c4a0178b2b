"""Lists of calls, and the values by which they can be filtered.

A span that was stored twice is shown once.
"""

from typing import Final

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition

_INPUT: Final = "input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image"
_OUTPUT: Final = "output_text + reasoning + output_audio"

ROW_COLUMNS: Final = f"""
    trace_id, span_id, request_id, toUnixTimestamp64Nano(started_at) AS started_ns, name, status, outcome, error_code,
    duration_ns, ttft_ns, model, provider, prompt_name, prompt_version, release_id, arm, environment, feature, user_id,
    session_id, team, stream, {_INPUT} AS input_tokens, {_OUTPUT} AS output_tokens, cost_usd, cost_source, is_sample,
    input_preview, output_preview, source, is_root
"""

_HOUR_NS: Final = 3_600_000_000_000
_MOST_FACET_VALUES: Final = 50


def calls(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """Return calls, newest first, from just after the `(started_ns, span_id)` given.

    Finds the keys first, in the order in which they lie, and then reads the wide columns of the page's rows alone. A
    row that was written again, because another span came to stand for its trace, is told only then, and left out.
    """
    found: list[Row] = []
    while len(found) < limit:
        where = condition.calls(project_id, during, wanted, mark="is_root")
        if after is not None:
            where.add(
                "(started_at, span_id) < (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
                after_ns=after[0],
                after_id=after[1],
            )
        wanted_rows = limit - len(found)
        keys = _first_keys(warehouse, where, wanted_rows)
        if keys:
            found += [row for row in _rows(warehouse, project_id, keys) if row["is_root"]]
        if len(keys) < wanted_rows:
            break
        after = keys[-1]
    return found


def _rows(warehouse: Warehouse, project_id: str, keys: list[tuple[int, str]]) -> list[Row]:
    """Return the newest row of each key, newest key first."""
    page = condition.within(project_id, TimeRange(keys[-1][0], keys[0][0] + 1), "started_at")
    page.add("span_id IN {ids:Array(String)}", ids=[span_id for _, span_id in keys])
    return warehouse.query(
        f"""
        SELECT {ROW_COLUMNS} FROM spans WHERE {page.sql} ORDER BY started_at DESC, span_id DESC, ingested_at DESC
        LIMIT 1 BY span_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        page.values,
    )


def _first_keys(warehouse: Warehouse, where: condition.Condition, limit: int) -> list[tuple[int, str]]:
    """Return up to `limit` different keys; asks for more rows when too many of them are the same span stored again."""
    rows = 2 * limit
    while True:
        found = warehouse.query(
            f"""
            SELECT toUnixTimestamp64Nano(started_at) AS started_ns, span_id FROM spans WHERE {where.sql}
            ORDER BY started_at DESC, span_id DESC LIMIT {rows}
            """,  # noqa: S608 - conditions are ours, values are bound
            where.values,
        )
        keys = list(dict.fromkeys((row["started_ns"], row["span_id"]) for row in found))
        if len(keys) >= limit or len(found) < rows:
            return keys[:limit]
        rows *= 2


def span_counts(warehouse: Warehouse, project_id: str, rows: list[Row]) -> dict[str, int]:
    """Return how many spans each of the rows' traces has within an hour of the rows."""
    if not rows:
        return {}
    first = min(row["started_ns"] for row in rows) - _HOUR_NS
    last = max(row["started_ns"] + row["duration_ns"] for row in rows) + _HOUR_NS
    where = condition.within(project_id, TimeRange(first, last), "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=sorted({row["trace_id"] for row in rows}))
    found = warehouse.query(
        f"SELECT trace_id, uniqExact(span_id) AS spans FROM spans WHERE {where.sql} GROUP BY trace_id",  # noqa: S608
        where.values,
    )
    return {row["trace_id"]: int(row["spans"]) for row in found}


def sums(warehouse: Warehouse, project_id: str, rows: list[Row]) -> dict[str, Row]:
    """Return what the calls of each of the rows' traces used and cost together, by trace id.

    `cost_usd` is None when the price of any of them is unknown; `model` and `provider` are those of the dearest call.
    """
    if not rows:
        return {}
    first = min(row["started_ns"] for row in rows) - _HOUR_NS
    last = max(row["started_ns"] + row["duration_ns"] for row in rows) + _HOUR_NS
    where = condition.within(project_id, TimeRange(first, last), "called_at")
    where.add("trace_id IN {traces:Array(String)}", traces=sorted({row["trace_id"] for row in rows}))
    found = warehouse.query(
        f"""
        SELECT trace_id, sum({_INPUT}) AS input_tokens, sum({_OUTPUT}) AS output_tokens,
               if(count() = count(cost_usd), sum(cost_usd), NULL) AS cost,
               if(count() = count(cost_usd), anyIf(price_source, price_source != 'counted_elsewhere'), 'none')
                   AS cost_source,
               argMax(model, (ifNull(cost_usd, 0), {_OUTPUT})) AS model,
               argMax(provider, (ifNull(cost_usd, 0), {_OUTPUT})) AS provider
        FROM ledger FINAL WHERE {where.sql} GROUP BY trace_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    return {row["trace_id"]: row for row in found}


def facets(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter | None = None) -> list[Row]:
    """Return rows of `field, value, calls`, each field's most frequent values first, of the calls that fit."""
    where = condition.calls(project_id, during, wanted, mark="is_root")
    return warehouse.query(
        f"""
        SELECT facet.1 AS field, facet.2 AS value, count() AS calls
        FROM spans FINAL
        ARRAY JOIN [
            ('model', if(model = '', '', concat(provider, '/', model))), ('provider', toString(provider)),
            ('prompt', toString(prompt_name)), ('feature', toString(feature)),
            ('environment', toString(environment)), ('status', toString(status))
        ] AS facet
        WHERE {where.sql} AND facet.2 != ''
        GROUP BY field, value ORDER BY field, calls DESC, value LIMIT {_MOST_FACET_VALUES} BY field
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )

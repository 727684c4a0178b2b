"""Lists of calls, and the values by which they can be filtered.

A span that was stored twice is shown once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition, grouping
from trimtab.traces.store.matching import FULL_MODEL, INPUT, OUTPUT

ROW_COLUMNS: Final = f"""
    trace_id, span_id, request_id, toUnixTimestamp64Nano(started_at) AS started_ns, name, status, outcome, error_code,
    duration_ns, ttft_ns, model, provider, prompt_name, prompt_version, release_id, arm, environment, feature, user_id,
    session_id, team, stream, {INPUT} AS input_tokens, {OUTPUT} AS output_tokens, cost_usd, cost_source, is_sample,
    input_preview, output_preview, source, is_root
"""

_INGESTED: Final = "toUnixTimestamp64Milli(ingested_at) AS ingested_ms"

_HOUR_NS: Final = 3_600_000_000_000
_MOST_FACET_VALUES: Final = 50


@dataclass(frozen=True, slots=True)
class Key:
    """Which span a row is of, and when the row was written."""

    started_ns: int
    span_id: str
    ingested_ms: int


def calls(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    *,
    after: tuple[int, str] | None,
    limit: int,
    columns: str = ROW_COLUMNS,
) -> list[Row]:
    """Return calls, newest first, from just after the `(started_ns, span_id)` given.

    Finds the keys first, in the order in which they lie, piece by piece of the range, and then reads the wide columns
    of the page's rows alone. Nothing is merged on the way, so an older row of a span may fit as well: it is left out
    when the page's rows are read, the newest of each span.
    """
    found: list[Row] = []
    for piece in _pieces(during, wanted, after):
        while len(found) < limit:
            wanted_rows = limit - len(found)
            keys = _first_keys(warehouse, project_id, piece, wanted, after, wanted_rows)
            if keys:
                newest = {
                    (row["started_ns"], row["span_id"]): row for row in rows_of(warehouse, project_id, keys, columns)
                }
                for key in keys:
                    # None where a deletion came between the two questions.
                    row = newest.get((key.started_ns, key.span_id))
                    if row is not None and row["ingested_ms"] == key.ingested_ms:
                        found.append(row)
                after = (keys[-1].started_ns, keys[-1].span_id)
            if len(keys) < wanted_rows:
                break
    return found


def _pieces(during: TimeRange, wanted: CallFilter, after: tuple[int, str] | None) -> Iterable[TimeRange]:
    """Return the range piece by piece when most of its rows may not fit; without a filter the first rows all do."""
    if after is not None:
        during = TimeRange(during.from_ns, min(during.to_ns, after[0] + 1))
    if wanted == CallFilter():
        return [during]
    return during.newest_first()


def rows_of(warehouse: Warehouse, project_id: str, keys: Sequence[Key], columns: str) -> list[Row]:
    """Return the newest row of each key."""
    times = [key.started_ns for key in keys]
    page = condition.within(project_id, TimeRange(min(times), max(times) + 1), "started_at")
    page.add("span_id IN {ids:Array(String)}", ids=[key.span_id for key in keys])
    return warehouse.query(
        f"""
        SELECT {columns}, {_INGESTED} FROM spans WHERE {page.sql}
        ORDER BY started_at DESC, span_id DESC, ingested_at DESC LIMIT 1 BY started_at, span_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        page.values,
    )


def _first_keys(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Key]:
    """Return up to `limit` different keys; asks for more rows when too many of them are the same span stored again."""
    where = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    if after is not None:
        where.add(
            "(started_at, span_id) < (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
            after_ns=after[0],
            after_id=after[1],
        )
    rows = 2 * limit
    while True:
        found = warehouse.query(
            f"""
            SELECT toUnixTimestamp64Nano(started_at) AS started_ns, span_id, {_INGESTED} FROM spans WHERE {where.sql}
            ORDER BY started_at DESC, span_id DESC LIMIT {rows}
            """,  # noqa: S608 - conditions are ours, values are bound
            where.values,
        )
        newest: dict[tuple[int, str], int] = {}
        for row in found:
            place = row["started_ns"], row["span_id"]
            newest[place] = max(newest.get(place, 0), row["ingested_ms"])
        keys = [Key(*place, ingested_ms) for place, ingested_ms in newest.items()]
        if len(found) < rows:
            return keys[:limit]
        # The last key may have more rows than were read, and a newer one among them.
        if len(keys) > limit:
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


_PROMPTED: Final = f"(ifNull(cost_usd, 0), {OUTPUT}), prompt_name != ''"


def sums(warehouse: Warehouse, project_id: str, rows: list[Row]) -> dict[str, Row]:
    """Return what the calls of each of the rows' traces used and cost together, by trace id.

    `cost_usd` is None when the price of any of them is unknown; `model` and `provider` are those of the dearest call,
    `prompt`, its `version`, `release` and `release_arm` those of the dearest call that was made by one.
    """
    if not rows:
        return {}
    first = min(row["started_ns"] for row in rows) - _HOUR_NS
    last = max(row["started_ns"] + row["duration_ns"] for row in rows) + _HOUR_NS
    where = condition.within(project_id, TimeRange(first, last), "called_at")
    where.add("trace_id IN {traces:Array(String)}", traces=sorted({row["trace_id"] for row in rows}))
    found = warehouse.query(
        f"""
        SELECT trace_id, sum({INPUT}) AS input_tokens, sum({OUTPUT}) AS output_tokens,
               if(count() = count(cost_usd), sum(cost_usd), NULL) AS cost,
               if(count() = count(cost_usd), anyIf(price_source, price_source != 'counted_elsewhere'), 'none')
                   AS cost_source,
               argMax(model, (ifNull(cost_usd, 0), {OUTPUT})) AS model,
               argMax(provider, (ifNull(cost_usd, 0), {OUTPUT})) AS provider,
               argMaxIf(prompt_name, {_PROMPTED}) AS prompt, argMaxIf(prompt_version, {_PROMPTED}) AS version,
               argMaxIf(release_id, {_PROMPTED}) AS release, argMaxIf(arm, {_PROMPTED}) AS release_arm
        FROM ledger FINAL WHERE {where.sql} GROUP BY trace_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    return {row["trace_id"]: row for row in found}


def facets(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter | None = None) -> list[Row]:
    """Return rows of `field, value, traces`, each field's most frequent values first, of the traces that fit.

    A trace counts once for each model, provider and prompt of its calls, as a filter on these finds it.
    """
    roots = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    of_roots = warehouse.query(
        f"""
        SELECT facet.1 AS field, facet.2 AS value, count() AS traces
        FROM spans FINAL
        ARRAY JOIN [
            ('feature', toString(feature)), ('environment', toString(environment)),
            ('status', if(status = 'error', 'error', 'ok'))
        ] AS facet
        WHERE {roots.sql} AND facet.2 != ''
        GROUP BY field, value ORDER BY field, traces DESC, value LIMIT {_MOST_FACET_VALUES} BY field
        """,  # noqa: S608 - conditions are ours, values are bound
        roots.values,
    )
    calls = grouping.calls_of(project_id, during, wanted)
    of_calls = warehouse.query(
        f"""
        SELECT multiIf(grouping(model_shown) = 0, 'model', grouping(provider) = 0, 'provider', 'prompt') AS field,
               multiIf(field = 'model', model_shown, field = 'provider', toString(provider), toString(prompt_name))
                   AS value,
               {grouping.TRACES} AS traces
        FROM (
            SELECT {FULL_MODEL} AS model_shown, provider, prompt_name, trace_id, is_root, source FROM spans FINAL
            WHERE {calls.sql} AND (is_call OR is_root)
        )
        GROUP BY GROUPING SETS ((model_shown), (provider), (prompt_name))
        HAVING value != '' ORDER BY field, traces DESC, value LIMIT {_MOST_FACET_VALUES} BY field
        """,  # noqa: S608 - conditions are ours, values are bound
        calls.values,
    )
    return of_roots + of_calls

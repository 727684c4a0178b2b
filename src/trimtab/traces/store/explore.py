"""What lies behind a list of calls: when they were, how they group, and which values their fields have."""

from typing import Final

from trimtab.query.expression import Ref
from trimtab.query.field import SCORES, Type
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import FULL_MODEL, Matching
from trimtab.traces.store.search import ROW_COLUMNS

_NEWEST: Final = 20_000
"""How many spans are looked through for values and keys to offer: it must be done between two strokes of a key."""
_MOST_OFFERED: Final = 20
_LIKE_ESCAPES: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def histogram(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter) -> list[Row]:
    """Return rows of `step` (its start in seconds), `requests` and `errors`; steps without calls are absent."""
    where = condition.calls(project_id, during, wanted, mark="is_root")
    return warehouse.query(
        f"""
        SELECT intDiv(toUnixTimestamp(started_at), {during.step_s}) * {during.step_s} AS step,
               count() AS requests, countIf(status = 'error') AS errors
        FROM spans FINAL WHERE {where.sql} GROUP BY step ORDER BY step
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def groups(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter, by: Ref, *, limit: int
) -> list[Row]:
    """Return a row for each value that the calls have in the field, the most frequent first."""
    where = condition.calls(project_id, during, wanted)
    naming = Matching(during, prefix="by")
    key = _shown(by, naming)
    return warehouse.query(
        f"""
        SELECT {key} AS key, count() AS requests, countIf(status = 'error') AS errors,
               quantiles(0.5, 0.95)(duration_ns)[1] AS p50_ns, quantiles(0.5, 0.95)(duration_ns)[2] AS p95_ns,
               sum(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image)
                   AS input_tokens,
               sum(output_text + reasoning + output_audio) AS output_tokens,
               sum(cost_usd) AS priced_usd, count(cost_usd) AS priced, countIf(cost_usd IS NULL) AS unpriced
        FROM spans FINAL WHERE {where.sql} GROUP BY key ORDER BY requests DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values | naming.values,
    )


def values(warehouse: Warehouse, project_id: str, during: TimeRange, ref: Ref, typed: str) -> list[Row]:
    """Return rows of `value, spans`: what the newest spans of the range have in the field, or which keys in a map.

    Only what holds `typed`, in any case, the most frequent first.
    """
    if ref.name == SCORES:
        return _names_of_scores(warehouse, project_id, during, typed)
    where = condition.within(project_id, during, "started_at")
    naming = Matching(during, prefix="of")
    if ref.field.type is Type.MAP and ref.key is None:
        column, value = "attributes", "arrayJoin(mapKeys(attributes))"
    else:
        column, value = f"{_shown(ref, naming)} AS shown", "shown"
    naming.values["typed"] = f"%{typed.translate(_LIKE_ESCAPES)}%"
    return warehouse.query(
        f"""
        SELECT toString({value}) AS value, count() AS spans
        FROM (SELECT {column} FROM spans WHERE {where.sql} ORDER BY started_at DESC LIMIT {_NEWEST})
        GROUP BY value HAVING value != '' AND value ILIKE {{typed:String}}
        ORDER BY spans DESC, value LIMIT {_MOST_OFFERED}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values | naming.values,
    )


def _names_of_scores(warehouse: Warehouse, project_id: str, during: TimeRange, typed: str) -> list[Row]:
    where = condition.within(project_id, during, "at")
    where.values["typed"] = f"%{typed.translate(_LIKE_ESCAPES)}%"
    return warehouse.query(
        f"""
        SELECT toString(name) AS value, count() AS spans FROM scores WHERE {where.sql} AND NOT is_deleted
        GROUP BY value HAVING value ILIKE {{typed:String}} ORDER BY spans DESC, value LIMIT {_MOST_OFFERED}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def _shown(ref: Ref, naming: Matching) -> str:
    """Return the text for a field's value as the product shows it."""
    return FULL_MODEL if ref.name == "model" else f"ifNull(toString({naming.column(ref)}), '')"


def count(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter) -> int:
    """Return how many calls fit."""
    where = condition.calls(project_id, during, wanted, mark="is_root")
    (row,) = warehouse.query(
        f"SELECT uniqExact(span_id) AS calls FROM spans WHERE {where.sql}",  # noqa: S608 - conditions are ours
        where.values,
    )
    return int(row["calls"])


def whole_calls(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """Return calls with all that was said, newest first, from just after the `(started_ns, span_id)` given."""
    where = condition.calls(project_id, during, wanted, mark="is_root")
    if after is not None:
        where.add(
            "(started_at, span_id) < (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
            after_ns=after[0],
            after_id=after[1],
        )
    return warehouse.query(
        f"""
        SELECT {ROW_COLUMNS}, attributes, parameters, input_messages, output_messages
        FROM spans WHERE {where.sql} ORDER BY started_at DESC, span_id DESC LIMIT 1 BY span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )

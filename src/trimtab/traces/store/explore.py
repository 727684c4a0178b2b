"""What lies behind a list of calls: when they were, how they group, and which values their fields have."""

from typing import Final

from trimtab.query.expression import Ref
from trimtab.query.field import SCORES, TAG, Type
from trimtab.query.whole import OF_CALLS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import annotations, condition, grouping, search
from trimtab.traces.store.matching import FULL_MODEL, LIKE_ESCAPES, Matching
from trimtab.traces.store.search import ROW_COLUMNS

_NEWEST: Final = 20_000
"""How many spans are looked through for values and keys to offer: it must be done between two strokes of a key."""
_MOST_OFFERED: Final = 20
_MOST_TAGS: Final = 500


def histogram(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter) -> list[Row]:
    """Return rows of `step` (its start in seconds), `traces` and `errors`; steps without traces are absent."""
    where = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    return warehouse.query(
        f"""
        SELECT intDiv(toUnixTimestamp(started_at), {during.step_s}) * {during.step_s} AS step,
               count() AS traces, countIf(status = 'error') AS errors
        FROM spans FINAL WHERE {where.sql} GROUP BY step ORDER BY step
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def groups(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter, by: Ref, *, limit: int
) -> list[Row]:
    """Return a row for each value that the traces which fit have in the field, the most frequent first.

    What only calls have, such as the model, is that of their calls, of which one trace may have several.
    """
    naming = Matching(during, prefix="by")
    key = _shown(by, naming)
    if by.name in OF_CALLS:
        return grouping.by_call(warehouse, project_id, during, wanted, key=key, limit=limit)
    roots = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    roots.values |= naming.values
    return grouping.by_root(warehouse, roots, during, key=key, limit=limit)


def values(warehouse: Warehouse, project_id: str, during: TimeRange, ref: Ref, typed: str) -> list[Row]:
    """Return rows of `value, spans`: what the newest spans of the range have in the field, or which keys in a map.

    Only what holds `typed`, in any case, the most frequent first.
    """
    if ref.name == SCORES:
        return _names_of_scores(warehouse, project_id, during, typed)
    if ref.name == TAG:
        found = annotations.tags(warehouse, project_id, during, _MOST_TAGS)
        return [{"value": row["tag"], "spans": row["traces"]} for row in found if typed.lower() in row["tag"]]
    where = condition.within(project_id, during, "started_at")
    naming = Matching(during, prefix="of")
    if ref.field.type is Type.MAP and ref.key is None:
        column, value = "attributes", "arrayJoin(mapKeys(attributes))"
    else:
        column, value = f"{_shown(ref, naming)} AS shown", "shown"
    naming.values["typed"] = f"%{typed.translate(LIKE_ESCAPES)}%"
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
    where.values["typed"] = f"%{typed.translate(LIKE_ESCAPES)}%"
    return warehouse.query(
        f"""
        SELECT toString(name) AS value, count() AS spans FROM scores FINAL WHERE {where.sql} AND NOT is_deleted
        GROUP BY value HAVING value ILIKE {{typed:String}} ORDER BY spans DESC, value LIMIT {_MOST_OFFERED}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def _shown(ref: Ref, naming: Matching) -> str:
    """Return the text for a field's value as the product shows it."""
    return FULL_MODEL if ref.name == "model" else f"ifNull(toString({naming.column(ref)}), '')"


def count(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter) -> int:
    """Return how many calls fit."""
    where = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    (row,) = warehouse.query(
        f"SELECT count() AS calls FROM spans FINAL WHERE {where.sql}",  # noqa: S608 - conditions are ours
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
    columns = f"{ROW_COLUMNS}, attributes, parameters, input_messages, output_messages"
    return search.calls(warehouse, project_id, during, wanted, after=after, limit=limit, columns=columns)

"""Calls gathered by whom they belong to: the sessions, which are conversations, and the users."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition, search
from trimtab.traces.store.matching import INPUT, OUTPUT
from trimtab.traces.store.search import ROW_COLUMNS

Owner = Literal["session_id", "user_id"]
"""The column by whose values calls are gathered."""

_OTHER: Final[dict[Owner, str]] = {"session_id": "user_id", "user_id": "session_id"}


@dataclass(frozen=True, slots=True)
class Newest:
    """An owner by its newest trace."""

    owner: str
    last_ns: int
    span_id: str


def newest(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    by: Owner,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Newest]:
    """Return the owners with the newest traces, from just after the `(last_ns, owner)` given.

    Asks of the newest part of the range first: if that has enough of them, nobody else's newest trace is newer.
    """
    rows: list[Row] = []
    for part in during.newest_parts():
        where = condition.calls(project_id, part, wanted, mark=condition.ROOTS)
        where.add(f"{by} != ''")
        having = ""
        if after is not None:
            having = "HAVING (last_ns, owner) < ({after_ns:Int64}, {after_owner:String})"
            where.values |= {"after_ns": after[0], "after_owner": after[1]}
        rows = warehouse.query(
            f"""
            SELECT {by} AS owner, max(toUnixTimestamp64Nano(started_at)) AS last_ns,
                   argMax(span_id, started_at) AS last_span_id
            FROM spans FINAL WHERE {where.sql}
            GROUP BY owner {having} ORDER BY last_ns DESC, owner DESC LIMIT {limit}
            """,  # noqa: S608 - all names are ours, values are bound
            where.values,
        )
        if len(rows) == limit:
            break
    return [Newest(row["owner"], row["last_ns"], row["last_span_id"]) for row in rows]


def roots(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter, by: Owner, owners: Sequence[str]
) -> list[Row]:
    """Return the roots of the owners' traces which fit, oldest first, each with what it used itself as a call."""
    if not owners:
        return []
    where = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    where.add(f"{by} IN {{owners:Array(String)}}", owners=list(owners))
    # Which rows fit is told from few columns before the newest are looked for; a key is the same in all rows of a span.
    fitting = f"SELECT span_id FROM spans WHERE {where.sql}"  # noqa: S608 - conditions are ours, values are bound
    bounds = condition.within(project_id, during, "started_at")
    return warehouse.query(
        f"""
        SELECT {by} AS owner, {_OTHER[by]} AS other, trace_id, toUnixTimestamp64Nano(started_at) AS started_ns,
               status = 'error' AS has_failed, source = 'gateway' AS is_whole, toUInt64(is_call) AS requests,
               if(is_call, {INPUT}, 0) AS input_tokens, if(is_call, {OUTPUT}, 0) AS output_tokens,
               if(is_call, cost_usd, NULL) AS priced_usd, toUInt64(is_call AND cost_usd IS NOT NULL) AS priced
        FROM spans FINAL PREWHERE {bounds.sql} AND span_id GLOBAL IN ({fitting})
        WHERE {where.sql} ORDER BY started_at, span_id
        """,  # noqa: S608 - all names are ours, values are bound
        where.values | bounds.values,
    )


def last_inputs(warehouse: Warehouse, project_id: str, newest: Sequence[Newest]) -> dict[str, str]:
    """Return the beginning of what was said in the owners' newest traces, by owner."""
    keys = [search.Key(each.last_ns, each.span_id, 0) for each in newest]
    rows = search.rows_of(warehouse, project_id, keys, "span_id, input_preview") if keys else []
    said = {row["span_id"]: row["input_preview"] for row in rows}
    return {each.owner: said.get(each.span_id, "") for each in newest}


def turns(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    session_id: str,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """Return the calls of a session with what was said, oldest first, from just after the one given."""
    where = condition.calls(project_id, during, CallFilter(session=session_id), mark=condition.ROOTS)
    if after is not None:
        where.add(
            "(started_at, span_id) > (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
            after_ns=after[0],
            after_id=after[1],
        )
    return warehouse.query(
        f"""
        SELECT {ROW_COLUMNS}, input_messages, output_messages FROM spans FINAL WHERE {where.sql}
        ORDER BY started_at, span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )

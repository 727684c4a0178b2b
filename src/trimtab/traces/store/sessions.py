"""Calls gathered by whom they belong to: the sessions, which are conversations, and the users."""

from typing import Final, Literal

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.search import ROW_COLUMNS

Owner = Literal["session_id", "user_id"]
"""The column by whose values calls are gathered."""

_OTHER: Final[dict[Owner, str]] = {"session_id": "user_id", "user_id": "session_id"}


def listing(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    by: Owner,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """Return a row for each owner, the one with the newest call first, from just after the `(last_ns, owner)` given."""
    where = condition.calls(project_id, during, wanted, mark="is_root")
    where.add(f"{by} != ''")
    having = ""
    if after is not None:
        having = "HAVING (last_ns, owner) < ({after_ns:Int64}, {after_owner:String})"
        where.values |= {"after_ns": after[0], "after_owner": after[1]}
    other = _OTHER[by]
    return warehouse.query(
        f"""
        SELECT {by} AS owner, count() AS requests, countIf(status = 'error') AS errors,
               min(toUnixTimestamp64Nano(started_at)) AS first_ns, max(toUnixTimestamp64Nano(started_at)) AS last_ns,
               uniqExactIf({other}, {other} != '') AS others, argMax({other}, started_at) AS last_other,
               argMax(input_preview, started_at) AS last_input
        FROM spans FINAL WHERE {where.sql}
        GROUP BY owner {having} ORDER BY last_ns DESC, owner DESC LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def money(
    warehouse: Warehouse, project_id: str, during: TimeRange, wanted: CallFilter, by: Owner, owners: list[str]
) -> dict[str, Row]:
    """Return what the owners' calls used and cost, by owner; from the ledger, as everywhere."""
    if not owners:
        return {}
    where = condition.entries(project_id, during, wanted)
    where.add(f"{by} IN {{owners:Array(String)}}", owners=owners)
    rows = warehouse.query(
        f"""
        SELECT {by} AS owner, sum(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio
               + input_image) AS input_tokens, sum(output_text + reasoning + output_audio) AS output_tokens,
               sum(cost_usd) AS priced_usd, count(cost_usd) AS priced,
               uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced
        FROM ledger FINAL WHERE {where.sql} GROUP BY owner
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )
    return {row["owner"]: row for row in rows}


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
    where = condition.calls(project_id, during, CallFilter(session=session_id), mark="is_root")
    if after is not None:
        where.add(
            "(started_at, span_id) > (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
            after_ns=after[0],
            after_id=after[1],
        )
    return warehouse.query(
        f"""
        SELECT {ROW_COLUMNS}, input_messages, output_messages FROM spans WHERE {where.sql}
        ORDER BY started_at, span_id LIMIT 1 BY span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )

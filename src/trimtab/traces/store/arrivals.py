"""What has come in since a moment, by the time at which it was stored."""

from collections.abc import Sequence

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.search import ROW_COLUMNS


def traces(warehouse: Warehouse, project_id: str, during: TimeRange, since_ms: int, limit: int) -> list[Row]:
    """Return `trace_id` and `at_ms` of the traces of which a span was stored from the moment on, the newest first."""
    where = condition.within(project_id, during, "started_at")
    where.add("ingested_at >= fromUnixTimestamp64Milli({since_ms:Int64})", since_ms=since_ms)
    return warehouse.query(
        f"""
        SELECT trace_id, toUnixTimestamp64Milli(max(ingested_at)) AS at_ms FROM spans WHERE {where.sql}
        GROUP BY trace_id ORDER BY at_ms DESC, trace_id LIMIT {limit}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def calls(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: CallFilter,
    trace_ids: Sequence[str],
    limit: int,
) -> tuple[list[Row], int]:
    """Return the roots of these traces that fit, the newest first, and how many fit in all."""
    where = condition.calls(project_id, during, wanted, mark=condition.ROOTS)
    where.add("trace_id IN {arrived:Array(String)}", arrived=list(trace_ids))
    found = warehouse.query(
        f"""
        SELECT {ROW_COLUMNS}, count() OVER () AS fitting FROM spans FINAL WHERE {where.sql}
        ORDER BY started_at DESC, span_id DESC LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    return found, int(found[0]["fitting"]) if found else 0

"""Everything about one trace."""

from collections.abc import Sequence
from typing import Final

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.search import ROW_COLUMNS

_BUCKETS: Final = ", ".join(BUCKETS)

_SPAN_COLUMNS: Final = f"""
    {ROW_COLUMNS}, parent_span_id, kind, operation, status_message, response_model, {_BUCKETS}, usage_source,
    attributes, events, input_messages, output_messages, parameters, variables
"""

_LEDGER_COLUMNS: Final = f"""
    span_id, toUnixTimestamp64Nano(at) AS at_ns, provider, provider_kind, model, response_model, service_tier, outcome,
    status_code, {_BUCKETS}, usage_source, cost_usd, price_source, price_version, price_lines, formula
"""


def spans(warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange, limit: int) -> list[Row]:
    """Return the trace's spans in the order in which they started."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    return warehouse.query(
        f"""
        SELECT {_SPAN_COLUMNS} FROM spans WHERE {where.sql}
        ORDER BY started_at, span_id, ingested_at DESC LIMIT 1 BY span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )


def some_spans(
    warehouse: Warehouse, project_id: str, trace_id: str, span_ids: Sequence[str], during: TimeRange
) -> dict[str, Row]:
    """Return those of the spans that the trace has, by id."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    where.add("span_id IN {ids:Array(String)}", ids=list(span_ids))
    found = warehouse.query(
        f"""
        SELECT {_SPAN_COLUMNS} FROM spans WHERE {where.sql}
        ORDER BY started_at, span_id, ingested_at DESC LIMIT 1 BY span_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    return {row["span_id"]: row for row in found}


def ledger(
    warehouse: Warehouse,
    project_id: str,
    trace_id: str,
    during: TimeRange,
    limit: int,
    span_ids: Sequence[str] | None = None,
) -> list[Row]:
    """Return the trace's ledger entries, or those of these spans, in the order in which their requests started."""
    where = condition.within(project_id, during, "called_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    if span_ids is not None:
        where.add("span_id IN {ids:Array(String)}", ids=list(span_ids))
    return warehouse.query(
        f"""
        SELECT {_LEDGER_COLUMNS} FROM ledger WHERE {where.sql}
        ORDER BY at, span_id, ingested_at DESC LIMIT 1 BY span_id LIMIT {limit}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )

"""The spans of one trace without what was said in them, as many as there are, and its ledger summed by span."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trimtab.base import money
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import INPUT, LIKE_ESCAPES, OUTPUT
from trimtab.traces.store.search import ROW_COLUMNS
from trimtab.traces.tree import Node, Sums

_MOST_HEADS: Final = 1_000

# In the order of the fields of `Node`.
_TEXTS: Final = {
    "span_id": "span_id",
    "parent_span_id": "parent_span_id",
    "name": "name",
    "role": "role",
    "side": "kind",
    "status": "status",
    "outcome": "outcome",
    "error_code": "error_code",
    "provider": "provider",
    "model": "model",
    "source": "source",
}
_NUMBERS: Final = {
    "started_ns": "toUnixTimestamp64Nano(started_at)",
    "duration_ns": "duration_ns",
    # A list leaves out what is NULL.
    "ttft_ns": "ifNull(toInt64(ttft_ns), -1)",
}
_COLUMNS: Final = ", ".join(
    [f"groupArray(toString({column})) AS {name}s" for name, column in _TEXTS.items()]
    + [f"groupArray({column}) AS {name}s" for name, column in _NUMBERS.items()]
)


@dataclass(frozen=True, slots=True)
class Mark:
    """By which it is told whether a trace is still what it was: its rows, the newest, and the range of its spans."""

    rows: int
    newest: str
    entries: int
    newest_entry: str
    during: TimeRange


def mark(warehouse: Warehouse, project_id: str, trace_id: str, ever: TimeRange) -> Mark | None:
    """Return the trace's mark; None when there is no such trace."""
    where = condition.within(project_id, ever, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    (found,) = warehouse.query(
        f"""
        SELECT count() AS rows, toString(max(ingested_at)) AS newest,
               min(toUnixTimestamp64Nano(started_at)) AS first_ns, max(toUnixTimestamp64Nano(started_at)) AS last_ns
        FROM spans WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )
    if not found["rows"]:
        return None
    during = TimeRange(found["first_ns"], found["last_ns"] + 1)
    of_ledger = condition.within(project_id, during, "called_at")
    of_ledger.add("trace_id = {trace_id:String}", trace_id=trace_id)
    (entries,) = warehouse.query(
        f"SELECT count() AS rows, toString(max(ingested_at)) AS newest FROM ledger WHERE {of_ledger.sql}",  # noqa: S608
        of_ledger.values,
    )
    return Mark(found["rows"], found["newest"], entries["rows"], entries["newest"], during)


def nodes(warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange, limit: int) -> list[Node]:
    """Return up to `limit` spans in the order in which they started."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    columns = ", ".join(dict.fromkeys([*_TEXTS.values(), "started_at", "duration_ns", "ttft_ns"]))
    (found,) = warehouse.query(
        f"""
        SELECT {_COLUMNS} FROM (
            SELECT {columns} FROM spans WHERE {where.sql}
            ORDER BY started_at, span_id, ingested_at DESC LIMIT 1 BY span_id LIMIT {limit}
        )
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    *facts, waits = (found[f"{name}s"] for name in (*_TEXTS, *_NUMBERS))
    known = [None if wait < 0 else wait for wait in waits]
    return [Node(*row) for row in zip(*facts, known, strict=True)]


def used(warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange) -> dict[str, Sums]:
    """Return what each span's own calls used and cost, by span id; spans without a call of their own are absent."""
    where = condition.within(project_id, during, "called_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    (found,) = warehouse.query(
        f"""
        SELECT groupArray(span_id) AS ids, groupArray({INPUT}) AS inputs, groupArray({OUTPUT}) AS outputs,
               groupArray(ifNull(cost_usd, -1)) AS costs
        FROM ledger FINAL WHERE {where.sql} AND price_source != 'counted_elsewhere'
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    each = zip(*(found[name] for name in ("ids", "inputs", "outputs", "costs")), strict=True)
    return {
        span_id: Sums(
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            calls=1,
            priced_usd=max(cost, money.ZERO),
            unpriced=int(cost < 0),
        )
        for span_id, tokens_in, tokens_out, cost in each
    }


def heads(warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange, first_id: str) -> list[Row]:
    """Return the rows that may stand for the trace: its roots, else its first span."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    found = warehouse.query(
        f"""
        SELECT {ROW_COLUMNS} FROM spans
        WHERE {where.sql} AND (span_id = {{first_id:String}}
            OR span_id IN (SELECT span_id FROM spans WHERE {where.sql} AND is_root LIMIT {_MOST_HEADS}))
        ORDER BY started_at, span_id, ingested_at DESC LIMIT 1 BY span_id
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values | {"first_id": first_id},
    )
    # A row that was written again tells only then that it stands for the trace no more.
    return [row for row in found if row["is_root"]] or found[:1]


def entries(
    warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange
) -> Iterator[tuple[str, tuple[str, str, str], str, Decimal | None]]:
    """Yield each entry of the ledger, by the start of its request, as far as a sum of prices needs it.

    That is its span, what was asked (provider, model, service tier), the lines of its price as JSON, and its cost.
    """
    where = condition.within(project_id, during, "called_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    columns = "span_id, provider, model, service_tier, price_lines, cost_usd"
    (found,) = warehouse.query(
        f"""
        SELECT groupArray(span_id) AS ids, groupArray(toString(provider)) AS providers,
               groupArray(toString(model)) AS models, groupArray(toString(service_tier)) AS tiers,
               groupArray(price_lines) AS lines, groupArray(ifNull(cost_usd, -1)) AS costs
        FROM (SELECT {columns} FROM ledger FINAL
              WHERE {where.sql} AND price_source != 'counted_elsewhere' ORDER BY at, span_id)
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )
    for span_id, provider, model, tier, lines, cost in zip(
        *(found[name] for name in ("ids", "providers", "models", "tiers", "lines", "costs")), strict=True
    ):
        yield span_id, (provider, model, tier), lines, None if cost < 0 else cost


def find(warehouse: Warehouse, project_id: str, trace_id: str, during: TimeRange, text: str) -> list[str]:
    """Return the ids of the spans that hold the text, in any case: in names, messages, errors or attributes."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id = {trace_id:String}", trace_id=trace_id)
    pattern = f"%{text.lower().translate(LIKE_ESCAPES)}%"
    found = warehouse.query(
        f"""
        SELECT groupUniqArray(span_id) AS ids FROM spans FINAL WHERE {where.sql} AND (
            search_text LIKE {{pattern:String}} OR name ILIKE {{pattern:String}} OR model ILIKE {{pattern:String}}
            OR span_id = {{text:String}} OR status_message ILIKE {{pattern:String}}
            OR error_code ILIKE {{pattern:String}}
            OR arrayExists(value -> value ILIKE {{pattern:String}}, mapValues(attributes))
        )
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values | {"pattern": pattern, "text": text.lower()},
    )
    return list(found[0]["ids"])

"""What the store knows of traces that memory has lost, and changes to rows that later spans proved wrong.

A row is changed by writing it again with another value: the newer one wins wherever rows are read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.whose import Whose

_BUCKETS: Final = ", ".join(BUCKETS)
_MOST_CHARACTERS: Final = 40_000
"""Of ids and values in one statement, which names each of them some times."""
_NO_TOKENS: Final = ", ".join(f"0 AS {bucket}" for bucket in BUCKETS)


def spans_of(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return what tells spans of these traces apart, without their content."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    return warehouse.query(
        f"""
        SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(started_at) AS started_ns, duration_ns, source,
               kind, status, role, response_id, is_root, is_call, cost_source, {_BUCKETS}, usage_source,
               {", ".join(Whose._fields)}
        FROM spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )


def calls_of_responses(
    warehouse: Warehouse, project_id: str, response_ids: Sequence[str], during: TimeRange
) -> list[Row]:
    """Return the calls that had these responses; of several reports of one call, the one that counts comes first."""
    where = condition.within(project_id, during, "started_at")
    where.add("response_id IN {responses:Array(String)}", responses=list(response_ids))
    return warehouse.query(
        f"""
        SELECT response_id, trace_id, span_id, toUnixTimestamp64Nano(started_at) AS started_ns
        FROM spans FINAL WHERE {where.sql} ORDER BY is_call DESC, started_at
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def side_spans_of(warehouse: Warehouse, project_id: str, trace_ids: Sequence[str], during: TimeRange) -> list[Row]:
    """Return the spans of these traces that were put aside, without their content."""
    where = condition.within(project_id, during, "started_at")
    where.add("trace_id IN {traces:Array(String)}", traces=list(trace_ids))
    return warehouse.query(
        f"""
        SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(started_at) AS started_ns
        FROM side_spans FINAL WHERE {where.sql}
        """,  # noqa: S608 - conditions are ours, values are bound
        where.values,
    )


def payloads(warehouse: Warehouse, project_id: str, span_ids: Sequence[str], during: TimeRange) -> list[str]:
    """Return spans that were put aside, as they were sent."""
    where = condition.within(project_id, during, "started_at")
    where.add("span_id IN {ids:Array(String)}", ids=list(span_ids))
    found = warehouse.query(
        f"SELECT payload FROM side_spans FINAL WHERE {where.sql}",  # noqa: S608 - conditions are ours
        where.values,
    )
    return [row["payload"] for row in found]


def write_roots(warehouse: Warehouse, project_id: str, span_ids: Sequence[str], during: TimeRange, *, to: bool) -> None:
    """Say of these spans whether they stand for their trace."""
    warehouse.command(
        f"""
        INSERT INTO spans SELECT * REPLACE ({str(to).lower()} AS is_root, now64(3) AS ingested_at)
        FROM spans FINAL WHERE {_where(project_id, span_ids, during, "started_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )


def write_counted_elsewhere(
    warehouse: Warehouse,
    project_id: str,
    span_id: str,
    during: TimeRange,
    *,
    source: str,
    version: str,
    formula: str,
) -> None:
    """Take a span's cost away, because another span carries it."""
    warehouse.command(
        f"""
        INSERT INTO ledger SELECT * REPLACE ({_NO_TOKENS}, toDecimal128(0, 12) AS cost_usd, '{source}' AS price_source,
            '{version}' AS price_version, '[]' AS price_lines, '{formula}' AS formula, now64(3) AS ingested_at)
        FROM ledger FINAL WHERE {_where(project_id, [span_id], during, "called_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )
    warehouse.command(
        f"""
        INSERT INTO spans SELECT * REPLACE (false AS is_call, toDecimal128(0, 12) AS cost_usd,
            '{source}' AS cost_source, now64(3) AS ingested_at)
        FROM spans FINAL WHERE {_where(project_id, [span_id], during, "started_at")}
        """  # noqa: S608 - ids were checked to be hex, the rest is ours
    )


def write_whose(warehouse: Warehouse, project_id: str, heirs: Mapping[str, Whose], during: TimeRange) -> None:
    """Give calls, with their attempts and their ledger, what they take over; what a row says itself stays."""
    for portion in _portions(heirs):
        ids = ", ".join(f"'{span_id}'" for span_id in portion)
        warehouse.command(
            f"""
            INSERT INTO ledger SELECT * REPLACE ({_taken_over(portion, "call_span_id")}, now64(3) AS ingested_at)
            FROM ledger FINAL WHERE {_within(project_id, during, "called_at")} AND call_span_id IN ({ids})
            """  # noqa: S608 - ids were checked to be hex and values are written as hex, the rest is ours
        )
        # The gateway's attempts lie right below their call.
        is_attempt = "(source = 'gateway' AND kind = 'client')"
        call_id = f"if({is_attempt}, parent_span_id, span_id)"
        warehouse.command(
            f"""
            INSERT INTO spans SELECT * REPLACE ({_taken_over(portion, call_id)}, now64(3) AS ingested_at)
            FROM spans FINAL WHERE {_within(project_id, during, "started_at")}
                AND (span_id IN ({ids}) OR ({is_attempt} AND parent_span_id IN ({ids})))
            """  # noqa: S608 - as above
        )


def _taken_over(heirs: Mapping[str, Whose], call_id: str) -> str:
    """Return the columns that change, each by the id of the call."""
    changes = []
    for place, name in enumerate(Whose._fields):
        values = {span_id: said[place] for span_id, said in heirs.items() if said[place]}
        if not values:
            continue
        ids = ", ".join(f"'{span_id}'" for span_id in values)
        # As hex, so that no value can be more than a value.
        said = ", ".join(f"unhex('{value.encode().hex()}')" for value in values.values())
        # A row always names an environment, if only its key's; whoever asks knows that it was not said.
        is_open = "true" if name == "environment" else f"{name} = ''"
        changes.append(f"if({is_open}, transform({call_id}, [{ids}], [{said}], toString({name})), {name}) AS {name}")
    return ", ".join(changes)


def _portions(heirs: Mapping[str, Whose]) -> Iterator[dict[str, Whose]]:
    portion: dict[str, Whose] = {}
    size = 0
    for span_id, said in heirs.items():
        portion[span_id] = said
        size += 50 + sum(2 * len(value.encode()) for value in said)
        if size > _MOST_CHARACTERS:
            yield portion
            portion, size = {}, 0
    if portion:
        yield portion


def _where(project_id: str, span_ids: Sequence[str], during: TimeRange, column: str) -> str:
    ids = ", ".join(f"'{span_id}'" for span_id in span_ids)
    return f"{_within(project_id, during, column)} AND span_id IN ({ids})"


def _within(project_id: str, during: TimeRange, column: str) -> str:
    return (
        f"project_id = '{project_id}' AND {column} >= fromUnixTimestamp64Nano({during.from_ns}) "
        f"AND {column} < fromUnixTimestamp64Nano({during.to_ns})"
    )

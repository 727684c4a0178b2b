"""The ledger's rows behind a sum of money that some screen shows, gathered by what they have in common.

Tokens and money are summed from their own columns. The text of a price's lines is large, so that it is read of a few
rows alone: of one for each bucket of a group, and of all rows of those groups whose calls were priced in several ways.
"""

from collections.abc import Sequence
from typing import Final

from trimtab.llm.usage import BUCKETS
from trimtab.query.expression import Ref
from trimtab.query.whole import OF_CALLS
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.cost_sum import Asked, Of
from trimtab.traces.store import condition, grouping
from trimtab.traces.store.condition import Condition
from trimtab.traces.store.matching import FULL_MODEL, Matching

_GROUP: Final = "provider, model, service_tier, price_version, price_source"
_SUMS: Final = ", ".join(f"sum({bucket}) AS {bucket}_tokens" for bucket in BUCKETS)
_ENTRY: Final = "(toUnixTimestamp64Nano(called_at), span_id)"


def _sample(name: str, fits: str) -> str:
    # Both from one row, and in columns of their own: a pair is something else in each way to read an answer.
    return ", ".join(
        f"tupleElement(anyIf({_ENTRY}, {fits}), {place}) AS {name}_{part}" for place, part in ((1, "at"), (2, "span"))
    )


_SAMPLES: Final = ", ".join(
    [_sample("sample", "cost_usd IS NOT NULL"), *(_sample(bucket, f"{bucket} > 0") for bucket in BUCKETS)]
)
_LINE: Final = "Tuple(bucket String, tokens UInt64, usd_per_million String, cost_usd Decimal(38, 12))"


def groups(warehouse: Warehouse, asked: Asked, limit: int) -> list[Row]:
    """Return a row for each provider, model and price: what has no price first, then the dearest.

    Each has its sums, and for each bucket that was used the key of one of its entries.
    """
    where = entries(asked)
    return warehouse.query(
        f"""
        SELECT {_GROUP}, {_SUMS}, {_SAMPLES},
               count() AS entries, count(cost_usd) AS priced, sum(cost_usd) AS usd,
               uniqExact(call_span_id) AS calls
        FROM ledger FINAL WHERE {where.sql} GROUP BY {_GROUP}
        ORDER BY priced < entries DESC, usd DESC NULLS LAST, entries DESC, {_GROUP} LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def total(warehouse: Warehouse, asked: Asked) -> Row:
    """Return the sum that is explained, in one row."""
    where = entries(asked)
    (row,) = warehouse.query(
        f"""
        SELECT sum(cost_usd) AS usd, count(cost_usd) AS priced, count() AS entries,
               uniqExact(call_span_id) AS calls, uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced_calls
        FROM ledger FINAL WHERE {where.sql}
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )
    return row


def lines_of(warehouse: Warehouse, project_id: str, samples: Sequence[tuple[int, str]]) -> dict[str, str]:
    """Return the lines of the price of some entries, as JSON, by span id."""
    if not samples:
        return {}
    rows = warehouse.query(
        """
        SELECT span_id, price_lines FROM ledger FINAL
        WHERE project_id = {project:String}
          AND called_at >= fromUnixTimestamp64Nano({from_ns:Int64})
          AND called_at < fromUnixTimestamp64Nano({to_ns:Int64})
          AND called_at IN (SELECT fromUnixTimestamp64Nano(toInt64(arrayJoin({times:Array(String)}))))
          AND span_id IN {spans:Array(String)}
        """,
        {
            "project": project_id,
            "from_ns": min(at_ns for at_ns, _ in samples),
            "to_ns": max(at_ns for at_ns, _ in samples) + 1,
            "times": [str(at_ns) for at_ns, _ in samples],
            "spans": [span_id for _, span_id in samples],
        },
    )
    return {row["span_id"]: row["price_lines"] for row in rows}


def mixed(warehouse: Warehouse, asked: Asked, group: Row) -> list[Row]:
    """Return each bucket at each rate of one group, from the lines of every entry."""
    where = entries(asked)
    for name in _GROUP.split(", "):
        where.add(f"{name} = {{of_{name}:String}}", **{f"of_{name}": str(group[name])})
    return warehouse.query(
        f"""
        SELECT line.1 AS bucket, line.3 AS usd_per_million, sum(line.2) AS tokens, sum(line.4) AS usd,
               count() AS entries
        FROM (SELECT JSONExtract(price_lines, 'Array({_LINE})') AS lines FROM ledger FINAL WHERE {where.sql})
        ARRAY JOIN lines AS line GROUP BY bucket, usd_per_million ORDER BY usd DESC, bucket, usd_per_million
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def entries(asked: Asked) -> Condition:
    """Return the condition for the entries that make up a sum."""
    found = _of_calls(asked) if asked.of is Of.CALLS else _of_traces(asked)
    found.add("price_source != 'counted_elsewhere'")
    return found


def _of_calls(asked: Asked) -> Condition:
    found = condition.entries(asked.project_id, asked.during, asked.wanted)
    others = condition.calls(asked.project_id, asked.during)
    asks_spans = False
    for place, (ref, value) in enumerate(asked.keys):
        is_own = ref.name in condition.IN_LEDGER
        _narrow(found if is_own else others, asked, place, ref, value)
        asks_spans |= not is_own
    if asks_spans:
        spans = f"SELECT span_id FROM spans FINAL WHERE {others.sql}"  # noqa: S608 - conditions are ours
        found.add(f"call_span_id GLOBAL IN ({spans})", **others.values)
    return found


def _of_traces(asked: Asked) -> Condition:
    """Return the condition for the entries of the calls of the traces that fit, as the list sums them up."""
    nearby = condition.nearby(asked.during)
    found = Condition()
    found.add("project_id = {project:String}", project=asked.project_id)
    found.add(nearby.sql.replace("started_at", "called_at"), **nearby.values)
    if any(ref.name in OF_CALLS for ref, _ in asked.keys):
        calls = grouping.calls_of(asked.project_id, asked.during, asked.wanted)
        calls.add("is_call")
        _narrow_all(calls, asked)
        spans = f"SELECT span_id FROM spans FINAL WHERE {calls.sql}"  # noqa: S608 - conditions are ours
        found.add(f"call_span_id GLOBAL IN ({spans})", **calls.values)
        return found
    roots = condition.calls(asked.project_id, asked.during, asked.wanted, mark=condition.ROOTS)
    _narrow_all(roots, asked)
    traces = f"SELECT {grouping.TRACE} FROM spans FINAL WHERE {roots.sql} AND source != 'gateway'"  # noqa: S608 - ours
    spans = f"""
        SELECT span_id FROM spans FINAL WHERE {roots.sql} AND is_call
        UNION ALL
        SELECT span_id FROM spans FINAL
        WHERE project_id = {{project:String}} AND {nearby.sql} AND is_call AND NOT is_root
          AND {grouping.TRACE} GLOBAL IN ({traces})
    """  # noqa: S608 - conditions are ours, values are bound
    found.add(f"call_span_id GLOBAL IN ({spans})", **roots.values)
    return found


def _narrow_all(found: Condition, asked: Asked) -> None:
    for place, (ref, value) in enumerate(asked.keys):
        _narrow(found, asked, place, ref, value)


def _narrow(found: Condition, asked: Asked, place: int, ref: Ref, value: str) -> None:
    naming = Matching(asked.during, prefix=f"key{place}_")
    shown = FULL_MODEL if ref.name == "model" else f"ifNull(toString({naming.column(ref)}), '')"
    found.add(f"{shown} = {{shown{place}:String}}", **naming.values, **{f"shown{place}": value})

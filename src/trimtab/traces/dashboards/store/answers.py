"""The questions that a panel asks of the warehouse: one for each kind of rows and each way to cut them.

Money and tokens come from the ledger alone, everything else from the spans, as on every other screen. The ledger has
most of what numbers are cut by in columns of its own; for the rest its rows are joined with the spans of their calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trimtab.query.expression import (
    EVERYTHING,
    Expression,
    Ref,
)
from trimtab.storage.warehouse.port import Parameter, Row, Warehouse
from trimtab.traces.dashboards.measure import PARTS, Source
from trimtab.traces.dashboards.panel import Dimension
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.matching import FULL_MODEL, INPUT, OUTPUT, Matching

Key = tuple[str, ...]

_COUNTED: Final = "price_source != 'counted_elsewhere'"
_CALL_ID: Final = "cityHash64(call_span_id)"
"""Counted instead of the id itself, which takes a fifth of the time; two of ten million calls are one by chance."""


def _percentile(place: int) -> str:
    # Written alike, the shares of one column are gathered once.
    return f"if(count() = 0, NULL, quantiles(0.5, 0.95, 0.99)(duration_ns)[{place}])"


def _percentile_of_known(place: int, column: str) -> str:
    found = f"quantilesIf(0.5, 0.95)(assumeNotNull({column}), {column} IS NOT NULL)[{place}]"
    return f"if(isNaN({found}), NULL, {found})"


SQL: Final[dict[str, str]] = {
    "calls": "count()",
    "errors": "countIf(status = 'error')",
    "successes": "countIf({success})",
    "users": "uniqIf(user_id, user_id != '')",
    "sessions": "uniqIf(session_id, session_id != '')",
    "p50_ns": _percentile(1),
    "p95_ns": _percentile(2),
    "p99_ns": _percentile(3),
    "ttft_p50_ns": _percentile_of_known(1, "ttft_ns"),
    "ttft_p95_ns": _percentile_of_known(2, "ttft_ns"),
    "generated_tokens": f"sumIf({OUTPUT}, duration_ns > 0)",
    "generating_ns": f"sumIf(duration_ns, {OUTPUT} > 0)",
    "priced_usd": "sum(cost_usd)",
    "priced": "count(cost_usd)",
    "unpriced_calls": "uniqExactIf(call_span_id, cost_usd IS NULL)",
    "attempts": f"countIf({_COUNTED})",
    "attempted_calls": f"uniqExactIf({_CALL_ID}, {_COUNTED})",
    "input_tokens": f"sum({INPUT})",
    "output_tokens": f"sum({OUTPUT})",
    "cache_read_tokens": "sum(cache_read)",
    "session_usd": "sumIf(cost_usd, session_id != '')",
    "priced_sessions": "uniqIf(session_id, session_id != '' AND cost_usd IS NOT NULL)",
    "user_usd": "sumIf(cost_usd, user_id != '')",
    "priced_users": "uniqIf(user_id, user_id != '' AND cost_usd IS NOT NULL)",
    "tool_calls": "count()",
    "tool_errors": "countIf(status = 'error')",
    "tool_p50_ns": _percentile(1),
    "tool_p95_ns": _percentile(2),
    "agent_runs": "count()",
    "agent_errors": "countIf(status = 'error')",
    "agent_p50_ns": _percentile(1),
    "agent_p95_ns": _percentile(2),
    "score_n": "count()",
    "score_values": "count(value)",
    "score_sum": "sum(value)",
}
"""What makes each part of a measure; `{success}` stands for what the panel calls a success."""

_TIME: Final = {Source.LEDGER: "called_at", Source.SCORES: "at"}
"""By which time a row falls into a step, where that is not its start."""

_JUDGED_WITHIN_NS: Final = 30 * 24 * 3_600_000_000_000
"""How long after a call its scores are still joined with it."""

_MARK: Final = {
    Source.CALLS: "is_call",
    Source.TOOLS: "role = 'tool'",
    Source.AGENTS: "role = 'agent'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which rows of a project, and what they are cut by."""

    project_id: str
    during: TimeRange
    where: Expression = EVERYTHING
    success: Expression = EVERYTHING
    environment: str | None = None
    score: str = ""
    by: tuple[Dimension, ...] = ()

    @property
    def filter(self) -> CallFilter:
        """The calls that are meant."""
        return CallFilter(environment=self.environment, where=self.where)


@dataclass(slots=True)
class _Rows:
    """The text after FROM, the texts of the keys, and the values bound in them."""

    text: str
    keys: list[str]
    values: dict[str, Parameter] = field(default_factory=dict)


def groups(
    warehouse: Warehouse,
    cut: Cut,
    source: Source,
    parts: Sequence[str],
    *,
    order: str,
    limit: int,
    only: Sequence[Key] | None = None,
) -> list[Row]:
    """Return rows of `key` and the parts, greatest first, before them one with `is_total` for all rows together.

    `order` is an expression over the parts. With `only`, rows of these keys alone, and the total of everything.
    """
    rows = _rows(cut, source)
    names = _names(rows)
    columns = _columns(cut, rows, parts)
    having = ""
    if only is not None:
        having = f"HAVING is_total OR {_among(names, only, rows)}"
    keyed = ", ".join(f"{text} AS {name}" for text, name in zip(rows.keys, names, strict=True))
    return warehouse.query(
        f"""
        SELECT {keyed}, grouping({names[0]}) AS is_total, {columns} FROM {rows.text}
        GROUP BY GROUPING SETS (({", ".join(names)}), ()) {having}
        ORDER BY is_total DESC, {order} DESC NULLS LAST, {", ".join(names)} LIMIT {limit + 1}
        """,  # noqa: S608 - all names are ours, values are bound
        rows.values,
    )


def total(warehouse: Warehouse, cut: Cut, source: Source, parts: Sequence[str]) -> list[Row]:
    """Return one row of the parts with `is_total`, of all rows together."""
    rows = _rows(cut, source)
    columns = _columns(cut, rows, parts)
    return warehouse.query(
        f"SELECT true AS is_total, {columns} FROM {rows.text}",  # noqa: S608 - all names are ours, values are bound
        rows.values,
    )


def series(warehouse: Warehouse, cut: Cut, source: Source, parts: Sequence[str], *, keys: Sequence[Key]) -> list[Row]:
    """Return rows of `step` (its start in seconds), `is_kept`, the key and the parts; what is none of `keys` is one."""
    rows = _rows(cut, source)
    names = _names(rows)
    columns = _columns(cut, rows, parts)
    kept = _among(rows.keys, keys, rows)
    keyed = ", ".join(f"if(is_kept, {text}, '') AS {name}" for text, name in zip(rows.keys, names, strict=True))
    return warehouse.query(
        f"""
        SELECT {_step(cut, source)}, {kept} AS is_kept, {keyed}, {columns} FROM {rows.text}
        GROUP BY step, is_kept, {", ".join(names)}
        """,  # noqa: S608 - all names are ours, values are bound
        rows.values,
    )


def steps(warehouse: Warehouse, cut: Cut, source: Source, parts: Sequence[str]) -> list[Row]:
    """Return rows of `step` and the parts, and one with `is_total` for all of them, in one pass; for no cut at all."""
    rows = _rows(cut, source)
    columns = _columns(cut, rows, parts)
    return warehouse.query(
        f"""
        SELECT {_step(cut, source)}, grouping(step) AS is_total, {columns} FROM {rows.text}
        GROUP BY GROUPING SETS ((step), ())
        """,  # noqa: S608 - all names are ours, values are bound
        rows.values,
    )


def heat(warehouse: Warehouse, cut: Cut, column: str, *, per_decade: int) -> list[Row]:
    """Return rows of `step`, `bucket` and `calls`: how many calls of the step have a time in the bucket.

    Bucket `n` holds what is at least 10 to the `n / per_decade` milliseconds and less than the next one begins with.
    """
    where = condition.calls(cut.project_id, cut.during, cut.filter)
    where.add(f"{column} IS NOT NULL")
    return warehouse.query(
        f"""
        SELECT {_step(cut, Source.CALLS)}, count() AS calls,
               toInt32(floor(log10(greatest(assumeNotNull({column}), 1) / 1e6) * {per_decade})) AS bucket
        FROM spans FINAL WHERE {where.sql} GROUP BY step, bucket
        """,  # noqa: S608 - all names are ours, values are bound
        where.values,
    )


def _step(cut: Cut, source: Source) -> str:
    time = _TIME.get(source, "started_at")
    return f"intDiv(toUnixTimestamp({time}), {cut.during.step_s}) * {cut.during.step_s} AS step"


def _names(rows: _Rows) -> list[str]:
    return [f"k{index}" for index in range(len(rows.keys))]


def _columns(cut: Cut, rows: _Rows, parts: Sequence[str]) -> str:
    texts = []
    for name in parts:
        sql = SQL[name]
        if "{success}" in sql:
            matching = Matching(cut.during, prefix="s")
            sql = sql.replace("{success}", matching.sql(cut.success))
            rows.values |= matching.values
        texts.append(f"{sql} AS {name}")
    return ", ".join(texts)


def _among(texts: Sequence[str], keys: Sequence[Key], rows: _Rows) -> str:
    """Return the text of a condition: the key is one of these."""
    if not keys:
        return "false"
    for place in range(len(texts)):
        rows.values[f"keys{place}"] = [key[place] for key in keys]
    if len(texts) == 1:
        return f"{texts[0]} IN {{keys0:Array(String)}}"
    pairs = "SELECT arrayJoin(arrayZip({keys0:Array(String)}, {keys1:Array(String)}))"
    return f"({texts[0]}, {texts[1]}) IN ({pairs})"


def _rows(cut: Cut, source: Source) -> _Rows:
    if source is Source.LEDGER:
        return _ledger(cut)
    if source is Source.SCORES:
        return _scores(cut)
    where = condition.calls(cut.project_id, cut.during, cut.filter, mark=_MARK[source])
    keys, values = _keys(cut)
    return _Rows(f"spans FINAL WHERE {where.sql}", keys, where.values | values)


def _keys(cut: Cut) -> tuple[list[str], dict[str, Parameter]]:
    texts: list[str] = []
    values: dict[str, Parameter] = {}
    for index, dimension in enumerate(cut.by):
        naming = Matching(cut.during, prefix=f"by{index}_")
        texts.append(_shown(dimension.ref, naming))
        values |= naming.values
    return texts, values


def _shown(ref: Ref | None, naming: Matching) -> str:
    if ref is None:
        return "toString(name)"
    return FULL_MODEL if ref.name == "model" else f"ifNull(toString({naming.column(ref)}), '')"


def _ledger(cut: Cut) -> _Rows:
    """Return the rows of the ledger of the calls that are meant, with as little of the spans as can be."""
    where = condition.entries(cut.project_id, cut.during, cut.filter)
    keys, values = _keys(cut)
    if all(dimension.ref is None or dimension.ref.name in condition.IN_LEDGER for dimension in cut.by):
        return _Rows(f"ledger FINAL WHERE {where.sql}", keys, where.values | values)
    spans = condition.calls(cut.project_id, cut.during)
    joined = [f"call_key{index}" for index in range(len(keys))]
    named = ", ".join(f"{text} AS {name}" for text, name in zip(keys, joined, strict=True))
    text = f"""(
        SELECT * FROM ledger FINAL WHERE {where.sql}) AS entry
        ANY LEFT JOIN (SELECT span_id AS call_id, {named} FROM spans FINAL WHERE {spans.sql}) AS call
        ON entry.call_span_id = call.call_id"""  # noqa: S608 - all names are ours, values are bound
    return _Rows(text, joined, where.values | spans.values | values)


def _scores(cut: Cut) -> _Rows:
    """Return the scores given in the range; joined with what they are about only when that is asked for.

    A score of a whole trace is cut by what its root has, or else by what its calls have.
    """
    values: dict[str, Parameter] = {
        "project": cut.project_id,
        "given_from_ns": cut.during.from_ns,
        "given_to_ns": cut.during.to_ns,
    }
    given = (
        "project_id = {project:String} AND at >= fromUnixTimestamp64Nano({given_from_ns:Int64})"
        " AND at < fromUnixTimestamp64Nano({given_to_ns:Int64}) AND NOT is_deleted"
    )
    if cut.score:
        given += " AND name = {score:String}"
        values["score"] = cut.score
    keys, bound = _keys(cut)
    if cut.filter.expression == EVERYTHING and all(dimension.ref is None for dimension in cut.by):
        return _Rows(f"scores FINAL WHERE {given}", keys, values | bound)
    before = TimeRange(cut.during.from_ns - _JUDGED_WITHIN_NS, cut.during.to_ns)
    spans = condition.within(cut.project_id, before, "started_at")
    matching = Matching(before)
    fits = matching.sql(cut.filter.expression)
    joined = [
        key if dimension.ref is None else f"judged_key{index}"
        for index, (key, dimension) in enumerate(zip(keys, cut.by, strict=True))
    ]
    named = "".join(
        f", argMin({key}, ({key} = '', NOT is_root, started_at)) AS {name}"
        for key, name, dimension in zip(keys, joined, cut.by, strict=True)
        if dimension.ref is not None
    )
    text = f"""(
        SELECT name, value, at, if(span_id != '', span_id, trace_id) AS subject
        FROM scores FINAL WHERE {given} AND trace_id != '') AS score
        INNER JOIN (
            SELECT subject{named} FROM spans FINAL ARRAY JOIN [span_id, trace_id] AS subject
            WHERE {spans.sql} AND trace_id GLOBAL IN (SELECT trace_id FROM scores WHERE {given})
              AND (is_root OR is_call OR subject = span_id)
            GROUP BY subject HAVING max({fits})) AS judged
        ON score.subject = judged.subject"""  # noqa: S608 - all names are ours, values are bound
    return _Rows(text, joined, spans.values | matching.values | values | bound)


def sources_of(parts: Sequence[str]) -> list[Source]:
    """Return the kinds of rows that the parts are made of, in a fixed order."""
    found = {PARTS[name].source for name in parts}
    return [source for source in Source if source in found]

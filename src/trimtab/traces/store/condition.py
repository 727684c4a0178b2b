"""Filters as SQL with bound parameters. The project and the time bounds are always there."""

from dataclasses import dataclass, field

from trimtab.query.expression import EVERYTHING
from trimtab.storage.warehouse.port import Parameter
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store.matching import Matching

_COLUMN_OF = {
    "status": "status",
    "provider": "provider",
    "prompt": "prompt_name",
    "feature": "feature",
    "user": "user_id",
    "session": "session_id",
    "environment": "environment",
}

_LIKE_ESCAPES = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(slots=True)
class Condition:
    """The text after WHERE, and the values bound in it."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Parameter] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The parts, all of which must hold."""
        return " AND ".join(self.parts)

    def add(self, sql: str, **values: Parameter) -> None:
        """Demand `sql` too, with its values."""
        self.parts.append(sql)
        self.values |= values


def within(project_id: str, during: TimeRange, time_column: str) -> Condition:
    """Return the condition that every question has: this project, this range."""
    condition = Condition()
    condition.add("project_id = {project:String}", project=project_id)
    condition.add(f"{time_column} >= fromUnixTimestamp64Nano({{from_ns:Int64}})", from_ns=during.from_ns)
    condition.add(f"{time_column} < fromUnixTimestamp64Nano({{to_ns:Int64}})", to_ns=during.to_ns)
    return condition


def calls(project_id: str, during: TimeRange, wanted: CallFilter | None = None, *, mark: str = "is_call") -> Condition:
    """Return the condition for the spans that count as calls and fit the filter; another `mark` asks for others."""
    condition = within(project_id, during, "started_at")
    condition.add(mark)
    if wanted is None:
        return condition
    for name, column in _COLUMN_OF.items():
        value = getattr(wanted, name)
        if name == "status" and value == "ok":
            # A span of which nobody said how it ended went well.
            condition.add("status != 'error'")
        elif value is not None:
            condition.add(f"{column} = {{{name}:String}}", **{name: value})
    if wanted.model is not None:
        condition.add("(model = {model:String} OR concat(provider, '/', model) = {model:String})", model=wanted.model)
    if wanted.sample is not None:
        condition.add("is_sample = {sample:UInt8}", sample=int(wanted.sample))
    if wanted.min_duration_ms is not None:
        condition.add("duration_ns >= {min_ns:UInt64}", min_ns=wanted.min_duration_ms * 1_000_000)
    if wanted.trace_id is not None:
        condition.add("trace_id = {trace_id:String}", trace_id=wanted.trace_id)
    elif wanted.request_id is not None:
        condition.add("request_id = {request_id:String}", request_id=wanted.request_id)
    elif wanted.text and wanted.text.strip():
        pattern = f"%{wanted.text.strip().lower().translate(_LIKE_ESCAPES)}%"
        condition.add("search_text LIKE {pattern:String}", pattern=pattern)
    if wanted.where != EVERYTHING:
        matching = Matching(during)
        condition.add(matching.sql(wanted.where), **matching.values)
    return condition


def entries(project_id: str, during: TimeRange, wanted: CallFilter | None = None) -> Condition:
    """Return the condition for the ledger's entries of the calls that fit the filter."""
    condition = within(project_id, during, "called_at")
    if wanted is not None and wanted != CallFilter():
        of_calls = calls(project_id, during, wanted)
        spans = f"SELECT span_id FROM spans WHERE {of_calls.sql}"  # noqa: S608 - conditions are ours, values are bound
        condition.add(f"call_span_id GLOBAL IN ({spans})", **of_calls.values)
    return condition

"""Filters as SQL with bound parameters. The project and the time bounds are always there."""

from dataclasses import dataclass, field
from typing import Final

from trimtab.query.expression import EVERYTHING, refs
from trimtab.query.whole import of_trace
from trimtab.storage.warehouse.port import Parameter
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.store.matching import NEARBY, Matching, bounds_nearby


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


def nearby(during: TimeRange) -> Condition:
    """Return the bounds of the spans of the range's traces: they may start a little before it, or long after."""
    condition = Condition()
    condition.add(NEARBY, **bounds_nearby(during))
    return condition


ROOTS: Final = "is_root"
"""The mark of the spans that stand for their traces, and are asked about the whole of these."""


def calls(project_id: str, during: TimeRange, wanted: CallFilter | None = None, *, mark: str = "is_call") -> Condition:
    """Return the condition for the spans that count as calls and fit the filter; another `mark` asks for others."""
    condition = within(project_id, during, "started_at")
    condition.add(mark)
    if wanted is None:
        return condition
    asked = wanted.expression
    if asked != EVERYTHING:
        matching = Matching(during)
        condition.add(matching.sql(of_trace(asked) if mark == ROOTS else asked), **matching.values)
    return condition


_ON_BOTH: Final = frozenset(
    {"environment", "key", "feature", "user", "session", "team", "prompt", "prompt.version", "release", "arm", "sample"}
)
"""What an entry of the ledger has in the same columns as its call, whose span need not be asked."""

IN_LEDGER: Final = _ON_BOTH | {"model", "provider", "provider.kind", "model.response"}
"""By what the ledger can be cut itself; the model is the one that was paid for, also where another one answered."""


def entries(project_id: str, during: TimeRange, wanted: CallFilter | None = None) -> Condition:
    """Return the condition for the ledger's entries of the calls that fit the filter."""
    condition = within(project_id, during, "called_at")
    if wanted is None or wanted.expression == EVERYTHING:
        return condition
    asked = wanted.expression
    if all(ref.name in _ON_BOTH for ref in refs(asked)):
        matching = Matching(during)
        condition.add(matching.sql(asked), **matching.values)
    else:
        of_calls = calls(project_id, during, wanted)
        spans = f"SELECT span_id FROM spans FINAL WHERE {of_calls.sql}"  # noqa: S608 - conditions are ours, values are bound
        condition.add(f"call_span_id GLOBAL IN ({spans})", **of_calls.values)
    return condition

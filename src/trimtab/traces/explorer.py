"""Helps to find calls: what may be written next in a query, when the calls were that fit it, and how they group.

Only reads, and needs the right to.
"""

from typing import Final

from trimtab.base import money
from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput, InvalidQuery
from trimtab.identity.access import ProjectAccess, Right
from trimtab.query.complete import MOST_OPTIONS, complete, value_option
from trimtab.query.field import SCORES, TAG, Type
from trimtab.query.parse import parse, parse_ref
from trimtab.query.render import render
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.explorer_views import (
    CompletionView,
    FaultView,
    Group,
    Groups,
    Histogram,
    HistogramStep,
    OptionView,
)
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange, from_ns_since_epoch, resolve
from trimtab.traces.service import Period
from trimtab.traces.store import explore

MOST_GROUPS: Final = 200
_UNGROUPABLE: Final = frozenset({Type.PROSE, Type.DURATION, Type.MONEY, Type.SIZE})
_OFFERED: Final = frozenset({Type.TEXT, Type.MAP})


class ExplorerService:
    """Answers what a person asks on the way to a call. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock

    def complete(self, access: ProjectAccess, period: Period, text: str, cursor: int) -> CompletionView:
        """Return what may come at the cursor, values in use among it, and the fault of the whole text if it has one."""
        access.require(Right.READ)
        found = complete(text, cursor)
        fault, canonical = _reading(text)
        options = list(found.options)
        ref = found.values_of
        if ref is not None and ref.field.type in _OFFERED and not (ref.name == SCORES and ref.key):
            rows = explore.values(self._warehouse, access.project.id, self._range(period), ref, found.typed)
            options = [value_option(ref, row["value"], about=f"{row['spans']} spans") for row in rows]
        return CompletionView(
            start=found.start,
            options=[OptionView(text=each.text, kind=each.kind, about=each.about) for each in options[:MOST_OPTIONS]],
            fault=fault,
            canonical=canonical,
        )

    def histogram(self, access: ProjectAccess, period: Period, wanted: CallFilter) -> Histogram:
        """Return how many traces that fit started in each step of the range."""
        access.require(Right.READ)
        during = self._range(period)
        rows = {row["step"]: row for row in explore.histogram(self._warehouse, access.project.id, during, wanted)}
        none: Row = {"traces": 0, "errors": 0}
        return Histogram(
            step_s=during.step_s,
            steps=[
                HistogramStep(
                    at=from_ns_since_epoch(step * 1_000_000_000),
                    traces=rows.get(step, none)["traces"],
                    errors=rows.get(step, none)["errors"],
                )
                for step in during.steps()
            ],
        )

    def groups(self, access: ProjectAccess, period: Period, wanted: CallFilter, by: str) -> Groups:
        """Return the traces that fit by the values of a field.

        Raises:
            InvalidInput: there is no such field, or its values are measures, of which nearly each is another.
        """
        access.require(Right.READ)
        ref = parse_ref(by)
        if ref.field.type in _UNGROUPABLE or ref.name in (SCORES, TAG):
            raise InvalidInput(
                f"calls cannot be grouped by {by!r}, of which nearly every call has another value",
                hint='Group by a text, a choice, or an attribute such as attributes["http.route"].',
            )
        rows = explore.groups(self._warehouse, access.project.id, self._range(period), wanted, ref, limit=MOST_GROUPS)
        return Groups(items=[_group(row) for row in rows], next=None)

    def _range(self, period: Period) -> TimeRange:
        return resolve(period.start, period.end, self._clock.now())


def _reading(text: str) -> tuple[FaultView | None, str | None]:
    """Return the text's fault, or else its one written form."""
    try:
        return None, render(parse(text))
    except InvalidQuery as error:
        return FaultView(start=error.start, end=error.end, message=error.reason, hint=error.hint), None


def _group(row: Row) -> Group:
    return Group(
        key=row["key"],
        error_rate=row["errors"] / row["counted"],
        traces=row["traces"],
        requests=row["requests"],
        errors=row["errors"],
        p50_ms=row["p50_ns"] / 1e6,
        p95_ms=row["p95_ns"] / 1e6,
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=money.usd(row["priced_usd"]) if row["priced"] else None,
        unpriced_requests=row["unpriced"],
    )

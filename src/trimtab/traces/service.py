"""What a project's calls looked like: lists, one trace, numbers over a range. Only reads, and needs the right to."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from trimtab.base.clock import Clock
from trimtab.base.errors import NotFound
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.paging import Page, page
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import cursor as cursors
from trimtab.traces import overview, show
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange, resolve, to_ns_since_epoch
from trimtab.traces.store import overview as overview_store
from trimtab.traces.store import remarks, search
from trimtab.traces.store import trace as trace_store
from trimtab.traces.views import Facet, Facets, FacetValue, Overview, TraceDetail, TraceRow

MOST_SPANS: Final = 5_000
"""Of one trace, in one answer."""

_CURSOR = re.compile(r"(\d{1,19})-([0-9a-f]{16})")
_FACET_FIELDS: Final = ("model", "provider", "prompt", "feature", "environment", "status")
_KEPT: Final = timedelta(days=4_000)


@dataclass(frozen=True, slots=True)
class Period:
    """What the caller said about time; nothing means the last 24 hours."""

    start: datetime | None = None
    end: datetime | None = None


class TraceService:
    """Answers questions about calls. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock

    def listing(
        self, access: ProjectAccess, period: Period, wanted: CallFilter, *, cursor: str | None, limit: int
    ) -> Page[TraceRow]:
        """Return calls that fit the filter, newest first.

        Raises:
            InvalidInput: the range or the cursor cannot be used.
        """
        access.require(Right.READ)
        project_id = access.project.id
        after = cursors.read(cursor, _CURSOR)
        found = search.calls(self._warehouse, project_id, self._range(period), wanted, after=after, limit=limit + 1)
        shown = page(found, limit, lambda row: f"{row['started_ns']}-{row['span_id']}")
        return Page(items=self.shown(project_id, shown.items), next=shown.next)

    def shown(self, project_id: str, rows: list[Row]) -> list[TraceRow]:
        """Return roots as lines of a list: with the sums of their traces, and what is said about these."""
        counts = search.span_counts(self._warehouse, project_id, rows)
        self.add_sums(project_id, [row for row in rows if row["source"] != "gateway"])
        said = remarks.of_traces(self._warehouse, project_id, rows)
        return [show.trace_row(row, counts.get(row["trace_id"], 1), said.get(row["trace_id"])) for row in rows]

    def add_sums(self, project_id: str, rows: list[Row]) -> None:
        """Give the rows what their whole traces used; the root of one call through the gateway carries that already."""
        sums = search.sums(self._warehouse, project_id, rows)
        for row in rows:
            found = sums.get(row["trace_id"])
            if found is not None:
                row |= {name: found[name] for name in ("input_tokens", "output_tokens", "cost_source")}
                row["cost_usd"] = found["cost"]
                row["model"] = row["model"] or found["model"]
                row["provider"] = row["provider"] or found["provider"]
                if not row["prompt_name"]:
                    row |= {"prompt_name": found["prompt"], "prompt_version": found["version"]}
                    row |= {"release_id": found["release"], "arm": found["release_arm"]}

    def facets(self, access: ProjectAccess, period: Period, wanted: CallFilter | None = None) -> Facets:
        """Return the values that filters can take in the range, and how many of the traces that fit have each."""
        access.require(Right.READ)
        values: dict[str, list[FacetValue]] = {field: [] for field in _FACET_FIELDS}
        for row in search.facets(self._warehouse, access.project.id, self._range(period), wanted):
            values[row["field"]].append(FacetValue(value=row["value"], count=row["traces"]))
        return Facets(facets=[Facet(field=field, values=found) for field, found in values.items()])

    def get(self, access: ProjectAccess, trace_id: str) -> TraceDetail:
        """Return one trace with its spans and its ledger.

        Raises:
            NotFound: this project has no such trace.
        """
        access.require(Right.READ)
        now = self._clock.now()
        ever = TimeRange(to_ns_since_epoch(now - _KEPT), to_ns_since_epoch(now + timedelta(days=2)))
        project_id = access.project.id
        spans = trace_store.spans(self._warehouse, project_id, trace_id, ever, MOST_SPANS + 1)
        if not spans:
            raise NotFound(
                f"there is no trace {trace_id!r} in this project",
                hint="Calls show up within two seconds; the id is in the response header of the call.",
            )
        times = TimeRange(spans[0]["started_ns"], spans[-1]["started_ns"] + 1)
        entries = trace_store.ledger(self._warehouse, project_id, trace_id, times, MOST_SPANS)
        head = show.head_of(spans)
        if head["source"] != "gateway" or sum(row["is_root"] for row in spans) > 1:
            self.add_sums(project_id, [head])
        said = remarks.of_traces(self._warehouse, project_id, [head]).get(trace_id)
        return show.trace_detail(head, spans[:MOST_SPANS], entries, said=said, is_truncated=len(spans) > MOST_SPANS)

    def overview(
        self, access: ProjectAccess, period: Period, by: overview_store.By, wanted: CallFilter | None = None
    ) -> Overview:
        """Return the numbers over the range of the calls that fit, beside those of the range before it."""
        access.require(Right.READ)
        during = self._range(period)
        project_id = access.project.id
        cuts = overview_store.cuts(self._warehouse, project_id, during, by, wanted)
        return overview.build(
            during,
            totals=overview_store.totals(self._warehouse, project_id, during, wanted),
            series=cuts.series,
            breakdown=cuts.breakdown,
        )

    def _range(self, period: Period) -> TimeRange:
        return resolve(period.start, period.end, self._clock.now())

"""Answers what Langfuse's clients ask about traces and observations, from the spans that are here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from trimtab.base.clock import Clock
from trimtab.base.errors import NotFound
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse import scores, shapes, store
from trimtab.traces.langfuse.store import SpanFilter
from trimtab.traces.range import TimeRange, to_ns_since_epoch
from trimtab.traces.scores import ScoreService

MOST_OBSERVATIONS: Final = 5_000
"""Of one trace, in one answer."""
_KEPT: Final = timedelta(days=400)
_DAY_NS: Final = 86_400_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which spans, from when to when, and which page of them."""

    wanted: SpanFilter
    start: datetime | None = None
    end: datetime | None = None
    limit: int = 50
    offset: int = 0


class ReadService:
    """Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock, score_service: ScoreService) -> None:
        """Read from `warehouse`, and judgements from `score_service`."""
        self._warehouse = warehouse
        self._clock = clock
        self._scores = score_service

    def trace(self, access: ProjectAccess, name: str) -> dict[str, Any]:
        """Return a trace with its observations and scores.

        Raises:
            NotFound: the project has no such trace.
        """
        access.require(Right.READ)
        project_id, trace_id = access.project.id, ids.trace_id(name)
        during = self._during(None, None)
        root = self._spans(project_id, during, SpanFilter(trace=trace_id, roots_only=True), 1)
        rows = self._spans(project_id, during, SpanFilter(trace=trace_id), MOST_OBSERVATIONS)
        if not root and not rows:
            raise NotFound(f"there is no trace {name!r} in this project", hint="It may not have arrived yet.")
        (shown,) = self._traces(project_id, root or rows[-1:])
        names = shapes.names_of(rows + root)
        judged = self._scores.of_trace(access, trace_id)
        return shown | {
            "observations": [shapes.observation(row, project_id=project_id, names=names) for row in reversed(rows)],
            "scores": [scores.shown(score, project_id) for score in judged],
        }

    def has_trace(self, access: ProjectAccess, name: str) -> bool:
        """Say whether the project has a trace."""
        access.require(Right.READ)
        wanted = SpanFilter(trace=ids.trace_id(name), roots_only=True)
        return bool(self._spans(access.project.id, self._during(None, None), wanted, 1))

    def traces(self, access: ProjectAccess, asked: Asked) -> tuple[list[dict[str, Any]], int]:
        """Return traces that fit, the newest first, and how many there are in all."""
        access.require(Right.READ)
        project_id, during = access.project.id, self._during(asked.start, asked.end)
        rows = store.spans(self._warehouse, project_id, during, asked.wanted, limit=asked.limit, offset=asked.offset)
        nothing: dict[str, list[str]] = {"observations": [], "scores": []}
        shown = [trace | nothing for trace in self._traces(project_id, rows)]
        return shown, store.count(self._warehouse, project_id, during, asked.wanted)

    def observation(self, access: ProjectAccess, name: str) -> dict[str, Any]:
        """Return one observation.

        Raises:
            NotFound: the project has no such observation.
        """
        access.require(Right.READ)
        rows = self._spans(access.project.id, self._during(None, None), SpanFilter(span=ids.span_id(name)), 1)
        if not rows:
            raise NotFound(f"there is no observation {name!r} in this project", hint="It may not have arrived yet.")
        return shapes.observation(rows[0], project_id=access.project.id, names=shapes.names_of(rows))

    def observations(self, access: ProjectAccess, asked: Asked) -> tuple[list[dict[str, Any]], int]:
        """Return observations that fit, the newest first, and how many there are in all."""
        access.require(Right.READ)
        project_id, during = access.project.id, self._during(asked.start, asked.end)
        rows = store.spans(self._warehouse, project_id, during, asked.wanted, limit=asked.limit, offset=asked.offset)
        names = shapes.names_of(rows)
        shown = [shapes.observation(row, project_id=project_id, names=names) for row in rows]
        return shown, store.count(self._warehouse, project_id, during, asked.wanted)

    def _spans(self, project_id: str, during: TimeRange, wanted: SpanFilter, limit: int) -> list[Row]:
        return store.spans(self._warehouse, project_id, during, wanted, limit=limit)

    def _traces(self, project_id: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
        if not rows:
            return []
        starts = [row["started_ns"] for row in rows]
        during = TimeRange(min(starts) - _DAY_NS, max(starts) + 30 * _DAY_NS)
        costs = store.costs(self._warehouse, project_id, [row["trace_id"] for row in rows], during)
        names = shapes.names_of(list(rows))
        return [
            shapes.trace(
                row,
                name=names.get(row["trace_id"]) or str(row["trace_id"]),
                project_id=project_id,
                cost_usd=costs.get(row["trace_id"]),
            )
            for row in rows
        ]

    def _during(self, start: datetime | None, end: datetime | None) -> TimeRange:
        now = self._clock.now()
        return TimeRange(to_ns_since_epoch(start or now - _KEPT), to_ns_since_epoch(end or now + timedelta(days=2)))

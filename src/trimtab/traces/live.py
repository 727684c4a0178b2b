"""Shows calls as they come in, to whoever watches.

A watcher looks into the warehouse once a second; nobody is told anything when nobody watches, and the collector knows
nothing of it. So it works the same with one server and with many; a watcher that lost its line goes on where it was.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from trimtab.base.clock import Clock
from trimtab.base.errors import TooManyRequests
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange
from trimtab.traces.service import TraceService
from trimtab.traces.store import arrivals
from trimtab.traces.views import TraceRow

MOST_AT_ONCE: Final = 50
"""Calls in one look; of more the newest are shown, and the others counted."""
_MOST_WATCHERS: Final = 64
_MOST_TRACES: Final = 2_000
_MS_PER_S: Final = 1_000
_NS_PER_MS: Final = 1_000_000
_OVERLAP_MS: Final = 5 * _MS_PER_S
"""A row is seen a little after the time that it carries: each look reaches back so far over the one before."""
_FURTHEST_MS: Final = 600 * _MS_PER_S
"""How far a watcher that comes back is taken back."""
_STARTED_NS: Final = 3_600 * 10**9
"""How long ago a call may have started: calls that take longer show up when the list is loaded again."""
_AHEAD_NS: Final = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class News:
    """Calls that came in or went on since the look before, the newest first."""

    calls: list[TraceRow]
    left_out: int
    """How many more there were."""
    until_ms: int
    """Up to when this look has seen, for a watcher that comes back."""


@dataclass(slots=True)
class Watcher:
    """Somebody who watches, and what they have been shown."""

    access: ProjectAccess
    wanted: CallFilter
    since_ms: int
    shown: OrderedDict[str, int] = field(default_factory=OrderedDict)
    """When the newest span of each trace was stored that was shown."""


class LiveTail:
    """Safe to share between threads; a watcher belongs to one of them at a time."""

    def __init__(
        self, warehouse: Warehouse, clock: Clock, traces: TraceService, *, most_at_once: int = MOST_AT_ONCE
    ) -> None:
        """Look into `warehouse`; one look shows at most `most_at_once` calls."""
        self._warehouse = warehouse
        self._clock = clock
        self._traces = traces
        self._most_at_once = most_at_once
        self._places = threading.BoundedSemaphore(_MOST_WATCHERS)

    @contextmanager
    def watch(self, access: ProjectAccess, wanted: CallFilter, since_ms: int | None = None) -> Iterator[Watcher]:
        """Yield a watcher who sees what comes from now on, or from the end of an earlier look.

        Raises:
            TooManyRequests: too many watch already.
        """
        access.require(Right.READ)
        if not self._places.acquire(blocking=False):
            raise TooManyRequests(
                f"{_MOST_WATCHERS} others watch this server at this moment", retry_after_s=10, hint="Load the list."
            )
        try:
            now_ms = self._clock.now_ns() // _NS_PER_MS
            start_ms = now_ms if since_ms is None else min(now_ms, max(since_ms, now_ms - _FURTHEST_MS))
            yield Watcher(access, wanted, start_ms)
        finally:
            self._places.release()

    def look(self, watcher: Watcher) -> News:
        """Return what has come since the look before."""
        now_ns = self._clock.now_ns()
        during = TimeRange(now_ns - _STARTED_NS, now_ns + _AHEAD_NS)
        project_id = watcher.access.project.id
        since_ms = watcher.since_ms - _OVERLAP_MS
        arrived = arrivals.traces(self._warehouse, project_id, during, since_ms, _MOST_TRACES)
        changed = {
            row["trace_id"]: row["at_ms"] for row in arrived if watcher.shown.get(row["trace_id"], 0) < row["at_ms"]
        }
        watcher.since_ms = now_ns // _NS_PER_MS
        self._remember(watcher, changed)
        if not changed:
            return News([], 0, watcher.since_ms)
        rows, fitting = arrivals.calls(
            self._warehouse, project_id, during, watcher.wanted, list(changed), self._most_at_once
        )
        return News(self._traces.shown(project_id, rows), fitting - len(rows), watcher.since_ms)

    def _remember(self, watcher: Watcher, changed: dict[str, int]) -> None:
        for trace_id, at_ms in changed.items():
            watcher.shown[trace_id] = at_ms
            watcher.shown.move_to_end(trace_id)
        # What was stored before the overlap is not looked at again.
        oldest_ms = watcher.since_ms - 2 * _OVERLAP_MS
        while watcher.shown and next(iter(watcher.shown.values())) < oldest_ms:
            watcher.shown.popitem(last=False)

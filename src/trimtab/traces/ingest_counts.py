"""Counts what becomes of telemetry, by the minute and with the reason.

Counts are gathered in memory and written every other second, with the batch that comes then, so that counting costs a
batch nothing. They are statistics: a process that is killed loses those of its last seconds, though never a span.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import TrimtabError
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import ingest_counts as store

_MINUTE_NS: Final = 60_000_000_000
_WRITE_EVERY_S: Final = 2.0
_LONGEST_REASON: Final = 200
_MOST_REASONS: Final = 200
"""Of one project in a minute: a sender that makes up reasons does not fill the memory."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_DIGITS: Final = re.compile(r"\d{6,}")


class Outcome(StrEnum):
    """What became of an item of telemetry."""

    STORED = "stored"
    ASIDE = "aside"
    DROPPED = "dropped"
    DEDUPLICATED = "deduplicated"
    REFUSED = "refused"


_Key = tuple[str, int, Outcome, str]


class IngestCounts:
    """The counts of one process. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock, *, tick: Callable[[], float] = time.monotonic) -> None:
        """Write into `warehouse`; `clock` tells the minute and `tick` the seconds since the last writing."""
        self._warehouse = warehouse
        self._clock = clock
        self._tick = tick
        self._writer = ids.new("srv")
        # Held while counts are written: a later writing must not be overtaken by an earlier one.
        self._writing = threading.Lock()
        # Guards what follows. A count is kept until its minute is over: each writing replaces the one before.
        self._guard = threading.Lock()
        self._counts: Counter[_Key] = Counter()
        self._changed: set[_Key] = set()
        self._written_at = tick()

    def note(self, project_id: str, outcome: Outcome, reason: str, items: int = 1) -> None:
        """Count items of a project."""
        if items < 1:
            return
        minute = self._clock.now_ns() // _MINUTE_NS * _MINUTE_NS
        with self._guard:
            key = (project_id, minute, outcome, reason[:_LONGEST_REASON])
            if key not in self._counts and self._is_full(project_id, minute):
                key = (project_id, minute, outcome, "other reasons")
            self._counts[key] += items
            self._changed.add(key)

    def _is_full(self, project_id: str, minute: int) -> bool:
        return len(self._counts) >= _MOST_REASONS and (
            sum(1 for key in self._counts if key[0] == project_id and key[1] == minute) >= _MOST_REASONS
        )

    def write(self, *, at_once: bool = False) -> None:
        """Write what has changed, if the last time is long enough ago; what cannot be written now waits.

        Whoever calls must have stored, or refused, what was counted.
        """
        if not self._writing.acquire(blocking=at_once):
            return
        try:
            self._write(at_once=at_once)
        finally:
            self._writing.release()

    def _write(self, *, at_once: bool) -> None:
        with self._guard:
            if not self._changed or (not at_once and self._tick() - self._written_at < _WRITE_EVERY_S):
                return
            self._written_at = self._tick()
            changed, self._changed = self._changed, set()
            rows = [
                store.CountRow(
                    project_id=key[0],
                    at_ns=key[1],
                    outcome=key[2].value,
                    reason=key[3],
                    writer=self._writer,
                    count=self._counts[key],
                )
                for key in changed
            ]
        try:
            store.insert(self._warehouse, rows, token=ids.new("cnt"))
        except TrimtabError:
            with self._guard:
                self._changed |= changed
            return
        over = self._clock.now_ns() - _MINUTE_NS
        with self._guard:
            for key in [key for key in self._counts if key[1] < over and key not in self._changed]:
                del self._counts[key]

    def by_reason(self, project_id: str, during: TimeRange) -> list[Row]:
        """Return how many items had which outcome for which reason."""
        self.write(at_once=True)
        return store.by_reason(self._warehouse, project_id, during)

    def over_time(self, project_id: str, during: TimeRange, step_ns: int) -> list[Row]:
        """Return how many items had which outcome in each step."""
        self.write(at_once=True)
        return store.over_time(self._warehouse, project_id, during, step_ns)


def kind_of(reason: str) -> str:
    """Return a reason without the values in it, so that a thousand refusals of one kind are one line."""
    return _DIGITS.sub("…", _QUOTED.sub("…", reason))

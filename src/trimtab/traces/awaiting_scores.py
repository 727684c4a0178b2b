"""Scores that name a response and no span, until the span with that response comes.

They are stored at once, and written again with the span's ids when these are known. What waited in the process before
this one is remembered from the store.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from trimtab.base.clock import Clock
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import telemetry as store
from trimtab.traces.store.telemetry import ScoreRow

_MOST: Final = 20_000
_REMEMBERED_NS: Final = 3_600_000_000_000


class AwaitingScores:
    """The memory. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        """Remember what was stored within the hour before now, as soon as somebody asks."""
        self._warehouse = warehouse
        self._clock = clock
        # Guards what follows.
        self._guard = threading.Lock()
        self._waiting: OrderedDict[tuple[str, str], list[ScoreRow]] = OrderedDict()
        self._has_recalled = False

    def hold(self, scores: Iterable[ScoreRow]) -> list[ScoreRow]:
        """Keep those that name a response and no span, and return them."""
        held = [score for score in scores if score.response_id and not score.span_id]
        with self._guard:
            for score in held:
                self._waiting.setdefault((score.project_id, score.response_id), []).append(score)
            while len(self._waiting) > _MOST:
                self._waiting.popitem(last=False)
        return held

    def place(self, project_id: str, spans: Iterable[tuple[str, str, str]]) -> list[ScoreRow]:
        """Return the scores that belong to spans, given as response, trace and span id, and no longer wait for them."""
        self._recall()
        found: list[ScoreRow] = []
        with self._guard:
            if not self._waiting:
                return found
            for response_id, trace_id, span_id in spans:
                found += (
                    msgspec.structs.replace(score, trace_id=trace_id, span_id=span_id)
                    for score in self._waiting.pop((project_id, response_id), ())
                )
        return found

    def _recall(self) -> None:
        with self._guard:
            if self._has_recalled:
                return
        now_ns = self._clock.now_ns()
        found = store.scores_without_span(self._warehouse, TimeRange(now_ns - _REMEMBERED_NS, now_ns + 1), _MOST)
        with self._guard:
            # Only now: when the store does not answer, the next batch asks again; of two that ask, one is heard.
            is_first, self._has_recalled = not self._has_recalled, True
        if is_first:
            self.hold(found)


def of_responses(scores: Sequence[ScoreRow]) -> list[str]:
    """Return the responses that scores name, each once."""
    return list(dict.fromkeys(score.response_id for score in scores))

"""What a worker counts, in Prometheus' text form. Each worker counts alone; the label `worker` tells which."""

import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Final

from trimtab.llm.call import Call, Outcome

BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_PREFIX: Final = "trimtab_gateway_"


class Histogram:
    """Counts of durations in seconds, by upper bound."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        """Start at zero."""
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


class Metrics:
    """The counters of a worker; gauges are given when they are shown."""

    def __init__(self) -> None:
        """Start at zero."""
        self.outcomes: Counter[Outcome] = Counter()
        self.errors: Counter[str] = Counter()
        self.durations = Histogram()
        self.first_tokens = Histogram()
        self.started_s = time.time()

    def count(self, call: Call) -> None:
        """Count a finished call."""
        self.outcomes[call.outcome] += 1
        self.durations.add((call.ended_ns - call.started_ns) / 1e9)
        if call.error_code:
            self.errors[call.error_code] += 1
        if call.stream and call.attempts and call.attempts[-1].first_token_ns is not None:
            self.first_tokens.add((call.attempts[-1].first_token_ns - call.started_ns) / 1e9)

    def count_stranger(self, code: str) -> None:
        """Count a request that was refused before anyone knew whose it was; it has no record."""
        self.errors[code] += 1

    def text(self, gauges: dict[str, float], counters: dict[str, float]) -> str:
        """Return everything in Prometheus' text form."""
        return "\n".join(self._lines(gauges, counters)) + "\n"

    def _lines(self, gauges: dict[str, float], counters: dict[str, float]) -> Iterator[str]:
        worker = f'worker="{os.getpid()}"'
        yield f"# TYPE {_PREFIX}calls_total counter"
        for outcome in Outcome:
            yield f'{_PREFIX}calls_total{{{worker},outcome="{outcome}"}} {self.outcomes[outcome]}'
        yield f"# TYPE {_PREFIX}errors_total counter"
        for code, count in sorted(self.errors.items()):
            yield f'{_PREFIX}errors_total{{{worker},code="{code}"}} {count}'
        yield from _histogram("call_seconds", worker, self.durations)
        yield from _histogram("first_token_seconds", worker, self.first_tokens)
        for name, value in counters.items():
            yield f"# TYPE {_PREFIX}{name} counter"
            yield f"{_PREFIX}{name}{{{worker}}} {value:g}"
        for name, value in {**gauges, "start_time_seconds": self.started_s}.items():
            yield f"# TYPE {_PREFIX}{name} gauge"
            yield f"{_PREFIX}{name}{{{worker}}} {value:.15g}"


def _histogram(name: str, worker: str, histogram: Histogram) -> Iterator[str]:
    yield f"# TYPE {_PREFIX}{name} histogram"
    reached = 0
    for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], histogram.counts, strict=True):
        reached += count
        yield f'{_PREFIX}{name}_bucket{{{worker},le="{bound}"}} {reached}'
    yield f"{_PREFIX}{name}_sum{{{worker}}} {histogram.total_s:.9g}"
    yield f"{_PREFIX}{name}_count{{{worker}}} {reached}"

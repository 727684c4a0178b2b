"""What Prometheus can read of the server: requests by route and status, how long they took, and gauges of other parts.

Routes are labelled by their pattern, never by the path that was asked for: the number of series stays bounded.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from trimtab import __version__

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class _Histogram:
    buckets: list[int] = field(default_factory=lambda: [0] * len(_BOUNDS_S))
    count: int = 0
    sum_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Gauge:
    name: str
    help: str
    read: Callable[[], float]
    kind: str


class Metrics:
    """Counts requests and renders everything as text. Safe to share between threads."""

    def __init__(self) -> None:
        """Start from zero."""
        # Guards the counters, which the event loop adds to while a thread may render them.
        self._guard = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[tuple[str, str], _Histogram] = {}
        self._gauges: list[_Gauge] = []

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = method if method in _METHODS else "other"
        with self._guard:
            self._requests[method, route, status] += 1
            histogram = self._seconds.setdefault((method, route), _Histogram())
            histogram.count += 1
            histogram.sum_s += seconds
            for place, bound in enumerate(_BOUNDS_S):
                if seconds <= bound:
                    histogram.buckets[place] += 1

    def watch(self, name: str, help_text: str, read: Callable[[], float], *, kind: str = "gauge") -> None:
        """Show under `name` whatever `read` says at the time; `kind` may be `counter` for what only grows."""
        self._gauges.append(_Gauge(name, help_text, read, kind))

    def render(self) -> str:
        """Return everything in Prometheus's text format."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# HELP trimtab_build_info The version that runs."
        yield "# TYPE trimtab_build_info gauge"
        yield f'trimtab_build_info{{version="{__version__}",plane="server"}} 1'
        with self._guard:
            requests = sorted(self._requests.items())
            seconds = [
                (key, _Histogram(list(found.buckets), found.count, found.sum_s))
                for key, found in sorted(self._seconds.items())
            ]
        yield "# HELP trimtab_server_requests_total Requests answered, by route and status."
        yield "# TYPE trimtab_server_requests_total counter"
        for (method, route, status), count in requests:
            yield f'trimtab_server_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
        yield "# HELP trimtab_server_request_seconds How long requests took."
        yield "# TYPE trimtab_server_request_seconds histogram"
        for (method, route), histogram in seconds:
            labels = f'method="{method}",route="{route}"'
            for bound, below in zip(_BOUNDS_S, histogram.buckets, strict=True):
                yield f'trimtab_server_request_seconds_bucket{{{labels},le="{bound:g}"}} {below}'
            yield f'trimtab_server_request_seconds_bucket{{{labels},le="+Inf"}} {histogram.count}'
            yield f"trimtab_server_request_seconds_sum{{{labels}}} {histogram.sum_s:.6f}"
            yield f"trimtab_server_request_seconds_count{{{labels}}} {histogram.count}"
        for gauge in self._gauges:
            yield f"# HELP {gauge.name} {gauge.help}"
            yield f"# TYPE {gauge.name} {gauge.kind}"
            yield f"{gauge.name} {gauge.read():g}"

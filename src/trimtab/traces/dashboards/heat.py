"""A heat map: how many calls took how long, step by step, in buckets that grow by the same factor. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from trimtab.traces.range import TimeRange, from_ns_since_epoch

PER_DECADE: Final = 6
"""Buckets from one time to its tenfold: each is 47 % longer than the one before it."""
_MOST_EDGES: Final = 40


@dataclass(frozen=True, slots=True)
class Column:
    """One step."""

    at: datetime
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Heat:
    """Edges in milliseconds, ascending; a column has one count more: below the first, between, above the last."""

    edges_ms: list[float]
    columns: list[Column]


def build(during: TimeRange, rows: Iterable[Mapping[str, Any]]) -> Heat:
    """Return the map of rows of `step`, `bucket` and `calls`, with edges around what there is; none of nothing."""
    by_step: dict[int, Counter[int]] = {}
    for row in rows:
        by_step.setdefault(row["step"], Counter())[row["bucket"]] += row["calls"]
    found = [bucket for counts in by_step.values() for bucket in counts]
    lowest, highest = (min(found), max(found)) if found else (0, -1)
    highest = min(highest, lowest + _MOST_EDGES - 2)
    edges = range(lowest, highest + 2) if found else range(0)
    columns = [
        Column(from_ns_since_epoch(step * 1_000_000_000), _counts(by_step.get(step, Counter()), edges))
        for step in during.steps()
    ]
    return Heat([_rounded(10 ** (edge / PER_DECADE)) for edge in edges], columns)


def _counts(buckets: Counter[int], edges: range) -> list[int]:
    counts = [0] * (len(edges) + 1)
    for bucket, calls in buckets.items():
        counts[min(bucket - edges.start + 1, len(edges))] += calls
    return counts


def _rounded(edge_ms: float) -> float:
    return float(f"{edge_ms:.3g}")

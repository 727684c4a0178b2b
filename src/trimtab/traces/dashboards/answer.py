"""Puts what the stores found of a panel together: groups, the rest, totals, and a point for every step. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from trimtab.traces.dashboards.measure import PARTS, Measure, Value, empty
from trimtab.traces.range import TimeRange, from_ns_since_epoch

Key = tuple[str, ...]
Values = dict[str, Value]

REST: Final[Key] = ("\0",)
"""Stands for all groups that are not shown; no value of a field is like it."""


@dataclass(frozen=True, slots=True)
class Point:
    """The values of one step."""

    at: datetime
    values: Values


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one group, and those of each step when they were asked for."""

    key: Key
    values: Values
    points: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Parts by group, as they come from one source after another."""

    parts: tuple[str, ...]
    total: dict[str, Any] = field(init=False)
    groups: dict[Key, dict[str, Any]] = field(default_factory=dict)
    steps: dict[tuple[int, Key], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.total = empty(self.parts)

    def add_total(self, found: Mapping[str, Any]) -> None:
        """Take in what one source has of all rows together."""
        self.total |= known(found)

    def add(self, key: Key, found: Mapping[str, Any]) -> None:
        """Take in what one source has of a group."""
        self.groups.setdefault(key, empty(self.parts)).update(known(found))

    def add_step(self, step: int, key: Key, found: Mapping[str, Any]) -> None:
        """Take in what one source has of a group in a step."""
        self.steps.setdefault((step, key), empty(self.parts)).update(known(found))

    def rest(self, shown: Iterable[Key]) -> dict[str, Any] | None:
        """Return the parts of what is in no group shown: what is left of each sum; None when nothing is left."""
        kept = [self.groups[key] for key in shown]
        left: dict[str, Any] = {}
        for name in self.parts:
            part = PARTS[name]
            left[name] = max(0, self.total[name] - sum(group[name] for group in kept)) if part.is_additive else None
        counted = (value for value in left.values() if not isinstance(value, float))
        return left if any(counted) else None


def known(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a row, a sum over nothing as zero."""
    parts = {name: value for name, value in found.items() if name in PARTS}
    return {name: PARTS[name].empty if value is None else value for name, value in parts.items()}


def values(measures: Sequence[Measure], parts: Mapping[str, Any]) -> Values:
    """Return the value of each measure; None where a part that it needs is not known."""
    return {measure.name: None if _is_unknown(measure, parts) else measure.compute(parts) for measure in measures}


def _is_unknown(measure: Measure, parts: Mapping[str, Any]) -> bool:
    return any(parts[name] is None for name in measure.parts)


def ranked(measure: Measure, groups: Mapping[Key, Mapping[str, Any]]) -> list[Key]:
    """Return the keys, the greatest value of the measure first, those without one last."""

    def rank(key: Key) -> tuple[bool, Decimal | float, Key]:
        value = values([measure], groups[key])[measure.name]
        return (value is None, 0 if value is None else -value, key)

    return sorted(groups, key=rank)


def points(during: TimeRange, measures: Sequence[Measure], tally: Tally, key: Key) -> list[Point]:
    """Return a point for each step of the range; steps without rows are there with what nothing amounts to."""
    nothing = empty(tally.parts)
    return [
        Point(from_ns_since_epoch(step * 1_000_000_000), values(measures, tally.steps.get((step, key), nothing)))
        for step in during.steps()
    ]

"""Tags that applications send with their traces: kept like the tags that people put on, so that all are found alike.

Each is named by its trace and its text. One that was sent already is not written again: whoever takes it off must not
find it back because another part of the trace came.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trimtab.base.clock import Clock
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import annotation as rule
from trimtab.traces.annotation import Annotation, Kind
from trimtab.traces.dialects import content
from trimtab.traces.range import TimeRange, from_ns_since_epoch
from trimtab.traces.span import Span
from trimtab.traces.store import annotations as store

_NAMES: Final = ("langfuse.trace.tags", "tag.tags")
"""Langfuse's and OpenInference's attributes."""
_AUTHOR: Final = "application"
_MOST_OF_ONE: Final = 50
_MOST_REMEMBERED: Final = 100_000
_DAY_NS: Final = 86_400 * 10**9
_LONGEST: Final = 64
_NO_PART_OF_A_TAG: Final = re.compile(r"[^\w.:+-]+")


class SentTags:
    """What was sent of late. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        """Remember nothing yet; of traces that began before now the store is asked."""
        self._warehouse = warehouse
        self._started_ns = clock.now_ns()
        # Guards `_seen`.
        self._guard = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def new(self, project_id: str, spans: Sequence[Span]) -> list[Annotation]:
        """Return the tags that spans of a project carry and that were not sent before."""
        carriers = [span for span in spans if not span.attributes.keys().isdisjoint(_NAMES)]
        if not carriers:
            return []
        found: dict[str, Annotation] = {}
        for span in sorted(carriers, key=lambda each: each.started_ns):
            for tag in of_attributes(span.trace_id, span.started_ns, span.attributes):
                found.setdefault(tag.id, tag)
        with self._guard:
            unseen = [tag for tag in found.values() if (project_id, tag.id) not in self._seen]
        known = self._stored(project_id, [tag for tag in unseen if tag.at_ns < self._started_ns])
        return [tag for tag in unseen if tag.id not in known]

    def note(self, project_id: str, tags: Iterable[Annotation]) -> None:
        """Remember tags that are stored."""
        with self._guard:
            for tag in tags:
                self._seen[project_id, tag.id] = None
            while len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)

    def _stored(self, project_id: str, tags: Sequence[Annotation]) -> set[str]:
        if not tags:
            return set()
        times = [tag.at_ns for tag in tags]
        during = TimeRange(max(0, min(times) - _DAY_NS), max(times) + _DAY_NS)
        return store.known(self._warehouse, project_id, [tag.id for tag in tags], during)


def of_attributes(trace_id: str, at_ns: int, attributes: Mapping[str, str]) -> list[Annotation]:
    """Return the tags of a trace that a span's attributes name, each once."""
    said = (text for name in _NAMES for text in content.as_list(attributes.get(name)) if isinstance(text, str))
    names = list(dict.fromkeys(name for text in said if (name := _name(text))))[:_MOST_OF_ONE]
    at = from_ns_since_epoch(at_ns)
    return [
        Annotation(
            id=rule.id_of(Kind.TAG, trace_id, "", name),
            kind=Kind.TAG,
            trace_id=trace_id,
            span_id="",
            text=name,
            author_id="",
            author=_AUTHOR,
            at_ns=at_ns,
            created_at=at,
            revised_at=at,
        )
        for name in names
    ]


def _name(text: str) -> str:
    """Return a tag as people could have put it on: in lower case, with a hyphen for whatever no tag holds."""
    return _NO_PART_OF_A_TAG.sub("-", text.strip().lower())[:_LONGEST]

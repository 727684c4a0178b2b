"""What is known of a trace or an observation: the sum of its events, in whatever order they came. Pure.

Events that make something go before events that change it, then the earlier before the later. A later field wins
over an earlier one; nothing and null change nothing; metadata is merged key by key and tags are gathered.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from trimtab.traces.langfuse import event as events
from trimtab.traces.langfuse.event import Event
from trimtab.traces.range import to_ns_since_epoch

_ONLY_ABOUT: Final = frozenset(
    {"id", "tags", "public", "metadata", "environment", "userId", "sessionId", "release", "version"}
)
"""Fields of a trace that say something about one that others report, such as what clients over OpenTelemetry send."""

_SHARED: Final = ("name", "userId", "sessionId", "tags", "public", "release", "version", "environment")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One trace or observation as its events add up; `fields` has the names of Langfuse's API."""

    id: str
    kind: str
    """`trace`, `span`, `generation`, `event`, or another kind of observation in lower case."""
    trace: str
    """The trace's name for itself; empty when no event says it."""
    fields: dict[str, Any]
    first_ns: int
    """The time of its earliest event."""

    @property
    def start_ns(self) -> int:
        """When it began, by what it says itself or else by its first event."""
        return self._at("timestamp" if self.kind == "trace" else "startTime") or self.first_ns

    @property
    def end_ns(self) -> int:
        """When it ended; 0 while it has not."""
        return self._at("endTime") or (self.start_ns if self.kind == "event" else 0)

    @property
    def first_token_ns(self) -> int:
        """When the first token came; 0 when nobody said."""
        return self._at("completionStartTime")

    @property
    def is_whole(self) -> bool:
        """Whether a trace is reported here itself, and is no mere remark about one that comes another way."""
        return not self.fields.keys() <= _ONLY_ABOUT

    @property
    def shared(self) -> tuple[object, ...]:
        """What all observations of a trace take over from it."""
        return tuple(repr(self.fields.get(name)) for name in _SHARED)

    def _at(self, name: str) -> int:
        at = events.moment(self.fields.get(name), name)
        return 0 if at is None else to_ns_since_epoch(at)


def key(event: Event) -> str:
    """Return what the event is about: a trace or an observation by its name, or by the event's id if it has none."""
    return f"{'trace' if event.kind == events.TRACE else 'observation'}:{event.body.get('id') or event.id}"


def fold(found: Iterable[Event]) -> Known | None:
    """Return the sum of the events of one trace or observation, or None when there is none."""
    ordered = sorted(found, key=lambda each: (each.is_update, each.at_ns, each.id))
    if not ordered:
        return None
    fields: dict[str, Any] = {}
    kind = "trace" if ordered[0].kind == events.TRACE else ""
    made_at: list[tuple[datetime, str]] = []
    for each in ordered:
        kind = _kind(each) or kind
        said = each.body.get("timestamp")
        if kind == "trace" and isinstance(said, str) and (at := events.moment(said, "timestamp")) is not None:
            made_at.append((at, said))
        for name, value in each.body.items():
            if value is not None:
                fields[name] = _merged(name, fields.get(name), value)
    if made_at:
        # Every change of a trace is sent with the time of the change.
        fields["timestamp"] = min(made_at)[1]
    entity_id = key(ordered[0]).partition(":")[2]
    trace = entity_id if kind == "trace" else fields.get("traceId") or ""
    return Known(
        id=entity_id,
        kind=kind or "span",
        trace=trace,
        fields=fields,
        first_ns=min(each.at_ns for each in ordered),
    )


def _kind(event: Event) -> str:
    if event.kind.startswith("observation-"):
        said = event.body.get("type")
        return said.lower() if isinstance(said, str) else ""
    return event.kind.rpartition("-")[0]


def _merged(name: str, before: Any, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if name == "metadata" and isinstance(before, dict) and isinstance(value, dict):
        return before | {key: _merged("metadata", before.get(key), each) for key, each in value.items()}
    if name == "tags" and isinstance(before, list) and isinstance(value, list):
        return list(dict.fromkeys(map(str, [*before, *value])))
    return value

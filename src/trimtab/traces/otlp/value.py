"""What OTLP says, whatever the encoding was: spans, events and log records with plain Python values.

Ids are lower-case hex, times are nanoseconds since the Unix epoch, attributes are dicts.
"""

from typing import Any, Literal

import msgspec

Value = Any
"""Text, a whole number, a float, a bool, bytes, a list or a dict of these, or None."""

Attributes = dict[str, Value]


class Scope(msgspec.Struct, kw_only=True, gc=False):
    """Who sent: the resource (a service), and within it the library that made the telemetry."""

    resource: Attributes = {}
    name: str = ""
    version: str = ""


class Event(msgspec.Struct, kw_only=True, gc=False):
    """Something that happened within a span."""

    name: str
    at_ns: int
    attributes: Attributes = {}


class Link(msgspec.Struct, kw_only=True, gc=False):
    """Another span that this one points to."""

    trace_id: str
    span_id: str
    attributes: Attributes = {}


class Span(msgspec.Struct, kw_only=True, gc=False):
    """One span as it was sent. `kind` and `status_code` are OTLP's numbers, which may be unknown ones."""

    trace_id: str
    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_ns: int
    end_ns: int = 0
    attributes: Attributes = {}
    events: list[Event] = []
    links: list[Link] = []
    status_code: int = 0
    status_message: str = ""
    trace_state: str = ""
    scope: Scope = msgspec.field(default_factory=Scope)


class LogRecord(msgspec.Struct, kw_only=True, gc=False):
    """One log record; `trace_id` and `span_id` are empty when it belongs to no span."""

    at_ns: int
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""
    severity: str = ""
    body: Value = None
    attributes: Attributes = {}
    scope: Scope = msgspec.field(default_factory=Scope)


class Refused(msgspec.Struct, kw_only=True):
    """One item that cannot be taken, as it was sent, and why."""

    payload: bytes
    reason: str
    form: Literal["protobuf", "json", "value"]
    """How the payload is written: as OTLP's message, as OTLP's JSON, or as the neutral value in JSON."""
    scope: Scope = msgspec.field(default_factory=Scope)


class Metrics(msgspec.Struct, kw_only=True):
    """How many data points a batch of metrics holds, by the name of the metric."""

    points: dict[str, int]

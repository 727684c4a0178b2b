"""OTLP's binary encoding. Runs for every span that arrives, so that each step here is counted in microseconds."""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.message import DecodeError

from trimtab.base.errors import InvalidInput
from trimtab.traces.otlp import wire
from trimtab.traces.otlp.batch import MOST_EVENTS, SPAN_ID_BYTES, Batch, Signal, check_ids, other_signal
from trimtab.traces.otlp.value import Attributes, Event, Link, LogRecord, Metrics, Refused, Scope, Span, Value

_STRING_TAG: Final = 0x0A
_ONE_BYTE: Final = 0x80
_TWO_BYTES: Final = 0x4000
_DEEPEST: Final = 32
"""Values nested deeper are refused: no sender means it, and a stack is not endless."""

# How a log record begins that a span cannot: its first field is a time of eight bytes.
_LOG_TAGS: Final = (0x09, 0x59)


def decode(signal: Signal, body: bytes) -> Batch:
    """Read a request of that signal.

    Raises:
        InvalidInput: the body as a whole is no such request. A single item that is damaged is only refused.
    """
    try:
        if signal == "traces":
            return _traces(body)
        return _logs(body) if signal == "logs" else _metrics(body)
    except DecodeError as error:
        raise InvalidInput(f"the body is not a protobuf message of OTLP {signal}: {error}") from error


def _items(body: bytes) -> Iterator[tuple[Scope, bytes]]:
    for raw_group in wire.Request.FromString(body).groups:
        group = wire.Group.FromString(raw_group)
        resource = attributes(wire.Resource.FromString(group.resource).attributes) if group.resource else {}
        for raw in group.scopes:
            items = wire.Items.FromString(raw)
            found = wire.Scope.FromString(items.scope)
            scope = Scope(resource=resource, name=text(found.name), version=text(found.version))
            for item in items.items:
                yield scope, item


def decode_item(signal: Signal, raw: bytes, scope: Scope) -> Batch:
    """Read one span or log record by itself, as it was refused before; refuse it again if need be."""
    group = wire.Items(items=[raw]).SerializeToString()
    batch = decode(signal, wire.Request(groups=[wire.Group(scopes=[group]).SerializeToString()]).SerializeToString())
    batch.set_scope(scope)
    return batch


def _traces(body: bytes) -> Batch:
    batch = Batch()
    for scope, raw in _items(body):
        try:
            batch.spans.append(_span(raw, scope))
        except (DecodeError, InvalidInput) as error:
            batch.refused.append(Refused(payload=raw, reason=_reason(error), form="protobuf", scope=scope))
    if batch.refused and not batch.spans and all(each.payload[:1] in _LOG_STARTS for each in batch.refused):
        raise other_signal("logs", "traces")
    return batch


_LOG_STARTS: Final = frozenset(bytes([tag]) for tag in _LOG_TAGS)


def _span(raw: bytes, scope: Scope) -> Span:
    found = wire.Span.FromString(raw)
    trace_id, span_id, parent = found.trace_id, found.span_id, found.parent_span_id
    check_ids(trace_id, span_id)
    status = wire.Status.FromString(found.status) if found.status else None
    span = Span(
        trace_id=trace_id.hex(),
        span_id=span_id.hex(),
        parent_span_id=parent.hex() if len(parent) == SPAN_ID_BYTES and any(parent) else "",
        name=text(found.name),
        kind=found.kind,
        start_ns=found.start,
        end_ns=found.end,
        attributes=attributes(found.attributes),
        status_code=status.code if status else 0,
        status_message=text(status.message) if status else "",
        scope=scope,
    )
    if found.events:
        span.events = [_event(each) for each in found.events[:MOST_EVENTS]]
    if found.links:
        span.links = [_link(each) for each in found.links[:MOST_EVENTS]]
    if found.trace_state:
        span.trace_state = text(found.trace_state)
    return span


def _event(raw: bytes) -> Event:
    found = wire.Event.FromString(raw)
    return Event(name=text(found.name), at_ns=found.time, attributes=attributes(found.attributes))


def _link(raw: bytes) -> Link:
    found = wire.Link.FromString(raw)
    return Link(trace_id=found.trace_id.hex(), span_id=found.span_id.hex(), attributes=attributes(found.attributes))


def _logs(body: bytes) -> Batch:
    batch = Batch()
    for scope, raw in _items(body):
        if raw[:1] == b"\x0a":
            raise other_signal("traces", "logs")
        try:
            batch.logs.append(_log(raw, scope))
        except (DecodeError, InvalidInput) as error:
            batch.refused.append(Refused(payload=raw, reason=_reason(error), form="protobuf", scope=scope))
    return batch


def _log(raw: bytes, scope: Scope) -> LogRecord:
    found = wire.LogRecord.FromString(raw)
    named = text(found.event_name)
    read = attributes(found.attributes)
    return LogRecord(
        at_ns=found.time or found.observed,
        trace_id=found.trace_id.hex() if any(found.trace_id) else "",
        span_id=found.span_id.hex() if any(found.span_id) else "",
        event_name=named or str(read.get("event.name", "")),
        severity=text(found.severity_text) or str(found.severity_number or ""),
        body=value(found.body),
        attributes=read,
        scope=scope,
    )


def _metrics(body: bytes) -> Batch:
    points: dict[str, int] = {}
    for _, raw in _items(body):
        metric = wire.Metric.FromString(raw)
        name = text(metric.name)
        for kind in (metric.gauge, metric.sum, metric.histogram, metric.exponential, metric.summary):
            if kind:
                points[name] = points.get(name, 0) + len(wire.Points.FromString(kind).points)
    return Batch(metrics=Metrics(points=points))


def attributes(pairs: Any) -> Attributes:  # noqa: ANN401 - protobuf's containers have no types
    """Return key-value pairs as a dict; of a repeated key the last one counts."""
    found: Attributes = {}
    for pair in pairs:
        raw, key = pair.value, pair.key
        name = _names.get(key)
        if name is None:
            name = _note(key)
        # The common case without a parser: one text that fills the value.
        if raw and raw[0] == _STRING_TAG:
            size = len(raw)
            if size < _ONE_BYTE + 2 and raw[1] == size - 2:
                found[name] = raw[2:].decode("utf-8", "replace")
                continue
            if size < _TWO_BYTES + 3 and size > _ONE_BYTE and (raw[1] & 0x7F) | raw[2] << 7 == size - 3:
                found[name] = raw[3:].decode("utf-8", "replace")
                continue
        found[name] = value(raw)
    return found


_MOST_NAMES: Final = 20_000
# Names of attributes as they go over the wire: few, and the same ones in every span. A benign race notes one twice.
_names: dict[bytes, str] = {}


def _note(key: bytes) -> str:
    if len(_names) >= _MOST_NAMES:
        _names.clear()
    name = _names[key] = key.decode("utf-8", "replace")
    return name


def value(raw: bytes, depth: int = 0) -> Value:
    """Return an AnyValue as a plain value.

    Raises:
        InvalidInput: it is nested too deeply.
    """
    if depth > _DEEPEST:
        raise InvalidInput(f"an attribute is nested deeper than {_DEEPEST} levels")
    found = wire.AnyValue.FromString(raw)
    kind = found.WhichOneof("value")
    if kind is None:
        return None
    plain = getattr(found, kind)
    if kind == "string_value":
        return plain.decode("utf-8", "replace")
    if kind == "array_value":
        return [value(item, depth + 1) for item in wire.List.FromString(plain).values]
    if kind == "kvlist_value":
        pairs = wire.KeyValues.FromString(plain).attributes
        return {text(pair.key): value(pair.value, depth + 1) for pair in pairs}
    return plain


def text(raw: bytes) -> str:
    """Return text; what is not UTF-8 becomes the replacement character."""
    return raw.decode("utf-8", "replace")


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, InvalidInput) else f"the item cannot be decoded: {error}"

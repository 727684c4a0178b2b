"""OTLP's JSON encoding: lower camel case, ids in hex, 64-bit numbers as text or numbers, unknown fields passed over."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.traces.otlp.batch import MOST_EVENTS, SPAN_ID_BYTES, TRACE_ID_BYTES, Batch, Signal, check_ids, other_signal
from trimtab.traces.otlp.value import Attributes, Event, Link, LogRecord, Metrics, Refused, Scope, Span, Value

_GROUPS: Final[dict[Signal, str]] = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}
_SCOPES: Final[dict[Signal, str]] = {"traces": "scopeSpans", "logs": "scopeLogs", "metrics": "scopeMetrics"}
_ITEMS: Final[dict[Signal, str]] = {"traces": "spans", "logs": "logRecords", "metrics": "metrics"}

_NAMED_KINDS: Final = {
    "SPAN_KIND_INTERNAL": 1,
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
    "STATUS_CODE_OK": 1,
    "STATUS_CODE_ERROR": 2,
}
_DEEPEST: Final = 32
_INT64: Final = 1 << 63


def decode(signal: Signal, body: bytes) -> Batch:
    """Read a request of that signal.

    Raises:
        InvalidInput: the body as a whole is no such request. A single item that is damaged is only refused.
    """
    try:
        request = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise InvalidInput(f"the body must be a JSON object with {_GROUPS[signal]!r}, found {_kind(request)}")
    for other, name in _GROUPS.items():
        if other != signal and name in request and _GROUPS[signal] not in request:
            raise other_signal(other, signal)
    batch = Batch()
    points: dict[str, int] = {}
    for scope, item in _items(signal, request):
        try:
            if signal == "traces":
                batch.spans.append(_span(item, scope))
            elif signal == "logs":
                batch.logs.append(_log(item, scope))
            else:
                _count(item, points)
        except (InvalidInput, ValueError, TypeError, OverflowError) as error:
            reason = error.message if isinstance(error, InvalidInput) else f"the item cannot be read: {error}"
            payload = msgspec.json.encode(item)
            batch.refused.append(Refused(payload=payload, reason=reason, form="json", scope=scope))
    batch.metrics = Metrics(points=points)
    return batch


def decode_item(signal: Signal, raw: bytes, scope: Scope) -> Batch:
    """Read one span or log record by itself, as it was refused before; refuse it again if need be."""
    item = msgspec.json.decode(raw)
    batch = decode(signal, msgspec.json.encode({_GROUPS[signal]: [{_SCOPES[signal]: [{_ITEMS[signal]: [item]}]}]}))
    batch.set_scope(scope)
    return batch


def _items(signal: Signal, request: dict[str, Any]) -> Iterator[tuple[Scope, Any]]:
    for group in _list(request, _GROUPS[signal]):
        resource = _attributes(_object(group, "resource").get("attributes"))
        for scoped in _list(group, _SCOPES[signal]):
            found = _object(scoped, "scope")
            scope = Scope(resource=resource, name=_text(found.get("name")), version=_text(found.get("version")))
            for item in _list(scoped, _ITEMS[signal]):
                yield scope, item


def _span(item: Any, scope: Scope) -> Span:  # noqa: ANN401 - any JSON
    found = _is_object(item)
    trace_id = _id(found.get("traceId"), TRACE_ID_BYTES)
    span_id = _id(found.get("spanId"), SPAN_ID_BYTES)
    check_ids(trace_id, span_id)
    parent = _id(found.get("parentSpanId"), SPAN_ID_BYTES)
    status = _object(found, "status")
    return Span(
        trace_id=trace_id.hex(),
        span_id=span_id.hex(),
        parent_span_id=parent.hex() if any(parent) else "",
        name=_text(found.get("name")),
        kind=_enum(found.get("kind")),
        start_ns=_number(found.get("startTimeUnixNano")),
        end_ns=_number(found.get("endTimeUnixNano")),
        attributes=_attributes(found.get("attributes")),
        events=[_event(each) for each in _list(found, "events")[:MOST_EVENTS]],
        links=[_link(each) for each in _list(found, "links")[:MOST_EVENTS]],
        status_code=_enum(status.get("code")),
        status_message=_text(status.get("message")),
        trace_state=_text(found.get("traceState")),
        scope=scope,
    )


def _event(item: Any) -> Event:  # noqa: ANN401 - any JSON
    found = _is_object(item)
    return Event(
        name=_text(found.get("name")),
        at_ns=_number(found.get("timeUnixNano")),
        attributes=_attributes(found.get("attributes")),
    )


def _link(item: Any) -> Link:  # noqa: ANN401 - any JSON
    found = _is_object(item)
    return Link(
        trace_id=_id(found.get("traceId"), TRACE_ID_BYTES).hex(),
        span_id=_id(found.get("spanId"), SPAN_ID_BYTES).hex(),
        attributes=_attributes(found.get("attributes")),
    )


def _log(item: Any, scope: Scope) -> LogRecord:  # noqa: ANN401 - any JSON
    found = _is_object(item)
    trace_id = _id(found.get("traceId"), TRACE_ID_BYTES)
    span_id = _id(found.get("spanId"), SPAN_ID_BYTES)
    read = _attributes(found.get("attributes"))
    return LogRecord(
        at_ns=_number(found.get("timeUnixNano")) or _number(found.get("observedTimeUnixNano")),
        trace_id=trace_id.hex() if any(trace_id) else "",
        span_id=span_id.hex() if any(span_id) else "",
        event_name=_text(found.get("eventName")) or str(read.get("event.name", "")),
        severity=_text(found.get("severityText")) or str(found.get("severityNumber") or ""),
        body=_value(found.get("body")),
        attributes=read,
        scope=scope,
    )


def _count(item: Any, points: dict[str, int]) -> None:  # noqa: ANN401 - any JSON
    found = _is_object(item)
    name = _text(found.get("name"))
    for kind in ("gauge", "sum", "histogram", "exponentialHistogram", "summary"):
        if kind in found:
            points[name] = points.get(name, 0) + len(_list(_object(found, kind), "dataPoints"))


def _attributes(pairs: Any) -> Attributes:  # noqa: ANN401 - any JSON
    if not pairs:
        return {}
    if isinstance(pairs, dict):
        # Not OTLP, but what is meant is beyond doubt.
        return pairs
    return {_text(_is_object(pair).get("key")): _value(pair.get("value")) for pair in _is_list(pairs)}


def _value(found: Any, depth: int = 0) -> Value:  # noqa: ANN401 - any JSON
    if depth > _DEEPEST:
        raise InvalidInput(f"an attribute is nested deeper than {_DEEPEST} levels")
    if not isinstance(found, dict):
        return found
    for kind, inner in found.items():
        if kind == "intValue":
            return _integer(inner)
        if kind == "doubleValue":
            return float(inner)
        if kind in ("stringValue", "boolValue"):
            return inner
        if kind == "bytesValue":
            return base64.b64decode(inner)
        if kind == "arrayValue":
            return [_value(item, depth + 1) for item in _list(_is_object(inner), "values")]
        if kind == "kvlistValue":
            return {_text(pair.get("key")): _value(pair.get("value"), depth + 1) for pair in _list(inner, "values")}
    return None


def _integer(found: Any) -> int:  # noqa: ANN401 - any JSON
    number = int(found)
    if not -_INT64 <= number < _INT64:
        raise InvalidInput(f"{str(number)[:40]} does not fit 64 bits")
    return number


def _number(found: Any) -> int:  # noqa: ANN401 - any JSON
    return 0 if found is None or found == "" else _integer(found)


def _enum(found: Any) -> int:  # noqa: ANN401 - any JSON
    if isinstance(found, str) and not found.isdecimal():
        return _NAMED_KINDS.get(found, 0)
    return _number(found)


def _id(found: Any, size: int) -> bytes:  # noqa: ANN401 - any JSON
    """Return an id's bytes: hex, as OTLP has it, or the base64 that protobuf's own JSON writes."""
    if not found:
        return b""
    try:
        if len(found) == 2 * size:
            return bytes.fromhex(found)
        return base64.b64decode(found, validate=True)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput(f"id {found!r} is not {2 * size} hex digits") from error


def _text(found: Any) -> str:  # noqa: ANN401 - any JSON
    return found if isinstance(found, str) else "" if found is None else str(found)


def _is_object(found: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if not isinstance(found, dict):
        raise InvalidInput(f"expected a JSON object, found {_kind(found)}")
    return found


def _is_list(found: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if not isinstance(found, list):
        raise InvalidInput(f"expected a JSON array, found {_kind(found)}")
    return found


def _object(parent: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    found = _is_object(parent).get(name)
    return {} if found is None else _is_object(found)


def _list(parent: Any, name: str) -> list[Any]:  # noqa: ANN401 - any JSON
    found = _is_object(parent).get(name)
    return [] if found is None else _is_list(found)


def _kind(found: Any) -> str:  # noqa: ANN401 - any JSON
    return type(found).__name__

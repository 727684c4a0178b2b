"""A refused item as a person can read it. Pure."""

from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError

from trimtab.base.errors import InvalidInput
from trimtab.traces.otlp import protobuf, wire
from trimtab.traces.refused import Letter, scope_of

_MOST_BYTES: Final = 512
_MOST_TEXT: Final = 20_000


def readable(letter: Letter) -> str:
    """Return the item as indented JSON, or its first bytes in hex when nothing can be read."""
    data = letter.data
    try:
        found = _fields(letter.signal, data) if letter.form == "protobuf" else msgspec.json.decode(data)
    except (DecodeError, InvalidInput, msgspec.MsgspecError, UnicodeDecodeError):
        more = f" … {len(data)} bytes" if len(data) > _MOST_BYTES else ""
        return data[:_MOST_BYTES].hex(" ") + more
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} … {len(text)} characters"


def service_of(letter: Letter) -> str:
    """Return the name of the service that sent it, or empty text."""
    return str(scope_of(letter).resource.get("service.name", ""))


def _fields(signal: str, data: bytes) -> dict[str, Any]:
    """Return what stands in a span or a record, whether it is right or not."""
    if signal == "logs":
        record = wire.LogRecord.FromString(data)
        found = {"eventName": record.event_name.decode(errors="replace"), "timeUnixNano": record.time}
    else:
        record = wire.Span.FromString(data)
        found = {
            "name": record.name.decode(errors="replace"),
            "kind": record.kind,
            "parentSpanId": record.parent_span_id.hex(),
            "startTimeUnixNano": record.start,
            "endTimeUnixNano": record.end,
        }
    return {"traceId": record.trace_id.hex(), "spanId": record.span_id.hex()} | found | _attributes(record)


def _attributes(record: Any) -> dict[str, Any]:  # noqa: ANN401 - a protobuf message
    return {"attributes": protobuf.attributes(record.attributes)}

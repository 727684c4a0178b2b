"""The messages of opentelemetry-proto 1.11 that are read here, by their field numbers, on the fast C runtime.

They are written down leaner than the published ones: a span, an event or a value is left as bytes until its turn, so
that one that is damaged refuses itself alone, and text is bytes, so that one wrong character refuses nothing at all.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_BYTES: Final = _Field.TYPE_BYTES
_UINT: Final = _Field.TYPE_UINT32
_INT64: Final = _Field.TYPE_INT64
_BOOL: Final = _Field.TYPE_BOOL
_FIXED64: Final = _Field.TYPE_FIXED64
_DOUBLE: Final = _Field.TYPE_DOUBLE
_STRING: Final = _Field.TYPE_STRING
_MESSAGE: Final = _Field.TYPE_MESSAGE

_Fields = dict[str, tuple[int, int]]

# Name: (field number, type). A name that ends in `s` repeats; a capitalised one is a message of that name.
_MESSAGES: Final[dict[str, _Fields]] = {
    "Request": {"groups": (1, _BYTES)},
    # ResourceSpans, ResourceLogs and ResourceMetrics have the same numbers; so have their scopes.
    "Group": {"resource": (1, _BYTES), "scopes": (2, _BYTES)},
    "Items": {"scope": (1, _BYTES), "items": (2, _BYTES)},
    "Scope": {"name": (1, _BYTES), "version": (2, _BYTES)},
    "Span": {
        "trace_id": (1, _BYTES),
        "span_id": (2, _BYTES),
        "trace_state": (3, _BYTES),
        "parent_span_id": (4, _BYTES),
        "name": (5, _BYTES),
        "kind": (6, _UINT),
        "start": (7, _FIXED64),
        "end": (8, _FIXED64),
        "attributes": (9, _MESSAGE),
        "events": (11, _BYTES),
        "links": (13, _BYTES),
        "status": (15, _BYTES),
    },
    "KeyValue": {"key": (1, _BYTES), "value": (2, _BYTES)},
    "Event": {"time": (1, _FIXED64), "name": (2, _BYTES), "attributes": (3, _MESSAGE)},
    "Link": {"trace_id": (1, _BYTES), "span_id": (2, _BYTES), "attributes": (4, _MESSAGE)},
    "Status": {"message": (2, _BYTES), "code": (3, _UINT)},
    "LogRecord": {
        "time": (1, _FIXED64),
        "severity_number": (2, _UINT),
        "severity_text": (3, _BYTES),
        "body": (5, _BYTES),
        "attributes": (6, _MESSAGE),
        "trace_id": (9, _BYTES),
        "span_id": (10, _BYTES),
        "observed": (11, _FIXED64),
        "event_name": (12, _BYTES),
    },
    "Attributes": {"attributes": (1, _MESSAGE)},
    "List": {"values": (1, _BYTES)},
    "Metric": {
        "name": (1, _BYTES),
        "gauge": (5, _BYTES),
        "sum": (7, _BYTES),
        "histogram": (9, _BYTES),
        "exponential": (10, _BYTES),
        "summary": (11, _BYTES),
    },
    "Points": {"points": (1, _BYTES)},
    "PartialSuccess": {"rejected": (1, _INT64), "error_message": (2, _STRING)},
    "Response": {"partial_success": (1, _BYTES)},
    "RpcStatus": {"code": (1, _UINT), "message": (2, _STRING), "details": (3, _BYTES)},
    "TypedBytes": {"type_url": (1, _STRING), "value": (2, _BYTES)},
    "RetryInfo": {"retry_delay": (1, _BYTES)},
    "Duration": {"seconds": (1, _INT64)},
}

_ANY: Final[_Fields] = {
    "string_value": (1, _BYTES),
    "bool_value": (2, _BOOL),
    "int_value": (3, _INT64),
    "double_value": (4, _DOUBLE),
    "array_value": (5, _BYTES),
    "kvlist_value": (6, _BYTES),
    "bytes_value": (7, _BYTES),
}

_REPEATED: Final = frozenset(
    {"groups", "scopes", "items", "attributes", "events", "links", "values", "points", "details"}
)
_PACKAGE: Final = "trimtab.wire"


def _describe() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="trimtab/wire.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            label = _Field.LABEL_REPEATED if field in _REPEATED else _Field.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, type=kind, label=label)
            if kind == _MESSAGE:
                added.type_name = f".{_PACKAGE}.KeyValue"
    message = file.message_type.add(name="AnyValue")
    message.oneof_decl.add(name="value")
    for field, (number, kind) in _ANY.items():
        message.field.add(name=field, number=number, type=kind, label=_Field.LABEL_OPTIONAL, oneof_index=0)
    return file


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_describe())
    names = [*_MESSAGES, "AnyValue"]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names}


_CLASSES: Final = _classes()

Request: Any = _CLASSES["Request"]
Group: Any = _CLASSES["Group"]
Items: Any = _CLASSES["Items"]
Resource: Any = _CLASSES["Attributes"]
Scope: Any = _CLASSES["Scope"]
Span: Any = _CLASSES["Span"]
Event: Any = _CLASSES["Event"]
Link: Any = _CLASSES["Link"]
Status: Any = _CLASSES["Status"]
LogRecord: Any = _CLASSES["LogRecord"]
AnyValue: Any = _CLASSES["AnyValue"]
List: Any = _CLASSES["List"]
KeyValues: Any = _CLASSES["Attributes"]
Metric: Any = _CLASSES["Metric"]
Points: Any = _CLASSES["Points"]
PartialSuccess: Any = _CLASSES["PartialSuccess"]
Response: Any = _CLASSES["Response"]
RpcStatus: Any = _CLASSES["RpcStatus"]
TypedBytes: Any = _CLASSES["TypedBytes"]
RetryInfo: Any = _CLASSES["RetryInfo"]
Duration: Any = _CLASSES["Duration"]

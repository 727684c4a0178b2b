"""OTLP requests for tests, in JSON and as the published protobuf messages."""

import time
from typing import Any

import httpx2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from tests.traces.application import Application

from trimtab.base import ids

JSON = "application/json"
PROTOBUF = "application/x-protobuf"


def now_ns() -> int:
    return time.time_ns()


def value(found: Any) -> dict[str, Any]:
    if isinstance(found, bool):
        return {"boolValue": found}
    if isinstance(found, int):
        return {"intValue": str(found)}
    if isinstance(found, float):
        return {"doubleValue": found}
    if isinstance(found, list):
        return {"arrayValue": {"values": [value(item) for item in found]}}
    if isinstance(found, dict):
        return {"kvlistValue": {"values": attributes(found)}}
    return {"stringValue": found}


def attributes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(item)} for key, item in found.items()]


def span(name: str = "chat gpt-4o", found: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """Return a span of a moment ago, one second long, with new ids, but for what is said otherwise."""
    at_ns = facts.pop("at_ns", now_ns() - 2_000_000_000)
    usual = {
        "traceId": ids.new_trace_id(),
        "spanId": ids.new_span_id(),
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(at_ns),
        "endTimeUnixNano": str(at_ns + 1_000_000_000),
        "attributes": attributes(found or {}),
    }
    return usual | facts


def child(parent: dict[str, Any], name: str, found: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """Return a span beneath another one, a little later."""
    at_ns = int(parent["startTimeUnixNano"]) + 1_000_000
    place = {"traceId": parent["traceId"], "parentSpanId": parent["spanId"], "at_ns": at_ns}
    return span(name, found, **(place | facts))


def chat(**found: Any) -> dict[str, Any]:
    """Return the attributes of a call to gpt-4o that costs $0.00045."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
    } | found


def request(*spans: dict[str, Any], scope: str = "tests", **resource: Any) -> dict[str, Any]:
    group = {
        "resource": {"attributes": attributes(resource)},
        "scopeSpans": [{"scope": {"name": scope}, "spans": spans}],
    }
    return {"resourceSpans": [group]}


def log_request(*records: dict[str, Any]) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "tests"}, "logRecords": records}]}]}


def log(event: str, found: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    usual = {"timeUnixNano": str(now_ns()), "eventName": event, "attributes": attributes(found or {})}
    return usual | facts


def of_span(found: dict[str, Any]) -> dict[str, Any]:
    """Return the ids with which a log record belongs to a span."""
    return {"traceId": found["traceId"], "spanId": found["spanId"]}


def protobuf(body: dict[str, Any]) -> bytes:
    """Return a JSON request of traces in the published binary encoding."""
    message = ExportTraceServiceRequest()
    for group in body["resourceSpans"]:
        made = message.resource_spans.add()
        for pair in group["resource"]["attributes"]:
            _set(made.resource.attributes.add(key=pair["key"]).value, pair["value"])
        for scoped in group["scopeSpans"]:
            scope = made.scope_spans.add()
            scope.scope.name = scoped["scope"]["name"]
            for each in scoped["spans"]:
                _add(scope.spans, each)
    return message.SerializeToString()


def logs_protobuf() -> bytes:
    """Return a request of logs in the published binary encoding."""
    message = ExportLogsServiceRequest()
    record = message.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=now_ns(), event_name="x")
    record.body.string_value = "a plain line"
    return message.SerializeToString()


def _add(spans: Any, each: dict[str, Any]) -> None:
    made = spans.add(
        trace_id=bytes.fromhex(each["traceId"]),
        span_id=bytes.fromhex(each["spanId"]),
        parent_span_id=bytes.fromhex(each.get("parentSpanId", "")),
        name=each["name"],
        kind=each["kind"],
        start_time_unix_nano=int(each["startTimeUnixNano"]),
        end_time_unix_nano=int(each["endTimeUnixNano"]),
    )
    for pair in each["attributes"]:
        _set(made.attributes.add(key=pair["key"]).value, pair["value"])


def _set(made: AnyValue, found: dict[str, Any]) -> None:
    ((kind, inner),) = found.items()
    if kind == "arrayValue":
        for item in inner["values"]:
            _set(made.array_value.values.add(), item)
    elif kind == "kvlistValue":
        for pair in inner["values"]:
            _set(made.kvlist_value.values.add(key=pair["key"]).value, pair["value"])
    else:
        names = {"stringValue": "string_value", "intValue": "int_value", "doubleValue": "double_value"}
        setattr(made, names.get(kind, "bool_value"), int(inner) if kind == "intValue" else inner)


def post(app: Application, body: dict[str, Any] | bytes, path: str = "/v1/traces", **headers: str) -> httpx2.Response:
    """Send a request, in JSON unless it is bytes, with the usual credentials unless others are given."""
    kind = PROTOBUF if isinstance(body, bytes) else JSON
    sent = {"content-type": kind} | (app.bearer if "authorization" not in headers else {})
    sent |= {name.replace("_", "-"): found for name, found in headers.items()}
    content = body if isinstance(body, bytes) else httpx2.Request("POST", "http://x", json=body).content
    return httpx2.post(f"{app.address}{path}", content=content, headers=sent, timeout=30)


def accepted(app: Application, *spans: dict[str, Any], **resource: Any) -> None:
    """Send spans and see that all of them are taken."""
    answer = post(app, request(*spans, **resource))
    assert (answer.status_code, answer.text) == (200, "{}")

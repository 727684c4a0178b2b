"""OpenTelemetry's own SDK and exporters, unmodified, against a running server."""

import json
import socket
import time
from decimal import Decimal
from typing import Any

import grpc
import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_exporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from tests.traces.application import Application, eventually

from trimtab.server.grpc_door import GrpcDoor

_MESSAGES = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where is Oslo?"}]}])
_ANSWER = json.dumps(
    [{"role": "assistant", "parts": [{"type": "text", "content": "In Norway."}], "finish_reason": "stop"}]
)


def _send(exporter: Any) -> str:
    """Make one trace of an agent that calls a model, and return its id."""
    provider = TracerProvider(resource=Resource({"service.name": "travel", "deployment.environment.name": "staging"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("tests", "1.0")
    with tracer.start_as_current_span("invoke_agent guide") as agent:
        agent.set_attribute("gen_ai.operation.name", "invoke_agent")
        with tracer.start_as_current_span("chat gpt-4o", kind=SpanKind.CLIENT) as call:
            call.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-4o",
                    "gen_ai.response.model": "gpt-4o-2024-08-06",
                    "gen_ai.response.id": f"chatcmpl-{time.time_ns()}",
                    "gen_ai.usage.input_tokens": 150,
                    "gen_ai.usage.output_tokens": 20,
                    "gen_ai.usage.cache_read.input_tokens": 50,
                    "gen_ai.input.messages": _MESSAGES,
                    "gen_ai.output.messages": _ANSWER,
                    "my.own": ["a", "b"],
                }
            )
        trace_id = f"{agent.get_span_context().trace_id:032x}"
    provider.shutdown()
    return trace_id


def _check(app: Application, trace_id: str) -> None:
    spans = app.spans(trace_id)
    agent, call = spans["invoke_agent guide"], spans["chat gpt-4o"]
    assert agent["parent_span_id"] == ""
    assert call["parent_span_id"] == agent["span_id"]
    assert (call["usage"]["input_uncached"], call["usage"]["cache_read"], call["usage"]["output_text"]) == (100, 50, 20)
    assert Decimal(call["cost_usd"]) == Decimal("0.0005125")
    assert call["input_messages"][0]["content"] == "Where is Oslo?"
    assert call["output_messages"][0]["content"] == "In Norway."
    assert call["attributes"]["my.own"] == '["a","b"]'
    assert call["attributes"]["resource.service.name"] == "travel"
    assert call["attributes"]["resource.deployment.environment.name"] == "staging"
    assert call["status"] == "unset"
    (row,) = app.ledger(trace_id)
    assert Decimal(row["cost_usd"]) == Decimal("0.0005125")
    (listed,) = app.traces()
    assert (listed["trace_id"], listed["name"], listed["span_count"]) == (trace_id, "invoke_agent guide", 2)
    assert (listed["input_tokens"], listed["output_tokens"], listed["model"]) == (150, 20, "gpt-4o")
    assert Decimal(listed["cost_usd"]) == Decimal("0.0005125")
    assert listed["environment"] == "staging"
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], totals["cost_usd"], totals["unpriced_requests"]) == (1, "0.0005125", 0)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_http_protobuf_exporter(app: Application, compression: Compression) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{app.address}/v1/traces", headers=app.bearer, compression=compression)
    _check(app, _send(exporter))


def test_the_log_exporter_brings_a_judgement_to_its_span(app: Application) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{app.address}/v1/traces", headers=app.bearer)
    trace_id = _send(exporter)
    call = app.spans(trace_id)["chat gpt-4o"]
    provider = LoggerProvider()
    logs = OTLPLogExporter(endpoint=f"{app.address}/v1/logs", headers=app.bearer)
    provider.add_log_record_processor(BatchLogRecordProcessor(logs))
    place = SpanContext(int(trace_id, 16), int(call["span_id"], 16), is_remote=True, trace_flags=TraceFlags(1))
    provider.get_logger("judge").emit(
        LogRecord(
            context=set_span_in_context(NonRecordingSpan(place)),
            event_name="gen_ai.evaluation.result",
            attributes={"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.75},
        )
    )
    provider.shutdown()
    (found,) = eventually(lambda: app.get("/traces", filter='has span(scores["relevance"] = 0.75)')["items"])
    assert found["trace_id"] == trace_id
    assert app.get("/ingest")["counts"]["scores"] == 1


def test_the_metric_exporter_is_told_that_metrics_are_not_stored(
    app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = OTLPMetricExporter(endpoint=f"{app.address}/v1/metrics", headers=app.bearer)
    provider = MeterProvider(metric_readers=[PeriodicExportingMetricReader(metrics, export_interval_millis=3_600_000)])
    provider.get_meter("tests").create_histogram("gen_ai.client.operation.duration", "s").record(0.5)
    assert provider.force_flush(20_000)
    provider.shutdown()
    counted = app.get("/ingest")["counts"]["metric_points_dropped"]
    assert counted >= 1
    assert not [record for record in caplog.records if "Failed to export" in record.getMessage()]
    reasons = {row["reason"]: row["items"] for row in app.get("/ingest/outcomes")["reasons"]}
    assert reasons["data points of metrics"] == counted


def test_grpc_exporter(app: Application) -> None:
    door = GrpcDoor(app.running.services)
    assert door.open("127.0.0.1", 0)
    try:
        exporter = grpc_exporter.OTLPSpanExporter(
            endpoint=f"http://127.0.0.1:{door.port}",
            headers=app.bearer,
            insecure=True,
            compression=grpc.Compression.Gzip,
        )
        _check(app, _send(exporter))
    finally:
        door.close()


def test_a_grpc_port_that_is_taken_is_said_and_does_not_stop_the_server(
    app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        door = GrpcDoor(app.running.services)
        assert not door.open("127.0.0.1", port)
        door.close()
    assert f"cannot listen on 127.0.0.1:{port}" in caplog.text

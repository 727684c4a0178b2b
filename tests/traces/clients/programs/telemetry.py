"""What every application here does first: spans go where OpenTelemetry's environment variables say."""

import os
from importlib import import_module

from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_EXPORTERS = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
    "http/json": "opentelemetry.exporter.otlp.json.http.trace_exporter",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
}


def start() -> TracerProvider:
    """Return a provider of tracers that is set up; whoever has it shuts it down."""
    form = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(import_module(_EXPORTERS[form]).OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def start_logs() -> LoggerProvider:
    """Return a provider of loggers that is set up, for instrumentations that emit events."""
    logs = LoggerProvider()
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    _logs.set_logger_provider(logs)
    return logs

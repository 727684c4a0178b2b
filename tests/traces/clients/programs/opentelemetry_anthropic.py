"""OpenTelemetry's own instrumentation of anthropic, with events over OTLP logs."""

import sys

from calls import ask_anthropic
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
from telemetry import start, start_logs

provider, logs = start(), start_logs()
AnthropicInstrumentor().instrument(tracer_provider=provider, logger_provider=logs)
ask_anthropic(sys.argv[1])
provider.shutdown()
logs.shutdown()

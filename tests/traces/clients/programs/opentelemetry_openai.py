"""OpenTelemetry's own instrumentation of openai, with events over OTLP logs."""

import sys

from calls import ask_openai
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from telemetry import start, start_logs

provider, logs = start(), start_logs()
OpenAIInstrumentor().instrument(tracer_provider=provider, logger_provider=logs)
ask_openai(sys.argv[1])
provider.shutdown()
logs.shutdown()

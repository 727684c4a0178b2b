"""OpenInference's instrumentation of anthropic."""

import sys

from calls import ask_anthropic
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from telemetry import start

provider = start()
AnthropicInstrumentor().instrument(tracer_provider=provider)
ask_anthropic(sys.argv[1])
provider.shutdown()

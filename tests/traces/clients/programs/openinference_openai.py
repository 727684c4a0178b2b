"""OpenInference's instrumentation of openai."""

import sys

from calls import ask_openai
from openinference.instrumentation.openai import OpenAIInstrumentor
from telemetry import start

provider = start()
OpenAIInstrumentor().instrument(tracer_provider=provider)
ask_openai(sys.argv[1])
provider.shutdown()

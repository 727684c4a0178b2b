"""OpenInference's instrumentation of openai, whose provider is out of order."""

import sys

from calls import ask_openai_in_vain
from openinference.instrumentation.openai import OpenAIInstrumentor
from telemetry import start

provider = start()
OpenAIInstrumentor().instrument(tracer_provider=provider)
ask_openai_in_vain(sys.argv[1])
provider.shutdown()

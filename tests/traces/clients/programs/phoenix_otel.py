"""Phoenix's own way to set up OpenTelemetry."""

import os
import sys

from calls import ask_openai
from openinference.instrumentation.openai import OpenAIInstrumentor
from phoenix.otel import register

provider = register(
    project_name="travel",
    endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces",
    protocol="http/protobuf",
    api_key=os.environ["TRIMTAB_KEY"],
    batch=True,
    verbose=False,
)
OpenAIInstrumentor().instrument(tracer_provider=provider)
ask_openai(sys.argv[1])
provider.shutdown()
